"""CSV with the columns role and text, and if there are such time, conversation_id and title; our own csv too.

The cells may stand between commas, semicolons (a spreadsheet where the comma is in numbers) or tabs.
"""

import csv
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO

from memory.errors import BadInput
from memory.exchange.foreign_logs.fields import MAX_TEXT_CHARS, ODD, clean, odd
from memory.exchange.foreign_logs.formats import UNKNOWN, FileFormat
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.lines import lines
from memory.exchange.foreign_logs.plain_turns import role_of
from memory.exchange.foreign_logs.stamps import UNSURE, DayOrder, order_of, stamp
from memory.exchange.foreign_logs.talk import Refused, Said, Talk

MAX_CELL = 4 * 2**20
_MARK = "'"
"""What our own csv puts before a cell that a spreadsheet would take for a formula."""
_CALLED = {
    "role": ("role", "speaker", "sender", "from", "author", "角色"),
    "text": ("text", "content", "message", "value", "内容", "消息"),
    "time": ("time", "timestamp", "date", "created_at", "datetime", "时间", "日期"),
}
"""What a column is called where it is not called by its name."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the cells of a table stand; `ours` if we wrote it."""

    names: Mapping[str, str]
    ours: bool

    def cell(self, row: Mapping[str, str | None], name: str) -> str:
        return row.get(self.names.get(name, "")) or ""

    def text(self, row: Mapping[str, str | None], name: str) -> str:
        cell = self.cell(row, name)
        return clean(_unmarked(cell) if self.ours else cell)


def read(file: IO[bytes], known: Known) -> Iterator[Talk | Refused]:  # noqa: ARG001
    """Rows in their order; those with the same `conversation_id` are one conversation. Raises BadInput."""
    whole = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    csv.field_size_limit(10 * MAX_TEXT_CHARS)
    order, unsure = _dates(file)
    talks: dict[str, Talk] = {}
    rows = _rows(file)
    try:
        columns = _columns(rows)
        for row in rows:
            try:
                said, id = _said(row, columns, order), columns.cell(row, "conversation_id").strip() or whole
                title = columns.text(row, "title")
            except ODD as error:
                yield Refused(f"line {rows.line_num}", odd(error))
                continue
            if said.text:
                talks[id] = _with(talks.get(id) or Talk("csv", clean(id), title, [], None, notes=unsure), said)
    except UnicodeDecodeError as error:
        raise BadInput(UNKNOWN) from error
    except csv.Error as error:
        if not talks:
            raise BadInput(UNKNOWN) from error
        yield Refused(f"line {rows.line_num}", odd(error))
    yield from talks.values()


def _rows(file: IO[bytes]) -> "csv.DictReader[str]":
    file.seek(0)
    head = file.readline(MAX_CELL).decode("utf-8-sig", "replace")
    file.seek(0)
    between = max(",;\t", key=head.count)
    decoded = (line.decode("utf-8-sig" if number == 1 else "utf-8") for number, line in lines(file, MAX_CELL))
    return csv.DictReader(decoded, strict=True, delimiter=between)


def _columns(rows: "csv.DictReader[str]") -> Columns:
    written = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
    ours = {"message_id", "status", "model"} <= written.keys()
    names = dict(written)
    for name, others in _CALLED.items():
        if found := next((written[other] for other in others if other in written), None):
            names.setdefault(name, found)
    if not {"role", "text"} <= names.keys():
        raise BadInput(UNKNOWN)
    return Columns(names, ours)


def _dates(file: IO[bytes]) -> tuple[DayOrder, tuple[str, ...]]:
    """In which order the dates of a file are written, with what is to be said of it."""
    rows = _rows(file)
    try:
        columns = _columns(rows)
        written = [cell for row in rows if (cell := columns.cell(row, "time").strip()[:40])]
    except (csv.Error, UnicodeDecodeError):
        return DayOrder(), ()  # reading it says what is wrong
    order = order_of(written)
    return order, () if order.shown else (UNSURE.format(date=written[0]),)


def _said(row: Mapping[str, str | None], columns: Columns, order: DayOrder) -> Said:
    if row[columns.names["text"]] is None:
        raise ValueError("no text")
    at = stamp(columns.cell(row, "time").strip() or None, order)
    return Said("", None, role_of(columns.cell(row, "role")), columns.text(row, "text"), at)


def _with(talk: Talk, said: Said) -> Talk:
    number = str(len(talk.messages))
    assert isinstance(talk.messages, list)
    talk.messages.append(replace(said, id=number, parent_id=talk.head_id))
    return replace(talk, head_id=number)


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith(_MARK) and cell[1:].lstrip()[:1] in tuple("=+-@\t\r＝＋－＠") else cell


FORMAT = FileFormat("csv", lambda _: True, read)
"""Whatever else it may be: a table begins as it likes."""
