"""More kinds of sums, for frames: what is added on top, nights, differences."""

from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.case import Case, Rule, in_unit
from assistant.talk.sums.date_sums import following
from assistant.talk.sums.values import NotASum, Quantity, Solution

_MAX_NIGHTS = 400


def percent_on(case: Case) -> Solution:
    """A tax or a charge on an amount, and both together."""
    x, p = case.quantity("x"), case.number("p")
    if not 0 < p <= 100:
        raise NotASum
    on, total = (Quantity(x.amount * percent / 100, x.unit) for percent in (p, 100 + p))
    parts = {"p": show.number(p, case.language), "x": case.money(x), "t": case.money(on), "r": case.money(total)}
    return case.say("percent_on", total, **parts)


def nights(case: Case) -> Solution:
    """From the day one comes to the day one leaves."""
    a, b = case.day("a"), case.day("b")
    first = following(a, case.today) if not a.has_year else a.day
    last = following(b, first) if first else None
    if first is None or last is None:
        raise NotASum
    number = (last - first).days
    if not 0 < number <= _MAX_NIGHTS:
        raise NotASum
    parts = {"a": show.day(first, case.language), "b": show.day(last, case.language), "r": str(number)}
    return case.say("nights" if number > 1 else "night", Quantity(Fraction(number)), **parts)


def difference(case: Case) -> Solution:
    """By how much two amounts differ."""
    a, b = case.quantity("a"), case.quantity("b")
    if a.unit != b.unit:
        b = Quantity(in_unit(b, a.unit), a.unit) if a.unit and b.unit else Quantity(b.amount, a.unit or b.unit)
    high, low = (a, b) if a.amount >= b.amount else (b, a)
    result = Quantity(high.amount - low.amount, a.unit or b.unit)
    shown = case.money(result) if result.unit in show.MONEY else case.show(result)
    return case.say("difference", result, a=case.show(a), b=case.show(b), r=shown)


def pace_gain(case: Case) -> Solution:
    """How much faster the second time is."""
    a, b = in_unit(case.quantity("a"), "min"), in_unit(case.quantity("b"), "min")
    gap = abs(a - b)
    parts = {"a": show.lasting(a, case.language), "b": show.lasting(b, case.language)}
    return case.say("difference", Quantity(gap, "min"), r=show.lasting(gap, case.language), **parts)


def second_half_price(case: Case) -> Solution:
    """Two of something, the second at half the price."""
    x = case.quantity("x")
    if case.has("n") and case.number("n") != 2:
        raise NotASum
    result = Quantity(x.amount * Fraction(3, 2), x.unit)
    return case.say("second_half", result, x=case.money(x), r=case.money(result))


def full_discount(case: Case) -> Solution:
    """满300减50: once, from that amount on."""
    x, least, off = case.quantity("x"), case.quantity("t").amount, case.quantity("d").amount
    if x.amount < least or not 0 < off < least:
        raise NotASum
    result = Quantity(x.amount - off, x.unit)
    parts = {"x": case.money(x), "s": case.money(Quantity(off, x.unit)), "r": case.money(result)}
    return case.say("full_discount", result, **parts)


def simple_interest(case: Case) -> Solution:
    """Interest on the first amount only."""
    x, p, years = case.quantity("x"), case.number("p"), in_unit(case.quantity("t"), "year")
    if not 0 < p <= 100 or not 0 < years <= 100:
        raise NotASum
    gained = Quantity(x.amount * p / 100 * years, x.unit)
    total = Quantity(x.amount + gained.amount, x.unit)
    parts = {"x": case.money(x), "p": show.number(p, case.language), "t": case.show(case.quantity("t"))}
    return case.say("simple_interest", gained, gained=case.money(gained), r=case.money(total), **parts)


RULES: dict[str, Rule] = {
    "percent_on": percent_on, "nights": nights, "difference": difference, "pace_gain": pace_gain,
    "second_half_price": second_half_price, "full_discount": full_discount, "simple_interest": simple_interest,
}  # fmt: skip
