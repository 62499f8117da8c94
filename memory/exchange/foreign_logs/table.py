"""CSV with the columns role and text, and if there are such time, conversation_id and title; our own csv too."""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from memory.errors import BadInput
from memory.exchange.foreign_logs.fields import MAX_TEXT_CHARS, ODD, clean, odd, stamp
from memory.exchange.foreign_logs.formats import UNKNOWN, FileFormat
from memory.exchange.foreign_logs.lines import lines
from memory.exchange.foreign_logs.plain_turns import ROLES
from memory.exchange.foreign_logs.talk import Refused, Said, Talk

MAX_CELL = 4 * 2**20
_MARK = "'"
"""What our own csv puts before a cell that a spreadsheet would take for a formula."""


def read(file: IO[bytes]) -> Iterator[Talk | Refused]:
    """Rows in their order; those with the same `conversation_id` are one conversation. Raises BadInput."""
    whole = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    csv.field_size_limit(10 * MAX_TEXT_CHARS)
    decoded = (line.decode("utf-8-sig" if number == 1 else "utf-8") for number, line in lines(file, MAX_CELL))
    rows = csv.DictReader(decoded, strict=True)
    talks: dict[str, Talk] = {}
    try:
        names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
        if not {"role", "text"} <= names.keys():
            raise BadInput(UNKNOWN)
        ours = {"message_id", "status", "model"} <= names.keys()
        for row in rows:
            try:
                cells = {plain: row[name] or "" for plain, name in names.items()}
                if row[names["text"]] is None:
                    raise ValueError("no text")
                said = clean(_unmarked(cells["text"]) if ours else cells["text"])
                role, at = ROLES[cells["role"].strip().casefold()], stamp(cells.get("time", "").strip() or None)
                id = cells.get("conversation_id", "").strip() or whole
                title = clean(_unmarked(cells.get("title", "")) if ours else cells.get("title", ""))
            except ODD as error:
                yield Refused(f"line {rows.line_num}", odd(error))
                continue
            if said:
                before = talks.get(id) or Talk("csv", clean(id), title, [], None)
                number = str(len(before.messages))
                message = Said(number, before.head_id, role, said, at)
                assert isinstance(before.messages, list)
                before.messages.append(message)
                talks[id] = replace(before, head_id=number)
    except UnicodeDecodeError as error:
        raise BadInput(UNKNOWN) from error
    except csv.Error as error:
        if not talks:
            raise BadInput(UNKNOWN) from error
        yield Refused(f"line {rows.line_num}", odd(error))
    yield from talks.values()


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith(_MARK) and cell[1:].lstrip()[:1] in tuple("=+-@\t\r＝＋－＠") else cell


FORMAT = FileFormat("csv", lambda _: True, read)
"""Whatever else it may be: a table begins as it likes."""
