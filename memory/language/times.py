"""The times a question names, as spans: "last summer", "two weeks before Christmas", "上个月", "下周五".

`resolve` reads English and Chinese. What a phrase means depends on when it is said: it is worked out against `at`, in the
zone of `at`. A date without a year is the last such date before `at`, because one asks about what was said.

dateparser was tried and left: it gives points, not spans, takes 6 s for its first call, and knows neither seasons,
holidays, "the week before …", nor 下周五. Easter comes from dateutil, the lunar calendar from lunar_python.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`, aware times; `phrase` is how the question said it."""

    start: datetime
    end: datetime
    phrase: str


Days = tuple[date, date]
"""A first day, and the day after the last."""

_FIRST, _LAST = date(1900, 1, 1), date(2200, 1, 1)

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
_HAN = {sign: n for n, sign in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}

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
_HAN_N = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|几)"
_HAN_UNIT = r"(?P<unit>天|日|周|星期|礼拜|月|年)"


def resolve(question: str, at: datetime) -> Sequence[Span]:
    """The times `question` names, in its order; none for a question that names none. `at` must be aware."""
    if at.tzinfo is None:
        raise ValueError("at needs a time zone")
    found: list[tuple[int, int, Days]] = []
    for pattern, read in _PATTERNS:
        for match in pattern.finditer(question):
            if any(start < match.end() and match.start() < end for start, end, _ in found):
                continue  # a longer reading, tried before, has these words
            try:
                days = read(match, at.date())
            except (ValueError, OverflowError):  # 31 February, the year 0
                continue
            if days and days[0] < days[1]:
                found.append((match.start(), match.end(), days))
    found = _composed(question, sorted(found))
    return [
        Span(_midnight(first, at), _midnight(last, at), " ".join(question[start:end].split()))
        for start, end, (first, last) in found
        if first < last
    ]


def _midnight(day: date, at: datetime) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=at.tzinfo)


# What stands around a time: "two weeks before …", "since …", "between … and …"

_BEFORE_AFTER = re.compile(rf"\b{_N}\s+{_UNIT}\s+(?P<way>before|after)\s+(?:the\s+)?$", re.I)
_WEEKDAY_BEFORE = re.compile(rf"\b(?:the\s+)?{_WEEKDAY}\s+(?P<way>before|after)\s+$", re.I)
_PART_OF = re.compile(
    r"\b(?:the\s+)?(?:(?P<part>beginning|start|middle|end|early|mid|late|first half|second half)|"
    r"(?P<nth>first|second|third|fourth|last|1st|2nd|3rd|4th)\s+(?P<unit>week|weekend))(?:\s+(?:of|in)\s+|[\s-]+)$",
    re.I,
)
_OPEN = re.compile(r"\b(?P<way>since|before|after|until|till|by)\s+(?:the\s+)?$", re.I)
_AND = re.compile(r"^\s*(?:and|to|until|till|through|-|–|到|至|和)\s*$", re.I)
_HAN_AFTERWARDS = re.compile(
    rf"^的?(?:(?P<way>以前|之前|前|以后|之后|以来|后(?![来悔面代]))|(?P<part>初(?![中恋次期])|中旬|底|末))(?!{_HAN_N})"
)
_HAN_OFFSET = re.compile(rf"^的?(?P<way>前|后){_HAN_N}个?{_HAN_UNIT}")


