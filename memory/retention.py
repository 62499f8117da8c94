"""How long what is kept of a user is kept: an age for each kind, or none. What is pinned stays.

conversations  so many days after their last message was written down; what was remembered of them has its own age
memories       so many days after they were recorded: they are no longer recalled; the conversation stays. A document of which
               none is left goes
feedback       so many days after it was given

Ages count from when Zhiji got something, not from when it was said, so that an imported log of ten years ago is not gone the
same day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from memory import conversations, remember
from memory.erasure import rehearse
from memory.privacy import receipts
from memory.storage.database import batches
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
    if ages.conversations:
        last = func.max(col(MessageRow.recorded_at))
        latest = (
            select(MessageRow.conversation_id)
            .where(MessageRow.user_id == user.id)
            .group_by(MessageRow.conversation_id)
            .having(last < now - timedelta(days=ages.conversations))
        )
        old = _old(session, ConversationRow, user, col(ConversationRow.id).in_(latest), ~col(ConversationRow.pinned))
        for conversation in old:
            conversations.erase(session, user, conversation, keep_memories=True)
    if ages.memories:
        before = col(MemoryRow.recorded_at) < now - timedelta(days=ages.memories)
        for some in batches(_old(session, MemoryRow, user, before, ~col(MemoryRow.pinned))):
            remember.drop(session, user.id, some)
        filled = select(MemoryRow.document_id).where(
            MemoryRow.user_id == user.id, col(MemoryRow.document_id).is_not(None)
        )
        for document in _old(session, DocumentRow, user, col(DocumentRow.id).not_in(filled)):
            receipts.note(session, [document])
            session.delete(document)
    if ages.feedback:
        before = col(FeedbackRow.rated_at) < now - timedelta(days=ages.feedback)
        ratings = _old(session, FeedbackRow, user, before)
        receipts.note(session, ratings)
        for rating in ratings:
            session.delete(rating)
        if ratings:
            remember.mark_purge(session, user.id)


def _old(session: Session, table: Any, user: User, *conditions: Any) -> Sequence[Any]:
    return session.exec(select(table).where(table.user_id == user.id, *conditions)).all()
