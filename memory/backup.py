"""Backups: one file with everything that is remembered, made while Zhiji runs, and put back whole or not at all.

    zhiji-20261123-093000.zip
        zhiji.sqlite3    the database as it was at one moment (https://sqlite.org/backup.html)
        manifest.json    {"type": "zhiji-backup", "version": 1, "zhiji", "schema", "created_at", "size", "sha256",
                          "counts": {"user", "conversation", "message", "memory", "fact", "document"}}

The vector index is not in it: it is made anew from the database. A restore checks all of the file before it touches
anything, and the data it replaces is there until the new one has been opened; `recover` ends one that was cut off.
"""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO

from memory.data_folder import DATABASE, INDEX, locked
from memory.database import Database
from memory.errors import BadInput, DiskFull, FolderUnusable, SchemaTooNew, ZhijiError
from memory.migrations import REVISIONS
from memory.tables import utc_now

Progress = Callable[[int, int], None]
VERSION = 1
MANIFEST = "manifest.json"
_COUNTED = ("user", "conversation", "message", "memory", "fact", "document")
_NAME = re.compile(r"zhiji-\d{8}-\d{6}\.zip")
_COPYING, _RESTORING, _BEFORE = ".zhiji-backup-", ".restoring", ".before-restore"
_LEFT_S = 3_600
"""A copy this old was left by a backup that was killed."""
_PAGES = 4_000
_CHUNK = 2**20
_DAMAGED = "{} is damaged or no backup of Zhiji. Nothing was changed. Take another one."


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself; `counts` are rows of each kind, `size` the bytes of its database."""

    created_at: datetime
    zhiji: str
    schema: str
    size: int
    sha256: str
    counts: Mapping[str, int]


def write(folder: Path, out: Path, progress: Progress | None = None) -> Path:
    """Back up a data folder to the file `out`, or to a new file in the folder `out`; it appears once it is complete, for
    this account only. `progress(done, total)` counts bytes. Raises BadInput if the file exists, FolderUnusable, DiskFull."""
    path = out / f"zhiji-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip" if out.is_dir() else out
    if path.exists():
        raise BadInput(f"{path} exists. Choose another name.")
    Database(folder / DATABASE, read_only=True).close()  # says what is wrong with a folder that cannot be backed up
    with _told(path), _temporary(path) as (copy, partial):
        _copy(folder / DATABASE, copy, progress)
        made = _described(copy)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            _pack(copy, packed, progress)
            packed.writestr(MANIFEST, _dump(made))
        partial.chmod(0o600)
        _sync(partial)
        partial.replace(path)
        _sync(path.parent)
    return path


def describe(path: Path) -> Backup:
    """What a backup says of itself, before all of it is read. Raises BadInput."""
    with _opened(path) as packed:
        return _manifest(packed, path)


def restore(folder: Path, path: Path, progress: Progress | None = None) -> Backup:
    """Put a backup in the place of all that is in a data folder. Raises BadInput if it is damaged, SchemaTooNew, FolderLocked
    while Zhiji is open, DiskFull; then nothing has changed."""
    with _opened(path) as packed, locked(folder):
        recover(folder)
        found = _manifest(packed, path)
        new = folder / f"{DATABASE}{_RESTORING}"
        try:
            with _told(new):
                _unpack(packed, found, new, path, progress)
            _check(new, found, path)
            with _told(new):
                _put_in_place(folder, new)
        finally:
            _remove(new)
    return found


def recover(folder: Path) -> None:
    """End a restore that was cut off: it is undone if the new data was not in its place yet. Needs the folder's lock."""
    database, before = folder / DATABASE, folder / f"{DATABASE}{_BEFORE}"
    _remove(folder / f"{DATABASE}{_RESTORING}")
    if before.exists():
        if database.exists():
            _remove(before)
        else:
            _move(before, database)


def taken(folder: Path) -> list[Path]:
    """The backups named by their time in `folder`, oldest first."""
    return sorted(path for path in folder.glob("zhiji-*.zip") if _NAME.fullmatch(path.name))


def age(path: Path) -> timedelta:
    """Of a backup named by its time."""
    at = datetime.strptime(path.name, "zhiji-%Y%m%d-%H%M%S.zip").replace(tzinfo=UTC)
    return utc_now() - at


