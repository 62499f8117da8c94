"""What is known about the user: of each theme of their life the sentences that still hold, in the second person.

Asked for a part ("about my family", "work only"), it tells that part; asked to be brief, or to introduce them to somebody, one
clause of each theme, and to somebody else nothing of their health. What was set by hand in the profile is told as it stands.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.talk.answer import Answer, Asked
from assistant.talk.fact_sentences import sentence
from assistant.talk.life import THEMES, Line, finds, life_of, people_named, quotes_somebody, themes_asked, told_by
from assistant.talk.quoting import as_hit
from assistant.talk.texts import say
from memory.language import stemming
from memory.language.lexicon import joined
from memory.language.text import CJK
from memory.types import Fact

MOST = {
    "self": 2, "home": 2, "work": 2, "study": 2, "love": 1, "family": 4, "pets": 2, "health": 4, "food": 3, "hobby": 4,
    "travel": 1,
}  # fmt: skip
"""So many sentences of each theme, in this order."""
MOST_BRIEFLY = {"self": 2, "work": 2, "family": 2, "health": 3}
"""And so many when asked to be brief; one of any other."""
PUBLIC = ("self", "work", "study", "home", "hobby", "family", "pets")
"""What somebody else may be told, in this order."""
WHO = ("self", "work", "study", "home")
"""The themes that tell who somebody is."""
OF_OTHERS = frozenset({"family", "pets"})
"""The themes that what is told of others belongs to."""
MOST_OF_PART = 8
MOST_CHARS, MOST_CLAUSE_CHARS, MOST_OF_INTRODUCTION, MOST_IN_SHORT = 200, 80, 420, 800
MOST_FACTS, SURE = 16, 0.5
_EXCEPT = re.compile(
    r"\b(?:no|not|nothing|without|except|but not|leave out|skip)\b|不要|别(?:提|说|写)|除了|不(?:提|说|写)", re.I
)
_CLAUSE = re.compile(r"(?<=[，；])|(?<=[,;])\s+|\s+(?:and|but|because|though|although|since|so)\s+")


def about_me(asked: Asked) -> Answer | None:
    """`None` where nothing that is remembered may be told, or somebody else is asked about."""
    if not asked.recalls:
        return None
    public = joined("introduces").search(asked.text) is not None
    lines = [line for line in life_of(asked) if _is_worth_telling(line, public=public)]
    facts = _facts_beside(asked, lines)
    wanted = wanted_themes(asked.text)
    brief = public or finds("says_briefly", asked.text)
    chosen = _chosen(lines, wanted, public=public, brief=brief)
    said = [] if wanted else [sentence(fact, asked.language) for fact in facts[:MOST_FACTS]]
    if brief and chosen:
        shown = _briefly(asked, chosen, said, MOST_OF_INTRODUCTION if public else MOST_IN_SHORT)
    else:
        shown = [
            f"- {one}" for one in [*said, *(_still(line, theme).said(asked, MOST_CHARS) for line, theme in chosen)]
        ]
        shown = [say("about_me", asked.language), *shown] if shown else []
    if not shown:
        return Answer(say("not_told" if wanted else "about_me_none", asked.language))
    memories = list({line.memory.id: as_hit(line.memory) for line, _ in chosen}.values())
    return Answer("\n".join(shown), recalled=memories, facts=facts)


def asks_of_somebody_else(asked: Asked) -> bool:
    """Whether a question about a person names one of the user's people, and not the user."""
    text = re.sub(r"\b(?:tell|give|show|remind|remember) me\b|(?:给|告诉|跟)我", " ", asked.text, flags=re.I)
    if re.search(r"\b(?:me|myself|i am|my)\b|我", text, re.I):
        return False
    return bool(people_named(asked.text, asked.facts))


def wanted_themes(text: str) -> Collection[str]:
    """The part of a life that is asked for; all of it if none is named."""
    cut = _EXCEPT.search(text)
    named = themes_asked(text[: cut.start()] if cut else text)
    if cut is None:
        return named
    unwanted = themes_asked(f"my {text[cut.end() :].strip()}") | themes_asked(f"我的{text[cut.end() :].strip()}")
    return named or (set(MOST) - unwanted if unwanted else named)


