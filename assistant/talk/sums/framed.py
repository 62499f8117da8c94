"""From a frame that fits to its solution."""

from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.case import Case, Rule, in_unit
from assistant.talk.sums.formulas import worked_out
from assistant.talk.sums.frames import Fit
from assistant.talk.sums.sketch import Mention
from assistant.talk.sums.values import Clock, NotASum, Quantity, Solution, Value
from assistant.talk.sums.words import Words, phrase

_PACES = (Fraction(5, 2), Fraction(14))
"""Minutes per kilometre between which people run: what "22:30" stands for is told by it."""
_UNIT_NAMES = ("unit", "given", "wanted", "per")


def solved(fit: Fit, words: Words, now: datetime, rules: Mapping[str, Rule]) -> Solution | None:
    """What the fit comes to; `None` if its amounts do not go together."""
    try:
        slots = _slots(fit, words)
        case = Case(slots, words, now)
        return rules[fit.frame.rule](case) if fit.frame.rule else _by_formula(fit, case)
    except (NotASum, ZeroDivisionError, OverflowError):
        return None


def _slots(fit: Fit, words: Words) -> dict[str, Value]:
    slots: dict[str, Value] = dict(fit.frame.gives)
    for name, text in fit.words.items():
        slots[name] = _unit(text, words) if name in _UNIT_NAMES else text
    for name, mentions in fit.slots.items():
        many = next(many for role, _, many in fit.frame.roles if role == name)
        values = [_value(one, name, fit) for one in mentions]
        if not many:
            slots[name] = values[0]
        elif all(isinstance(value, Quantity) for value in values):
            slots[name] = tuple(value for value in values if isinstance(value, Quantity))
        else:
            raise NotASum
    return slots


def _value(mention: Mention, name: str, fit: Fit) -> Value:
    if mention.letter == "T" and isinstance(mention.value, Clock) and name == "pace":
        return Quantity(Fraction(mention.value.hour * 60 + mention.value.minute, 60), "min")
    if mention.letter == "T" and isinstance(mention.value, Clock) and fit.frame.rule in ("pace", "pace_gain"):
        return _lasting(mention.value, fit)
    return mention.value


def _lasting(clock: Clock, fit: Fit) -> Quantity:
    """How long 22:30 is, for who ran: hours and minutes or minutes and seconds, whichever a person can run."""
    way = fit.slots["d"][0].value if "d" in fit.slots else None
    if clock.half in ("am", "pm") or not isinstance(way, Quantity):
        raise NotASum
    minutes = [Fraction(clock.hour * 60 + clock.minute), Fraction(clock.hour * 60 + clock.minute, 60)]
    length = in_unit(way, "km")
    fair = [one for one in minutes if length > 0 and _PACES[0] <= one / length <= _PACES[1]]
    if len(fair) != 1:
        raise NotASum
    return Quantity(fair[0], "min")


def _unit(text: str, words: Words) -> str:
    """The unit that a word names: "kilo", 每月."""
    found = words.units.get(phrase(text)) or words.units.get(phrase(text.removesuffix("s")))
    if found:
        return found[0]
    raise NotASum


def _by_formula(fit: Fit, case: Case) -> Solution:
    amounts: dict[str, Quantity] = {}
    currencies: set[str] = set()
    for name in fit.slots:
        one = case.quantity(name)
        unit = fit.frame.units.get(name, "")
        unit = case.quantity(unit[1:]).unit if unit.startswith("=") else unit
        currencies |= {one.unit} & set(show.MONEY)
        amounts[name] = Quantity(in_unit(one, unit), unit) if unit and one.unit else one
    if len(currencies) > 1:
        raise NotASum
    currency = next(iter(currencies), "")
    value, written = worked_out(fit.frame.formula, amounts, _shower(case), case.language)
    kind = fit.frame.result
    unit = currency if kind == "money" else amounts[kind[5:]].unit if kind.startswith("like:") else kind
    result = Quantity(value, unit)
    shown = case.money(result) if kind == "money" else case.show(result)
    if unit in ("s", "min", "h"):
        shown = show.lasting(in_unit(result, "min"), case.language)
    if fit.frame.answer == "whole":
        if value.denominator != 1:  # so many whole glasses, and a rest that nobody asked for
            raise NotASum
        return case.say("expression", result, e=written, r=shown)
    if fit.frame.answer == "round_up":
        whole = Fraction(-(-value.numerator // value.denominator))
        if whole == value:
            return case.say("expression", result, e=written, r=shown)
        return case.say("round_up", Quantity(whole, unit), e=written, x=shown, r=case.show(Quantity(whole, unit)))
    if result.amount < 0:
        raise NotASum
    return case.say(fit.frame.answer, result, e=written, r=shown)


def _shower(case: Case) -> Callable[[Quantity], str]:
    def written(one: Quantity) -> str:
        return case.money(one) if one.unit in show.MONEY else case.show(one)

    return written
