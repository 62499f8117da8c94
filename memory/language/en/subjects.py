"""Who is spoken of where nobody is named: "Hate mushrooms.", "Nurse here, …", "Me: female, 41, two teenagers"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from memory.language.claims import USER, Claim
from memory.language.en.phrases import Phrases
from memory.language.lexicon import Lexicon

_PAUSE = re.compile(r"[,;:]")
_GOES_ON = (" ", "ing", "to", "of", "at", "with", "in", "for")


@dataclass(frozen=True)
class Subjects:
    patterns: Lexicon
    phrases: Phrases

    def put_in(self, sentence: str) -> str:
        """ "Hate mushrooms." as "I hate mushrooms."."""
        if announced := self.patterns["announced"].match(sentence):
            return self._announced(announced)
        match = self.patterns["without_i"].match(sentence)
        if not match or not self._is_of_me(match):
            return sentence
        verb, be = match["verb"].lower(), ""
        if match["am"] or verb in ("loving", "living") or verb.startswith("working"):
            be = "am "
        elif verb == "been":
            be = "have "
        said = sentence[match.start("verb") :]
        return f"{match['lead']}I {be}{said[0].lower()}{said[1:]}"

    def _announced(self, match: re.Match[str]) -> str:
        """ "Nurse here, my feet hurt" as "I am a Nurse, my feet hurt"."""
        told = match["job"] or match["age"] or match["as"]
        article = "" if match["age"] or match["as"] else "a "
        return f"I am {article}{told}, {match.string[match.end() :].lstrip(' ,')}"

    def _is_of_me(self, match: re.Match[str]) -> bool:
        sentence, end = match.string, match.end()
        of_me = self.patterns["mentions_me"].search(sentence)
        if self.patterns["somebody_else"].search(sentence, end) and not of_me:
            return False
        if match["am"] and self.patterns["of_one_of_mine"].search(sentence, end):
            return False
        if (
            match["am"]
            and not self.patterns["stands_alone"].match(sentence, end)
            and not match["am"].endswith(_GOES_ON)
        ):
            return False
        begins = _PAUSE.split(sentence[end:])[0]
        return not self.patterns["is_subject"].search(begins) or bool(of_me)  # not "Living in London is expensive"

    def listed(self, sentence: str) -> Iterator[Claim]:
        """A list about oneself without any subject: "Background: female, 41, two teenagers at home, hate cooking"."""
        whole = self.patterns["heading"].sub("", sentence)
        items = [item for item in self.patterns["between"].split(whole) if item.strip()]
        told = [item for item in items if self.patterns["listed"].match(item)]
        few = len(told) < 2 or 2 * len(told) < len(items)
        if few or not self.patterns["listed"].match(items[0]) or self.patterns["case"].search(sentence):
            return
        for item in told:
            said = item.strip(" .!")
            owned = self.patterns["owned_thing"].match(said) or "passport" in said
            be = "" if self.patterns["verb"].match(said) else "have " if owned else "am "
            yield from self.phrases.of(sentence, max(sentence.find(said), 0), f"{be}{said}", USER)
