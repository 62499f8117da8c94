"""From what the reader marked, and what the rules claim, to one list of claims."""

import re
from collections.abc import Sequence
from dataclasses import replace

from memory.facts import vocabulary
from memory.facts.reader import Mark
from memory.facts.resolution import alike, names
from memory.language import secrets
from memory.language.claims import USER, Claim
from memory.language.extraction import MAX_CHARS
from memory.language.grammars import grammar_of, grammars
from memory.language.lexicon import joined, shared
from memory.language.text import CJK

ALONE = 0.7
"""How sure the reader must be of what only it hears."""
SURE = 0.85
"""And of how to answer, which is mostly meant for one answer, and of the user where nobody says "I" in English."""
LONG, NEAR = 400, 120
"""A message of so many characters may be a text about somebody: "I" or "my" must stand so near to what is heard."""
WITH_RULES = 0.3
"""And of what the rules hear too."""
AGAINST = 0.2
"""And to take a claim of the rules for a joke, a question or the like."""
OTHERWISE = 0.6
"""And to take it for somebody else's."""
EXACT = ("corrected", "name", "style", "allergies", "new_to")
"""Keys of which the rules are believed whatever the reader says."""
STRENGTH = 0.5
MAX_QUOTE = 200

_CODE = re.compile(r"(?s:```.*?(?:```|\Z))|`[^`\n]*`|^\s*[>|].*$", re.M)
_CLAUSE_END = re.compile(r"[.!?。！？\n;；,，、:：()（）]")
_SENTENCE_END = re.compile(r"[.!?。！？\n]")
_OF_ME = re.compile(r"\b(?:I|I['’]?m|I['’]?ve|im|ive|my|me|mine|we|our|us)\b|[我俺咱]|本人", re.I)
_ASKED = re.compile(r"(?:吗|嗎|么|没有|没)[?？]")
_EDGES = ' \t\n,.;:!?，。；：！？、…"“”()（）'
_BEFORE = re.compile(
    r"^(?:(?:my|our|the|a|an|his|her|their|some)\s+|(?:我们?家?的?|咱们?家?的?|俺们?家?的?|我哋|我嘅))", re.I
)
_PRONOUN = re.compile(
    r"(?:s?he['’]?s?|it['’]?s?|they(?:['’]?re)?|him|her|hers|his|its|them|their|theirs|both|this|that|who|one)"
    r"|[他她它佢牠][们們]?|[这那]个?|人家|自己|前者|后者|俩|对方",
    re.I,
)
_CHANGE = re.compile(
    r"\b(?:mov(?:ed|ing|e)|new|now|switched|started|changed|became|no longer|instead|these days|anymore|promoted|quit|left"
    r"|just got)\b"
    r"|搬|换|改|新|现在|如今|跳槽|入职|转|升",
    re.I,
)


def join(text: str, rules: Sequence[Claim], marks: Sequence[Mark]) -> list[Claim]:
    """The claims of both, in the order of the message; what two say alike once."""
    if len(text) > MAX_CHARS or any(joined(name).search(text) for name in ("joke", "task")):
        return list(rules)
    hidden = [(secret.start, secret.end) for secret in secrets.find(text)]
    hidden += [match.span() for pattern in (_CODE, shared()["taken_back"]) for match in pattern.finditer(text)]
    seen = [mark for mark in marks if not any(mark.start < end and start < mark.end for start, end in hidden)]
    kept = [claim for claim in rules if _stands(claim, text, seen)]
    claims: list[Claim] = list(kept)
    for mark in seen:
        claim = _claim(text, mark, seen)
        if claim is None or _ASKED.match(text, mark.end) or not _sure(text, mark, claim, rules):
            continue
        if claim.ends and any(_same(replace(claim, ends=False), rule) for rule in kept):
            continue
        same = next((one for one in claims if _same(one, claim)), None)
        if same is None:
            claims.append(claim)
        elif same in kept and not same.ends:
            claims[claims.index(same)] = _merged(same, claim)
    return claims


def _sure(text: str, mark: Mark, claim: Claim, rules: Sequence[Claim]) -> bool:
    if mark.standing != "stated" and mark.chance < ALONE:
        return False
    if any(_same(rule, claim) for rule in rules):
        return mark.chance >= WITH_RULES
    near = text[max(0, mark.start - NEAR) : mark.end + NEAR]
    of_me = bool(_OF_ME.search(near))
    if len(text) > LONG and not of_me:
        return False
    left_out = claim.subject == USER and not of_me and not CJK.search(near)
    return mark.chance >= (SURE if left_out or claim.key == "style" else ALONE)


def _stands(claim: Claim, text: str, marks: Sequence[Mark]) -> bool:
    """Whether the reader lets a claim of the rules stand."""
    start = text.find(claim.quote)
    if claim.ends or claim.instead_of or start < 0:
        return True
    end = start + len(claim.quote)
    there = [mark for mark in marks if mark.start < end and start < mark.end and mark.chance >= AGAINST]
    if any(mark.standing != "stated" for mark in there):
        return False
    here = [
        mark for mark in there if mark.chance >= OTHERWISE and text[mark.start : mark.end].strip(_EDGES) in claim.value
    ]
    return not here or any((mark.subject is None) == (claim.subject == USER) for mark in here)


