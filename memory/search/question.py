"""A question made ready for a search: its words, vectors, times, and whose words it is after."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.language import stemming, times
from memory.language.folding import composed
from memory.language.reading import MAX_TIMES_CHARS, Reading
from memory.language.text import CJK, asks_the_assistant, is_chinese
from memory.language.times import Span
from memory.search.embedders import Encoded

MAX_CHARS = MAX_TIMES_CHARS
"""A longer question is cut: the embedder reads 256 tokens, and a thousand keywords find everything."""

_I = re.compile(r"\b(i|i'm|i've|me|my|mine|myself)\b|我", re.IGNORECASE)
_NO_NAMES = {"i", "me", "my", "you", "user", "assistant", "human", "ai", "bot", "我", "你", "用户", "助手"}
"""Speakers that a question does not name by using the word."""
_WHEN = re.compile(
    r"^\s*when\b|\b(what|which) (date|day|year|month|time)\b|\bhow (long|old)\b|什么时候|何时|哪[天年月]|几[号点月岁]|多久",
    re.IGNORECASE,
)
_TIME_EN = frozenset(
    f"{word}{ending}"
    for word in (
        *"""yesterday today tomorrow tonight last next ago week weekend month year day morning recently since
        monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
        september october november december summer winter spring fall autumn""".split(),
        *map(str, range(1900, 2100)),
    )
    for ending in ("", "s")
)
_TIME_ZH = re.compile(r"[周月年号日天]")
_WORD = re.compile(r"[^\W_]+")
_CALLS = "hey|hi|hello|thanks|thank you|wow|congrats|congratulations|sorry|yes|yeah|no|oh|well|great|bye|sure|right|cool|nice"


@dataclass(frozen=True, slots=True)
class Question:
    """`speaker` is whom the question names among those who speak in the memories; `understood` whether the embedder
    knows its language; `cut` whether it was too long to be read whole."""

    text: str
    to_embed: str
    """The text without the names of those who speak: they are in every memory, and would only favour whatever mentions
    them most."""
    words: dict[str, str]
    """Stem to written form, without the speakers' names."""
    encoded: Encoded | None
    embedder: str
    understood: bool
    spans: Sequence[Span]
    speaker: str | None
    cut: bool = False

    @property
    def language(self) -> str:
        return "zh" if is_chinese(self.text) else "en"

    @property
    def of_user(self) -> bool:
        return self.speaker is None and not self.of_assistant and bool(_I.search(self.text))

    @property
    def of_assistant(self) -> bool:
        return self.speaker is None and asks_the_assistant(self.text)

    @property
    def wants_time(self) -> bool:
        return bool(_WHEN.search(self.text))


def read(text: str, at: datetime, speakers: Collection[str]) -> Question:
    """A question asked at `at` of memories in which `speakers` speak; without vectors yet."""
    return _question(text, times.resolve(text[:MAX_CHARS], at), speakers)


def of_reading(reading: Reading, speakers: Collection[str]) -> Question:
    """As `read`, of a message that was read."""
    return _question(reading.text, reading.spans, speakers)


def _question(text: str, spans: Sequence[Span], speakers: Collection[str]) -> Question:
    cut = len(text) > MAX_CHARS
    text = composed(text[:MAX_CHARS])
    named = [speaker for speaker in speakers if _is_named(speaker, text)]
    return Question(
        text=text,
        to_embed=_without_names(text, named),
        words=_words(text, named),
        encoded=None,
        embedder="",
        understood=False,
        spans=spans,
        speaker=named[0] if len(named) == 1 else None,
        cut=cut,
    )


def asks_nothing(text: str) -> bool:
    """Whether there is nothing in it to look for: a greeting, or only function words. "Who am I?" asks something."""
    text = text[:MAX_CHARS]
    return stemming.is_greeting(text) or not (stemming.words(text) or _I.search(text))


def _without_names(text: str, named: Collection[str]) -> str:
    """All of it, if nothing else is left."""
    left = text
    for speaker in named:
        left = re.sub(_name(speaker), " ", left, flags=re.IGNORECASE)
    return " ".join(left.split()) if stemming.words(left) else text


def says_time(text: str) -> bool:
    """Asked of every candidate: words looked up in a set take a third of what a pattern of them all takes."""
    in_english = not _TIME_EN.isdisjoint(_WORD.findall(text.lower()))
    return in_english or (not text.isascii() and bool(_TIME_ZH.search(text)))


def _words(text: str, named: Collection[str]) -> dict[str, str]:
    names = {word for speaker in named for word in stemming.words(speaker)}
    found = stemming.surfaces(text)
    return {stem: written for stem, written in found.items() if stem not in names} or found


def tells_of(person: str, text: str) -> bool:
    """Whether a text names a person, other than to speak to them: "Thanks, Ana!", "Ana, look"."""
    called = re.compile(
        rf"(^|[,.!?;:，。！？、]\s*|\b({_CALLS})\s+){_name(person)}\s*(?=[,.!?;:，。！？、]|$)", re.IGNORECASE
    )
    return bool(re.search(_name(person), called.sub(" ", text), re.IGNORECASE))


def _name(speaker: str) -> str:
    return re.escape(speaker) if CJK.search(speaker) else rf"(?<!\w){re.escape(speaker)}(['’]s)?(?!\w)"


def _is_named(speaker: str, text: str) -> bool:
    """Whether the question names a speaker: not by what is also a word, "me" or "will", unless written as a name."""
    if speaker.casefold() in _NO_NAMES or speaker.casefold() not in text.casefold():
        return False
    also_a_word = not speaker.islower() and not stemming.words(speaker)
    return bool(re.search(_name(speaker), text, 0 if also_a_word else re.IGNORECASE))
