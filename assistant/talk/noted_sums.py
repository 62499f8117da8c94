"""Sums with numbers that the user told: what recall finds is handed to `sums.solve_with`."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.talk.answer import Answer, Asked
from assistant.talk.quoting import states, told_on
from assistant.talk.sums import Note, may_be_told, may_need_notes, solve_again, solve_told, solve_with
from assistant.talk.topics import topics
from memory.language import stemming
from memory.language.text import CJK, is_question
from memory.memories import BY_THE_USER
from memory.types import Hit
from prompts.wording import asks_about_self

_MOST = 12
_MAX_CHARS = 300
_MOST_OF = 0.8
_GAP = {"en": " ", "zh": ""}
_BEFORE = 4
"""So many messages back a question may point."""


def noted_sum(asked: Asked, *, limit_only: bool = False) -> Answer | None:
    """The answer to a sum that lacks numbers which notes have; it says which. `None` if the message is no such sum, or nothing
    may be recalled. `limit_only`: only a limit to keep to can be missing."""
    with_frames, of_one = may_need_notes(asked.text, asked.language), may_be_told(asked.text, asked.language)
    if not asked.recalls or not (with_frames or (of_one and not limit_only)):
        return None
    if asked.reading.act == "write" or (asked.reading.act == "world" and not asks_about_self(asked.text)):
        return None
    if asked.reading.act == "tell" and not is_question(asked.text):
        return None
    before = [message.text for message in asked.before[-_BEFORE:]]
    hits = _hits(asked)
    if with_frames:
        notes = [_note(hit, asked) for hit in hits]
        found = solve_with(asked.text, asked.language, asked.reading.at, notes, before, limit_only=limit_only)
        if found:
            return Answer(found.text, recalled=[hit for hit in hits if hit.memory.id in found.used])
    return None if limit_only else _of_one_note(asked, hits)


def _of_one_note(asked: Asked, hits: Sequence[Hit]) -> Answer | None:
    """What the amounts of the note that shares most with the question come to, or the figure of the reply before."""
    last = asked.before[-1].text if asked.before and asked.before[-1].role == "assistant" else ""
    if again := solve_again(asked.text, asked.language, asked.reading.at, last):
        return Answer(again.text)
    shares = {hit.memory.id: _shared(asked, hit) for hit in hits}
    best = max(shares.values(), default=0)
    if best and asked.language == "zh" and 2 * best < len(_named(asked)):
        return None  # a sign or two in common: the rent of a room is not what two nights cost
    if not best and asked.reading.act == "follow_up":  # "how much is that in all?" is about what was just said
        best, shares = 1, {hit.memory.id: int(_quoted(last, hit)) for hit in hits}
    for hit in hits:
        if best and shares[hit.memory.id] == best:
            found = solve_told(asked.text, asked.language, asked.reading.at, _note(hit, asked))
            if found:
                zone, words = asked.reading.at.tzinfo, stemming.words(asked.text)
                told = told_on(hit.memory, asked.language, zone, words)
                return Answer(f"{found.text}{_GAP[asked.language]}{told}", recalled=[hit])
    return None


def _shared(asked: Asked, hit: Hit) -> int:
    """How many of the words of a question a note has; of a Chinese one its signs, which may stand apart: 打球 in 打羽毛球."""
    named = _named(asked)
    there, text = set(stemming.words(hit.memory.text)), hit.memory.text
    return sum(
        word in there or (bool(CJK.search(word)) and set(word) <= set(text)) for word in named if not word.isdigit()
    )


def _named(asked: Asked) -> frozenset[str]:
    return frozenset[str]().union(*topics(asked.text, asked.reading.spans))


def _quoted(reply: str, hit: Hit) -> bool:
    """Whether a reply says what a note says, by most of its words."""
    words = set(stemming.words(hit.memory.text))
    return bool(words) and len(words & set(stemming.words(reply))) >= _MOST_OF * len(words)


def _note(hit: Hit, asked: Asked) -> Note:
    return Note(hit.memory.id, hit.memory.text, hit.memory.occurred_at.astimezone(asked.reading.at.tzinfo))


def _hits(asked: Asked) -> list[Hit]:
    """The user's own notes for the question, and for it together with what was asked before."""
    said = [message.text for message in asked.before if message.role == "user"][-2:]
    replies = [message.text[:_MAX_CHARS] for message in asked.before[-1:] if message.role == "assistant"]
    texts = [asked.text, " ".join([*said[-1:], asked.text]), " ".join([*said, asked.text]), *replies]
    found: dict[str, Hit] = {}
    for text in dict.fromkeys(texts):
        reading = replace(asked.reading, text=text)
        for hit in asked.memories.search(reading, _MOST, exclude_messages=asked.leave_out):
            memory = hit.memory
            if memory.kind in BY_THE_USER and memory.speaker in (None, asked.user) and states(memory):
                found.setdefault(memory.id, hit)
    return list(found.values())
