"""What the models that run in this process have in common: tokenizer and template, one generation at a time, an end."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.chat_models.base import CLOSING_S, Sampling, counted_once, in_background, until_stop
from assistant.chat_models.chat_template import ChatTemplate
from memory.errors import PromptTooLong
from prompts.types import ChatMessage


class LocalModel(ABC):
    """A model in `folder`. A subclass generates from token ids and lets go of what it loaded."""

    def __init__(self, folder: Path, *, name: str, context_length: int) -> None:
        self.name = name
        self.context_length = context_length
        self._template = ChatTemplate(folder)
        self._tokens_of = counted_once(lambda message: len(self._template.encode([message])))
        self._end = self._template.end_ids(folder)
        self._turn = threading.Lock()
        self._closed = threading.Event()

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return self._tokens_of(messages[0]) if len(messages) == 1 else len(self._template.encode(messages))

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        ids = self._template.encode(messages)
        room = room_for_reply(len(ids), self.context_length, sampling)
        pieces = in_background(lambda stop: self._generate(ids, room, sampling, stop))
        return until_stop(pieces, sampling.stop)

    def close(self) -> None:
        """End what is being generated and give the memory back; what hangs is left."""
        self._closed.set()
        if self._turn.acquire(timeout=CLOSING_S):
            self._unload()
            self._turn.release()

    @abstractmethod
    def _generate(self, ids: Sequence[int], room: int, sampling: Sampling, stop: threading.Event) -> Iterator[str]:
        """Text as it comes, at most `room` tokens, until `stop` or `_closed` is set; holds `_turn` meanwhile."""

    @abstractmethod
    def _unload(self) -> None: ...


def room_for_reply(prompt_tokens: int, context_length: int, sampling: Sampling) -> int:
    """How many tokens the reply may have; raises PromptTooLong if none are left."""
    room = context_length - prompt_tokens
    if room < 1:
        raise PromptTooLong(
            f"The prompt has {prompt_tokens:,} tokens and the model's context {context_length:,}. "
            "Shorten the message, or choose a model with a longer context."
        )
    return min(room, sampling.max_new_tokens)
