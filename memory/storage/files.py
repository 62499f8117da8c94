"""Files that appear whole or not at all, for this account only, and what a person is told when they cannot be written."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from memory.errors import DiskFull, FolderUnusable, database_errors

_SCRATCH = ".zhiji-scratch-"
_CHUNK = 2**20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def scratch(path: Path) -> Iterator[Path]:
    """A folder beside `path`, for this account alone, that is gone afterwards; those that a killed process left beside it
    go too."""
    for left in path.parent.glob(f"{_SCRATCH}*"):
        with suppress(Timeout, OSError), FileLock(left / "lock", blocking=False):
            shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=path.parent, ignore_cleanup_errors=True) as made,
        FileLock(Path(made) / "lock"),
    ):
        yield Path(made)


def appear(made: Path, path: Path) -> None:
    """Let the file `made` be `path`, and be so on the disk."""
    made.chmod(0o600)
    sync(made)
    made.replace(path)
    sync(path.parent)


def sync(path: Path) -> None:
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


def blank(file: IO[bytes]) -> None:
    """Write zeros over all of a file, on the disk as far as the file system does what it is told."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    for start in range(0, size, _CHUNK):
        file.write(bytes(min(_CHUNK, size - start)))
    file.flush()
    os.fsync(file.fileno())


def overwrite(path: Path) -> None:
    """Remove a file, if it is there, and what stood in it."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as file:
            blank(file)
        path.unlink()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Whatever keeps `path` from being written becomes DiskFull or FolderUnusable."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (OSError, *database_errors())):
            raise
        full = error.errno in _FULL if isinstance(error, OSError) else "is full" in str(error)
        if full:
            raise DiskFull(f"The disk that holds {path.parent} is full. Nothing was changed.") from error
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise FolderUnusable(f"{path} cannot be written ({reason}). Choose another place.") from error
