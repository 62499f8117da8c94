"""How English names a time."""

import re
from datetime import date, timedelta

from memory.language.times import days as calendar
from memory.language.times.days import Days, Patterns, Way, compiled, latest, one_day
from memory.language.times.holidays import holiday

_MONTHS = "january february march april may june july august september october november december".split()
_PLAIN_MONTHS = [month.title() for month in _MONTHS if month not in ("march", "may")]
"""Those that are no other word as well."""
_NOT_A_NAME = r"(?<!did )(?<!does )(?<!has )(?<!had )(?<!is )(?<!was )(?<!with )(?<!told )(?<!tell )(?<!ask )(?<!that )"
"""What stands before "June" where it is somebody."""
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_NUMBERS = {
    **{word: n for n, word in enumerate("a one two three four five six seven eight nine ten eleven twelve".split())},
    "a": 1, "an": 1, "the": 1, "couple": 2, "a couple of": 2, "few": 3, "a few": 3, "several": 3,
}  # fmt: skip
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": 5}

_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_N = (
    r"(?P<n>\d{1,3}|an?|the|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(?:a )?couple(?: of)?|(?:a )?few|several)"
)
_UNIT = r"(?P<unit>day|week|weekend|fortnight|month|year)s?"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_SEASON = r"(?P<season>spring|summer|autumn|fall|winter)"
_WHICH = r"(?P<which>last|past|previous|this|next|coming)"
_HOLIDAY = (
    r"(?P<holiday>christmas eve|christmas|xmas|new year['’]s eve|(?:chinese|lunar) new year|spring festival|new year"
    r"|valentine['’]s day|halloween|thanksgiving|easter)(?:['’]s)?(?: day)?"
)

# What stands before a time: "two weeks before …", "since …"

_OFFSET = re.compile(rf"\b{_N}\s+{_UNIT}\s+(?P<way>before|after)\s+(?:the\s+)?$", re.I)
_WEEKDAY_FROM = re.compile(rf"\b(?:the\s+)?{_WEEKDAY}\s+(?P<way>before|after)\s+$", re.I)
_PART_OF = re.compile(
    r"\b(?:the\s+)?(?:(?P<part>beginning|start|middle|end|early|mid|late|first half|second half)|"
    r"(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th)\s+(?P<unit>week|weekend))(?:\s+(?:of|in)\s+|[\s-]+)$",
    re.I,
)
_OPEN = re.compile(r"\b(?P<way>since|before|after|until|till|by)\s+(?:the\s+)?$", re.I)


def led_in(before: str, days: Days) -> tuple[int, Days] | None:
    """What a time is by the words right before it, with where these begin; `None` if they say nothing of it."""
    if match := _OFFSET.search(before):
        return match.start(), calendar.offset(days, _number(match["n"]), match["unit"], _way(match))
    if match := _WEEKDAY_FROM.search(before):
        return match.start(), calendar.weekday_from(days[0], _weekday_number(match), _way(match))
    if match := _PART_OF.search(before):
        if match["nth"]:
            weekend = match["unit"] == "weekend"
            return match.start(), calendar.nth_week(days, _ORDINALS[match["nth"].lower()], weekend=weekend)
        return match.start(), calendar.part(days, match["part"].lower())
    if match := _OPEN.search(before):
        return match.start(), calendar.open_ended(days, match["way"].lower())
    return None


def _way(match: re.Match[str]) -> Way:
    return "before" if match["way"] == "before" else "after"


# Single times


def _number(word: str) -> int:
    word = " ".join(word.lower().split())
    return int(word) if word.isdigit() else _NUMBERS.get(word, _NUMBERS["few"])


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


def _weekday_number(match: re.Match[str]) -> int:
    """From 0 for Monday."""
    return _WEEKDAYS.index(match["weekday"].lower())


def _shift(which: str) -> int:
    """-1 for "last", 0 for "this", 1 for "next"."""
    return {"last": -1, "past": -1, "previous": -1, "this": 0}.get(which.lower(), 1)


def _date(match: re.Match[str], at: date) -> Days:
    parts = match.groupdict()
    month = _month_number(parts["month"])
    day = int(parts["day"]) if parts.get("day") else None
    if parts.get("year"):
        year = int(parts["year"])
        return one_day(date(year, month, day)) if day else calendar.month(year, month)
    return latest(lambda year: one_day(date(year, month, day)) if day else calendar.month(year, month), at)


def _month_of_year(match: re.Match[str], at: date) -> Days:
    return calendar.month(at.year + _shift(match["which"]), _month_number(match["month"]))


def _which_month(match: re.Match[str], at: date) -> Days:
    """ "Next June" is the first to come, "last June" the last that is over."""
    month, shift = _month_number(match["month"]), _shift(match["which"])
    if shift == 0:
        return calendar.month(at.year, month)
    days = latest(lambda year: calendar.month(year, month), at)
    if shift > 0:
        return calendar.month(days[0].year + 1, month)
    return days if days[1] <= at else calendar.month(days[0].year - 1, month)


def _which_unit(match: re.Match[str], at: date) -> Days:
    """ "Last week" is the one before this; "the past week" are seven days up to now."""
    if match["which"].lower() == "past":
        return at - calendar.length(1, match["unit"].lower()), at + timedelta(days=1)
    return calendar.unit_at(match["unit"].lower(), _shift(match["which"]), at)


