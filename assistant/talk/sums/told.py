"""Sums over what one note tells: what is left, each one's share, what it comes to, how long it lasts.

    "what's my share of the rent?"            note: "the rent is £860 a month and Jo and I split it equally"
    "how much more do I need for the car?"    note: "it costs £4,200 and I have £1,650 put aside so far"
    "what will the catering cost for all?"    note: "74 guests so far, catering is £38 per head"
    "how long will the capsules last?"        note: "21 capsules in the box, I take 3 a day"

A question says which kind of sum it is; the amounts of the note say by what they are for whether they go together. Where they go
together in no way, or in two, there is no answer.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from assistant.talk.sums import show
from assistant.talk.sums.noted import Note, note_sketch
from assistant.talk.sums.reading import sketch_of
from assistant.talk.sums.show import MONEY
from assistant.talk.sums.sketch import Sketch
from assistant.talk.sums.told_amounts import EACH, Told, amounts_in, table
from assistant.talk.sums.told_rates import Case, costs, counts, wider, with_period
from assistant.talk.sums.values import Day, Language, Quantity, Solution
from assistant.talk.sums.words import words

MAX_CHARS = 160


def may_be_told(text: str, language: Language) -> bool:
    """Whether a message may ask for such a sum; cheap."""
    if len(text) > MAX_CHARS:
        return False
    plain = text.lower()
    asks = table(language).asks
    return any(
        asks[name].search(plain) for name in ("lasts", "left", "share", "total", "costs", "older", "goes", "again")
    )


def solve_told(text: str, language: Language, at: datetime, note: Note) -> Solution | None:
    """What a question comes to with the amounts of one note; `None` if they do not go together."""
    known, lexicon = table(language), words(language)
    question = sketch_of(text, lexicon, at)
    sketch = note_sketch(note, language)
    if sketch is None or known.asks["never"].search(question.text):
        return None
    case = Case(
        question.text, amounts_in(question, known), amounts_in(sketch, known), note, sketch.text, known, lexicon, at
    )
    kinds = {"older": _older} if case.asks("older") else _OF_TIME if case.asks("time") else _KINDS
    for name, solve in kinds.items():
        if case.asks(name) and (found := solve(case)):
            return found
    return None


def solve_again(text: str, language: Language, at: datetime, last: str) -> Solution | None:
    """What the figure of the reply before comes to over a longer period: "and in a year?"."""
    known, lexicon = table(language), words(language)
    match = known.note["result"].search(last)
    question = sketch_of(text, lexicon, at)
    if match is None or question.mentions or not known.asks["again"].search(question.text):
        return None
    figure = sketch_of(match["figure"], lexicon, at).mentions
    period = known.periods.get(match["period"], "")
    case = Case(question.text, (), (), Note("", "", at), "", known, lexicon, at)
    longer = wider(case, period)
    if len(figure) != 1 or not isinstance(figure[0].value, Quantity) or longer is None:
        return None
    one = figure[0].value
    result = Quantity(one.amount * longer[0], one.unit)
    money = one.unit in MONEY or not one.unit
    shown = with_period(case, case.shown(result, money), longer[1])
    written = f"{show.number(longer[0], language)} × {case.shown(one, money)}"
    return Solution(case.say("sum", e=written, r=shown), result)


def _lasts(case: Case) -> Solution | None:
    """21 capsules, 3 a day: 7 days."""
    rates = [one for one in case.told if one.period in ("day", "week", "night") and not one.is_money and counts(one)]
    wholes = [one for one in case.told if not one.period and not one.is_money and counts(one)]
    if len(rates) != 1 or len(wholes) != 1 or rates[0].quantity.unit != wholes[0].quantity.unit:
        return None
    if wholes[0].quantity.amount < rates[0].quantity.amount:
        return None
    whole, rate = wholes[0].quantity, rates[0].quantity
    days = whole.amount / rate.amount * (7 if rates[0].period == "week" else 1)
    by = " × 7" if rates[0].period == "week" else ""
    written = f"{case.shown(whole, False)} ÷ {case.shown(rate, False)}{by}"
    return Solution(case.say("sum", e=written, r=case.days(days)), Quantity(days, "day"))


def _left(case: Case) -> Solution | None:
    """Costs 4,200, 1,650 put aside: 2,550 to go."""
    if taken := _not_yet_taken(case):
        return taken
    plain = _plain(case)
    if len(plain) != 2:
        return None
    money = any(one.is_money for one in plain) or case.wants_money
    unit = next((one.quantity.unit for one in plain if one.quantity.unit), "")
    many, few = sorted((one.quantity.amount for one in plain), reverse=True)
    left = Quantity(many - few, unit)
    written = f"{case.shown(Quantity(many, unit), money)} − {case.shown(Quantity(few, unit), money)}"
    return Solution(case.say("sum", e=written, r=case.shown(left, money)), left)


def _plain(case: Case) -> Sequence[Told]:
    """The two amounts that are of one kind and for nothing: money where money is asked for, else what is counted."""
    numbers = [one for one in case.told if one.letter in "MNUSWLVO" and isinstance(one.value, Quantity) and not one.per]
    money = [one for one in numbers if one.is_money]
    prices = [one for one in numbers if one.is_money or (one.letter == "N" and _may_be_money(case, one))]
    if len(money) == 2:
        return money
    if len(prices) == 2 and (money or case.wants_money):
        return prices
    numbers = [one for one in numbers if not one.is_money]
    used = [one for one in numbers if case.known.note["gone"].search(one.before)]
    nouns = {_noun(one) for one in numbers if one not in used} - {""}
    alike = len({one.quantity.unit for one in numbers}) == 1 and len(nouns) < 2
    measured = all(one.quantity.unit for one in numbers)
    return numbers if alike and (used or measured) else prices if case.wants_money else ()


def _may_be_money(case: Case, one: Told) -> bool:
    """Whether a bare number may be a sum of money by what stands beside it."""
    return case.known.note["bare"].search(one.after) is not None and not case.known.note["ordinal"].search(one.before)


def _noun(one: Told) -> str:
    return one.after.strip().partition(" ")[0] if one.after.isascii() else one.after[:1]


def _not_yet_taken(case: Case) -> Solution | None:
    """What is left today of what so much is taken of each day, since the note says it began."""
    rates = [one for one in case.told if one.period == "day" and not one.is_money and counts(one)]
    wholes = [one for one in case.told if not one.period and not one.is_money and counts(one)]
    if len(rates) != 1 or len(wholes) != 1 or case.wants_money:
        return None
    days = [one.value.day for one in case.told if isinstance(one.value, Day) and one.value.day is not None]
    past = [day for day in days if day <= case.now.date()]
    if not past and not case.known.note["begun"].search(case.said):
        return None
    since = past[0] if past else case.note.at.date()
    gone = (case.now.date() - since).days
    left = max(Fraction(0), wholes[0].quantity.amount - gone * rates[0].quantity.amount)
    written = f"{case.shown(wholes[0].quantity, False)} − {gone} × {case.shown(rates[0].quantity, False)}"
    day = show.day(since, case.known.language)
    text = case.say("taken", e=written, r=case.shown(Quantity(left), False), day=day)
    return Solution(text, Quantity(left))


def _share(case: Case) -> Solution | None:
    """One amount of money among so many people."""
    money = [one for one in case.told if one.is_money and not one.thing]
    people = [one for one in case.told if one.letter == "U" and not one.per]
    money = money or [one for one in case.told if one.letter == "N" and not one.thing and counts(one)]
    heads = people[0].quantity.amount if len(people) == 1 else None
    own = [one for one in case.own if one.letter in "UN"]
    if heads is None and len(own) == 1:
        heads = own[0].quantity.amount
    if heads is None and case.known.note["two"].search(case.said):
        heads = Fraction(2)
    if len(money) != 1 or not heads or heads < 2:
        return None
    whole = money[0].quantity
    each = Quantity(whole.amount / heads, whole.unit)
    written = f"{case.shown(whole, True)} ÷ {show.number(heads, case.known.language)}"
    shown = with_period(case, case.shown(each, True), money[0].period)
    return Solution(case.say("sum", e=written, r=shown), each)


def _total(case: Case) -> Solution | None:
    """What goes together: a rate times its count, else all the amounts of money of one kind."""
    if product := costs(case):
        return product
    rows = [one for one in case.told if isinstance(one.value, Quantity) and not one.thing and one.letter in "MN"]
    money = [one for one in rows if one.is_money]
    bare = [one for one in rows if one.is_money or _may_be_money(case, one)]
    row = money if len(money) > 1 else bare
    periods = {one.period for one in row if one.period}
    units = {one.quantity.unit for one in row if one.quantity.unit}
    if (
        len(row) < 2
        or len(periods) > 1
        or len(units) > 1
        or any(case.known.note["gone"].search(one.before) for one in row[1:])
    ):
        return None
    unit = next(iter(units), "")
    total = Quantity(sum((one.quantity.amount for one in row), Fraction(0)), unit)
    written = " + ".join(case.shown(Quantity(one.quantity.amount, unit), True) for one in row)
    shown = with_period(case, case.shown(total, True), next(iter(periods), ""))
    return Solution(case.say("sum", e=written, r=shown), total)


def _goes(case: Case) -> Solution | None:
    """A way there and back."""
    ways = [one for one in case.told if one.letter == "L"]
    ways = [one for one in ways if EACH in one.per] if len(ways) > 1 else ways
    if len(ways) != 1:
        return None
    both = Quantity(ways[0].quantity.amount * 2, ways[0].quantity.unit)
    return Solution(case.say("sum", e=f"2 × {case.shown(ways[0].quantity, False)}", r=case.shown(both, False)), both)


def _older(case: Case) -> Solution | None:
    """Four years older than me, and I am 32."""
    mine = case.known.note["mine"].search(case.said)
    over, under = (case.known.note[name].search(case.said) for name in ("over", "under"))
    apart = over or under
    if mine is None or apart is None:
        return None
    places = [at for at, sign in enumerate(case.said) if sign.isupper()]
    sketch = note_sketch(case.note, case.known.language)
    assert sketch is not None
    own = _amount_at(sketch, places, mine.start("n"))
    gap_at = next(at for at in places if apart.start() <= at < apart.end())
    gap = _amount_at(sketch, places, gap_at)
    age = own + gap if over else own - gap
    sign = "+" if over else "−"
    text = f"{show.number(own, case.known.language)} {sign} {show.number(gap, case.known.language)}"
    return Solution(case.say("sum", e=text, r=show.number(age, case.known.language)), Quantity(age))


def _amount_at(sketch: Sketch, places: Sequence[int], at: int) -> Fraction:
    value = sketch.mentions[places.index(at)].value
    return value.amount if isinstance(value, Quantity) else Fraction(0)


def _stay(case: Case) -> Solution | None:
    """From the day somebody comes to the day they leave."""
    days = sorted({one.value.day for one in case.told if isinstance(one.value, Day) and one.value.day is not None})
    if len(days) != 2:
        return None
    number = (days[1] - days[0]).days
    name = "nights" if case.asks("nights") else "days"
    written = case.say(name, n=str(number)) if number > 1 else case.say(name[:-1])
    first, last = (show.day(day, case.known.language) for day in days)
    return Solution(
        case.lexicon.answers["between"].format(a=first, b=last, r=written), Quantity(Fraction(number), "day")
    )


_OF_TIME: Mapping[str, Callable[[Case], Solution | None]] = {"lasts": _lasts, "stays": _stay}
_KINDS: Mapping[str, Callable[[Case], Solution | None]] = {
    "goes": _goes,
    "lasts": _lasts,
    "left": _left,
    "share": _share,
    "total": _total,
    "costs": costs,
}
