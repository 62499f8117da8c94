"""A chat model on any OpenAI-compatible server: vLLM, Ollama, llama.cpp, `transformers serve`, a hosted one.

The server is asked only because a person named it in the settings. It has the tokenizer and we do not, so token counts
are estimates on the high side. `top_k` and `repetition_penalty` are not part of the protocol and are left out.

A server is not trusted: what it streams is read line by line here, and a page, an empty reply, one that breaks off or anything
that is no protocol is ServerFailed. One on this machine is never asked through a proxy.
"""

import ipaddress
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from assistant.chat_models.base import Sampling
from memory.errors import ConfigError, ServerFailed
from memory.language.text import visible
from prompts.types import ChatMessage

MAX_ERROR_CHARS = 200
"""Of what a server says went wrong."""


class OpenAIModel:
    """`base_url` ends in `/v1`. Without `model` the server's first is taken. `timeout_s` is for each wait on it."""

    greets = True
    """A greeting is for it to answer: who connects a server wants to hear it."""

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
            import httpx2  # what openai is built on
            import openai
        except ImportError as error:
            raise ConfigError("A model server needs one more package: pip install 'zhiji[openai]'.") from error

        self._openai = openai
        self._failures = (openai.OpenAIError, httpx2.HTTPError)
        self._base_url = base_url
        self._client = openai.OpenAI(
            base_url=base_url,
            api_key=api_key or "none",
            timeout=timeout_s,
            max_retries=retries,
            http_client=openai.DefaultHttpxClient(trust_env=not _is_here(base_url)),
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
            with self._client.chat.completions.with_streaming_response.create(stream=True, **request) as response:
                yield from self._pieces(response.iter_lines(), note_cached)
        except self._failures as error:
            raise self._explained(error) from error
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise ServerFailed(f"{self._base_url} sent what is no answer of an OpenAI-compatible server.") from error

    def _pieces(self, lines: Iterator[str], note_cached: Callable[[int], None]) -> Iterator[str]:
        """What is said in a stream of events. Raises ServerFailed, and ValueError and the like for what is no such stream."""
        some = ended = False
        for line in lines:
            field, _, data = line.partition(":")
            if field != "data":
                if field.strip() not in ("", "event", "id", "retry"):
                    raise ValueError("no event")
                continue
            if data.strip() == "[DONE]":
                ended = True
                break
            event = json.loads(data)
            if event.get("error"):
                raise ServerFailed(f"{self._base_url} could not answer{_its_words(event['error'])}.")
            for choice in event["choices"][:1]:
                piece = choice["delta"].get("content")
                if piece is not None and not isinstance(piece, str):
                    raise ValueError("no text")
                some = some or bool(piece or choice["delta"].get("tool_calls"))
                ended = ended or bool(choice.get("finish_reason"))
                if piece:
                    yield piece
            details = (event.get("usage") or {}).get("prompt_tokens_details") or {}
            note_cached(details.get("cached_tokens") or 0)
        if not some:
            raise ServerFailed(f"{self._base_url} answered with nothing. Try again, or see what the server says of it.")
        if not ended:
            raise ServerFailed(f"{self._base_url} broke off in the middle of its answer. Try again.")

    def close(self) -> None:
        self._client.close()

    def _first_model(self) -> str:
        try:
            names = [model.id for model in self._client.models.list()]
        except self._failures as error:
            raise self._explained(error) from error
        except (ValueError, TypeError, AttributeError) as error:
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
            words = _its_words(error.body)
            return ServerFailed(
                f"{self._base_url} refused the request{words}. Check the model's name, and try a shorter message."
            )
        if isinstance(error, self._openai.APIStatusError):
            words = f"{error.status_code}{_its_words(error.body)}"
            return ServerFailed(f"{self._base_url} answered {words}. Check the model's name and the API key there.")
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


def _is_here(url: str) -> bool:
    """Whether a server is on this machine: by its name, or its address."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _its_words(error: object) -> str:
    """What a server says of its error: ", saying: out of memory"; "" if nothing."""
    message = error.get("message", error.get("error")) if isinstance(error, Mapping) else error
    if isinstance(message, Mapping):
        message = message.get("message")
    said = " ".join(visible(message).split())[:MAX_ERROR_CHARS].rstrip(".") if isinstance(message, str) else ""
    return f", saying: {said}" if said else ""


def _estimate(text: str) -> int:
    """Small letters and blanks at two a token, everything else at one: more than any tokenizer we know takes."""
    cheap = sum("a" <= char <= "z" or char == " " for char in text)
    return len(text) - cheap + cheap // 2 + 1
