"""Sums with percentages and money: shares, tips, discounts, prices, wages, interest."""

from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.case import Case, Rule, in_unit
from assistant.talk.sums.values import NotASum, Quantity, Solution
from assistant.talk.sums.words import worth

_PER_YEAR = {"day": Fraction(365), "week": Fraction(365, 7), "month": Fraction(12), "year": Fraction(1)}
_MAX_PERCENT = 10_000


def expression(case: Case) -> Solution:
    term = case.term("e")
    if term.fault == "zero":
        return case.say("zero", None)
    if term.fault:
        return case.say("large", None)
    value = term.value
    if case.has("unit"):
        unit = case.text("unit")
        value = Quantity(in_unit(value, unit), unit)
    rounded = show.rounded(value.amount)
    return case.say("expression", value, e=term.shown, r=case.show(value)) if rounded else case.say("large", None)


def percent_of(case: Case) -> Solution:
    x, p = case.quantity("x"), _percent(case)
    result = Quantity(x.amount * p / 100, x.unit)
    return case.say(
        "percent_of",
        result,
        p=_plain(case, p),
        x=case.show(x),
        r=case.money(result) if _priced(x) else case.show(result),
    )


def percent_off(case: Case) -> Solution:
    x, p = case.quantity("x"), _percent(case)
    if p > 100:
        raise NotASum
    result = Quantity(x.amount * (100 - p) / 100, x.unit)
    saved = Quantity(x.amount - result.amount, x.unit)
    return case.say("percent_off", result, p=_plain(case, p), x=case.show(x), r=case.money(result), s=case.money(saved))


def discount(case: Case) -> Solution:
    """打八五折: what is paid of the price."""
    x, paid = case.quantity("x"), case.number("d")
    result = Quantity(x.amount * paid / 100, x.unit)
    fold = show.digits(paid / 10, case.language)
    return case.say(
        "discount",
        result,
        d=fold,
        x=case.show(x),
        r=case.money(result),
        s=case.money(Quantity(x.amount - result.amount, x.unit)),
    )


def percent_add(case: Case) -> Solution:
    x, p = case.quantity("x"), _percent(case)
    result = Quantity(x.amount * (100 + p) / 100, x.unit)
    return case.say("percent_add", result, p=_plain(case, p), x=case.show(x), r=case.money(result))


def before_tax(case: Case) -> Solution:
    x, p = case.quantity("x"), _percent(case)
    result = Quantity(x.amount * 100 / (100 + p), x.unit)
    return case.say("before_tax", result, p=_plain(case, p), x=case.show(x), r=case.money(result))


def what_percent(case: Case) -> Solution:
    part, whole = _alike(case.quantity("part"), case.quantity("whole"))
    if whole.amount == 0:
        return case.say("zero", None)
    result = part.amount * 100 / whole.amount
    return case.say(
        "what_percent",
        Quantity(result, "%"),
        a=case.show(case.quantity("part")),
        b=case.show(case.quantity("whole")),
        r=_plain(case, result),
    )


def percent_base(case: Case) -> Solution:
    part, p = case.quantity("part"), _percent(case)
    if p == 0:
        raise NotASum
    result = Quantity(part.amount * 100 / p, part.unit)
    return case.say("percent_base", result, p=_plain(case, p), x=case.show(part), r=case.show(result))


def percent_change(case: Case) -> Solution:
    first, last = _alike(case.quantity("a"), case.quantity("b"))
    if first.amount <= 0:
        raise NotASum
    change = (last.amount - first.amount) * 100 / first.amount
    name = "percent_up" if change >= 0 else "percent_down"
    a, b = case.show(first), case.show(last)
    return case.say(name, Quantity(change, "%"), a=a, b=b, r=_plain(case, abs(change)))


