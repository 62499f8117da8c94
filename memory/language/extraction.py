"""What a message claims about its speaker and the people in their life: rules, no model, some milliseconds a message.

Only what the speaker says as their own and as true counts. A message is first cleared of what is not: code, quotations,
texts to be translated or rewritten, play, jokes marked as such, secrets; and nothing is read from a message that asks
not to be remembered. Then each sentence is read in its language (`en/`, `zh/`), which drops questions, conditions, wishes
and reported speech.

Covers the keys of `vocabulary.py`. Does not cover: what follows only from several messages, or from knowledge of the
world. What cannot be read for certain is left; the memory of the message is still there to be recalled.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from memory.language import secrets
from memory.language.claims import Claim
from memory.language.grammars import BaseGrammar, grammar_of, grammars
from memory.language.lexicon import finds, joined, shared

MAX_CHARS = 2_000
"""A longer message is mostly pasted text, which nobody says of themselves."""
MAX_SENTENCE_CHARS = 600
MAX_VALUE_CHARS = 200
MAX_SUBJECT_CHARS = 50

_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]*`", re.S)
_QUOTED_LINE = re.compile(r"^\s*(?:>|\|).*$", re.M)
_QUOTATION = re.compile(
    r"\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|(?<![\w])'[^'\n]{3,}'(?!\w)|‘[^’\n]{3,}’(?!\w)"
)
_QUOTED_TO_THE_END = re.compile(r"(?<=[:,])\s*['‘](?=[A-Z]).{20,}['’]\W*$", re.S)
_WHOLE = re.compile(r"^\s*[\"“「](?P<inside>[^\"“”「」]*)[\"”」]\s*$")
_NAME = re.compile(r"\b[A-Z][a-z]+\b")
_SENTENCE = re.compile(r"[^.!?。！？\n;；]+(?:\.(?=\S)[^.!?。！？\n;；]*)*[.!?。！？;；]*")


@lru_cache(maxsize=2_000)
def asks_not_to_be_remembered(text: str) -> bool:
    """In the speaker's own words: what they quote is somebody else's wish."""
    if not finds("do_not_remember", text):
        return False
    return len(text) > MAX_CHARS or finds("do_not_remember", _QUOTATION.sub("“”", text))


def is_fit(claim: Claim) -> bool:
    """Whether a claim may enter the profile: of a length, no secret, and not speaking to the assistant."""
    whole = f"{claim.value} {claim.quote} {claim.subject}"
    fits = len(claim.value) <= MAX_VALUE_CHARS and len(claim.subject) <= MAX_SUBJECT_CHARS
    return fits and not joined("hostile").search(claim.value) and not secrets.find(whole)


def extract(text: str, among: Sequence[BaseGrammar] | None = None) -> Sequence[Claim]:
    """What a message says of its speaker, in its order; `among`: the languages read, all there are if `None`. Nothing is
    looked up and nothing is written."""
    among = among or grammars()
    found: list[Claim] = []
    person: str | None = None
    for sentence in _own_sentences(text):
        said = grammar_of(sentence, among).claims(sentence, person)
        person = next((one for grammar in among if (one := grammar.person_in(sentence))), None)
        for claim in said:
            known = any((one.subject, one.key, one.value) == (claim.subject, claim.key, claim.value) for one in found)
            quote = _as_written(claim.quote, text)
            if not known and quote and is_fit(claim):
                found.append(replace(claim, quote=quote))
    return found


def _as_written(quote: str, text: str) -> str | None:
    """The part of the message that a quote is, whose spelling may have been put right: "I'm" for "im"."""
    if quote in text:
        return quote
    written = re.escape(quote).replace("'", "['’]?").replace("’", "['’]?")
    match = re.search(written, text, re.I)
    return match.group() if match else None


def own_statements(text: str) -> Sequence[str]:
    """The parts of a message that its speaker states as their own and as true, in its order."""
    stated = [grammar_of(sentence, grammars()).stated(sentence) for sentence in _own_sentences(text)]
    return [part for part in stated if part]


@lru_cache(4_096)
def people(text: str) -> frozenset[str]:
    """Whom a text names: as subjects are written ("mother" for "my mum" and 我妈), and names, in lower case."""
    relations = frozenset[str]().union(*(grammar.people_in(text) for grammar in grammars()))
    return relations | frozenset(map(str.casefold, _NAME.findall(text)))


def _own_sentences(text: str) -> Sequence[str]:
    if (
        len(text) > MAX_CHARS
        or finds("do_not_remember", text)
        or any(joined(name).search(text) for name in ("joke", "task"))
    ):
        return ()
    return _sentences(shared()["taken_back"].sub("", text))


def _sentences(text: str) -> list[str]:
    """The sentences that are the speaker's own; quotations in them are gone, but for a name or a title."""
    whole = _WHOLE.match(text)
    said = whole["inside"] if whole else text
    said = _QUOTED_TO_THE_END.sub("", _QUOTED_LINE.sub("", _CODE.sub("", said)))
    kept = [_QUOTATION.sub(_title_or_nothing, one.group()).strip() for one in _SENTENCE.finditer(said)]
    return [one for one in kept if one and len(one) <= MAX_SENTENCE_CHARS and not secrets.find(one)]


def _title_or_nothing(match: re.Match[str]) -> str:
    return "\0" if joined("speaks").search(match.group()) else match.group()
