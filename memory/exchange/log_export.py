"""Export a user's conversation log, piece by piece, in constant memory: all conversations, or those asked for.

    jsonl     lossless: a header line, then each conversation followed by its messages (every branch) in the order written
    md, html  for reading: the branch each conversation shows; the html is one file that loads nothing
    csv       a line for each message of that branch; what a spreadsheet would take for a formula begins with '
    sharegpt  a JSON list of {"id", "conversations": [{"from": "human" | "gpt", "value"}]}
    openai    a line {"messages": [{"role", "content"}]} for each conversation, as fine-tuning takes them
    parquet   a table with a row for each message of every branch (see `memory.exchange.parquet`)

    {"type": "zhiji-log", "version": 2, "user": "mei"}
    {"type": "conversation", "id", "title", "created_at", "updated_at", "head_id", "pinned", "remembers", "recalls"}
    {"type": "message", "id", "conversation_id", "parent_id", "role", "text", "status", "model", "sampling", "prompt_id",
     "plan", "occurred_at", "recorded_at", "recalled": [{"memory_id", "score", "why"}], "facts_used": [id],
     "feedback": null | {"rating": 1 | -1, "reason", "corrected", "rated_at"}}

In sharegpt and openai, which are for training, a reply stands as the person corrected it. Version 1 had no pins, switches,
prompt ids, facts used and feedback; plans came later to version 2.
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
from typing import IO, Unpack

from memory.errors import BadInput
from memory.exchange import parquet
from memory.exchange.log import Anonymiser, Log, Only, Progress, logs
from memory.storage import sealed
from memory.storage.database import Database
from memory.storage.tables import MessageRow
from memory.store import User
from memory.types import ExportFormat

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


def lines(
    database: Database,
    user: User,
    format: ExportFormat,
    progress: Progress | None = None,
    hidden: Anonymiser | None = None,
    **only: Unpack[Only],
) -> Iterator[str]:
    """The export, mostly a line at a time, made anonymous by `hidden` if given (`memory.exchange.anonymous_log`);
    `progress(done, total)` counts conversations. Raises NotFound, BadInput."""
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
                "plan": json.loads(message.plan) if message.plan else None,
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


@dataclass(frozen=True, slots=True)
class Target:
    """The file that an export goes to: sealed if its name ends in .age; any other name of an encrypted folder's export needs
    `plain` (see `memory.storage.sealed`)."""

    path: Path
    plain: bool = False


def write(
    database: Database,
    user: User,
    target: Target,
    format: ExportFormat,
    progress: Progress | None = None,
    hidden: Anonymiser | None = None,
    **only: Unpack[Only],
) -> int:
    """Write an export, whole or not at all. Returns how many lines, or rows, it has; raises NotFound, BadInput."""
    path, passphrase = target.path, sealed.passphrase_for(database, target.path, plain=target.plain)
    if format == "parquet":
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
