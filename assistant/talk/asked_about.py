"""Whom a question is about, and what sort of thing it asks for: notes that name somebody else, or have no such thing, answer less
likely.

    "How old is my daughter?", and the profile has "daughter Ana"  ->  a note that names Ana, or a daughter, and has a number

A note that begins with "she" or "they" is about whom the one before it, of the same talk, is about.
Covers people and animals of whom the profile has a fact, and relations. Does not cover a hop over more than one of them.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from assistant.talk.life import Line
from assistant.talk.retelling import covered
from assistant.talk.topics import topics
from memory.language import acts, stemming
from memory.language.lexicon import joined
from memory.language.text import CJK, is_question
from memory.types import Fact, Hit, Message

OF_OTHERS = 0.15
"""What the chance of a note is worth that names nobody whom the question names."""
OF_OTHER_SORT = 0.35
"""And of one that has nothing of the sort that is asked for."""
SHOWN_BEFORE, SURE_OF_BEFORE = 4.0, 0.12
"""And of what the reply before told, where the question goes on with that; at least so likely."""
SAME_TALK = timedelta(minutes=10)
MISREAD = frozenset({None, "world", "sum", "clock", "tell"})
"""What a question about one's people is taken for: "How old is Mia?" is a sum to a classifier that knows no Mia."""
NAMES_IT, HAS_IT = 0.02, 0.12
"""So likely a note must be that names the person; and that names none."""
SHORT = 6
"""A question of so many words, a Chinese character as one, goes on with what was answered before it: "At what hour?"."""
_PRONOUN = re.compile(r"\W*(?:she|he|they|her|his|their|it|its)\b|\W*[她他它]", re.I)
_POINTS = re.compile(r"\b(?:he|she|they|her|him|his|their|them|it|its|there)\b|[她他它]|那[里儿]", re.I)
_OWN = re.compile(r"\b(?:my|i|our|we)\b|我", re.I)
_COUNTS = re.compile(
    r"\bhow many\b|\bnames?\b|\bages\b|\blist\b|\bcalled\b|\bwho are\b|几个|叫什么|都叫|名字|几岁", re.I
)
_TITLES = frozenset("mr mrs ms miss dr father the my our a an of and".split())
_DEFINES = re.compile(r"\bwhat(?:['’]s| is| are) an?\b|\bwhat does .{1,30} mean\b|什么是|是什么意思", re.I)


@cache
def _relations() -> Mapping[str, frozenset[str]]:
    rows = tomllib.loads((Path(__file__).parent / "relations.toml").read_text(encoding="utf-8"))["relations"]
    return {name: frozenset(words) for name, words in rows.items()}


@cache
def _several() -> Sequence[tuple[frozenset[str], Sequence[str]]]:
    rows = tomllib.loads((Path(__file__).parent / "relations.toml").read_text(encoding="utf-8"))["several"]
    return [(frozenset(words), names) for words, names in rows]


@cache
def _sorts() -> Sequence[tuple[re.Pattern[str], re.Pattern[str]]]:
    rows = tomllib.loads((Path(__file__).parent / "needs.toml").read_text(encoding="utf-8"))["sorts"]
    return [(re.compile(asked, re.I), re.compile(has, re.I)) for asked, has in rows]


@dataclass(frozen=True)
class People:
    """Each as the words that name them."""

    groups: Sequence[frozenset[str]]

    def named_in(self, text: str) -> Sequence[frozenset[str]]:
        return [group for group in self.groups if _has(text, group)]

    def counted_in(self, text: str) -> Sequence[frozenset[str]]:
        """Those that a word for several means: one's children, their sons and daughters."""
        if not _COUNTS.search(text):
            return ()
        meant = [names for words, names in _several() if _has(text, words)]
        relations = set[str]().union(*(_relations()[name] for names in meant for name in names))
        return [group for group in self.groups if group & relations]


def people_of(facts: Sequence[Fact]) -> People:
    """Those of whom there are facts, by name and by relation, and whoever is only called by a relation."""
    told = [fact.subject for fact in facts if fact.subject != "user"]
    told += [fact.value for fact in facts if fact.key == "people"]
    groups = [_aliases(one) for one in dict.fromkeys(told) if len(one) <= 40]
    held = set[str]().union(*groups)
    relations = [words for words in _relations().values() if not words & held]
    return People([group for group in dict.fromkeys([*groups, *relations]) if group])


def _aliases(called: str) -> frozenset[str]:
    words = set[str]()
    for word in re.findall(r"[A-Za-z][\w-]+|[\u4e00-\u9fff]+", called):
        if word.casefold() in _relations():
            words |= _relations()[word.casefold()]
        elif CJK.search(word):
            words |= {word, word[1:]} if len(word) == 3 else {word} if len(word) == 2 else set()
        elif word[0].isupper() and word.casefold() not in _TITLES:
            words.add(word.casefold())
    return frozenset(words)