def _composed(question: str, found: list[tuple[int, int, Days]]) -> list[tuple[int, int, Days]]:
    result: list[tuple[int, int, Days]] = []
    for start, end, days in found:
        before, after = question[:start], question[end:]
        if result and _AND.match(question[result[-1][1] : start]) and result[-1][2][0] < days[1]:
            first = result.pop()
            result.append((first[0], end, (first[2][0], days[1])))
        elif match := _BEFORE_AFTER.search(before):
            result.append((match.start(), end, _offset(days, _number(match["n"]), match["unit"], match["way"])))
        elif match := _WEEKDAY_BEFORE.search(before):
            result.append((match.start(), end, _weekday_from(days[0], match["weekday"], match["way"])))
        elif match := _PART_OF.search(before):
            result.append((match.start(), end, _part(days, match["part"], match["nth"], match["unit"])))
        elif match := _OPEN.search(before):
            result.append((match.start(), end, _open(days, match["way"])))
        elif match := _HAN_OFFSET.match(after):
            way = "before" if match["way"] == "前" else "after"
            unit = _HAN_UNITS[match["unit"]]
            result.append((start, end + match.end(), _offset(days, _number(match["n"]), unit, way)))
        elif match := _HAN_AFTERWARDS.match(after):
            if match["part"]:
                days = _part(days, {"初": "beginning", "中旬": "middle"}.get(match["part"], "end"), None, None)
            else:
                days = _open(days, _HAN_WAYS[match["way"]])
            result.append((start, end + match.end(), days))
        else:
            result.append((start, end, days))
    return result


_HAN_UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}
_HAN_WAYS = {"以前": "before", "之前": "before", "前": "before", "以后": "after", "之后": "after", "后": "after"} | {
    "以来": "since"
}


def _offset(days: Days, n: int, unit: str, way: str) -> Days:
    """ "Two weeks before Christmas": about that day, as wide as half the unit; "the week before": all of it."""
    anchor = days[0] if way == "before" else days[1]
    sign = -1 if way == "before" else 1
    if n == 1 and unit != "day":
        edge = anchor + sign * _delta(1, unit)
        return (edge, anchor) if sign < 0 else (anchor, edge)
    middle = days[0] + sign * _delta(n, unit)
    slack = timedelta(days={"day": 0, "week": 3, "fortnight": 3, "month": 15, "year": 180}.get(unit, 0))
    return middle - slack, middle + slack + timedelta(days=1)


def _weekday_from(anchor: date, weekday: str, way: str) -> Days:
    away = (
        (anchor.weekday() - _WEEKDAYS.index(weekday.lower()) - 1) % 7 + 1
        if way == "before"
        else -((_WEEKDAYS.index(weekday.lower()) - anchor.weekday() - 1) % 7 + 1)
    )
    return _day(anchor - timedelta(days=away))


def _part(days: Days, part: str | None, nth: str | None, unit: str | None) -> Days:
    first, last = days
    length = (last - first).days
    if nth:
        week = _ORDINALS[nth.lower()]
        begin = last - timedelta(days=7) if week == 5 else first + timedelta(days=7 * (week - 1))
        return (
            (begin + timedelta(days=5), begin + timedelta(days=7))
            if unit == "weekend"
            else (begin, begin + timedelta(7))
        )
    third = timedelta(days=max(1, round(length / 3)))
    half = timedelta(days=max(1, round(length / 2)))
    return {
        "beginning": (first, first + third), "start": (first, first + third), "early": (first, first + third),
        "middle": (first + third, last - third), "mid": (first + third, last - third),
        "end": (last - third, last), "late": (last - third, last),
        "first half": (first, first + half), "second half": (first + half, last),
    }[(part or "").lower()]  # fmt: skip


def _open(days: Days, way: str) -> Days:
    match way.lower():
        case "since":
            return days[0], _LAST
        case "after":
            return days[1], _LAST
        case "before":
            return _FIRST, days[0]
        case _:  # by, until, till
            return _FIRST, days[1]


# Single times


def _day(day: date) -> Days:
    return day, day + timedelta(days=1)


def _month(year: int, month: int) -> Days:
    first = date(year, month, 1)
    return first, first + relativedelta(months=1)


def _year(year: int) -> Days:
    return date(year, 1, 1), date(year + 1, 1, 1)


def _week(day: date, weeks: int = 0) -> Days:
    monday = day - timedelta(days=day.weekday()) + timedelta(weeks=weeks)
    return monday, monday + timedelta(days=7)


def _weekend(day: date, weeks: int = 0) -> Days:
    monday, after = _week(day, weeks)
    return monday + timedelta(days=5), after


