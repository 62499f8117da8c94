"""A model in this process that keeps what its conversations have read, and writes several replies at once."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Generic

from assistant.chat_models.base import Sampling, in_background, until_stop
from assistant.chat_models.batching import Batcher, Job
from assistant.chat_models.decoder import Decoder, State
from assistant.chat_models.local_model import LocalModel, room_for_reply
from assistant.chat_models.prefix_cache import Key
from assistant.chat_models.sampler import Given
from prompts.types import ChatMessage

AT_ONCE = 8
"""Replies written together. 1, 4, 8 and 16 come to 37, 96, 126 and 140 tokens a second in all (0.5B, 2 cores, prompts and
all), and each may take a whole context of memory."""


class CachedModel(LocalModel, Generic[State]):
    """A subclass makes the decoder. At most `cache_mb` is kept of what conversations have read."""

    at_once = AT_ONCE

    def __init__(
        self, folder: Path, decoder: Decoder[State], *, name: str, context_length: int, cache_mb: int = 512
    ) -> None:
        super().__init__(folder, name=name, context_length=context_length)
        self._scored = count()
        self._batcher = Batcher(decoder, self._end, max_bytes=cache_mb * 2**20, at_once=self.at_once)

    def conversation(self, user: str, conversation: str) -> "InConversation[State]":
        """This model as one conversation of one user: what it reads there is kept for the next prompt."""
        return InConversation(self, Key(user, conversation))

    def likelihoods(self, messages: Sequence[ChatMessage], replies: Sequence[str]) -> Sequence[float]:
        """How likely each reply is after these messages: the mean log-probability of its tokens. Raises PromptTooLong."""
        ids = self._template.encode(messages)
        jobs: list[tuple[Job[State], Given, int]] = []
        for reply in replies:
            given = self._template.encode_plain(reply)
            room_for_reply(len(ids) + len(given), self.context_length, Sampling())
            sampler = Given(given)
            key = Key("", f"reply {next(self._scored)}")  # its own: one that is being read has nothing for the others
            job: Job[State] = Job(ids, len(given), Sampling(), key, [self._closed])
            job.sampler = sampler
            if not jobs:  # the others begin with what it has read
                list(self._batcher.submit(job).tokens())
            else:
                self._batcher.submit(job)
            jobs.append((job, sampler, len(given)))
        for job, _, _ in jobs[1:]:
            list(job.tokens())
        return [sampler.log_probability / max(length, 1) for _, sampler, length in jobs]

    def forget(self, user: str | None = None) -> None:
        """Let go of all that was read for a user, or for everybody."""
        self._template.forget()
        self._batcher.drop(user)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is being read or written; `False` if that took too long."""
        return self._batcher.wait(timeout_s)

    def close(self) -> None:
        self._closed.set()
        self._batcher.close()
        self._unload()

    def _unload(self) -> None:
        """What the decoder loaded goes with this object."""

    def _generate(self, ids: Sequence[int], room: int, sampling: Sampling, stop: threading.Event) -> Iterator[str]:
        return self._pieces(Job(ids, room, sampling, None, [stop]))

    def _pieces(self, job: Job[State]) -> Iterator[str]:
        from tokenizers.decoders import DecodeStream

        decoder = DecodeStream(skip_special_tokens=True)
        for token in self._batcher.submit(job).tokens():
            piece = decoder.step(self._template.tokenizer, token)
            if piece:
                yield piece


@dataclass(slots=True)
class InConversation(Generic[State]):
    """A model as one conversation sees it; made by `CachedModel.conversation`."""

    model: CachedModel[State]
    key: Key
    cached_tokens: int = 0

    def stream(
        self, messages: Sequence[ChatMessage], sampling: Sampling, ended: threading.Event | None = None
    ) -> Iterator[str]:
        """As `ChatModel.stream`; the same text as without, only sooner."""
        model = self.model
        ids = model._template.encode(messages)
        room = room_for_reply(len(ids), model.context_length, sampling)

        def begun(cached: int) -> None:
            self.cached_tokens = cached

        def generate(stop: threading.Event) -> Iterator[str]:
            stops = [stop] if ended is None else [stop, ended]
            return model._pieces(Job(ids, room, sampling, self.key, stops, begun=begun))

        return until_stop(in_background(generate), sampling.stop)

    def warm(self, messages: Sequence[ChatMessage], *, ahead: bool = False) -> None:
        """Read what the next prompt will begin with, when nobody waits; `ahead`: one of later, beside that."""
        ids = self.model._template.encode(messages, reply=False)
        if len(ids) < self.model.context_length:
            self.model._batcher.warm(self.key._replace(ahead=ahead), ids)
