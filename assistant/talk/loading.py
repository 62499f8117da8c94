"""Reading every table of the talk before the first message needs it."""

from dataclasses import replace
from datetime import UTC, datetime

from assistant.talk.answering import act_of
from assistant.talk.checks import Gate, Ground
from assistant.talk.drafts import draft_for
from assistant.talk.life import lines_of, themes_asked
from assistant.talk.limits import limits_for, opening
from assistant.talk.statements import stated
from assistant.talk.sums import Note, solve_with
from memory.facts.hearing import hear
from memory.language import stemming
from memory.language.reading import read
from memory.types import Memory

_EXAMPLES = ("Can you suggest something with 2 eggs for a vegan?", "推荐一个有2个鸡蛋的菜，我对花生过敏。")

_DRAFT = "Write a note to Ann that I am ill."


def load() -> None:
    """Compiles the patterns of both languages: some three seconds once in a process, which the first turn would wait for."""
    for text in _EXAMPLES:
        reading = read(text, datetime.now(UTC), hear=hear)
        stemming.words(text)
        act_of(reading, ())
        opening(reading, limits_for(reading, (), None))
        stated(text)
        themes_asked(text)
        lines_of([Memory("", text, "said", None, reading.at, reading.at)], ())
        draft_for(replace(reading, text=_DRAFT), "", (), None, ())
        solve_with(text, reading.language, reading.at, [Note("", text, reading.at)])
        gate = Gate(Ground(text, notes=(text,), language=reading.language, today=reading.at.date()))
        gate.feed(text)
        gate.end()
