"""Backups: one file with everything that is remembered, made while Zhiji runs, and put back whole or not at all.

    zhiji-1f3a5c-20261123-093000.zip     (of which data folder, and when)
        zhiji.sqlite3    the database as it was at one moment (https://sqlite.org/backup.html)
        manifest.json    {"type": "zhiji-backup", "version": 1, "zhiji", "schema", "created_at", "size", "sha256",
                          "counts": {"user", "conversation", "message", "memory", "fact", "document"},
                          "key": null | {…}}

A backup of an encrypted database is encrypted with the same key; `key` is that key, wrapped by the passphrase of then
(`memory.storage.encryption.WrappedKey`).

The vector index is not in it: it is made anew from the database. A restore checks, migrates and opens the new data before it
touches the old, which is there until the new one is in its place; `recover` ends one that was cut off.
"""

import hashlib
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from sqlmodel import delete

from memory.errors import BadInput, DatabaseDamaged, SchemaTooNew, SchemaTooOld, StoreError, ZhijiError, database_errors
from memory.storage import encryption
from memory.storage.data_folder import DATABASE, INDEX, locked
from memory.storage.database import Database
from memory.storage.encryption import WrappedKey
from memory.storage.files import appear, scratch, sync, writing
from memory.storage.migrations import REVISIONS
from memory.storage.personal import PERSONAL
from memory.storage.tables import utc_now

Progress = Callable[[int, int], None]
VERSION = 1
MANIFEST = "manifest.json"
_COUNTED = ("user", "conversation", "message", "memory", "fact", "document")
"""Of version 1: a backup is compared with what its manifest says of these, so there can be no more of them."""
_RESTORING, _BEFORE = ".restoring", ".before-restore"
_TIME = "%Y%m%d-%H%M%S"
_PAGES = 4_000
_CHUNK = 2**20
_PLAIN = "{} is not encrypted, what is in {} is. Restore it with --plain and then run `zhiji encrypt`."
_DAMAGED = "{} is damaged or no backup of Zhiji. Nothing was changed. Take another one."
_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself; `counts` are rows of each kind, `size` the bytes of its database, `key` what its passphrase
    opens if it is encrypted."""

    created_at: datetime
    zhiji: str
    schema: str
    size: int
    sha256: str
    counts: Mapping[str, int]
    key: WrappedKey | None = None


def write(folder: Path, out: Path, progress: Progress | None = None) -> Path:
    """Back up a data folder to the file `out`, or to a new file in the folder `out`; it appears once it is complete, for
    this account only. `progress(done, total)` counts bytes. Raises BadInput if the file exists, FolderUnusable, DiskFull."""
    with writing(out):
        path = out / f"zhiji-{_tag(folder)}-{datetime.now(UTC):{_TIME}}.zip" if out.is_dir() else out
        if path.exists():
            raise BadInput(f"{path} exists. Choose another name.")
        with scratch(path) as room:
            with _the_same(folder / DATABASE):
                packed = _packed(folder, room, progress)
            appear(packed, path)
    return path


def _packed(folder: Path, room: Path, progress: Progress | None) -> Path:
    """A backup, made in a room of its own."""
    database, copy, made = folder / DATABASE, room / "copy", room / "packed"
    key = encryption.key_of(database)
    wrapped = encryption.keys(folder)[key.salt.hex()] if key else None
    with suppress(SchemaTooOld):  # it is backed up before it is brought up to date
        Database(database, read_only=True).close()  # says what is wrong with one that cannot be backed up
    _copy(database, copy, key, progress)
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1, strict_timestamps=False) as packed:
        _pack(copy, packed, progress)
        packed.writestr(zipfile.ZipInfo(MANIFEST), _dump(replace(_described(copy, key), key=wrapped)))
    return made


def describe(path: Path) -> Backup:
    """What a backup says of itself, before all of it is read. Raises BadInput."""
    with _opened(path) as packed:
        return _manifest(packed, path)


def restore(folder: Path, path: Path, progress: Progress | None = None, *, plain: bool = False) -> Backup:
    """Put a backup in the place of all that is in a data folder. Raises BadInput if it is damaged, or if it is not encrypted,
    the folder is and `plain` is not said; SchemaTooNew, FolderLocked while Zhiji is open, DiskFull, and what
    `encryption.key_of` raises. Then nothing has changed."""
    key = describe(path).key
    database, new = folder / DATABASE, folder / f"{DATABASE}{_RESTORING}"
    with locked(folder), writing(database):
        if database.is_symlink():
            raise BadInput(f"{database} is a link. Restore into the folder that it points to.")
        recover(folder)
        if key is None and not plain and encryption.is_encrypted(database):
            raise BadInput(_PLAIN.format(path, folder))
        before = encryption.keys(folder)
        try:
            found = _unpack(path, new, progress)
            if key is not None:
                encryption.add(folder, key)
            _check(new, found, path)
            with closing(Database(new)) as opened, opened.write() as session:  # brings its tables up to date
                for table in PERSONAL:
                    if table.backed_up != "kept":
                        session.exec(delete(table.row))
            _put_in_place(folder, new)
        except BaseException:
            encryption.keep_only_of(database, and_of=before)
            raise
        finally:
            _remove(new)
        encryption.keep_only_of(database)
    return found


def recover(folder: Path) -> None:
    """End a restore that was cut off: it is undone if the new data was not in its place yet. Needs the folder's lock."""
    database, before = folder / DATABASE, folder / f"{DATABASE}{_BEFORE}"
    _remove(folder / f"{DATABASE}{_RESTORING}")
    if before.exists() and not database.exists():
        _move(before, database, last="")
    elif before.exists():
        _forget_old(folder)


