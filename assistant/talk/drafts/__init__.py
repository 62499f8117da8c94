"""Texts to somebody else: a mail, a message, a card, a note, a cancellation.

    request    who it is for, who signs it, which facts it asks for, and what the user said to say
    facts      the sentences of the user's own notes that it asks for, in their words
    text       greeting, the model's sentences as far as they can be kept, the facts that they lack, the signature

The model words the middle. Greeting, facts and signature are by code: a small model writes "[Your Name]" and the wrong day.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from assistant.talk.drafts.facts import facts_for
from assistant.talk.drafts.request import Request, request_of
from assistant.talk.drafts.text import Draft
from assistant.talk.naming import wished
from assistant.talk.quoting import states
from memory.language.lexicon import joined
from memory.language.reading import Reading
from memory.memories import BY_THE_USER, Memories
from memory.types import Fact, Hit

__all__ = ["Draft", "Request", "draft_for", "facts_for", "request_of"]

_MOST = 12
_MY_NAME = {"en": "my name is", "zh": "我叫"}


def draft_for(
    reading: Reading, user: str, facts: Sequence[Fact], memories: Memories | None, leave_out: Collection[str]
) -> Draft | None:
    """The text that a message asks to be written to somebody; `None` for any other. Without `memories` nothing is recalled."""
    request = request_of(reading.text, reading.language, facts, ())
    if request is None:
        return None
    if not request.table.find["sign"].search(request.text) and (name := wished(memories, leave_out)[0]):
        facts = [Fact("", "name", name, "active", reading.at)]
    hits = _own(reading, reading.text, user, memories, leave_out)
    asked = [request.to, *((_MY_NAME[reading.language],) if not request.sign else ())]
    people = [*hits, *(hit for text in asked if text for hit in _own(reading, text, user, memories, leave_out))]
    request = request_of(reading.text, reading.language, facts, [hit.memory.text for hit in people])
    return Draft(request, facts_for(request, hits, reading.at.tzinfo)) if request else None


def _own(
    reading: Reading, text: str, user: str, memories: Memories | None, leave_out: Collection[str]
) -> Sequence[Hit]:
    """The user's own notes for a text; not what they asked before."""
    found = memories.search(replace(reading, text=text), _MOST, exclude_messages=leave_out) if memories else ()
    return [
        hit
        for hit in found
        if hit.memory.kind in BY_THE_USER
        and hit.memory.speaker in (None, user)
        and states(hit.memory)
        and not joined("talk_request").search(hit.memory.text)
        and not joined("act_write").search(hit.memory.text)
    ]
