"""A time and how often it comes, as people say it: "Tuesday, 1 December 2026 at 09:00", 2026年12月1日星期二 09:00.

Not strftime: its names follow the machine's locale, not the reader's language.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from memory.language.times.recurrence import parts_of

Language = Literal["en", "zh"]
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "January February March April May June July August September October November December".split()
_CODES = "MO TU WE TH FR SA SU".split()
_DIGITS = "一二三四五六日"
_UNITS: Mapping[str, tuple[str, str]] = {
    "DAILY": ("day", "天"),
    "WEEKLY": ("week", "周"),
    "MONTHLY": ("month", "个月"),
    "YEARLY": ("year", "年"),
}
_NTH = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}


def spoken(time: datetime, language: Language) -> str:
    """A local time, with its date and weekday."""
    if language == "zh":
        return f"{time.year}年{time.month}月{time.day}日星期{_DIGITS[time.weekday()]} {time:%H:%M}"
    return f"{_WEEKDAYS[time.weekday()]}, {time.day} {_MONTHS[time.month - 1]} {time.year} at {time:%H:%M}"


def spoken_rule(rule: str, starts: datetime, language: Language) -> str:
    """How often: "every second Friday", "every day", 每两周的星期五. `starts` says which day where the rule leaves it open."""
    parts = parts_of(rule)
    return _chinese(parts, starts) if language == "zh" else _english(parts, starts)


def _english(parts: Mapping[str, str], starts: datetime) -> str:
    unit, n = _UNITS[parts["FREQ"]][0], int(parts.get("INTERVAL", "1"))
    weekdays = _weekdays(parts, starts)
    every = {1: "every", 2: "every second"}.get(n, f"every {n}")
    if parts["FREQ"] == "WEEKLY" and weekdays == list(range(5)) and n == 1:
        return "every weekday"
    if parts["FREQ"] == "WEEKLY" and len(weekdays) == 1 and n <= 2:
        return f"{every} {_WEEKDAYS[weekdays[0]]}"
    plain = f"{every} {unit}" + ("s" if n > 2 else "")
    if parts["FREQ"] == "WEEKLY":
        return f"{plain} on {_listed([_WEEKDAYS[day] for day in weekdays])}"
    if parts["FREQ"] == "MONTHLY":
        return f"{plain} on {_day_of_month(parts, starts)}"
    return f"{plain} on {starts.day} {_MONTHS[starts.month - 1]}" if parts["FREQ"] == "YEARLY" else plain


def _chinese(parts: Mapping[str, str], starts: datetime) -> str:
    unit, n = _UNITS[parts["FREQ"]][1], int(parts.get("INTERVAL", "1"))
    weekdays = _weekdays(parts, starts)
    plain = f"每{unit}" if n == 1 else f"每{'两' if n == 2 else n}{unit}"
    if parts["FREQ"] == "WEEKLY":
        if weekdays == list(range(5)) and n == 1:
            return "每个工作日"
        named = "、".join(_DIGITS[day] for day in weekdays)
        return f"每周{named}" if n == 1 else f"{plain}的星期{named}"
    if parts["FREQ"] == "MONTHLY":
        return f"{plain}的{_day_of_month_zh(parts, starts)}"
    return f"{plain}{starts.month}月{starts.day}日" if parts["FREQ"] == "YEARLY" else plain


def _weekdays(parts: Mapping[str, str], starts: datetime) -> list[int]:
    days = [_CODES.index(day[-2:]) for day in parts["BYDAY"].split(",")] if "BYDAY" in parts else [starts.weekday()]
    return sorted(set(days))


def _day_of_month(parts: Mapping[str, str], starts: datetime) -> str:
    if "BYDAY" in parts:
        named = [
            f"the {_NTH.get(day[:-2].lstrip('+'), 'last')} {_WEEKDAYS[_CODES.index(day[-2:])]}" for day in _split(parts)
        ]
        return _listed(named)
    days = parts.get("BYMONTHDAY", str(starts.day)).split(",")
    return _listed(["the last day" if day == "-1" else f"the {_ordinal(int(day))}" for day in days])


def _day_of_month_zh(parts: Mapping[str, str], starts: datetime) -> str:
    if "BYDAY" in parts:
        first = _split(parts)[0]
        nth = first[:-2].lstrip("+")
        which = "最后一个" if nth == "-1" else f"第{'一二三四五'[int(nth or '1') - 1]}个"
        return f"{which}星期{_DIGITS[_CODES.index(first[-2:])]}"
    days = parts.get("BYMONTHDAY", str(starts.day)).split(",")
    return "、".join("最后一天" if day == "-1" else f"{day}日" for day in days)


def _split(parts: Mapping[str, str]) -> Sequence[str]:
    return parts["BYDAY"].split(",")


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _ordinal(n: int) -> str:
    ending = "th" if 10 < n % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
