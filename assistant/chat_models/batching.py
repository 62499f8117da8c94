"""Several replies at once from one decoder: one thread, one step after another.

    a step:   a piece of one prompt, of those that wait in turn
              one token of every reply being written, read together
              or, while nobody waits, a piece of what the next prompt will begin with

A step takes 0.2 s or less (0.5B, 2 cores), and after each one it is seen who has stopped and who has come. The thread ends
when there is nothing to do. Reading four replies' tokens together takes a third longer than one's.
"""

import logging
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Generic

import numpy as np

from assistant.chat_models.base import Sampling
from assistant.chat_models.decoder import Decoder, Logits, Row, State
from assistant.chat_models.prefix_cache import ALIGN, Cached, Key, PrefixCache
from assistant.chat_models.sampler import Sampler
from memory.errors import ModelError

log = logging.getLogger("zhiji.batching")


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


@dataclass
class Batch(Generic[State]):
    """Replies whose tokens are read together: their rows in one state of `past` tokens, each after its padding."""

    jobs: list[Job[State]]
    state: State
    past: int
    padding: list[int]


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
        self._batch: Batch[State] | None = None
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
        """End every reply and wait until nothing runs any more."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._thread is None)
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
        """See who has come and who has gone; `False` if there is nothing to do. Nothing in here asks the decoder, and so
        nothing fails."""
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
            self._thread = self._batch = None
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
            self._batch = None
            self._read_ahead()
        if self._writing:
            self._write()

    def _read(self, job: Job[State]) -> None:
        if job.cached is None:
            job.cached = self._caches.take(job.key, job.ids)
            job.begun(job.cached.filled)
        logits = self._piece(job.cached, job.ids)
        if job.cached.filled == len(job.ids):
            self._reading.remove(job)
            self._writing.append(job)
            self._take(job, logits[0])

    def _piece(self, cached: Cached[State], ids: Sequence[int]) -> Logits:
        """Read on to the next multiple of ALIGN, or to the end; logits (1, vocabulary)."""
        begin, end = cached.filled, min(len(ids), cached.filled // ALIGN * ALIGN + ALIGN)
        logits = self._decoder.forward(cached.state, np.array([ids[begin:end]], np.int64), begin, [0])
        cached.filled = end
        if end % ALIGN == 0:
            cached.tokens = list(ids[:end])
        return logits

    def _read_ahead(self) -> None:
        if self._ahead is None:
            with self._changed:
                if not self._wanted:
                    return
                key, ids = self._wanted.popitem(last=False)
            ids = ids[: len(ids) // ALIGN * ALIGN]
            if not ids:
                return
            self._ahead = key, ids, self._caches.take(key, [*ids, -1])
        key, ids, cached = self._ahead
        if cached.filled < len(ids):
            self._piece(cached, ids)
        if cached.filled >= len(ids):
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
        last = np.array([[job.made[-1]] for job in jobs], np.int64)
        batch = self._batch
        if len(jobs) == 1 and (batch is None or jobs[0] not in batch.jobs):
            cached = jobs[0].cached
            assert cached is not None
            self._batch = None
            logits = self._decoder.forward(cached.state, last, cached.filled, [0])
            cached.filled += 1
        else:
            batch = self._gathered(jobs)
            logits = self._decoder.forward(batch.state, last, batch.past, batch.padding)
            batch.past += 1
        for job, row in zip(jobs, logits, strict=True):
            self._take(job, row)

    def _gathered(self, jobs: list[Job[State]]) -> Batch[State]:
        """The batch of these replies, made anew when one has come or gone."""
        before = self._batch
        if before is not None and before.jobs == jobs:
            return before
        rows = []
        for job in jobs:
            if before is not None and job in before.jobs:
                at = before.jobs.index(job)
                rows.append(Row(before.state, at, before.padding[at], before.past - before.padding[at]))
            else:
                assert job.cached is not None
                rows.append(Row(job.cached.state, 0, 0, job.cached.filled))
        past = max(row.length for row in rows)
        padding = [past - row.length for row in rows]
        self._batch = Batch(jobs, self._decoder.join(rows), past, padding)
        return self._batch

    def _take(self, job: Job[State], logits: Logits) -> None:
        try:
            token = job.sampler.choose(logits, set(job.made))
        except ValueError as error:  # of this one's sampling; the others go on
            with self._changed:
                self._finish(job, _told(error, full=False))
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
        full = isinstance(error, MemoryError) or "bad_alloc" in str(error) or "out of memory" in str(error).lower()
        self._ahead = self._batch = None
        with self._changed:
            jobs = [*self._reading, *self._writing]
            if full:
                self._caches.drop()
                self._wanted.clear()
            for job in jobs:
                if full and not job.again and not job.made:
                    job.again, job.cached = True, None
                    continue
                self._finish(job, _told(error, full))


def _closing() -> ModelError:
    return ModelError("The model was closed before the reply was finished. Send the message again.")


def _told(error: Exception, full: bool) -> ModelError:
    if full:
        return ModelError(
            "The memory of this machine is full. Close other programs, or choose a smaller model (`zhiji models list`)."
        )
    made = ModelError(f"The model failed while answering ({type(error).__name__}).")
    made.__cause__ = error
    return made
