"""Everything about one user in one file, which any program can read, and from which they come back.

    mei.zhiji, a zip:
        manifest.json          {"type": "zhiji-archive", "version": 1, "zhiji", "user", "created_at",
                                "files": {name: {"sha256", "lines"}}}
        conversations.jsonl    titles, switches, which branch is shown
        messages.jsonl         every branch; `parent_id` is the message that it answers
        memories.jsonl         notes, documents' passages, what was said
        facts.jsonl            the profile with its history; rejected ones too
        recalls.jsonl, fact_uses.jsonl    what each reply was told
        feedback.jsonl, documents.jsonl, preferences.jsonl
        consents.jsonl, erasures.jsonl    what was allowed and what was erased, and when

A line is a row of the table of that name (`memory.storage.tables`), in the order of writing, without what can be computed again
(vectors, keywords, row numbers). Times are ISO 8601 in UTC. Nothing of another user is in it. The archive of a user who was
restored is the same, byte by byte, but for `created_at` and `zhiji`.
"""

import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, get_args

from pydantic import TypeAdapter
from sqlalchemy import Column, RowMapping, Table, func, select
from sqlmodel import Session, SQLModel

from memory import remember
from memory.errors import BadInput
from memory.language.text import clean_user
from memory.privacy.consent import Origin, Purpose
from memory.privacy.receipts import What
from memory.storage import sealed
from memory.storage.backup import MANIFEST, newer, read_manifest
from memory.storage.database import Database
from memory.storage.files import appear, scratch, writing
from memory.storage.tables import (
    ConsentRow,
    ConversationRow,
    DocumentRow,
    ErasureRow,
    FactRow,
    FactUseRow,
    FeedbackRow,
    MemoryRow,
    MessageRow,
    PreferenceRow,
    RecallRow,
    UtcTime,
    utc_now,
)
from memory.store import Store, User
from memory.types import FactOrigin, FactStatus, MemoryKind, MessageStatus, Role

