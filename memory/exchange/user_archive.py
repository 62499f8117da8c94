"""Everything about one user in one file, which any program can read, and from which they come back.

    mei.zhiji, a zip:
        manifest.json          {"type": "zhiji-archive", "version": 3, "zhiji", "user", "created_at",
                                "files": {name: {"sha256", "lines"}}}
        conversations.jsonl    titles, switches, which branch is shown
        messages.jsonl         every branch; `parent_id` is the message that it answers
        memories.jsonl         notes, documents' passages, what was said
        facts.jsonl            the profile with its history; rejected ones too
        recalls.jsonl, fact_uses.jsonl    what each reply was given
        feedback.jsonl, reminders.jsonl, documents.jsonl, preferences.jsonl
        consents.jsonl, erasures.jsonl    what was allowed and what was erased, and when

A line is a row of the table of that name (`memory.storage.personal` has which), in the order of writing, without what can be
computed again (vectors, keywords, row numbers). Times are ISO 8601 in UTC. Nothing of another user is in it. The archive of a
user who was restored is the same, byte by byte, but for `created_at` and `zhiji`.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Column, RowMapping, select
from sqlmodel import Session
from sqlmodel.sql.expression import Select

from memory import remember
from memory.errors import BadInput
from memory.exchange.archive_lines import columns_of, table
from memory.exchange.archive_reader import VERSION, Archive, Reader, is_too_tight
from memory.language.text import clean_user
from memory.storage import sealed
from memory.storage.backup import MANIFEST
from memory.storage.database import AT_ONCE, Database
from memory.storage.files import appear, scratch, writing
from memory.storage.personal import PersonalTable, archived
from memory.storage.rows import Rows
from memory.storage.tables import MemoryRow, PersonalRow, utc_now
from memory.store import Store, User

__all__ = ["MANIFEST", "Archive", "describe", "restore", "write"]

Progress = Callable[[int, int], None]
_DATE = (1980, 1, 1, 0, 0, 0)


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
                    if not is_too_tight(file):
                        break
                Reader(file, path).check()  # none is left that could not be restored
            appear(room / "archive", path)
    return made


def describe(path: Path) -> Archive:
    """What an archive says of itself, before all of it is read. Raises BadInput, SchemaTooNew."""
    with sealed.opened(path) as file:
        return Reader(file, path).archive


def restore(store: Store, path: Path, *, name: str | None = None, progress: Progress | None = None) -> Archive:
    """Bring back the user of an archive, under another `name` if given: all of it, or nothing and the reason. Raises
    BadInput if it is damaged, if there is such a user who has anything, or if another has what is in it; SchemaTooNew."""
    with sealed.opened(path) as file:
        return _restore(store, Reader(file, path), name, progress)


def _restore(store: Store, reader: Reader, name: str | None, progress: Progress | None) -> Archive:
    reader.check()
    user_name = clean_user(name or reader.archive.user)
    with store.database.write() as session:
        user = store.user_in(session, user_name, restored=True)
        rows = Rows(session, user.id)
        for personal in archived().values():
            if personal.erased == "deleted" and rows.count(personal.row):  # what stays, one with nothing has too
                raise BadInput(f"{user.name!r} has something here already. Give another name, or erase them first.")
        done, total = 0, sum(reader.archive.lines.values())
        for file, personal in archived().items():
            for some in reader.rows(file, personal, user.id):
                _add(session, personal, some)
                done += len(some)
                if progress:
                    progress(done, total)
    store.indexer.wake()
    return reader.archive


def _add(session: Session, personal: PersonalTable, rows: Sequence[PersonalRow]) -> None:
    """As the registry has them restored. Raises BadInput."""
    _refuse_foreign(session, personal.row, rows)
    for row in rows:
        if personal.restored == "remembered":
            assert isinstance(row, MemoryRow)
            remember.insert(session, row)
        else:
            session.add(row)
    session.flush()
    session.expunge_all()


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
    return replace(made, lines={name: files[f"{name}.jsonl"]["lines"] for name in archived()})


def _write_tables(
    database: Database, user: User, packed: zipfile.ZipFile, packing: int, progress: Progress | None
) -> dict[str, dict[str, Any]]:
    files: dict[str, dict[str, Any]] = {}
    with database.read() as session:
        rows, done = Rows(session, user.id), 0
        total = sum(rows.count(personal.row) for personal in archived().values())
        for name, personal in archived().items():
            digest, lines = hashlib.sha256(), 0
            with packed.open(_entry(f"{name}.jsonl", packing), "w", force_zip64=True) as target:
                for row in _read(session, _mine(personal, rows)):
                    line = (json.dumps(_plain(row), ensure_ascii=False) + "\n").encode()
                    target.write(line)
                    digest.update(line)
                    lines += 1
                    done += 1
                    if progress and (done % AT_ONCE == 0 or done == total):
                        progress(done, total)
            files[f"{name}.jsonl"] = {"sha256": digest.hexdigest(), "lines": lines}
    return files


def _read(session: Session, mine: Select[*tuple[Column[Any], ...]]) -> Iterator[RowMapping]:
    yield from session.connection().execution_options(yield_per=AT_ONCE).execute(mine).mappings()


def _mine(personal: PersonalTable, rows: Rows) -> Select[*tuple[Column[Any], ...]]:
    """In an order that is the same for a user who was restored."""
    columns = table(personal.row).c
    order = [columns.seq] if "seq" in columns else [*table(personal.row).primary_key.columns]
    mine = rows.columns(personal.row, *columns_of(personal.row)).order_by(*order)
    for column, whole in personal.part_of.items():  # what a reply was given may have been forgotten since
        mine = mine.where(columns[column].in_(rows.column(whole, table(whole).c.id)))
    return mine


def _plain(row: RowMapping) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _entry(name: str, packing: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.external_attr = packing, 0o600 << 16
    return info


def _refuse_foreign(session: Session, row: type[PersonalRow], rows: Sequence[PersonalRow]) -> None:
    """Ids are unique among all users."""
    if "id" not in table(row).c:
        return
    id = table(row).c.id
    ids = [row.id for row in rows]  # type: ignore[attr-defined]
    if session.connection().execute(select(id).where(id.in_(ids)).limit(1)).first():
        raise BadInput("What is in this archive is here already, under another name. Erase that user first.")
