"""The keys of the profile, and how a fact reads as a sentence about the user, in English and Chinese.

| group | keys |
|---|---|
| identity | name, age, birthday, gender, nationality, religion, relationship, personality |
| home | home, origin |
| work | job, employer, school, studies, skills |
| people | people, pets |
| health | health, allergies, diet |
| tastes | likes, dislikes, interests |
| aims | goals, plans, schedule |
| things | possessions, languages |
| events | event |
| money | money |
| contact | contact |
| style | style, new_to |
| other | other |

A key with `several` holds many facts at once; of the others a new one supersedes the old. Any other key of up to 32 of
a-z, 0-9 and "_" can be set by hand; it holds one fact.

Small models are drawn to the words they are told to avoid. Of five wordings "cannot have X: suggest something else
instead" slips least: 4 of 20 suggestions name X, against 8 when the model is not told at all and 10 for "never suggest X"
(`bench/wording.py`, docs/findings.md).
"""

import re
from dataclasses import dataclass
from typing import Literal

from memory.errors import BadInput
from memory.types import Fact

Language = Literal["en", "zh"]

_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Key:
    """`several`: whether it holds more than one fact at a time; `en` and `zh` word one."""

    name: str
    group: str
    en: str
    zh: str
    several: bool = False


KEYS: dict[str, Key] = {
    key.name: key
    for key in (
        Key("name", "identity", "The user's name is {value}.", "用户的名字是{value}。"),
        Key("age", "identity", "The user is {value} years old.", "用户{value}岁。"),
        Key("birthday", "identity", "The user's birthday: {value}.", "用户的生日：{value}。"),
        Key("gender", "identity", "The user's gender: {value}.", "用户的性别：{value}。"),
        Key("nationality", "identity", "The user is {value}.", "用户是{value}。"),
        Key("religion", "identity", "The user's religion: {value}.", "用户的信仰：{value}。"),
        Key("relationship", "identity", "The user is {value}.", "用户的感情状况：{value}。"),
        Key("personality", "identity", "The user is {value}.", "用户的性格：{value}。", several=True),
        Key("home", "home", "The user lives in {value}.", "用户住在{value}。"),
        Key("origin", "home", "The user comes from {value}.", "用户来自{value}。"),
        Key("job", "work", "The user's work: {value}.", "用户的工作：{value}。"),
        Key("employer", "work", "The user works at {value}.", "用户在{value}工作。"),
        Key("school", "work", "The user goes to {value}.", "用户在{value}上学。"),
        Key("studies", "work", "The user studies {value}.", "用户学的是{value}。"),
        Key("skills", "work", "The user can {value}.", "用户擅长{value}。", several=True),
        Key("people", "people", "In the user's life: {value}.", "用户身边的人：{value}。", several=True),
        Key("pets", "people", "The user has a pet: {value}.", "用户的宠物：{value}。", several=True),
        Key("health", "health", "The user's health: {value}.", "用户的健康状况：{value}。", several=True),
        Key(
            "allergies",
            "health",
            "The user is allergic to {value} and cannot have it: suggest something else instead.",
            "用户对{value}过敏，不能接受它：请推荐别的。",
            several=True,
        ),
        Key(
            "diet",
            "health",
            "The user's diet: {value}. Suggest only food that fits it.",
            "用户的饮食习惯：{value}。只推荐符合的食物。",
            several=True,
        ),
        Key("likes", "tastes", "The user likes {value}.", "用户喜欢{value}。", several=True),
        Key(
            "dislikes",
            "tastes",
            "The user does not like {value}: suggest something else instead.",
            "用户不喜欢{value}：请推荐别的。",
            several=True,
        ),
        Key("interests", "tastes", "The user's hobby: {value}.", "用户的爱好：{value}。", several=True),
        Key("goals", "aims", "The user's goal: {value}.", "用户的目标：{value}。", several=True),
        Key("plans", "aims", "The user plans: {value}.", "用户的计划：{value}。", several=True),
        Key("schedule", "aims", "The user's routine: {value}.", "用户的日程：{value}。", several=True),
        Key("possessions", "things", "The user has {value}.", "用户有{value}。", several=True),
        Key("languages", "things", "The user speaks or learns {value}.", "用户会或在学{value}。", several=True),
        Key("event", "events", "It happened to the user: {value}.", "用户经历过：{value}。", several=True),
        Key("money", "money", "Of the user's money: {value}.", "用户的钱：{value}。", several=True),
        Key("contact", "contact", "To reach the user: {value}.", "用户的联系方式：{value}。", several=True),
        Key("other", "other", "Of the user: {value}.", "关于用户：{value}。", several=True),
        Key(
            "style",
            "style",
            "How the user wants answers: {value}.",
            "用户希望的回答方式：{value}。",
            several=True,
        ),
        Key(
            "new_to",
            "style",
            "The user is new to {value}: explain it from the basics.",
            "用户刚接触{value}：请从基础讲起。",
            several=True,
        ),
    )
}


PEOPLE_ZH = {
    "mother": "妈妈", "father": "爸爸", "parents": "父母", "sister": "姐妹", "brother": "兄弟",
    "wife": "妻子", "husband": "丈夫", "spouse": "爱人", "partner": "伴侣", "boyfriend": "男朋友",
    "girlfriend": "女朋友", "son": "儿子", "daughter": "女儿", "child": "孩子", "children": "孩子",
    "grandmother": "奶奶或外婆", "grandfather": "爷爷或外公", "aunt": "阿姨", "uncle": "叔叔", "cousin": "表亲",
    "friend": "朋友", "colleague": "同事", "boss": "老板", "roommate": "室友", "neighbor": "邻居",
    "teacher": "老师", "classmate": "同学",
}  # fmt: skip


def _inert(text: str) -> str:
    """One line that cannot open or close a block of the prompt."""
    return " ".join(text.split()).replace("<", "‹").replace(">", "›")


def worded_value(fact: Fact, language: Language) -> str:
    """A fact's value in the reader's language, where it is ours and not the user's: "daughter 豆豆" is 女儿 豆豆."""
    relation, space, name = fact.value.partition(" ")
    if language == "zh" and fact.key == "people" and relation in PEOPLE_ZH:
        return f"{PEOPLE_ZH[relation]}{space}{name}"
    return fact.value


def word(fact: Fact, language: Language) -> str:
    """A fact as a sentence; a key of one's own reads "The user's shoe size: 38.", another person's "The user's sister:
    likes jazz."."""
    value = _inert(worded_value(fact, language)).rstrip(".。")
    known = KEYS.get(fact.key)
    if fact.subject != "user":
        subject = _inert(fact.subject)
        if language == "zh":
            return f"用户的{PEOPLE_ZH.get(subject, subject)}（{fact.key}）：{value}。"
        return f"The user's {subject}: {fact.key.replace('_', ' ')} {value}."
    if known is None:
        key = fact.key.replace("_", " ")
        return f"用户的 {key}：{value}。" if language == "zh" else f"The user's {key}: {value}."
    pattern = known.zh if language == "zh" else known.en
    return pattern.format(value=value)


def checked_key(name: str) -> str:
    """Raises BadInput for what cannot be a key."""
    if not _KEY.fullmatch(name):
        raise BadInput(
            f"{name[:40]!r} is not a profile key: use up to 32 of a-z, 0-9 and '_', beginning with a letter."
        )
    return name


def several(name: str) -> bool:
    return name in KEYS and KEYS[name].several


def polarity(key: str) -> int:
    """Of a fact of this key that is set by hand."""
    return -1 if key == "dislikes" else 1
