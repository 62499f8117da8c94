"""A model is asked many things, as many at once as it serves."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from assistant.chat_models.base import CachingModel, ChatModel, Sampling
from prompts.types import ChatMessage

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
AHEAD = 4
"""So many times as many are made ready as are asked at once."""


def answers(model: ChatModel, ask: Callable[[Asked], Answer], asked: Iterable[Asked]) -> Generator[Answer, None, None]:
    """What `ask` makes of each, in their order. What has not begun when this is closed is left out."""
    together = getattr(model, "at_once", 1)
    waiting: deque[Future[Answer]] = deque()
    pool = ThreadPoolExecutor(together)
    try:
        for one in asked:
            waiting.append(pool.submit(ask, one))
            while waiting and (waiting[0].done() or len(waiting) > AHEAD * together):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def reply(model: ChatModel, name: str, messages: Sequence[ChatMessage], sampling: Sampling) -> str:
    """What the model writes. Each under a name of its own: prompts begin alike, and what one is reading has nothing for the
    others."""
    stream = model.conversation("", name).stream if isinstance(model, CachingModel) else model.stream
    return "".join(stream(messages, sampling)).strip()
