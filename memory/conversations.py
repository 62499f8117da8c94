"""One user's conversations: what was said, in branches, with what was recalled for each reply.

Messages form a tree: a regenerated reply is a sibling of the first. A conversation shows one branch, from its head
back to the root.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, select

from memory import keywords, remember, secrets
from memory.errors import BadInput, NotFound
from memory.memories import to_memory
from memory.retrieval import dense_key
from memory.store import Store, User
from memory.tables import ConversationRow, MemoryRow, MessageRow, RecallRow, new_id, utc_now
from memory.text import clean_text
from memory.types import Conversation, Hit, Message, MessageStatus, Role

ASSISTANT_SPEAKER = "Zhiji"
TITLE_CHARS = 60


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to log. `parent_id` is the message it answers; a reply brings its model, sampling and recalled hits."""

    role: Role
    text: str
    parent_id: str | None = None
    status: MessageStatus = "complete"
    model: str | None = None
    sampling: str | None = None
    recalled: Sequence[Hit] = ()
    occurred_at: datetime | None = None


class Conversations:
    """Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def list(self, limit: int = 100) -> Sequence[Conversation]:
        """The conversations last used, newest first, without their messages."""
        with self._store.database.read() as session:
            mine = select(ConversationRow).where(ConversationRow.user_id == self._user.id)
            rows = session.exec(mine.order_by(col(ConversationRow.updated_at).desc()).limit(limit))
            return [_to_conversation(row) for row in rows]

    def get(self, conversation_id: str) -> Conversation:
        """A conversation with the messages of the branch it shows, oldest first. Raises NotFound."""
        with self._store.database.read() as session:
            row = self._own(session, conversation_id)
            return replace(_to_conversation(row), messages=tuple(_branch(session, row)))

    def rename(self, conversation_id: str, title: str) -> None:
        title = clean_text(title, max_chars=200, what="title")
        with self._store.database.write() as session:
            row = self._own(session, conversation_id)
            row.title, row.title_from = title, None
            session.add(row)

    def delete(self, conversation_id: str, *, keep_memories: bool = False) -> None:
        """Erase a conversation, and the memories it left unless they are to be kept."""
        with self._store.database.write() as session:
            row = self._own(session, conversation_id)
            of_it = select(MemoryRow).where(
                MemoryRow.user_id == self._user.id, MemoryRow.conversation_id == conversation_id
            )
            memories = list(session.exec(of_it))
            if keep_memories:
                for memory in memories:
                    memory.conversation_id = memory.message_id = None
                    session.add(memory)
            else:
                remember.forget(session, self._user.id, [memory.id for memory in memories])
            session.flush()
            messages = list(session.exec(select(MessageRow).where(MessageRow.conversation_id == row.id)))
            remember.redact(session, self._user.id, [message.id for message in messages])
            for message in messages:
                session.delete(message)
            session.flush()
            session.delete(row)
            remember.mark_purge(session, self._user.id)
        self._store.indexer.wake()

    def remember(self, conversation_id: str, remembers: bool) -> None:
        """Whether what is said in a conversation from now on is remembered and learned from."""
        with self._store.database.write() as session:
            row = self._own(session, conversation_id)
            row.remembers = remembers
            session.add(row)

    def log(
        self, conversation_id: str | None, new: NewMessage, *, remembered: bool = True, remembers: bool = True
    ) -> Message:
        """Store a message, and the memory of it if it is to be `remembered`, in one commit; it is safe on the disk when
        this returns.

        `None` begins a new conversation, one that `remembers` or not. A reply that was stopped or failed is logged and not
        remembered. Secrets in a text stay in the conversation; its memory has "[password]" and the like in their place.
        """
        now = utc_now()
        row = MessageRow(
            user_id=self._user.id,
            conversation_id=conversation_id or new_id(),
            parent_id=new.parent_id,
            role=new.role,
            text=new.text,
            status=new.status,
            model=new.model,
            sampling=new.sampling,
            occurred_at=new.occurred_at or now,
            recorded_at=now,
        )
        hidden = secrets.hide(row.text, secrets.find(row.text))
        memory = self._memory_of(row, hidden) if remembered and new.status == "complete" else None
        with self._store.database.write() as session:
            conversation = self._open(session, conversation_id, row, hidden, remembers=remembers)
            recalled = self._not_forgotten(session, new.recalled)
            if self._answers_the_forgotten(session, row) or _repeats(row.text, new.recalled, recalled):
                row.text, row.status, row.sampling, memory = "", "forgotten", None, None
            session.add(row)
            session.flush()
            _log_recall(session, row, recalled if row.status != "forgotten" else ())
            if not self._fails_beside_a_good_one(session, row):
                conversation.head_id = row.id
            conversation.updated_at = now
            session.add(conversation)
            if memory is not None and conversation.remembers:
                self._insert_memory(session, memory, row)
        self._store.indexer.wake()
        return _to_message(row, tuple(new.recalled))

    def _answers_the_forgotten(self, session: Session, row: MessageRow) -> bool:
        """Whether the message was forgotten while its reply was being written; the reply may repeat its words."""
        parent = select(MessageRow.status).where(MessageRow.user_id == self._user.id, MessageRow.id == row.parent_id)
        return row.role == "assistant" and session.exec(parent).first() == "forgotten"

    def _not_forgotten(self, session: Session, hits: Sequence[Hit]) -> Sequence[Hit]:
        """What was recalled and is still as it was: a memory can be forgotten while its reply is being written."""
        ids = [hit.memory.id for hit in hits]
        rows = select(MemoryRow.id, MemoryRow.text).where(
            MemoryRow.user_id == self._user.id, col(MemoryRow.id).in_(ids)
        )
        texts = dict(session.exec(rows).all())
        return [hit for hit in hits if texts.get(hit.memory.id) == hit.memory.text]

    def _fails_beside_a_good_one(self, session: Session, row: MessageRow) -> bool:
        """Whether a reply failed that was to replace one that stands; the good one goes on being shown."""
        good = select(MessageRow.id).where(
            MessageRow.user_id == self._user.id,
            MessageRow.parent_id == row.parent_id,
            MessageRow.role == "assistant",
            MessageRow.status == "complete",
        )
        return row.role == "assistant" and row.status == "failed" and session.exec(good).first() is not None

    def _memory_of(self, row: MessageRow, text: str) -> MemoryRow:
        """The memory of a message, embedded before the write lock is taken. A reply may repeat the secrets it was told."""
        said = row.role == "user"
        if not said and row.parent_id:
            with self._store.database.read() as session:
                asked = session.exec(select(MessageRow.text).where(MessageRow.id == row.parent_id)).first() or ""
            for secret in secrets.find(asked):
                text = text.replace(asked[secret.start : secret.end], f"[{secret.kind}]")
        speaker = self._user.name if said else ASSISTANT_SPEAKER
        memory = MemoryRow(
            user_id=self._user.id,
            kind="said" if said else "reply",
            text=text,
            speaker=speaker,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            message_id=row.id,
            conversation_id=row.conversation_id,
        )
        encoded = self._store.embed_now([dense_key(memory.text, speaker, row.occurred_at)])
        if encoded is not None:
            remember.give_vectors(memory, encoded[0], self._store.embedder.name)
        return memory

    def _insert_memory(self, session: Session, memory: MemoryRow, row: MessageRow) -> None:
        mine = select(MemoryRow).where(MemoryRow.user_id == self._user.id)
        memory.previous_id = (
            session.exec(
                select(MemoryRow.id).where(MemoryRow.user_id == self._user.id, MemoryRow.message_id == row.parent_id)
            ).first()
            if row.parent_id
            else None
        )
        remember.insert(session, memory)
        if row.role == "assistant":  # of several replies to one message, only the one that stands is remembered
            others = select(MessageRow.id).where(
                MessageRow.user_id == self._user.id,
                MessageRow.parent_id == row.parent_id,
                MessageRow.id != row.id,
            )
            replaced = mine.where(col(MemoryRow.message_id).in_(others), MemoryRow.kind == "reply")
            remember.drop(session, self._user.id, list(session.exec(replaced)), purge=False)

    def _open(
        self, session: Session, conversation_id: str | None, row: MessageRow, text: str, *, remembers: bool
    ) -> ConversationRow:
        if conversation_id is None:
            begun = ConversationRow(
                id=row.conversation_id,
                user_id=self._user.id,
                title=_title(text),
                title_from=row.id,
                remembers=remembers,
                created_at=row.recorded_at,
                updated_at=row.recorded_at,
            )
            session.add(begun)
            session.flush()
            return begun
        found = self._own(session, conversation_id)
        if row.parent_id is not None:
            parent = select(MessageRow).where(MessageRow.conversation_id == found.id, MessageRow.id == row.parent_id)
            if session.exec(parent).first() is None:
                raise BadInput("The message that this one answers is not in this conversation.")
        return found

    def _own(self, session: Session, conversation_id: str) -> ConversationRow:
        row = session.exec(
            select(ConversationRow).where(
                ConversationRow.user_id == self._user.id, ConversationRow.id == conversation_id
            )
        ).first()
        if row is None:
            raise NotFound("There is no such conversation. List them with `conversations.list()`.")
        return row


def _branch(session: Session, row: ConversationRow) -> list[Message]:
    messages = session.exec(select(MessageRow).where(MessageRow.conversation_id == row.id))
    by_id = {message.id: message for message in messages}
    branch: list[MessageRow] = []
    current = by_id.get(row.head_id or "")
    while current is not None:
        branch.append(current)
        current = by_id.get(current.parent_id or "")
    hits = _recalled(session, row.user_id, [message.id for message in branch])
    return [_to_message(message, tuple(hits.get(message.id, ()))) for message in reversed(branch)]


def _recalled(session: Session, user_id: str, message_ids: Sequence[str]) -> dict[str, list[Hit]]:
    found = session.exec(
        select(RecallRow, MemoryRow)
        .where(col(RecallRow.message_id).in_(message_ids), RecallRow.memory_id == MemoryRow.id)
        .where(RecallRow.user_id == user_id, MemoryRow.user_id == user_id)
        .order_by(col(RecallRow.rank))
    )
    hits: dict[str, list[Hit]] = {}
    for recall, memory in found:
        hit = Hit(to_memory(memory), recall.score, tuple(json.loads(recall.why)))
        hits.setdefault(recall.message_id, []).append(hit)
    return hits


def _repeats(text: str, given: Sequence[Hit], kept: Sequence[Hit]) -> bool:
    """Whether a reply has a content word of a memory that it was given and that was forgotten since."""
    own = set(keywords.words(text))
    return any(own & set(keywords.words(hit.memory.text)) for hit in given if hit not in kept)


def _log_recall(session: Session, row: MessageRow, hits: Sequence[Hit]) -> None:
    for rank, hit in enumerate(hits):
        why = json.dumps(hit.why, ensure_ascii=False)
        session.add(
            RecallRow(
                message_id=row.id,
                memory_id=hit.memory.id,
                user_id=row.user_id,
                rank=rank,
                score=hit.score,
                why=why,
            )
        )


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


def _to_message(row: MessageRow, recalled: tuple[Hit, ...]) -> Message:
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
        recalled=recalled,
    )


def _to_conversation(row: ConversationRow) -> Conversation:
    return Conversation(row.id, row.title, row.created_at, row.updated_at, remembers=row.remembers)