Progress = Callable[[int, int], None]
VERSION = 1
MAX_LINE = 2 * 2**20
_TABLES: Mapping[str, type[SQLModel]] = {  # what others name comes before them
    "conversations": ConversationRow,
    "messages": MessageRow,
    "documents": DocumentRow,
    "memories": MemoryRow,
    "facts": FactRow,
    "recalls": RecallRow,
    "fact_uses": FactUseRow,
    "feedback": FeedbackRow,
    "preferences": PreferenceRow,
    "consents": ConsentRow,
    "erasures": ErasureRow,
}
_LOGS = (ConsentRow, ErasureRow)
"""What one who has nothing any more still has."""
_NAMES: Mapping[str, tuple[tuple[str, str], ...]] = {  # which column names a row of which file
    "messages": (("conversation_id", "conversations"),),
    "recalls": (("message_id", "messages"), ("memory_id", "memories")),
    "fact_uses": (("message_id", "messages"), ("fact_id", "facts")),
    "feedback": (("message_id", "messages"),),
}
_FILES = {table: name for name, table in _TABLES.items()}
_ID = re.compile(r"[0-9a-f]{32}")
_IDS = frozenset({"id", "head_id", "title_from", "also_from", "ended_by"})
"""Columns that hold an id, besides those that end in _id."""
_BETWEEN: Mapping[str, tuple[float, float]] = {
    "times_said": (1, 10**9),
    "strength": (0, 1),
    "confidence": (0, 1),
    "score": (0, 1),
    "rank": (0, 10**6),
    "size_bytes": (0, 2**50),
}
_ONE_OF: Mapping[tuple[str, str], tuple[object, ...]] = {
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
_JSON: Mapping[tuple[str, str], TypeAdapter[Any]] = {
    ("messages", "sampling"): TypeAdapter(dict[str, Any]),
    ("recalls", "why"): TypeAdapter(list[str]),
    ("preferences", "value"): TypeAdapter(Any),
    ("erasures", "counts"): TypeAdapter(dict[str, int]),
}
_LEFT_OUT = frozenset({"seq", "user_id", "words", "vector", "tokens", "embedder"})
_AT_ONCE = 500
_TIMES_SMALLER = 30
"""Text is packed to a tenth; what is packed to less than this was made to keep a reader busy, or is written unpacked."""
_MAX_CHARS = 250_000
"""In one value. No text is longer that comes in any other way (see `foreign_logs.fields.MAX_TEXT_CHARS`)."""
_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
_DATE = (1980, 1, 1, 0, 0, 0)
_DAMAGED = "{} is damaged or no archive of a user of Zhiji ({}). Nothing was changed."


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive says of itself; `lines` of each of its files."""

    user: str
    created_at: datetime
    zhiji: str
    lines: Mapping[str, int]


def write(
    database: Database, user: User, path: Path, progress: Progress | None = None, *, plain: bool = False
) -> Archive:
    """Write the archive of a user to `path`, which appears once it is complete, for this account only. All of it is of one
    moment. `progress(done, total)` counts lines; `plain` is as in `memory.storage.sealed`. Raises BadInput if the file exists,
    FolderUnusable, DiskFull."""
    passphrase = sealed.passphrase_for(database, path, plain=plain)
    with writing(path):
        if path.exists():
            raise BadInput(f"{path} exists. Choose another name.")
        with scratch(path) as room:
            with sealed.sealing(room / "archive", passphrase) as file:
                for packing in (
                    zipfile.ZIP_DEFLATED,
                    zipfile.ZIP_STORED,
                ):  # what is packed too tightly would be refused
                    file.seek(0)
                    file.truncate()
                    made = _write(database, user, file, packing, progress)
                    if not _too_tight(file):
                        break
                _Reader(file, path).check()  # none is left that could not be restored
            appear(room / "archive", path)
    return made


def describe(path: Path) -> Archive:
    """What an archive says of itself, before all of it is read. Raises BadInput, SchemaTooNew."""
    with sealed.opened(path) as file:
        return _Reader(file, path).archive


def restore(store: Store, path: Path, *, name: str | None = None, progress: Progress | None = None) -> Archive:
    """Bring back the user of an archive, under another `name` if given: all of it, or nothing and the reason. Raises
    BadInput if it is damaged, if there is such a user who has anything, or if another has what is in it; SchemaTooNew."""
    with sealed.opened(path) as file:
        return _restore(store, _Reader(file, path), name, progress)


def _restore(store: Store, reader: "_Reader", name: str | None, progress: Progress | None) -> Archive:
    reader.check()
    user_name = clean_user(name or reader.archive.user)
    with store.database.write() as session:
        user = store.user_in(session, user_name, restored=True)
        for table in _TABLES.values():
            if table not in _LOGS and session.connection().execute(_count(table, user)).scalar_one():
                raise BadInput(f"{user.name!r} has something here already. Give another name, or erase them first.")
        done, total = 0, sum(reader.archive.lines.values())
        for file, table in _TABLES.items():
            for rows in reader.rows(file, table, user):
                _refuse_foreign(session, table, rows)
                for row in rows:
                    remember.insert(session, row) if isinstance(row, MemoryRow) else session.add(row)
                session.flush()
                session.expunge_all()
                done += len(rows)
                if progress:
                    progress(done, total)
    store.indexer.wake()
    return reader.archive


def _write(database: Database, user: User, file: IO[bytes], packing: int, progress: Progress | None) -> Archive:
    made = Archive(user.name, utc_now(), version("zhiji"), {})
    with zipfile.ZipFile(file, "w", packing, compresslevel=6) as packed:
        files = _write_tables(database, user, packed, packing, progress)
        record = {
            "type": "zhiji-archive",
            "version": VERSION,
            "zhiji": made.zhiji,
            "user": user.name,
            "created_at": made.created_at.isoformat(),
            "files": files,
        }
        packed.writestr(_entry(MANIFEST, packing), json.dumps(record, ensure_ascii=False, indent=1))
    return replace(made, lines={name: files[f"{name}.jsonl"]["lines"] for name in _TABLES})


def _too_tight(file: IO[bytes]) -> bool:
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as packed:
        return sum(info.file_size for info in packed.infolist()) > _TIMES_SMALLER * size + MAX_LINE


def _write_tables(
    database: Database, user: User, packed: zipfile.ZipFile, packing: int, progress: Progress | None
) -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    with database.read() as session:
        connection, done = session.connection(), 0
        total = sum(connection.execute(_count(table, user)).scalar_one() for table in _TABLES.values())
        for name, table in _TABLES.items():
            digest, lines = hashlib.sha256(), 0
            with packed.open(_entry(f"{name}.jsonl", packing), "w", force_zip64=True) as target:
                for row in connection.execution_options(yield_per=_AT_ONCE).execute(_mine(table, user)).mappings():
                    line = (json.dumps(_plain(row), ensure_ascii=False) + "\n").encode()
                    target.write(line)
                    digest.update(line)
                    lines += 1
                    done += 1
                    if progress and (done % _AT_ONCE == 0 or done == total):
                        progress(done, total)
            files[f"{name}.jsonl"] = {"sha256": digest.hexdigest(), "lines": lines}
    return files


def _count(table: type[SQLModel], user: User) -> Any:
    rows = _rows_of(table)
    return select(func.count()).select_from(rows).where(rows.c.user_id == user.id)


def _mine(table: type[SQLModel], user: User) -> Any:
    """In an order that is the same for a user who was restored."""
    rows = _rows_of(table)
    order = [rows.c.seq] if "seq" in rows.c else [*rows.primary_key.columns]
    mine = select(*_kept(table)).where(rows.c.user_id == user.id).order_by(*order)
    for column, file in _NAMES.get(_FILES[table], ()):  # what a reply was told may have been forgotten since
        named = _rows_of(_TABLES[file])
        mine = mine.where(rows.c[column].in_(select(named.c.id).where(named.c.user_id == user.id)))
    return mine


def _rows_of(table: type[SQLModel]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


def _key(table: type[SQLModel]) -> list[Column[Any]]:
    """What no two rows of a user have in common."""
    rows = _rows_of(table)
    return (
        [rows.c.id] if "id" in rows.c else [column for column in rows.primary_key.columns if column.name != "user_id"]
    )


def _kept(table: type[SQLModel]) -> list[Column[Any]]:
    return [column for column in _rows_of(table).columns if column.name not in _LEFT_OUT]


def _plain(row: RowMapping) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _entry(name: str, packing: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.external_attr = packing, 0o600 << 16
    return info


class _Reader:
    """An archive, whose every line is checked before it is believed."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self.path = path
        self.archive, self._digests = self._manifest()

    def check(self) -> None:
        """Read all of it once. Raises BadInput."""
        ids: dict[str, set[str]] = {name: set() for name in _TABLES}
        keys = {name: _key(table) for name, table in _TABLES.items()}
        holding: dict[str, str] = {}  # the conversation of each message
        for name, table in _TABLES.items():
            for number, record in enumerate(self._records(name, table), start=1):
                wrong = [column for column, file in _NAMES.get(name, ()) if record[column] not in ids[file]]
                if name == "messages":
                    parent, conversation = record["parent_id"], record["conversation_id"]
                    if parent is not None and holding.get(parent) != conversation:
                        wrong.append("parent_id")
                    holding[record["id"]] = conversation
                if wrong:
                    raise self._damaged(f"{name}.jsonl, line {number}: {wrong[0]} names nothing in it")
                key = " ".join(str(record[column.name]) for column in keys[name])
                if key in ids[name]:
                    raise self._damaged(f"{name}.jsonl, line {number}: it is there twice")
                ids[name].add(key)
        for record in self._records("conversations", ConversationRow):
            if record["head_id"] is not None and holding.get(record["head_id"]) != record["id"]:
                raise self._damaged("conversations.jsonl: head_id names nothing in it")

    def rows(self, name: str, table: type[SQLModel], user: User) -> Iterator[list[SQLModel]]:
        """Some at a time."""
        rows: list[SQLModel] = []
        for record in self._records(name, table):
            rows.append(table(user_id=user.id, **record))
            if len(rows) == _AT_ONCE:
                yield rows
                rows = []
        if rows:
            yield rows

    def _manifest(self) -> tuple[Archive, Mapping[str, str]]:
        if zipfile.is_zipfile(self._file) and _too_tight(self._file):
            raise self._damaged("it is packed too tightly")
        with self._opened() as packed:
            try:
                record = read_manifest(packed, [f"{name}.jsonl" for name in _TABLES])
                if record["type"] != "zhiji-archive":
                    raise ValueError("another type")
                if int(record["version"]) > VERSION:
                    raise newer(self.path, record["zhiji"])
                lines = {name: int(record["files"][f"{name}.jsonl"]["lines"]) for name in _TABLES}
                digests = {name: str(record["files"][f"{name}.jsonl"]["sha256"]) for name in _TABLES}
                created_at = datetime.fromisoformat(record["created_at"])
                return Archive(str(record["user"]), created_at, str(record["zhiji"]), lines), digests
            except _ODD as error:
                raise self._damaged("its manifest") from error

    def _records(self, name: str, table: type[SQLModel]) -> Iterator[dict[str, Any]]:
        columns, digest, number = _kept(table), hashlib.sha256(), 0
        with self._opened() as packed, packed.open(f"{name}.jsonl") as file:
            while line := file.readline(MAX_LINE + 1):
                number += 1
                digest.update(line)
                if len(line) > MAX_LINE or number > self.archive.lines[name]:
                    raise self._damaged(f"{name}.jsonl, line {number}: too much")
                try:
                    record = json.loads(line, parse_constant=_no_constant)
                    if set(record) != {column.name for column in columns}:
                        raise ValueError("other names")
                    checked = {column.name: _value(table, column, record[column.name]) for column in columns}
                    _check_meaning(name, checked)
                except _ODD as error:
                    raise self._damaged(f"{name}.jsonl, line {number}") from error
                yield checked
        if number != self.archive.lines[name] or digest.hexdigest() != self._digests[name]:
            raise self._damaged(f"{name}.jsonl")

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self._file) as packed:
                yield packed
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read ({error.strerror or 'no reason given'}).") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._damaged("the zip") from error

    def _damaged(self, where: str) -> BadInput:
        return BadInput(_DAMAGED.format(self.path, where))