def holds_anything(folder: Path) -> bool:
    """Whether there is data in a folder, though it be from a restore that was cut off."""
    return (folder / DATABASE).exists() or (folder / f"{DATABASE}{_BEFORE}").exists()


def taken(into: Path, of: Path) -> list[Path]:
    """The backups of the data folder `of` that have their time for a name, oldest first."""
    return sorted(path for path in into.glob(f"zhiji-{_tag(of)}-*.zip") if _at(path) is not None)


def age(path: Path) -> timedelta:
    """Of a backup that has its time for a name; below zero if that is still to come."""
    return utc_now() - (_at(path) or utc_now())


def _at(path: Path) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(path.stem[-15:], _TIME).replace(tzinfo=UTC)
    return None


def _tag(folder: Path) -> str:
    """Tells the backups of two data folders apart."""
    return hashlib.sha256(str(folder.resolve()).encode(errors="surrogateescape")).hexdigest()[:6]


def _copy(database: Path, copy: Path, key: encryption.Key | None, progress: Progress | None) -> None:
    with (
        closing(encryption.connect(database, "mode=ro", key=key)) as source,
        closing(encryption.connect(copy, key=key)) as target,
    ):
        source.isolation_level = None
        source.execute("BEGIN")
        source.execute(
            "SELECT count(*) FROM sqlite_master"
        ).fetchone()  # from here on it sees one state, whoever writes
        size = int(source.execute("PRAGMA page_size").fetchone()[0])  # SQLCipher says it as a text

        def copied(_: int, left: int, total: int) -> None:
            if progress:
                progress((total - left) * size, 2 * total * size)

        source.backup(target, pages=_PAGES, progress=copied)


