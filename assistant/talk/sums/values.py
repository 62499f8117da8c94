"""What a sum is made of, and what comes out of it."""

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Literal

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with a unit's id (see `units.toml`; "" for a plain number); `of` is what of the person it is: "rent", "房租"."""

    amount: Fraction
    unit: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; `hour` as it was said. `half` is "am" or "pm", "24" if it can only be a 24-hour clock, "" if not known."""

    hour: int
    minute: int
    half: str = ""
    bare: bool = False

    @property
    def minutes(self) -> int:
        """Since midnight."""
        hour = self.hour % 12 + (12 if self.half == "pm" else 0) if self.half in ("am", "pm") else self.hour
        return hour * 60 + self.minute


@dataclass(frozen=True, slots=True)
class Day:
    """A date as it was said: `year` is `None` if it was not named, `day` is `None` if there is no such date;
    `shown` is "weekday" if it was named by that alone."""

    day: date | None
    shown: str = ""
    has_year: bool = True
    month: int = 0
    number: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A worked-out expression: `shown` restates it; `level` is how tightly its last operator binds (0 to 4)."""

    value: Quantity
    shown: str
    level: int = 4
    operators: int = 0
    tight: str = ""
    """The one operator of "24/7" or "9-5", written without blanks between whole numbers; "" for any other."""
    fault: str = ""
    """ "zero" or "large": there is no number to give."""


Value = Fraction | Quantity | Clock | Day | Term | str | tuple[Quantity, ...]


@dataclass(frozen=True, slots=True)
class Solution:
    """`text` is one sentence that restates the sum; `value` is `None` if there is no such number or date (a division by 0)."""

    text: str
    value: Quantity | date | datetime | None


class NotASum(Exception):
    """This reading of the message is no sum after all: the next is tried."""