def _copy(database: Path, copy: Path, progress: Progress | None) -> None:
    with (
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.isolation_level = None
        source.execute("BEGIN")
        source.execute(
            "SELECT count(*) FROM sqlite_master"
        ).fetchone()  # from here on it sees one state, whoever writes
        size = source.execute("PRAGMA page_size").fetchone()[0]

        def told(_: int, left: int, total: int) -> None:
            if progress:
                progress((total - left) * size, 2 * total * size)

        source.backup(target, pages=_PAGES, progress=told)


def _pack(copy: Path, packed: zipfile.ZipFile, progress: Progress | None) -> None:
    done = total = copy.stat().st_size
    with copy.open("rb") as source, packed.open(DATABASE, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
            done += len(chunk)
            if progress:
                progress(done, 2 * total)


def _described(copy: Path) -> Backup:
    with closing(sqlite3.connect(f"{copy.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
        schema = opened.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        counts = {table: opened.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in _COUNTED}
    with copy.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Backup(utc_now(), version("zhiji"), schema, copy.stat().st_size, digest, counts)


def _dump(made: Backup) -> str:
    record = {"type": "zhiji-backup", "version": VERSION, **asdict(made), "created_at": made.created_at.isoformat()}
    return json.dumps(record, indent=1)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or 'no reason given'}).") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(_DAMAGED.format(path)) from error


def _manifest(packed: zipfile.ZipFile, path: Path) -> Backup:
    try:
        if sorted(packed.namelist()) != sorted([DATABASE, MANIFEST]) or packed.getinfo(MANIFEST).file_size > _CHUNK:
            raise ValueError("other files")
        record = json.loads(packed.read(MANIFEST))
        if record["type"] != "zhiji-backup" or not isinstance(record["version"], int):
            raise ValueError("another type")
        if record["version"] > VERSION:
            raise SchemaTooNew(f"{path} was made by a newer Zhiji ({str(record['zhiji'])[:20]}). Update Zhiji.")
        return Backup(
            created_at=datetime.fromisoformat(record["created_at"]),
            zhiji=str(record["zhiji"]),
            schema=str(record["schema"]),
            size=int(record["size"]),
            sha256=str(record["sha256"]),
            counts={str(name): int(count) for name, count in record["counts"].items()},
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BadInput(_DAMAGED.format(path)) from error


def _unpack(packed: zipfile.ZipFile, found: Backup, new: Path, path: Path, progress: Progress | None) -> None:
    digest, done = hashlib.sha256(), 0
    with packed.open(DATABASE) as source, _private(new) as target:
        while (chunk := source.read(_CHUNK)) and done <= found.size:
            target.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, found.size)
        target.flush()
        os.fsync(target.fileno())
    if done != found.size or digest.hexdigest() != found.sha256:
        raise BadInput(_DAMAGED.format(path))


def _check(new: Path, found: Backup, path: Path) -> None:
    try:
        with closing(sqlite3.connect(f"{new.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as opened:
            sound = opened.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            schema = opened.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    except sqlite3.Error as error:
        raise BadInput(_DAMAGED.format(path)) from error
    if not sound or schema != found.schema:
        raise BadInput(_DAMAGED.format(path))
    if schema not in REVISIONS:
        raise SchemaTooNew(f"{path} was made by a newer Zhiji ({found.zhiji[:20]}). Update Zhiji, then restore it.")


def _put_in_place(folder: Path, new: Path) -> None:
    database, before = folder / DATABASE, folder / f"{DATABASE}{_BEFORE}"
    if database.exists():
        with suppress(ZhijiError):  # a damaged one is moved as it is, with its log
            Database(database).close()
    shutil.rmtree(folder / INDEX, ignore_errors=True)  # of other data; it is made anew
    _move(database, before)
    try:
        new.replace(database)
        _sync(folder)
        Database(database).close()
    except BaseException:
        _remove(database)
        _move(before, database)
        raise
    _remove(before)


def _move(database: Path, to: Path) -> None:
    for ending in ("", "-wal", "-shm"):  # the file first: without it, `recover` finds what to undo
        with suppress(FileNotFoundError):
            database.with_name(database.name + ending).replace(to.with_name(to.name + ending))
    _sync(database.parent)


def _remove(database: Path) -> None:
    for ending in ("-wal", "-shm", ""):
        database.with_name(database.name + ending).unlink(missing_ok=True)


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[Path, Path]]:
    """Two files beside `path`, for this account alone, that are gone afterwards."""
    for left in path.parent.glob(f"{_COPYING}*"):
        if time.time() - left.stat().st_mtime > _LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_COPYING, dir=path.parent) as scratch:
        yield Path(scratch) / DATABASE, Path(scratch) / path.name


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _sync(path: Path) -> None:
    """To the disk; a folder's entries where the system can do that."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        if getattr(error, "errno", None) == 28 or "full" in str(error):
            raise DiskFull(f"The disk that holds {path.parent} is full. Nothing was changed.") from error
        reason = getattr(error, "strerror", None) or error
        raise FolderUnusable(f"{path.parent} cannot be written ({reason}). Choose another place.") from error
