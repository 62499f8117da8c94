"""Holidays by name and year. Easter comes from dateutil, the lunar calendar from lunar_python."""

from datetime import date, timedelta
from functools import lru_cache

from dateutil.easter import easter

from memory.language.times.days import Days, one_day

_FIXED = {
    "christmas eve": (12, 24), "christmas": (12, 25), "xmas": (12, 25), "new year's eve": (12, 31), "new year": (1, 1),
    "valentine's day": (2, 14), "halloween": (10, 31), "圣诞": (12, 25), "平安夜": (12, 24), "元旦": (1, 1),
    "情人节": (2, 14), "劳动节": (5, 1), "五一": (5, 1), "国庆": (10, 1), "十一假期": (10, 1), "万圣": (10, 31),
}  # fmt: skip
_LUNAR = {
    "chinese new year": (1, 1), "lunar new year": (1, 1), "spring festival": (1, 1), "春节": (1, 1), "元宵": (1, 15),
    "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15), "重阳": (9, 9),
}  # fmt: skip
"""Month and day of the lunar year."""


@lru_cache(maxsize=256)
def holiday(name: str, year: int) -> Days:
    """`name` as the patterns of `english` and `chinese` find it, in lower case with a straight apostrophe."""
    if name in _FIXED:
        return one_day(date(year, *_FIXED[name]))
    if name == "thanksgiving":
        first = date(year, 11, 1)
        return one_day(first + timedelta(days=(3 - first.weekday()) % 7 + 21))
    if name == "easter":
        return one_day(easter(year))
    from lunar_python import Lunar  # only for those who name such a holiday

    eve = name == "除夕"
    solar = Lunar.fromYmd(year, *_LUNAR["春节" if eve else name]).getSolar()
    return one_day(date(solar.getYear(), solar.getMonth(), solar.getDay()) - timedelta(days=int(eve)))
