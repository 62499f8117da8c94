"""The limits in what is known: of the profile's facts, and of remembered sentences from which no fact was learned.

    facts ────────────┐
    told ── clauses ──┴── in the order they were said ── over, contradicted? ── Limits

A later diet of the same family replaces the earlier; an allergy that is spoken against stays, and says so; "not allergic to
penicillin" takes penicillin alone. Questions, what is only supposed, and jokes say nothing. Does not cover: a limit told over
several sentences, and a person who is only "they".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from assistant.talk.constraints import amounts, phrases
from assistant.talk.constraints.checks import excluded
from assistant.talk.constraints.lexicon import words
from assistant.talk.constraints.types import Kind, Limit
from memory.types import Fact, Memory

_KEYS: Mapping[str, Kind] = {"allergies": "allergy", "diet": "diet", "dislikes": "dislike", "health": "health"}
_SENTENCE = re.compile(r"[^.!?。！？;；\n]+[.!?。！？;；]*")
_LEFT_OUT = re.compile(r"(?:no |不[吃喝沾碰])(.+)", re.I)
"""A diet of the profile that leaves one thing out (`memory.facts.mark_claims`)."""
_CLAUSE = re.compile(
    r",\s+(?:(?:but|and|so|while|because)\b)?\s*|\s+(?:but|and)\s+(?=(?:I|i|my|he|she|we|can['’]?t|cannot|hates?)\b)"
    r"|,?\s+(?:but|and)\s+(?=[A-Z][a-z]+ (?:is|has|hates|loves|likes|cannot|can|can['’]t|eats|does|doesn['’]t|avoids|wants)\b)"
    r"|[，、](?=我|他|她|但|而)|，|但是?|而"
)
_TAIL = re.compile(
    r"\s+(?:since|because|so|but|when|anymore|any more|at all|these days|though|as of|from|and (?:I|my|he|she)\b).*$",
    re.I,
)
_ENDS = re.compile(
    r"\s*(?:$|(?:now|since|for|these|diet|too|so|at|as|again|and|or|with|in|all|myself|person|了|household|family|home|的$|者|饮食|很|好|多年|好几))"
)
_STRICT = frozenset(
    {"pork", "alcohol", "meat", "fish", "seafood", "shellfish", "milk", "eggs", "gluten", "sugar", "beef"}
)
_VALUE_CHARS = 60
_NT = re.compile(r"\b(do|ca|does|is|are|wo|have)nt\b", re.I)
"""Typed without its apostrophe: "i dont eat pork"."""
_OF_WHOM = ("never", "cannot", "allergy")
"""What a clause without a subject says of whom the one before it spoke of: 我儿子八岁，不能喝牛奶."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One thing said: what it `means` (a kind of limit, "over" or "has")."""

    at: datetime
    means: str
    limit: Limit


def limits_of(facts: Sequence[Fact], told: Sequence[Memory]) -> tuple[Limit, ...]:
    """What the user and the people in their life must not or do not want to get, in the order it was last said."""
    said = [one for fact in facts for one in _of_fact(fact)]
    said += [one for memory in told for one in _of_memory(memory)]
    kept: list[Limit] = []
    for one in sorted(said, key=lambda one: one.at):
        kept = _with(kept, one)
    return tuple(kept)


def limits_in(text: str, source_id: str = "") -> tuple[Limit, ...]:
    """What one text says, such as a request: "dinner under 50 euros, not on Tuesday"."""
    return tuple(limit for means, limit in _read(text, source_id) if means not in ("over", "has"))


def _of_fact(fact: Fact) -> Iterator[_Said]:
    if fact.status != "active":
        return
    whose = None if fact.subject == "user" else phrases.person(fact.subject) or fact.subject
    quote = fact.quote or fact.value
    at = fact.last_said_at or fact.valid_from
    if fact.key in ("likes", "interests") and fact.polarity > 0:
        yield _Said(at, "has", Limit(whose, "dislike", fact.value, quote, fact.id, called=fact.subject))
        return
    kind: Kind | None = _KEYS.get(fact.key) or ("dislike" if fact.polarity < 0 and fact.key == "likes" else None)
    if fact.key == "religion" and words().diet(fact.value):
        kind = "diet"
    if kind == "diet" and not words().diet(fact.value) and (left_out := _LEFT_OUT.match(fact.value)):
        yield _Said(at, "dislike", Limit(whose, "dislike", left_out[1], quote, fact.id, called=fact.subject))
        return
    if kind:
        kind = _sorted_kind(kind, fact.value)
        yield _Said(at, kind, Limit(whose, kind, fact.value, quote, fact.id, called=fact.subject))


def _sorted_kind(kind: Kind, value: str) -> Kind:
    """A "health" of an allergy ("a peanut allergy") is an allergy."""
    return "allergy" if kind == "health" and re.search(r"allerg|过敏", value) and not words().diet(value) else kind


