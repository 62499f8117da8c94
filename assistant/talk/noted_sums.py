"""Sums with numbers that the user told: what recall finds is handed to `sums.solve_with`."""

from dataclasses import replace

from assistant.talk.answer import Answer, Asked
from assistant.talk.quoting import OWN, states
from assistant.talk.sums import Note, may_need_notes, solve_with
from memory.language.text import is_question
from memory.types import Hit

_MOST = 12
_MAX_CHARS = 300
_BEFORE = 4
"""So many messages back a question may point."""


def noted_sum(asked: Asked, *, limit_only: bool = False) -> Answer | None:
    """The answer to a sum that lacks numbers which notes have; it says which. `None` if the message is no such sum, or nothing
    may be recalled. `limit_only`: only a limit to keep to can be missing."""
    if not asked.recalls or not may_need_notes(asked.text, asked.language):
        return None
    if asked.reading.act == "write" or (asked.reading.act == "tell" and not is_question(asked.text)):
        return None
    before = [message.text for message in asked.before[-_BEFORE:]]
    hits = _hits(asked)
    notes = [
        Note(hit.memory.id, hit.memory.text, hit.memory.occurred_at.astimezone(asked.reading.at.tzinfo)) for hit in hits
    ]
    found = solve_with(asked.text, asked.language, asked.reading.at, notes, before, limit_only=limit_only)
    return Answer(found.text, recalled=[hit for hit in hits if hit.memory.id in found.used]) if found else None


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
            if memory.kind in OWN and memory.speaker in (None, asked.user) and states(memory):
                found.setdefault(memory.id, hit)
    return list(found.values())
