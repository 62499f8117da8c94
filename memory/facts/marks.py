"""From what the reader marked, and what the rules claim, to one list of claims."""

import re
from collections.abc import Sequence
from dataclasses import replace

from memory.facts.mark_claims import EDGES, STATEMENTS, claim_of
from memory.facts.reader import Mark
from memory.facts.resolution import alike, names
from memory.language import secrets
from memory.language.claims import USER, Claim
from memory.language.extraction import MAX_CHARS
from memory.language.lexicon import joined, shared
from memory.language.text import CJK

ALONE = 0.25
"""How sure the reader must be of what only it hears."""
SURE = 0.35
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

_CODE = re.compile(r"(?s:```.*?(?:```|\Z))|`[^`\n]*`|^\s*[>|].*$", re.M)
_OF_ME = re.compile(r"\b(?:I|I['’]?m|I['’]?ve|im|ive|my|me|mine|we|our|us)\b|[我俺咱]|本人", re.I)
_ASKED = re.compile(r"(?:吗|嗎|么|没有|没)[?？]")


def join(text: str, rules: Sequence[Claim], marks: Sequence[Mark]) -> list[Claim]:
    """The claims of both, in the order of the message; what two say alike once."""
    if len(text) > MAX_CHARS or any(joined(name).search(text) for name in ("joke", "task")):
        return list(rules)
    hidden = [(secret.start, secret.end) for secret in secrets.find(text)]
    hidden += [match.span() for pattern in (_CODE, shared()["taken_back"]) for match in pattern.finditer(text)]
    seen = [mark for mark in marks if not any(mark.start < end and start < mark.end for start, end in hidden)]
    kept = [claim for claim in rules if _stands(claim, text, seen) and not _within(claim, rules)]
    claims: list[Claim] = list(kept)
    for mark in seen:
        claim = claim_of(text, mark, seen)
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
