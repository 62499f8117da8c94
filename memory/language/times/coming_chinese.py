"""What the patterns of zh/to_come.toml mean."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache

from dateutil.relativedelta import relativedelta

from memory.language.lexicon import Lexicon, languages
from memory.language.times import days as calendar
from memory.language.times.coming_english import day_of_month
from memory.language.times.holidays import holiday
from memory.language.times.to_come import Clock, Piece, Read, Said, in_part

_CODES = "MO TU WE TH FR SA SU".split()
_DIGITS = {sign: n for n, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0, "几": 3}
_UNITS = (
    ("秒", "seconds"), ("刻", "quarters"), ("分", "minutes"), ("时", "hours"), ("钟头", "hours"), ("钟", "hours"), ("天", "days"),
    ("日", "days"), ("星期", "weeks"), ("礼拜", "weeks"), ("周", "weeks"), ("月", "months"), ("年", "years"),
)  # fmt: skip


@cache
def chinese() -> Lexicon:
    return next(language for language in languages() if language.name == "zh")


@cache
def patterns() -> Sequence[tuple[re.Pattern[str], Read]]:
    """Longer readings first."""
    return [(chinese()[name], read) for name, read in _READ.items()]


def number(word: str) -> float:
    """Raises ValueError for what is no number."""
    if word.isascii():
        return float(word)
    if word == "半":
        return 0.5
    total, last = 0, 0
    for sign in word:
        if sign in "十百":
            total += (last or 1) * (10 if sign == "十" else 100)
            last = 0
        elif sign in _DIGITS:
            last = _DIGITS[sign]
        else:
            raise ValueError(f"{word} is no number")
    return total + last


def _part(word: str | None) -> Clock | None:
    if not word:
        return None
    hour, minute = chinese().tables["coming_parts"][word].split(":")
    return Clock(int(hour), int(minute), sure=True)


def amount(text: str, now: datetime) -> tuple[datetime, bool]:
    """The local time so long after `now` (naive), and whether it is told to the hour. Raises ValueError."""
    at, exact = now, False
    for match in chinese()["coming_amounts"].finditer(text):
        unit = next(name for sign, name in _UNITS if sign in match["unit"])
        n = number(match["n"]) + (0.5 if match["half"] or match["more"] else 0)
        exact = exact or unit in ("seconds", "minutes", "hours", "quarters")
        if unit in ("months", "years") and n == int(n):
            at += relativedelta(months=int(n) * (12 if unit == "years" else 1))
        elif unit in ("days", "weeks", "months", "years"):
            at += timedelta(days=n * {"days": 1, "weeks": 7, "months": 30, "years": 365}[unit])
        else:
            at += timedelta(minutes=15 * n) if unit == "quarters" else timedelta(**{unit: n})
    return at, exact


def _in(said: Said, now: datetime) -> Piece:
    at, exact = amount(said["long"] or said["long_2"] or "", now)
    return Piece(0, 0, moment=at.replace(microsecond=0)) if exact else Piece(0, 0, day=at.date())


def _weekday_number(sign: str) -> int:
    return "一二三四五六日".index(sign.replace("天", "日"))


def _rule(freq: str, n: int, more: str = "", part: Clock | None = None, day: date | None = None) -> Piece:
    interval = f";INTERVAL={n}" if n > 1 else ""
    return Piece(0, 0, rule=f"FREQ={freq}{interval}{';' + more if more else ''}", part=part, day=day)


def _every(said: Said, _: datetime) -> Piece | None:
    """每隔一周 is every second week, and so is 隔周."""
    if said["hours"] or not said["unit"]:
        return None
    n = int(number(said["nth"])) if said["nth"] else 1
    n = int(number(said["apart"])) + 1 if said["apart"] else 2 if said["skip"] else n
    unit, part = said["unit"], _part(said["part"])
    if unit in ("早", "晚"):
        return _rule("DAILY", n, "", _part(unit))
    if unit == "工作日":
        return _rule("WEEKLY", n, "BYDAY=MO,TU,WE,TH,FR", part)
    if unit == "周末":
        return _rule("WEEKLY", n, "BYDAY=SA", part)
    if unit in ("周", "星期", "礼拜"):
        signs = re.sub(r"[^一二三四五六日天]", "", (said["weekdays"] or "").replace("星期", ""))
        codes = ",".join(_CODES[day] for day in sorted({_weekday_number(sign) for sign in signs}))
        return _rule("WEEKLY", n, f"BYDAY={codes}" if codes else "", part)
    if said["weekdays"]:
        return None
    return _rule({"月": "MONTHLY", "年": "YEARLY"}.get(unit, "DAILY"), n, "", part)


def _workdays(said: Said, _: datetime) -> Piece:
    return _rule("WEEKLY", 1, "BYDAY=MO,TU,WE,TH,FR", _part(said["part"]))


def _daily(said: Said, _: datetime) -> Piece:
    return _rule("DAILY", 1, "", _part(said["part"]))


def _nth_weekday(said: Said, _: datetime) -> Piece:
    nth = said["nth"] or ""
    which = -1 if nth == "最后一" else int(number(nth[1:]))
    return _rule("MONTHLY", 1, f"BYDAY={which}{_CODES[_weekday_number(said['weekday'] or '')]}")


def _monthly_on(said: Said, _: datetime) -> Piece:
    day = 1 if said["first"] else -1 if said["last"] else int(number(said["day"] or ""))
    if day > 31:
        raise ValueError(f"{day} is no day of a month")
    return _rule("MONTHLY", 1, f"BYMONTHDAY={day}")


def _yearly(said: Said, _: datetime) -> Piece:
    month, day = int(number(said["month"] or "")), int(number(said["day"] or ""))
    date(2024, month, day)  # raises ValueError
    return _rule("YEARLY", 1, f"BYMONTHDAY={day};BYMONTH={month}")


def _day_word(said: Said, now: datetime) -> Piece:
    days = int(chinese().tables["coming_days"][said["which"] or ""])
    return Piece(0, 0, day=now.date() + timedelta(days=days), part=_part(said["part"]))


def _weekday(said: Said, now: datetime) -> Piece:
    which, sign, today = said["which"] or "", said["weekday"] or "", now.date()
    part, shift = _part(said["part"]), which.count("下")
    if sign == "末":
        return Piece(0, 0, day=max(calendar.weekend(today, shift)[0], today), part=part)
    wanted = _weekday_number(sign)
    if which:
        return Piece(0, 0, day=calendar.week(today, shift)[0] + timedelta(days=wanted), part=part)
    return Piece(0, 0, day=today + timedelta(days=(wanted - today.weekday()) % 7), sure_day=False, part=part)


def _next_unit(said: Said, now: datetime) -> Piece:
    today = now.date()
    if said["end"]:
        if said["end"] == "年底":
            return Piece(0, 0, day=date(today.year, 12, 31))
        return Piece(0, 0, day=calendar.unit_at("month", int("下" in said["end"]), today)[1] - timedelta(days=1))
    shift = (said["which"] or "").count("下")
    if said["unit"] == "月":
        day = int(number(said["day"])) if said["day"] else 1
        return Piece(0, 0, day=day_of_month(day, now, shift))
    return None if said["day"] else Piece(0, 0, day=calendar.week(today, shift)[0])  # type: ignore[return-value]


def _date(said: Said, now: datetime) -> Piece:
    if said["iso"]:
        return Piece(0, 0, day=date(*(int(part) for part in re.split(r"[-/]", said["iso"]))))
    month, day, part = int(number(said["month"] or "")), int(number(said["day"] or "")), _part(said["part"])
    if said["year"] or said["next"]:
        return Piece(0, 0, day=date(int(said["year"] or now.year + 1), month, day), part=part)
    this = date(now.year, month, day) if (month, day) != (2, 29) else date(now.year + -now.year % 4, 2, 29)
    return Piece(0, 0, day=this if this >= now.date() else this.replace(year=this.year + 1), part=part)


def _day_of_month(said: Said, now: datetime) -> Piece:
    return Piece(0, 0, day=day_of_month(int(number(said["day"] or "")), now), part=_part(said["part"]))


def _holiday(said: Said, now: datetime) -> Piece:
    found = (holiday(said["holiday"] or "", year)[0] for year in (now.year, now.year + 1))
    return Piece(0, 0, day=next(day for day in found if day >= now.date()))


def _clock(said: Said, _: datetime) -> Piece:
    hour, part = int(number(said["hour"] or "")), _part(said["part"])
    if part and hour == 1 and said["part"] == "早" and not said.get("minutes"):  # 早一点
        raise ValueError("earlier, not at one")
    clock = Clock(hour, _minutes(said), sure=hour > 12 or hour == 0)
    if not (0 <= clock.hour <= 24 and 0 <= clock.minute <= 59):
        raise ValueError(f"{hour} is no hour")
    return Piece(0, 0, clock=in_part(clock, part) if part else clock)


def _minutes(said: Said) -> int:
    if said.get("minute"):
        return int(said["minute"] or "")
    words = said.get("minutes") or said.get("past") or ""
    if words.endswith("刻"):
        return int(15 * number(words[0]))
    if words in ("", "整"):
        return 0
    return 30 if words == "半" else int(number(words.removesuffix("分").removeprefix("零") or "零"))


_READ: dict[str, Read] = {
    "coming_in": _in,
    "coming_past": lambda *_: Piece(0, 0, past=True),
    "coming_nth_weekday": _nth_weekday,
    "coming_monthly_on": _monthly_on,
    "coming_yearly": _yearly,
    "coming_every": _every,
    "coming_daily": _daily,
    "coming_workdays": _workdays,
    "coming_day_word": _day_word,
    "coming_next_unit": _next_unit,
    "coming_date": _date,
    "coming_weekday": _weekday,
    "coming_day_of_month": _day_of_month,
    "coming_holiday": _holiday,
    "coming_clock": _clock,
    "coming_at": _clock,
    "coming_part_alone": lambda said, _: Piece(0, 0, part=_part(said["part"])),
}
