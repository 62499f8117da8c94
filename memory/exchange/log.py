"""One conversation of a log, as it lies in the tables, and which of them an export asks for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, TypedDict, Unpack

from sqlalchemy import ColumnElement
from sqlmodel import col
from sqlmodel.sql.expression import SelectOfScalar

from memory import feedback
from memory.errors import BadInput, NotFound
from memory.feedback import Feedback
from memory.storage import branches
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import ConversationRow, FactUseRow, FeedbackRow, MessageRow, RecallRow
from memory.store import User

Progress = Callable[[int, int], None]
_RATINGS = {"up": 1, "down": -1}


class Only(TypedDict, total=False):
    """Which conversations are exported: those with a message that fits all of this, and of them the whole.

    `since` and `until` are of when it was said, the second excluded; `text` stands in it, upper and lower case alike;
    `rating` and `corrected` are what the person said of it. For training, an example ends at each reply so rated or
    corrected, and at least `min_chars` long; `system` is put before each example as the system prompt.
    """

    conversation_id: str | None
    since: datetime | None
    until: datetime | None
    text: str | None
    rating: Literal["up", "down"] | None
    corrected: bool
    min_chars: int
    system: str | None


@dataclass(frozen=True, slots=True)
class Log:
    """One conversation as it lies in the tables: every message by id, and the branch it shows."""

    user: User
    conversation: ConversationRow
    messages: Mapping[str, MessageRow]
    recalled: Mapping[str, Sequence[RecallRow]]
    facts_used: Mapping[str, Sequence[str]]
    feedback: Mapping[str, Feedback]
    only: Only

    @property
    def shown(self) -> Sequence[MessageRow]:
        return self._to(self.conversation.head_id)

    def examples(self) -> Iterator[Sequence[tuple[str, str]]]:
        """What a model may learn from: (role, text) of the branch shown, or of the way to each reply asked for."""
        only = self.only
        if not (only.get("rating") or only.get("corrected") or only.get("min_chars")):
            yield [self._learned(row) for row in self.shown]
            return
        for row in self.messages.values():
            given = self.feedback.get(row.id)
            if (
                row.role == "assistant"
                and row.text
                and (not only.get("rating") or (given and given.rating == _RATINGS[only["rating"]]))  # type: ignore[index]
                and (not only.get("corrected") or (given and given.corrected))
                and len(self._learned(row)[1]) >= only.get("min_chars", 0)
            ):
                yield [self._learned(before) for before in self._to(row.id)]

    def _to(self, message_id: str | None) -> Sequence[MessageRow]:
        return [row for row in branches.branch(self.messages, message_id) if row.text]

    def _learned(self, row: MessageRow) -> tuple[str, str]:
        given = self.feedback.get(row.id)
        return row.role, given.corrected if given and given.corrected else row.text


class Anonymiser(Protocol):
    """What makes logs anonymous: see `memory.exchange.anonymous_log.AnonymousLog`."""

    @property
    def user(self) -> User: ...
    def learn(self, logs: Iterable[Log]) -> None: ...
    def __call__(self, log: Log) -> Log: ...


def logs(
    database: Database,
    user: User,
    progress: Progress | None = None,
    hidden: Anonymiser | None = None,
    **only: Unpack[Only],
) -> Iterator[Log]:
    """Each conversation that is asked for, in the order of writing. Raises NotFound, BadInput."""
    with database.read() as session:
        asked_for = _asked_for(Rows(session, user.id), only)
        ids = list(session.exec(asked_for.order_by(col(ConversationRow.seq))))
    if only.get("conversation_id") is not None and not ids:
        raise NotFound("There is no such conversation, or none that fits. List them with `conversations.list()`.")
    if hidden is not None:
        hidden.learn(log for log in (_load(database, user, found, only) for found in ids) if log)
    for done, found in enumerate(ids, start=1):
        log = _load(database, user, found, only)
        if log is not None:
            yield hidden(log) if hidden else log
        if progress:
            progress(done, len(ids))


def _asked_for(rows: Rows, only: Only) -> SelectOfScalar[str]:
    mine = rows.column(ConversationRow, ConversationRow.id)
    if only.get("conversation_id") is not None:
        mine = mine.where(ConversationRow.id == only["conversation_id"])
    said = rows.column(MessageRow, MessageRow.conversation_id)
    fits: list[ColumnElement[bool]] = []
    if since := only.get("since"):
        fits.append(col(MessageRow.occurred_at) >= since)
    if until := only.get("until"):
        fits.append(col(MessageRow.occurred_at) < until)
    if text := only.get("text"):
        fits.append(col(MessageRow.text).icontains(text, autoescape=True))
    if rating := only.get("rating"):
        if rating not in _RATINGS:
            raise BadInput(f"The rating is {rating!r}; it must be 'up' or 'down'.")
        fits.append(col(FeedbackRow.rating) == _RATINGS[rating])
    if only.get("corrected"):
        fits.append(col(FeedbackRow.corrected).is_not(None))
    if only.get("rating") or only.get("corrected"):
        rated = FeedbackRow.message_id == MessageRow.id, FeedbackRow.user_id == rows.user_id
        said = said.where(*rated)
    return mine.where(col(ConversationRow.id).in_(said.where(*fits))) if fits else mine


def _load(database: Database, user: User, conversation_id: str, only: Only) -> Log | None:
    """`None` if it was deleted meanwhile."""
    with database.read() as session:
        rows = Rows(session, user.id)
        conversation = rows.first(ConversationRow, ConversationRow.id == conversation_id)
        if conversation is None:
            return None
        messages = branches.tree(session, user.id, conversation_id)
        recalled: dict[str, list[RecallRow]] = {}
        recalls = rows.select(RecallRow, col(RecallRow.message_id).in_(messages))
        for recall in session.exec(recalls.order_by(col(RecallRow.rank))):
            recalled.setdefault(recall.message_id, []).append(recall)
        used: dict[str, list[str]] = {}
        uses = rows.select(FactUseRow, col(FactUseRow.message_id).in_(messages))
        for use in session.exec(uses.order_by(col(FactUseRow.rank))):
            used.setdefault(use.message_id, []).append(use.fact_id)
        given = feedback.of_user(session, user, col(MessageRow.id).in_(messages))
    return Log(user, conversation, messages, recalled, used, {found.message_id: found for found in given}, only)
