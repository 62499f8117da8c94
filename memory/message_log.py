"""How a message gets into a conversation: checked, with the memory of it, in one commit."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from memory import remember
from memory.errors import BadInput, NotFound
from memory.language import secrets, stemming
from memory.privacy import consent
from memory.search import entries
from memory.search.entries import dense_key
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

ASSISTANT_SPEAKER = "Zhiji"
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
    is no longer remembered. A reply brings its model, sampling, prompt, recalled hits, used facts and the ids of the messages
    it was given (`heard`)."""

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
    facts_used: Sequence[Fact] = ()
    heard: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """How a conversation begins: whether what is said in it is remembered, and what is remembered used."""

    remembers: bool = True
    recalls: bool = True


def log(
    store: Store, user: User, conversation_id: str | None, new: NewMessage, *, remembered: bool, begun: Begun
) -> MessageRow:
    """See `Conversations.log`."""
    now = utc_now()
    row = MessageRow(
        user_id=user.id,
        conversation_id=conversation_id or new_id(),
        parent_id=new.parent_id,
        role=new.role,
        text=new.text,
        status=new.status,
        model=new.model,
        sampling=new.sampling,
        prompt_id=new.prompt_id,
        occurred_at=new.occurred_at or now,
        recorded_at=now,
    )
    hidden = secrets.hide(row.text, secrets.find(row.text))
    memory = memory_of(store, user, row, hidden) if remembered and new.status == "complete" else None
    with store.database.write() as session:
        conversation = _open(session, user, conversation_id, row, hidden, begun)
        recalled = _not_forgotten(session, user, new.recalled)
        if _heard_the_forgotten(session, row, new.heard) or _repeats(row.text, new.recalled, recalled):
            row.text, row.status, row.sampling, row.prompt_id, memory = "", "forgotten", None, None, None
        if new.instead_of:
            _replace(session, conversation, row, new.instead_of, hidden)
        session.add(row)
        session.flush()
        if row.status != "forgotten":
            _log_recall(session, row, recalled)
            _log_facts(session, row, new.facts_used)
        if not _fails_beside_a_good_one(session, row):
            conversation.head_id = row.id
        conversation.updated_at = now
        session.add(conversation)
        if memory is not None and conversation.remembers and consent.granted(session, user.id, "remember"):
            insert_memory(session, memory, row)
    store.indexer.wake()
    return row


def own(session: Session, user: User, conversation_id: str) -> ConversationRow:
    row = session.exec(
        select(ConversationRow).where(ConversationRow.user_id == user.id, ConversationRow.id == conversation_id)
    ).first()
    if row is None:
        raise NotFound("There is no such conversation. List them with `conversations.list()`.")
    return row


def message_of(session: Session, user: User, message_id: str) -> MessageRow:
    """Raises NotFound."""
    row = session.exec(select(MessageRow).where(MessageRow.user_id == user.id, MessageRow.id == message_id)).first()
    if row is None:
        raise NotFound("There is no such message. See `conversations.get(id).messages`.")
    return row


def memory_of(store: Store, user: User, row: MessageRow, text: str) -> MemoryRow:
    """The memory of a message, embedded before the write lock is taken. A reply may repeat the secrets it was told."""
    said = row.role == "user"
    if not said and row.parent_id:
        with store.database.read() as session:
            asked = session.exec(select(MessageRow.text).where(MessageRow.id == row.parent_id)).first() or ""
        for secret in secrets.find(asked):
            text = text.replace(asked[secret.start : secret.end], f"[{secret.kind}]")
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
    encoded = store.embed_now([dense_key(memory.text, speaker, row.occurred_at)])
    if encoded is not None:
        entries.give_vectors(memory, encoded[0], store.embedder.name)
    return memory


def insert_memory(session: Session, memory: MemoryRow, row: MessageRow) -> None:
    mine = select(MemoryRow).where(MemoryRow.user_id == row.user_id)
    memory.previous_id = (
        session.exec(
            select(MemoryRow.id).where(MemoryRow.user_id == row.user_id, MemoryRow.message_id == row.parent_id)
        ).first()
        if row.parent_id
        else None
    )
    remember.insert(session, memory)
    if row.role == "assistant":  # of several replies to one message, only the one that stands is remembered
        others = select(MessageRow.id).where(
            MessageRow.user_id == row.user_id,
            MessageRow.parent_id == row.parent_id,
            MessageRow.id != row.id,
        )
        replaced = mine.where(col(MemoryRow.message_id).in_(others), MemoryRow.kind == "reply")
        remember.drop(session, row.user_id, list(session.exec(replaced)), purge=False)


