"""Claims in an English sentence.

A sentence is taken apart at each "I …", "my …" and "and (verb) …" that begins a clause. What follows "I" is matched against
the predicates; "my sister loves …" is read as "I love …" of the sister. What a clause does not state outright ("if",
"might", "they said") is not read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memory.language.claims import USER, Claim
from memory.language.en.asides import Asides
from memory.language.en.mine import Mine
from memory.language.en.phrases import Phrases
from memory.language.en.subjects import Subjects
from memory.language.en.values import Values
from memory.language.grammars import BaseGrammar
from memory.language.lexicon import Lexicon

_SPELLING = (("im", "I'm"), ("ive", "I've"), ("small_i", "I"), ("nt", r"\1n't"), ("thats", r"\1's"))
"""How names of patterns are spelled in books: "im" is "I'm"."""
_SHARED = ("plans", "home", "pets", "possessions", "people", "schedule", "languages", "diet")
"""What "we" says holds for the user too."""
_AFTER_I = {"'m": "am", "'re": "am", "'ve": "have", "'d": "would", "'ll": "will"}


class Grammar(BaseGrammar):
    def __init__(self, patterns: Lexicon) -> None:
        super().__init__(patterns)
        values = Values(patterns)
        self.phrases = Phrases(patterns, values)
        self.subjects = Subjects(patterns, self.phrases)
        self.asides = Asides(patterns, values)
        self.mine = Mine(patterns, values, self.phrases)

    def claims(self, sentence: str, person: str | None = None) -> Sequence[Claim]:
        for name, written in _SPELLING:
            sentence = self.patterns[name].sub(written, sentence)
        stated = self.stated(sentence)
        if not stated:
            return self.style(sentence)
        about = list(self._of_person(stated, person)) if person else []
        said = [
            *self.asides.corrections(stated), *self.asides.verdicts(stated), *self.subjects.listed(stated),
            *self._spoken(stated), *self.asides.over(stated), *self.asides.habits(stated),
            *self.asides.names(stated), *about, *self.style(stated),
        ]  # fmt: skip
        return self.said_once(said)

    def stated(self, sentence: str) -> str:
        said = sentence
        if sentence.rstrip(" \"'”’)").endswith(("?", "？")):
            asked = self.patterns["asks_at_last"].search(sentence)
            said = sentence[: asked.start()] if asked else ""
        said = self.patterns["if_you"].sub("", self.patterns["even_if"].sub("", said))
        if self.patterns["asks"].match(said) or self.patterns["supposes"].search(said):
            return ""
        return self.patterns["part"].sub(self._part_or_nothing, said)

    def _part_or_nothing(self, part: re.Match[str]) -> str:
        return "," + " " * (len(part[0]) - 1) if self.patterns["hedged"].search(part[0]) else part[0]

    def person_in(self, sentence: str) -> str | None:
        found = {match["relation"].lower() for match in self.patterns["person"].finditer(sentence)}
        return self.canonical(found.pop()) if len(found) == 1 else None

    def wished(self, wish: str) -> str:
        return self.patterns["wanting"].sub("", wish)

    def unwanted(self, thing: str) -> str:
        return f"no {thing}"

    def _of_person(self, sentence: str, person: str) -> Iterator[Claim]:
        """ "She's terrified of clowns", of whom the sentence before spoke of."""
        if match := self.patterns["pronoun"].match(sentence):
            short = match["who"][match["who"].find("'") :] if "'" in match["who"] else ""
            phrase = f"{self.patterns['short_is'].sub('is', short)} {match['rest']}".strip()
            first = self.phrases.first_person(phrase)
            yield from self.phrases.of(sentence, match.start("who"), first, person)

    def _spoken(self, sentence: str) -> list[Claim]:
        """The clauses' claims; where "I" was left out, quoted as it was written."""
        whole = self.subjects.put_in(sentence)
        if whole == sentence:
            return list(self._clauses(sentence))
        return [replace(claim, quote=sentence.strip()) for claim in self._clauses(whole)]

    def _clauses(self, sentence: str) -> Iterator[Claim]:
        for match in self.patterns["clause"].finditer(sentence):
            start, end = match.start("subject"), match.end()
            if self._is_reported(match, sentence[:start]):
                continue
            if match["my"] or match["kin"] is not None:
                yield from self.mine.of(sentence, start, end)
            elif match["we"]:
                phrase = _expanded("I" + match["we"][2:], " " + sentence[end:])
                said = self.phrases.of(sentence, start, self.patterns["are"].sub("am", phrase), USER)
                yield from (claim for claim in said if claim.key in _SHARED)
            elif match["subject"].startswith("I"):
                yield from self.phrases.of(sentence, start, _expanded(match["subject"], sentence[end:]), USER)

    def _is_reported(self, clause: re.Match[str], before: str) -> bool:
        """Whether somebody else says it ("he thinks that I …"), or a heading stands before it."""
        if self.patterns["reported"].search(before) or self.patterns["label"].search(before):
            return True
        return clause["lead"].strip() == "that" and not self.patterns["fact_that"].search(before)


def _expanded(subject: str, rest: str) -> str:
    """The verb phrase after "I": "'m keen" is "am keen"."""
    short = subject[1:].replace("’", "'")
    return _AFTER_I.get(short, "") + rest if short else rest.lstrip()
