"""Sums with dates and times of day: how long until, which weekday, how old, what time it is then."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from assistant.talk.sums import show
from assistant.talk.sums.case import Case, Rule, in_unit
from assistant.talk.sums.values import Clock, Day, NotASum, Quantity, Solution

_DAY = 24 * 60


def until(case: Case) -> Solution:
    """From today to the next such date."""
    wanted = case.day("d")
    last = following(wanted, case.today)
    if last is None:
        return _no_such_day(case, wanted)
    if last < case.today:
        return _stretch(case, "since", last, case.today)
    return _stretch(case, "until", case.today, last)


def since(case: Case) -> Solution:
    """From the last such date to today."""
    wanted = case.day("d")
    first = _last(wanted, case.today)
    if first is None:
        return _no_such_day(case, wanted)
    if first > case.today:
        raise NotASum
    return _stretch(case, "since", first, case.today)


def between(case: Case) -> Solution:
    """From one date to another; without years the second follows the first."""
    a, b = case.day("a"), case.day("b")
    if "weekday" in (a.shown, b.shown):  # "Monday to Friday" counts both
        raise NotASum
    first = following(a, case.today) if b.has_year or not a.has_year else a.day
    last = following(b, first) if first else None
    if first is None or last is None:
        return _no_such_day(case, b if first else a)
    if not a.has_year and not b.has_year and first > case.today and _last(a, case.today) is None:
        raise NotASum
    if last < first:
        first, last = last, first
    return _stretch(case, "between", first, last)


def _stretch(case: Case, name: str, first: date, last: date) -> Solution:
    days, unit = (last - first).days, case.text("unit", "day") or "day"
    shown = {
        "a": show.day(first, case.language),
        "b": show.day(last, case.language),
        "w": show.weekday(last, case.language),
    }
    if unit == "week":
        weeks, rest = divmod(days, 7)
        parts = [show.count(weeks, "week", case.language)] if weeks or not rest else []
        parts += [show.count(rest, "day", case.language)] if rest else []
        value = Quantity(Fraction(days, 7), "week")
    elif unit in ("month", "year"):
        gone = relativedelta(last, first)
        months = gone.months if unit == "year" else gone.years * 12 + gone.months
        counts = [(gone.years if unit == "year" else 0, "year"), (months, "month"), (gone.days, "day")]
        parts = [show.count(n, each, case.language) for n, each in counts if n] or [show.count(0, "day", case.language)]
        value = Quantity(Fraction(days), "day")
    elif unit == "day":
        parts, value = [show.count(days, "day", case.language)], Quantity(Fraction(days), "day")
    else:  # "how many hours until Friday": to its midnight, or to a time that was not told
        raise NotASum
    text = case.words.answers["and"].join(parts)
    verb = "is" if text.startswith("1 ") and len(parts) == 1 else "are"
    return case.say(name, value, r=text, verb=verb, **shown)


def weekday(case: Case) -> Solution:
    """Of a date; without a year the next such date."""
    wanted = case.day("d")
    day = wanted.day
    if day is not None and not wanted.has_year:
        past = case.has("past")
        day = _last(wanted, case.today) if past else following(wanted, case.today)
    if day is None:
        return _no_such_day(case, wanted)
    tense = "was" if day < case.today else "is"
    return case.say("weekday", day, d=show.day(day, case.language), verb=tense, r=show.weekday(day, case.language))


def age(case: Case) -> Solution:
    """Of someone born on a date, now, or in a year or on a day that is named."""
    wanted = case.day("d")
    if wanted.day is None:
        return _no_such_day(case, wanted)
    if not wanted.has_year or wanted.day > case.today:
        raise NotASum
    at = case.today
    if case.has("at"):
        named = case.day("at")
        at = following(named, case.today) or case.today
    years = relativedelta(at, wanted.day).years
    name = ("age_then" if case.has("at") else "age") + ("_you" if case.has("i") else "")
    parts = {"d": show.day(wanted.day, case.language), "n": str(years), "at": show.day(at, case.language)}
    return case.say(name, Quantity(Fraction(years), "year"), **parts)


def age_by_year(case: Case) -> Solution:
    """Of someone born in a year: before and after the birthday."""
    born = int(case.number("y"))
    year = int(case.number("at")) if case.has("at") else case.today.year
    years = year - born
    if not 0 < years < 130:
        raise NotASum
    name = "age_by_year_you" if case.has("i") else "age_by_year"
    parts = {"y": str(born), "at": str(year), "n": str(years), "m": str(years - 1)}
    return case.say(name, Quantity(Fraction(years), "year"), **parts)


def born(case: Case) -> Solution:
    """The year someone of an age was born in."""
    years = case.quantity("n")
    if years.unit not in ("", "year") or years.amount.denominator != 1 or not 0 < years.amount < 120:
        raise NotASum
    late = case.today.year - int(years.amount)
    return case.say("born", Quantity(Fraction(late), ""), n=str(years.amount), a=str(late - 1), b=str(late))


def date_after(case: Case) -> Solution:
    """The date so many days, weeks, months or years after or before a date (today, if none is named)."""
    stretch, way = case.quantity("t"), -1 if case.has("back") else 1
    first = case.today
    if case.has("d"):
        named = case.day("d")
        found = following(named, case.today)
        if found is None:
            return _no_such_day(case, named)
        first = found
    if stretch.amount.denominator != 1 or stretch.unit not in ("day", "week", "fortnight", "month", "year"):
        raise NotASum
    n = way * int(stretch.amount)
    if abs(n) > 100_000:
        raise NotASum
    moved = {
        "day": timedelta(days=n), "week": timedelta(weeks=n), "fortnight": timedelta(weeks=2 * n),
        "month": relativedelta(months=n), "year": relativedelta(years=n),
    }[stretch.unit]  # fmt: skip
    try:
        day = first + moved
    except (OverflowError, ValueError):
        raise NotASum from None
    shown = {"t": case.show(stretch), "d": show.day(first, case.language), "r": show.day(day, case.language)}
    return case.say("date_before" if way < 0 else "date_after", day, w=show.weekday(day, case.language), **shown)


def time_until(case: Case) -> Solution:
    """From now until a time of day."""
    wanted, now = case.clock("b"), case.now.hour * 60 + case.now.minute
    ends = (
        {wanted.minutes} if wanted.half or wanted.hour > 12 else {wanted.minutes % _DAY, (wanted.minutes + 720) % _DAY}
    )
    ahead = {(end - now) % _DAY or _DAY for end in ends}
    if len(ahead) > 1 and not wanted.bare:
        later = [one for one in ahead if now + one < _DAY]  # 24-hour clock or not: only if both readings agree
        if len(later) != 2 or wanted.minutes <= now:
            raise NotASum
    gap = min(ahead)
    parts = {"a": show.clock(now), "b": show.clock(now + gap), "r": show.lasting(Fraction(gap), case.language)}
    return case.say("time_between", Quantity(Fraction(gap), "min"), **parts)


def time_between(case: Case) -> Solution:
    """From one time of day to another, the next day if it is earlier."""
    gap, first, last = _gap(case.clock("a"), case.clock("b"))
    if case.has("break"):
        rest = in_unit(case.quantity("break"), "min")
        if not 0 < rest < gap:
            raise NotASum
        left = Fraction(gap) - rest
        shown = {"a": first, "b": last, "k": show.lasting(rest, case.language), "r": show.lasting(left, case.language)}
        return case.say("time_with_break", Quantity(left, "min"), **shown)
    result = Quantity(Fraction(gap), "min")
    lasts = case.show(result) if case.has("minutes") else show.lasting(result.amount, case.language)
    return case.say("time_between", result, a=first, b=last, r=lasts)


def _gap(a: Clock, b: Clock) -> tuple[int, str, str]:
    """Minutes from one to the other, and how both are shown: a half of the day that was not said is not said back."""
    if "24" in (a.half, b.half):
        firsts, lasts = [a.minutes], [b.minutes]
    else:
        firsts = [a.minutes] if a.half else [a.minutes % 720, a.minutes % 720 + 720]
        lasts = [b.minutes] if b.half else [b.minutes % 720, b.minutes % 720 + 720]
    options = sorted(((last - first) % _DAY, first, last) for first in firsts for last in lasts if first != last)
    if not options:
        raise NotASum
    gap, first, last = options[0]
    if not a.half and not b.half:  # said without am or pm: said back as they were
        return gap, f"{a.hour}:{a.minute:02d}", f"{b.hour}:{b.minute:02d}"
    return gap, show.clock(first), show.clock(last)


def time_after(case: Case) -> Solution:
    """The time of day so long after or before another (now, if none is named)."""
    minutes = in_unit(case.quantity("t"), "min")
    if minutes.denominator != 1 or minutes > 7 * _DAY or minutes <= 0:
        raise NotASum
    way = -1 if case.has("back") else 1
    if not case.has("c"):
        then = case.now + timedelta(minutes=way * int(minutes))
        shown = then.strftime("%H:%M")
        if then.date() != case.today:
            near = {1: "tomorrow", -1: "yesterday"}.get((then.date() - case.today).days)
            day = case.words.answers[near] if near else show.day(then.date(), case.language)
            shown = case.words.answers["time_on"].format(time=shown, day=day)
        return _time_said(case, "now", case.now.hour * 60 + case.now.minute, shown, then)
    clock = case.clock("c")
    if clock.bare and not clock.half:
        raise NotASum
    end = (clock.minutes + way * int(minutes)) % _DAY
    if not clock.half:  # 8:30 may be either half of the day
        shown = (
            f"{end // 60 % 12 or 12}:{end % 60:02d}"
            if clock.minutes + way * int(minutes) not in range(_DAY)
            else show.clock(end)
        )
    else:
        shown = show.clock(end)
    then = case.now.replace(hour=end // 60, minute=end % 60, second=0, microsecond=0)
    return _time_said(case, "clock", clock.minutes, shown, then)


def _time_said(case: Case, kind: str, start: int, shown: str, then: datetime) -> Solution:
    name = ("time_before" if case.has("back") else "time_after") + ("_now" if kind == "now" else "")
    return case.say(name, then, t=case.show(case.quantity("t")), c=show.clock(start), r=shown)


def leap(case: Case) -> Solution:
    year = int(case.number("y"))
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return case.say("leap" if is_leap else "no_leap", Quantity(Fraction(366 if is_leap else 365), "day"), y=str(year))


def following(wanted: Day, after: date) -> date | None:
    """The date itself, or the next one of that month and day; `None` if there is none."""
    if wanted.day is None or wanted.has_year:
        return wanted.day
    return next((one for one in _each_year(wanted, after.year, after.year + 9) if one >= after), None)


def _last(wanted: Day, before: date) -> date | None:
    if wanted.day is None or wanted.has_year:
        return wanted.day
    return next((one for one in reversed(_each_year(wanted, before.year - 9, before.year + 1)) if one <= before), None)


def _each_year(wanted: Day, first: int, last: int) -> list[date]:
    found = []
    for year in range(first, last):
        try:
            found.append(date(year, wanted.month, wanted.number))
        except ValueError:
            continue
    return found


def _no_such_day(case: Case, wanted: Day) -> Solution:
    if not 1 <= wanted.month <= 12:
        return case.say("no_such_month", None, m=str(wanted.month))
    first = date(2024, wanted.month, 1)
    month = show.day(first, case.language).split()[1] if case.language == "en" else f"{wanted.month}月"
    return case.say("no_such_day", None, m=month, n=str(wanted.number))


RULES: dict[str, Rule] = {
    "until": until, "since": since, "between": between, "weekday": weekday, "age": age, "age_by_year": age_by_year,
    "born": born, "date_after": date_after, "time_until": time_until, "time_between": time_between,
    "time_after": time_after, "leap": leap,
}  # fmt: skip
