"""What a user thought of replies: kept with the message, so that later learning knows the model, the sampling and the
prompt of each. It goes when the reply is forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col

from memory.errors import BadInput, NotFound
from memory.kinds import checked
from memory.language.text import clean_text
from memory.message_log import message_of
from memory.storage.rows import Condition, Rows
from memory.storage.tables import FeedbackRow, MessageRow, utc_now
from memory.store import Store, User

MAX_CHARS = 20_000
_RATINGS = {"up": 1, "down": -1, 1: 1, -1: -1}


@dataclass(frozen=True, slots=True)
class Feedback:
    """`rating` is 1 or -1; `corrected` what the answer should have been. `sampling` is JSON."""

    message_id: str
    conversation_id: str
    rating: int
    reason: str
    corrected: str | None
    rated_at: datetime
    model: str | None
    sampling: str | None
    prompt_id: str | None


@checked
class Feedbacks:
    """Of one user; another user's messages are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def rate(
        self, message_id: str, rating: Literal["up", "down", 1, -1], reason: str = "", corrected: str | None = None
    ) -> Feedback:
        """Say what a reply was worth, why, and what it should have been; said again, it takes the earlier's place.

        Raises BadInput for another rating, or a message that is no reply; NotFound.
        """
        if rating not in _RATINGS:
            raise BadInput(f"The rating is {rating!r}; it must be 'up' or 'down'.")
        reason = clean_text(reason, max_chars=2_000, what="reason") if reason.strip() else ""
        if corrected is not None:
            corrected = clean_text(corrected, max_chars=MAX_CHARS, what="correction") if corrected.strip() else None
        with self._store.database.write() as session:
            message = message_of(session, self._user, message_id)
            if message.role != "assistant" or message.status == "forgotten":
                raise BadInput("Only a reply can be rated.")
            row = FeedbackRow(
                message_id=message_id,
                user_id=self._user.id,
                rating=_RATINGS[rating],
                reason=reason,
                corrected=corrected,
                rated_at=utc_now(),
            )
            return _to_feedback(session.merge(row), message)

    def get(self, message_id: str) -> Feedback | None:
        """What was said of a reply, if anything."""
        found = self._all(FeedbackRow.message_id == message_id)
        return found[0] if found else None

    def list(self) -> Sequence[Feedback]:
        """All of it, in the order of the messages."""
        return self._all()

    def withdraw(self, message_id: str) -> None:
        """Raises NotFound if nothing was said of it."""
        with self._store.database.write() as session:
            if Rows(session, self._user.id).delete(FeedbackRow, FeedbackRow.message_id == message_id) == 0:
                raise NotFound("That reply was not rated.")

    def _all(self, *conditions: Condition) -> Sequence[Feedback]:
        with self._store.database.read() as session:
            return of_user(session, self._user, *conditions)


def of_user(session: Session, user: User, *conditions: Condition) -> Sequence[Feedback]:
    """What a user said of the replies that fit the conditions, in the order of the messages."""
    rated = MessageRow.id == FeedbackRow.message_id
    found = Rows(session, user.id).pairs(FeedbackRow, MessageRow, rated, *conditions).order_by(col(MessageRow.seq))
    return [_to_feedback(row, message) for row, message in session.exec(found)]


def _to_feedback(row: FeedbackRow, message: MessageRow) -> Feedback:
    return Feedback(
        message_id=row.message_id,
        conversation_id=message.conversation_id,
        rating=row.rating,
        reason=row.reason,
        corrected=row.corrected,
        rated_at=row.rated_at,
        model=message.model,
        sampling=message.sampling,
        prompt_id=message.prompt_id,
    )
