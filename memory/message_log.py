"""How a message gets into a conversation: checked, with the memory of it and what is learned from it, in one commit."""

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import String, and_, bindparam, case, literal
from sqlalchemy.orm import aliased
from sqlmodel import Session, col
from sqlmodel.sql.expression import Select

from memory import forget, remember
from memory.errors import BadInput, NotFound, ZhijiError
from memory.language import secrets, stemming
from memory.language.reading import Reading
from memory.privacy import consent
from memory.search import entries
from memory.search.entries import dense_key
from memory.storage.rows import Rows, rows_of
from memory.storage.tables import (
    ConversationRow,
    FactRow,
    FactUseRow,
    MemoryRow,
    MessageRow,
    RecallRow,
    new_id,
    utc_now,
)
from memory.store import Store, User
from memory.types import Fact, Hit, MessageStatus, Role

_log = logging.getLogger("zhiji.message_log")

_PREVIOUS = aliased(MemoryRow)  # made once: SQLAlchemy takes a millisecond to look at the columns of a new one

ASSISTANT_SPEAKER = "Zhiji"
NO_CONVERSATION = "There is no such conversation. List them with `conversations.list()`."
TITLE_CHARS = 60
_GREETING = re.compile(
    r"^\s*(?:(?:hi|hello|hey|good (?:morning|afternoon|evening))(?:\s+(?:there|zhiji))?|[你您]好|嗨|[早晚]上好)"
    r"\s*[,.!，。！、~]+\s*",
    re.I,
)
_SENTENCE = re.compile(r"(.{12,}?[.!?](?=\s)|.{4,}?[。！？])")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to log. `parent_id` is the message it answers; `instead_of` one that it is another version of, and which
    is no longer remembered. A reply brings its model, sampling, prompt, plan, recalled hits, used facts and the ids of the
    messages it was given (`given`). `reading` is what was read of it, and `answers` of the message it answers, if they
    were read."""

    role: Role
    text: str
    parent_id: str | None = None
    status: MessageStatus = "complete"
    model: str | None = None
    sampling: str | None = None
    recalled: Sequence[Hit] = ()
    occurred_at: datetime | None = None
    instead_of: str | None = None
    prompt_id: str | None = None
    plan: str | None = None
    facts_used: Sequence[Fact] = ()
    given: Sequence[str] = ()
    reading: Reading | None = None
    answers: Reading | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """How a conversation begins: whether what is said in it is remembered, and what is remembered used."""

    remembers: bool = True
    recalls: bool = True


Learn = Callable[[Session, MessageRow], Sequence[Fact]]
"""Learns from a message that is being written, in the same transaction, if the user lets the profile learn; returns the facts
it brought and ended."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a message comes: its conversation, and what is there of the message it answers."""

    conversation: ConversationRow
    remembers: bool
    """Whether the conversation and the user let it be remembered."""
    learns: bool
    """Whether they let the profile learn from it."""
    previous_id: str | None = None
    """The memory of the message it answers."""
    previous_text: str = ""
    siblings: bool = False
    """Whether that message has a reply already."""
    given_forgotten: bool = False
    """Whether a message that a reply was given was forgotten while it was being written; it may repeat its words."""


def log(
    store: Store,
    user: User,
    into: str | Begun,
    new: NewMessage,
    *,
    remembered: bool,
    learn: Learn | None = None,
) -> tuple[MessageRow, Sequence[Fact]]:
    """See `Conversations.log`; returns the facts that `learn` brought and ended, too. `into` is the id of a conversation, or
    how a new one begins."""
    now = utc_now()
    row = _row(user, into if isinstance(into, str) else None, new, now)
    hidden = new.reading.hidden if new.reading else secrets.hide(row.text, secrets.find(row.text))
    memory = None
    if remembered and new.status == "complete":
        memory = _memory_of(
            store, user, row, hidden if row.role == "user" else _without_repeated(store, user, new, hidden)
        )
    learned: Sequence[Fact] = ()
    with store.database.write() as session:
        if isinstance(into, Begun):
            place = _begin(session, user, row, "" if _gives_no_title(new) else hidden, into)
        else:
            place = _place(session, user, row, new, into)
        conversation = place.conversation
        recalled = _not_forgotten(session, user, new.recalled)
        if place.given_forgotten or _repeats(row.text, new.recalled, recalled):
            row.text, row.status, memory = "", "forgotten", None
            row.sampling = row.prompt_id = row.plan = None
        if new.instead_of:
            _replace(session, conversation, row, new.instead_of, "" if _gives_no_title(new) else hidden)
        session.add(row)
        session.flush()
        if row.status != "forgotten":
            _log_recall(session, row, recalled)
            _log_facts(session, row, new.facts_used)
        if not (place.siblings and _fails_beside_a_good_one(session, row)):
            conversation.head_id = row.id
        conversation.updated_at = now
        session.add(conversation)
        if memory is not None and place.remembers:
            _insert_memory(session, memory, row, place)
        if learn is not None and place.learns:
            learned = _learned(session, row, learn)
    store.indexer.wake()
    return row, learned


