"""What a turn yields while it runs, and the reply it ends with."""

from collections.abc import Sequence
from dataclasses import dataclass

from memory.types import Fact, Hit, MessageStatus


@dataclass(frozen=True, slots=True)
class Usage:
    """What a reply cost. Tokens by the model's own count; seconds from the moment the message came in."""

    prompt_tokens: int
    reply_tokens: int
    first_token_s: float
    total_s: float
    cached_tokens: int = 0
    """Of the prompt's, those that had been read before; 0 if the model does not tell."""
    dropped_history: int = 0
    dropped_recalled: int = 0
    dropped_facts: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply. `message_id` and `conversation_id` are `None` in a temporary chat, which stores nothing."""

    text: str
    status: MessageStatus
    message_id: str | None
    conversation_id: str | None
    recalled: Sequence[Hit]
    facts_used: Sequence[Fact]
    learned: Sequence[Fact]
    """Facts that the profile gained from the message, and those that it ended (their status says which)."""
    usage: Usage
    withheld: Sequence[str] = ()
    """Kinds of secrets in the message ("password"), which are in the conversation but not in the memory."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """First: what the model is shown of what is remembered. Hits best first.

    The message is on the disk by now, in the conversation named; `None` in a temporary chat.
    """

    hits: Sequence[Hit]
    facts: Sequence[Fact]
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Others are served first: `ahead` of them, this time."""

    ahead: int


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class Learned:
    """Facts the profile gained from this turn, and those that it ended. `profile.undo(facts[0].change_id)` takes it back.

    `withheld` are the kinds of secrets in the message, which are not remembered.
    """

    facts: Sequence[Fact]
    withheld: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Last: the reply, safe on the disk."""

    reply: Reply


Event = Recalled | Waiting | TextDelta | Learned | Done
