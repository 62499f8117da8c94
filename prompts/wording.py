"""How dates and people are put into words for the model, in English and Chinese. Facts: `memory.facts.vocabulary`."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo

from memory.language import times
from memory.language.text import is_chinese, is_question
from memory.language.times import Span
from memory.types import Memory
from prompts.types import Language

_SELF = re.compile(
    r"\b(my|mine|(do|did|am|was|have|had|will) I|who I|I (am|was|have|live|work|like|love|hate))\b|我", re.I
)
_ADVICE = re.compile(
    r"\b(should|could|can|would|may|might|suggest|recommend|help|supposed)\b|\bhow (do|to|did)\b"
    r"|应该|该|可以|能|推荐|建议|怎么办|帮",
    re.I,
)
_COUNT = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
_HAN_COUNT = r"(?:\d{1,2}|[二三四五六七八九]十[一二三四五六七八九]?|十[一二三四五六七八九]?|[一两二三四五六七八九])"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_RELATIVE = {
    "en": re.compile(
        r"(?<![\w-])(?:the day before yesterday|yesterday|last night|the day after tomorrow|(?<!day after )tomorrow"
        rf"|(?<!the )(?<!my )(?<!his )(?<!her )(?<!our )(?<!their )(?<!your )(?<!its )"
        rf"(?:(?:last|this|next) (?:week|month|year)|(?:last|this) weekend|last {_WEEKDAY})"
        rf"|(?<![\d.,]\s)(?<!and )(?<![.,]){_COUNT} (?:day|week|weekend|month|year)s? ago)"
        r"(?!['’\w-]|\s*[(（]| of\b)",
        re.I,
    ),
    "zh": re.compile(
        r"(?:昨天|昨晚|(?<![以之先日目眼大前])大?前天(?![天])|(?<![聪文说])明天(?!天)|(?<![以之然雨靠饭最今大])大?后天(?![天努])"
        r"|(?<![过失除])去年|(?<![如至而])今年(?![轻纪])|(?<![文聪])明年(?![代轻])|(?<![以之目大])大?前年(?![轻代])"
        r"|(?<![晚早马天加以上下])(?:上{1,2}|下{1,2})个?(?:周|星期|礼拜)[一二三四五六日末]?(?![天个次日刊])"
        r"|(?<![上下])(?:上{1,2}|下{1,2})个月(?!的?\d)"
        rf"|(?<![\d.．零〇一二两三四五六七八九十百千万几多数第每]){_HAN_COUNT}(?:天|周|个?星期|个月|年)前(?![后年天]))"
        r"(?!\s*[(（])"
    ),
}
"""Times that hang on when they were said, and on nothing else. Left out is what may be another: "on 13 August" is of any year,
"next Friday" this week's or that after it, "the last year" of something, "two years earlier" than what was told."""
_BESIDE: Mapping[Language, str] = {"en": " ({})", "zh": "（{}）"}
_ABOUT: Mapping[Language, str] = {"en": "about {}", "zh": "{}左右"}
_WEEK: Mapping[Language, str] = {"en": "the week of {}", "zh": "{}那一周"}
_WEEKEND: Mapping[Language, str] = {"en": "the weekend of {}", "zh": "{}那个周末"}
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def long_date(day: date, language: Language) -> str:
    """Not strftime: its names follow the machine's locale, not the language asked for."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日，星期{'一二三四五六日'[day.weekday()]}"
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(time: datetime, language: Language, zone: tzinfo | None = None) -> str:
    """The day it was in `zone`, or here."""
    return _day(time.astimezone(zone).date(), language)


def dated(text: str, said: datetime, zone: tzinfo | None = None) -> str:
    """A line with what it was beside each time that hangs on when it was said: "yesterday (7 May 2023)". Small models do not
    count back by themselves."""
    language: Language = "zh" if is_chinese(text) else "en"
    at = said.astimezone(zone)

    def with_date(match: re.Match[str]) -> str:
        spans = times.resolve(match[0], at)
        when = _span(spans[0], language) if len(spans) == 1 else ""
        return match[0] + (_BESIDE[language].format(when) if when else "")

    return _RELATIVE[language].sub(with_date, text)


def _span(span: Span, language: Language) -> str:
    """A day, a week, a weekend, a month or a year, or about one."""
    first, days = span.start.date(), (span.end - span.start).days
    middle = first + timedelta(days=days // 2)
    if days == 1:
        return _day(first, language)
    if days == 2 and first.weekday() == 5:
        return _WEEKEND[language].format(_day(first, language))
    if days == 7 and first.weekday() == 0:
        return _WEEK[language].format(_day(first, language))
    if 28 <= days <= 31 and first.day == 1:
        return _month(first, language)
    if 365 <= days <= 366 and (first.month, first.day) == (1, 1):
        return _year(first, language)
    about = _day if days <= 8 else _month if days <= 31 else _year
    return _ABOUT[language].format(about(middle, language))


def _day(day: date, language: Language) -> str:
    return f"{_month(day, language)}{day.day}日" if language == "zh" else f"{day.day} {_month(day, language)}"


def _month(day: date, language: Language) -> str:
    return f"{day.year}年{day.month}月" if language == "zh" else f"{_MONTHS[day.month - 1]} {day.year}"


def _year(day: date, language: Language) -> str:
    return f"{day.year}年" if language == "zh" else str(day.year)


def speaker_name(memory: Memory, user: str, assistant: str, language: Language) -> str:
    """Who said it, as the model is to see it."""
    if memory.speaker is None and memory.kind in ("import", "document"):
        return {"en": "a document", "zh": "一份文件"}[language]
    if memory.speaker in (None, user):
        return "用户" if language == "zh" else "the user"
    if memory.speaker == assistant:
        return "你" if language == "zh" else "you, the assistant,"
    return str(memory.speaker)


def asks_about_self(message: str) -> bool:
    """Whether the user asks for something about themselves that they may have told; not for advice."""
    return is_question(message) and bool(_SELF.search(message)) and not _ADVICE.search(message)
