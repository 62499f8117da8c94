"""Export a user's conversation log, piece by piece, in constant memory: all conversations, or those asked for.

    jsonl     lossless: a header line, then each conversation followed by its messages (every branch) in the order written
    md, html  for reading: the branch each conversation shows; the html is one file that loads nothing
    csv       a line for each message of that branch; what a spreadsheet would take for a formula begins with '
    sharegpt  a JSON list of {"id", "conversations": [{"from": "human" | "gpt", "value"}]}
    openai    a line {"messages": [{"role", "content"}]} for each conversation, as fine-tuning takes them
    parquet   a table with a row for each message of every branch (see `memory.parquet`)

    {"type": "zhiji-log", "version": 2, "user": "mei"}
    {"type": "conversation", "id", "title", "created_at", "updated_at", "head_id", "pinned", "remembers", "recalls"}
    {"type": "message", "id", "conversation_id", "parent_id", "role", "text", "status", "model", "sampling", "prompt_id",
     "occurred_at", "recorded_at", "recalled": [{"memory_id", "score", "why"}], "facts_used": [id],
     "feedback": null | {"rating": 1 | -1, "reason", "corrected", "rated_at"}}

In sharegpt and openai, which are for training, a reply stands as the person corrected it. Version 1 had no pins, switches,
prompt ids, facts used and feedback.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import IO, Literal, Protocol, TypedDict, Unpack

from sqlalchemy import ColumnElement
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from memory import branches, feedback, sealed
from memory.database import Database
from memory.errors import BadInput, NotFound
from memory.feedback import Feedback
from memory.store import User
from memory.tables import ConversationRow, FactUseRow, FeedbackRow, MessageRow, RecallRow
from memory.types import ExportFormat

Progress = Callable[[int, int], None]
VERSION = 2
_COLUMNS = ("conversation_id", "title", "message_id", "role", "text", "status", "time", "model")
_RATINGS = {"up": 1, "down": -1}
_FORMULA = "=+-@\t\r＝＋－＠"
_PAGE = """<!doctype html>
<html lang="und"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Zhiji</title><style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
body { color: #222; background: #fff }
h1 { font-size: 1.3rem; margin-top: 3rem; page-break-before: auto } p { white-space: pre-wrap; overflow-wrap: anywhere }
.user { background: #f1f1ee; border-radius: .6rem; padding: .6rem .9rem } small { color: #666 }
@media (prefers-color-scheme: dark) {
body { color: #ddd; background: #1b1b1a } .user { background: #2b2b29 } small { color: #aaa } }
</style></head><body>
"""


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


class Hidden(Protocol):
    """What makes logs anonymous: see `memory.anonymous_log.AnonymousLog`."""

    @property
    def user(self) -> User: ...
    def learn(self, logs: Iterable[Log]) -> None: ...
    def __call__(self, log: Log) -> Log: ...


def lines(
    database: Database,
    user: User,
    format: ExportFormat,
    progress: Progress | None = None,
    hidden: Hidden | None = None,
    **only: Unpack[Only],
) -> Iterator[str]:
    """The export, mostly a line at a time, made anonymous by `hidden` if given (`memory.anonymous_log`); `progress(done,
    total)` counts conversations. Raises NotFound, BadInput."""
    if format == "parquet":
        raise BadInput("parquet is no text. Write it to a file.")
    begin, one, end = _FORMATS[format]
    yield from begin(hidden.user if hidden else user)
    between = ""
    for log in logs(database, user, progress, hidden, **only):
        for piece in one(log):
            yield between + piece
            between = ",\n" if format == "sharegpt" else ""
    yield from end


def logs(
    database: Database,
    user: User,
    progress: Progress | None = None,
    hidden: Hidden | None = None,
    **only: Unpack[Only],
) -> Iterator[Log]:
    """Each conversation that is asked for, in the order of writing. Raises NotFound, BadInput."""
    with database.read() as session:
        ids = list(session.exec(_asked_for(user, only).order_by(col(ConversationRow.seq))))
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


def _asked_for(user: User, only: Only) -> SelectOfScalar[str]:
    mine = select(ConversationRow.id).where(ConversationRow.user_id == user.id)
    if only.get("conversation_id") is not None:
        mine = mine.where(ConversationRow.id == only["conversation_id"])
    said = select(MessageRow.conversation_id).where(MessageRow.user_id == user.id)
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
        said = said.where(FeedbackRow.message_id == MessageRow.id, FeedbackRow.user_id == user.id)
    return mine.where(col(ConversationRow.id).in_(said.where(*fits))) if fits else mine


def _jsonl(log: Log) -> Iterator[str]:
    conversation = log.conversation
    yield _line(
        {
            "type": "conversation",
            "id": conversation.id,
            "title": conversation.title,
            "created_at": _iso(conversation.created_at),
            "updated_at": _iso(conversation.updated_at),
            "head_id": conversation.head_id,
            "pinned": conversation.pinned,
            "remembers": conversation.remembers,
            "recalls": conversation.recalls,
        }
    )
    for message in log.messages.values():
        given = log.feedback.get(message.id)
        yield _line(
            {
                "type": "message",
                "id": message.id,
                "conversation_id": message.conversation_id,
                "parent_id": message.parent_id,
                "role": message.role,
                "text": message.text,
                "status": message.status,
                "model": message.model,
                "sampling": json.loads(message.sampling) if message.sampling else None,
                "prompt_id": message.prompt_id,
                "occurred_at": _iso(message.occurred_at),
                "recorded_at": _iso(message.recorded_at),
                "recalled": [
                    {"memory_id": row.memory_id, "score": row.score, "why": json.loads(row.why)}
                    for row in log.recalled.get(message.id, ())
                ],
                "facts_used": list(log.facts_used.get(message.id, ())),
                "feedback": given
                and {
                    "rating": given.rating,
                    "reason": given.reason,
                    "corrected": given.corrected,
                    "rated_at": _iso(given.rated_at),
                },
            }
        )


def _markdown(log: Log) -> Iterator[str]:
    yield f"# {log.conversation.title or 'Conversation'}\n\n"
    for message in log.shown:
        yield f"**{_who(log, message)}**, {_when(message)}\n\n{message.text}\n\n"


def _html(log: Log) -> Iterator[str]:
    yield f"<h1>{escape(log.conversation.title or 'Conversation')}</h1>\n"
    for message in log.shown:
        heading = f"<small>{escape(_who(log, message))} · {_when(message)}</small>"
        yield f'<article class="{message.role}">{heading}<p>{escape(message.text)}</p></article>\n'


def _csv(log: Log) -> Iterator[str]:
    for message in log.shown:
        yield _row(
            log.conversation.id, log.conversation.title, message.id, message.role, message.text, message.status,
            _iso(message.occurred_at), message.model or "",
        )  # fmt: skip


def _sharegpt(log: Log) -> Iterator[str]:
    names = {"user": "human", "assistant": "gpt", "system": "system"}
    for example in log.examples():
        said = [{"from": names[role], "value": text} for role, text in _with_system(log, example)]
        yield json.dumps({"id": log.conversation.id, "conversations": said}, ensure_ascii=False)


def _openai(log: Log) -> Iterator[str]:
    for example in log.examples():
        if example:
            yield _line({"messages": [{"role": role, "content": text} for role, text in _with_system(log, example)]})


def _with_system(log: Log, example: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
    system = log.only.get("system")
    return [("system", system), *example] if system else example


Format = tuple[Callable[[User], Sequence[str]], Callable[[Log], Iterator[str]], Sequence[str]]
_FORMATS: Mapping[ExportFormat, Format] = {
    "jsonl": (lambda user: [_line({"type": "zhiji-log", "version": VERSION, "user": user.name})], _jsonl, ()),
    "md": (lambda _: (), _markdown, ()),
    "html": (lambda _: [_PAGE], _html, ["</body></html>\n"]),
    "csv": (lambda _: ["\ufeff" + _row(*_COLUMNS)], _csv, ()),
    "sharegpt": (lambda _: ["[\n"], _sharegpt, ["\n]\n"]),
    "openai": (lambda _: (), _openai, ()),
}


def _load(database: Database, user: User, conversation_id: str, only: Only) -> Log | None:
    """`None` if it was deleted meanwhile."""
    with database.read() as session:
        mine = ConversationRow.user_id == user.id, ConversationRow.id == conversation_id
        conversation = session.exec(select(ConversationRow).where(*mine)).first()
        if conversation is None:
            return None
        messages = branches.tree(session, user.id, conversation_id)
        recalled: dict[str, list[RecallRow]] = {}
        recalls = select(RecallRow).where(RecallRow.user_id == user.id, col(RecallRow.message_id).in_(messages))
        for recall in session.exec(recalls.order_by(col(RecallRow.rank))):
            recalled.setdefault(recall.message_id, []).append(recall)
        used: dict[str, list[str]] = {}
        uses = select(FactUseRow).where(FactUseRow.user_id == user.id, col(FactUseRow.message_id).in_(messages))
        for use in session.exec(uses.order_by(col(FactUseRow.rank))):
            used.setdefault(use.message_id, []).append(use.fact_id)
        given = feedback.of_user(session, user, col(MessageRow.id).in_(messages))
    return Log(user, conversation, messages, recalled, used, {found.message_id: found for found in given}, only)


def _who(log: Log, message: MessageRow) -> str:
    return log.user.name if message.role == "user" else "Zhiji"


def _when(message: MessageRow) -> str:
    mark = "" if message.status == "complete" else f" ({message.status})"
    return f"{message.occurred_at:%Y-%m-%d %H:%M} UTC{mark}"


def _row(*cells: str) -> str:
    line = io.StringIO()
    safe = [f"'{cell}" if cell.lstrip()[:1] in tuple(_FORMULA) and cell.strip() else cell for cell in cells]
    csv.writer(line, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(safe)
    return line.getvalue()


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _iso(time: datetime) -> str:
    return time.isoformat()


def write(
    database: Database,
    user: User,
    path: Path,
    format: ExportFormat,
    progress: Progress | None = None,
    hidden: Hidden | None = None,
    *,
    plain: bool = False,
    **only: Unpack[Only],
) -> int:
    """Write an export to `path`, whole or not at all: sealed if that ends in .age; of an encrypted folder another name needs
    `plain` (see `memory.sealed`). Returns its lines, or rows; raises NotFound, BadInput."""
    passphrase = sealed.passphrase_for(database, path, plain=plain)
    if format == "parquet":
        from memory import parquet

        with whole(path, passphrase) as file:
            return parquet.write(file, logs(database, user, progress, hidden, **only))
    return write_whole(path, lines(database, user, format, progress, hidden, **only), passphrase)


def write_whole(path: Path, lines: Iterable[str], passphrase: str | None = None) -> int:
    """Write `lines` to `path`, which appears only once it is complete. Returns how many; raises BadInput."""
    written = 0
    with whole(path, passphrase) as file:
        for line in lines:
            file.write(line.encode())
            written += line.count("\n")
    return written


@contextmanager
def whole(path: Path, passphrase: str | None = None) -> Iterator[IO[bytes]]:
    """A file to be written, that is `path` once it is complete, sealed by a passphrase if there is one. Raises BadInput."""
    partial = path.with_name(path.name + ".partial")
    try:
        with sealed.sealing(partial, passphrase) as file:
            yield file
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written ({error.strerror}). Choose another file.") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
