"""Backups by themselves: one in a folder whenever the newest there is old enough, and only so many of them kept."""

import logging
import threading
from datetime import timedelta
from pathlib import Path

from memory.errors import ZhijiError
from memory.storage import backup

log = logging.getLogger("zhiji.backups")

LOOK_S = 600
"""How often it is seen whether one is due, by the clock on the wall: time asleep counts. One that failed is tried again."""
CLOSING_S = 30


class _Ended(Exception):
    pass


class Backups:
    """Backs up the data folder `folder` into `into` when the newest backup of it there is `hours` old, and keeps the newest
    `keep` that have their time for a name; other files there are left alone. `trouble` says why the last one failed."""

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
        self._thread.join(CLOSING_S)

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                if self._due():
                    self._into.mkdir(exist_ok=True, mode=0o700)  # not its parents: a drive may not be there
                    backup.write(self._folder, self._into, self._go_on)
                self.trouble = None
            except _Ended:
                return
            except (ZhijiError, OSError) as error:
                self._report(f"No backup was made: {error}")
            else:
                self._drop_old()
            self._ended.wait(LOOK_S)

    def _due(self) -> bool:
        made = backup.taken(self._into, self._folder)
        return not made or not timedelta() <= backup.age(made[-1]) < self._every

    def _drop_old(self) -> None:
        try:
            for old in backup.taken(self._into, self._folder)[: -self._keep]:
                old.unlink(missing_ok=True)
        except OSError as error:
            self._report(f"An old backup cannot be deleted: {error}")

    def _report(self, trouble: str) -> None:
        self.trouble = trouble
        log.warning("%s", trouble)

    def _go_on(self, done: int, total: int) -> None:  # noqa: ARG002
        if self._ended.is_set():
            raise _Ended
