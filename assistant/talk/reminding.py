"""Whether a message asks to be reminded of something, of what and when: "remind me on Monday at nine to call the landlord".

A message is read sentence by sentence. The times in a sentence become "◷", and what is left has to have the form of a request
made to Zhiji (`reminders.toml` of the language): what somebody else said, quotes, stories, questions and texts to be worked
on have not. Nothing is guessed: without a time, or without a thing, `missing` says so, and a past time is `past`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Literal

from memory.language.folding import simplified
from memory.language.lexicon import Lexicon, joined, languages
from memory.language.text import is_chinese
from memory.language.times import coming_chinese, coming_english
from memory.language.times.to_come import Clock, Piece, clusters, fits, pieces, settle

Language = Literal["en", "zh"]
MARK = "◷"
MOST_CHARS = 600
"""A longer message is a text that somebody pasted."""
MOST_LINES = 5
_SENTENCES = re.compile(
    r"(?<=[.!?])(?<!\bDr\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bSt\.)\s+|(?<=[。！？!?])(?=\S)|\n+"
)
_HALF_DAY = re.compile(r"\b([ap])\.?\s?m\b\.?(?!\w)", re.I)
_NO_THING = re.compile(
    r"^(?:later|sometime|at some point|soon|it|this|that|一会儿?|以后|稍后|这个|那个|这件事|那件事|它)$", re.I
)
_RUNS = re.compile(r"([\s,，。、;；:：!！?？~.–—-]{2})[\s,，。、;；:：!！?？~.–—-]+")
_TWO_TIMES = re.compile(r"\s*(?:,|and|&|和|、|跟)\s*◷")
"""A reminder comes at one time of the day."""
MORNING = Piece(0, 0, part=Clock(8, sure=True))
"""People who are to be woken up get up in the morning."""
_ANSWERS = re.compile(r"\b(?:her|him|them|back|reply|answer)\b|回[复復他她]|[给給][他她]")
_STRONG = ("remind_asked", "remind_forget", "remind_set", "remind_put", "remind_after")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`what` is to be done, as it was typed; `at` is aware. `missing`: what is still to be asked for. `past`: the time named is
    over. `assumed`: a day was named and no hour."""

    what: str
    at: datetime | None = None
    rule: str | None = None
    missing: Literal["time", "what"] | None = None
    past: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Masked:
    """A sentence with "◷" in the place of each time."""

    text: str
    times: Sequence[Sequence[Piece]]
    words: Sequence[str]
    """Each time as it was written."""

    def written(self, start: int, end: int) -> str:
        """A part of it as it was written."""
        number, result = self.text.count(MARK, 0, start), []
        for char in self.text[start:end]:
            result.append(self.words[number] if char == MARK else char)
            number += char == MARK
        return "".join(result)


def read_reminder(text: str, language: Language, now: datetime) -> Wanted | None:
    """What a message wants to be reminded of, seen from `now` (aware); `None` if it asks for nothing of the kind."""
    if len(text) > MOST_CHARS or text.count("\n") > MOST_LINES:
        return None
    before = last = ""
    for sentence in sentences(text):
        speaks: Language = "zh" if is_chinese(sentence) else "en" if sentence.isascii() else language
        wanted = _read_sentence(sentence, speaks, now)
        if wanted is not None:
            return None if _is_told(text, before, speaks) else _with_what_was_said(wanted, last, speaks)
        before, last = f"{before}{sentence} ", sentence
    return None


def sentences(text: str) -> Sequence[str]:
    """With "9 a.m." written 9 am, which ends no sentence."""
    plain = _HALF_DAY.sub(r"\1m", text.replace(MARK, " "))
    return [one.strip() for one in _SENTENCES.split(plain) if one and one.strip()]


def _with_what_was_said(wanted: Wanted, before: str, language: Language) -> Wanted:
    """ "I have to renew my card. Remind me on Wednesday": the thing is in the sentence before."""
    said = lexicon(language)["remind_said_before"].match(before) if wanted.missing == "what" else None
    if said is None:
        return wanted
    return replace(wanted, what=said["rest"], missing=None if wanted.at else "time")


@cache
def lexicon(language: Language) -> Lexicon:
    return next(each for each in languages() if each.name == language)


