"""Export a user's conversation log, piece by piece, in constant memory: all conversations or one.

    jsonl     lossless: a header line, then each conversation followed by its messages (every branch) in the order written
    md, html  for reading: the branch each conversation shows; the html is one file that loads nothing
    csv       a line for each message of that branch; what a spreadsheet would take for a formula begins with '
    sharegpt  a JSON list of {"id", "conversations": [{"from": "human" | "gpt", "value"}]}
    openai    a line {"messages": [{"role", "content"}]} for each conversation, as fine-tuning takes them

    {"type": "zhiji-log", "version": 2, "user": "mei"}
    {"type": "conversation", "id", "title", "created_at", "updated_at", "head_id", "pinned", "remembers", "recalls"}
    {"type": "message", "id", "conversation_id", "parent_id", "role", "text", "status", "model", "sampling", "prompt_id",
     "occurred_at", "recorded_at", "recalled": [{"memory_id", "score", "why"}], "facts_used": [id],
     "feedback": null | {"rating": 1 | -1, "reason", "corrected", "rated_at"}}

Version 1 had no pins, switches, prompt ids, facts used and feedback.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path

from sqlmodel import col, select

from memory import branches, feedback
from memory.database import Database
from memory.errors import BadInput, NotFound
from memory.feedback import Feedback
from memory.store import User
from memory.tables import ConversationRow, FactUseRow, MessageRow, RecallRow
from memory.types import ExportFormat

Progress = Callable[[int, int], None]
VERSION = 2
_COLUMNS = ("conversation_id", "title", "message_id", "role", "text", "status", "time", "model")
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


@dataclass(frozen=True, slots=True)
class Log:
    """One conversation as it lies in the tables: every message by id, and the branch it shows."""

    user: User
    conversation: ConversationRow
    messages: Mapping[str, MessageRow]
    recalled: Mapping[str, Sequence[RecallRow]]
    facts_used: Mapping[str, Sequence[str]]
    feedback: Mapping[str, Feedback]

    @property
    def shown(self) -> Sequence[MessageRow]:
        return [row for row in branches.branch(self.messages, self.conversation.head_id) if row.text]


def lines(
    database: Database,
    user: User,
    format: ExportFormat,
    progress: Progress | None = None,
    *,
    conversation_id: str | None = None,
) -> Iterator[str]:
    """The export, mostly a line at a time; `progress(done, total)` counts conversations. Raises NotFound."""
    with database.read() as session:
        mine = select(ConversationRow.id).where(ConversationRow.user_id == user.id)
        mine = mine if conversation_id is None else mine.where(ConversationRow.id == conversation_id)
        ids = list(session.exec(mine.order_by(col(ConversationRow.seq))))
    if conversation_id is not None and not ids:
        raise NotFound("There is no such conversation. List them with `conversations.list()`.")
    begin, one, end = _FORMATS[format]
    written = 0
    yield from begin(user)
    for done, found in enumerate(ids, start=1):
        log = _load(database, user, found)
        if log is not None:
            if format == "sharegpt" and written:
                yield ",\n"
            yield from one(log)
            written += 1
        if progress:
            progress(done, len(ids))
    yield from end


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
    said = [{"from": "human" if row.role == "user" else "gpt", "value": row.text} for row in log.shown]
    yield json.dumps({"id": log.conversation.id, "conversations": said}, ensure_ascii=False)


def _openai(log: Log) -> Iterator[str]:
    if log.shown:
        yield _line({"messages": [{"role": row.role, "content": row.text} for row in log.shown]})


Format = tuple[Callable[[User], Sequence[str]], Callable[[Log], Iterator[str]], Sequence[str]]
_FORMATS: Mapping[ExportFormat, Format] = {
    "jsonl": (lambda user: [_line({"type": "zhiji-log", "version": VERSION, "user": user.name})], _jsonl, ()),
    "md": (lambda _: (), _markdown, ()),
    "html": (lambda _: [_PAGE], _html, ["</body></html>\n"]),
    "csv": (lambda _: ["\ufeff" + _row(*_COLUMNS)], _csv, ()),
    "sharegpt": (lambda _: ["[\n"], _sharegpt, ["\n]\n"]),
    "openai": (lambda _: (), _openai, ()),
}


def _load(database: Database, user: User, conversation_id: str) -> Log | None:
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
    return Log(user, conversation, messages, recalled, used, {found.message_id: found for found in given})


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


def write_whole(path: Path, lines: Iterator[str]) -> int:
    """Write `lines` to `path`, which appears only once it is complete. Returns how many; raises BadInput."""
    partial = path.with_name(path.name + ".partial")
    written = 0
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as file:
            for line in lines:
                file.write(line)
                written += line.count("\n")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written ({error.strerror}). Choose another file.") from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return written
