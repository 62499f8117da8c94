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
from memory.language.lexicon import joined
from memory.language.reading import Hear, Heard

log = logging.getLogger("zhiji.hearing")

MAX_CLAIMS = 60
"""Of one message; a longer list is a text about something else."""

SHORT, SOON = 160, 60
"""Characters of a message that asks without a question mark and tells nothing besides, and before it asks."""


class Reads(Protocol):
    """What a reader does (`memory.facts.reader.Reader`)."""

    def read_many(self, messages: Sequence[tuple[str, str]]) -> Sequence[Sequence[Mark]]:
        """What is marked in each (text, what it answers)."""

    def named(self, texts: Sequence[str]) -> Sequence[Sequence[str]]:
        """The words of each text that name somebody: "my sister", "Ana", "her"."""


def hear(text: str, answers: str = "") -> Heard:
    """The claims of a message that may enter the profile, by rules alone: by picking one of the options in `answers`, the
    message that it replies to, or else by what it states."""
    return _picked(text, answers) or Heard(tuple(extract(text)))


def hear_many(hear: Hear, messages: Sequence[tuple[str, str]], *, picks: bool = True) -> list[Heard]:
    """What each (text, what it answers) says of people, by `hear`: all of them together if it can. Without `picks` an option
    that is picked is no taste: what it answers only helps the reader."""
    if isinstance(hear, Hearing):
        return hear.many(messages, picks=picks)
    return [hear(text, answers if picks else "") for text, answers in messages]


def named(hear: Hear, texts: Sequence[str]) -> Sequence[Sequence[str]]:
    """The words of each text that name somebody, by the reader of `hear`; none if it has none."""
    reader = hear.reader if isinstance(hear, Hearing) else None
    return reader.named(texts) if reader else [[] for _ in texts]


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
        return self.many([(text, answers)])[0]

    def many(self, messages: Sequence[tuple[str, str]], *, picks: bool = True) -> list[Heard]:
        """As `hear_many`: the same as one at a time, and faster."""
        reader = self.reader
        heard = [self._by_rules(text, answers if picks else "") for text, answers in messages]
        left = [place for place, one in enumerate(heard) if not one.chosen]
        if reader is None or not left:
            return heard
        try:
            found = reader.read_many([messages[place] for place in left])
        except Exception as error:  # whatever a library raises costs what the reader would have heard, and no message
            if len(left) > 1:
                return [heard for message in messages for heard in self.many([message], picks=picks)]
            self._fail(error)
            return heard
        for place, marks in zip(left, found, strict=True):
            text, rules = messages[place][0], heard[place].claims
            if len(text) <= SHORT and (asks := joined("asks_unmarked").search(text)) and asks.start() < SOON:
                continue  # "the chap next door, full name and age" tells of no chap
            claims = (claim for claim in marked.join(text, rules, marks) if is_fit(claim))
            heard[place] = Heard(tuple(claims)[:MAX_CLAIMS])
        return heard

    def _by_rules(self, text: str, answers: str) -> Heard:
        return hear(text, answers) if self._rules else Heard()

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
