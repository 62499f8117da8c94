"""What the patterns of en/to_come.toml mean."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from memory.language.lexicon import Lexicon, languages
from memory.language.times import days as calendar
from memory.language.times.holidays import holiday
from memory.language.times.to_come import Clock, Piece, Read, Said

_CODES = "MO TU WE TH FR SA SU".split()
_PARTS_OF_DAYS = ("morning", "afternoon", "evening", "night")
_WORDS = re.compile(r"[a-z]+")


@cache
def english() -> Lexicon:
    return next(language for language in languages() if language.name == "en")


@cache
def patterns() -> Sequence[tuple[re.Pattern[str], Read]]:
    """Longer readings first."""
    return [(english()[name], read) for name, read in _READ.items()]


def _table(name: str, word: str) -> str:
    return english().tables[f"coming_{name}"][" ".join(word.lower().split())]


def number(word: str) -> float:
    """Raises ValueError for a word that is no number."""
    word = " ".join(word.lower().split())
    if word.startswith("half"):
        return 0.5
    if "quarter" in word:
        return 0.25
    known = english().tables["coming_numbers"].get(word)
    return float(known if known else word)


def _part(word: str | None) -> Clock | None:
    if not word:
        return None
    hour, minute = _table("parts", word).split(":")
    return Clock(int(hour), int(minute), sure=True, named=word.lower() in ("noon", "midday", "midnight"))


def amount(text: str, now: datetime) -> tuple[datetime, bool]:
    """The local time so long after `now` (naive), and whether it is told to the hour. Raises ValueError."""
    at, exact = now, False
    for match in english()["coming_amounts"].finditer(text):
        unit = _table("units", match["unit"])
        n = number(match["n"]) + (0.5 if match["more"] or match["half"] else 0)
        exact = exact or unit in ("seconds", "minutes", "hours")
        if unit in ("months", "years") and n == int(n):
            at += relativedelta(months=int(n) * (12 if unit == "years" else 1))
        else:
            days = {"days": 1, "weeks": 7, "fortnights": 14, "months": 30, "years": 365}.get(unit)
            at += timedelta(days=n * days) if days else timedelta(**{unit: n})
    return at, exact


def _in(said: Said, now: datetime) -> Piece:
    at, exact = amount(said["long"] or "", now)
    if not exact:
        return Piece(0, 0, day=at.date())
    return Piece(0, 0, moment=at.replace(microsecond=0))


def _weekdays(text: str) -> str:
    table = english().tables["coming_weekdays"]
    words = (word if word in table else word.removesuffix("s") for word in _WORDS.findall(text.lower()))
    found = sorted({int(table[word]) for word in words if word in table})
    return ",".join(_CODES[day] for day in found)


def _every(said: Said, _: datetime) -> Piece | None:
    n = _interval(said["nth"])
    if n == 0:
        return None
    if said["weekdays"]:
        return _rule("WEEKLY", n, f"BYDAY={_weekdays(said['weekdays'])}", _part(said["part"]))
    unit = re.sub(r"\s", "", (said["unit"] or "").lower()).removesuffix("s")
    part = _part(unit) if unit in _PARTS_OF_DAYS else _part(said["part"])
    match unit:
        case "weekday" | "workday" | "workingday":
            return _rule("WEEKLY", n, "BYDAY=MO,TU,WE,TH,FR", part)
        case "weekend":
            return _rule("WEEKLY", n, "BYDAY=SA", part)
        case "fortnight":
            return _rule("WEEKLY", 2 * n, "", part)
        case "week" | "month" | "year":
            return _rule(f"{unit.upper()}LY", n, "", part)
        case _:
            return _rule("DAILY", n, "", part)


def _interval(nth: str | None) -> int:
    """0 for what is no interval: "every last Friday"."""
    if not nth:
        return 1
    word = " ".join(nth.lower().split()).removeprefix("single").strip()
    n = int(english().tables["coming_nth"].get(word) or number(word))
    return 0 if n < 0 or word in ("first", "1st") else n


def _rule(freq: str, n: int, more: str = "", part: Clock | None = None) -> Piece:
    interval = f";INTERVAL={n}" if n > 1 else ""
    return Piece(0, 0, rule=f"FREQ={freq}{interval}{';' + more if more else ''}", part=part)


def _ly(said: Said, _: datetime) -> Piece:
    word = " ".join((said["ly"] or "").lower().split())
    n = 2 if word in ("fortnightly", "biweekly") else 1
    for unit, freq in (
        ("dai", "DAILY"),
        ("day", "DAILY"),
        ("week", "WEEKLY"),
        ("night", "WEEKLY"),
        ("month", "MONTHLY"),
    ):
        if unit in word:
            return _rule(freq, n)
    return _rule("YEARLY", n)


def _nth_weekday(said: Said, _: datetime) -> Piece:
    code = _CODES[int(_table("weekdays", said["weekday"] or ""))]
    return _rule("MONTHLY", 1, f"BYDAY={_table('nth', said['nth'] or '')}{code}")


def _monthly_on(said: Said, _: datetime) -> Piece:
    day = said["day"] or said["day_2"]
    return _rule("MONTHLY", 1, f"BYMONTHDAY={_day_number(day) if day else -1}")


def _day_number(text: str) -> int:
    if not 1 <= int(text) <= 31:
        raise ValueError(f"{text} is no day of a month")
    return int(text)


def _today(said: Said, now: datetime) -> Piece:
    word = "tonight" if said["night"] else said["part"]
    return Piece(0, 0, day=now.date(), part=_part(word))


def _tomorrow(said: Said, now: datetime) -> Piece:
    part = _part("first thing" if said.get("first") else said["part"])
    return Piece(0, 0, day=now.date() + timedelta(days=1), part=part)


def _after_tomorrow(said: Said, now: datetime) -> Piece:
    return Piece(0, 0, day=now.date() + timedelta(days=2), part=_part(said["part"]))


def _weekday(said: Said, now: datetime) -> Piece:
    today, part = now.date(), _part(said["part"])
    if said["next_week"] or said["after"]:
        wanted = int(_table("weekdays", said["next_week"] or said["weekday"] or ""))
        return Piece(0, 0, day=calendar.week(today, 1)[0] + timedelta(days=wanted), part=part)
    wanted = int(_table("weekdays", said["weekday"] or said["later"] or ""))
    coming = calendar.weekday_from(today, wanted, "after")[0]
    if said["a_week"]:
        return Piece(0, 0, day=coming + timedelta(days=7), part=part)
    if today.weekday() == wanted and not said["which"]:
        return Piece(0, 0, day=today, sure_day=False, part=part)
    return Piece(0, 0, day=coming, part=part)


def _iso(said: Said, _: datetime) -> Piece:
    day = date(*(int(said[name] or "") for name in ("year", "month", "day")))
    clock = Clock(int(said["hour"]), int(said["minute"] or 0), sure=True) if said["hour"] else None
    return Piece(0, 0, day=day, clock=clock)


def _date(said: Said, now: datetime) -> Piece:
    month = int(_table("months", said["month"] or said["month_2"] or ""))
    day, year = int(said["day"] or said["day_2"] or ""), said["year"] or said["year_2"]
    if year:
        return Piece(0, 0, day=date(int(year), month, day))
    for each in range(now.year, now.year + 9):
        if (day, month) == (29, 2) and each % 4:
            continue
        if (found := date(each, month, day)) >= now.date():
            return Piece(0, 0, day=found)
    raise ValueError("no such day")


def _slashes(said: Said, now: datetime) -> Piece | None:
    """24/12 and 12/24 are one day; of 5/12 nobody can tell whether it is in May."""
    one, other = int(said["one"] or ""), int(said["other"] or "")
    if one <= 12 and other <= 12 and one != other:
        return None
    month, day = (one, other) if other > 12 else (other, one)
    if said["year"]:
        return Piece(0, 0, day=date(int(said["year"]), month, day))
    this = date(now.year, month, day)
    return Piece(0, 0, day=this if this >= now.date() else this.replace(year=now.year + 1))


def day_of_month(day: int, now: datetime, months: int = 0) -> date:
    """The next such day, or that of so many months on. Raises ValueError."""
    if not 1 <= day <= 31:
        raise ValueError(f"{day} is no day of a month")
    first: date = now.date().replace(day=1) + relativedelta(months=months)
    for later in range(4):
        month: date = first + relativedelta(months=later)
        found = month + timedelta(days=day - 1)
        if found.month == month.month and (months or found > now.date()):
            return found
    raise ValueError("no such day")


def _day_of_month(said: Said, now: datetime) -> Piece:
    months = 1 if (said["which"] or "").lower() == "next" else 0
    if (said["which"] or "").lower() == "this":
        return Piece(0, 0, day=now.date().replace(day=int(said["day"] or "")))
    return Piece(0, 0, day=day_of_month(int(said["day"] or ""), now, months))


def _next_unit(said: Said, now: datetime) -> Piece:
    unit, today = (said["unit"] or said["unit_2"] or "").lower(), now.date()
    if unit == "weekend":
        later = 1 if (said["which"] or "").lower() == "next" else 0
        saturday = calendar.weekend(today, later)[0]
        return Piece(0, 0, day=max(saturday, today))
    if unit == "week":
        return Piece(0, 0, day=calendar.week(today, 1)[0])
    return Piece(0, 0, day=calendar.unit_at(unit, 1, today)[0])


def _end(said: Said, now: datetime) -> Piece:
    unit, shift = (said["unit"] or "").lower(), 1 if said["next"] else 0
    if unit == "day":
        return Piece(0, 0, day=now.date() + timedelta(days=shift), part=Clock(17, sure=True))
    last = calendar.unit_at(unit, shift, now.date())[1] - timedelta(days=1)
    return Piece(0, 0, day=max(last - timedelta(days=2) if unit == "week" else last, now.date()))


def _holiday(said: Said, now: datetime) -> Piece:
    name = " ".join((said["holiday"] or "").lower().replace("’", "'").split())
    found = (holiday(name, year)[0] for year in (now.year, now.year + 1))
    return Piece(0, 0, day=next(day for day in found if day >= now.date()))


def _clock(said: Said, _: datetime) -> Piece:
    """ "9am", "20:15", "at nine thirty", "1530": what is told by half a day, or beyond twelve, can be no other hour."""
    hour = int(number(said["hour"] or ""))
    minutes = said.get("minute") or (str(int(number(said["minutes"] or ""))) if said.get("minutes") else "0")
    half = (said.get("half") or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(f"{hour} {half} is no time")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    written = (said["hour"] or "").startswith("0")
    return Piece(0, 0, clock=_checked(hour, int(minutes), sure=bool(half) or hour > 12 or hour == 0 or written))


def _checked(hour: int, minute: int, *, sure: bool) -> Clock:
    if not (0 <= hour <= 24 and 0 <= minute <= 59) or (hour == 24 and minute):
        raise ValueError(f"{hour}:{minute} is no time")
    return Clock(hour, minute, sure)


def _half_hour(said: Said, _: datetime) -> Piece:
    hour, n = int(number(said["hour"] or said["half_of"] or "")), said["n"] or "half"
    minutes = 30 if n.lower() == "half" else 15 if "quarter" in n.lower() else int(number(n))
    if (said["way"] or "").lower() == "to":
        hour, minutes = (hour - 1 or 12), 60 - minutes
    return Piece(0, 0, clock=_checked(hour, minutes, sure=hour > 12))


def _part_alone(said: Said, _: datetime) -> Piece:
    part = _part(said["part"] or said["alone"])
    return Piece(0, 0, part=part)


def _past(_: Said, __: datetime) -> Piece:
    return Piece(0, 0, past=True)


_READ: dict[str, Read] = {
    "coming_in": _in,
    "coming_from_now": _in,
    "coming_past": _past,
    "coming_nth_weekday": _nth_weekday,
    "coming_monthly_on": _monthly_on,
    "coming_every": _every,
    "coming_weekdays_all": lambda said, _: _rule("WEEKLY", 1, f"BYDAY={_weekdays(said['weekdays'] or '')}"),
    "coming_ly": _ly,
    "coming_after_tomorrow": _after_tomorrow,
    "coming_tomorrow": _tomorrow,
    "coming_today": _today,
    "coming_iso": _iso,
    "coming_slashes": _slashes,
    "coming_date": _date,
    "coming_weekday": _weekday,
    "coming_end": _end,
    "coming_day_of_month": _day_of_month,
    "coming_next_unit": _next_unit,
    "coming_holiday": _holiday,
    "coming_half_hour": _half_hour,
    "coming_half_day": _clock,
    "coming_clock": _clock,
    "coming_military": _clock,
    "coming_at": _clock,
    "coming_o_clock": _clock,
    "coming_alarm": _clock,
    "coming_part": _part_alone,
}
