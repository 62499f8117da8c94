"""A message understood once. Whoever needs to know its language, its secrets, the times it names or what it claims is handed
the Reading and does not scan the text again.

    text ── read ── Reading ── recall, prompt, log, profile
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memory.language import secrets, times
from memory.language.claims import Claim
from memory.language.extraction import asks_not_to_be_remembered
from memory.language.secrets import Secret
from memory.language.text import is_chinese
from memory.language.times import Span

Language = Literal["en", "zh"]
MAX_TIMES_CHARS = 2_000
"""Times are looked for in so much of a message; a longer one is mostly pasted text."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message says of people. `chosen`: by picking one of the options that it answers, not in so many words."""

    claims: tuple[Claim, ...] = ()
    chosen: bool = False


Hear = Callable[[str, str], Heard]
"""Reads what a message says of people: (the message, what it answers or "") -> Heard. By rules: `memory.facts.hearing.hear`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says. `private` says that it asks not to be remembered; `spans` are the times it names, as seen from
    `at`, when it was said, in the zone of who said it. `act` is what it wants; it is not filled in yet."""

    text: str
    at: datetime
    language: Language
    secrets: tuple[Secret, ...] = ()
    private: bool = False
    spans: tuple[Span, ...] = ()
    heard: Heard = Heard()
    act: str | None = None

    @property
    def hidden(self) -> str:
        """The text with "[password]" and the like in the place of its secrets."""
        return secrets.hide(self.text, self.secrets)

    @property
    def secret_kinds(self) -> tuple[str, ...]:
        """Each kind of secret in it once, in the order they come."""
        return tuple(dict.fromkeys(secret.kind for secret in self.secrets))

    @property
    def secret_words(self) -> Sequence[tuple[str, str]]:
        """Each secret as it is written, and its kind."""
        return [(self.text[secret.start : secret.end], secret.kind) for secret in self.secrets]


def read(text: str, at: datetime, *, hear: Hear | None = None, answers: str = "") -> Reading:
    """Read a message said at `at` (aware) in reply to `answers`; without `hear`, what it says of people is not read."""
    private = asks_not_to_be_remembered(text)
    return Reading(
        text=text,
        at=at,
        language="zh" if is_chinese(text) else "en",
        secrets=tuple(secrets.find(text)),
        private=private,
        spans=tuple(times.resolve(text[:MAX_TIMES_CHARS], at)),
        heard=hear(text, answers) if hear and not private else Heard(),
    )
