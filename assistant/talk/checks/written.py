"""What a sentence shows by itself: a placeholder, a piece of the prompt, a promise of a deed, the same once more."""

import re
import zlib
from collections import Counter

from assistant.talk.checks.ground import Fault, Ground
from assistant.talk.checks.patterns import either, languages_in, patterns
from assistant.talk.checks.sentences import sentences_of
from assistant.talk.checks.text import bare, comparable, straight, unquoted
from memory.language.stemming import words

MAX_TIMES, MAX_TIMES_WRITING = 2, 5
"""So often a sentence may stand in a reply, and in a text with a refrain."""
_OF_THEM = re.compile(r"[-*•\d.\s]*(?:they|the user)(?:['’](?:s|re|ve)| (?:is|are|has|have))\b", re.I)
"""A line about the user as about somebody else: "They have high blood pressure."."""
_THE_USER = frozenset({"user"})
LOOP_CHARS, LOOP_RATIO = 200, 7
"""A part of this length that zlib makes this much shorter says the same over and over: prose comes to at most 3."""


def placeholder(sentence: str, ground: Ground) -> Fault | None:
    """A gap that somebody would have to fill in; fine in a template that was asked for, and if the user wrote it."""
    found = _first("placeholder", straight(sentence))
    if found and found not in ground.message and not either("template_asked", ground.message):
        return Fault("placeholder", "The text has a gap to fill in.", found)
    return None


def prompt_leak(sentence: str, ground: Ground) -> Fault | None:
    """A mark or a sentence of the prompt, unless the user wrote it."""
    found = _first("prompt_mark", straight(sentence))
    if found and found.strip() not in ground.message and not _spoken_of(found, ground):
        return Fault("prompt_leak", "The reply shows marks of the prompt.", found.strip())
    said = comparable(sentence)
    for piece in ground.prompt_pieces:
        if piece in said:
            return Fault("prompt_leak", "The reply repeats the instructions.", piece)
    of_them = set(words(sentence)) - _THE_USER if _OF_THEM.match(sentence) else set[str]()
    for fact in ground.facts:
        about_them = of_them and fact.startswith("The user ") and of_them <= set(words(fact))
        if about_them or (fact.startswith(("The user", "用户")) and comparable(fact) in said):
            return Fault("prompt_leak", "The reply repeats a line of the profile.", fact)
    return None


def promise(sentence: str, ground: Ground) -> Fault | None:
    """A deed that only code can do; a draft may speak of what the user did."""
    if ground.writes or sentence.rstrip(' \n"”').endswith(("?", "？")):
        return None
    found = _first("promise", straight(unquoted(sentence)))
    return Fault("promise", "The reply claims a deed that no code has done.", found) if found else None


def repeated(sentence: str, ground: Ground, earlier: str) -> Fault | None:
    """The same sentence for the third time, or a part that says the same over and over."""
    said = sentence.strip()
    most = MAX_TIMES_WRITING if ground.writes else MAX_TIMES
    if len(bare(said)) >= 2 and earlier.count(said) >= most and not said.startswith("|"):
        times = Counter(one.strip() for one in sentences_of(earlier))
        if times[said] >= most:
            return Fault("repeated", "The reply says the same sentence again and again.", said)
    if len(said) >= LOOP_CHARS:
        raw = said.encode()
        if len(raw) > LOOP_RATIO * len(zlib.compress(raw)):
            return Fault("repeated", "The reply goes round in a circle.", said[:40])
    return None


def _first(name: str, text: str) -> str:
    """What the pattern of that name finds first, in either language; "" if nothing."""
    found = (patterns(language)[name].search(text) for language in languages_in(text))
    return next((match[0] for match in found if match), "")


def _spoken_of(found: str, ground: Ground) -> bool:
    """Whether "the user" may well be another: in talk about software, or a speaker in a dialogue that is written."""
    role = re.match(r"\W*\w+\W*\s*[:：]\Z", found)
    if role:
        return ground.writes and either("dialogue_asked", ground.message)
    return ("user" in found.lower() or "用户" in found) and either("about_software", ground.message)
