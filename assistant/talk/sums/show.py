"""How numbers, amounts, times and dates are written in an answer."""

from datetime import date
from fractions import Fraction

from assistant.talk.sums.values import Language, Quantity
from assistant.talk.sums.words import Words

_BEFORE = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹"}
_WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
MONEY = ("USD", "EUR", "GBP", "CNY", "JPY", "HKD", "INR")
_IN_WAN = 1_000_000
"""From so much on, money in Chinese is said in 万."""
_GLUED = ("°C", "°F")


def rounded(value: Fraction, places: int | None = None) -> tuple[Fraction, bool]:
    """The value at the digits it is shown with, and whether that is all of it."""
    if places is None:
        places = 2 if abs(value) >= 1 or value == 0 else 4
        exact_at = next((n for n in range(5) if (value * 10**n).denominator == 1), None)
        if exact_at is not None:
            return value, True
        if abs(value) < Fraction(1, 1000):
            places = next((n for n in range(4, 13) if abs(value) * 10**n >= 100), 12)
    scaled = value * 10**places
    whole = int(abs(scaled) + Fraction(1, 2)) * (1 if scaled >= 0 else -1)
    return Fraction(whole, 10**places), Fraction(whole, 10**places) == value


def number(value: Fraction, language: Language, *, places: int | None = None) -> str:
    """14.28, 1,250 or 1250; "about 33.33", 约33.33 if it was rounded."""
    short, exact = rounded(value, places)
    about = "" if exact else ("about " if language == "en" else "约")
    return about + digits(short, language, places)


def digits(value: Fraction, language: Language, places: int | None = None) -> str:
    if places is None:
        places = next((n for n in range(13) if (value * 10**n).denominator == 1), 12)
    scaled = int(abs(value) * 10**places)
    whole, part = divmod(scaled, 10**places)
    written = f"{whole:,}" if language == "en" else str(whole)
    return f"{'−' if value < 0 else ''}{written}" + (f".{part:0{places}d}" if places else "")


def money(quantity: Quantity, words: Words) -> str:
    """Two decimals unless it is whole: $17.28, 17.28, 12.50元."""
    cents, exact = rounded(quantity.amount, 2)
    plain = digits(cents, words.language, 0 if cents.denominator == 1 else 2)
    about = "" if exact else ("about " if words.language == "en" else "约")
    if words.language == "zh" and abs(cents) >= _IN_WAN and cents % 100 == 0:
        plain = f"{digits(cents / 10_000, 'zh')}万"
    if words.language == "zh":
        return f"{about}{plain}{words.shown[quantity.unit][0] if quantity.unit else ''}"
    sign, bare = ("−", plain[1:]) if plain.startswith("−") else ("", plain)
    if quantity.unit in _BEFORE:
        return f"{about}{sign}{_BEFORE[quantity.unit]}{bare}"
    return f"{about}{plain} {quantity.unit}".rstrip() if quantity.unit != "CNY" else f"{about}{plain} yuan"


def shown(quantity: Quantity, words: Words) -> str:
    """An amount with its unit."""
    if quantity.unit in MONEY:
        return money(quantity, words)
    if quantity.unit == "h" and not rounded(quantity.amount)[1]:
        return lasting(quantity.amount * 60, words.language)
    plain = number(quantity.amount, words.language)
    if not quantity.unit:
        return plain
    one, many = words.shown.get(quantity.unit, (quantity.unit, quantity.unit))
    name = one if quantity.amount == 1 else many
    return f"{plain}{name}" if words.language == "zh" else f"{plain} {name}"


def lasting(minutes: Fraction, language: Language) -> str:
    """A stretch of time in hours and minutes (and seconds, if these are not whole)."""
    seconds = int(minutes * 60 + Fraction(1, 2))
    hours, rest = divmod(seconds, 3600)
    parts = [(hours, "hour", "小时"), (rest // 60, "minute", "分钟"), (rest % 60, "second", "秒")]
    if language == "zh":
        return "".join(f"{n}{name}" for n, _, name in parts if n) or "0分钟"
    return " and ".join(f"{n:,} {name}{'' if n == 1 else 's'}" for n, name, _ in parts if n) or "0 minutes"


def pace(minutes: Fraction) -> str:
    """5:12"""
    seconds = int(minutes * 60 + Fraction(1, 2))
    return f"{seconds // 60}:{seconds % 60:02d}"


def clock(minutes: int) -> str:
    """14:15"""
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def day(value: date, language: Language) -> str:
    """Sunday, 14 July 2027; 2027年7月14日，星期三 without the comma."""
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def weekday(value: date, language: Language) -> str:
    return _WEEKDAYS[language][value.weekday()]


def count(n: int, name: str, language: Language) -> str:
    """1 day, 27 days, 27天."""
    if language == "zh":
        return f"{n}{ {'day': '天', 'week': '周', 'month': '个月', 'year': '年'}[name] }"
    return f"{n:,} {name}{'' if n == 1 else 's'}"