def _learned(session: Session, row: MessageRow, learn: Learn) -> Sequence[Fact]:
    """A message must not be lost for what cannot be learned from it."""
    try:
        with session.begin_nested():
            return learn(session, row)
    except ZhijiError as error:
        _log.warning("nothing was learned: %s", type(error).__name__)
        return ()


def _row(user: User, conversation_id: str | None, new: NewMessage, now: datetime) -> MessageRow:
    return MessageRow(
        user_id=user.id,
        conversation_id=conversation_id or new_id(),
        parent_id=new.parent_id,
        role=new.role,
        text=new.text,
        status=new.status,
        model=new.model,
        sampling=new.sampling,
        prompt_id=new.prompt_id,
        plan=new.plan,
        occurred_at=new.occurred_at or now,
        recorded_at=now,
    )


def conversation_of(session: Session, user: User, conversation_id: str) -> ConversationRow:
    row = Rows(session, user.id).first(ConversationRow, ConversationRow.id == conversation_id)
    if row is None:
        raise NotFound(NO_CONVERSATION)
    return row


def message_of(session: Session, user: User, message_id: str) -> MessageRow:
    """Raises NotFound."""
    row = Rows(session, user.id).first(MessageRow, MessageRow.id == message_id)
    if row is None:
        raise NotFound("There is no such message. See `conversations.get(id).messages`.")
    return row


def _memory_of(store: Store, user: User, row: MessageRow, text: str) -> MemoryRow:
    """The memory of a message, embedded before the write lock is taken; a reply is embedded in the background afterwards."""
    said = row.role == "user"
    speaker = user.name if said else ASSISTANT_SPEAKER
    memory = MemoryRow(
        user_id=user.id,
        kind="said" if said else "reply",
        text=text,
        speaker=speaker,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        message_id=row.id,
        conversation_id=row.conversation_id,
    )
    encoded = store.embed_now([dense_key(memory.text, speaker, row.occurred_at)]) if said else None
    if encoded is not None:
        entries.give_vectors(memory, encoded[0], store.embedder.name)
    return memory


def _without_repeated(store: Store, user: User, reply: NewMessage, text: str) -> str:
    """A reply may repeat the secrets it was told."""
    for written, kind in _secrets_in_question(store, user, reply):
        text = text.replace(written, f"[{kind}]")
    return text


def _secrets_in_question(store: Store, user: User, reply: NewMessage) -> Sequence[tuple[str, str]]:
    if reply.answers is not None:
        return reply.answers.secret_words
    if reply.parent_id is None:
        return ()
    with store.database.read() as session:
        question = Rows(session, user.id).first(MessageRow, MessageRow.id == reply.parent_id)
    asked = question.text if question else ""
    return [(asked[secret.start : secret.end], secret.kind) for secret in secrets.find(asked)]


def _insert_memory(session: Session, memory: MemoryRow, row: MessageRow, place: _Place) -> None:
    memory.previous_id = place.previous_id
    remember.insert(session, memory, before=place.previous_text)
    if (
        row.role == "assistant" and place.siblings
    ):  # of several replies to one message, only the one that stands is remembered
        rows = Rows(session, row.user_id)
        beside = MessageRow.parent_id == row.parent_id, MessageRow.id != row.id
        others = rows.column(MessageRow, MessageRow.id, *beside)
        replaced = rows.all(MemoryRow, col(MemoryRow.message_id).in_(others), MemoryRow.kind == "reply")
        remember.drop(session, row.user_id, replaced, purge=False)


def _gives_no_title(new: NewMessage) -> bool:
    """A title would repeat what is not to be kept."""
    return new.reading is not None and (new.reading.private or new.reading.act in ("forget", "private"))


def title_of(text: str) -> str:
    """What a conversation that begins with `text` is called: its first sentence, without the greeting before it."""
    line = " ".join(text.split())
    line = _GREETING.sub("", line) or line
    sentence = _SENTENCE.match(line)
    line = sentence.group(1).rstrip(".。") if sentence else line
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


@cache
def _of_place() -> Select[*tuple[Any, ...]]:
    """Made once, as it takes longer to make than to run; `user` is whose rows, `given` what a reply was given."""
    parent, memory, gone = aliased(MessageRow), aliased(MemoryRow), aliased(MessageRow)
    user, asked = bindparam("user", type_=String()), bindparam("parent", type_=String())
    rows = rows_of(user)
    reply = rows.column(MessageRow, MessageRow.id, col(MessageRow.parent_id) == asked)
    among = col(gone.id).in_(bindparam("given", expanding=True))
    forgotten = rows.column(gone, gone.id, among, gone.status == "forgotten")
    return (
        rows.columns(
            ConversationRow,
            ConversationRow,
            consent.newest(rows, "remember").scalar_subquery(),
            consent.newest(rows, "profile").scalar_subquery(),
            parent.id,
            memory.id,
            memory.text,
            reply.exists(),
            forgotten.exists(),
        )
        .join(parent, and_(col(parent.conversation_id) == ConversationRow.id, col(parent.id) == asked), isouter=True)
        .join(memory, and_(col(memory.user_id) == user, col(memory.message_id) == parent.id), isouter=True)
        .where(col(ConversationRow.id) == bindparam("conversation"))
    )


