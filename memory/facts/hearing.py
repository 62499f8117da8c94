"""What a message says of people: by rules, and by a reader where there is one.

    message ─┬─ picks an option ─────────────────── by rules alone
             ├─ rules ──── claims ─┐
             └─ reader ─── marks ──┴─ joined ────── claims

Rules are exact where they speak, and speak seldom; the reader hears most and says how sure it is. What only the reader hears is
taken if it is sure; what both hear, if it is less so; what only rules hear is dropped if the reader takes those words for
somebody else's, or for a joke. Secrets, and what asks not to be remembered, are kept out whoever hears them.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from memory.errors import ZhijiError
from memory.facts import marks as marked
from memory.facts.choices import chosen
from memory.facts.reader import Mark
from memory.language.extraction import extract, is_fit
from memory.language.reading import Heard

log = logging.getLogger("zhiji.hearing")

MAX_CLAIMS = 60
"""Of one message; a longer list is a text about something else."""


class Reads(Protocol):
    """What a reader does (`memory.facts.reader.Reader`)."""

    def read(self, text: str, answers: str = "") -> Sequence[Mark]: ...


def hear(text: str, answers: str = "") -> Heard:
    """The claims of a message that may enter the profile, by rules alone: by picking one of the options in `answers`, the
    message that it replies to, or else by what it states."""
    return _picked(text, answers) or Heard(tuple(extract(text)))


class Hearing:
    """Rules and a reader together. `load` gives the reader, once, when the first message is heard; if it raises, rules go on
    alone and `trouble` says why. Without `rules` the reader is heard alone, to measure it."""

    def __init__(self, load: Callable[[], Reads | None] | None = None, *, rules: bool = True) -> None:
        self._load = load
        self._rules = rules
        self._reader: Reads | None = None
        self._loading = threading.Lock()
        self.trouble: str | None = None

    def __call__(self, text: str, answers: str = "") -> Heard:
        """As `hear`."""
        picked = _picked(text, answers) if self._rules else None
        if picked is not None:
            return picked
        reader = self.reader
        rules = extract(text) if self._rules else ()
        if reader is None:
            return Heard(tuple(rules))
        try:
            found = reader.read(text, answers)
        except Exception as error:
            self._fail(error)
            return Heard(tuple(rules))
        return Heard(tuple(claim for claim in marked.join(text, rules, found) if is_fit(claim))[:MAX_CLAIMS])

    @property
    def reader(self) -> Reads | None:
        """The reader, loaded if it was not yet; `None` if there is none."""
        with self._loading:
            if self._reader is None and self._load is not None:
                load, self._load = self._load, None
                try:
                    self._reader = load()
                except ZhijiError as error:
                    self._fail(error)
            return self._reader

    def close(self) -> None:
        """Let go of the reader; rules go on alone."""
        with self._loading:
            close = getattr(self._reader, "close", None)
            self._reader = self._load = None
        if close:
            close()

    def _fail(self, error: Exception) -> None:
        self.trouble = str(error) if isinstance(error, ZhijiError) else f"The reader failed ({type(error).__name__})."
        log.warning("facts are heard by rules alone: %s", self.trouble)


def _picked(text: str, answers: str) -> Heard | None:
    picked = chosen(text, answers) if answers else ()
    return Heard(tuple(claim for claim in picked if is_fit(claim)), chosen=True) if picked else None
