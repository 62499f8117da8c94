"""One user's conversations: what was said, in branches, with what was recalled for each reply.

Messages form a tree (`memory.storage.branches`); a conversation shows one branch of it, from its head back to the root.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Unpack

from sqlmodel import Session, col, func

from memory import forget, message_log, remember
from memory.errors import BadInput
from memory.exchange import log_export
from memory.exchange.log import Anonymiser, Only, Progress
from memory.exchange.log_import import Into, Report, Told, take_in
from memory.facts.resolution import to_fact
from memory.kinds import checked
from memory.language.folding import folded
from memory.language.text import clean_text
from memory.memories import to_memory
from memory.message_log import ASSISTANT_SPEAKER, Begun, Learn, NewMessage, conversation_of
from memory.privacy import receipts
from memory.privacy.consent import Consents
from memory.storage import branches, sealed
from memory.storage.database import batches
from memory.storage.rows import Rows, columns_for, with_times
from memory.storage.tables import ConversationRow, FactRow, FactUseRow, FeedbackRow, MemoryRow, MessageRow, RecallRow
from memory.store import Store, User
from memory.types import Conversation, ExportFormat, Fact, Hit, Message

__all__ = ["ASSISTANT_SPEAKER", "Begun", "Conversations", "NewMessage", "Passage"]

SNIPPET_CHARS = 120


@dataclass(frozen=True, slots=True)
class Passage:
    """Where words were found: in a message of a conversation, or with no `message_id` in its title. `text` is the part of
    it around them."""

    conversation: Conversation
    message_id: str | None
    text: str


_BARE = columns_for(Message, MessageRow)


@checked
class Conversations:
    """Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def list(self, limit: int = 100, *, skip: int = 0) -> Sequence[Conversation]:
        """The conversations last used, pinned ones first, then newest first, without their messages; after `skip`."""
        with self._store.database.read() as session:
            order = col(ConversationRow.pinned).desc(), col(ConversationRow.updated_at).desc(), col(ConversationRow.seq)
            mine = Rows(session, self._user.id).select(ConversationRow)
            rows = session.exec(mine.order_by(*order).offset(skip).limit(limit))
            return [_to_conversation(row) for row in rows]

    def get(self, conversation_id: str, *, bare: bool = False) -> Conversation:
        """A conversation with the messages of the branch it shows, oldest first; `bare`, without what was recalled for them,
        their versions and ratings. Raises NotFound."""
        with self._store.database.read() as session:
            if bare:
                return bare_conversation(session, self._user, conversation_id)
            row = message_log.conversation_of(session, self._user, conversation_id)
            return replace(_to_conversation(row), messages=tuple(self._shown(session, row)))

    def holding(self, message_ids: Sequence[str]) -> Mapping[str, str]:
        """The conversation of each of these messages that is there."""
        with self._store.database.read() as session:
            held = Rows(session, self._user.id).columns(MessageRow, MessageRow.id, MessageRow.conversation_id)
            return dict(session.exec(held.where(col(MessageRow.id).in_(message_ids))).all())

    def search(self, text: str, limit: int = 20) -> Sequence[Passage]:
        """Conversations with all words of `text` in their title, or in one of their messages, newest first, one passage
        each. Parts of words count; how a word is written (`memory.language.folding`) does not. Raises BadInput."""
        words = folded(clean_text(text, max_chars=1_000, what="search")).split()
        titled = [func.folded(ConversationRow.title).contains(word, autoescape=True) for word in words]
        said = [func.folded(MessageRow.text).contains(word, autoescape=True) for word in words]
        found: dict[str, Passage] = {}
        with self._store.database.read() as session:
            _can_fold(session)
            rows, newest = Rows(session, self._user.id), col(ConversationRow.updated_at).desc()
            for row in session.exec(rows.select(ConversationRow, *titled).order_by(newest).limit(limit)):
                found[row.id] = Passage(_to_conversation(row), None, row.title)
            in_it = MessageRow.conversation_id == ConversationRow.id
            messages = rows.pairs(ConversationRow, MessageRow, in_it, *said)
            for row, message in session.exec(messages.order_by(newest, col(MessageRow.seq).desc())):
                if len(found) >= limit:
                    break
                if row.id not in found:
                    found[row.id] = Passage(_to_conversation(row), message.id, _around(message.text, words[0]))
        return list(found.values())

    def rename(self, conversation_id: str, title: str) -> None:
        title = clean_text(title, max_chars=200, what="title")
        self._change(conversation_id, title=" ".join(title.split()), title_from=None)

    def pin(self, conversation_id: str, pinned: bool = True) -> None:
        """Pinned conversations are listed first."""
        self._change(conversation_id, pinned=pinned)

    def remember(self, conversation_id: str, remembers: bool) -> None:
        """Whether what is said in a conversation from now on is remembered and learned from."""
        self._change(conversation_id, remembers=remembers)

    def recall(self, conversation_id: str, recalls: bool) -> None:
        """Whether what is remembered, and the profile, is used in a conversation from now on."""
        self._change(conversation_id, recalls=recalls)

    def show(self, message_id: str) -> str:
        """Let a conversation show the branch through this message; returns the conversation's id. What is remembered is
        what was said last, whichever branch is shown. Raises NotFound."""
        with self._store.database.write() as session:
            found = message_log.message_of(session, self._user, message_id)
            row = message_log.conversation_of(session, self._user, found.conversation_id)
            row.head_id = branches.newest_leaf(branches.tree(session, self._user.id, row.id), message_id)
            session.add(row)
            return row.id

    def undo(self, conversation_id: str) -> str:
        """Take back the last question of the branch shown, and what came of it: every reply, memory and fact; returns its
        text. A conversation that held nothing else goes too. Raises NotFound, and BadInput if there is none."""
        with self._store.erasing(self._user, "message") as session:
            row = message_log.conversation_of(session, self._user, conversation_id)
            messages = branches.tree(session, self._user.id, row.id)
            asked = [message for message in branches.branch(messages, row.head_id) if message.role == "user"]
            if not asked:
                raise BadInput("There is nothing to take back in this conversation.")
            text, parent_id = asked[-1].text, asked[-1].parent_id
            gone = [messages[id] for id in branches.under(messages, asked[-1].id)]
            erase_messages(session, self._user.id, gone)
            left = branches.tree(session, self._user.id, row.id)
            if left:
                row.head_id = parent_id or branches.newest_leaf(left, next(iter(left)))
                session.add(row)
            else:
                receipts.note(session, [row])
                session.delete(row)
        return text

    def forget(self, message_id: str) -> None:
        """Take the words out of a message and of the replies to it, with what was remembered and learned of them. Its place
        in the conversation stays. Raises NotFound."""
        with self._store.erasing(self._user, "message") as session:
            message_log.message_of(session, self._user, message_id)
            forget_messages(session, self._user.id, [message_id])

    def delete(self, conversation_id: str, *, keep_memories: bool = False) -> None:
        """Erase a conversation, and the memories it left unless they are to be kept."""
        with self._store.erasing(self._user, "conversation") as session:
            erase(session, self._user, message_log.conversation_of(session, self._user, conversation_id), keep_memories)

    def log(
        self,
        conversation_id: str | None,
        new: NewMessage,
        *,
        remembered: bool = True,
        remembers: bool = True,
        recalls: bool = True,
    ) -> Message:
        """Store a message, and the memory of it if it is to be `remembered`, in one commit; it is safe on the disk when
        this returns.

        `None` begins a new conversation, one that `remembers` and `recalls` or not. A reply that was stopped or failed is
        logged and not remembered. Secrets in a text stay in the conversation; its memory has "[password]" and the like in
        their place.
        """
        return self.log_and_learn(conversation_id, new, Begun(remembers, recalls), remembered=remembered)[0]

    def log_and_learn(
        self,
        conversation_id: str | None,
        new: NewMessage,
        begun: Begun,
        *,
        remembered: bool = True,
        learn: Learn | None = None,
    ) -> tuple[Message, Sequence[Fact]]:
        """As `log`; `learn` is called in the same commit, unless the conversation is not remembered. Returns the message and
        the facts that it brought and ended."""
        into = begun if conversation_id is None else conversation_id
        row, facts = message_log.log(self._store, self._user, into, new, remembered=remembered, learn=learn)
        return _to_message(row, recalled=tuple(new.recalled), facts_used=tuple(new.facts_used)), facts

    def export(
        self,
        path: Path | str,
        format: ExportFormat = "jsonl",
        progress: Progress | None = None,
        hidden: Anonymiser | None = None,
        *,
        plain: bool = False,
        **only: Unpack[Only],
    ) -> int:
        """Write all conversations, or only some, to `path`, whole or not at all; returns the lines written. Of an encrypted
        folder the file is sealed if its name ends in .age, and else has to be said to be `plain`.
        See `memory.exchange.log_export`."""
        database, path = self._store.database, Path(path)
        target = log_export.Target(path, plain)
        return log_export.write(database, self._user, target, format, progress, hidden, **only)

    def import_(
        self,
        log: bytes | IO[bytes] | Path | str,
        *,
        dry_run: bool = False,
        remember: bool = True,
        learn: bool = True,
        progress: Progress | None = None,
        **told: Unpack[Told],
    ) -> Report:
        """Take in a conversation log, its bytes or a file by its path: see memory.exchange.foreign_logs for whose. Its
        `encoding`, and in a chat between people who the user is (`me`), are found if they are not said. Raises BadInput."""
        if isinstance(log, str | Path):
            with sealed.opened(Path(log)) as file:
                return self.import_(file, dry_run=dry_run, remember=remember, learn=learn, progress=progress, **told)
        if not isinstance(log, bytes | bytearray | memoryview) and not hasattr(log, "read"):
            raise BadInput(f"A log is bytes, an open file or a path, not {type(log).__name__}.")
        allowed = Consents(self._store.database, self._user.id).granted("remember")
        into = Into(self._store, self._user, remembers=remember and allowed, learns=remember and learn)
        return take_in(log, into, dry_run=dry_run, progress=progress, **told)

    def _change(self, conversation_id: str, **values: object) -> None:
        with self._store.database.write() as session:
            row = message_log.conversation_of(session, self._user, conversation_id)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    def _shown(self, session: Session, row: ConversationRow) -> Sequence[Message]:
        messages = branches.tree(session, self._user.id, row.id)
        shown = branches.branch(messages, row.head_id)
        ids = [message.id for message in shown]
        hits, facts, rated = (
            _recalled(session, self._user.id, ids),
            _facts_used(session, self._user.id, ids),
            _rated(session, self._user.id, ids),
        )
        versions = branches.versions(messages)
        return [
            _to_message(
                message,
                recalled=tuple(hits.get(message.id, ())),
                facts_used=tuple(facts.get(message.id, ())),
                versions=versions[message.id],
                rating=rated.get(message.id),
            )
            for message in shown
        ]


