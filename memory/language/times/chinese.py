"""How Chinese names a time."""

import re
from datetime import date, timedelta

from memory.language.times import days as calendar
from memory.language.times.days import Days, Patterns, Way, compiled, latest, one_day
from memory.language.times.holidays import holiday

_DIGITS = {sign: n for n, sign in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_SOME = 3
"""What 几 stands for."""
_UNITS = {"天": "day", "日": "day", "周": "week", "星期": "week", "礼拜": "week", "月": "month", "年": "year"}
_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0,
    "明天": 1, "明日": 1, "后天": 2, "大后天": 3,
}  # fmt: skip
_SEASONS = {"春": "spring", "夏": "summer", "秋": "autumn", "冬": "winter"}
_YEARS = {"大前年": -3, "前年": -2, "去年": -1, "今年": 0, "明年": 1, "后年": 2}
_WAYS = {"以前": "before", "之前": "before", "前": "before", "以后": "after", "之后": "after", "后": "after"} | {
    "以来": "since"
}

_N = r"(?P<n>\d{1,3}|[一二两三四五六七八九十]{1,3}|几)"
_UNIT = r"(?P<unit>天|日|周|星期|礼拜|月|年)"
_WHICH = r"(?P<which>上{1,3}个?|下{1,3}个?|这一?个?|本)"
_DAY = r"(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})"
_YEAR = (
    r"(?P<year>大前年|前年|去年|今年|明年|后年|\d{4}年|[一二三四五六七八九〇零]{4}年"
    r"|\d\d年(?=\d{1,2}月|[春夏秋冬][天季]))"
)
_MONTH_DAY = rf"(?P<month>\d{{1,2}}|十[一二]?|[一二三四五六七八九])月(?!天)(?:份|{_DAY}[日号])?"
_HOLIDAY = (
    r"(?P<holiday>圣诞|平安夜|元旦|情人节|劳动节|(?<!星期)(?<![周期拜])五一(?!起)|国庆|十一假期|万圣|春节|除夕|元宵|端午|七夕"
    r"|中秋|重阳)节?"
)

# What stands after a time: 春节前两周, 去年以来, 三月初

_OFFSET = re.compile(rf"^的?(?P<way>前|后){_N}个?{_UNIT}")
_AFTERWARDS = re.compile(
    rf"^的?(?:(?P<way>以前|之前|前|以后|之后|以来|后(?![来悔面代]))|(?P<part>初(?![中恋次期])|中旬|底|末))(?!{_N})"
)


def led_out(after: str, days: Days) -> tuple[int, Days] | None:
    """What a time is by the words right after it, with how many signs these are; `None` if they say nothing of it."""
    if match := _OFFSET.match(after):
        way: Way = "before" if match["way"] == "前" else "after"
        try:
            return match.end(), calendar.offset(days, _number(match["n"]), _UNITS[match["unit"]], way)
        except ValueError:  # 春节前十二三天
            return None
    if match := _AFTERWARDS.match(after):
        if match["part"]:
            part = {"初": "beginning", "中旬": "middle"}.get(match["part"], "end")
            return match.end(), calendar.part(days, part)
        return match.end(), calendar.open_ended(days, _WAYS[match["way"]])
    return None


# Single times


def _number(word: str) -> int:
    """Raises ValueError for a number that is about one: 二三十, 十七八."""
    if word.isdigit():
        return int(word)
    if "十" in word:
        tens, _, ones = word.partition("十")
        if any(sign and sign not in _DIGITS for sign in (tens, ones)):
            raise ValueError(f"{word} is about a number")
        return 10 * (_DIGITS[tens] if tens else 1) + (_DIGITS[ones] if ones else 0)
    return _DIGITS.get(word, _SOME)


def _year_number(word: str) -> int:
    digits = word.rstrip("年")
    if not digits.isdigit():
        digits = "".join(str(_DIGITS[sign]) for sign in digits)
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _shift(which: str) -> int:
    """-1 for 上, 1 for 下, and one more for each that follows."""
    return which.count("下") - which.count("上")


