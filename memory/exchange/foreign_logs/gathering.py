"""What is found while a talk is read: what is wrong in it, message by message, and what is left out of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from memory.exchange.foreign_logs.fields import ODD, odd
from memory.exchange.foreign_logs.parts import Words
from memory.exchange.foreign_logs.stamps import stamp
from memory.exchange.foreign_logs.talk import Refused, Said, Talk
from memory.types import Role

Read = TypeVar("Read")
NO_TIME = "time that cannot be read"


@dataclass(slots=True)
class Gathering:
    refused: list[Refused] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def tried(self, where: str, read: Callable[[], Read]) -> Read | None:
        """What `read` returns; `None`, and noted, if it is not as expected: one bad message costs no other."""
        try:
            return read()
        except ODD as error:
            self.refused.append(Refused(where, odd(error)))
            return None

    def time(self, value: object) -> datetime | None:
        """When something was said; one that cannot be read costs no words."""
        try:
            return stamp(value)
        except ODD:
            self.left_out[NO_TIME] += 1
            return None

    def said(self, words: Words, role: Role, at: datetime | None) -> Said | None:
        """A message of these words, to be given its id and its parent; `None` if there are none."""
        self.left_out.update(words.left_out)
        text = words.text
        return Said("", None, role, text, at, own_text=words.own_text) if text else None

    def talk(self, talk: Talk) -> Talk:
        return replace(talk, refused=tuple(self.refused), left_out=dict(self.left_out))
