"""What is said otherwise than by "I …": names, corrections, verdicts ("jazz is my favourite"), habits ("Tuesdays are choir")."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memory.language.claims import Claim
from memory.language.en.values import Values
from memory.language.lexicon import Lexicon

_HABITS = (("schedule", "every"), ("schedule", "day_is"), ("plans", "planned"), ("plans", "expecting"))
_VERDICTS = (("favourite", "likes", 1), ("not_for_me", "dislikes", -1), ("kills", "allergies", 1))
_NAMES = ("i_am_name", "name_and_age", "here", "call_me")


@dataclass(frozen=True)
class Asides:
    patterns: Lexicon
    values: Values

    def verdicts(self, sentence: str) -> Iterator[Claim]:
        """Sentences in which the thing comes first: "Jazz is my favourite", "peanuts could kill me"."""
        if out := self.patterns["out"].match(sentence):
            value = self.patterns["before_ruled_out"].sub("", next(group for group in out.groups() if group)).strip()
            yield Claim("dislikes", value, out[0].strip(), polarity=-1, strength=0.9)
            return
        for name, key, polarity in _VERDICTS:
            if match := self.patterns[name].match(sentence):
                value = self.patterns["before_thing"].sub("", match["x"]).strip()
                harmless = key == "allergies" and not self._is_allergen(match, value)
                empty = self.patterns["empty"].match(value) or self.patterns["person_first"].match(value)
                if value and not harmless and not empty:
                    key, quote = self.values.key_of(key, value), match[0].strip()
                    yield Claim(key, value, quote, polarity=polarity, strength=0.7, confidence=0.8)
                return

    def _is_allergen(self, match: re.Match[str], value: str) -> bool:
        """Not what "makes me happy", nor a boss who "will kill me"."""
        harms = match["how"] or self.patterns["deadly"].search(match[0])
        return bool(harms) and not self.patterns["no_allergen"].search(value)

    def habits(self, sentence: str) -> Iterator[Claim]:
        """Sentences that begin with when: "Every morning I row", "Tuesdays are choir", "Come spring we're moving"."""
        for key, name in _HABITS:
            for match in self.patterns[name].finditer(sentence):
                value = self.values.cut(match["x"])
                if value and not self.values.is_empty(key, value):
                    yield Claim(key, value, match[0].strip(" ,"), confidence=0.8)
        if lives := self.patterns["where_we_live"].search(sentence):
            yield Claim("home", lives["x"], lives[0])
        if self.patterns["begins_with_born"].match(sentence) and (born := self.patterns["born"].search(sentence)):
            yield Claim("birthday", born["x"], born[0])

    def names(self, sentence: str) -> Iterator[Claim]:
        for name in _NAMES:
            match = self.patterns[name].search(sentence)
            if match and not self.patterns["not_a_name"].match(match["x"]):
                yield Claim("name", match["x"], match["quote"])
                return

    def over(self, sentence: str) -> Iterator[Claim]:
        """ "Rex died", "Ana and I broke up", "Initech fired me": what is told of by its name no longer holds."""
        for match in self.patterns["over_with"].finditer(sentence):
            name = match["x"] or match["x2"] or match["x3"]
            if not self.patterns["names_nobody"].match(name):
                yield Claim("ended", name, match[0].strip(" ,;"), ends=True)

    def corrections(self, sentence: str) -> Iterator[Claim]:
        """ "It is Porto, not Lisbon": what it corrects is found by its value. "My sister moved, not me" takes the fact
        from the user."""
        if (match := self.patterns["not_me"].search(sentence)) and not self.patterns["unreal"].search(match[0]):
            relation = match["relation"].lower()
            subject = self.patterns.tables["relations"].get(relation, relation)
            yield Claim("corrected", "", match["quote"], subject=subject, instead_of="")
            return
        if not self.patterns["corrects"].search(sentence):
            return
        for name in ("not_but", "instead"):
            if match := self.patterns[name].search(sentence):
                new, old = self.patterns["before_new"].sub("", match["new"]), match["old"]
                if new and not self.patterns["no_value"].search(new) and new.lower() != old.lower():
                    yield Claim("corrected", new, match[0].strip(" .!,"), instead_of=old)
                return
