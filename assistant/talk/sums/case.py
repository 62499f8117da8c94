"""One reading of a question: what its slots hold, and when and in which language it was asked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import TypeAlias

from assistant.talk.sums import show
from assistant.talk.sums.values import Clock, Day, Language, NotASum, Quantity, Solution, Term, Value
from assistant.talk.sums.words import Words, worth

_IS_ABOUT = re.compile("(?<!就)是约")


@dataclass(frozen=True)
class Case:
    """The slots of a form by name. Each reader raises NotASum if the slot is not there or holds something else."""

    slots: Mapping[str, Value]
    words: Words
    now: datetime

    @property
    def language(self) -> Language:
        return self.words.language

    def has(self, name: str) -> bool:
        return name in self.slots

    def quantity(self, name: str) -> Quantity:
        value = self.slots.get(name)
        if isinstance(value, Term):
            value = value.value
        if isinstance(value, Fraction):
            value = Quantity(value)
        if not isinstance(value, Quantity):
            raise NotASum
        return value

    def number(self, name: str) -> Fraction:
        quantity = self.quantity(name)
        if quantity.unit:
            raise NotASum
        return quantity.amount

    def positive(self, name: str) -> Fraction:
        amount = self.quantity(name).amount
        if amount <= 0:
            raise NotASum
        return amount

    def row(self, name: str) -> tuple[Quantity, ...]:
        value = self.slots.get(name)
        if not isinstance(value, tuple):
            raise NotASum
        return value

    def text(self, name: str, default: str = "") -> str:
        value = self.slots.get(name, default)
        return value if isinstance(value, str) else default

    def term(self, name: str) -> Term:
        value = self.slots.get(name)
        if not isinstance(value, Term):
            raise NotASum
        return value

    def clock(self, name: str) -> Clock:
        value = self.slots.get(name)
        if not isinstance(value, Clock):
            raise NotASum
        return value

    def day(self, name: str) -> Day:
        value = self.slots.get(name)
        if not isinstance(value, Day):
            raise NotASum
        return value

    @property
    def today(self) -> date:
        return self.now.date()

    def show(self, quantity: Quantity) -> str:
        return show.shown(quantity, self.words)

    def goods(self, quantity: Quantity) -> str:
        """An amount of goods: pieces, if it has no unit."""
        return self.show(quantity) + ("份" if self.language == "zh" and not quantity.unit else "")

    def money(self, quantity: Quantity) -> str:
        return show.money(quantity, self.words) if quantity.unit in ("", *show.MONEY) else self.show(quantity)

    def say(self, answer: str, value: Quantity | date | datetime | None, **parts: str) -> Solution:
        """The answer of that name, filled in."""
        text = self.words.answers[answer].format(**parts)
        return Solution(_IS_ABOUT.sub("约是", text).replace("= 约", "≈ ") if self.language == "zh" else text, value)


Rule: TypeAlias = Callable[[Case], Solution]


def in_unit(quantity: Quantity, unit: str) -> Fraction:
    """The amount in another unit of its kind. Raises NotASum if it is of another kind, or there is no fixed rate."""
    if quantity.unit not in worth() or unit not in worth() or worth()[quantity.unit][0] != worth()[unit][0]:
        raise NotASum
    if worth()[unit][0] == "temperature":
        return _temperature(quantity, unit)
    return quantity.amount * worth()[quantity.unit][1] / worth()[unit][1]


def _temperature(quantity: Quantity, unit: str) -> Fraction:
    celsius = {
        "c": quantity.amount,
        "f": (quantity.amount - 32) * Fraction(5, 9),
        "k": quantity.amount - Fraction("273.15"),
    }[quantity.unit]
    if celsius < Fraction("-273.15"):
        raise NotASum
    return {"c": celsius, "f": celsius * Fraction(9, 5) + 32, "k": celsius + Fraction("273.15")}[unit]
