"""What a verb phrase says of a subject: "work as a nurse and live in Porto"."""

from collections.abc import Iterator
from dataclasses import dataclass

from memory.language.claims import USER, Claim, Predicate
from memory.language.en.values import Values
from memory.language.lexicon import Lexicon

_GO_ON = ("age", "people", "gender", "nationality", "relationship")
"""What is often said in one breath with something else."""
_TOLD_AS_WELL = {
    "job": (("employer", "at_place"),),
    "employer": (("job", "as_job"),),
    "studies": (("school", "at_place"),),
    "school": (("studies", "student_at"),),
}
"""What a phrase of one key tells as well: "a designer at Spotify" works there."""


@dataclass(frozen=True)
class Phrases:
    patterns: Lexicon
    values: Values

    def of(self, sentence: str, start: int, phrase: str, subject: str) -> Iterator[Claim]:
        """What a phrase as said after "I" tells of a subject, and the ones joined to it by "and"; the clause begins at
        `start`."""
        if subject != USER:
            phrase = self.patterns["another"].sub("", phrase)
        parts = [phrase]
        for match in self.patterns["goes_on"].finditer(phrase):
            parts = [*parts[:-1], parts[-1][: match.start() - len(phrase) + len(parts[-1])], phrase[match.end() :]]
        for number, part in enumerate(parts):
            said = part if subject == USER or number == 0 else self.first_person(part)
            if number and self.patterns["is_item"].match(said):
                if self.patterns["has_a_being"].match(parts[0]) and not said.rstrip(" .!").endswith("myself"):
                    continue  # "have a puppy, allergic to chicken"
                said = f"am {said}"
            elif self.patterns["is_owned"].match(said):
                said = f"have {said}"
            yield from self._one(sentence, start, said.strip(), subject)

    def first_person(self, phrase: str) -> str:
        """ "loves jazz" as it would be said with "I": "love jazz"."""
        match = self.patterns["third_person"].match(phrase)
        if not match:
            return phrase
        verb, lower = match["verb"], match["verb"].lower()
        regular = lower.endswith("s") and not lower.endswith("ss") and len(lower) > 3
        plain = self.patterns.tables["first_person"].get(lower) or (verb[:-1] if regular else verb)
        return match["adv"] + plain + phrase[match.end() :]

    def _one(self, sentence: str, start: int, phrase: str, subject: str) -> Iterator[Claim]:
        for rule in self.patterns.rules("ended"):
            if match := rule.pattern.match(phrase):
                yield from self.values.ended(sentence, start, match["rest"], subject)
                return
        phrase, found = self._present(phrase), False
        for predicate in self.patterns.rules("predicate"):
            if found and predicate.key != "schedule":
                continue
            match = predicate.pattern.match(phrase)
            if match and not (predicate.key == "job" and self.patterns["student_of"].search(match["x"])):
                yield from self.values.of(sentence, start, predicate, match["x"], subject)
                key = "studies" if match["x"].endswith("student") else predicate.key
                if predicate.key in _TOLD_AS_WELL:
                    yield from self._as_well(sentence, start, key, phrase, subject)
                found = predicate.key not in _GO_ON

    def _present(self, phrase: str) -> str:
        """ "have always loved", "have been" and "got a" as they hold now."""
        present = self.patterns.tables["present"]
        phrase = self.patterns["have_just"].sub("", phrase)
        phrase = self.patterns["always_loved"].sub(lambda match: present[match["verb"].lower()], phrase)
        phrase = self.patterns["got"].sub("have ", phrase)
        return self.patterns["am_adverb"].sub("am ", self.patterns["have_been"].sub("am ", phrase))

    def _as_well(self, sentence: str, start: int, key: str, phrase: str, subject: str) -> Iterator[Claim]:
        for other, name in _TOLD_AS_WELL[key]:
            if match := self.patterns[name].search(self.patterns["another"].sub("", phrase)):
                predicate = Predicate(other, self.patterns[name], split=False)
                yield from self.values.of(sentence, start, predicate, match["x"], subject)
