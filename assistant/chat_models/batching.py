"""Several replies at once from one decoder: one thread, one step after another.

    a step:   a piece of one prompt, of those that wait in turn
              one token of every reply being written, read together
              or, while nobody waits, a piece of what the next prompt will begin with

After each step it is seen who has stopped and who has come; a piece is as long as fits into STEP_S, alone into ALONE_S.
The thread ends when there is nothing to do.
"""

import logging
import math
import threading
import time
import traceback
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic

from assistant.chat_models.base import CLOSING_S, Sampling
from assistant.chat_models.decoder import Decoder, Logits, State
from assistant.chat_models.prefix_cache import Cached, Key, PrefixCache
from assistant.chat_models.sampler import Chooses, Sampler
from memory.errors import ModelError

log = logging.getLogger("zhiji.batching")

STEP_S = 0.2
"""Seconds for a piece of a prompt while others read or write, and for one read ahead; whoever comes waits for its end."""

ALONE_S = 1.2
"""The same while nobody else is there. Longer pieces are read faster (2 cores, 0.5B, 1,000 tokens: 770 tokens/s in pieces of
64, 870 of 128, 930 of 256, 940 of 512, 995 in one)."""

TELLING = 128
"""Tokens of a piece that shows how fast the model reads; short ones are slower."""


@dataclass(eq=False)
class Job(Generic[State]):
    """A reply being made. `made` are its tokens so far; they come out of `tokens`, which ends with `None`, or an error."""

    ids: Sequence[int]
    room: int
    sampling: Sampling
    key: Key | None
    stops: Sequence[threading.Event]
    """Whichever is set ends it within a step."""
    begun: Callable[[int], None] = lambda _: None
    """Told how many tokens of the prompt had been read before."""
    out: SimpleQueue[int | Exception | None] = field(default_factory=SimpleQueue)
    made: list[int] = field(default_factory=list)
    cached: Cached[State] | None = None
    again: bool = False
    """Whether it was begun a second time, after the memory had been used up."""
    keeps: bool = True
    """Whether what it has read may be kept; not once its user's has been let go of."""

    sampler: Chooses = field(init=False)

    def __post_init__(self) -> None:
        self.sampler = Sampler(self.sampling)

    @property
    def stopped(self) -> bool:
        return any(stop.is_set() for stop in self.stops)

    def tokens(self) -> Iterator[int]:
        while (token := self.out.get()) is not None:
            if isinstance(token, Exception):
                raise token
            yield token


