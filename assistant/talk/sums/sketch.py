"""A message as a sketch: its words, with a capital letter in the place of each amount, date and time of day.

    "a jumper is £45 and it's 30% off"  ->  "a jumper is M and it is P off"
    "一件毛衣299打七折，实付多少"        ->  "一件毛衣NX,实付多少"

The letters: N number, M money, P percent, X 打折, U people, L length, W mass, V volume, A area, H time up to hours, G time in
days and more, S speed, C temperature, O other units, D date, Y year, T time of day. Frames are matched against sketches.
"""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

from assistant.talk.sums.amounts import AmountReader
from assistant.talk.sums.calendar_words import CalendarReader
from assistant.talk.sums.grammar import Reader
from assistant.talk.sums.show import MONEY
from assistant.talk.sums.values import Clock, Day, Quantity
from assistant.talk.sums.words import worth

Amount = Quantity | Clock | Day
_LETTERS = {
    "length": "L", "mass": "W", "volume": "V", "area": "A", "months": "G", "speed": "S", "temperature": "C", "data": "O",
    "energy": "O",
}  # fmt: skip
_DAYS = ("day", "week", "fortnight", "month", "year")
_YEARS = (1850, 2199)
_BEFORE_YEAR = ("in", "year", "since", "born", "until")
_NO_AMOUNT_AFTER = (
    "which",
    "that",
    "this",
    "new",
    "old",
    "each",
    "every",
    "other",
    "last",
    "no",
    "any",
    "the",
    "first",
)
_IS_INCH = ("", ",", "x", "by", "to", "×", "and", "*")


_TIGHT = {"-": "∸", "/": "∕"}
"""Signs of arithmetic that stand between two numbers without a blank: mostly those of a score, a date or a telephone number."""


