"""Budgets and days: an amount over what was to be spent, in the same currency, and a day that does not suit."""

import re
from collections.abc import Iterator

from assistant.talk.constraints.types import Conflict, Limit

_SIGNS = {
    "EUR": "€|euros?|eur|欧元?", "USD": r"\$|dollars?|usd|bucks|美元|美金|刀", "GBP": "£|pounds?|quid|gbp|英镑",
    "CNY": "¥|￥|yuan|rmb|cny|元|块钱?|人民币", "JPY": "yen|jpy|日元",
}  # fmt: skip
_ALL = "|".join(_SIGNS.values())
_NUMBER = r"\d{1,9}(?:[,，]\d{3}){0,3}(?:\.\d{1,2})?"
_AMOUNT = re.compile(
    rf"(?P<sign>{_ALL})\s?(?P<a>{_NUMBER})(?![\d])|(?P<b>{_NUMBER})(?P<k>k|千|万)?\s?(?P<unit>{_ALL})(?![a-z])", re.I
)
AMOUNT = rf"(?:(?:{_ALL})\s?{_NUMBER}|{_NUMBER}\s?[k千万]?\s?(?:{_ALL}))"
_CODES = [(code, re.compile(rf"(?:{signs})", re.I)) for code, signs in _SIGNS.items()]
_DAYS = {
    "monday": "周一|星期一|礼拜一", "tuesday": "周二|星期二|礼拜二", "wednesday": "周三|星期三|礼拜三",
    "thursday": "周四|星期四|礼拜四", "friday": "周五|星期五|礼拜五", "saturday": "周六|星期六|礼拜六",
    "sunday": "周日|周天|星期日|星期天|礼拜天", "weekend": "周末",
}  # fmt: skip
DAY = "(?:" + "|".join([*(f"[{d[0]}{d[0].upper()}]{d[1:]}" for d in _DAYS), *_DAYS.values()]) + ")"
_DAY = re.compile(rf"\b(?P<en>{'|'.join(_DAYS)})s?\b|(?P<zh>{'|'.join(_DAYS.values())})", re.I)
_MANY = {"千": 1_000, "k": 1_000, "万": 10_000}


def amounts_in(text: str) -> Iterator[tuple[float, str, int, int]]:
    """Each amount of money: how much, its currency (ISO 4217), where it stands."""
    for match in _AMOUNT.finditer(text):
        unit = match["sign"] or match["unit"]
        code = next(code for code, pattern in _CODES if pattern.fullmatch(unit))
        number = float((match["a"] or match["b"]).replace(",", "").replace("，", ""))
        yield number * _MANY.get((match["k"] or "").lower(), 1), code, match.start(), match.end()


def days_in(text: str) -> Iterator[tuple[str, int, int]]:
    """Each day of the week, in English, and where it stands."""
    for match in _DAY.finditer(text):
        day = match["en"].lower() if match["en"] else next(d for d, zh in _DAYS.items() if match["zh"] in zh.split("|"))
        yield day, match.start(), match.end()


def day_in_chinese(day: str) -> str:
    return _DAYS[day.lower()].split("|")[0] if day.lower() in _DAYS else day


def conflicts(text: str, limit: Limit) -> Iterator[Conflict]:
    """What in `text` is over the budget, or falls on the day."""
    if limit.kind == "budget":
        most = next(amounts_in(limit.value), None)
        for amount, code, start, end in amounts_in(text):
            if most and code == most[1] and amount > most[0]:
                yield Conflict(limit, text[start:end], limit.value, start, end, "over")
        return
    refused = {day for day, _, _ in days_in(limit.value)}
    if "weekend" in refused:
        refused |= {"saturday", "sunday"}
    for day, start, end in days_in(text):
        if day in refused:
            yield Conflict(limit, text[start:end], limit.value, start, end, "on")
