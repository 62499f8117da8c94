"""What a profile amounts to: which of its facts matter for a question, the topics a person is drawn to, how they write.

Pure functions over facts and texts; `Profile` calls them.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.facts import vocabulary
from memory.facts.vocabulary import Language
from memory.language import stemming
from memory.language.lexicon import joined
from memory.language.text import CJK, is_chinese
from memory.types import Fact

CountTokens = Callable[[str], int]
RECENT_DAYS = 180.0
"""The half-life of a fact's claim to be mentioned when the question does not ask for it."""
ALWAYS = ("allergies", "diet", "name", "health", "style")
"""Constraints, and what else no answer may do without, the weightiest first."""
SHARED = 3.0
"""A word in common with the question counts as much as three facts that were put as strongly as can be."""
TELLING = 10
"""So many messages tell how somebody writes."""
HEARD = 0.15
"""Of the messages, in how many a tone has to be heard."""
TONE = 0.5
_MANNER = {
    "en": {
        "short": "The user writes briefly: answer in a few sentences unless they ask for more.",
        "long": "The user writes at length: answer in full.",
        "casual": " They write casually: so may you.",
        "formal": " They write formally: so should you.",
    },
    "zh": {
        "short": "用户说话简短：除非要求详细，请用几句话回答。",
        "long": "用户说话详细：请完整地回答。",
        "casual": "用户语气随意，你也可以随意一些。",
        "formal": "用户语气正式，你也请正式一些。",
    },
}
_EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_LIST = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、])\s+", re.M)


@dataclass(frozen=True, slots=True)
class Interest:
    """A topic and how much it weighs now (above 0), with the facts that are the evidence."""

    topic: str
    weight: float
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How a person writes, from their own messages, and what they have asked for.

    `language` is "en" or "zh"; `length` "short" (under 12 words), "medium" or "long" (over 40), by the median message;
    `formality` in [-1, 1], 1 formal; `emoji` and `lists` the share of messages with one; `wishes` their own words.
    `knows` are topics of their work, studies and skills, `new_to` those they said they are new to.
    """

    language: Language
    length: str
    formality: float
    emoji: float
    lists: float
    messages: int
    wishes: tuple[str, ...] = ()
    knows: tuple[str, ...] = ()
    new_to: tuple[str, ...] = ()


def estimate_tokens(text: str) -> int:
    """Roughly how many tokens a model needs: four letters each, Chinese characters one each."""
    chinese = len(CJK.findall(text))
    return chinese + math.ceil((len(text) - chinese) / 4)


def select(
    facts: Sequence[Fact], query: str | None, max_tokens: int, language: Language, now: datetime, count: CountTokens
) -> list[Fact]:
    """The facts worth telling a model, together at most `max_tokens` long as they are worded.

    Worth most is what no answer may do without (ALWAYS, in that order); then what shares a word with `query`; then what
    was put strongly, said often and lately. They come in the order they are known, those of ALWAYS first, so that the
    prompt begins alike from turn to turn.
    """
    asked = set(stemming.words(query)) if query else set()

    def worth(fact: Fact) -> float:
        score = (
            SHARED * len(asked & _words(fact)) + fact.strength * _faded(fact, now, RECENT_DAYS) + 0.1 * fact.times_said
        )
        if fact.subject != "user":
            return score - 1
        if fact.key in ALWAYS:
            return ALWAYS.index(fact.key) * -100 + 1000 + score
        return score + (1 if fact.origin == "set" else 0)

    chosen, left = set(), max_tokens
    for fact in sorted(facts, key=worth, reverse=True):
        cost = count(vocabulary.word(fact, language))
        if cost <= left:
            chosen.add(fact.id)
            left -= cost
    must = [fact for fact in facts if fact.id in chosen and fact.subject == "user" and fact.key in ALWAYS]
    return must + [fact for fact in facts if fact.id in chosen and fact not in must]


def concerning(facts: Sequence[Fact], query: str) -> list[Fact]:
    """The facts that share a word with `query`."""
    asked = set(stemming.words(query))
    return [fact for fact in facts if asked & _words(fact)]


def interests(facts: Sequence[Fact], now: datetime, half_life_days: float) -> list[Interest]:
    """Topics the user is drawn to, the heaviest first: likes, hobbies and goals, weighed by how strongly and how often they
    were put, halved every `half_life_days` since they were last said."""
    found = []
    for fact in facts:
        if fact.subject == "user" and fact.key in ("likes", "interests", "goals", "skills") and fact.polarity > 0:
            put = fact.strength * fact.confidence * (1 + math.log(fact.times_said))
            weight = put * _faded(fact, now, half_life_days)
            found.append(Interest(fact.value, round(weight, 4), (fact,)))
    return sorted(found, key=lambda interest: -interest.weight)


def _words(fact: Fact) -> set[str]:
    return set(stemming.words(f"{fact.value} {fact.key} {fact.subject}"))


def _faded(fact: Fact, now: datetime, half_life_days: float) -> float:
    """What is left, in (0, 1], of a fact last said some time ago."""
    age = (now - (fact.last_said_at or fact.valid_from)).total_seconds() / 86_400
    return float(0.5 ** (max(age, 0) / half_life_days))


def style(messages: Sequence[str], facts: Sequence[Fact]) -> Style:
    """From the user's own messages, the latest some hundred will do."""

    def of(*keys: str) -> tuple[str, ...]:
        return tuple(fact.value for fact in facts if fact.subject == "user" and fact.key in keys)

    wishes, knows, new_to = of("style"), of("job", "studies", "skills"), of("new_to")
    if not messages:
        return Style("en", "medium", 0.0, 0.0, 0.0, 0, wishes, knows, new_to)
    lengths = sorted(len(CJK.findall(text)) // 2 + len(re.findall(r"[A-Za-z']+", text)) for text in messages)
    median = lengths[len(lengths) // 2]
    tone = Counter[bool]()
    for text in messages:
        tone[True] += bool(joined("formal").search(text))
        tone[False] += bool(joined("informal").search(text))
    told = max(tone[True] + tone[False], 1)
    return Style(
        language="zh" if 2 * sum(map(is_chinese, messages)) > len(messages) else "en",
        length="short" if median < 12 else "long" if median > 40 else "medium",
        formality=round((tone[True] - tone[False]) / told, 2) if told >= HEARD * len(messages) else 0.0,
        emoji=round(sum(bool(_EMOJI.search(text)) for text in messages) / len(messages), 2),
        lists=round(sum(bool(_LIST.search(text)) for text in messages) / len(messages), 2),
        messages=len(messages),
        wishes=wishes,
        knows=knows,
        new_to=new_to,
    )


def manner(style: Style, language: Language) -> str:
    """How to answer somebody who writes so, in a sentence for the model; "" if it is not clear, or they have told."""
    if style.messages < TELLING or style.wishes:
        return ""
    tone = "casual" if style.formality <= -TONE else "formal" if style.formality >= TONE else ""
    return "".join(_MANNER[language].get(trait, "") for trait in (style.length, tone)).strip()
