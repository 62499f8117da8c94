"""What follows "my": a person, a pet, or something that is the user's."""

from collections.abc import Iterator
from dataclasses import dataclass

from memory.language.claims import USER, Claim, Predicate
from memory.language.en.phrases import Phrases
from memory.language.en.values import Values
from memory.language.lexicon import Lexicon


@dataclass(frozen=True)
class Mine:
    patterns: Lexicon
    values: Values
    phrases: Phrases

    def of(self, sentence: str, start: int, end: int) -> Iterator[Claim]:
        """`start` is where "my" begins, `end` where what follows it does."""
        rest = sentence[end:]
        if name := self.patterns["my_name"].match(rest):
            yield self.values.claim(sentence, start, "name", name["x"], USER)
        elif first := next(self._owned(rest), None):
            predicate, value = first
            yield from self.values.of(sentence, start, predicate, value, USER)
        elif pet := self.patterns["my_pet"].match(rest):
            yield Claim("pets", f"{pet['pet'].lower()} {pet['name']}", _quote(sentence, start, end + pet.end()))
        else:
            yield from self._person(sentence, start, end)

    def _owned(self, rest: str) -> Iterator[tuple[Predicate, str]]:
        """What is said of something that is somebody's: "favourite colour is green", "birthday is in May"."""
        for rule in self.patterns.rules("mine"):
            if match := rule.pattern.match(rest):
                yield rule, next(group for group in match.groups() if group)

    def _person(self, sentence: str, start: int, end: int) -> Iterator[Claim]:
        """ "my sister Anna loves jazz"."""
        if not (match := self.patterns["mine"].match(sentence[end:])):
            return
        word = match["relation"].lower()
        relation = self.patterns.tables["relations"].get(word, word)
        phrase, at = match["rest"], end + match.start("rest")
        called = self.patterns["called"].match(phrase)
        if name := match["name"] or (called and called["name"]):
            stop = at + called.end() if called else at
            yield Claim("people", f"{relation} {name}", _quote(sentence, start, stop))
            if called:
                return
        if possessive := self.patterns["possessive"].match(phrase):
            for rule, value in self._owned(possessive["rest"]):
                yield from self.values.of(sentence, start, rule._replace(split=False), value, relation)
            return
        phrase = self.patterns["has_is"].sub(" is ", phrase)
        if not self.patterns["and_i"].match(phrase):
            phrase = self.patterns["who"].sub("", phrase.lstrip())
            yield from self.phrases.of(sentence, start, self.phrases.first_person(phrase), relation)


def _quote(sentence: str, start: int, stop: int) -> str:
    return sentence[start:stop].strip().replace("\0", "")
