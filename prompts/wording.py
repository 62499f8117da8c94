"""How dates and people are put into words for the model, in English and Chinese. Facts: `memory.vocabulary`."""

import re
from datetime import date, datetime, tzinfo

from memory.text import is_question
from memory.types import Memory
from prompts.types import Language

_SELF = re.compile(
    r"\b(my|mine|(do|did|am|was|have|had|will) I|who I|I (am|was|have|live|work|like|love|hate))\b|我", re.I
)
_ADVICE = re.compile(
    r"\b(should|could|can|would|may|might|suggest|recommend|help)\b|\bhow (do|to|did)\b|应该|该|可以|能|推荐|建议|怎么办|帮",
    re.I,
)
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def long_date(day: date, language: Language) -> str:
    """Not strftime: its names follow the machine's locale, not the language asked for."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日，星期{'一二三四五六日'[day.weekday()]}"
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(time: datetime, language: Language, zone: tzinfo | None = None) -> str:
    """The day it was in `zone`, or here."""
    day = time.astimezone(zone)
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


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
