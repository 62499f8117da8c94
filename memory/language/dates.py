"""The dates that a text writes out, each in one form however it is written: 2024-02-14, 14 Feb 2024, 2024年2月14日, 二月十四号.

A day is "on20240214" if its year is written and "on0214" besides, a month of a year "in202402": words for a keyword table.
"""

import re
from collections.abc import Iterator

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_NAME = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_HAN = "〇零一二三四五六七八九"
_PATTERNS = (
    re.compile(rf"(?<!\d){_YEAR}(?P<sep>[-/.])(?P<month>\d{{1,2}})(?P=sep)(?P<day>\d{{1,2}})(?!\d)"),
    re.compile(rf"(?<![\d.])(?P<first>\d{{1,2}})(?P<sep>[-/.])(?P<second>\d{{1,2}})(?P=sep){_YEAR}(?!\d)"),
    re.compile(rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_NAME}(?:,?\s*{_YEAR}\b)?", re.I),
    re.compile(rf"\b{_NAME}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\s*{_YEAR}\b)?", re.I),
    re.compile(rf"\b{_NAME},?\s+(?:of\s+)?{_YEAR}\b", re.I),
    re.compile(
        rf"(?:(?P<year>(?:19|20)\d\d|[{_HAN}]{{4}})\s?年\s?)?(?P<month>\d{{1,2}}|十?[一二三四五六七八九]|十)\s?月"
        rf"(?:\s?(?P<day>\d{{1,2}}|[廿卅一二三]?十?[{_HAN}]?)\s?[日号])?"
    ),
)
_MADE = re.compile(r"on\d{4}(?:\d{4})?|in\d{6}")
_MAY_HOLD = re.compile(r"\d|月")


def written(text: str) -> Iterator[tuple[str, str]]:
    """Each date as a word, with how it is written; of a day the day itself, the day of any year, and the month."""
    if not _MAY_HOLD.search(text):
        return
    taken: list[tuple[int, int]] = []
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            found = list(_words(match))
            if found:
                taken.append(match.span())
                yield from ((word, match[0]) for word in found)


def is_date(word: str) -> bool:
    """Whether it is one of the words that `written` makes."""
    return bool(_MADE.fullmatch(word))


def _words(match: re.Match[str]) -> Iterator[str]:
    parts = match.groupdict()
    year = _number(parts["year"]) if parts.get("year") else None
    for month, day in _orders(parts):
        if not 1 <= month <= 12 or not (day is None or 1 <= day <= 31):
            continue
        if day is not None:
            yield f"on{month:02}{day:02}"
        if year is not None and day is not None:
            yield f"on{year:04}{month:02}{day:02}"
        if year is not None:
            yield f"in{year:04}{month:02}"


def _orders(parts: dict[str, str | None]) -> list[tuple[int, int | None]]:
    """Month and day, both ways round where the writing does not tell."""
    first, second = parts.get("first"), parts.get("second")
    if first and second:
        day_first = (int(second), int(first))
        both = parts["sep"] != "." and int(first) <= 12 and int(second) <= 12 and first != second
        return [day_first, day_first[::-1]] if both else [day_first if day_first[0] <= 12 else day_first[::-1]]
    name, month, day = parts.get("name"), parts.get("month"), parts.get("day")
    number = _MONTHS[name[:3].lower()] if name else _number(month or "0")
    return [(number, _number(day) if day else None)]


def _number(written: str) -> int:
    """Of digits of either kind: 14, 十四, 二十, 廿一, 二〇二四."""
    if written.isdigit() and written.isascii():
        return int(written)
    if len(written) == 4 and "十" not in written:
        return int("".join(str(max(_HAN.index(char) - 1, 0)) for char in written))
    tens, _, ones = written.replace("廿", "二十").replace("卅", "三十").replace("十十", "十").partition("十")
    if "十" not in written and written[0] not in "廿卅":
        return _digit(written)
    return 10 * (_digit(tens) if tens else 1) + (_digit(ones) if ones else 0)


def _digit(char: str) -> int:
    return max(_HAN.index(char[0]) - 1, 0) if char and char[0] in _HAN else 0
