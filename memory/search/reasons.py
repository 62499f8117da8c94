"""What is said of a memory that was found: why it was, whom it is not by, and which question it answers."""

from dataclasses import replace

from memory.language.text import last_question
from memory.search import question
from memory.search.candidates import Found
from memory.search.question import Question
from memory.search.scope import Row, Scope
from memory.storage.tables import MemoryRow
from memory.types import Memory

SAID_ALIKE = 0.3
"""The cosine from which we tell a person that a memory has a similar meaning. With multilingual-e5-small without its mean 67 % of
what answers LoCoMo's questions has it, and 8 % of the rest that is looked at (MiniLM at 0.35: 60 and 9)."""
SHORT_ANSWER = 8
"""Content words. What is longer says by itself what it is about, and so does without the assistant's question; a guess."""


def not_by(asked: Question, row: Row | Memory) -> str | None:
    """Whom a question asks about by name, if somebody else said this, and not of them. The user's own words may be about
    anybody."""
    if asked.speaker is None or row.speaker in (None, asked.speaker) or row.kind == "said":
        return None
    return None if question.tells_of(asked.speaker, row.text) else asked.speaker


def question_before(row: Row | MemoryRow, previous: Row | MemoryRow) -> str | None:
    """What a memory is quoted with: the last question of the turn before, if another spoke there.

    Of the assistant only before a short answer: a reply is the model's text and may be wrong about the user.
    """
    if row.kind == "document" or previous.speaker == row.speaker:
        return None
    if previous.kind == "reply" and row.words > SHORT_ANSWER:
        return None
    return last_question(previous.text)


def asked_before(found: Found, index: int, scope: Scope) -> str | None:
    """`question_before`, where the turn before is of the scope but for who says it and in what kind of memory."""
    at = int(found.frame.previous[index])
    if at < 0 or not replace(scope, kinds=None, speaker=None, pinned=None).holds(found.rows[at]):
        return None
    return question_before(found.rows[index], found.rows[at])


def explain(asked: Question, found: Found, index: int, scope: Scope, answered: str | None) -> tuple[str, ...]:
    """Why a memory was found, in words a person understands, the most telling first. A memory outside the scope is not
    quoted, but for the question that it answers (`asked_before`)."""
    row, frame = found.rows[index], found.frame
    inside = [written for stem, written in asked.words.items() if stem in row.own]
    before = [written for stem, written in asked.words.items() if stem in row.before and stem not in row.own]
    within = [span for span in asked.spans if span.start <= row.occurred_at < span.end]
    at = int(frame.previous[index])
    previous = found.rows[at] if at >= 0 and scope.holds(found.rows[at]) else None
    reasons = (
        ("same words: " + ", ".join(dict.fromkeys(inside)), bool(inside)),
        (f"in answer to: {_short(answered or '')}", answered is not None),
        (
            f"just after: {_short(previous.text) if previous else ''}",
            bool(before) and previous is not None and not answered,
        ),
        ("similar meaning", asked.understood and frame.cosine[index] >= SAID_ALIKE),
        (f"said by {row.speaker}", asked.speaker is not None and row.speaker == asked.speaker),
        (f"time: {within[0].phrase if within else ''}", bool(within)),
        ("pinned", row.pinned),
        (f"only the first {question.MAX_CHARS:,} characters of the question were read", asked.cut),
    )
    return tuple(reason for reason, holds in reasons if holds)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
