"""Backups by themselves: one in a folder whenever the newest there is old enough, and only so many of them kept."""

import logging
import threading
from datetime import timedelta
from pathlib import Path

from memory import backup
from memory.errors import ZhijiError

log = logging.getLogger("zhiji.backups")

AGAIN_S = 600
"""After so many seconds a backup that failed is tried again."""


class _Ended(Exception):
    pass


class Backups:
    """Backs up the data folder `folder` into `into` every `hours` hours, and keeps the newest `keep` named by their time;
    other files there are left alone. `trouble` says why the last one failed."""

    def __init__(self, folder: Path, into: Path, *, hours: float, keep: int) -> None:
        self._folder, self._into, self._keep = folder, into, keep
        self._every = timedelta(hours=hours)
        self._ended = threading.Event()
        self.trouble: str | None = None
        self._thread = threading.Thread(target=self._run, name="zhiji-backups", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """A backup under way is broken off; the next start makes it."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(self._due_s()):
            try:
                self._into.mkdir(parents=True, exist_ok=True, mode=0o700)
                backup.write(self._folder, self._into, self._go_on)
                for old in backup.taken(self._into)[: -self._keep]:
                    old.unlink(missing_ok=True)
                self.trouble = None
            except _Ended:
                return
            except (ZhijiError, OSError) as error:
                self.trouble = f"No backup was made: {error}"
                log.warning("%s", self.trouble)

    def _due_s(self) -> float:
        if self.trouble:
            return AGAIN_S
        made = backup.taken(self._into)
        return max(0.0, (self._every - backup.age(made[-1])).total_seconds()) if made else 0.0

    def _go_on(self, done: int, total: int) -> None:  # noqa: ARG002
        if self._ended.is_set():
            raise _Ended