def _pack(copy: Path, packed: zipfile.ZipFile, progress: Progress | None) -> None:
    done = total = copy.stat().st_size
    with copy.open("rb") as source, packed.open(DATABASE, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
            done += len(chunk)
            if progress:
                progress(done, 2 * total)


@contextmanager
def _the_same(database: Path) -> Iterator[None]:
    """Raises StoreError if within the block it came to have another key: whatever was read of it is of no use."""
    before = encryption.salt_of(database)
    try:
        yield
    except Exception as error:
        if encryption.salt_of(database) == before:
            raise
        raise StoreError(f"{database} was encrypted or decrypted meanwhile. Try again.") from error
    if encryption.salt_of(database) != before:
        raise StoreError(f"{database} was encrypted or decrypted meanwhile. Try again.")


def _described(copy: Path, key: encryption.Key | None) -> Backup:
    with closing(encryption.connect(copy, "mode=ro&immutable=1", key=key)) as opened:
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
    """A zip to read from; whatever is wrong with it is told of it."""
    try:
        with zipfile.ZipFile(path) as packed:
            yield packed
    except OSError as error:
        raise BadInput(f"{path} cannot be read ({error.strerror or 'no reason given'}).") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(_DAMAGED.format(path)) from error


def read_manifest(packed: zipfile.ZipFile, names: Sequence[str], limit: int = _CHUNK) -> Any:
    """The manifest of a zip that holds just these files, none of them encrypted or packed in a way that cannot be read in
    parts. Raises ValueError."""
    infos = packed.infolist()
    if sorted(info.filename for info in infos) != sorted([*names, MANIFEST]):
        raise ValueError("it holds other files")
    if any(
        info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1 for info in infos
    ):
        raise ValueError("it is packed in another way")
    with packed.open(MANIFEST) as file:
        text = file.read(limit + 1)
    if len(text) > limit:
        raise ValueError("its manifest is too long")
    return json.loads(text)


def newer(path: Path, zhiji: object) -> SchemaTooNew:
    named = re.sub(r"[^0-9a-z.]", "", str(zhiji))[:20]
    return SchemaTooNew(f"{path} was made by a newer Zhiji ({named}). Update Zhiji.")


def _manifest(packed: zipfile.ZipFile, path: Path) -> Backup:
    try:
        record = read_manifest(packed, [DATABASE])
        if record["type"] != "zhiji-backup" or not isinstance(record["version"], int):
            raise ValueError("another type")
        if record["version"] > VERSION:
            raise newer(path, record["zhiji"])
        created_at = datetime.fromisoformat(record["created_at"])
        if created_at.tzinfo is None or not 2000 < created_at.year < 9000:
            raise ValueError("a time that is none")
        return Backup(
            created_at=created_at,
            zhiji=str(record["zhiji"]),
            schema=str(record["schema"]),
            size=int(record["size"]),
            sha256=str(record["sha256"]),
            counts={str(name): int(count) for name, count in record["counts"].items()},
            key=None if record.get("key") is None else WrappedKey(**record["key"]),
        )
    except _ODD as error:
        raise BadInput(_DAMAGED.format(path)) from error


def _unpack(path: Path, new: Path, progress: Progress | None) -> Backup:
    digest, done = hashlib.sha256(), 0
    with writing(new):
        target = _private(new)
    with target, _opened(path) as packed:
        found = _manifest(packed, path)
        with packed.open(DATABASE) as source:
            while (chunk := source.read(_CHUNK)) and done <= found.size:
                with writing(new):
                    target.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if progress:
                    progress(done, found.size)
        with writing(new):
            target.flush()
            os.fsync(target.fileno())
    if done != found.size or digest.hexdigest() != found.sha256:
        raise BadInput(_DAMAGED.format(path))
    return found


def _check(new: Path, found: Backup, path: Path) -> None:
    try:
        key = encryption.key_of(new)
        with closing(encryption.connect(new, "mode=ro&immutable=1", key=key)) as opened:
            sound = opened.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        held = _described(new, key)
        if (key and key.salt.hex()) != (found.key and found.key.salt):
            raise DatabaseDamaged("it is not what its manifest says")
    except Exception as error:
        if not isinstance(error, (DatabaseDamaged, TypeError, *database_errors())):
            raise
        raise BadInput(_DAMAGED.format(path)) from error
    if not sound or held.schema != found.schema or held.counts != found.counts:
        raise BadInput(_DAMAGED.format(path))
    if held.schema not in REVISIONS:
        raise newer(path, found.zhiji)


def _put_in_place(folder: Path, new: Path) -> None:
    """`before` is there from the first step to the last: by it, and by whether the database is, `recover` knows how far."""
    database, before = folder / DATABASE, folder / f"{DATABASE}{_BEFORE}"
    if database.exists():
        if encryption.is_unlocked(database):
            with suppress(ZhijiError):  # empties its log; a damaged one is moved as it is, with its log
                Database(database).close()
        _remove(before)
        _move(database, before, first="")
    else:
        _remove(database)  # a log of nothing
    try:
        new.replace(database)
    except BaseException:
        if before.exists():
            _move(before, database, last="")
        raise
    sync(folder)
    _forget_old(folder)


def _forget_old(folder: Path) -> None:
    """The new data is in its place: its index, which is of the old, goes before the old does."""
    shutil.rmtree(folder / INDEX, ignore_errors=True)
    if (folder / INDEX).exists():
        (folder / INDEX / "dirty").touch()  # so that every id in it is compared
    _remove(folder / f"{DATABASE}{_BEFORE}")


def _move(database: Path, to: Path, *, first: str | None = None, last: str | None = None) -> None:
    """The file with its log. The file itself goes first when it is put away and last when it is put back: whichever of the
    two names it has tells that the move is not complete."""
    endings = sorted(("", "-wal", "-shm"), key=lambda ending: (ending == last, ending != first))
    for ending in endings:
        with suppress(FileNotFoundError):
            database.with_name(database.name + ending).replace(to.with_name(to.name + ending))
    sync(database.parent)


def _remove(database: Path) -> None:
    for ending in ("-wal", "-shm", ""):
        database.with_name(database.name + ending).unlink(missing_ok=True)


def _private(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