def _which_week(match: re.Match[str], at: date) -> Days:
    shift, day = _shift(match["which"] or ""), match["weekday"]
    if day == "末":
        return calendar.weekend(at, shift)
    if not day:
        return calendar.week(at, shift)
    wanted = "一二三四五六日".index(day.replace("天", "日"))
    if not match["which"]:
        return one_day(at - timedelta(days=(at.weekday() - wanted) % 7))
    return one_day(calendar.week(at, shift)[0] + timedelta(days=wanted))


def _which_month(match: re.Match[str], at: date) -> Days:
    days = calendar.unit_at("month", _shift(match["which"]), at)
    return one_day(days[0].replace(day=_number(match["day"]))) if match["day"] else days


def _date(match: re.Match[str], at: date) -> Days:
    parts = match.groupdict()
    year_word, month, day = parts.get("year"), parts["month"], parts["day"]
    number = _number(month) if month else None
    if year_word is None:
        if number is None:
            raise ValueError("no month")
        return latest(
            lambda year: one_day(date(year, number, _number(day))) if day else calendar.month(year, number), at
        )
    year = at.year + _YEARS[year_word] if year_word in _YEARS else _year_number(year_word)
    if number is None:
        return calendar.season(_SEASONS[parts["season"]], year) if parts["season"] else calendar.year(year)
    return one_day(date(year, number, _number(day))) if day else calendar.month(year, number)


def _season(match: re.Match[str], at: date) -> Days:
    return latest(lambda year: calendar.season(_SEASONS[match["season"]], year), at)


def _which_holiday(match: re.Match[str], at: date) -> Days:
    name, year = match["holiday"], match["year"]
    if year in _YEARS:
        return holiday(name, at.year + _YEARS[year])
    return holiday(name, int(year)) if year else latest(lambda each: holiday(name, each), at)


def _ago(match: re.Match[str], at: date) -> Days:
    n, unit = _number(match["n"]), _UNITS[match["unit"]]
    sign = -1 if match["way"].endswith("前") else 1
    middle = at + sign * calendar.length(n, unit)
    slack = timedelta(days={"day": 1 if match["n"] == "几" else 0, "week": 3, "month": 15, "year": 182}[unit])
    return middle - slack, middle + slack + timedelta(days=1)


def _last_n(match: re.Match[str], at: date) -> Days:
    return at - calendar.length(_number(match["n"]), _UNITS[match["unit"]]), at + timedelta(days=1)


def _half_ago(match: re.Match[str], at: date) -> Days:
    return calendar.half_ago("year" if match["unit"] == "年" else "month", at)


PATTERNS: Patterns = (
    compiled(rf"(?:(?P<year>前年|去年|今年|明年|(?:19|20)\d\d(?=年))年?的?)?{_HOLIDAY}", _which_holiday),
    compiled(
        rf"(?<![目以])(?:{'|'.join(sorted(_DAYS, key=len, reverse=True))})(?!气(?!温))(?!天(?!气))",
        lambda match, at: one_day(at + timedelta(days=_DAYS[match[0]])),
    ),
    compiled(
        r"(?<![^\W我你他她])(?:前几天|前两天|前些天|这几天|这两天)",
        lambda _, at: (at - timedelta(days=7), at + timedelta(days=1)),
    ),
    compiled(rf"(?<!附)(?:最近|过去|近)(?:的?这)?{_N}个?{_UNIT}(?:以?来|内|里|间)?", _last_n),
    compiled(r"(?<![上下])半(?P<unit>年|个月)(?:以前|之前|前)", _half_ago),
    compiled(rf"{_N}个?{_UNIT}(?P<way>以前|之前|前|以后|之后|后)", _ago),
    compiled(rf"(?<![每一两几]){_WHICH}?(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])(?![次程])", _which_week),
    compiled(rf"{_WHICH}(?:周|星期|礼拜)(?P<weekday>)", _which_week),
    compiled(rf"{_WHICH}月(?:{_DAY}[日号])?", _which_month),
    compiled(rf"{_YEAR}的?(?:{_MONTH_DAY}|(?P<season>[春夏秋冬])[天季]?)?", _date),
    compiled(_MONTH_DAY, _date),
    compiled(r"(?P<season>[春夏秋冬])[天季]", _season),
)
"""Longer readings first: what one has read, no later one reads again."""