class Batcher(Generic[State]):
    """`end` are the tokens that end a reply; at most `at_once` replies are made at a time, the others wait in order."""

    def __init__(self, decoder: Decoder[State], end: Collection[int], *, max_bytes: int, at_once: int) -> None:
        self._decoder = decoder
        self._end = frozenset(end)
        self._at_once = at_once
        self._caches = PrefixCache(decoder, max_bytes)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._waiting: deque[Job[State]] = deque()
        self._wanted: OrderedDict[Key, Sequence[int]] = OrderedDict()  # what is to be read when there is time
        self._dropped: list[str | None] = []
        self._reading: deque[Job[State]] = deque()
        self._writing: list[Job[State]] = []
        self._tokens_per_s = 0.0  # of the last piece that could tell
        self._ahead: tuple[Key, Sequence[int], Cached[State]] | None = None

    def submit(self, job: Job[State]) -> Job[State]:
        """Begin a reply; it ends within a step after one of its `stops` is set."""
        with self._changed:
            if self._closed:
                job.out.put(_closing())
            else:
                self._wake()
                self._waiting.append(job)
                if job.key is not None:
                    self._wanted.pop(job.key, None)
        return job

    def warm(self, key: Key, ids: Sequence[int]) -> None:
        """Read `ids` when nobody waits, as the beginning of the next prompt of this conversation. What was to be read of
        the user's other conversations is left: they look at this one now."""
        with self._changed:
            if not self._closed and self._caches.max_bytes:
                self._wake()
                for other in [other for other in self._wanted if other.user == key.user]:
                    if other == key or other.conversation != key.conversation:
                        del self._wanted[other]
                self._wanted[key] = ids

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until there is nothing left to do; `False` if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout_s)

    def drop(self, user: str | None = None) -> None:
        """Let go of all that was read for a user, or for everybody."""
        with self._changed:
            self._wake()
            for key in [key for key in self._wanted if user is None or key.user == user]:
                del self._wanted[key]
            self._dropped.append(user)

    def close(self) -> None:
        """End every reply and wait until nothing runs any more, but for one that hangs."""
        with self._changed:
            self._closed = True
            ended = self._changed.wait_for(lambda: self._thread is None, CLOSING_S)
        if ended:
            self._caches.drop()

    def _wake(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="zhiji-model", daemon=True)
            thread.start()  # it waits for `_changed`; if it cannot start, nothing waits for it
            self._thread = thread

    def _run(self) -> None:
        while self._go_on():
            try:
                self._step()
            except Exception as error:  # whatever a library raises must reach those who wait for their replies
                log.warning("the model failed: %s", type(error).__name__)
                self._fail(error)

    def _go_on(self) -> bool:
        """See who has come and who has gone; `False` if there is nothing to do. Nothing in here can fail: of the decoder
        it asks sizes only."""
        with self._changed:
            jobs = [*self._waiting, *self._reading, *self._writing]
            for user in self._dropped:
                self._let_go(user, jobs)
            self._dropped.clear()
            for job in jobs:
                if self._closed or job.stopped:
                    self._finish(job, None if job.stopped else _closing())
            while self._waiting and len(self._reading) + len(self._writing) < self._at_once:
                self._put_by()
                self._reading.append(self._waiting.popleft())
            busy = self._reading or self._writing
            if busy or ((self._ahead or self._wanted) and not self._closed):
                return True
            self._put_by()
            self._thread = None
            self._changed.notify_all()
            return False

    def _let_go(self, user: str | None, jobs: Sequence[Job[State]]) -> None:
        self._caches.drop(user)
        if self._ahead and user in (None, self._ahead[0].user):
            self._ahead = None
        for job in jobs:
            if job.key and user in (None, job.key.user):
                job.keeps = False

    def _step(self) -> None:
        if self._reading:
            job = self._reading.popleft()
            self._reading.append(job)  # the next step is another's
            self._read(job)
        elif not self._writing:
            self._read_ahead()
        if self._writing:
            self._write()

    def _read(self, job: Job[State]) -> None:
        if job.cached is None:
            job.cached = self._caches.take(job.key, job.ids)
            job.begun(job.cached.state.length)
        alone = len(self._reading) == 1 and not self._writing and not self._waiting
        logits = self._piece(job.cached, job.ids, ALONE_S if alone else STEP_S)
        if job.cached.state.length == len(job.ids):
            self._reading.remove(job)
            self._writing.append(job)
            self._take(job, logits[0])

    def _piece(self, cached: Cached[State], ids: Sequence[int], limit_s: float) -> Logits:
        """Read on as far as `limit_s` allows, to a multiple of `align` or to the end; logits (1, vocabulary)."""
        align, begin = self._decoder.align, cached.state.length
        most = max(align, min(self._decoder.most, int(self._tokens_per_s * limit_s)) // align * align)
        pieces = math.ceil((len(ids) - begin) / most)
        end = min(len(ids), begin + math.ceil((len(ids) - begin) / pieces / align) * align)  # of about the same length
        if len(ids) - end == 1:  # a piece of one token would be computed in another way
            end += 1
        began = time.perf_counter()
        logits = self._decoder.forward([cached.state], [ids[begin:end]])
        if end - begin >= min(most, TELLING):
            self._tokens_per_s = (end - begin) / (time.perf_counter() - began)
        cached.tokens = list(ids[: end // align * align])
        return logits

    def _read_ahead(self) -> None:
        if self._ahead is None:
            with self._changed:
                if not self._wanted:
                    return
                key, ids = self._wanted.popitem(last=False)
            ids = ids[: len(ids) // self._decoder.align * self._decoder.align]
            if not ids:
                return
            self._ahead = key, ids, self._caches.take(key, [*ids, -1])
        key, ids, cached = self._ahead
        if cached.state.length < len(ids):
            self._piece(cached, ids, STEP_S)
        if cached.state.length >= len(ids):
            self._put_by()

    def _put_by(self) -> None:
        """Keep what was read ahead so far; whoever comes next may go on from there."""
        if self._ahead is not None:
            key, _, cached = self._ahead
            self._caches.give(key, cached)
            self._ahead = None

    def _write(self) -> None:
        """One more token of every reply."""
        jobs = list(self._writing)
        states = [job.cached.state for job in jobs if job.cached is not None]
        for job, logits in zip(jobs, self._decoder.forward(states, [job.made[-1:] for job in jobs]), strict=True):
            self._take(job, logits)

    def _take(self, job: Job[State], logits: Logits) -> None:
        try:
            token = job.sampler.choose(logits, set(job.made))
        except ValueError as error:  # of this one's sampling; the others go on
            with self._changed:
                self._finish(job, _model_error(error, full=False))
            return
        job.made.append(token)
        if token not in self._end:
            job.out.put(token)
        if token in self._end or len(job.made) >= job.room:
            with self._changed:
                self._finish(job)

    def _finish(self, job: Job[State], error: Exception | None = None) -> None:
        for jobs in (self._waiting, self._reading, self._writing):
            if job in jobs:
                jobs.remove(job)
        if job.key is not None and job.cached is not None and job.keeps and error is None:
            self._caches.give(job.key, job.cached)
        job.cached = None
        job.out.put(error)

    def _fail(self, error: Exception) -> None:
        """End what was under way. If the memory was used up, what is kept goes, and they begin once more."""
        traceback.clear_frames(error.__traceback__)  # who keeps the error is not to keep what was read
        full = isinstance(error, MemoryError) or "bad_alloc" in str(error) or "out of memory" in str(error).lower()
        self._ahead = None
        with self._changed:
            jobs = [*self._reading, *self._writing]
            if full:
                self._caches.drop()
                self._wanted.clear()
            for job in jobs:
                if full and not job.again and not job.made:
                    job.again, job.cached = True, None
                    continue
                self._finish(job, _model_error(error, full))


def _closing() -> ModelError:
    return ModelError("The model was closed before the reply was finished. Send the message again.")


def _model_error(error: Exception, full: bool) -> ModelError:
    if full:
        return ModelError(
            "The memory of this machine is full. Close other programs, or choose a smaller model (`zhiji models list`)."
        )
    made = ModelError(f"The model failed while answering ({type(error).__name__}).")
    made.__cause__ = error
    return made