def masked(sentence: str, language: Language, now: datetime) -> Masked:
    sentence = calm(sentence)
    patterns = coming_chinese.patterns() if language == "zh" else coming_english.patterns()
    found = clusters(sentence, pieces(sentence, now, patterns), lexicon(language)["coming_glue"])
    text, at = "", 0
    for some in found:
        text += sentence[at : some[0].start] + MARK
        at = some[-1].end
    return Masked(text + sentence[at:], found, [sentence[some[0].start : some[-1].end] for some in found])


def calm(text: str) -> str:
    """Without long runs of blanks and stops, which patterns with gaps would try in every way: 600 commas took 12 s."""
    return _RUNS.sub(r"\1", " ".join(text.replace(MARK, " ").split()))


def asks_loosely(text: str, language: Language) -> bool:
    """Whether a message that no pattern hears may ask for a reminder at all: it does not tell of one that is set, that somebody
    else gives or that is wished for if something were so, nor of an errand and no more."""
    patterns, plain = lexicon(language), simplified(text)
    told = patterns["remind_told"].search(plain) or patterns["remind_errand"].match(plain)
    return not told and not any(_is_reported(one, text, language) for one in sentences(text)[:-1])


def is_set_loosely(text: str, language: Language) -> bool:
    """Whether such a message may set one: it does not refuse one."""
    return asks_loosely(text, language) and not lexicon(language)["remind_unwanted"].search(simplified(text))


def _is_reported(before: str, text: str, language: Language) -> bool:
    """Whether somebody's message comes after `before`: "Mum wrote me." What is to be done for who wrote it is the person's own:
    "Remind me to call her back"."""
    return bool(lexicon(language)["remind_reported"].search(simplified(before))) and not _ANSWERS.search(text)


def _is_told(text: str, before: str, language: Language) -> bool:
    """Whether somebody's words are told, or a text is given to be worked on."""
    patterns = lexicon(language)
    if before and (joined("task").search(before) or _is_reported(before, text, language)):
        return True
    asks = patterns["remind_said"]
    quoted = (match[0] for match in patterns["remind_quoted"].finditer(text))
    return any(asks.search(quote) or quote.endswith((":", "：", ",")) for quote in quoted)


def _read_sentence(sentence: str, language: Language, now: datetime) -> Wanted | None:
    there, patterns = masked(sentence, language, now), lexicon(language)
    for name in (*_STRONG, "remind_weakly"):
        if name not in patterns.named:
            continue
        match = patterns[name].match(there.text)
        if match is not None:
            wanted = _wanted(name, match, there, language, now)
            if wanted is not None:
                return wanted
    return None


def _wanted(name: str, match: re.Match[str], there: Masked, language: Language, now: datetime) -> Wanted | None:
    said, patterns = match.groupdict(), lexicon(language)
    start, end = match.span("rest")
    tail = patterns["remind_tail"].search(there.text, start, end)
    end = tail.start() if tail else end
    link = (said.get("link") or "").lower()
    first = there.text.count(MARK, 0, start)
    if language == "zh" and name == "remind_asked" and patterns["remind_who"].match(simplified(match["rest"])):
        return None
    head = [there.times[number] for number in range(first)]
    if language == "zh" and patterns["remind_deadline_lead"].search(there.text, 0, start):
        head = []
    some, taken = _chosen(there, head, first, start, end, language)
    if said.get("tail") and MARK in said["tail"] and not some:
        some = there.times[-1]
    what = _what(there, start, end, taken, language)
    if any(_TWO_TIMES.match(there.text, place + 1) for place in _places(there.text, 0, end)):
        some = []
    if _is_no_command(name, said, link, what, some, language):
        event = patterns["remind_on_event"].match(what) if language == "en" else None
        return Wanted(event["rest"], missing="time") if event and name in _STRONG else None
    wakes = (said.get("verb") or "").lower() in ("wake", "叫醒")
    if wakes or "起床" in what:
        some = [*some, MORNING]
    if not what and (name == "remind_set" or wakes):
        what = "wake up" if wakes and language == "en" else _unnamed(there.text, language)
    return _settled(what, some, now)


def _settled(what: str, some: Sequence[Piece], now: datetime) -> Wanted:
    coming = settle(some, now)
    if coming.past:
        return Wanted(what, coming.at, past=True)
    if not what:
        return Wanted("", coming.at, coming.rule, "what", assumed=coming.assumed)
    missing: Literal["time"] | None = "time" if coming.at is None else None
    return Wanted(what, coming.at, coming.rule, missing, assumed=coming.assumed)


