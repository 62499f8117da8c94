"""The folder that holds everything remembered: what its files are called, and the lock that lets one process have it.

<data folder>/
    zhiji.sqlite3     everything that is remembered (with -wal and -shm beside it while open)
    index/g0001/      Chroma's files: random ids and vectors; can be thrown away at any time
    lock, owner       who has the folder open
"""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from memory.errors import DiskFull, FolderLocked, FolderUnusable

DATABASE = "zhiji.sqlite3"
INDEX = "index"
RELEASED_S = 0.5  # Linux may let go of a killed process's lock a moment after the process is gone; measured by us


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have `folder` for this process alone. Raises FolderLocked (in half a second), FolderUnusable, DiskFull."""
    lock = _lock(folder)
    try:
        yield
    finally:
        (folder / "owner").unlink(missing_ok=True)
        lock.release()


def owner_of(folder: Path) -> str | None:
    """Who has the folder open, as "process 123 (zhiji ui)"; `None` if it does not say."""
    with suppress(OSError, ValueError, KeyError):
        owner = json.loads((folder / "owner").read_text(encoding="utf-8"))
        return f"process {int(owner['pid'])} ({owner['command']})"
    return None


def _lock(folder: Path) -> FileLock:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(folder / "lock", timeout=RELEASED_S)
        lock.acquire()
        command = " ".join([Path(sys.argv[0]).name, *sys.argv[1:2]])
        (folder / "owner").write_text(json.dumps({"pid": os.getpid(), "command": command}), encoding="utf-8")
    except Timeout as error:
        who = owner_of(folder) or "another process"
        raise FolderLocked(f"{folder} is open in {who}. Close that, or choose another data folder.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFull(f"The disk that holds {folder} is full. Free some space and start again.") from error
        raise FolderUnusable(
            f"{folder} cannot be written ({error.strerror}). Give yourself write access, or set another data folder."
        ) from error
    return lock
