"""What a chat model is given, and what was left out of it."""

import hashlib
import json
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

    @property
    def id(self) -> str:
        """Tells this prompt from any other by its words: 16 hexadecimal digits of their SHA-256."""
        said = json.dumps([(message.role, message.content) for message in self.messages])
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