def _delta(n: int, unit: str) -> relativedelta:
    if unit == "fortnight":
        return relativedelta(weeks=2 * n)
    if unit == "weekend":
        return relativedelta(weeks=n)
    return relativedelta(
        days=n * (unit == "day"), weeks=n * (unit == "week"), months=n * (unit == "month"), years=n * (unit == "year")
    )


def _number(word: str) -> int:
    word = " ".join(word.lower().split())
    if word.isdigit():
        return int(word)
    if word in _NUMBERS:
        return _NUMBERS[word]
    if word == "几":
        return 3
    if "十" in word:
        tens, _, ones = word.partition("十")
        if any(sign and sign not in _HAN for sign in (tens, ones)):
            raise ValueError(f"{word} is about a number")  # 二三十, 十七八
        return 10 * (_HAN[tens] if tens else 1) + (_HAN[ones] if ones else 0)
    return _HAN[word] if word in _HAN else _NUMBERS["few"]


def _month_number(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, 1) if month.startswith(name.lower()[:3]))


def _latest(find: Callable[[int], Days], at: date) -> Days:
    """What `find` gives for the latest year in which it has begun by `at`."""
    days = find(at.year)
    return days if days[0] <= at else find(at.year - 1)


def _calendar(match: re.Match[str], at: date) -> Days:
    parts = match.groupdict()
    month = _month_number(parts["month"])
    day = int(parts["day"]) if parts.get("day") else None
    if parts.get("year"):
        return _day(date(int(parts["year"]), month, day)) if day else _month(int(parts["year"]), month)
    return _latest(lambda year: _day(date(year, month, day)) if day else _month(year, month), at)


def _month_of_year(match: re.Match[str], at: date) -> Days:
    return _month(at.year + _which(match["which"]), _month_number(match["month"]))


def _some_month(match: re.Match[str], at: date) -> Days:
    """ "Next June" is the first to come, "last June" the last that is over."""
    month, shift = _month_number(match["month"]), _which(match["which"])
    if shift == 0:
        return _month(at.year, month)
    days = _latest(lambda year: _month(year, month), at)
    if shift > 0:
        return _month(days[0].year + 1, month)
    return days if days[1] <= at else _month(days[0].year - 1, month)


def _which(word: str) -> int:
    return {"last": -1, "past": -1, "previous": -1, "this": 0}.get(word.lower(), 1)


def _relative_unit(match: re.Match[str], at: date) -> Days:
    return _unit_at(match["unit"].lower(), _which(match["which"]), at)


def _unit_at(unit: str, shift: int, at: date) -> Days:
    match unit:
        case "day":
            return _day(at + timedelta(days=shift))
        case "week":
            return _week(at, shift)
        case "weekend":
            return _weekend(at, shift)
        case "month":
            first = at.replace(day=1) + relativedelta(months=shift)
            return _month(first.year, first.month)
        case "year":
            return _year(at.year + shift)
        case _:  # a fortnight
            return (at - timedelta(days=14), at) if shift < 0 else (at, at + timedelta(days=14))