@dataclass(frozen=True, slots=True)
class Mention:
    """An amount of a message: `letter` says of which sort, `start` and `end` where its tokens are."""

    letter: str
    value: Amount
    start: int
    end: int
    source: str = ""
    """Where it is from, if not from the message: a note's id."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """The n-th capital of `text` stands for `mentions[n]`."""

    text: str
    mentions: tuple[Mention, ...]

    @property
    def letters(self) -> str:
        return "".join(mention.letter for mention in self.mentions)


def sketched(reader: Reader, amounts: AmountReader, calendar: CalendarReader, *, ones: bool) -> Sketch:
    """The sketch of a message; with `ones` "a week" and 一小时 are amounts too."""
    english = amounts.words.language == "en"
    look = _Look(reader, amounts, calendar, english, ones)
    mentions: list[Mention] = []
    parts: list[str] = []
    at = 0
    while at < len(reader.tokens):
        found = look.at(at)
        if found is None:
            parts.append(_TIGHT.get(reader.word(at), "") if _is_tight(reader, at) else reader.word(at))
            at += 1
            continue
        mentions.append(found)
        parts.append(found.letter)
        at = found.end
    mentions, parts = _with_months(*_without_name(mentions, parts))
    return Sketch((" " if english else "").join(part for part in parts if part), tuple(mentions))


def _is_tight(reader: Reader, at: int) -> bool:
    """Whether it is the sign of 24/7 or 555-1234."""
    row = reader.tokens[at - 1 : at + 2] if at else []
    return (
        len(row) == 3
        and row[1].text in _TIGHT
        and row[0].number is not None
        and row[2].number is not None
        and row[1].glued
        and row[2].glued
    )


def _without_name(mentions: list[Mention], parts: list[str]) -> tuple[list[Mention], list[str]]:
    """ "half marathon, 21.1 km": the name of the race is a word beside its length."""
    places = [at for at, part in enumerate(parts) if len(part) == 1 and part.isupper()]
    races = [at for at, one in enumerate(mentions) if _unit(one) in ("marathon", "half_marathon")]
    if len(races) != 1 or sum(one.letter == "L" for one in mentions) < 2:
        return mentions, parts
    at = races[0]
    parts = [*parts[: places[at]], "race", *parts[places[at] + 1 :]]
    return [*mentions[:at], *mentions[at + 1 :]], parts


def _unit(mention: Mention) -> str:
    return mention.value.unit if isinstance(mention.value, Quantity) else ""


def _with_months(mentions: list[Mention], parts: list[str]) -> tuple[list[Mention], list[str]]:
    """12月12号…17号, 12 to 17 December: the day that stands without its month has that of the other."""
    places = [at for at, part in enumerate(parts) if len(part) == 1 and part.isupper()]
    for number, (one, place) in enumerate(zip(mentions, places, strict=True)):
        after = parts[place + 1] if place + 1 < len(parts) else ""
        if one.letter not in "NG" or not isinstance(one.value, Quantity) or one.value.amount.denominator != 1:
            continue
        before = mentions[number - 1] if number else None
        following = mentions[number + 1] if number + 1 < len(mentions) else None
        if one.letter == "G":  # 12月12日到15日
            if not (
                before
                and isinstance(before.value, Day)
                and parts[place - 1] in ("到", "至")
                and one.value.unit == "day"
            ):
                continue
            other = before.value
        elif after in ("号", "日") and before and isinstance(before.value, Day):
            parts[place + 1] = ""
            other = before.value
        elif (
            after in ("to", "-", "∸", "until", "till", "th", "st", "nd", "rd")
            and following
            and isinstance(following.value, Day)
        ):
            other = following.value
        else:
            continue
        if day := _same_month(other, int(one.value.amount)):
            mentions[number] = Mention("D", day, one.start, one.end)
            parts[place] = "D"
    return mentions, parts


def _same_month(other: Day, number: int) -> Day | None:
    if other.day is None or not 1 <= number <= 31:
        return None
    try:
        day = other.day.replace(day=number)
    except ValueError:
        return None
    return Day(day, "", other.has_year, day.month, number)


def sorted_out(sketch: Sketch, letter: str, pattern: re.Pattern[str]) -> Sketch:
    """With the numbers of the pattern's group `n` under another letter: those of people are U ("4 of us", 三个人), prices M."""
    mentions, text = list(sketch.mentions), list(sketch.text)
    places = [at for at, sign in enumerate(text) if sign.isupper()]
    for match in pattern.finditer(sketch.text):
        number = places.index(match.start("n"))
        if mentions[number].letter == "N":
            mentions[number] = replace(mentions[number], letter=letter)
            text[match.start("n")] = letter
    return Sketch("".join(text), tuple(mentions))


