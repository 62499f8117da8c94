"""Encrypting a data folder, changing its key, and decrypting it: its database is written anew beside the old, checked, and then
takes its name. That is the one moment at which it is done; before it everything is as it was.

    zhiji.sqlite3.converting    the new file; whatever is left of one that was cut off goes at the next start

What was there before is overwritten once, as well as its file system lets us: a flash disk may keep worn cells, and snapshots
and backups keep what they have.
"""

import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from memory.errors import BadInput, DatabaseDamaged, StoreError
from memory.storage import backup, encryption
from memory.storage.costs import PASSPHRASE, Costs
from memory.storage.data_folder import DATABASE, INDEX, locked
from memory.storage.database import Database
from memory.storage.encryption import Key, WrappedKey
from memory.storage.files import blank, overwrite, sync, writing

Progress = Callable[[int, int], None]
NewKey = Callable[[], tuple[Key, WrappedKey]]
_NEW = f"{DATABASE}.converting"
_STEPS = 20_000
"""Of SQLite's machine between two looks at how much is written."""


def encrypt(
    folder: Path,
    passphrase: str,
    *,
    keyring: bool = False,
    costs: Costs = PASSPHRASE,
    progress: Progress | None = None,
) -> None:
    """Encrypt what is in a data folder with a new key; `keyring`: the system's keyring keeps the passphrase. `progress(done,
    total)` counts bytes. Raises BadInput if it is encrypted or the passphrase too short, ConfigError, FolderLocked while Zhiji
    is open, StoreError while another program reads it, DiskFull; then nothing has changed."""
    encryption.checked(passphrase)
    _convert(folder, False, lambda: encryption.new_key(passphrase, keyring=keyring, costs=costs), progress)


def rekey(
    folder: Path,
    passphrase: str,
    *,
    keyring: bool = False,
    costs: Costs = PASSPHRASE,
    progress: Progress | None = None,
) -> None:
    """Encrypt what is encrypted with another key and passphrase: who knows the old ones cannot read what is written from now
    on. Backups made before keep theirs. Raises as `encrypt`, WrongPassphrase, Locked."""
    encryption.checked(passphrase)
    _convert(folder, True, lambda: encryption.new_key(passphrase, keyring=keyring, costs=costs), progress)


def decrypt(folder: Path, *, progress: Progress | None = None) -> None:
    """Lay what is encrypted in the clear again. Raises as `rekey`."""
    _convert(folder, True, None, progress)


def recover(folder: Path) -> None:
    """Remove what is left of a conversion that was cut off, and what an encrypted folder is not to hold. Needs its lock."""
    for ending in ("", "-journal"):
        overwrite(folder / f"{_NEW}{ending}")
    if encryption.salt_of(folder / DATABASE) is not None:
        _remove_index(folder)


def _convert(folder: Path, encrypted: bool, new_key: NewKey | None, progress: Progress | None) -> None:
    database, new = folder / DATABASE, folder / _NEW
    if not backup.holds_anything(folder):
        raise BadInput(f"There is nothing in {folder} yet. Name the right folder, or open Zhiji once.")
    with locked(folder), writing(database):
        backup.recover(folder)
        recover(folder)
        if (encryption.salt_of(database) is not None) is not encrypted:
            raise BadInput(f"{folder} is {'not ' if encrypted else ''}encrypted.")
        before = encryption.keys(folder)
        _settle(database)
        key = None
        try:
            if new_key is not None:
                key, wrapped = new_key()
                encryption.add(folder, wrapped)
            _export(database, new, key, progress)
            _check(database, new)
            sync(new)
            _put_in_place(database, new)
        except BaseException:
            overwrite(new)
            encryption.keep_only_of(database, and_of=before)
            raise
        encryption.keep_only_of(database)
        if key is not None:
            _remove_index(folder)


def _settle(database: Path) -> None:
    """Nothing is left in its log, and nobody else has it open."""
    with closing(Database(database)) as opened:
        opened.compact()
    if any(database.with_name(database.name + ending).exists() for ending in ("-wal", "-shm")):
        raise StoreError("Another program is reading the database. Try again when it has ended.")


def _export(database: Path, new: Path, key: Key | None, progress: Progress | None) -> None:
    """See https://www.zetetic.net/sqlcipher/sqlcipher-api/#sqlcipher_export."""
    total = database.stat().st_size

    def count_written() -> int:
        if progress:
            progress(min(new.stat().st_size if new.exists() else 0, total), total)
        return 0

    with closing(encryption.connect(database, cipher=True)) as source:
        source.isolation_level = None
        source.set_progress_handler(count_written, _STEPS)
        source.execute("ATTACH DATABASE ? AS made KEY ?", (str(new.absolute()), key.pragma if key else ""))
        source.execute("PRAGMA made.synchronous = OFF")  # it is written to the disk once, as a whole
        source.execute("SELECT sqlcipher_export('made')")
        source.execute("DETACH DATABASE made")


def _check(database: Path, new: Path) -> None:
    """Raises DatabaseDamaged if the new file is not sound or does not hold what the old does."""
    if _inventory(database) != _inventory(new):
        raise DatabaseDamaged(f"{new.name} is not what {database} is. Nothing was changed. Try again.")


def _inventory(database: Path) -> list[tuple[str, str, int]]:
    """Of each table its name, how it was made and how many rows it has."""
    with closing(encryption.connect(database, "mode=ro&immutable=1")) as opened:
        if opened.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            return []
        tables = (
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%' ORDER BY name"
        )
        return [
            (name, sql, opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
            for name, sql in opened.execute(tables).fetchall()
        ]


def _put_in_place(database: Path, new: Path) -> None:
    """And what was there before is overwritten."""
    with database.open("r+b") as old:
        new.replace(database)
        sync(database.parent)
        with suppress(OSError):
            blank(old)


def _remove_index(folder: Path) -> None:
    """Vectors tell what was said, and Chroma does not encrypt them."""
    for file in (folder / INDEX).rglob("*"):
        if file.is_file() and not file.is_symlink():
            overwrite(file)
    shutil.rmtree(folder / INDEX, ignore_errors=True)
