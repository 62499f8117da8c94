"""Who is who: "my sister" is Ana once the person has said so, in this message or in another.

A person or a pet is known by a fact of `people` or `pets` ("sister Ana", "beagle Biscuit"). What is said of "sister" or of "Ana"
is then said of "sister Ana", if only one person is called so; and what was said before she had a name is hers too.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from memory.facts.telling import OF_ME
from memory.language.claims import USER, Claim
from memory.language.extraction import people
from memory.language.text import CJK
from memory.storage.tables import FactRow

KEYS = ("people", "pets")
NAMED = (*KEYS, "name")
"""Keys whose facts say who is called what; the functions here that ask no more are as right with those alone."""
MAX_CHARS = 40
GIVEN = 2
"""Characters of a given name in Chinese."""
LAST = timedelta(minutes=30)
"""How long after a message "she" still means whom it spoke of."""
PRONOUNS = {"she": "she", "her": "she", "he": "he", "him": "he", "his": "he", "it": "it", "its": "it"} | {
    "她": "she", "他": "he", "佢": "they", "它": "it", "牠": "it",
}  # fmt: skip
_SEVERAL = re.compile(r" and | & |、|和|,")
"""Of a value that names more than one: "twins Lea and Max" is neither."""
_HE = frozenset("father brother husband boyfriend son grandfather uncle nephew".split())
_SHE = frozenset("mother sister wife girlfriend daughter grandmother aunt niece".split())


def linked(subject: str, known: Sequence[FactRow]) -> str:
    """The subject as the one person who is called so is known; itself if there is none or more than one."""
    if subject == USER or _is_the_user(subject, known):
        return USER
    called = {row.value for row in _people(known) if is_called(row.value, subject)}
    return called.pop() if len(called) == 1 else subject


def whose(claim: Claim, known: Sequence[FactRow]) -> str:
    """The subject; for what is heard of the user in words that name one known person, and never "I", that person."""
    kept = claim.ends or claim.key in (*KEYS, "style", "name", "plans", "event", "corrected")
    if claim.subject != USER or kept or OF_ME.search(claim.quote):
        return claim.subject
    said = claim.quote.casefold()
    named = {
        row.value for row in _people(known) if any(_says(said, name) for name in row.value.casefold().split()[-1:])
    }
    return named.pop() if len(named) == 1 else claim.subject


def _names(person: str) -> list[str]:
    """What a known person is called beside their relation: "sister Ana" -> "ana"."""
    called = [word for word in person.split() if word[:1].isupper() or (CJK.search(word) and len(word) > 1)]
    return [
        word[-GIVEN:] if CJK.search(word) else word.casefold() for word in called if person != word or not people(word)
    ]


def _says(said: str, name: str) -> bool:
    if CJK.search(name):
        return name in said or (len(name) > GIVEN and name[-GIVEN:] in said)
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def is_known(value: str, known: Sequence[FactRow]) -> bool:
    """Whether somebody is in the profile already, and by more than this name."""
    return any(is_called(row.value, value) for row in _people(known))


def meant(subject: str, known: Sequence[FactRow], at: datetime, before: str = "") -> str | None:
    """Whom "she", said `at`, means: of those known, who is named last in the words `before` it; else who was spoken of last, and
    not long before; `None` if nobody was. Other subjects are themselves."""
    pronoun = PRONOUNS.get(subject)
    if pronoun is None:
        return subject
    places = {
        row.value: max((before.casefold().rfind(name) for name in _names(row.value)), default=-1)
        for row in _people(known)
        if _can_be(pronoun, row.value, row)
    }
    if places and max(places.values()) >= 0:
        return max(places, key=places.__getitem__)
    lately = [row for row in known if row.status == "active" and timedelta() <= at - row.last_said_at <= LAST]
    for row in sorted(lately, key=lambda row: (row.last_said_at, row.seq or 0), reverse=True):
        person = row.subject if row.subject != USER else row.value if row.key in KEYS else None
        if person and len(person) <= MAX_CHARS and _can_be(pronoun, person, row):
            return person
    return None


def _can_be(pronoun: str, person: str, row: FactRow) -> bool:
    relation = person.split()[0].casefold()
    if _SEVERAL.search(person):
        return False
    if pronoun == "it":
        return row.key == "pets"
    return relation not in (_HE if pronoun == "she" else _SHE if pronoun == "he" else ())


def renamed(row: FactRow, known: Sequence[FactRow]) -> list[FactRow]:
    """The facts whose subject is now known as the person that `row` brings."""
    if row.key not in KEYS or row.subject != USER or len(row.value) > MAX_CHARS:
        return []
    others = [one for one in _people(known) if one.value != row.value]
    return [
        one
        for one in known
        if one.status == "active"
        and one.subject != USER
        and is_called(row.value, one.subject)
        and not any(is_called(other.value, one.subject) for other in others)
    ]


def _is_the_user(subject: str, known: Sequence[FactRow]) -> bool:
    """Whether it is their own name."""
    names = [
        row.value.casefold() for row in known if row.status == "active" and row.key == "name" and row.subject == USER
    ]
    return any(subject.casefold() in (name, name.split()[0]) for name in names)


def is_called(value: str, subject: str) -> bool:
    """Whether a person known as `value` ("sister Ana") is also called `subject` ("sister", "Ana")."""
    whole, part = value.casefold(), subject.casefold()
    if part == whole or _SEVERAL.search(whole):
        return False
    as_a_word = part in whole.split() or part == " ".join(whole.split()[-len(part.split()) :])
    return as_a_word or (len(part) > 1 and bool(CJK.search(part)) and part in whole) or part in people(value)


def _people(known: Sequence[FactRow]) -> list[FactRow]:
    return [
        row
        for row in known
        if row.status == "active" and row.key in KEYS and row.subject == USER and len(row.value) <= MAX_CHARS
    ]