def _of_memory(memory: Memory) -> Iterator[_Said]:
    if memory.kind in ("reply", "document"):
        return
    for means, limit in _read(memory.text, memory.id):
        yield _Said(memory.occurred_at, means, limit)


def _read(text: str, source_id: str) -> Iterator[tuple[str, Limit]]:
    last: str | None = None
    text = _NT.sub(r"\1n't", text)
    for sentence in _SENTENCE.findall(text[:2_000]):
        asks = sentence.rstrip().endswith(("?", "？", "吗", "呢"))
        if phrases.supposed(sentence):
            continue
        for clause in _CLAUSE.split(sentence[:400].rstrip(".!?。！？;； \n")):
            heard = next(_heard(clause), None)
            if mentioned := phrases.mentioned(clause):
                last = mentioned
            if heard is None or (asks and heard[0] not in ("budget", "date")):
                continue
            means, who, value = heard
            pronoun = (who or "").lower() in ("he", "she", "they", "他", "她")
            unnamed = who is None and means in _OF_WHOM
            whose = last if pronoun or unnamed else phrases.person(who)
            if whose in phrases.PETS:
                continue
            if pronoun and last is None:
                continue
            last = whose or last
            yield from _limits(means, whose, value, clause.strip(), source_id)


def _heard(clause: str) -> Iterator[tuple[str, str | None, str]]:
    """What a clause means, of whom and of what, by each pattern that hears it."""
    for means, pattern in phrases.patterns():
        match = pattern.search(clause)
        if not match:
            continue
        groups = match.groupdict()
        value = _TAIL.sub("", (groups.get("x") or groups.get("y") or "").strip())[:_VALUE_CHARS]
        if means == "keeps":
            diet, rest = words().diet_in("teetotal" if value == "drink" else value)
            if diet is None or not _ENDS.match(rest) or re.search(r"\b(?:not|no longer|never)\b|不是|没", value):
                continue
            value = diet.id
        if value and not phrases.joke(value):
            yield means, groups.get("who"), value


def _limits(means: str, whose: str | None, value: str, quote: str, source_id: str) -> Iterator[tuple[str, Limit]]:
    if means == "budget":
        amount, code, _, _ = next(amounts.amounts_in(value))
        yield means, Limit(whose, "budget", f"{amount:g} {code}", quote, source_id)
        return
    if means == "date":
        day = next(amounts.days_in(value))[0]
        yield means, Limit(whose, "date", day.capitalize(), quote, source_id)
        return
    for one in _each(value) if means in ("allergy", "cannot", "dislike", "never") else [value]:
        yield means, Limit(whose, _kind(means, one), one, quote, source_id)


_AND = re.compile(r"\s*(?:,|\band\b|\bor\b|/|、|和|跟|以及|或)\s*")


def _each(value: str) -> list[str]:
    return [one for one in _AND.split(value) if one]


def _kind(means: str, value: str) -> Kind:
    if means == "allergy":
        return "allergy"
    if means == "cannot":
        return "diet"
    if means == "keeps":
        return "health" if words().diets[value].family == value else "diet"
    if means == "never":
        named = {node.id for one in words().find(value) for node in one.nodes}
        return "diet" if named & _STRICT else "dislike"
    return "dislike"


def _with(kept: Sequence[Limit], said: _Said) -> list[Limit]:
    """What is kept after one more thing was said."""
    new = said.limit
    same = [one for one in kept if one.whose == new.whose]
    if said.means == "over":
        return [one for one in kept if one not in same or not _names(new.value, one)]
    if said.means == "has":
        return [_against(one, new) if one in same else one for one in kept]
    gone = [one for one in same if _gives_way(one, new)]
    return [one for one in kept if one not in gone] + [new]


@cache
def _ids(value: str) -> frozenset[str]:
    return frozenset(node.id for one in words().find(value) for node in one.nodes)


def _names(value: str, limit: Limit) -> bool:
    """Whether what is over is this limit: the same thing, or the same diet."""
    diet, other = words().diet(value), words().diet(limit.value)
    if diet or other:
        return diet == other
    ids = _ids(value)
    return bool(ids & _ids(limit.value)) if ids else value.casefold() in limit.value.casefold()


def _against(limit: Limit, said: Limit) -> Limit:
    """An allergy that something was said against, which stays."""
    if limit.kind != "allergy":
        return limit
    ids, _ = excluded(limit.kind, limit.value)
    up = {above for one in words().find(said.value) for node in one.nodes for above in node.within}
    return replace(limit, against=said.quote) if ids & up else limit


def _gives_way(old: Limit, new: Limit) -> bool:
    if old.kind == new.kind and old.value.casefold() == new.value.casefold():
        return True
    if old.kind != new.kind or new.kind not in ("diet", "budget"):
        return False
    if new.kind == "budget":
        return True
    before, after = words().diet(old.value), words().diet(new.value)
    return before is not None and after is not None and before.family == after.family
