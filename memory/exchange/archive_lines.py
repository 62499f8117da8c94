"""A line of a user's archive: which columns of a row it has, and what each may hold. Nothing is believed that no table of ours
could hold (`memory.exchange.user_archive`)."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, get_args

from pydantic import TypeAdapter
from sqlalchemy import Column, Table

from memory.language.times.recurrence import from_wall, parts_of
from memory.language.times.zones import zone_named
from memory.privacy.consent import Origin, Purpose
from memory.privacy.receipts import What
from memory.storage.personal import ArchiveFile, PersonalTable
from memory.storage.tables import PersonalRow, UtcTime
from memory.types import FactOrigin, FactStatus, MemoryKind, MessageStatus, Role

ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What a file that somebody else wrote may raise when it is read."""
_LEFT_OUT = frozenset({"seq", "user_id", "words", "vector", "tokens", "embedder"})
_MAX_CHARS = 250_000
"""In one value. No text is longer that comes in any other way (see `foreign_logs.fields.MAX_TEXT_CHARS`)."""
_ID = re.compile(r"[0-9a-f]{32}")
_BETWEEN: Mapping[str, tuple[float, float]] = {
    "times_said": (1, 10**9),
    "strength": (0, 1),
    "confidence": (0, 1),
    "score": (0, 1),
    "rank": (0, 10**6),
    "size_bytes": (0, 2**50),
}
_ONE_OF: Mapping[tuple[ArchiveFile, str], tuple[object, ...]] = {
    ("messages", "role"): get_args(Role),
    ("messages", "status"): get_args(MessageStatus),
    ("memories", "kind"): get_args(MemoryKind),
    ("facts", "status"): get_args(FactStatus),
    ("facts", "origin"): get_args(FactOrigin),
    ("facts", "polarity"): (1, -1),
    ("feedback", "rating"): (1, -1),
    ("consents", "purpose"): get_args(Purpose),
    ("consents", "origin"): get_args(Origin),
    ("erasures", "what"): get_args(What),
}
_JSON: Mapping[tuple[ArchiveFile, str], TypeAdapter[Any]] = {
    ("messages", "sampling"): TypeAdapter(dict[str, Any]),
    ("messages", "plan"): TypeAdapter(dict[str, str | None]),
    ("recalls", "why"): TypeAdapter(list[str]),
    ("preferences", "value"): TypeAdapter(Any),
    ("erasures", "counts"): TypeAdapter(dict[str, int]),
}
_CAME_LATER: Mapping[tuple[ArchiveFile, str], None] = {("messages", "plan"): None}
"""Columns that archives made before them lack, and what they then hold."""
FILES_THAT_CAME_LATER: frozenset[ArchiveFile] = frozenset({"reminders"})
"""Archives made before them have no such file."""
_READ_BY: Mapping[tuple[ArchiveFile, str], Callable[[str], object]] = {
    ("reminders", "starts"): from_wall,
    ("reminders", "next_at"): from_wall,
    ("reminders", "waiting_since"): from_wall,
    ("reminders", "zone"): zone_named,
    ("reminders", "rule"): parts_of,
}
"""What raises ValueError for what no column of ours holds."""


def table(row: type[PersonalRow]) -> Table:
    found: Table = row.__table__  # type: ignore[attr-defined]
    return found


def columns_of(row: type[PersonalRow]) -> list[Column[Any]]:
    """Those that a line has."""
    return [column for column in table(row).columns if column.name not in _LEFT_OUT]


def key_of(row: type[PersonalRow]) -> list[Column[Any]]:
    """What no two rows of a user have in common."""
    if "id" in table(row).c:
        return [table(row).c.id]
    return [column for column in table(row).primary_key.columns if column.name != "user_id"]


def parse(file: ArchiveFile, personal: PersonalTable, line: bytes) -> dict[str, Any]:
    """A line as its columns take it. Raises one of ODD."""
    columns = columns_of(personal.row)
    record = json.loads(line, parse_constant=_refuse_constant)
    record = {column: value for (of, column), value in _CAME_LATER.items() if of == file} | record
    if set(record) != {column.name for column in columns}:
        raise ValueError("other names")
    checked = {column.name: _value(personal.row, column, record[column.name]) for column in columns}
    _check_meaning(file, personal, checked)
    return checked


@cache
def _type(row: type[PersonalRow], column: str) -> TypeAdapter[object]:
    return TypeAdapter(row.model_fields[column].annotation)  # type: ignore[arg-type]


def _value(row: type[PersonalRow], column: Column[Any], value: object) -> object:
    """As the column takes it. Raises ValueError."""
    if value is not None and isinstance(column.type, UtcTime):
        value = datetime.fromisoformat(str(value))
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
    if value is None and column.nullable:
        return None
    if isinstance(value, str):
        value.encode()  # raises UnicodeEncodeError, a ValueError, for half characters
    return _type(row, column.name).validate_python(value, strict=True)


def _check_meaning(file: ArchiveFile, personal: PersonalTable, record: Mapping[str, Any]) -> None:
    """Raises ValueError for what no table of ours holds."""
    for column, value in record.items():
        if value is None:
            continue
        if column in personal.ids and not _ID.fullmatch(value):
            raise ValueError(f"{column} is no id")
        if (file, column) in _ONE_OF and value not in _ONE_OF[file, column]:
            raise ValueError(f"no such {column}")
        if column in _BETWEEN and not _BETWEEN[column][0] <= value <= _BETWEEN[column][1]:
            raise ValueError(f"{column} out of bounds")
        if isinstance(value, str) and (len(value) > _MAX_CHARS or "\x00" in value):
            raise ValueError("a text that none of ours is")
        if (file, column) in _JSON:
            _JSON[file, column].validate_json(value)
        if (file, column) in _READ_BY:
            _READ_BY[file, column](value)
        if isinstance(value, datetime) and not 1 < value.year < 9999:
            raise ValueError("a time that is none")


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
