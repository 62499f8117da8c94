"""Stretches of whole days: weeks, months, seasons and their parts, counted from a day. Pure calendar, no language."""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Literal

from dateutil.relativedelta import relativedelta

Days = tuple[date, date]
"""A first day, and the day after the last."""
ReadDays = Callable[[re.Match[str], date], Days]
"""What a match means when it is said on a day. Raises ValueError or OverflowError where the calendar has no such day."""
Patterns = Sequence[tuple[re.Pattern[str], ReadDays]]
Way = Literal["before", "after"]

FIRST, LAST = date(1900, 1, 1), date(2200, 1, 1)
"""Where "before …" begins and "since …" ends."""


def compiled(pattern: str, read: ReadDays, *, case: bool = False) -> tuple[re.Pattern[str], ReadDays]:
    """A line of a table of patterns; with `case` only as it is written."""
    return re.compile(pattern, 0 if case else re.I), read


def one_day(day: date) -> Days:
    return day, day + timedelta(days=1)


def month(year: int, number: int) -> Days:
    first = date(year, number, 1)
    return first, first + relativedelta(months=1)


def year(number: int) -> Days:
    return date(number, 1, 1), date(number + 1, 1, 1)


def week(day: date, weeks: int = 0) -> Days:
    """Monday to Sunday of the week that `day` is in, or of one so many weeks later."""
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=7)


def weekend(day: date, weeks: int = 0) -> Days:
    monday, after = week(day, weeks)
    return monday + timedelta(days=5), after


def season(name: str, in_year: int) -> Days:
    """By months, as in the northern hemisphere; winter is named after the year it begins in."""
    start = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}[name]
    first = date(in_year, start, 1)
    return first, first + relativedelta(months=3)


def length(n: int, unit: str) -> relativedelta:
    """How long `n` days, weeks, weekends (a week apart), fortnights, months or years are."""
    if unit == "fortnight":
        return relativedelta(weeks=2 * n)
    if unit == "weekend":
        return relativedelta(weeks=n)
    return relativedelta(
        days=n * (unit == "day"), weeks=n * (unit == "week"), months=n * (unit == "month"), years=n * (unit == "year")
    )


def latest(in_year: Callable[[int], Days], at: date) -> Days:
    """What `in_year` gives for the latest year in which it has begun by `at`."""
    days = in_year(at.year)
    return days if days[0] <= at else in_year(at.year - 1)


def unit_at(unit: str, shift: int, at: date) -> Days:
    """The day, week, weekend, month, year or fortnight of `at`, or the one `shift` later (earlier if negative)."""
    match unit:
        case "day":
            return one_day(at + timedelta(days=shift))
        case "week":
            return week(at, shift)
        case "weekend":
            return weekend(at, shift)
        case "month":
            first = at.replace(day=1) + relativedelta(months=shift)
            return month(first.year, first.month)
        case "year":
            return year(at.year + shift)
        case _:  # a fortnight
            return (at - timedelta(days=14), at) if shift < 0 else (at, at + timedelta(days=14))


def half_ago(unit: Literal["year", "month"], at: date) -> Days:
    """About half a year, or half a month, before `at`."""
    months, days, slack = (6, 0, 60) if unit == "year" else (0, 15, 5)
    middle = at - relativedelta(months=months, days=days)
    return middle - timedelta(days=slack), middle + timedelta(days=slack + 1)


def offset(days: Days, n: int, unit: str, way: Way) -> Days:
    """ "Two weeks before Christmas": about that day, as wide as half the unit; "the week before": all of it."""
    anchor = days[0] if way == "before" else days[1]
    sign = -1 if way == "before" else 1
    if n == 1 and unit != "day":
        edge = anchor + sign * length(1, unit)
        return (edge, anchor) if sign < 0 else (anchor, edge)
    middle = days[0] + sign * length(n, unit)
    slack = timedelta(days={"day": 0, "week": 3, "fortnight": 3, "month": 15, "year": 180}.get(unit, 0))
    return middle - slack, middle + slack + timedelta(days=1)


def weekday_from(anchor: date, weekday: int, way: Way) -> Days:
    """The nearest such weekday (0 is Monday) before or after a day."""
    away = (anchor.weekday() - weekday - 1) % 7 + 1 if way == "before" else -((weekday - anchor.weekday() - 1) % 7 + 1)
    return one_day(anchor - timedelta(days=away))


def part(days: Days, name: str) -> Days:
    """A third or a half of a stretch: "beginning", "mid", "end", "first half" …"""
    first, last = days
    whole = (last - first).days
    third = timedelta(days=max(1, round(whole / 3)))
    half = timedelta(days=max(1, round(whole / 2)))
    return {
        "beginning": (first, first + third), "start": (first, first + third), "early": (first, first + third),
        "middle": (first + third, last - third), "mid": (first + third, last - third),
        "end": (last - third, last), "late": (last - third, last),
        "first half": (first, first + half), "second half": (first + half, last),
    }[name]  # fmt: skip


def nth_week(days: Days, n: int, *, weekend: bool) -> Days:
    """The first to fourth seven days of a stretch, or with 5 its last; with `weekend` the last two of them."""
    first, last = days
    begin = last - timedelta(days=7) if n == 5 else first + timedelta(days=7 * (n - 1))
    return begin + timedelta(days=5 if weekend else 0), begin + timedelta(days=7)


def open_ended(days: Days, way: str) -> Days:
    """ "Since" and "after" a stretch, "before" it, and "by", "until" or "till" it."""
    match way:
        case "since":
            return days[0], LAST
        case "after":
            return days[1], LAST
        case "before":
            return FIRST, days[0]
        case _:  # by, until, till
            return FIRST, days[1]