def _chosen(
    there: Masked, head: Sequence[Sequence[Piece]], first: int, start: int, end: int, language: Language
) -> tuple[Sequence[Piece], Sequence[int]]:
    """The pieces of the time that is meant, and where in the text the marks stand that belong to it. A time before what is to be
    done is meant; else the first one in it that is no part of it. Others that complete it are added: "on Friday … at nine"."""
    some: list[Piece] = []
    for each in head:
        if not some or fits(some, each):
            some += each
    taken: list[int] = []
    for number, place in enumerate(_places(there.text, start, end), first):
        each = there.times[number]
        if not _is_free(there.text, place, start, end, language, alone=not some):
            continue
        if not some or (fits(some, each) and _completes(there.text, place, end)):
            some += each
            taken.append(place)
    return some, taken


def _places(text: str, start: int, end: int) -> Sequence[int]:
    return [place for place in range(start, end) if text[place] == MARK]


def _completes(text: str, place: int, end: int) -> bool:
    """Whether a time stands at the end, where it is not in the middle of a thing."""
    return not text[place + 1 : end].strip(" ,.;!?")


def _is_free(text: str, place: int, start: int, end: int, language: Language, *, alone: bool) -> bool:
    """Whether a time is not bound to words beside it: "a table for Friday", "the Friday meeting", 周五之前."""
    patterns = lexicon(language)
    before = text[start:place]
    if patterns["remind_not_then"].search(before):
        return False
    if language == "zh":
        at_an_edge = not before.strip(" ，,：:") or _completes(text, place, end)
        return at_an_edge and not patterns["remind_deadline"].match(text[place + 1 : end])
    return alone or _completes(text, place, end)


def _what(there: Masked, start: int, end: int, taken: Sequence[int], language: Language) -> str:
    edges = [start, *taken, end]
    parts = [there.written(begin + (begin in taken), stop) for begin, stop in pairwise(edges)]
    what = " ".join(" ".join(parts).split()) if language == "en" else "".join(part.strip() for part in parts)
    what = re.sub(r"\s+([,.;!?])", r"\1", what).strip(' \t,.;:!?-–—，。、；：！？"“”')
    if language == "zh":
        what = lexicon("zh")["remind_have_to"].sub("", what.removeprefix("的时候").removeprefix("的")).strip("，,。 ")
        what = re.sub("的事情?$", "", what)
    else:
        what = re.sub(r"^(?:to|that|and)\s+(?=\w)", "", what, flags=re.I)
        what = re.sub(r"\s+(?:at|on|in|and)$", "", what, flags=re.I) if taken else what
    return "" if _NO_THING.match(what) else what


def _is_no_command(
    name: str, said: dict[str, str | None], link: str, what: str, some: Sequence[Piece], language: Language
) -> bool:
    """What has the form of a command and is none: a question for what is remembered, a name to be called by, a story."""
    patterns = lexicon(language)
    past = any(piece.past for piece in some)
    if language == "zh":
        if name == "remind_after":
            return not some or past or len(what) < 2 or bool(patterns["remind_somebody"].search(what))
        if name == "remind_weakly" or (name == "remind_forget" and not some):
            return not some or past
        return not some and bool(patterns["remind_recall"].search(what))
    if patterns["remind_recall"].match(what) and link not in ("to", "not to", "that", ":"):
        return True
    if name == "remind_weakly":
        bare_tell = (said.get("verb") or "").lower() in ("tell", "text", "message", "warn") and link not in (
            "to",
            "that",
        )
        return not some or past or bare_tell
    if not some and name in ("remind_asked", "remind_forget"):
        return bool(what) and link not in ("to", "not to", "that", ":")
    return False


def _unnamed(text: str, language: Language) -> str:
    """What an alarm is for, if nobody says."""
    if language == "zh":
        return "闹钟" if "闹" in text else "起床" if "叫醒" in text else ""
    return "alarm" if "alarm" in text.lower() else ""


def times_in(text: str, language: Language, now: datetime) -> Iterator[Sequence[Piece]]:
    """The times to come that a text names."""
    yield from masked(text, language, now).times
