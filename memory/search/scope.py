"""Memories as a search reads them: rows with their keyword entries, and which of them a search means."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from memory.search import keywords
from memory.storage.tables import MemoryRow, time_of
from memory.types import MemoryKind

_COLUMNS = """seq, id, kind, text, speaker, occurred_at, recorded_at, ref, pinned, message_id, conversation_id,
    document_id, previous_id, words, vector, tokens, embedder, own, before"""


class Row(NamedTuple):
    """A memory as a search needs it, with its keyword entry: read without SQLModel's work for each of some hundred."""

    seq: int
    id: str
    kind: str
    text: str
    speaker: str | None
    occurred_at: datetime
    recorded_at: datetime
    ref: str | None
    pinned: bool
    message_id: str | None
    conversation_id: str | None
    document_id: str | None
    previous_id: str | None
    words: int
    vector: bytes | None
    tokens: bytes | None
    embedder: str | None
    own: Sequence[str]
    before: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which memories are meant: of these kinds, said by this speaker, from `since` until before `until`, of this
    conversation or document, pinned or not."""

    kinds: Collection[MemoryKind] | None = None
    speaker: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    exclude_messages: Collection[str] = ()
    conversation_id: str | None = None
    document_id: str | None = None
    pinned: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """In SQL; `exclude_messages`, always few, is left to `holds`."""
        found: list[ColumnElement[bool]] = []
        if self.kinds is not None:
            found.append(col(MemoryRow.kind).in_(self.kinds))
        if self.since is not None:
            found.append(col(MemoryRow.occurred_at) >= self.since)
        if self.until is not None:
            found.append(col(MemoryRow.occurred_at) < self.until)
        for column, wanted in (
            (MemoryRow.speaker, self.speaker),
            (MemoryRow.conversation_id, self.conversation_id),
            (MemoryRow.document_id, self.document_id),
            (MemoryRow.pinned, self.pinned),
        ):
            if wanted is not None:
                found.append(col(column) == wanted)
        return found

    def holds(self, row: Row) -> bool:
        """Of a row of these conditions' candidates, or of what was said around them."""
        return (
            (self.kinds is None or row.kind in self.kinds)
            and self.speaker in (None, row.speaker)
            and self.conversation_id in (None, row.conversation_id)
            and self.document_id in (None, row.document_id)
            and (self.pinned is None or self.pinned == bool(row.pinned))
            and (self.since is None or row.occurred_at >= self.since)
            and (self.until is None or row.occurred_at < self.until)
            and row.message_id not in self.exclude_messages
        )


def around(session: Session, user_id: str, rows: dict[str, Row]) -> dict[str, Row]:
    """The memories right before and after these."""
    previous = {row.previous_id for row in rows.values() if row.previous_id} - rows.keys()
    return _read(session, user_id, {"previous_id": rows.keys(), "id": previous})


def read(session: Session, user_id: str, column: str, values: Collection[Any]) -> dict[str, Row]:
    """A user's memories with one of these values in a column, by id."""
    return _read(session, user_id, {column: values})


def _read(session: Session, user_id: str, wanted: Mapping[str, Collection[Any]]) -> dict[str, Row]:
    """A user's memories with one of the values in one of the columns, in one statement. The plus keeps SQLite from going through
    all of the user's to find them: it then has only the column's own index to go by. That of `previous_id` begins with the
    user."""
    parts: list[str] = []
    values: list[str] = []
    for column, among in wanted.items():
        if among:
            mine = "user_id" if column == "previous_id" else "+user_id"
            parts.append(
                f"SELECT {_COLUMNS} FROM memory LEFT JOIN {keywords.table_for(user_id)} AS entry ON entry.rowid = seq "
                f"WHERE {column} IN (SELECT value FROM json_each(?)) AND {mine} = ?"
            )
            values += [json.dumps(list(among)), user_id]
    if not parts:
        return {}
    found = session.connection().exec_driver_sql(" UNION ALL ".join(parts), tuple(values))
    return {
        row[1]: Row._make(
            (*row[:5], time_of(row[5]), time_of(row[6]), *row[7:-2], (row[-2] or "").split(), (row[-1] or "").split())
        )
        for row in found.all()
    }
