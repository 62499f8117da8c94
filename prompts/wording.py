"""How dates and people are put into words for the model, in English and Chinese. Facts: `memory.vocabulary`."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo

from memory import times
from memory.text import is_chinese, is_question
from memory.times import Span
from memory.types import Memory
from prompts.types import Language

_SELF = re.compile(
    r"\b(my|mine|(do|did|am|was|have|had|will) I|who I|I (am|was|have|live|work|like|love|hate))\b|我", re.I
)
_ADVICE = re.compile(
    r"\b(should|could|can|would|may|might|suggest|recommend|help)\b|\bhow (do|to|did)\b|应该|该|可以|能|推荐|建议|怎么办|帮",
    re.I,
)
_RELATIVE = re.compile(
    r"\b(yesterday|tomorrow|last|past|previous|ago|back|earlier|this|next|coming)\b|[昨前明后去今这上下]",
    re.I,
)
"""What makes a time hang on when it was said. "On 13 August" may be any year's, "on Friday" the last or the next."""
_VAGUE = re.compile(
    r"\b(few|several|couple|other day)\b|\b(next|coming) \w+day\b|几|两天|今[天日晚早]|\bthis \w+(ing|noon)\b", re.I
)
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
    """A line with the times in it that hang on when it was said, each followed by what that is: "yesterday (7 May 2023)".
    Small models do not count back by themselves."""
    if not _RELATIVE.search(text):
        return text
    language: Language = "zh" if is_chinese(text) else "en"
    done, rest = "", text
    for span in times.resolve(text, said.astimezone(zone)):
        before, phrase, after = rest.partition(span.phrase)
        if not phrase:
            continue
        told = _span(span, language) if _RELATIVE.search(phrase) and not _VAGUE.search(phrase) else ""
        if told and not (language == "en" and str(span.start.year) in phrase):
            phrase += f"（{told}）" if language == "zh" else f" ({told})"
        done, rest = done + before + phrase, after
    return done + rest


def _span(span: Span, language: Language) -> str:
    """A day, a week, a weekend, a month or a year, or about one; "" for what is neither."""
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
    if (365 <= days <= 366 and (first.month, first.day) == (1, 1)) or (89 <= days <= 92 and first.day == 1):
        return _year(first, language)  # of a season too
    if 31 < days < 365 or days > 366:
        return ""
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