def _place(session: Session, user: User, row: MessageRow, new: NewMessage, conversation_id: str) -> _Place:
    """All that is to be known before a message is written, in one statement. Raises NotFound for a conversation that is not
    there, BadInput for a message that is not in it."""
    given = [*new.given, row.parent_id or ""] if row.role == "assistant" else []
    meant = {"user": user.id, "conversation": conversation_id, "parent": row.parent_id, "given": given}
    found: Any = session.exec(_of_place(), params=meant).first()
    if found is None:
        raise NotFound(NO_CONVERSATION)
    conversation, may_remember, may_learn, parent_id, previous_id, previous_text, siblings, given_forgotten = found
    if row.parent_id is not None and parent_id is None:
        raise BadInput("The message that this one answers is not in this conversation.")
    return _Place(
        conversation,
        remembers=conversation.remembers and bool(may_remember),
        learns=conversation.remembers and bool(may_learn),
        previous_id=previous_id,
        previous_text=previous_text or "",
        siblings=bool(row.parent_id and siblings),
        given_forgotten=bool(given_forgotten),
    )


def _begin(session: Session, user: User, row: MessageRow, text: str, begun: Begun) -> _Place:
    conversation = ConversationRow(
        id=row.conversation_id,
        user_id=user.id,
        title=title_of(text),
        title_from=row.id,
        remembers=begun.remembers,
        recalls=begun.recalls,
        created_at=row.recorded_at,
        updated_at=row.recorded_at,
    )
    session.add(conversation)
    session.flush()
    granted = consent.all_granted(session, user.id) if begun.remembers else frozenset()
    return _Place(conversation, remembers="remember" in granted, learns="profile" in granted)


def _replace(session: Session, conversation: ConversationRow, row: MessageRow, old_id: str, text: str) -> None:
    """The version of a message that `row` comes in place of stays in the log and is no longer remembered."""
    forget.facts_learned_from(session, row.user_id, [old_id])
    rows = Rows(session, row.user_id)
    replies = session.exec(rows.column(MessageRow, MessageRow.id, MessageRow.parent_id == old_id))
    replaced = rows.all(MemoryRow, col(MemoryRow.message_id).in_([old_id, *replies]))
    remember.drop(session, row.user_id, replaced, purge=False)
    if conversation.title_from == old_id:
        conversation.title, conversation.title_from = title_of(text), row.id


def _not_forgotten(session: Session, user: User, hits: Sequence[Hit]) -> Sequence[Hit]:
    """What was recalled and is still as it was, with the question it answers: either can be forgotten while a reply is being
    written."""
    if not hits:
        return []
    rows = (
        Rows(session, user.id)
        .columns(MemoryRow, MemoryRow.id, MemoryRow.text, _PREVIOUS.text)
        .join(
            _PREVIOUS, and_(col(_PREVIOUS.user_id) == user.id, col(_PREVIOUS.id) == MemoryRow.previous_id), isouter=True
        )
        .where(col(MemoryRow.id).in_([hit.memory.id for hit in hits]))
    )
    there = {memory_id: (text, before or "") for memory_id, text, before in session.exec(rows)}

    def stands(hit: Hit) -> bool:
        text, before = there.get(hit.memory.id, ("", ""))
        return text == hit.memory.text and (hit.asked is None or hit.asked in before)

    return [hit for hit in hits if stands(hit)]


def _fails_beside_a_good_one(session: Session, row: MessageRow) -> bool:
    """Whether a reply failed that was to replace one that stands; the good one goes on being shown."""
    if row.role != "assistant" or row.status != "failed":
        return False
    good = MessageRow.parent_id == row.parent_id, MessageRow.role == "assistant", MessageRow.status == "complete"
    return Rows(session, row.user_id).first(MessageRow, *good) is not None


def _repeats(text: str, given: Sequence[Hit], kept: Sequence[Hit]) -> bool:
    """Whether a reply has a content word of a memory that it was given and that was forgotten since."""
    words = set(stemming.words(text))
    gone = (f"{hit.asked or ''} {hit.memory.text}" for hit in given if hit not in kept)
    return any(words & set(stemming.words(text)) for text in gone)


def _log_recall(session: Session, row: MessageRow, hits: Sequence[Hit]) -> None:
    for rank, hit in enumerate(hits):
        why = json.dumps(hit.why, ensure_ascii=False)
        recall = RecallRow(
            message_id=row.id, memory_id=hit.memory.id, user_id=row.user_id, rank=rank, score=hit.score, why=why
        )
        session.add(recall)


def _log_facts(session: Session, row: MessageRow, facts: Sequence[Fact]) -> None:
    if not facts:
        return
    ranks = {fact.id: rank for rank, fact in enumerate(facts)}
    Rows(session, row.user_id).insert_from(
        FactUseRow,
        FactRow,
        col(FactRow.id).in_(ranks),  # one may have been forgotten while the reply was being written
        message_id=literal(row.id),
        fact_id=FactRow.id,
        rank=case(ranks, value=col(FactRow.id)),
    )
