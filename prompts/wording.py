"""How dates, people and facts are put into words for the model, in English and Chinese.

Small models are drawn to the words they are told to avoid. Of five wordings "cannot have X: suggest something else
instead" slips least: 4 of 20 suggestions name X, against 8 when the model is not told at all and 10 for "never suggest X"
(`bench/wording.py`, docs/findings.md).
"""

import re
from datetime import date, datetime

from memory.text import is_question
from memory.types import Fact, Memory
from prompts.types import Language

_FACTS: dict[Language, dict[str, str]] = {
    "en": {
        "name": "The user's name is {value}.",
        "home": "The user lives in {value}.",
        "job": "The user's work: {value}.",
        "diet": "The user's diet: {value}. Suggest only food that fits it.",
        "likes": "The user likes {value}.",
        "dislikes": "The user does not like {value}: suggest something else instead.",
        "allergies": "The user is allergic to {value} and cannot have it: suggest something else instead.",
    },
    "zh": {
        "name": "用户的名字是{value}。",
        "home": "用户住在{value}。",
        "job": "用户的工作：{value}。",
        "diet": "用户的饮食习惯：{value}。只推荐符合的食物。",
        "likes": "用户喜欢{value}。",
        "dislikes": "用户不喜欢{value}：请推荐别的。",
        "allergies": "用户对{value}过敏，不能接受它：请推荐别的。",
    },
}
_SELF = re.compile(
    r"\b(my|mine|(do|did|am|was|have|had|will) I|who I|I (am|was|have|live|work|like|love|hate))\b|我", re.I
)
_ADVICE = re.compile(
    r"\b(should|could|can|would|may|might|suggest|recommend|help)\b|\bhow (do|to|did)\b|应该|该|可以|能|推荐|建议|怎么办|帮",
    re.I,
)
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def word_fact(fact: Fact, language: Language) -> str:
    """A fact as a sentence about the user; a key of one's own reads "the user's shoe size: 38"."""
    pattern = _FACTS[language].get(fact.key)
    value = " ".join(fact.value.split()).rstrip(".。")
    if pattern:
        return pattern.format(value=value)
    key = fact.key.replace("_", " ")
    return f"用户的 {key}：{value}。" if language == "zh" else f"The user's {key}: {value}."


def long_date(day: date, language: Language) -> str:
    """Not strftime: its names follow the machine's locale, not the language asked for."""
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日，星期{'一二三四五六日'[day.weekday()]}"
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_date(time: datetime, language: Language) -> str:
    day = time.astimezone()
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
