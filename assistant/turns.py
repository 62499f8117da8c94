"""Whose turn it is at the model: of those who wait, the user who was served longest ago; of one user one request at a time.

    asked, in this order     mei 1, mei 2, li 1, jo 1, li 2
    served                   mei 1, li 1, jo 1, mei 2, li 2

A ticket is drawn by entering `with turns.ticket(user) as ticket` and given back by leaving, however that happens.
"""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager


class Ticket:
    """One request in the queue; what it waits for, `Turns` knows."""

    def __init__(self, turns: "Turns", user: str) -> None:
        self._turns = turns
        self.user = user
        self._output_at: float | None = None

    def note_output(self) -> None:
        """The model has begun, or has said something."""
        self._output_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """For how long the model has said nothing; 0 before it has begun."""
        return 0.0 if self._output_at is None else time.monotonic() - self._output_at

    def wait(self, timeout_s: float) -> int:
        """How many are to be served before this one, 0 when it is its turn; returns when that changes, or in time."""
        return self._turns.wait(self, timeout_s)


class Turns:
    """A fair queue in front of a model that serves `at_once` requests."""

    def __init__(self, at_once: int = 1) -> None:
        self.at_once = at_once
        self._changed = threading.Condition()
        self._waiting: list[Ticket] = []  # in the order in which they came
        self._served: list[Ticket] = []
        self._last: dict[str, int] = {}  # when each user was last served, counted since somebody began to wait

    @contextmanager
    def ticket(self, user: str) -> Iterator[Ticket]:
        ticket = Ticket(self, user)
        with self._changed:
            self._waiting.append(ticket)
            self._serve()
        try:
            yield ticket
        finally:
            with self._changed:
                (self._served if ticket in self._served else self._waiting).remove(ticket)
                self._serve()

    @property
    def silent_s(self) -> float:
        """For how long the model has said nothing to one it serves, be it that nobody listens any more."""
        with self._changed:
            return max((ticket.silent_s for ticket in self._served), default=0.0)

    @property
    def waiting(self) -> int:
        with self._changed:
            return len(self._waiting)

    def wait(self, ticket: Ticket, timeout_s: float) -> int:
        with self._changed:
            before = self._ahead(ticket)
            if before:
                self._changed.wait_for(lambda: self._ahead(ticket) != before, timeout_s)
            return self._ahead(ticket)

    def _serve(self) -> None:
        while len(self._served) < self.at_once:
            busy = {ticket.user for ticket in self._served}
            free = [ticket for ticket in self._waiting if ticket.user not in busy]
            if not free:
                break
            ticket = _next(free, self._last)
            self._waiting.remove(ticket)
            self._served.append(ticket)
            self._last[ticket.user] = max(self._last.values(), default=0) + 1
        if not self._served:
            self._last.clear()
        self._changed.notify_all()

    def _ahead(self, ticket: Ticket) -> int:
        if ticket in self._served:
            return 0
        left, last, ahead = list(self._waiting), dict(self._last), len(self._served)
        while (first := _next(left, last)) is not ticket:
            left.remove(first)
            last[first.user] = max(last.values(), default=0) + 1
            ahead += 1
        return ahead


def _next(tickets: Collection[Ticket], last: dict[str, int]) -> Ticket:
    """Of the user served longest ago; of those never served, and of one user's, whoever came first."""
    return min(tickets, key=lambda ticket: last.get(ticket.user, 0))
