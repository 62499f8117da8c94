"""Whose turn it is at the model: users one after the other, and of one user one request at a time.

    waiting   mei: [1, 4]   li: [2]   jo: [3]      served  1, 2, 3, 4

A place is taken by entering `with turns.place(user) as place` and given back by leaving, however that happens.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Place:
    """One request's place in the queue. Its identity is all it has; what it waits for, `Turns` knows."""

    def __init__(self, turns: "Turns", user: str) -> None:
        self._turns = turns
        self.user = user

    def wait(self, timeout_s: float) -> int:
        """How many are to be served before this one, 0 when it is its turn; returns when that changes, or in time."""
        return self._turns.wait(self, timeout_s)


class Turns:
    """A fair queue in front of a model that serves `at_once` requests."""

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Place]] = {}  # users in the order in which they are next
        self._served: list[Place] = []

    @contextmanager
    def place(self, user: str) -> Iterator[Place]:
        place = Place(self, user)
        with self._changed:
            self._waiting.setdefault(user, deque()).append(place)
            self._serve()
        try:
            yield place
        finally:
            with self._changed:
                if place in self._served:
                    self._served.remove(place)
                else:
                    self._waiting[user].remove(place)
                    if not self._waiting[user]:
                        del self._waiting[user]
                self._serve()

    def wait(self, place: Place, timeout_s: float) -> int:
        with self._changed:
            before = self._ahead(place)
            if before:
                self._changed.wait_for(lambda: self._ahead(place) != before, timeout_s)
            return self._ahead(place)

    def _serve(self) -> None:
        while len(self._served) < self.at_once:
            busy = {place.user for place in self._served}
            user = next((user for user in self._waiting if user not in busy), None)
            if user is None:
                break
            mine = self._waiting.pop(user)
            self._served.append(mine.popleft())
            if mine:
                self._waiting[user] = mine  # behind everybody else who waits
        self._changed.notify_all()

    def _ahead(self, place: Place) -> int:
        if place in self._served:
            return 0
        mine = self._waiting[place.user]
        rounds = mine.index(place)
        users = list(self._waiting)
        at = users.index(place.user)
        before = sum(min(len(self._waiting[user]), rounds + (index < at)) for index, user in enumerate(users))
        return len(self._served) + before
