"""The patterns of `words/told.toml`, compiled: how limits are said, who is spoken of, what a request is about."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from assistant.talk.constraints.amounts import AMOUNT, DAY
from memory.facts.vocabulary import PEOPLE_ZH

_MINE = re.compile(r"^(?:my|our)\s+", re.I)
PETS = frozenset({"cat", "dog", "puppy", "kitten", "horse", "rabbit", "hamster", "parrot", "猫", "狗"})
_MENTION = re.compile(r"\b(?:[Mm]y|[Oo]ur) ([\w-]+)|[我咱]([妈爸儿女老妻丈姐妹哥弟奶外爷婆公岳]\w?)")


@cache
def data() -> dict[str, Any]:
    text = (files(__package__) / "words" / "told.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def flat(pattern: str) -> str:
    return re.sub(r"\n\s*", "", pattern)


@cache
def patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """What each pattern means, in the order they are tried."""
    return tuple((one["means"], compiled(one["pattern"])) for one in data()["pattern"])


def compiled(pattern: str) -> re.Pattern[str]:
    if "{who_zh}" in pattern:
        pattern = re.sub(r"\{x\}$", "{x_zh}(?:了|的|吧)*$", pattern).replace("{x}", "{x_zh}")
    for name, piece in {**data()["fragments"], "money": AMOUNT, "day": DAY}.items():
        pattern = pattern.replace(f"{{{name}}}", piece)
    return re.compile(flat(pattern))


@cache
def request(name: str) -> re.Pattern[str]:
    """`about`, `all`, `present` or `for_self` of what a request is."""
    return re.compile(flat(data()["requests"][name]), re.I)


@cache
def _unsaid() -> tuple[re.Pattern[str], re.Pattern[str]]:
    return re.compile(flat(data()["unsaid"]), re.I), re.compile(f"(?:{flat(data()['jokes'])})", re.I)


def supposed(sentence: str) -> bool:
    return bool(_unsaid()[0].search(sentence.strip()))


def joke(value: str) -> bool:
    return bool(_unsaid()[1].fullmatch(value.strip()))


@cache
def relations() -> dict[str, str]:
    """ "mum" -> "mother", 老婆 -> "wife"."""
    table = {name: one for names, one in data()["people"].items() for name in names.split("|")}
    return {**table, **{name: name for name in PEOPLE_ZH}}


def person(who: str | None) -> str | None:
    """Whom words name: `None` for the user, a relation ("son"), or a name ("Ines")."""
    if who is None or who.casefold() in ("i", "we", "我", "我们", "咱们", "咱", "user"):
        return None
    bare = _MINE.sub("", who).strip().removeprefix("我").removeprefix("咱")
    for word in reversed(bare.split()):
        if relation := relations().get(word.casefold().removesuffix("'s")):
            return relation
    return relations().get(bare, bare)


def mentioned(clause: str) -> str | None:
    """The relative a clause speaks of ("my dad was told …"), whom "he" means after it."""
    for match in _MENTION.finditer(clause):
        name = match[1] or match[2]
        if relation := relations().get(name.casefold()) or relations().get(name[:1]):
            return relation
    return None
