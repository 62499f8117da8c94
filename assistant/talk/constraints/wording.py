"""Limits and conflicts in words for people, and for the prompt."""

from collections.abc import Sequence

from assistant.talk.constraints import amounts
from assistant.talk.constraints.lexicon import Diet, words
from assistant.talk.constraints.types import Conflict, Language, Limit
from memory.facts.vocabulary import PEOPLE_ZH
from memory.language.text import CJK

_SINGULAR = ("ss", "us", "is", "couscous", "asparagus")
_YOUR_ZH = {
    **PEOPLE_ZH,
    "sister": "姐妹",
    "brother": "兄弟",
    "grandmother": "奶奶（外婆）",
    "grandfather": "爷爷（外公）",
}


def warning(conflict: Conflict, language: Language) -> str:
    """ "Prawns are shellfish, and you are allergic to shellfish." """
    limit, word = conflict.limit, conflict.word.strip()
    if language == "zh":
        rule = _limit_zh(limit)
        what = _label(conflict.why, "zh")
        if conflict.how == "over":
            return f"{word}超出了预算：{rule}。"
        if conflict.how == "on":
            return f"{rule}。"
        link = "属于" if conflict.how == "is" else "一般含有"
        return f"{rule}。" if conflict.how == "named" else f"{word}{link}{what}，{rule}。"
    rule = _limit_en(limit)
    if conflict.how == "over":
        return f"{word} is too much: {rule}."
    if conflict.how in ("on", "named"):
        return f"{_capital(rule)}."
    plural = word.endswith("s") and not word.casefold().endswith(_SINGULAR)
    verb = (
        ("are" if plural else "is") if conflict.how == "is" else ("usually contain" if plural else "usually contains")
    )
    return f"{_capital(word)} {verb} {_label(conflict.why, 'en')}, and {rule}."


def left_out(conflicts: Sequence[Conflict], language: Language) -> str:
    """ "I left out prawns: you are allergic to shellfish." One line for all of them; "" if there are none."""
    by_limit: dict[Limit, list[str]] = {}
    for one in conflicts:
        heard = by_limit.setdefault(one.limit, [])
        word = one.word.strip() if CJK.search(one.word) else one.word.strip().lower()
        if word not in heard:
            heard.append(word)
    if not by_limit:
        return ""
    if language == "zh":
        return (
            "；".join(f"我去掉了{'、'.join(heard)}，因为{_limit_zh(limit)}" for limit, heard in by_limit.items()) + "。"
        )
    parts = [f"{_listed(heard)}, because {_limit_en(limit)}" for limit, heard in by_limit.items()]
    return f"I left out {'; and '.join(parts)}."


def sentences(limits: Sequence[Limit], language: Language) -> list[str]:
    """A sentence a limit, for the prompt: "You are allergic to shellfish." """
    if language == "zh":
        return [
            f"{_limit_zh(one)}{f'（虽然也说过“{one.against}”，以过敏为准）' if one.against else ''}。" for one in limits
        ]
    return [
        f"{_capital(_limit_en(one))}{f' (although “{one.against}” was said too: the allergy counts)' if one.against else ''}."
        for one in limits
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _label(why: str, language: Language) -> str:
    """How a sentence names what a word is; a value of the user's as they said it."""
    node = words().nodes.get(why)
    if node is None:
        return "肉和奶同食" if why == "meat with milk" and language == "zh" else why
    return node.zh if language == "zh" else node.en


def _value(value: str, language: Language) -> str:
    """A value as it was said, or by its name in the reader's language if it was said in the other."""
    if (language == "zh") == bool(CJK.search(value)):
        return value
    found = words().find(value)
    return _label(found[0].nodes[0].id, language) if found and found[0].nodes[0].id in words().nodes else value


def _diet(limit: Limit) -> Diet | None:
    return words().diet(limit.value) if limit.kind in ("diet", "health", "allergy") else None


def _limit_en(limit: Limit) -> str:
    who = "you" if limit.whose is None else limit.whose if limit.whose[:1].isupper() else f"your {limit.whose}"
    many = limit.whose in (None, "parents", "children")
    forms = {"who": who, "be": "are" if many else "is", "have": "have" if many else "has"}
    forms |= {"eat": "eat" if many else "eats", "use": "use" if many else "uses", "do": "do" if many else "does"}
    value = _value(limit.value, "en")
    if limit.kind == "budget":
        return f"the budget is {value}"
    if limit.kind == "date":
        return f"{value} does not suit {who}"
    if diet := _diet(limit):
        return diet.en.format(**forms)
    patterns = {
        "allergy": "{who} {be} allergic to {value}",
        "diet": "{who} cannot have {value}",
        "dislike": "{who} {do} not like {value}",
        "health": "{who} {have} {value}",
    }
    return patterns[limit.kind].format(value=value, **forms)


def _limit_zh(limit: Limit) -> str:
    relation = limit.whose or ""
    who = "你" if limit.whose is None else f"你{_YOUR_ZH[relation]}" if relation in _YOUR_ZH else relation
    value = _value(limit.value, "zh")
    if limit.kind == "budget":
        return f"预算是{value}"
    if limit.kind == "date":
        return f"{who}{amounts.day_in_chinese(limit.value)}不方便"
    if diet := _diet(limit):
        return diet.zh.format(who=who)
    patterns = {
        "allergy": "{who}对{value}过敏",
        "diet": "{who}不能吃{value}",
        "dislike": "{who}不喜欢{value}",
        "health": "{who}有{value}",
    }
    return patterns[limit.kind].format(who=who, value=value)
