"""The text itself: a greeting, the sentences of the model that can be kept, the facts that they lack, a signature."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.talk.drafts.facts import AGE, Told
from assistant.talk.drafts.request import Request
from memory.language.reading import Language
from memory.types import Hit
from prompts.templates import render

MOST_SENTENCES = 5
"""So many of the model's: the longer it goes on, the more it makes up."""
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\w*"
_DAYS = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|\b{_MONTH} \d{{1,2}}\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b|\d+|周[一二三四五六日]|星期[一二三四五六日]"
)
_NAMES = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]+(?:['’]s)?")
_POLITE = re.compile("老师|总$|医生|主任|师傅|经理|校长|老板|先生|女士")
_NOT_NAMES = frozenset(
    "I I'm I've I'd I'll Best Kind Dear Hi Mum Mom Dad Subject Christmas Easter Please Thank Thanks God".split()
)


@dataclass
class Draft:
    """One text on its way. `written` is what of the model's was kept."""

    request: Request
    facts: Sequence[Told]
    written: list[str] = field(default_factory=list)
    _only_signs: bool = False

    @property
    def hint(self) -> str:
        """What the model is told in the place of the notes."""
        facts = [*self.request.says, *(one.text for one in self.facts)]
        return render("draft", self.request.language, to=self.request.to, facts=facts)

    @property
    def recalled(self) -> tuple[Hit, ...]:
        """The notes that its facts are from."""
        return tuple({one.hit.memory.id: one.hit for one in self.facts}.values())

    def opening(self) -> str:
        request, write = self.request, self.request.table.write
        if request.has("no_greeting"):
            return ""
        if not request.to:
            return write["hello"] + "\n\n"
        polite = request.has("formal") or request.kind in ("card", "note") or _POLITE.search(request.to)
        relative = request.has("relative") or re.search(request.table.find["relative"], request.to)
        name = "hi" if (relative and request.language == "zh") or not polite else "dear"
        return write[name].format(to=request.to) + "\n\n"

    def keep(self, sentence: str) -> str:
        """A sentence of the model's as it is shown, "" if it is left out: greetings and signatures are by code, and a day,
        a number or a name that stands nowhere is made up."""
        find = self.request.table.find
        said = find["greets"].sub("", sentence, count=1)
        bare = said.strip(" \n\t-—*")
        if (
            not re.search(r"\w", bare)
            or find["closes"].search(bare)
            or bare.rstrip("。.!！,，") in (self.request.sign, self.request.to)
        ):
            return ""
        if len(self.written) >= MOST_SENTENCES or self._made_up(bare) or bare in self.written:
            return ""
        gap = "" if self.request.language == "zh" else " "
        self.written.append(bare)
        return (gap if len(self.written) > 1 else "") + bare

    @property
    def needs_model(self) -> bool:
        """Whether the model is asked for the middle: not where the user's own words and notes say it. What a small model adds to
        those is made up ("a special book club for his birthday"), and no check of names and days finds it."""
        return not self.request.says and not self._missing()

    @property
    def is_full(self) -> bool:
        return len(self.written) >= MOST_SENTENCES

    def gap_after(self) -> str:
        """What stands between the text so far and its ending: facts go on in the paragraph, a signature begins a new one."""
        if not self.written:
            return ""
        return "\n\n" if self._only_signs else "" if self.request.language == "zh" else " "

    def _made_up(self, sentence: str) -> bool:
        known = "\n".join([self.request.text, self.request.to, self.request.sign, *(one.text for one in self.facts)])
        low = known.lower()
        days = [match[0] for match in _DAYS.finditer(sentence)]
        if any(day.lower() not in low and not _same_day(day, low) for day in days):
            return True
        names = {match[0].removesuffix("'s").removesuffix("’s") for match in _NAMES.finditer(sentence)} - _NOT_NAMES
        return any(name.lower() not in low for name in names)

    def _age(self) -> str:
        """How old somebody is, if a birthday text asks for it."""
        if "age" not in self.request.asks or not self.request.has("birthday"):
            return ""
        found = next((match for one in self.facts if (match := AGE.search(one.text))), None)
        return (found["en"] or found["zh"]) if found else ""

    def _missing(self) -> Sequence[Told]:
        """The facts that the text must have; a birthday text says the age in its wish."""
        must = [one for one in self.facts if one.must]
        return [one for one in must if not AGE.search(one.text)] if self._age() else must

    def ending(self) -> str:
        """What follows the model's sentences: what was asked for and is not there yet, and the signature."""
        request, write = self.request, self.request.table.write
        text = "\n".join(self.written)
        lines = [] if self.written else list(request.says)
        if (age := self._age()) and age not in text:
            lines.insert(0, write["birthday"].format(n=_ordinal(age, request.language)))
        for phrase in request.table.phrases:
            if phrase.when.search(request.text) and not phrase.has.search("\n".join([text, *lines])):
                lines.insert(0, phrase.text)
        shown = "\n".join([text, *lines])
        lines += [one for one in request.says if one not in lines and _lacks(shown, _days(one))]
        lines += [
            _finished(one.text, write["stop"])
            for one in self._missing()
            if _lacks("\n".join([shown, *lines]), one.keys)
        ]
        body = ("" if request.language == "zh" else " ").join(lines)
        name = "plain"
        if request.has("relative"):
            name = "love"
        elif request.has("formal"):
            name = "formal"
        self._only_signs = not body
        sign = write[name].format(sign=request.sign) if request.sign and not request.has("no_greeting") else ""
        return "\n\n".join(part for part in (body, sign) if part)


def _ordinal(number: str, language: Language) -> str:
    if language == "zh":
        return number
    ends = {"1": "st", "2": "nd", "3": "rd"}
    return number + ("th" if number[-2:-1] == "1" else ends.get(number[-1], "th"))


def _lacks(text: str, keys: Sequence[str]) -> bool:
    low = text.lower()
    return any(key.lower() not in low and not _same_day(key, low) for key in keys)


def _days(sentence: str) -> Sequence[str]:
    return [match[0] for match in _DAYS.finditer(sentence)]


def _same_day(day: str, text: str) -> bool:
    """Whether "December 3rd" stands in a text as "3 December"."""
    number, month = re.search(r"\d{1,2}", day), re.search(r"[A-Za-z]{3,}", day)
    if number is None or month is None:
        return False
    short = month[0][:3].lower()
    return re.search(rf"\b{number[0]}(?:st|nd|rd|th)?(?: of)? {short}|\b{short}[a-z]* {number[0]}\b", text) is not None


def _finished(sentence: str, stop: str) -> str:
    said = sentence.strip()
    said = said[:1].upper() + said[1:]
    return said if said.endswith((".", "!", "。", "！")) else said.rstrip(",，;；") + stop