def _ago(match: re.Match[str], at: date) -> Days:
    n, unit = _number(match["n"]), match["unit"].lower()
    middle = at - _delta(n, unit)
    vague = "few" in match["n"] or "several" in match["n"] or "couple" in match["n"]
    slack = {"day": 0, "week": 3, "weekend": 3, "fortnight": 4, "month": 15, "year": 182}[unit]
    wide = timedelta(days=max(slack, (at - middle).days // 2 if vague else 0))
    return middle - wide, middle + wide + timedelta(days=1)


def _last_n(match: re.Match[str], at: date) -> Days:
    return at - _delta(_number(match["n"]), match["unit"].lower()), at + timedelta(days=1)


def _weekday(match: re.Match[str], at: date) -> Days:
    wanted = _WEEKDAYS.index(match["weekday"].lower())
    which = (match.groupdict().get("which") or "last").lower()
    if _which(which) > 0:
        return _day(at + timedelta(days=(wanted - at.weekday() - 1) % 7 + 1))
    if _which(which) == 0:
        return _day(_week(at)[0] + timedelta(days=wanted))
    return _day(at - timedelta(days=(at.weekday() - wanted - 1) % 7 + 1))


def _season(name: str, year: int) -> Days:
    """By months, as in the northern hemisphere; winter is named after the year it begins in."""
    start = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}[name]
    first = date(year, start, 1)
    return first, first + relativedelta(months=3)


def _some_season(match: re.Match[str], at: date) -> Days:
    parts, name = match.groupdict(), match["season"].lower()
    if parts.get("year"):
        return _season(name, int(parts["year"]))
    days = _latest(lambda year: _season(name, year), at)
    which = (parts.get("which") or "").lower()
    if which in ("last", "past", "previous") and days[1] > at:  # said in summer, "last summer" is a year ago
        return _season(name, days[0].year - 1)
    return _season(name, days[0].year + 1) if which in ("next", "coming") else days


_FIXED_HOLIDAYS = {
    "christmas eve": (12, 24), "christmas": (12, 25), "xmas": (12, 25), "new year's eve": (12, 31), "new year": (1, 1),
    "valentine's day": (2, 14), "halloween": (10, 31), "圣诞": (12, 25), "平安夜": (12, 24), "元旦": (1, 1),
    "情人节": (2, 14), "劳动节": (5, 1), "五一": (5, 1), "国庆": (10, 1), "十一假期": (10, 1), "万圣": (10, 31),
}  # fmt: skip
_LUNAR_HOLIDAYS = {
    "chinese new year": (1, 1), "lunar new year": (1, 1), "spring festival": (1, 1), "春节": (1, 1), "元宵": (1, 15),
    "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9),
}  # fmt: skip
"""Month and day of the lunar year."""


def _holiday(match: re.Match[str], at: date) -> Days:
    name = match["holiday"].lower().replace("’", "'")
    year = match.groupdict().get("year")
    if year in _HAN_YEARS:
        return _holiday_in(name, at.year + _HAN_YEARS[year])
    which = (match.groupdict().get("which") or "").lower()
    if year:
        return _holiday_in(name, int(year))
    days = _latest(lambda in_year: _holiday_in(name, in_year), at)
    return _holiday_in(name, days[0].year + 1) if which in ("next", "coming", "this") and days[0] < at else days


@lru_cache(maxsize=256)
def _holiday_in(name: str, year: int) -> Days:
    if name in _FIXED_HOLIDAYS:
        return _day(date(year, *_FIXED_HOLIDAYS[name]))
    if name == "thanksgiving":
        first = date(year, 11, 1)
        return _day(first + timedelta(days=(3 - first.weekday()) % 7 + 21))
    if name == "easter":
        return _day(easter(year))
    from lunar_python import Lunar

    eve = name == "除夕"
    solar = Lunar.fromYmd(year, *_LUNAR_HOLIDAYS["春节" if eve else name]).getSolar()
    return _day(date(solar.getYear(), solar.getMonth(), solar.getDay()) - timedelta(days=int(eve)))


_HAN_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0,
    "明天": 1, "明日": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_HAN_SEASONS = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
_HAN_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}


def _han_shift(words: str) -> int:
    return words.count("下") - words.count("上")


def _han_week(match: re.Match[str], at: date) -> Days:
    shift, day = _han_shift(match["which"] or ""), match["weekday"]
    if day in ("末",):
        return _weekend(at, shift)
    if not day:
        return _week(at, shift)
    wanted = "一二三四五六日".index(day.replace("天", "日"))
    if not match["which"]:
        return _day(at - timedelta(days=(at.weekday() - wanted) % 7))
    return _day(_week(at, shift)[0] + timedelta(days=wanted))


def _han_month(match: re.Match[str], at: date) -> Days:
    days = _unit_at("month", _han_shift(match["which"]), at)
    return _day(days[0].replace(day=_number(match["day"]))) if match["day"] else days


