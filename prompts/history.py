"""Which part of a long conversation a prompt shows.

The oldest is left out in steps of half the room there is, not message by message: between two steps a prompt begins as the
one before it did, and what the model has read of it stays of use. What is left out can be recalled like any other memory.
"""

from collections.abc import Sequence
from itertools import accumulate

from prompts.types import ChatMessage, CountTokens

MARKS = 8
"""Tokens that a template puts around a message, at most."""


def shown(history: Sequence[ChatMessage], max_tokens: int, count: CountTokens, *, ahead: bool = False) -> int:
    """Where the part of `history` (oldest first) that takes at most `max_tokens` begins, always with a message of the user's.
    It depends on the messages alone. At least the last exchange is shown, however long. `ahead`: where it will begin after the
    next step, its length if that is not known yet."""
    nothing = count([ChatMessage("user", "")])
    sizes = [count([ChatMessage("user", message.content)]) - nothing + MARKS for message in history]
    begins = [0, *accumulate(sizes)]
    step = max(1, max_tokens // 2)
    excess = begins[-1] - max_tokens
    left_out = (max(0, -(-excess // step)) + ahead) * step
    for number, (message, begin) in enumerate(zip(history, begins, strict=False)):
        if begin >= left_out and message.role == "user":
            return number
    if ahead:
        return len(history)
    return max((number for number, message in enumerate(history) if message.role == "user"), default=len(history))
