"""When something was said, as programs write it: seconds, milliseconds, ISO, mail, and what spreadsheets and phones make of it.

A date of three numbers without its year first is read by what the file shows (`DayOrder`): a 13 is no month. Where nothing in
the file says which comes first, the day is taken, and that is said.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{0,12})?")
_THREE = re.compile(r"\[?\s*(\d{1,2})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{4}|\d{2})\b")
_TIME = re.compile(
    r"(?P<before>上午|下午|中午|凌晨|晚上)?\s*(?P<hour>\d{1,2})\s?[:.h]\s?(?P<minute>\d{2})(?:\s?[:.m]\s?(?P<second>\d{2})s?)?"
    r"\s*(?P<half>[ap]\.?\s?m\b\.?)?",
    re.I,
)
_NAMED = re.compile(
    r"(?:(?P<day>\d{1,2})\.?\s+)?(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
    r"(?:\s+(?P<day_after>\d{1,2})(?:st|nd|rd|th)?)?,?\s+(?P<year>\d{4})\b",
    re.I,
)
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})\s?[./年-]\s?(?P<month>\d{1,2})\s?[./月-]\s?(?P<day>\d{1,2})日?")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_SHEET_DAYS = (25_569, 73_050)
"""Of 1970 and 2100, counted by a spreadsheet from the end of 1899."""
_SHEET_BEGAN = datetime(1899, 12, 30, tzinfo=UTC)
_FINER = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""Below each of these a number counts seconds, milliseconds, microseconds, nanoseconds."""

UNSURE = "Dates such as {date} were read with the day first: nothing in the file says whether the day or the month is."


@dataclass(frozen=True, slots=True)
class DayOrder:
    """Whether the day stands before the month in a file, and whether the file says so itself."""

    day_first: bool = True
    shown: bool = True


def order_of(written: Iterable[str]) -> DayOrder:
    """By what the dates of a file show: a number over 12 is a day; else the order in which they do not go back; else dots,
    which only those write who put the day first."""
    dates = [
        (int(match[1]), int(match[2]), match[3], match[0]) for one in written if (match := _THREE.match(one.strip()))
    ]
    if any(first > 12 for first, *_ in dates):
        return DayOrder(True)
    if any(second > 12 for _, second, *_ in dates):
        return DayOrder(False)
    day_first = [(year, second, first) for first, second, year, _ in dates]
    month_first = [(year, first, second) for first, second, year, _ in dates]
    goes_on = day_first == sorted(day_first), month_first == sorted(month_first)
    if goes_on[0] != goes_on[1]:
        return DayOrder(goes_on[0])
    return DayOrder(True, shown=not dates or all("." in text for *_, text in dates))


def stamp(value: object, order: DayOrder | None = None) -> datetime | None:
    """`None` if it is no time, or not of the age of computers: near the ends of the calendar other zones have no date.
    Raises ValueError for a text that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        found = (
            _counted(float(value)) if _NUMBER.fullmatch(value.strip()) else _written(value.strip(), order or DayOrder())
        )
    else:
        found = _counted(value)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)) if 1970 < found.year < 2100 else None


def _counted(number: float) -> datetime:
    if _SHEET_DAYS[0] < number < _SHEET_DAYS[1]:
        return _SHEET_BEGAN + timedelta(seconds=round(number * 86_400))
    per_second = next((parts for below, parts in _FINER if abs(number) < below), None)
    if per_second is None:
        raise ValueError("no time counts so far")
    return datetime.fromtimestamp(number / per_second, UTC)


def _written(text: str, order: DayOrder) -> datetime:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        pass
    text = " ".join(text[:80].replace("\u200e", "").split())
    for read in (_named, _year_first, parsedate_to_datetime, lambda one: _three(one, order)):
        try:
            return read(text)
        except (ValueError, TypeError, IndexError):
            continue
    raise ValueError("no time that is known")


def _named(text: str) -> datetime:
    """Apr 1, 2025, 12:00:05 PM UTC; 1 April 2025."""
    match = _NAMED.search(text)
    day = match and (match["day"] or match["day_after"])
    if match is None or not day or re.search(r"[+-]\d{4}\b", text):
        raise ValueError("no month by name")
    return _at(int(match["year"]), _MONTHS.index(match["month"].lower()) + 1, int(day), text[match.end() :])


def _year_first(text: str) -> datetime:
    match = _YEAR_FIRST.match(text)
    if match is None:
        raise ValueError("no year first")
    return _at(int(match["year"]), int(match["month"]), int(match["day"]), text[match.end() :])


def _three(text: str, order: DayOrder) -> datetime:
    match = _THREE.match(text)
    if match is None:
        raise ValueError("no three numbers")
    first, second, year = int(match[1]), int(match[2]), int(match[3])
    day, month = (first, second) if order.day_first else (second, first)
    return _at(year + (2000 if year < 100 else 0), month, day, text[match.end() :])


def _at(year: int, month: int, day: int, rest: str) -> datetime:
    match = _TIME.search(rest)
    if match is None:
        return datetime(year, month, day)
    hour, half = int(match["hour"]), (match["half"] or "").lower()[:1]
    if half or match["before"] in ("上午", "下午", "中午", "晚上", "凌晨"):
        late = half == "p" or match["before"] in ("下午", "晚上") or (match["before"] == "中午" and hour < 11)
        hour = hour % 12 + 12 * late if hour <= 12 else hour
        hour = 12 if match["before"] == "中午" and int(match["hour"]) == 12 else hour
    return datetime(year, month, day, hour, int(match["minute"]), int(match["second"] or 0))
