"""A chat model on any OpenAI-compatible server: vLLM, Ollama, llama.cpp, `transformers serve`, a hosted one.

The server is asked only because a person named it in the settings. It has the tokenizer and we do not, so token counts
are estimates on the high side. `top_k` and `repetition_penalty` are not part of the protocol and are left out.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.chat_models.base import Sampling
from memory.errors import ConfigError, ServerFailed
from prompts.types import ChatMessage


class OpenAIModel:
    """`base_url` ends in `/v1`. Without `model` the server's first is taken. `timeout_s` is for each wait on it."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str | None = None,
        api_key: str | None = None,
        context_length: int = 8192,
        timeout_s: float = 60,
        retries: int = 2,
    ) -> None:
        try:
            import openai
        except ImportError as error:
            raise ConfigError("A model server needs one more package: pip install 'zhiji[openai]'.") from error

        self._openai = openai
        self._base_url = base_url
        self._client = openai.OpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=retries
        )
        self.context_length = context_length
        self.name = model or self._first_model()
        self.at_once = 8

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """An estimate on the high side; see `_estimate`."""
        return 8 + sum(8 + _estimate(message.content) for message in messages)

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        return self.conversation("", "").stream(messages, sampling)

    def conversation(self, user: str, conversation: str) -> "OnServer":  # noqa: ARG002
        """As one conversation sees it: servers keep what they have read themselves, and some tell how much of it they used.
        The prompts of a conversation begin alike byte for byte until its oldest messages are left out."""
        return OnServer(self)

    def forget(self, user: str | None = None) -> None:
        """Nothing is kept here."""

    def _stream(
        self, messages: Sequence[ChatMessage], sampling: Sampling, note_cached: Callable[[int], None]
    ) -> Iterator[str]:
        request: dict[str, Any] = {
            "model": self.name,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "max_tokens": sampling.max_new_tokens,
            "stream_options": {"include_usage": True},
        }
        if sampling.seed is not None:
            request["seed"] = sampling.seed
        if sampling.stop:
            request["stop"] = list(sampling.stop)
        try:
            with self._client.chat.completions.create(stream=True, **request) as chunks:
                for chunk in chunks:
                    piece = chunk.choices[0].delta.content if chunk.choices else None
                    if piece:
                        yield piece
                    details = chunk.usage.prompt_tokens_details if chunk.usage else None
                    note_cached(details.cached_tokens or 0 if details else 0)
        except self._openai.OpenAIError as error:
            raise self._explained(error) from error
        except (ValueError, AttributeError, IndexError) as error:  # a server that does not speak the protocol
            raise ServerFailed(f"{self._base_url} sent what is no answer of an OpenAI-compatible server.") from error

    def close(self) -> None:
        self._client.close()

    def _first_model(self) -> str:
        try:
            names = [model.id for model in self._client.models.list()]
        except self._openai.OpenAIError as error:
            raise self._explained(error) from error
        except (ValueError, AttributeError) as error:
            raise ServerFailed(
                f"{self._base_url} is no OpenAI-compatible server. Does the address end in /v1?"
            ) from error
        if not names:
            raise ServerFailed(
                f"{self._base_url} serves no model. Load one there, or name one with ZHIJI_SERVER_MODEL."
            )
        return str(names[0])

    def _explained(self, error: Exception) -> ServerFailed:
        if isinstance(error, self._openai.BadRequestError):
            return ServerFailed(
                f"{self._base_url} refused the request. Check the model's name, and try a shorter message."
            )
        if isinstance(error, self._openai.APIStatusError):
            return ServerFailed(
                f"{self._base_url} answered {error.status_code}. Check the model's name and the API key there."
            )
        return ServerFailed(f"{self._base_url} does not answer. Check that the server runs and the address is right.")


@dataclass(slots=True)
class OnServer:
    """A model on a server as one conversation sees it; made by `OpenAIModel.conversation`."""

    model: OpenAIModel
    cached_tokens: int = 0
    """As the server tells; 0 if it does not."""

    def stream(
        self,
        messages: Sequence[ChatMessage],
        sampling: Sampling,
        ended: threading.Event | None = None,  # noqa: ARG002
    ) -> Iterator[str]:
        """As `ChatModel.stream`; what ends it takes effect with the next piece."""

        def note_cached(cached: int) -> None:
            self.cached_tokens = cached

        return self.model._stream(messages, sampling, note_cached)

    def warm(self, messages: Sequence[ChatMessage], *, ahead: bool = False) -> None:
        """Nothing: a server that others use, or that is paid for, is asked only when there is something to answer."""


def _estimate(text: str) -> int:
    """Small letters and blanks at two a token, everything else at one: more than any tokenizer we know takes."""
    cheap = sum("a" <= char <= "z" or char == " " for char in text)
    return len(text) - cheap + cheap // 2 + 1
