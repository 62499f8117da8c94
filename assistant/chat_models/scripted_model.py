"""A chat model that says what it is told to: for tests of the code around a model, never to show that Zhiji works."""

from collections.abc import Callable, Iterator, Sequence

from assistant.chat_models.base import Sampling, counted_once, until_stop
from prompts.types import ChatMessage

Script = Callable[[Sequence[ChatMessage]], str]


def _echo(messages: Sequence[ChatMessage]) -> str:
    return f"You said: {messages[-1].content}"


class ScriptedModel:
    """Replies with `script(messages)`, word by word; a token is a word or a run of blanks."""

    def __init__(self, script: Script = _echo, *, context_length: int = 4096) -> None:
        self.name = "scripted"
        self.context_length = context_length
        self._script = script
        self._tokens_of = counted_once(lambda message: 4 + len(_tokens(message.content)))
        self.prompts: list[Sequence[ChatMessage]] = []
        """Every prompt so far, for a test to look at."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        return sum(map(self._tokens_of, messages))

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        self.prompts.append(tuple(messages))
        pieces = _tokens(self._script(messages))[: sampling.max_new_tokens]
        return until_stop(iter(pieces), sampling.stop)

    def close(self) -> None:
        pass


def _tokens(text: str) -> list[str]:
    pieces: list[str] = []
    for character in text:
        alone = character.isspace() or ord(character) > 0x2E80
        if pieces and not alone and not pieces[-1][-1].isspace() and ord(pieces[-1][-1]) <= 0x2E80:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