def bare_conversation(session: Session, user: User, conversation_id: str) -> Conversation:
    """See `Conversations.get`. Raises NotFound."""
    row = conversation_of(session, user, conversation_id)
    messages = Rows(session, user.id).columns(MessageRow, *_BARE).where(col(MessageRow.conversation_id) == row.id)
    there = [Message(*columns) for columns in with_times(Message, session.connection().execute(messages))]
    return replace(_to_conversation(row), messages=tuple(branches.branch({one.id: one for one in there}, row.head_id)))


def erase(session: Session, user: User, row: ConversationRow, keep_memories: bool = False) -> None:
    """A whole conversation, within the caller's transaction; what was remembered and learned of it too, unless it is to be
    kept."""
    if keep_memories:
        for memory in Rows(session, user.id).all(MemoryRow, MemoryRow.conversation_id == row.id):
            memory.conversation_id = memory.message_id = None
            session.add(memory)
        session.flush()
    receipts.note(session, [row])
    messages = list(branches.tree(session, user.id, row.id).values())
    erase_messages(session, user.id, messages, keep_facts=keep_memories)
    session.delete(row)


def forget_messages(session: Session, user_id: str, ids: Sequence[str]) -> None:
    """Take the words out of messages and of the replies to them, with all that came of them."""
    to_them = col(MessageRow.parent_id).in_(ids), MessageRow.role == "assistant"
    replies = Rows(session, user_id).column(MessageRow, MessageRow.id, *to_them)
    taken = {*ids, *session.exec(replies), *forget.echoes(session, user_id, ids)}
    _take_words(session, user_id, sorted(taken))
    remember.mark_purge(session, user_id)


