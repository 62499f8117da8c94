"""A question that says little without the one before it, put in full for the search: "And his wife?"."""

from collections.abc import Sequence
from dataclasses import replace

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