def _han_date(match: re.Match[str], at: date) -> Days:
    parts = match.groupdict()
    year_word, month, day = parts.get("year"), parts["month"], parts["day"]
    number = _number(month) if month else None
    if year_word is None:
        if number is None:
            raise ValueError("no month")
        return _latest(lambda year: _day(date(year, number, _number(day))) if day else _month(year, number), at)
    year = at.year + _HAN_YEARS[year_word] if year_word in _HAN_YEARS else _han_year(year_word)
    if number is None:
        return _season(_HAN_SEASONS[parts["season"]], year) if parts["season"] else _year(year)
    return _day(date(year, number, _number(day))) if day else _month(year, number)


def _han_year(word: str) -> int:
    digits = word.rstrip("年")
    if not digits.isdigit():
        digits = "".join(str(_HAN[sign]) for sign in digits)
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _han_ago(match: re.Match[str], at: date) -> Days:
    n, unit = _number(match["n"]), _HAN_UNITS[match["unit"]]
    sign = -1 if match["way"].endswith("前") else 1
    middle = at + sign * _delta(n, unit)
    slack = timedelta(days={"day": 1 if match["n"] == "几" else 0, "week": 3, "month": 15, "year": 182}[unit])
    return middle - slack, middle + slack + timedelta(days=1)


def _half_ago(match: re.Match[str], at: date) -> Days:
    months, days, slack = (6, 0, 60) if match["unit"] in ("年", "year") else (0, 15, 5)
    middle = at - relativedelta(months=months, days=days)
    return middle - timedelta(days=slack), middle + timedelta(days=slack + 1)


_HOLIDAY_EN = (
    r"(?P<holiday>christmas eve|christmas|xmas|new year['’]s eve|(?:chinese|lunar) new year|spring festival|new year"
    r"|valentine['’]s day|halloween|thanksgiving|easter)(?:['’]s)?(?: day)?"
)
_HOLIDAY_ZH = (
    r"(?P<holiday>圣诞|平安夜|元旦|情人节|劳动节|(?<!星期)(?<![周期拜])五一(?!起)|国庆|十一假期|万圣|春节|除夕|元宵|端午|七夕"
    r"|中秋|重阳)节?"
)
_HAN_WHICH = r"(?P<which>上{1,3}个?|下{1,3}个?|这个?|本)"
_HAN_DAY = r"(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})"
_HAN_YEAR = (
    r"(?P<year>大前年|前年|去年|今年|明年|后年|\d{4}年|[一二三四五六七八九〇零]{4}年"
    r"|\d\d年(?=\d{1,2}月|[春夏秋冬][天季]))"
)
_HAN_MONTH_DAY = rf"(?P<month>\d{{1,2}}|十[一二]?|[一二三四五六七八九])月(?!天)(?:份|{_HAN_DAY}[日号])?"

Reader = Callable[[re.Match[str], date], Days]


def _compiled(pattern: str, read: Reader, *, case: bool = False) -> tuple[re.Pattern[str], Reader]:
    return re.compile(pattern, 0 if case else re.I), read


