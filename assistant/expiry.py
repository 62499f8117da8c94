"""What is older than its user wants it kept is erased by itself, once an hour while Zhiji is open."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from memory.errors import ZhijiError

log = logging.getLogger("zhiji.expiry")

EVERY_S = 3600
FIRST_S = 60
"""After the start, when nobody waits for a first reply any more."""


class Expires(Protocol):
    def expire(self) -> object: ...


class Expiry:
    """`users` brings the assistant of each user."""

    def __init__(self, users: Callable[[], Iterable[Expires]]) -> None:
        self._users = users
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="zhiji-expiry", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        wait_s = FIRST_S
        while not self._ended.wait(wait_s):
            wait_s = EVERY_S
            for assistant in self._users():
                try:
                    assistant.expire()
                except ZhijiError as error:  # tried again in an hour
                    log.warning("nothing was erased for its age: %s", type(error).__name__)
