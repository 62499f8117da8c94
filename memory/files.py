"""Files that appear whole or not at all, for this account only, and what a person is told when they cannot be written."""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from memory.errors import DiskFull, FolderUnusable

_SCRATCH = ".zhiji-scratch-"
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


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Whatever keeps `path` from being written becomes DiskFull or FolderUnusable."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        full = error.errno in _FULL if isinstance(error, OSError) else "is full" in str(error)
        if full:
            raise DiskFull(f"The disk that holds {path.parent} is full. Nothing was changed.") from error
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise FolderUnusable(f"{path} cannot be written ({reason}). Choose another place.") from error
