"""How long what is kept of a user is kept: an age for each kind, or none. What is pinned stays.

conversations  so many days after their last message was written down; what was remembered of them has its own age
memories       so many days after they were recorded: they are no longer recalled; the conversation stays. A document of which
               none is left goes
feedback       so many days after it was given

Ages count from when Zhiji got something, not from when it was said, so that an imported log of ten years ago is not gone the
same day.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func

from memory import conversations, remember
from memory.erasure import rehearse
from memory.privacy import receipts
from memory.storage.database import batches
from memory.storage.personal import Age
from memory.storage.rows import Rows
from memory.storage.tables import ConversationRow, DocumentRow, FeedbackRow, MemoryRow, MessageRow, utc_now
from memory.store import Store, User


@dataclass(frozen=True, slots=True)
class Ages:
    """Days; `None` keeps a kind for ever."""

    conversations: int | None = None
    memories: int | None = None
    feedback: int | None = None

    def __bool__(self) -> bool:
        return any((self.conversations, self.memories, self.feedback))


def preview(store: Store, user: User, ages: Ages) -> Mapping[str, int]:
    """How many of what is too old now; nothing is changed."""
    now = utc_now()
    return rehearse(store, lambda session: _expire(session, user, ages, now)) if ages else {}


def expire(store: Store, user: User, ages: Ages) -> Mapping[str, int]:
    """Erase what is too old; returns how many of what."""
    if not ages:
        return {}
    with store.erasing(user, "retention") as session:
        _expire(session, user, ages, utc_now())
        return receipts.counts(session)


def _expire(session: Session, user: User, ages: Ages, now: datetime) -> None:
    rows = Rows(session, user.id)
    for age, erase in _ERASE_OLD.items():
        days: int | None = getattr(ages, age)
        if days:
            erase(rows, user, now - timedelta(days=days))


def _erase_conversations(rows: Rows, user: User, before: datetime) -> None:
    last = func.max(col(MessageRow.recorded_at))
    talks = rows.column(MessageRow, MessageRow.conversation_id).group_by(col(MessageRow.conversation_id))
    old = col(ConversationRow.id).in_(talks.having(last < before)), ~col(ConversationRow.pinned)
    for conversation in rows.all(ConversationRow, *old):
        conversations.erase(rows.session, user, conversation, keep_memories=True)


def _erase_memories(rows: Rows, user: User, before: datetime) -> None:
    """And documents of which none is left."""
    old = col(MemoryRow.recorded_at) < before, ~col(MemoryRow.pinned)
    for some in batches(rows.all(MemoryRow, *old)):
        remember.drop(rows.session, user.id, some)
    filled = rows.column(MemoryRow, MemoryRow.document_id, col(MemoryRow.document_id).is_not(None))
    empty = col(DocumentRow.id).not_in(filled)
    receipts.note(rows.session, rows.select(DocumentRow, empty))
    rows.delete(DocumentRow, empty)


def _erase_feedback(rows: Rows, user: User, before: datetime) -> None:
    old = col(FeedbackRow.rated_at) < before
    receipts.note(rows.session, rows.select(FeedbackRow, old))
    if rows.delete(FeedbackRow, old):
        remember.mark_purge(rows.session, user.id)


_ERASE_OLD: Mapping[Age, Callable[[Rows, User, datetime], None]] = {
    "conversations": _erase_conversations,
    "memories": _erase_memories,
    "feedback": _erase_feedback,
}
"""What the registry has expire at an age (`memory.storage.personal`): each function erases the rows of all its tables."""
