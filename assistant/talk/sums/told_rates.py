"""A question and the note that may answer it; and what a rate of the note comes to: "£38 per head, 74 guests"."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.noted import Note
from assistant.talk.sums.told_amounts import Table, Told, days_between
from assistant.talk.sums.values import Quantity, Solution
from assistant.talk.sums.words import Words

LONGER = {
    ("day", "week"): Fraction(7), ("day", "year"): Fraction(365), ("week", "year"): Fraction(52),
    ("month", "year"): Fraction(12), ("week", "month"): Fraction(52, 12), ("hour", "day"): Fraction(24),
    ("night", "week"): Fraction(7),
    ("quarter", "year"): Fraction(4),
}  # fmt: skip
"""How many of the first period are in the second."""


@dataclass(frozen=True)
class Case:
    """A question and a note."""

    asked: str
    own: Sequence[Told]
    """The amounts of the question itself."""
    told: Sequence[Told]
    note: Note
    said: str
    """The note as a sketch."""
    known: Table
    lexicon: Words
    now: datetime

    def asks(self, name: str) -> bool:
        return self.known.asks[name].search(self.asked) is not None

    @property
    def wants_money(self) -> bool:
        return self.asks("money")

    def shown(self, one: Quantity, money: bool) -> str:
        return show.money(one, self.lexicon) if money else show.shown(Quantity(one.amount, one.unit), self.lexicon)

    def days(self, number: Fraction, name: str = "day") -> str:
        if number == 1:
            return self.known.answers[name]
        return self.known.answers[f"{name}s"].format(n=show.number(number, self.known.language))

    def say(self, name: str, **values: str) -> str:
        return self.known.answers[name].format(**values)


def counts(one: Told) -> bool:
    return isinstance(one.value, Quantity) and one.letter in "NUSO" and one.quantity.amount > 0


def with_period(case: Case, shown: str, period: str) -> str:
    """430 a month."""
    name = case.lexicon.answers.get(f"a_{'h' if period == 'hour' else period}", "")
    return case.say("per", r=shown, per=name) if name else shown


def costs(case: Case) -> Solution | None:
    """A rate times what it is for: of the question, else of the note; or a rate of one period for a longer one."""
    rates = [one for one in case.told if one.per and isinstance(one.value, Quantity) and one.letter not in "DT"]
    money = [one for one in rates if one.is_money]
    if case.wants_money:
        rates = money or [one for one in rates if one.letter == "N"]
    found = [product for rate in rates if (product := _product(case, rate))]
    return found[0] if len(found) == 1 else None


def _product(case: Case, rate: Told) -> Solution | None:
    times = _times(case, rate)
    if times is None:
        return None
    number, written, period = times
    money = rate.is_money or case.wants_money
    result = Quantity(rate.quantity.amount * number, rate.quantity.unit)
    shown = with_period(case, case.shown(result, money), period)
    return Solution(case.say("sum", e=f"{written} × {case.shown(rate.quantity, money)}", r=shown), result)


def _times(case: Case, rate: Told) -> tuple[Fraction, str, str] | None:
    """How often a rate counts, that in words, and the period that the product is for."""
    other = [one for one in case.told if one is not rate]
    if rate.period in ("day", "night", "week", "month", "hour"):
        for one in case.own:
            if one.letter in "GH" and _unit_of(one) == rate.period.replace("night", "day"):
                return one.quantity.amount, case.shown(one.quantity, False), ""
    if rate.thing:
        counts = [one for one in case.own if one.letter in "NU"] or [one for one in other if _fits(one, rate)]
        if len(counts) > 1:
            counts = [one for one in counts if case.known.note["whole"].search(one.before)]
        if len(counts) == 1:
            return counts[0].quantity.amount, case.shown(counts[0].quantity, False), rate.period
        return None
    if rate.period in ("day", "night") and (nights := _nights(case)):
        return nights
    hours = [one for one in other if one.letter == "H" and one.quantity.unit == "h"]
    if rate.period == "hour" and len(hours) == 1:
        written, per = case.shown(hours[0].quantity, False), hours[0].period
        if longer := wider(case, per):
            return (
                hours[0].quantity.amount * longer[0],
                f"{written} × {show.number(longer[0], case.known.language)}",
                longer[1],
            )
        return hours[0].quantity.amount, written, per
    if longer := wider(case, rate.period):
        return longer[0], show.number(longer[0], case.known.language), longer[1]
    return None


def _nights(case: Case) -> tuple[Fraction, str, str] | None:
    between = days_between(case.told)
    if between:
        return Fraction(between), case.days(Fraction(between), "night"), ""
    stays = [
        one
        for one in case.told
        if not one.per and (one.letter == "G" or "晚" in one.after[:1] or "night" in one.after[:8])
    ]
    stays = [one for one in stays if one.letter == "N" or _unit_of(one) == "day"]
    if len(stays) == 1:
        return stays[0].quantity.amount, case.days(stays[0].quantity.amount, "night"), ""
    return None


def wider(case: Case, period: str) -> tuple[Fraction, str] | None:
    """How many of a period are in the longer one that the question names."""
    for word, name in case.known.periods.items():
        if (period, name) in LONGER and _names(case, word):
            return LONGER[period, name], name
    return None


def _names(case: Case, word: str) -> bool:
    if case.known.language == "zh":
        return f"一{word}" in case.asked or f"每{word}" in case.asked or f"整{word}" in case.asked
    padded = f" {case.asked} "
    return f" {word} " in padded


def _unit_of(one: Told) -> str:
    return {"h": "hour"}.get(one.quantity.unit, one.quantity.unit) if isinstance(one.value, Quantity) else ""


def _fits(one: Told, rate: Told) -> bool:
    """Whether an amount counts what a rate is for: guests for "per head", 节 for 一节."""
    if not one.is_count or not counts(one):
        return False
    return rate.thing.isascii() or one.after.startswith(rate.thing) or one.letter == "S" or rate.thing in ("个", "价")
