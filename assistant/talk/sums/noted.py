"""A note of the user as sketches: its clauses, with each day that it names pinned to the day it was said.

"my exam is next month on the 15th"  said on 3 November 2026  ->  "my exam is D", where D is 15 December 2026
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from assistant.talk.sums.reading import sketch_of
from assistant.talk.sums.sketch import Mention, Sketch
from assistant.talk.sums.values import Day, Language
from assistant.talk.sums.words import words
from memory.language.text import is_chinese
from memory.language.times import coming_chinese, coming_english
from memory.language.times.to_come import Piece, pieces

MAX_CHARS = 600
_CLAUSES = re.compile(r"[,;](?=\s)|[，；。！？!?\n]+|\.(?=\s|$)|\s+(?:but|and then|while)\s+|不过|但是?|可是")
_MAX_CLAUSES = 8
_WIDEST = 3
_YEARLY = re.compile(r"birthday|bday|anniversary|every year|生日|过生|周年|纪念日|每年", re.I)
_NO_DATES = re.compile(
    r"\bnext (?:mon|tue|wed|thu|fri|sat|sun)|农历|阴历|農曆|陰曆|初[一二三四五六七八九十]|lunar", re.I
)
"""What is another day to one person than to the next, or of another calendar."""
_MONTHLESS = re.compile(r"^(?:on )?the \d|^\d{1,2}[号號日]$")


@dataclass(frozen=True, slots=True)
class Note:
    """What the user told: `at` is when, aware; `id` is the memory's."""

    id: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a note: how it was said, and its sketch."""

    note: Note
    said: str
    sketch: Sketch


def clauses(note: Note) -> Iterator[Clause]:
    """The clauses of a note that have amounts, alone and with their neighbours."""
    if len(note.text) > MAX_CHARS:
        return
    language: Language = "zh" if is_chinese(note.text) else "en"
    parts = [part.strip() for part in _CLAUSES.split(note.text) if part.strip()][:_MAX_CLAUSES]
    for width in range(1, _WIDEST + 1):
        for begin in range(len(parts) - width + 1):
            said = ("，" if language == "zh" else ", ").join(parts[begin : begin + width])
            if sketch := _sketch(said, note, language):
                yield Clause(note, said, sketch)


def note_sketch(note: Note, language: Language) -> Sketch | None:
    """The sketch of a whole note, `None` if it is in another language, too long, or names no amount."""
    if len(note.text) > MAX_CHARS or is_chinese(note.text) != (language == "zh"):
        return None
    return _sketch(note.text, note, language)


def _sketch(said: str, note: Note, language: Language) -> Sketch | None:
    dated = _NO_DATES.search(said) is None
    found = sketch_of(_with_days(said, note.at, language) if dated else said, words(language), note.at)
    kept = tuple(_pinned(one, said, note) for one in found.mentions)
    return replace(found, mentions=kept) if kept else None


def _pinned(one: Mention, said: str, note: Note) -> Mention:
    if not isinstance(one.value, Day) or one.value.day is None:
        return replace(one, source=note.id)
    yearly = _YEARLY.search(said) is not None
    return replace(one, value=replace(one.value, has_year=not yearly), source=note.id)


def _with_days(said: str, at: datetime, language: Language) -> str:
    """With each day as 2026-12-15; one that is named twice ("Tuesday 15 December") once."""
    patterns = coming_chinese.patterns() if language == "zh" else coming_english.patterns()
    out, end, last = "", 0, None
    for piece in pieces(said, at, patterns):
        day = _day(piece, said, last)
        if day is None:
            continue
        out += said[end : piece.start] + (f" {day.isoformat()} " if day != last else " ")
        end, last = piece.end, day
    return out + said[end:]


def _day(piece: Piece, said: str, last: date | None) -> date | None:
    if piece.day is None or piece.rule is not None:
        return None
    day = piece.day
    if last and _MONTHLESS.match(said[piece.start : piece.end]):  # "on 7 December, back on the 10th"
        months = (last.year - day.year) * 12 + last.month - day.month
        day = day + relativedelta(months=months)
        day = day + relativedelta(months=1) if day < last else day
    return day
