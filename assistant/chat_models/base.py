"""The seam to chat models: `stream` gives text as it is generated, `count_tokens` says what a prompt costs."""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar, runtime_checkable

from memory.errors import BadInput, ModelError, ZhijiError
from prompts.types import ChatMessage


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen.

    temperature         0 to 2; 0 always takes the likeliest token
    top_k               consider only the k likeliest, 0 for all
    top_p               in (0, 1]; consider the likeliest that together have this probability
    repetition_penalty  1 to 2; divides the scores of tokens already used (Keskar et al. 2019, CTRL)
    seed                the same seed, prompt, model and machine give the same text; None is random
    max_new_tokens      at least 1
    stop                texts that end the reply; they are not part of it
    """

    temperature: float = 0.3
    top_k: int = 40
    top_p: float = 0.9
    repetition_penalty: float = 1.1
    seed: int | None = None
    max_new_tokens: int = 512
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, good, allowed in (
            ("temperature", 0 <= self.temperature <= 2, "from 0 to 2"),
            ("top_k", self.top_k >= 0, "0 or more"),
            ("top_p", 0 < self.top_p <= 1, "above 0, at most 1"),
            ("repetition_penalty", 1 <= self.repetition_penalty <= 2, "from 1 to 2"),
            ("max_new_tokens", self.max_new_tokens >= 1, "1 or more"),
            ("seed", self.seed is None or 0 <= self.seed < 2**32, "from 0 to 2**32 - 1, or none"),
        ):
            if not good:
                raise BadInput(f"{name} is {getattr(self, name)}; it must be {allowed}.")


class ChatModel(Protocol):
    """A model that continues a conversation. Safe to call from several threads; they take turns.

    `name` is shown to people; `context_length` is how many tokens prompt and reply may have together. One that can serve
    several at a time says how many in an attribute `at_once`.
    """

    name: str
    context_length: int

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        """The reply in pieces, as generated. Closing the iterator ends generation within one token.

        Raises PromptTooLong if the prompt leaves no room for a reply, ServerFailed if a server does not answer.
        """
        ...

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """How many tokens these messages cost as a prompt."""
        ...

    def close(self) -> None: ...


def counted_once(count: Callable[[ChatMessage], int]) -> Callable[[ChatMessage], int]:
    """How many tokens a message takes, remembered: each turn asks for those of the whole talk."""
    return lru_cache(maxsize=4_096)(count)


class Conversation(Protocol):
    """A model as one conversation of one user sees it. `cached_tokens` of the last prompt had been read before."""

    cached_tokens: int

    def stream(
        self, messages: Sequence[ChatMessage], sampling: Sampling, ended: threading.Event | None = None
    ) -> Iterator[str]:
        """As `ChatModel.stream`; it also ends, as soon as it can, when `ended` is set, before the first piece too."""
        ...

    def warm(self, messages: Sequence[ChatMessage], *, ahead: bool = False) -> None:
        """Read what the next prompt will begin with, when nobody waits; `ahead`: what a later one will."""
        ...


@runtime_checkable
class CachingModel(Protocol):
    """A model that keeps what it has read, by user and conversation."""

    def conversation(self, user: str, conversation: str) -> Conversation: ...

    def forget(self, user: str | None = None) -> None:
        """Let go of all that was read for a user, or for everybody."""
        ...


@runtime_checkable
class ScoringModel(Protocol):
    """A model that can say how likely a given reply is."""

    def likelihoods(self, messages: Sequence[ChatMessage], replies: Sequence[str]) -> Sequence[float]:
        """The mean log-probability of the tokens of each reply, after these messages."""
        ...


Piece = TypeVar("Piece")
LOOK_S = 0.25
CLOSING_S = 20.0
"""How long a model that is being closed waits for what it is generating."""


def in_background(
    generate: Callable[[threading.Event], Iterator[Piece]], given_up: Callable[[], bool] = lambda: False
) -> Generator[Piece, None, None]:
    """The pieces of `generate(stop)`, which runs in a thread of its own and is told to stop when this is closed. While none
    comes, `given_up` is asked now and then; it ends this, or raises.

    The thread, not the reader, holds whatever lock the model needs: a reader that pauses, or goes away without closing,
    keeps nobody waiting.
    """
    pieces: SimpleQueue[tuple[Piece] | BaseException | None] = SimpleQueue()
    stop = threading.Event()

    def run() -> None:
        made = generate(stop)
        try:
            for piece in made:
                pieces.put((piece,))
                if stop.is_set():
                    break
        except Exception as error:  # handed to the reader, which raises it
            pieces.put(error)
        finally:
            close = getattr(made, "close", None)
            if close:
                close()
            pieces.put(None)

    # a model that hangs is not to keep the program from ending; models' `close` waits for those that do not
    threading.Thread(target=run, name="zhiji-generate", daemon=True).start()
    try:
        while True:
            try:
                piece = pieces.get(timeout=LOOK_S)
            except Empty:
                if given_up():
                    return
                continue
            if piece is None:
                return
            if isinstance(piece, ZhijiError):
                raise piece
            if isinstance(piece, BaseException):
                raise ModelError(f"The model failed while answering ({type(piece).__name__}).") from piece
            yield piece[0]
    finally:
        stop.set()


def until_stop(pieces: Iterator[str], stop: Sequence[str]) -> Iterator[str]:
    """`pieces` up to the first of the `stop` texts, holding back only what could be the beginning of one."""
    if not stop:
        yield from pieces
        return
    held = ""
    for piece in pieces:
        held += piece
        found = [at for text in stop if (at := held.find(text)) >= 0]
        if found:
            if held[: min(found)]:
                yield held[: min(found)]
            return
        keep = max((size for text in stop for size in range(1, len(text)) if held.endswith(text[:size])), default=0)
        if len(held) > keep:
            yield held[: len(held) - keep]
            held = held[len(held) - keep :]
    if held:
        yield held