def tip(case: Case) -> Solution:
    """The tip, and the bill with it; with `n` people, each one's part."""
    x, p = case.quantity("x"), _percent(case)
    tip, total = Quantity(x.amount * p / 100, x.unit), Quantity(x.amount * (100 + p) / 100, x.unit)
    parts = {"p": _plain(case, p), "x": case.money(x), "t": case.money(tip), "r": case.money(total)}
    if case.has("n"):
        each = Quantity(total.amount / _heads(case), x.unit)
        return case.say("tip_split", each, **parts, n=show.digits(_heads(case), case.language), each=case.money(each))
    return case.say("tip", tip, **parts)


def split(case: Case) -> Solution:
    x = case.quantity("x")
    each = Quantity(x.amount / _heads(case), x.unit)
    shown = case.money(each) if _priced(x) else case.show(each)
    return case.say("split", each, x=case.show(x), n=show.digits(_heads(case), case.language), r=shown)


def _heads(case: Case) -> Fraction:
    heads = case.positive("n") + (1 if case.has("me") else 0)
    if case.quantity("n").unit or heads.denominator != 1:
        raise NotASum
    return heads


def unit_price(case: Case) -> Solution:
    """What one of the unit costs: 3 kg for 7.50."""
    goods, price = case.quantity("q"), case.quantity("x")
    unit = case.text("unit") if case.has("unit") else goods.unit
    each = Quantity(price.amount / (in_unit(goods, unit) if unit else _above_zero(goods.amount)), price.unit)
    _above_zero(goods.amount)
    per = case.words.shown[unit][0] if unit else case.words.answers["piece"]
    return case.say("unit_price", each, q=case.goods(goods), x=case.money(price), unit=per, r=case.money(each))


def cheaper(case: Case) -> Solution:
    """Which of two offers costs less for the same amount."""
    goods = [_alike(case.quantity("q1"), case.quantity("q2")), _alike(case.quantity("x1"), case.quantity("x2"))]
    per = [goods[1][n].amount / _above_zero(goods[0][n].amount) for n in (0, 1)]
    unit = case.quantity("q1").unit
    steps = {"g": ("kg", 1000), "ml": ("l", 1000), "cl": ("l", 100), "mg": ("g", 1000)}.get(unit, (unit, 1))
    costs = [Quantity(one * steps[1], case.quantity("x1").unit) for one in per]
    name = case.words.shown[steps[0]][0] if steps[0] else case.words.answers["piece"]
    offers = [
        f"{case.goods(case.quantity(f'q{n}'))}{case.words.answers['for']}{case.money(case.quantity(f'x{n}'))}"
        for n in (1, 2)
    ]
    if per[0] == per[1]:
        return case.say("same_price", costs[0], a=offers[0], b=offers[1], r=case.money(costs[0]), unit=name)
    low = 0 if per[0] < per[1] else 1
    return case.say(
        "cheaper",
        costs[low],
        a=offers[low],
        b=offers[1 - low],
        r=case.money(costs[low]),
        s=case.money(costs[1 - low]),
        unit=name,
    )


def proportion(case: Case) -> Solution:
    """a is to b as x is to the answer: 300 g for 4 people, how much for 6."""
    base, wanted = _alike(case.quantity("base"), case.quantity("wanted"))
    x = case.quantity("x")
    result = Quantity(x.amount * wanted.amount / _above_zero(base.amount), x.unit)
    shown = case.money(result) if x.unit in show.MONEY or case.has("cost") else case.show(result)
    return case.say(
        "proportion", result, w=case.goods(case.quantity("wanted")), b=case.goods(base), x=case.show(x), r=shown
    )


def rate_price(case: Case) -> Solution:
    """What so much of something costs at a price for one of the unit."""
    x, unit, wanted = case.quantity("x"), case.text("unit"), case.quantity("wanted")
    result = Quantity(x.amount * in_unit(wanted, unit), x.unit)
    parts = {"x": case.money(x), "unit": case.words.shown[unit][0], "w": case.show(wanted)}
    return case.say("rate_price", result, r=case.money(result), **parts)