@cache
def _type(table: type[SQLModel], column: str) -> TypeAdapter[object]:
    return TypeAdapter(table.model_fields[column].annotation)  # type: ignore[arg-type]


def _value(table: type[SQLModel], column: Column[Any], value: object) -> object:
    """As the column takes it. Raises ValueError."""
    if value is not None and isinstance(column.type, UtcTime):
        value = datetime.fromisoformat(str(value))
        if value.tzinfo is None:
            raise ValueError("a time without its zone")
    if value is None and column.nullable:
        return None
    if isinstance(value, str):
        value.encode()  # raises UnicodeEncodeError, a ValueError, for half characters
    return _type(table, column.name).validate_python(value, strict=True)


def _check_meaning(name: str, record: Mapping[str, Any]) -> None:
    """Raises ValueError for what no table of ours holds."""
    for column, value in record.items():
        if value is None:
            continue
        if (column in _IDS or (column.endswith("_id") and column != "prompt_id")) and not _ID.fullmatch(value):
            raise ValueError(f"{column} is no id")
        if (name, column) in _ONE_OF and value not in _ONE_OF[name, column]:
            raise ValueError(f"no such {column}")
        if column in _BETWEEN and not _BETWEEN[column][0] <= value <= _BETWEEN[column][1]:
            raise ValueError(f"{column} out of bounds")
        if isinstance(value, str) and (len(value) > _MAX_CHARS or "\x00" in value):
            raise ValueError("a text that none of ours is")
        if (name, column) in _JSON:
            _JSON[name, column].validate_json(value)
        if isinstance(value, datetime) and not 1 < value.year < 9999:
            raise ValueError("a time that is none")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _refuse_foreign(session: Session, table: type[SQLModel], rows: Sequence[SQLModel]) -> None:
    """Ids are unique among all users."""
    if "id" not in _rows_of(table).c:
        return
    ids = [row.id for row in rows]  # type: ignore[attr-defined]
    if session.connection().execute(select(_rows_of(table).c.id).where(_rows_of(table).c.id.in_(ids)).limit(1)).first():
        raise BadInput("What is in this archive is here already, under another name. Erase that user first.")
