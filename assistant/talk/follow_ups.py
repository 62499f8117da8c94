"""A message that says little without the one before: "And his wife?" is put in full, "And the boat too" goes on."""

import json
from collections.abc import Sequence
from dataclasses import replace

from memory.language.lexicon import joined
from memory.language.reading import Reading
from memory.types import Message

BEFORE = 2
"""So many of the user's messages before it."""
MOST_CHARS = 300


def in_full(reading: Reading, before: Sequence[Message]) -> Reading:
    """The reading with the user's messages before a follow-up in front of it; any other as it is."""
    if reading.act != "follow_up":
        return reading
    said = [message.text for message in before if message.role == "user" and len(message.text) <= MOST_CHARS]
    return replace(reading, text="\n".join([*said[-BEFORE:], reading.text]))


def goes_on(text: str, before: Sequence[Message], act: str) -> bool:
    """Whether a message goes on with what the last reply did, an `act`: "and everything about Fiona too"."""
    last = before[-1] if before else None
    if last is None or last.role != "assistant" or not last.plan or json.loads(last.plan).get("act") != act:
        return False
    return joined("talk_also").search(text) is not None