def times_price(case: Case) -> Solution:
    """How much n of something cost at a price each."""
    n, x = case.quantity("n"), case.quantity("x")
    result = Quantity(n.amount * x.amount, x.unit)
    return case.say("times_price", result, n=case.show(n), x=case.money(x), r=case.money(result))


def per_period(case: Case) -> Solution:
    """An amount each day, week, month or year in another of these."""
    x, given, wanted = case.quantity("x"), case.text("given"), case.text("wanted")
    if given == wanted or not {given, wanted} <= set(_PER_YEAR):
        raise NotASum
    ratio = _PER_YEAR[given] / _PER_YEAR[wanted]
    if (given, wanted) == ("week", "year"):
        ratio = Fraction(52)
    if (given, wanted) == ("year", "week"):
        ratio = Fraction(1, 52)
    result = Quantity(x.amount * ratio, x.unit)
    names = {"given": case.words.answers[f"a_{given}"], "wanted": case.words.answers[f"a_{wanted}"]}
    return case.say("per_period", result, x=case.money(x), r=case.money(result), **names)


def saved(case: Case) -> Solution:
    """An amount each period, over a stretch of time."""
    x, given, time = case.quantity("x"), case.text("given"), case.quantity("t")
    times = _periods(time, given)
    result = Quantity(x.amount * times, x.unit)
    names = {"given": case.words.answers[f"a_{given}"], "t": case.show(time)}
    return case.say("saved", result, x=case.money(x), r=case.money(result), **names)


def _periods(time: Quantity, given: str) -> Fraction:
    if given in worth() and worth().get(time.unit, ("",))[0] == worth()[given][0]:
        return in_unit(time, given)
    if (given, time.unit) == ("week", "year"):
        return 52 * time.amount
    if (given, time.unit) == ("day", "year"):
        return 365 * time.amount
    raise NotASum


