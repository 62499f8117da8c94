"""What a chat model is given, and what was left out of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from memory.types import Fact, Hit

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message for a chat model. `content` is data: no control token in it is ever obeyed."""

    role: Literal["system", "user", "assistant"]
    content: str


CountTokens = Callable[[Sequence[ChatMessage]], int]
"""How many tokens a model needs for these messages, its chat template included."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages that fit, `tokens` long, with what is in them and how much had to be dropped."""

    messages: tuple[ChatMessage, ...]
    tokens: int
    recalled: tuple[Hit, ...] = ()
    facts: tuple[Fact, ...] = ()
    dropped_history: int = 0
    dropped_recalled: int = 0
    dropped_facts: int = 0