def erase_messages(session: Session, user_id: str, messages: Sequence[MessageRow], *, keep_facts: bool = False) -> None:
    """Remove messages with their memories and all that came of them, out of the files too."""
    rows = Rows(session, user_id)
    for some in batches(messages):
        ids = [message.id for message in some]
        if keep_facts:
            rows.update(FactRow, col(FactRow.message_id).in_(ids), message_id=None)
            rows.update(FactRow, col(FactRow.also_from).in_(ids), also_from=None)
        receipts.note(session, some)
        _take_words(session, user_id, ids)
        session.flush()
        rows.delete(MessageRow, col(MessageRow.id).in_(ids))
    remember.mark_purge(session, user_id)


def _take_words(session: Session, user_id: str, message_ids: Sequence[str]) -> None:
    """Out of messages, with what was remembered and learned of them."""
    memories = Rows(session, user_id).column(MemoryRow, MemoryRow.id, col(MemoryRow.message_id).in_(message_ids))
    forget.memories(session, user_id, list(session.exec(memories)))
    forget.redact(session, user_id, message_ids)


def _recalled(session: Session, user_id: str, message_ids: Sequence[str]) -> dict[str, list[Hit]]:
    recalled = col(RecallRow.message_id).in_(message_ids), RecallRow.memory_id == MemoryRow.id
    found = Rows(session, user_id).pairs(RecallRow, MemoryRow, *recalled).order_by(col(RecallRow.rank))
    hits: dict[str, list[Hit]] = {}
    for recall, memory in session.exec(found):
        hit = Hit(to_memory(memory), recall.score, tuple(json.loads(recall.why)))
        hits.setdefault(recall.message_id, []).append(hit)
    return hits