_PATTERNS: Sequence[tuple[re.Pattern[str], Reader]] = (
    _compiled(
        r"\b(?P<y>(?:19|20)\d\d)[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})\b",
        lambda m, _: _day(date(int(m["y"]), int(m["m"]), int(m["d"]))),
    ),
    _compiled(rf"\b{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s*{_YEAR})?\b", _calendar),
    _compiled(rf"\b{_MONTH}\s+{_DAY}(?!\d)(?:,?\s*{_YEAR})?\b", _calendar),
    _compiled(rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}\b", _calendar),
    _compiled(rf"\b{_MONTH}\s+(?:of\s+)?(?P<which>last|this|next)\s+year\b", _month_of_year),
    _compiled(
        rf"\b(?P<which>last|this|next|coming)\s+(?P<month>{'|'.join(_PLAIN_MONTHS)}|March)\b(?!['’]s)",
        _some_month,
        case=True,
    ),
    _compiled(rf"\b{_SEASON}\s+(?:of\s+)?{_YEAR}\b", _some_season),
    _compiled(rf"\b(?:{_WHICH}|in|during|over|since)\s+(?:the\s+)?{_SEASON}\b", _some_season),
    _compiled(rf"\b(?:{_WHICH}\s+)?{_HOLIDAY_EN}(?:,?\s+(?:of\s+|in\s+)?{_YEAR})?\b", _holiday),
    _compiled(r"\bhalf an? (?P<unit>year|month) ago\b", _half_ago),
    _compiled(rf"\b{_N}\s+{_UNIT}\s+(?:ago|back|earlier)\b", _ago),
    _compiled(rf"\b(?:last|past|previous)\s+{_N}\s+{_UNIT}\b", _last_n),
    _compiled(rf"\b{_WHICH}\s+{_WEEKDAY}\b", _weekday),
    _compiled(rf"\b{_WHICH}\s+(?P<unit>week|weekend|fortnight|month|year)\b(?!\s+of\b)", _relative_unit),
    _compiled(rf"\b(?:in|of|during|since|by|until|before|after|last|early|mid|late)[\s-]+{_MONTH}(?=\W|$)", _calendar),
    _compiled(rf"{_NOT_A_NAME}\b(?P<month>{'|'.join(_PLAIN_MONTHS)})\b", _calendar, case=True),
    _compiled(r"\b(?:the )?day before yesterday\b", lambda _, at: _day(at - timedelta(days=2))),
    _compiled(r"\byesterday\b|\blast night\b", lambda _, at: _day(at - timedelta(days=1))),
    _compiled(r"\btoday\b|\btonight\b|\bthis (?:morning|afternoon|evening)\b", lambda _, at: _day(at)),
    _compiled(r"\btomorrow\b", lambda _, at: _day(at + timedelta(days=1))),
    _compiled(rf"\bon {_WEEKDAY}\b", _weekday),
    _compiled(rf"\b{_YEAR}\b(?!\s*年)(?!\s+\w+s\b)", lambda m, _: _year(int(m["year"]))),
    _compiled(rf"(?:(?P<year>前年|去年|今年|明年|(?:19|20)\d\d(?=年))年?的?)?{_HOLIDAY_ZH}", _holiday),
    _compiled(
        rf"(?<![目以])(?:{'|'.join(sorted(_HAN_DAYS, key=len, reverse=True))})(?!气(?!温))(?!天(?!气))",
        lambda m, at: _day(at + timedelta(days=_HAN_DAYS[m[0]])),
    ),
    _compiled(
        r"(?<![^\W我你他她])(?:前几天|前两天|前些天|这几天|这两天)|\bthe other day\b",
        lambda _, at: (at - timedelta(days=7), at + timedelta(days=1)),
    ),
    _compiled(r"(?<![上下])半(?P<unit>年|个月)(?:以前|之前|前)", _half_ago),
    _compiled(rf"{_HAN_N}个?{_HAN_UNIT}(?P<way>以前|之前|前|以后|之后|后)", _han_ago),
    _compiled(rf"(?<![每一两几]){_HAN_WHICH}?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])(?![次程])", _han_week),
    _compiled(rf"{_HAN_WHICH}(?:周|星期|礼拜)(?P<weekday>)", _han_week),
    _compiled(rf"{_HAN_WHICH}月(?:{_HAN_DAY}[日号])?", _han_month),
    _compiled(
        rf"{_HAN_YEAR}的?(?:{_HAN_MONTH_DAY}|(?P<season>[春夏秋冬])[天季]?)?",
        _han_date,
    ),
    _compiled(_HAN_MONTH_DAY, _han_date),
    _compiled(
        r"(?P<season>[春夏秋冬])[天季]", lambda m, at: _latest(lambda y: _season(_HAN_SEASONS[m["season"]], y), at)
    ),
)
"""Longer readings first: what one has read, no later one reads again."""