def _is_worth_telling(line: Line, *, public: bool) -> bool:
    if line.over or quotes_somebody(line.text):
        return False
    if not public or "self" in line.themes:
        return True
    return not (finds("life_event", line.text) or (not line.mine and "health" in line.themes))


def _chosen(lines: Sequence[Line], wanted: Collection[str], *, public: bool, brief: bool) -> Sequence[tuple[Line, str]]:
    """Sentences, each with the theme it is told for, in the themes' order."""
    chosen: dict[int, tuple[Line, str]] = {}
    order = [theme for theme in (PUBLIC if public else MOST) if not wanted or theme in wanted or theme == "self"]
    for theme in [*order, *(theme for theme in wanted if theme not in order)]:
        fitting = [line for line in lines if _is_of(line, theme) and id(line) not in chosen]
        most = MOST_OF_PART if theme in wanted else MOST.get(theme, 1)
        most = min(most, MOST_BRIEFLY.get(theme, 2 if theme in wanted else 1)) if brief else most
        numbered = sorted(enumerate(fitting), key=lambda one: (_worth(one[1], theme), one[0]), reverse=True)
        chosen |= {id(line): (line, theme) for _, line in sorted(numbered[:most], key=lambda one: one[0])}
    return list(chosen.values())


def _is_of(line: Line, theme: str) -> bool:
    return line.holds(theme) and (line.mine or (theme in OF_OTHERS and line.close))


def _worth(line: Line, theme: str) -> int:
    """What says how things are tells more of a life than what happened one day."""
    worth = (
        3 * (theme in line.heard) + bool(joined("talk_speaker").search(line.text)) + (line.mine or theme in OF_OTHERS)
    )
    return worth - 2 * finds("life_event", line.text)


def _briefly(asked: Asked, chosen: Sequence[tuple[Line, str]], said: Sequence[str], most: int) -> Sequence[str]:
    """A clause of each, one after the other, together at most `most` long, a Chinese character as three."""
    parts = [*said, *(_clause(line, theme).said(asked, MOST_CLAUSE_CHARS) for line, theme in chosen)]
    whole, length = list[str](), 0
    for part in parts:
        length += len(part) + 2 * len(CJK.findall(part))
        if whole and length > most:
            break
        whole.append(part.rstrip(" .,;，。；"))
    return ["。".join(whole) + "。" if asked.language == "zh" else ". ".join(whole) + "."]


def _clause(line: Line, theme: str) -> Line:
    """The part of a sentence that tells of the theme; of one that tells who somebody is, all that does."""
    clauses = [part.strip(" .,，") for part in _CLAUSE.split(line.text) if part and part.strip(" .,，")]
    themes = WHO if theme in WHO else (theme,)
    fitting = [part for part in clauses if any(joined(THEMES[one][0]).search(part) for one in themes)]
    if theme not in WHO and len(line.text) + len(CJK.findall(line.text)) <= MOST_CLAUSE_CHARS:
        return line
    return replace(line, text=("，" if CJK.search(line.text) else ", ").join(fitting[:3] or clauses[:1]))


def _still(line: Line, theme: str) -> Line:
    """A sentence without the clauses of what no longer holds."""
    if not line.gone:
        return line
    clauses = [part.strip(" .,，") for part in _CLAUSE.split(line.text) if part and part.strip(" .,，")]
    gone = [part for part in clauses if any(joined(THEMES[one][0]).search(part) for one in line.gone)]
    kept = [part for part in clauses if part not in gone or joined(THEMES[theme][0]).search(part)]
    return replace(line, text=("，" if CJK.search(line.text) else ", ").join(kept))


def _facts_beside(asked: Asked, lines: Sequence[Line]) -> Sequence[Fact]:
    """The facts that no sentence tells: set by hand, or of a message that is not remembered."""
    there = {line.memory.message_id for line in lines if line.memory.message_id}
    there |= {memory.message_id for memory in told_by(asked.memories, asked.user, asked.leave_out) if memory.message_id}
    told = [line.words for line in lines]

    def is_new(fact: Fact) -> bool:
        words = set(stemming.words(fact.value))
        return fact.message_id not in there and not any(words and words <= line for line in told)

    return [fact for fact in asked.facts if fact.confidence >= SURE and (fact.origin == "set" or is_new(fact))]