def _which_weekday(match: re.Match[str], at: date) -> Days:
    wanted = _weekday_number(match)
    shift = _shift(match.groupdict().get("which") or "last")
    if shift > 0:
        return calendar.weekday_from(at, wanted, "after")
    if shift == 0:
        return one_day(calendar.week(at)[0] + timedelta(days=wanted))
    return calendar.weekday_from(at, wanted, "before")


def _which_season(match: re.Match[str], at: date) -> Days:
    parts, name = match.groupdict(), match["season"].lower()
    if parts.get("year"):
        return calendar.season(name, int(parts["year"]))
    days = latest(lambda year: calendar.season(name, year), at)
    which = (parts.get("which") or "").lower()
    if which in ("last", "past", "previous") and days[1] > at:  # said in summer, "last summer" is a year ago
        return calendar.season(name, days[0].year - 1)
    return calendar.season(name, days[0].year + 1) if which in ("next", "coming") else days


def _which_holiday(match: re.Match[str], at: date) -> Days:
    name = match["holiday"].lower().replace("’", "'")
    if match["year"]:
        return holiday(name, int(match["year"]))
    days = latest(lambda year: holiday(name, year), at)
    later = (match["which"] or "").lower() in ("next", "coming", "this") and days[0] < at
    return holiday(name, days[0].year + 1) if later else days


def _ago(match: re.Match[str], at: date) -> Days:
    n, unit = _number(match["n"]), match["unit"].lower()
    middle = at - calendar.length(n, unit)
    vague = "few" in match["n"] or "several" in match["n"] or "couple" in match["n"]
    slack = {"day": 0, "week": 3, "weekend": 3, "fortnight": 4, "month": 15, "year": 182}[unit]
    wide = timedelta(days=max(slack, (at - middle).days // 2 if vague else 0))
    return middle - wide, middle + wide + timedelta(days=1)


def _half_ago(match: re.Match[str], at: date) -> Days:
    return calendar.half_ago("year" if match["unit"] == "year" else "month", at)


def _last_n(match: re.Match[str], at: date) -> Days:
    return at - calendar.length(_number(match["n"]), match["unit"].lower()), at + timedelta(days=1)


PATTERNS: Patterns = (
    compiled(rf"\b{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s*{_YEAR})?\b", _date),
    compiled(rf"\b{_MONTH}\s+{_DAY}(?!\d)(?:,?\s*{_YEAR})?\b", _date),
    compiled(rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b", _date),
    compiled(rf"\b{_MONTH}\s+(?:of\s+)?(?P<which>last|this|next)\s+year\b", _month_of_year),
    compiled(
        rf"\b(?P<which>last|this|next|coming)\s+(?P<month>{'|'.join(_PLAIN_MONTHS)}|March)\b(?!['’]s)",
        _which_month,
        case=True,
    ),
    compiled(rf"\b{_SEASON}\s+(?:of\s+)?{_YEAR}\b", _which_season),
    compiled(rf"\b(?:{_WHICH}|in|during|over|since)\s+(?:the\s+)?{_SEASON}\b", _which_season),
    compiled(rf"\b(?:{_WHICH}\s+)?{_HOLIDAY}(?:,?\s+(?:of\s+|in\s+)?{_YEAR})?\b", _which_holiday),
    compiled(r"\bhalf an? (?P<unit>year|month) ago\b", _half_ago),
    compiled(rf"\b{_N}\s+{_UNIT}\s+(?:ago|back|earlier)\b", _ago),
    compiled(rf"\b(?:last|past|previous)\s+{_N}\s+{_UNIT}\b", _last_n),
    compiled(rf"\b{_WHICH}\s+{_WEEKDAY}\b", _which_weekday),
    compiled(rf"\b{_WHICH}\s+(?P<unit>week|weekend|fortnight|month|year)\b(?!\s+of\b)", _which_unit),
    compiled(rf"\b(?:in|of|during|since|by|until|before|after|last|early|mid|late)[\s-]+{_MONTH}(?=\W|$)", _date),
    compiled(rf"{_NOT_A_NAME}\b(?P<month>{'|'.join(_PLAIN_MONTHS)})\b", _date, case=True),
    compiled(r"\b(?:the )?day before yesterday\b", lambda _, at: one_day(at - timedelta(days=2))),
    compiled(r"\byesterday\b|\blast night\b", lambda _, at: one_day(at - timedelta(days=1))),
    compiled(r"\btoday\b|\btonight\b|\bthis (?:morning|afternoon|evening)\b", lambda _, at: one_day(at)),
    compiled(r"\btomorrow\b", lambda _, at: one_day(at + timedelta(days=1))),
    compiled(r"\bthe other day\b", lambda _, at: (at - timedelta(days=7), at + timedelta(days=1))),
    compiled(rf"\bon {_WEEKDAY}\b", _which_weekday),
    compiled(rf"\b{_YEAR}\b(?!\s*年)(?!\s+\w+s\b)", lambda match, _: calendar.year(int(match["year"]))),
)
"""Longer readings first: what one has read, no later one reads again."""