def how_long_to_save(case: Case) -> Solution:
    x, goal, given = case.quantity("x"), case.quantity("goal"), case.text("given")
    exact = goal.amount / _above_zero(x.amount)
    times = -(-exact.numerator // exact.denominator)
    shown = show.count(times, given, case.language)
    names = {"given": case.words.answers[f"a_{given}"], "r": shown}
    return case.say(
        "how_long_to_save", Quantity(Fraction(times), given), x=case.money(x), goal=case.money(goal), **names
    )


def wage(case: Case) -> Solution:
    """What an hourly wage comes to for the hours of a week: a week, or a month (52 weeks in 12 months), or a year."""
    rate, hours = case.quantity("x"), case.quantity("h")
    if hours.unit not in ("", "h") or hours.amount <= 0 or hours.amount > 24 * 7:
        raise NotASum
    per, wanted = case.text("per", "week"), case.text("wanted", "")
    wanted = wanted or per
    if per == wanted:
        factor = Fraction(1)
    elif per == "week" and wanted in ("month", "year"):
        factor = Fraction(52, 12) if wanted == "month" else Fraction(52)
    else:
        raise NotASum
    result = Quantity(rate.amount * hours.amount * factor, rate.unit)
    parts = {"x": case.money(rate), "h": case.show(Quantity(hours.amount, "h")), "r": case.money(result)}
    names = {"per": case.words.answers[f"a_{per}"], "wanted": case.words.answers[f"a_{wanted}"]}
    return case.say("wage" if factor == 1 else "wage_long", result, **parts, **names)


def compound(case: Case) -> Solution:
    """Interest once a year on what there is."""
    x, p, years = case.quantity("x"), _percent(case), case.quantity("t")
    if years.unit != "year" or years.amount.denominator != 1 or not 0 < years.amount <= 100 or p > 100:
        raise NotASum
    result = Quantity(x.amount * (1 + p / 100) ** int(years.amount), x.unit)
    gained = Quantity(result.amount - x.amount, x.unit)
    return case.say(
        "compound",
        result,
        x=case.money(x),
        p=_plain(case, p),
        t=case.show(years),
        r=_cents(case, result),
        gained=_cents(case, gained),
    )


def interest(case: Case) -> Solution:
    """Simple interest for one year."""
    x, p = case.quantity("x"), _percent(case)
    result = Quantity(x.amount * p / 100, x.unit)
    return case.say("interest", result, x=case.money(x), p=_plain(case, p), r=case.money(result))


def left_over(case: Case) -> Solution:
    """What is left of an amount after what was spent."""
    have = case.quantity("x")
    spent = [
        _alike(have, one)[1]
        for one in (case.row("spent") if isinstance(case.slots["spent"], tuple) else (case.quantity("spent"),))
    ]
    total = sum((one.amount for one in spent), Fraction(0))
    result = Quantity(have.amount - total, have.unit)
    if result.amount < 0:
        return case.say(
            "short",
            result,
            x=case.money(have),
            s=case.money(Quantity(total, have.unit)),
            r=case.money(Quantity(-result.amount, have.unit)),
        )
    return case.say(
        "left_over", result, x=case.money(have), s=case.money(Quantity(total, have.unit)), r=case.money(result)
    )


def total(case: Case) -> Solution:
    row = case.row("row")
    amounts = [_alike(row[0], one)[1] for one in row]
    result = Quantity(sum((one.amount for one in amounts), Fraction(0)), row[0].unit)
    return case.say("total", result, e=" + ".join(case.show(one) for one in row), r=case.show(result))


def average(case: Case) -> Solution:
    row = case.row("row")
    amounts = [_alike(row[0], one)[1].amount for one in row]
    result = Quantity(sum(amounts, Fraction(0)) / len(amounts), row[0].unit)
    mark = ", " if case.language == "en" else "、"
    return case.say("average", result, row=mark.join(case.show(one) for one in row), r=case.show(result))


def _percent(case: Case) -> Fraction:
    p = case.number("p")
    if not 0 <= p <= _MAX_PERCENT:
        raise NotASum
    return p


def _alike(first: Quantity, second: Quantity) -> tuple[Quantity, Quantity]:
    """Both in the unit of the first. Raises NotASum if they are of two kinds."""
    if first.unit == second.unit:
        return first, second
    if first.unit in ("", *show.MONEY) and second.unit in ("", *show.MONEY) and "" in (first.unit, second.unit):
        unit = first.unit or second.unit
        return Quantity(first.amount, unit), Quantity(second.amount, unit)
    return first, Quantity(in_unit(second, first.unit), first.unit)


def _above_zero(amount: Fraction) -> Fraction:
    if amount <= 0:
        raise NotASum
    return amount


def _priced(quantity: Quantity) -> bool:
    return quantity.unit in show.MONEY or (
        not quantity.unit and (quantity.amount * 100).denominator == 1 and quantity.amount.denominator != 1
    )


def _cents(case: Case, quantity: Quantity) -> str:
    return case.money(Quantity(show.rounded(quantity.amount, 2)[0], quantity.unit))


def _plain(case: Case, number: Fraction) -> str:
    return show.number(number, case.language)


RULES: dict[str, Rule] = {
    "expression": expression, "percent_of": percent_of, "percent_off": percent_off, "discount": discount,
    "percent_add": percent_add, "before_tax": before_tax, "what_percent": what_percent, "percent_base": percent_base,
    "percent_change": percent_change, "tip": tip, "split": split, "unit_price": unit_price, "cheaper": cheaper,
    "proportion": proportion, "times_price": times_price, "rate_price": rate_price, "per_period": per_period, "saved": saved,
    "how_long_to_save": how_long_to_save, "wage": wage, "compound": compound, "interest": interest, "left_over": left_over,
    "total": total, "average": average,
}  # fmt: skip
