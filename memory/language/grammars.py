"""What every language's grammar does the same, and which languages there are.

A language is a folder with `language.toml` and a module `grammar` with a class `Grammar`, a `BaseGrammar`. A third one needs
no more: its patterns in TOML, words that tell it from others of the same letters, and in `grammar.py` how its sentences
fall into clauses and who is their subject.

    claims(sentence)   what a sentence claims: corrections, clauses, wishes for how to be answered
    stated(sentence)   the part of it that is said outright, neither asked nor supposed
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module

from memory.language.claims import USER, Claim
from memory.language.lexicon import Lexicon, languages

SHARE = 0.2
"""A sentence is of a language if a fifth of its letters are: a Chinese one may quote English."""


class BaseGrammar:
    """Reads sentences of one language by its lexicon."""

    def __init__(self, patterns: Lexicon) -> None:
        self.patterns = patterns

    def reads(self, sentence: str) -> bool:
        """Whether the letters say so; a language that names none reads what no other does."""
        if self.patterns.letters is None:
            return True
        letters = sum(char.isalpha() for char in sentence)
        return letters > 0 and len(self.patterns.letters.findall(sentence)) >= SHARE * letters

    def known_words(self, sentence: str) -> int:
        """How many of the words are such as tell this language."""
        return sum(word in self.patterns.head.words for word in sentence.casefold().split())

    def claims(self, sentence: str, person: str | None = None) -> Sequence[Claim]:
        """`person` is who was spoken of in the sentence before, if that was one."""
        raise NotImplementedError

    def stated(self, sentence: str) -> str:
        raise NotImplementedError

    def people_in(self, text: str) -> set[str]:
        """The relations a text names, as subjects are written: "mother" for "mum" and 老妈."""
        return {self.canonical(match["relation"]) for match in self.patterns["relation"].finditer(text)}

    def canonical(self, relation: str) -> str:
        return self.patterns.tables["relations"].get(relation.lower(), relation.lower())

    def person_in(self, sentence: str) -> str | None:  # noqa: ARG002
        """Whom "she" or "he" means in the next sentence: the one person of the user's that this one speaks of."""
        return None

    def style(self, sentence: str) -> list[Claim]:
        """A wish for how to be answered, if it is meant to last."""
        if not self.patterns["lasting"].search(sentence):
            return []
        wishes = list(self.patterns["wish"].finditer(sentence))
        unwanted = list(self.patterns["unwanted"].finditer(sentence))
        wishes = [one for one in wishes if not any(_overlap(one, other) for other in unwanted)]
        if not wishes:
            return [Claim("style", self.unwanted(one["x"]), one[0], strength=0.8) for one in unwanted]
        return [Claim("style", self.wished(wish["x"]), wish["x"], strength=0.8) for wish in wishes]

    def said_once(self, claims: Sequence[Claim]) -> Sequence[Claim]:
        """Without dislikes that say again how one wants to be answered: "I hate long answers, keep it short" is one wish.
        A dislike that says it alone ("Hate long replies") is that wish."""
        if not any(claim.key == "style" for claim in claims):
            return [self._as_wish(claim) for claim in claims]
        of_answers, wishes = self.patterns["of_answers"], [claim.value for claim in claims if claim.key == "style"]
        return [
            claim for claim in claims
            if claim.key != "dislikes" or not (of_answers.search(claim.value) or any(one in claim.value for one in wishes))
        ]  # fmt: skip

    def _as_wish(self, claim: Claim) -> Claim:
        alone = self.patterns["unwanted_alone"].fullmatch(claim.value) if claim.key == "dislikes" else None
        if alone is None or claim.subject != USER or claim.ends:
            return claim
        return replace(claim, key="style", value=self.unwanted(alone["x"].lower()), polarity=1, strength=0.8)

    def wished(self, wish: str) -> str:
        return wish

    def unwanted(self, thing: str) -> str:
        """The wish not to be given something."""
        raise NotImplementedError


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def quote_of(sentence: str, start: int, value: str) -> str:
    """The part of a sentence that says a value: from `start` to its end."""
    found = sentence.find(value, start)
    return (sentence[start : found + len(value)] if found >= 0 else sentence[start:]).strip()


@cache
def grammars() -> tuple[BaseGrammar, ...]:
    """A grammar of each language, those with letters of their own first; all their patterns are compiled."""
    found = []
    for lexicon in sorted(languages(), key=lambda one: one.letters is None):
        lexicon.compile_all()
        found.append(import_module(f"memory.language.{lexicon.name}.grammar").Grammar(lexicon))
    return tuple(found)


def grammar_of(sentence: str, among: Sequence[BaseGrammar]) -> BaseGrammar:
    """The one whose letters the sentence is written in, else, of those that name no letters, the one that knows most of its
    words, the first of equals."""
    by_letters = next((grammar for grammar in among if grammar.patterns.letters and grammar.reads(sentence)), None)
    if by_letters is not None:
        return by_letters
    others = [grammar for grammar in among if grammar.patterns.letters is None]
    return others[0] if len(others) == 1 else max(others, key=lambda grammar: grammar.known_words(sentence))