def _has(text: str, words: frozenset[str]) -> bool:
    folded = text.casefold()
    return any(
        word in folded if CJK.search(word) else re.search(rf"\b{re.escape(word)}(?:s|['’]s)?\b", folded)
        for word in words
    )


def weighed(question: str, hits: Sequence[Hit], people: People, life: Sequence[Line]) -> Sequence[Hit]:
    """The same, the likeliest first, those behind that are about others or have nothing of the sort."""
    named, counted = people.named_in(question), people.counted_in(question)
    context = _told_with(life)
    sorts = [has for asked, has in _sorts() if asked.search(question)]

    def worth(hit: Hit) -> float:
        text = hit.memory.text
        whole = f"{context.get(hit.memory.id, '')} {text}"
        if counted and not named:
            return max(hit.score, SURE_OF_BEFORE) if any(_has(text, one) for one in counted) else hit.score * OF_OTHERS
        share = sum(_has(whole, group) for group in named) / len(named) if named else 1.0
        of_sort = all(has.search(text) for has in sorts)
        return hit.score * (OF_OTHERS + (1 - OF_OTHERS) * share) * (1.0 if of_sort else OF_OTHER_SORT)

    found = list(hits)
    if counted and not named:
        there = {hit.memory.id for hit in hits}
        memories = {line.memory.id: line.memory for line in life if line.close}
        found += [Hit(memory, SURE_OF_BEFORE) for id, memory in memories.items() if id not in there]
    return sorted((replace(hit, score=worth(hit)) for hit in found), key=lambda hit: -hit.score)


def _told_with(life: Sequence[Line]) -> Mapping[str, str]:
    """For a note that begins with "she", by its id, the note before it in the same talk."""
    memories = list({line.memory.id: line.memory for line in life}.values())
    return {
        memory.id: before.text
        for before, memory in pairwise(memories)
        if _PRONOUN.match(memory.text) and memory.occurred_at - before.occurred_at <= SAME_TALK
    }


def goes_on(question: str, people: People, before: Sequence[Message]) -> bool:
    """Whether a question that names nobody points back at what the last reply told: "And what breed is she?"."""
    last = before[-1] if before else None
    if last is None or last.role != "assistant" or not last.recalled or not points_back(question, people):
        return False
    of_sort = any(asked.search(question) for asked, _ in _sorts())
    named = set[str]().union(*topics(question))
    shown = set[str]().union(*(stemming.words(hit.memory.text) for hit in last.recalled))
    # "At what hour?", "And on which tram?"; but "Which locker did I get?" is of another thing
    return of_sort or bool(_POINTS.search(question)) or not named or bool(named & shown)


def points_back(question: str, people: People) -> bool:
    """Whether by its words a question names nobody and may go on with the last reply."""
    if people.named_in(question) or not is_question(question):
        return False
    return bool(_POINTS.search(question)) or len(question.split()) + len(CJK.findall(question)) <= SHORT


def with_shown(hits: Sequence[Hit], question: str, people: People, before: Sequence[Message]) -> Sequence[Hit]:
    """The same with what the last reply told in front, or what was told of the same people and has more of the question, if that
    has the sort of thing that is asked for."""
    last = before[-1] if before else None
    shown = [hit for hit in last.recalled if hit.memory.text] if last is not None else []
    about = [group for hit in shown for group in people.named_in(hit.memory.text)]
    there = {hit.memory.id for hit in hits}
    found = [*hits, *(replace(hit, score=0.0) for hit in shown if hit.memory.id not in there)]
    before_ids = {hit.memory.id for hit in shown}
    sorts = [has for asked, has in _sorts() if asked.search(question)]
    of_same = {
        hit.memory.id: covered(question, hit.memory.text)
        for hit in found
        if (hit.memory.id in before_ids or any(_has(hit.memory.text, group) for group in about))
        and all(has.search(hit.memory.text) for has in sorts)
    }
    most = max(of_same.values(), default=0.0)
    if most == 0:
        of_same = {id: share for id, share in of_same.items() if id in before_ids}
    raised = [
        replace(hit, score=max(hit.score * SHOWN_BEFORE, SURE_OF_BEFORE)) if of_same.get(hit.memory.id) == most else hit
        for hit in found
    ]
    return sorted(raised, key=lambda hit: -hit.score)


def is_misread(text: str, act: str | None) -> bool:
    """Whether a question may be about what was told though it was taken for something else."""
    return (
        act in MISREAD
        and is_question(text)
        and len(text) <= acts.MAX_CHARS
        and not (acts.is_task(text) or _DEFINES.search(text) or joined("talk_request").search(text))
    )


def asks_of_told(question: str, hits: Sequence[Hit], people: People, share: float) -> bool:
    """Whether the best note is about the person that a question names, or has most (a `share` in [0, 1]) of what it names."""
    if not hits:
        return False
    named = people.named_in(question)
    best = " ".join(hit.memory.text for hit in hits[:2])
    if named and any(_has(best, group) for group in named) and hits[0].score >= NAMES_IT:
        return True
    return hits[0].score >= HAS_IT and (share >= 0.5 or bool(_OWN.search(question)))