def _same(one: Claim, other: Claim) -> bool:
    of_one = one.subject == other.subject and one.ends == other.ends
    return of_one and (alike(one.value, other.value) or names(one.value, other.value))


def _merged(rule: Claim, read: Claim) -> Claim:
    """The rule's claim, with the reader's value where the rule's holds more than it, as "Lyon with my wife", or less, as a name
    without the relation."""
    if rule.key == read.key and rule.key in ("people", "pets") and rule.value in read.value:
        return replace(rule, value=read.value)
    if rule.key == read.key and rule.subject == read.subject and read.value in rule.value and rule.key not in EXACT:
        return replace(rule, value=read.value)
    return rule


def _claim(text: str, mark: Mark, marks: Sequence[Mark]) -> Claim | None:
    """A mark as a claim, or `None` if nothing is left of it."""
    value = text[mark.start : mark.end].strip(_EDGES)
    if mark.key not in ("people", "pets", "style", "event", "plans"):
        value = _BEFORE.sub("", value).strip(_EDGES) or value
    subject = _subject(text, mark, marks)
    key = _key(mark, subject)
    if not value or key is None or subject is None:
        return None
    quote = _quote(text, mark)
    beside = not vocabulary.several(key) and not _CHANGE.search(_sentence(text, mark))
    return Claim(
        key, value, quote, subject=subject, polarity=mark.polarity if key not in ("dislikes",) else -1,
        strength=STRENGTH, confidence=round(mark.chance, 3), ends=mark.tense == "ended", beside=beside,
    )  # fmt: skip


def _key(mark: Mark, subject: str | None) -> str | None:
    """What will be is a plan, what is liked with a minus is disliked; of what was, only what happened is kept."""
    if mark.key == "likes" and mark.polarity < 0:
        return "dislikes"
    if subject == USER and not vocabulary.several(mark.key) and mark.tense == "future":
        return "plans"
    if not vocabulary.several(mark.key) and mark.tense == "past":
        return None
    return mark.key


def _subject(text: str, mark: Mark, marks: Sequence[Mark]) -> str | None:
    """Whose it is: USER, a relation as subjects are written ("sister"), a name; `None` if the message does not say."""
    if mark.subject is None:
        return USER
    place = _named(text, mark.subject, marks)
    if place is None:
        return None
    said = text[slice(*place)].strip(_EDGES)
    said = re.sub(r"['’]s?$", "", said)
    plain = _BEFORE.sub("", said).strip(_EDGES) or said
    return canonical(plain)


def _named(text: str, place: tuple[int, int], marks: Sequence[Mark]) -> tuple[int, int] | None:
    """Where the message names who is meant: there, or for "she" the person named last before it."""
    if place != (-1, -1) and not _PRONOUN.fullmatch(text[slice(*place)].strip(_EDGES)):
        return place
    before = len(text) if place == (-1, -1) else place[0]
    named = [mark.subject for mark in marks if mark.subject not in (None, (-1, -1))]
    named += [(mark.start, mark.end) for mark in marks if mark.key in ("people", "pets") and mark.chance >= WITH_RULES]
    earlier = [one for one in named if one is not None and one[1] <= before]
    earlier = [one for one in earlier if not _PRONOUN.fullmatch(text[slice(*one)].strip(_EDGES))]
    return max(earlier, default=None, key=lambda one: one[1])


def _sentence(text: str, mark: Mark) -> str:
    start = max((match.end() for match in _SENTENCE_END.finditer(text, 0, mark.start)), default=0)
    end = _SENTENCE_END.search(text, mark.end)
    return text[start : end.start() if end else len(text)]


def canonical(said: str) -> str:
    """A person as subjects are written: the relation where it is one that a language knows, else the words that name them."""
    grammar = grammar_of(said, grammars())
    found = grammar.canonical(said)
    if found != said.lower() or said.lower() in vocabulary.PEOPLE_ZH:
        return found
    relations = grammar.people_in(said if CJK.search(said) else f"my {said}")
    return next(iter(relations)) if len(relations) == 1 and len(said) < 12 else said


def _quote(text: str, mark: Mark) -> str:
    """The words that show it: the value with the rest of its clause before it, or, if it is all of its clause, the one before."""
    start = mark.start
    breaks = [match.end() for match in _CLAUSE_END.finditer(text, max(0, mark.start - MAX_QUOTE // 2), mark.start)]
    for place in [*reversed(breaks), max(0, mark.start - MAX_QUOTE // 2)]:
        start = place
        if text[place : mark.start].strip(_EDGES):
            break
    return text[start : mark.end].strip()[:MAX_QUOTE]
