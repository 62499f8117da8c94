"""The values of English claims: what is cut from a clause, which lists are several values, and what stands for nothing."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from memory.language.claims import Claim, Predicate
from memory.language.grammars import quote_of
from memory.language.lexicon import Lexicon

_BRACKETS = re.compile(r"\s*\([^)]*\)")
_PARTICLES = ("off", "out", "on", "up", "by", "over")


class Values:
    def __init__(self, patterns: Lexicon) -> None:
        self.patterns = patterns

    def of(self, sentence: str, start: int, predicate: Predicate, written: str, subject: str) -> Iterator[Claim]:
        """The claims of what a predicate heard: of a list one each."""
        value = self.cut(written)
        for part in self._parts(value) if predicate.split else [value]:
            part = self._trimmed(part)
            key = self.key_of(predicate.key, part)
            if key == "age":
                part = self._figures(part)
            if key in ("home", "origin"):
                part = self.patterns["around_a_place"].sub("", part).strip(" ,;")
            if key == "job":
                part = self.patterns["article"].sub("", part)
            feared = key == "health" and predicate.polarity < 0
            if not part or (self.patterns["empty"].match(part) if feared else self.is_empty(key, part)):
                continue
            claim = self.claim(sentence, start, key, part, subject)
            if key in ("home", "origin", "employer") and (proper := self.patterns["proper_place"].match(part)):
                claim = replace(claim, value=proper[0].strip(" ,;."))
            if feared:
                yield replace(claim, value=f"fear of {part}")
            else:
                yield replace(claim, polarity=predicate.polarity, strength=predicate.strength)

    def cut(self, value: str) -> str:
        """A value without what a clause goes on with: "because …", "at all"."""
        return self.patterns["tail"].sub("", _BRACKETS.sub("", value)).strip(" ,;:\"'“”*")

    def claim(self, sentence: str, start: int, key: str, value: str, subject: str) -> Claim:
        return Claim(key, value, quote_of(sentence, start, value).replace("\0", ""), subject)

    def key_of(self, key: str, value: str) -> str:
        """A like that is something one does is an interest."""
        done = self.patterns["doing_word"].match(value) and not self.patterns["not_done"].match(value)
        return "interests" if key == "likes" and done and len(value.split()) <= 4 else key

    def is_empty(self, key: str, value: str) -> bool:
        """Whether a value stands for nothing by itself: "it", or "the actors" of the film just spoken of."""
        if key == "age":
            return False
        if self.patterns["empty"].match(value) or "\0" in value:
            return True
        if key == "plans" and self.patterns["refers"].search(value):
            return True
        if key in ("plans", "goals") and self.patterns["of_the_day"].search(value):
            return True
        spoken_of = key in ("likes", "interests") and value.lower().startswith("the ")
        return spoken_of and not self.patterns["of_the_world"].match(value)

    def ended(self, sentence: str, start: int, rest: str, subject: str) -> Iterator[Claim]:
        """ "I no longer eat meat": meat is no longer eaten, and not liked."""
        value = self.cut(self.patterns["wrapping"].sub("", rest))
        if not value or self.patterns["empty"].match(value) or value.lower() in _PARTICLES:
            return
        claim = self.claim(sentence, start, "ended", value, subject)
        yield replace(claim, polarity=-1 if self.patterns["against"].match(rest) else 1, ends=True)
        if self.patterns["eaten"].match(rest):
            yield replace(claim, key="dislikes", polarity=-1, strength=0.8)

    def _parts(self, value: str) -> Sequence[str]:
        pieces = [piece for piece in self.patterns["separator"].split(value) if piece]
        deeds = sum(bool(self.patterns["deed"].match(piece)) for piece in pieces)
        together = self.patterns["whole_only"].search(value)
        stand = not together and all(self.patterns["able_to_stand"].match(piece) for piece in pieces)
        several = len(pieces) > 1 and (stand or (len(pieces) > 2 and deeds >= len(pieces) - 1))
        return pieces if several and self._is_list(value, pieces) else [value]

    def _is_list(self, value: str, pieces: Sequence[str]) -> bool:
        """Not "minimalist and monochromatic fashion" or "large, sprawling resorts", where adjectives share a noun."""
        if not self.patterns["joined"].search(value) or len(pieces[-1].split()) > 4:
            return False
        longer = len(pieces[0].split()) >= len(pieces[1].split())
        return len(pieces) > 2 or longer or bool(self.patterns["plural"].search(pieces[0]))

    def _trimmed(self, part: str) -> str:
        trim = self.patterns["trim"]
        return trim.sub("", self.patterns["doing"].sub("", trim.sub("", part))).strip(" ,\"'“”‘’*")

    def _figures(self, age: str) -> str:
        """ "forty-two" as "42"."""
        tens, _, ones = age.lower().replace("-", " ").partition(" ")
        numbers = self.patterns.tables["numbers"]
        if tens not in numbers:
            return age
        return str(int(numbers[tens]) + (int(numbers.get(ones, 0)) if ones else 0))