@dataclass(frozen=True)
class _Look:
    """Finds the longest amount that begins at a token."""

    reader: Reader
    amounts: AmountReader
    calendar: CalendarReader
    english: bool
    ones: bool

    def at(self, at: int) -> Mention | None:
        token = self.reader.tokens[at]
        if token.number is None and token.text not in self.amounts.words.begins:
            return None
        found = [*self._dates(at), *self._clocks(at), *self._amounts(at)]
        found = [one for one in found if not self._is_word(one)]
        if not found:
            return None
        longest = max(one.end for one in found)
        return next(one for one in found if one.end == longest)

    def _dates(self, at: int) -> list[Mention]:
        found = self.calendar.day(self.reader, at)
        near = self.amounts.words.days
        return [
            Mention("D", day, at, end)
            for end, day in found
            if not (
                tuple(self.reader.word(place) for place in range(at, end)) in near and day.day == self.calendar.today
            )
        ]

    def _clocks(self, at: int) -> list[Mention]:
        found = [
            Mention("T", clock, at, end)
            for end, clock in self.calendar.clock(self.reader, at)
            if not clock.bare or clock.half or self.reader.word(end - 1) == "oclock"
        ]
        if self.reader.word(at + 1) == ":":
            found += [Mention("H", one, at, end) for end, one in self.amounts.duration(self.reader, at)]
        return found

    def _amounts(self, at: int) -> list[Mention]:
        reader, amounts = self.reader, self.amounts
        found = [Mention("P", one, at, end) for end, one in amounts.percent(reader, at)]
        found += [Mention("X", one, at, end) for end, one in amounts.discount(reader, at)]
        units = [Mention(_letter(one), one, at, end) for end, one in amounts.quantity(reader, at)]
        units += [Mention("L", one, at, end) for end, one in amounts.distance(reader, at) if end - at <= 3]
        priced = [Mention("M", one, at, end) for end, one in amounts.priced(reader, at)]
        pounds = self._weighs() and any(one.letter == "W" for one in units)
        found += [*units, *priced] if pounds else [*priced, *units]
        found += [Mention("N", one, at, end) for end, one in amounts.number(reader, at)]
        found += self._part(at)
        return [self._year(one) for one in found]

    def _weighs(self) -> bool:
        return not {token.text for token in self.reader.tokens}.isdisjoint(
            (
                "kg",
                "kilo",
                "kilos",
                "kilograms",
                "stone",
                "weigh",
                "weighs",
                "weight",
                "oz",
                "ounces",
                "lb",
                "lbs",
                "grams",
            )
        )

    def _part(self, at: int) -> list[Mention]:
        """2/3 of: a fraction, not a division."""
        row = self.reader.tokens[at : at + 4]
        if len(row) < 4 or not self.english or row[1].text != "/" or row[3].text != "of":
            return []
        over, under = row[0].number, row[2].number
        if over is None or not under or not row[1].glued or not row[2].glued:
            return []
        return [Mention("N", Quantity(over / under), at, at + 3)]

    def _year(self, one: Mention) -> Mention:
        if (
            not isinstance(one.value, Quantity)
            or one.value.amount.denominator != 1
            or not _YEARS[0] <= one.value.amount <= _YEARS[1]
        ):
            return one
        before = self.reader.word(one.start - 1) if one.start else ""
        if one.letter == "G" and one.value.unit == "year" and not self.english:
            return Mention("Y", Quantity(one.value.amount), one.start, one.end)
        if one.letter == "N" and self.english and before in _BEFORE_YEAR and one.end - one.start == 1:
            return replace(one, letter="Y") if len(self.reader.word(one.start)) == 4 else one
        return one

    def _is_word(self, one: Mention) -> bool:
        """Whether it only looks like an amount: "which one", "30 in total", 一共, and "a week" unless ones count."""
        reader, first = self.reader, self.reader.word(one.start)
        last, after = reader.word(one.end - 1), reader.word(one.end)
        before = reader.word(one.start - 1) if one.start else ""
        if isinstance(one.value, Quantity):
            is_one = one.value.amount == 1 and first in ("a", "an", "one", "一")
            if is_one and (one.letter == "N" or not self.ones):
                return self.english or one.end - one.start == 1 or one.letter != "N"
            if self.english and first in ("a", "an") and one.start and reader.tokens[one.start - 1].number is not None:
                return True  # "12.50 an hour"
            if self.english and first == "one" and before in _NO_AMOUNT_AFTER:
                return True
            if self.english and last == "in" and one.end - one.start > 1 and after not in _IS_INCH:
                return True
            half = one.letter == "N" and one.value.amount == Fraction(1, 2) and one.end - one.start == 1
            if half and reader.tokens[one.start].number is None:
                return True
        if not self.english:
            return self._is_chinese_word(one, before, after)
        return one.letter == "D" and first in ("sun", "mar", "mon", "sat", "may") and one.end - one.start == 1

    def _is_chinese_word(self, one: Mention, before: str, after: str) -> bool:
        first = self.reader.word(one.start)
        if before == "第" or (one.letter == "N" and first == "两" and after in ("个", "")):
            return before == "第"
        if one.letter == "N" and one.end - one.start == 1 and first in "百千万亿零" and not first.isdigit():
            return True
        return one.letter == "N" and first + after in _CHINESE_WORDS


_CHINESE_WORDS = (
    "三国",
    "四川",
    "五一",
    "六一",
    "十一",
    "万一",
    "九江",
    "三亚",
    "四季",
    "七夕",
    "八卦",
    "十分",
    "百度",
    "千万",
)


def _letter(quantity: Quantity) -> str:
    if quantity.unit in MONEY:
        return "M"
    kind = worth()[quantity.unit][0]
    if kind == "time":
        return "G" if quantity.unit in _DAYS else "H"
    return _LETTERS[kind]