def title_of(text: str) -> str:
    """What a conversation that begins with `text` is called: its first sentence, without the greeting before it."""
    line = " ".join(text.split())
    line = _GREETING.sub("", line) or line
    sentence = _SENTENCE.match(line)
    line = sentence.group(1).rstrip(".。") if sentence else line
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


def _open(
    session: Session, user: User, conversation_id: str | None, row: MessageRow, text: str, begun: Begun
) -> ConversationRow:
    if conversation_id is None:
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
        return conversation
    found = own(session, user, conversation_id)
    if row.parent_id is not None:
        parent = select(MessageRow).where(MessageRow.conversation_id == found.id, MessageRow.id == row.parent_id)
        if session.exec(parent).first() is None:
            raise BadInput("The message that this one answers is not in this conversation.")
    return found


def _replace(session: Session, conversation: ConversationRow, row: MessageRow, old_id: str, text: str) -> None:
    """The version of a message that `row` comes in place of stays in the log and is no longer remembered."""
    remember.unlearn(session, row.user_id, [old_id])
    replies = select(MessageRow.id).where(MessageRow.user_id == row.user_id, MessageRow.parent_id == old_id)
    told = select(MemoryRow).where(
        MemoryRow.user_id == row.user_id, col(MemoryRow.message_id).in_([old_id, *session.exec(replies)])
    )
    remember.drop(session, row.user_id, list(session.exec(told)), purge=False)
    if conversation.title_from == old_id:
        conversation.title, conversation.title_from = title_of(text), row.id


def _heard_the_forgotten(session: Session, row: MessageRow, heard: Sequence[str]) -> bool:
    """Whether a message that a reply was given was forgotten while it was being written; it may repeat its words."""
    if row.role != "assistant":
        return False
    given = col(MessageRow.id).in_([*heard, row.parent_id or ""])
    gone = select(MessageRow.seq).where(MessageRow.user_id == row.user_id, given, MessageRow.status == "forgotten")
    return session.exec(gone).first() is not None


def _not_forgotten(session: Session, user: User, hits: Sequence[Hit]) -> Sequence[Hit]:
    """What was recalled and is still as it was, with the question it answers: either can be forgotten while a reply is being
    written."""
    previous = aliased(MemoryRow)
    rows = (
        select(MemoryRow.id, MemoryRow.text, previous.text)
        .join(previous, and_(col(previous.user_id) == user.id, col(previous.id) == MemoryRow.previous_id), isouter=True)
        .where(MemoryRow.user_id == user.id, col(MemoryRow.id).in_([hit.memory.id for hit in hits]))
    )
    there = {memory_id: (text, before or "") for memory_id, text, before in session.exec(rows)}

    def stands(hit: Hit) -> bool:
        text, before = there.get(hit.memory.id, ("", ""))
        return text == hit.memory.text and (hit.asked is None or hit.asked in before)

    return [hit for hit in hits if stands(hit)]


def _fails_beside_a_good_one(session: Session, row: MessageRow) -> bool:
    """Whether a reply failed that was to replace one that stands; the good one goes on being shown."""
    good = select(MessageRow.id).where(
        MessageRow.user_id == row.user_id,
        MessageRow.parent_id == row.parent_id,
        MessageRow.role == "assistant",
        MessageRow.status == "complete",
    )
    return row.role == "assistant" and row.status == "failed" and session.exec(good).first() is not None


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
    held = select(FactRow.id).where(FactRow.user_id == row.user_id, col(FactRow.id).in_([fact.id for fact in facts]))
    there = set(session.exec(held))
    for rank, fact in enumerate(facts):
        if fact.id in there:
            session.add(FactUseRow(message_id=row.id, fact_id=fact.id, user_id=row.user_id, rank=rank))
