"""What a chat model proposes to note about its user: read strictly, and kept only if the user's own words bear it out.

A proposal is a line of four fields, `user | job | nurse | I work as a nurse`: about whom, a key of the vocabulary, the
value, and the words of the message that say it. It is kept if

    it has that form                 anything else in the answer is passed over; a broken answer costs nothing
    its quote is in the message      word for word, in a part that the user states as their own: not in a question, a
                                     supposition, a quotation, a text to be translated or a joke
    its person is there               "I", "my", or the one whom it is about; an allergy is called one
    its value is in the quote        most of its words, so that nothing is concluded beyond what was said

after which the model is asked about it by itself (`assistant.learning`) and the profile decides (`resolution.adopt`).
Does not cover: a model that puts a fact under a wrong key, or words of another person that the user repeats as their own
without quotation marks.
"""

import re
from collections.abc import Sequence

from memory.facts import vocabulary
from memory.facts.resolution import words_of
from memory.language.claims import USER, Claim
from memory.language.extraction import is_fit, own_statements, people

MAX_PROPOSALS = 8
CONFIDENCE = 0.6
BORNE_OUT = 0.6
"""The share of a value's words that must be in its quote; "two kids" for "my two little kids" has them all."""
NOT_PROPOSED = ("style", "corrected")
_OF_ME = re.compile(r"\b(?:I|I['’]?m|I['’]?ve|my|me|we|our)\b|[我俺咱]|本人", re.I)
_ALLERGIC = re.compile(r"allerg|intoleran|anaphyla|过敏|不耐", re.I)
"""What is put before every answer must be said in so many words."""
_ORDERS = re.compile(r"[<>]|\byou(?:r|rself)?\b|\breply\b|\banswer\b|必须|[你您]|回答", re.I)
"""What speaks to the assistant is nothing about the user."""


def parse(answer: str, text: str) -> Sequence[Claim]:
    """The proposals of a model's answer that the message `text` bears out, in their order, each once."""
    said = own_statements(text)
    found: list[Claim] = []
    for line in answer.splitlines()[:MAX_PROPOSALS]:
        claim = _claim(line)
        if claim is None or not _borne_out(claim, said) or not is_fit(claim):
            continue
        if not any((one.subject, one.key, one.value) == (claim.subject, claim.key, claim.value) for one in found):
            found.append(claim)
    return found


def _claim(line: str) -> Claim | None:
    fields = [field.strip(" \t-*\"“”'") for field in line.split("|")]
    if len(fields) != 4 or not all(fields):
        return None
    subject, key, value, quote = fields
    if key not in vocabulary.KEYS or key in NOT_PROPOSED:
        return None
    return Claim(
        key,
        value.rstrip(".。"),
        quote,
        subject=USER if subject.lower() == "user" else subject.lower(),
        polarity=-1 if key == "dislikes" else 1,
        confidence=CONFIDENCE,
    )


def _borne_out(claim: Claim, said: Sequence[str]) -> bool:
    if claim.subject != USER and not any(claim.subject in people(part) for part in said):
        return False
    if claim.subject == USER and not _OF_ME.search(claim.quote):
        return False
    if (claim.key == "allergies" and not _ALLERGIC.search(claim.quote)) or _ORDERS.search(claim.value):
        return False
    quote = claim.quote.rstrip(".!,;。！，；")
    words, quoted = words_of(claim.value), set(words_of(claim.quote))
    if not quote or not words or not any(quote in part for part in said):
        return False
    return sum(word in quoted for word in words) >= BORNE_OUT * len(words)
