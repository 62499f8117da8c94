"""Numbers, dates and names in a text, English or Chinese, by value: "two dozen" is 24, 三十四 is 34, "5th of March" and 3月5日
are one day.

Does not know: Roman numerals, fractions in words, dates of other calendars.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_HAN_DAY = r"\d{1,2}|[一二三四五六七八九十]{1,3}"
_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"\b{_YEAR}[-/.](?P<month>\d{{1,2}})[-/.](?P<day>\d{{1,2}})(?!\d)",
        rf"(?<![\d.])(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+{_MONTH}(?:,?\s*{_YEAR})?",
        rf"\b{_MONTH}\s+(?:the\s+)?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:,?\s*{_YEAR})?",
        rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        rf"(?:(?P<year>\d{{4}})年)?(?P<month>{_HAN_DAY})月(?:(?P<day>{_HAN_DAY})[日号]|份)?",
        r"(?<![\d/.])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}))?(?![\d/])",
    )
)
_LONE_MONTH = re.compile(
    r"\b(?P<month>January|February|April|June|July|August|September|October|November|December)\b"
    r"|\b(?:in|last|since|until|early|late|mid|of) (?P<other>March|May)\b"
)

_DIGITS = re.compile(
    r"(?<![A-Za-z\d.])(?P<whole>\d{1,3}(?:,\d{3})+|\d{1,15})(?P<part>\.\d{1,6})?"
    r"\s?(?P<times>k\b|hundred\b|thousand\b|million\b|[百千万亿])?",
    re.I,
)
_TIMES = {"k": 1e3, "hundred": 100, "thousand": 1e3, "million": 1e6, "百": 100, "千": 1e3, "万": 1e4, "亿": 1e8}
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: n for n, word in enumerate(_ONES)} | {word: 10 * n for n, word in enumerate(_TENS, 2)} | {"dozen": 12}
_ORDINALS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(), start=1
    )
} | {"thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "twentieth": 20, "thirtieth": 30, "fortieth": 40}
_WORD = rf"(?:{'|'.join(sorted({*_WORDS, *_ORDINALS}, key=len, reverse=True))}|hundred|thousand|million)"
_IN_WORDS = re.compile(rf"\b{_WORD}(?:(?:[\s-]|\sand\s){_WORD}){{0,8}}\b", re.I)
_HAN_VALUES = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_HAN = re.compile(r"[零〇一二两三四五六七八九十百千万]{1,12}(?=\S)")


@dataclass(frozen=True, slots=True)
class Number:
    """A number from `start` to `end` of a text; `written` as it stands there."""

    value: float
    start: int
    end: int
    written: str


@dataclass(frozen=True, slots=True)
class Day:
    """A date, or what is said of one; `None` is not said. `turned` if day and month may be the other way round."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int
    turned: bool = False


def dates_in(text: str) -> Sequence[Day]:
    """The dates in `text`, no two of the same signs."""
    found: list[Day] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            day = _day(match)
            if day and not any(day.start < other.end and other.start < day.end for other in found):
                found.append(day)
    for match in _LONE_MONTH.finditer(text):
        if not any(match.start() < other.end and other.start < match.end() for other in found):
            found.append(Day(None, _month(match["month"] or match["other"]), None, match.start(), match.end()))
    return found


def _day(match: re.Match[str]) -> Day | None:
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else None
    turned = "first" in parts
    month = int(parts["first"]) if turned else _month(parts["month"])
    day_written = parts["second"] if turned else parts.get("day")
    day = int(han_value(day_written)) if day_written else None
    if turned and month > 12 and day:
        month, day = day, month
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    return Day(year, month, day, match.start(), match.end(), turned)


def _month(written: str) -> int:
    return (
        _MONTHS.index(written.lower()[:3]) + 1
        if written[0].isascii() and written[0].isalpha()
        else int(han_value(written))
    )


def numbers_in(text: str) -> Iterator[Number]:
    """The numbers in `text`: in digits, then in English words, then in Chinese signs."""
    for match in _DIGITS.finditer(text):
        value = float(match["whole"].replace(",", "") + (match["part"] or ""))
        yield _number(value * _TIMES.get((match["times"] or "").lower(), 1), match)
    for match in _IN_WORDS.finditer(text):
        yield _number(_spoken(match[0].lower()), match)
    for match in _HAN.finditer(text):
        yield _number(han_value(match[0]), match)


def _number(value: float, match: re.Match[str]) -> Number:
    return Number(value, match.start(), match.end(), match[0])


def _spoken(written: str) -> float:
    """ "Two hundred and five thousand": 205,000."""
    total, current = 0.0, 0.0
    for word in re.split(r"[\s-]+", written):
        if word in ("hundred", "thousand", "million", "dozen"):
            times = _WORDS["dozen"] if word == "dozen" else _TIMES[word]
            current = (current or 1) * times
            if times >= 1000:
                total, current = total + current, 0.0
        elif word != "and":
            current += _WORDS.get(word, _ORDINALS.get(word, 0))
    return total + current


def han_value(written: str) -> float:
    """三百零五: 305; 二〇二五: 2025; digits as they are."""
    if written.isdigit() and written.isascii():
        return float(written)
    if all(sign in _HAN_VALUES for sign in written):
        return float("".join(str(_HAN_VALUES[sign]) for sign in written))
    total, current, digit = 0.0, 0.0, 0
    for sign in written:
        if sign in _HAN_VALUES:
            digit = _HAN_VALUES[sign]
        elif sign == "万":
            total, current, digit = (total + current + digit) * 1e4, 0.0, 0
        else:
            times = {"十": 10, "百": 100, "千": 1000}[sign]
            current, digit = current + (digit or 1) * times, 0
    return total + current + digit
