"""From what the reader marked, and what the rules claim, to one list of claims."""

import re
from collections.abc import Sequence
from dataclasses import replace

from memory.facts import telling
from memory.facts.mark_claims import EDGES, STATEMENTS, claim_of, sentence_around, trimmed
from memory.facts.reader import Mark
from memory.facts.resolution import alike, names
from memory.facts.telling import OF_ME
from memory.language import secrets
from memory.language.claims import USER, Claim
from memory.language.extraction import MAX_CHARS
from memory.language.lexicon import finds, joined, shared
from memory.language.text import CJK

ALONE, ALONE_UNSURE = 0.7, 0.85
"""How sure the reader must be of what only it hears; and of how to answer, which is mostly meant for one answer, and of the
user where nobody says "I" in English."""
BESIDES, BESIDES_UNSURE = 0.25, 0.4
"""And in a message that tells something of somebody for certain: who tells one thing tells more."""
TELLS = 0.4
"""How likely that must be (`memory.facts.telling`)."""
FEW_WORDS = 4
"""A message of no more words may be a name and nothing besides."""
LONG, NEAR = 400, 120
"""A message of so many characters may be a text about somebody: "I" or "my" must stand so near to what is heard."""
WITH_RULES = 0.3
"""And of what the rules hear too."""
AGAINST = 0.2
"""And to take a claim of the rules for a joke, a question or the like."""
AGAINST_EXACT = 0.5
"""The same for one of EXACT: a walnut allergy is not a joke because the reader half thinks so."""
OTHERWISE = 0.6
"""And to take it for somebody else's."""
EXACT = ("corrected", "name", "style", "allergies", "new_to")
"""Keys of which the rules are believed whatever the reader says."""

_CODE = re.compile(r"(?s:```.*?(?:```|\Z))|`[^`\n]*`|^\s*[>|].*$", re.M)
_ASKED = re.compile(r"(?:吗|嗎|么|没有|没)[?？]")


def join(text: str, rules: Sequence[Claim], marks: Sequence[Mark]) -> list[Claim]:
    """The claims of both, in the order of the message; what two say alike once."""
    if len(text) > MAX_CHARS or any(joined(name).search(text) for name in ("joke", "task")):
        return list(rules)
    hidden = [sentence_around(text, secret.start, secret.end) for secret in secrets.find(text)]  # as the rules do
    hidden += [match.span() for pattern in (_CODE, shared()["taken_back"]) for match in pattern.finditer(text)]
    seen = [
        trimmed(text, mark) for mark in marks if not any(mark.start < end and start < mark.end for start, end in hidden)
    ]
    kept = [claim for claim in rules if _stands(claim, text, seen) and not _within(claim, rules)]
    claims: list[Claim] = list(kept)
    read = [
        (mark, claim) for mark in seen if (claim := claim_of(text, mark, seen)) and not _ASKED.match(text, mark.end)
    ]
    read = [one for one in read if not any(text[start:end] in one[1].value for start, end in hidden)]
    tells = any(claim.key != "style" for claim in kept) or telling.chance(text, seen) >= TELLS
    for mark, claim in read:
        if not _sure(text, mark, claim, tells, rules):
            continue
        if claim.ends and any(_same(replace(claim, ends=False), rule) for rule in kept):
            continue
        same = next((one for one in claims if _same(one, claim)), None)
        if same is None:
            claims.append(claim)
        elif same in kept and not same.ends:
            claims[claims.index(same)] = _merged(same, claim)
    return claims


def _sure(text: str, mark: Mark, claim: Claim, tells: bool, rules: Sequence[Claim]) -> bool:
    if mark.standing != "stated" and mark.chance < ALONE:
        return False
    if any(_same(rule, claim) for rule in rules):
        return mark.chance >= WITH_RULES
    near = _near(text, mark)
    if claim.key == "name" and claim.subject == USER and not (_is_short(text) or finds("says_a_name", near)):
        return False
    of_me = bool(OF_ME.search(near))
    if len(text) > LONG and not of_me:
        return False
    if claim.key == "style":
        return mark.chance >= (BESIDES_UNSURE if tells and joined("mark_lasting").search(near) else ALONE_UNSURE)
    unsure = claim.subject == USER and not of_me and not CJK.search(near)
    asks = unsure and "?" in text and not OF_ME.search(text)
    if tells and len(text) <= 2 * LONG and not asks:
        return mark.chance >= (BESIDES_UNSURE if unsure else BESIDES)
    return mark.chance >= (ALONE_UNSURE if unsure else ALONE)


def _is_short(text: str) -> bool:
    """A Chinese character as half a word."""
    return len(text.split()) + len(CJK.findall(text)) / 2 <= FEW_WORDS


def _near(text: str, mark: Mark) -> str:
    return text[max(0, mark.start - NEAR) : mark.end + NEAR]


def _stands(claim: Claim, text: str, marks: Sequence[Mark]) -> bool:
    """Whether the reader lets a claim of the rules stand."""
    start = text.find(claim.quote)
    if claim.ends or claim.instead_of or start < 0:
        return True
    end = start + len(claim.quote)
    against = AGAINST_EXACT if claim.key in EXACT else AGAINST
    there = [mark for mark in marks if mark.start < end and start < mark.end and mark.chance >= against]
    if any(mark.standing != "stated" for mark in there):
        return False
    here = [
        mark for mark in there if mark.chance >= OTHERWISE and text[mark.start : mark.end].strip(EDGES) in claim.value
    ]
    return not here or any((mark.subject is None) == (claim.subject == USER) for mark in here)


def _within(claim: Claim, rules: Sequence[Claim]) -> bool:
    """Whether another rule hears the same and more."""
    return any(
        (one.key, one.subject, one.ends) == (claim.key, claim.subject, claim.ends)
        and claim.value != one.value
        and claim.key in STATEMENTS
        and claim.value in one.value
        for one in rules
    )


def _same(one: Claim, other: Claim) -> bool:
    of_one = one.subject == other.subject and one.ends == other.ends
    if one.key != other.key and (one.key in STATEMENTS) != (other.key in STATEMENTS):
        return of_one and one.value == other.value  # "third grade, swims on Tuesdays" says more than "third grade"
    return of_one and (alike(one.value, other.value) or names(one.value, other.value))


def _merged(rule: Claim, read: Claim) -> Claim:
    """The rule's claim, with the reader's value where the rule's holds more than it, as "Lyon with my wife", or less, as a name
    without the relation."""
    if rule.key == read.key and rule.key in ("people", "pets", *STATEMENTS) and rule.value in read.value:
        return replace(rule, value=read.value)
    shorter = rule.value.startswith(read.value) and rule.key not in EXACT
    if rule.key == read.key and rule.subject == read.subject and shorter:
        return replace(rule, value=read.value)
    return rule
