"""The amounts of a note with what they are for: £16.40 an hour, 21 capsules, 3 of them a day, from one day to another.

    "catering is £38 per head, 74 guests so far"  ->  38 GBP per "head", 74 of "guests"

An amount is `plain` if it is for nothing, and a rate if it is for each of something. What a rate is for is a period ("day") or a
thing, as it was written.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.talk.sums.sketch import Amount, Sketch
from assistant.talk.sums.values import Day, Language, Quantity
from assistant.talk.sums.words import FOLDER

PERIODS = ("hour", "day", "night", "week", "month", "quarter", "year")
EACH = "each"
_COUNTED = "NUSOWVLA"
"""The letters of what is counted or measured; 节 reads as a knot, which is a speed."""


@dataclass(frozen=True)
class Table:
    """The patterns of a language, compiled."""

    language: Language
    asks: Mapping[str, re.Pattern[str]]
    note: Mapping[str, re.Pattern[str]]
    periods: Mapping[str, str]
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One amount of a note. `per` is what it is for, empty for nothing; `before` and `after` are the words beside it."""

    letter: str
    value: Amount
    per: frozenset[str]
    before: str
    after: str

    @property
    def quantity(self) -> Quantity:
        assert isinstance(self.value, Quantity)
        return self.value

    @property
    def period(self) -> str:
        return next((one for one in PERIODS if one in self.per), "")

    @property
    def thing(self) -> str:
        """What else it is for, "each" if that has no name."""
        return next((one for one in sorted(self.per) if one not in PERIODS), "")

    @property
    def is_money(self) -> bool:
        return self.letter == "M"

    @property
    def is_count(self) -> bool:
        return self.letter in _COUNTED and not self.per


@cache
def table(language: Language) -> Table:
    data: dict[str, Any] = tomllib.loads((FOLDER / language / "told.toml").read_text(encoding="utf-8"))
    return Table(
        language,
        asks={name: re.compile(pattern) for name, pattern in data["asks"].items()},
        note={name: re.compile(pattern) for name, pattern in data["note"].items()},
        periods={word: name for name, words in data["periods"].items() for word in words},
        answers=data["answers"],
    )


def amounts_in(sketch: Sketch, known: Table) -> Sequence[Told]:
    """The amounts of a sketch in their order; a plain number beside prices of the same note stays a number."""
    places = [at for at, sign in enumerate(sketch.text) if sign.isupper()]
    found: list[Told] = []
    for number, (mention, place) in enumerate(zip(sketch.mentions, places, strict=True)):
        end = places[number + 1] if number + 1 < len(places) else len(sketch.text)
        begin = places[number - 1] + 1 if number else 0
        after = sketch.text[place + 1 : end].partition(",")[0]
        before = sketch.text[begin:place].rpartition(",")[2]
        if isinstance(mention.value, Quantity) and known.note["unlike"].search(after):
            continue
        found.append(Told(mention.letter, mention.value, _per(before, after, known), before, after))
    return found


def _per(before: str, after: str, known: Table) -> frozenset[str]:
    found: set[str] = set()
    for name, text in (("after", after), ("before", before)):
        if match := known.note[name].search(text):
            said = match["per"]
            found.add(known.periods.get(said, said) if said else EACH)
    return frozenset(found)


def days_between(amounts: Sequence[Told]) -> int | None:
    """How many nights lie between the first and the last day that a note names, if it names two."""
    days = sorted({one.value.day for one in amounts if isinstance(one.value, Day) and one.value.day is not None})
    return (days[-1] - days[0]).days if len(days) == 2 else None