def _facts_used(session: Session, user_id: str, message_ids: Sequence[str]) -> dict[str, list[Fact]]:
    used = col(FactUseRow.message_id).in_(message_ids), FactUseRow.fact_id == FactRow.id
    found = Rows(session, user_id).pairs(FactUseRow, FactRow, *used).order_by(col(FactUseRow.rank))
    facts: dict[str, list[Fact]] = {}
    for use, fact in session.exec(found):
        facts.setdefault(use.message_id, []).append(to_fact(fact))
    return facts


def _rated(session: Session, user_id: str, message_ids: Sequence[str]) -> dict[str, int]:
    rated = Rows(session, user_id).columns(FeedbackRow, FeedbackRow.message_id, FeedbackRow.rating)
    return dict(session.exec(rated.where(col(FeedbackRow.message_id).in_(message_ids))).all())


def _can_fold(session: Session) -> None:
    """SQLite knows the small letters of ASCII only."""
    connection: Any = session.connection().connection.dbapi_connection
    connection.create_function("folded", 1, folded, deterministic=True)


def _around(text: str, word: str) -> str:
    """The part of a text around a word, on one line."""
    line = " ".join(text.split())
    at = max(folded(line).find(word), 0)
    start = max(0, at - SNIPPET_CHARS // 3)
    part = line[start : start + SNIPPET_CHARS]
    return ("…" if start else "") + part + ("…" if start + SNIPPET_CHARS < len(line) else "")


def _to_message(row: MessageRow, **more: object) -> Message:
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        parent_id=row.parent_id,
        role=row.role,  # type: ignore[arg-type]
        text=row.text,
        status=row.status,  # type: ignore[arg-type]
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        model=row.model,
        sampling=row.sampling,
        prompt_id=row.prompt_id,
        plan=row.plan,
        **more,  # type: ignore[arg-type]
    )


def _to_conversation(row: ConversationRow) -> Conversation:
    return Conversation(
        row.id,
        row.title,
        row.created_at,
        row.updated_at,
        remembers=row.remembers,
        recalls=row.recalls,
        pinned=row.pinned,
    )
