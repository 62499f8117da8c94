"""Prompts are read once and replies written together: with a decoder whose next token depends on all it has read."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.chat_models.base import Sampling
from assistant.chat_models.batching import Batcher, Job
from assistant.chat_models.decoder import Logits
from assistant.chat_models.prefix_cache import Cached, Key, PrefixCache
from assistant.chat_models.sampler import Sampler
from memory.errors import ModelError

ALIGN = 64
VOCABULARY = 97
END = 0
GREEDY = Sampling(temperature=0, repetition_penalty=1)


def after(tokens: Sequence[int]) -> int:
    """What the made-up model says after these tokens; never END."""
    value = 7
    for token in tokens:
        value = (value * 31 + int(token) + 1) % 1_000_003
    return 1 + value % (VOCABULARY - 1)


def expected(ids: Sequence[int], count: int) -> list[int]:
    made: list[int] = []
    while len(made) < count:
        made.append(after([*ids, *made]))
    return made


@dataclass
class Made:
    """A state: what it has read."""

    read: list[int] = field(default_factory=list)

    @property
    def length(self) -> int:
        return len(self.read)


class FakeDecoder:
    """Checks every call against the promises of the seam."""

    align = ALIGN

    def __init__(self, delay_s: float = 0.0, most: int = ALIGN) -> None:
        self.delay_s = delay_s
        self.most = most
        self.read: list[int] = []  # how many tokens each call read
        self.rows: list[int] = []
        self.fail: list[Exception] = []
        self.busy = threading.Lock()
        self.seen: Callable[[], None] = lambda: None

    def new(self) -> Made:
        return Made()

    def forward(self, states: Sequence[Made], ids: Sequence[Sequence[int]]) -> Logits:
        assert self.busy.acquire(blocking=False), "two threads in the decoder"
        try:
            count = len(ids[0])
            time.sleep(self.delay_s * max(1, count / ALIGN))
            self.seen()
            if self.fail:
                raise self.fail.pop(0)
            assert len(states) == len(ids) == len({id(state) for state in states})
            assert count == 1 if len(states) > 1 else 1 <= count <= self.most + 1
            self.read.append(count)
            self.rows.append(len(states))
            logits = np.zeros((len(states), VOCABULARY), np.float32)
            for number, (state, new) in enumerate(zip(states, ids, strict=True)):
                state.read.extend(new)
                logits[number, after(state.read)] = 1
            return logits
        finally:
            self.busy.release()

    def cut(self, state: Made, tokens: int) -> None:
        assert tokens % ALIGN == 0
        del state.read[tokens:]

    def copy(self, state: Made, tokens: int) -> Made:
        assert tokens % ALIGN == 0
        assert tokens <= state.length
        return Made(state.read[:tokens])

    def size(self, state: Made) -> int:
        return 5 * state.length


def batcher(decoder: FakeDecoder, *, max_bytes: int = 10**6, at_once: int = 4) -> Batcher[Made]:
    return Batcher(decoder, [END], max_bytes=max_bytes, at_once=at_once)


def job(ids: Sequence[int], count: int = 5, key: Key | None = None) -> Job[Made]:
    return Job(ids, count, GREEDY, key, [threading.Event()])


def prompt(length: int, seed: int = 0) -> list[int]:
    return np.random.default_rng(seed).integers(1, VOCABULARY, length).tolist()


def test_the_next_prompt_is_read_from_where_it_differs() -> None:
    decoder, mine = FakeDecoder(), Key("mei", "c")
    model = batcher(decoder)
    first = prompt(5 * ALIGN + 10)
    assert list(model.submit(job(first, key=mine)).tokens()) == expected(first, 5)
    decoder.read.clear()
    told: list[int] = []
    second = [*first[: 4 * ALIGN + 3], *prompt(ALIGN, seed=1)]
    asked = job(second, key=mine)
    asked.begun = told.append
    assert list(model.submit(asked).tokens()) == expected(second, 5)
    assert told == [4 * ALIGN]
    assert sum(decoder.read) == len(second) - 4 * ALIGN + 4
    model.close()


def test_what_is_read_ahead_is_of_use_and_gives_way() -> None:
    decoder, mine = FakeDecoder(delay_s=0.01), Key("mei", "c")
    model = batcher(decoder)
    talk = prompt(6 * ALIGN + 5)
    model.warm(mine, talk)
    assert model.wait(10)
    assert decoder.read == [ALIGN] * 6
    decoder.read.clear()
    asked = [*talk, *prompt(3, seed=2)]
    assert list(model.submit(job(asked, key=mine)).tokens()) == expected(asked, 5)
    assert decoder.read == [8, 1, 1, 1, 1]
    model.warm(mine, prompt(200 * ALIGN, seed=3))  # two seconds' worth
    other = prompt(10, seed=4)
    assert list(model.submit(job(other, key=Key("li", "c"))).tokens()) == expected(other, 5)
    assert decoder.read.count(ALIGN) < 150
    model.close()


def test_nobody_is_served_from_what_another_user_reads() -> None:
    decoder = FakeDecoder()
    model = batcher(decoder)
    same = prompt(4 * ALIGN)
    list(model.submit(job(same, key=Key("mei", "c"))).tokens())
    for key, told in ((Key("li", "c"), 0), (Key("mei", "other"), 3 * ALIGN), (None, 0)):
        found: list[int] = []
        asked = job(same, key=key)
        asked.begun = found.append
        assert list(model.submit(asked).tokens()) == expected(same, 5)
        assert found == [told], key
    model.drop("mei")
    found = []
    asked = job(same, key=Key("mei", "c"))
    asked.begun = found.append
    list(model.submit(asked).tokens())
    assert found == [0]
    model.close()


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 3 * ALIGN), st.integers(1, 12), st.integers(0, 2), st.floats(0, 0.004)),
        min_size=1,
        max_size=8,
    ),
    st.integers(1, 4),
    st.sampled_from([0, 2_000, 10**6]),
)
def test_each_of_several_gets_its_own_reply_whoever_comes_and_goes(
    asked: list[tuple[int, int, int, float]], at_once: int, max_bytes: int
) -> None:
    model = batcher(FakeDecoder(delay_s=0.0005), max_bytes=max_bytes, at_once=at_once)
    jobs = []
    for number, (length, count, user, pause_s) in enumerate(asked):
        time.sleep(pause_s)
        ids = prompt(length, seed=number % 3)
        jobs.append((ids, count, model.submit(job(ids, count, Key(f"user {user}", f"c{number % 2}")))))
    for ids, count, made in jobs:
        assert list(made.tokens()) == expected(ids, count)
    assert model.wait(5)
    assert model._caches.bytes <= max_bytes
    model.close()


def test_a_stop_ends_one_reply_and_not_the_others() -> None:
    decoder = FakeDecoder(delay_s=0.002)
    model = batcher(decoder)
    stopped, going = job(prompt(10), 10_000), job(prompt(20, seed=1), 50)
    model.submit(stopped)
    model.submit(going)
    pieces = stopped.tokens()
    assert [next(pieces) for _ in range(3)] == expected(prompt(10), 3)
    stopped.stops[0].set()
    assert len(list(pieces)) < 10
    assert list(going.tokens()) == expected(prompt(20, seed=1), 50)
    model.close()


def test_closing_ends_everything_and_later_requests_end_at_once() -> None:
    model = batcher(FakeDecoder(delay_s=0.002), at_once=2)
    jobs = [model.submit(job(prompt(500, seed=number), 10_000)) for number in range(5)]
    model.warm(Key("mei", "c"), prompt(1000))
    time.sleep(0.05)
    model.close()
    for made in [*jobs, model.submit(job(prompt(3)))]:
        with pytest.raises(ModelError, match="closed before"):
            assert len(list(made.tokens())) < 100
    assert not any(thread.name == "zhiji-model" for thread in threading.enumerate())


def test_a_model_that_fails_costs_the_replies_under_way_only() -> None:
    decoder = FakeDecoder()
    model = batcher(decoder)
    decoder.fail = [ValueError("broken")]
    with pytest.raises(ModelError, match="ValueError"):
        list(model.submit(job(prompt(10))).tokens())
    assert list(model.submit(job(prompt(10))).tokens()) == expected(prompt(10), 5)
    model.close()


def test_a_state_that_cannot_be_taken_up_again_costs_that_reply_only() -> None:
    decoder, mine = FakeDecoder(), Key("mei", "c")
    model = batcher(decoder)
    list(model.submit(job(prompt(300), key=mine)).tokens())
    decoder.cut = lambda *_: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    with pytest.raises(ModelError, match="ZeroDivisionError"):
        list(model.submit(job(prompt(300), key=mine)).tokens())
    assert list(model.submit(job(prompt(300), key=mine)).tokens()) == expected(prompt(300), 5)
    model.close()


def test_what_is_let_go_of_is_not_kept_by_a_reply_under_way() -> None:
    decoder, mine = FakeDecoder(delay_s=0.002), Key("mei", "c")
    model = batcher(decoder)
    asked = model.submit(job(prompt(300), 50, key=mine))
    pieces = asked.tokens()
    next(pieces)
    model.drop("mei")
    assert [*pieces] == expected(prompt(300), 50)[1:]
    assert model.wait(5)
    assert model._caches.bytes == 0
    model.close()


def test_sampling_that_fails_costs_its_own_reply_only() -> None:
    model = batcher(FakeDecoder(delay_s=0.002))
    going = model.submit(job(prompt(20), 60))
    odd = job(prompt(20, seed=1))
    odd.sampler.choose = lambda *_: int("x")  # type: ignore[method-assign]
    with pytest.raises(ModelError, match="ValueError"):
        list(model.submit(odd).tokens())
    assert list(going.tokens()) == expected(prompt(20), 60)
    model.close()


def test_nothing_is_read_ahead_where_nothing_is_kept() -> None:
    decoder = FakeDecoder()
    model = batcher(decoder, max_bytes=0)
    model.warm(Key("mei", "c"), prompt(500))
    assert model.wait(5)
    assert decoder.read == []
    model.close()


def test_when_the_memory_is_full_what_is_kept_goes_first() -> None:
    decoder, mine = FakeDecoder(), Key("mei", "c")
    model = batcher(decoder)
    list(model.submit(job(prompt(300), key=mine)).tokens())
    assert model._caches.bytes > 0
    decoder.fail = [MemoryError()]
    assert list(model.submit(job(prompt(100, seed=1))).tokens()) == expected(prompt(100, seed=1), 5)
    assert model._caches.bytes == 0
    decoder.fail = [MemoryError(), RuntimeError("std::bad_alloc")]
    with pytest.raises(ModelError, match="memory of this machine is full"):
        list(model.submit(job(prompt(100, seed=2))).tokens())
    model.close()


def test_people_who_ask_at_once_begin_to_be_answered_at_about_the_same_step() -> None:
    decoder = FakeDecoder(delay_s=0.001)
    model = batcher(decoder)
    jobs = [job(prompt(8 * ALIGN, seed=number), 30) for number in range(4)]
    begun_at: dict[int, int] = {}
    asked = threading.Event()

    def seen() -> None:
        asked.wait(30)  # however slow this machine is just now, all have asked before the first is answered
        for number, made in enumerate(jobs):
            if made.made:
                begun_at.setdefault(number, len(decoder.read))

    decoder.seen = seen
    for made in jobs:
        model.submit(made)
    asked.set()
    for made, ids in ((made, made.ids) for made in jobs):
        assert list(made.tokens()) == expected(ids, 30)
    # Of about 40 steps. Whether the others come before or while the first piece of the first is read makes 10 or 12 of it.
    assert max(begun_at.values()) - min(begun_at.values()) <= 12
    assert 4 in decoder.rows  # they are written together
    model.close()


def test_the_least_recently_used_goes_first() -> None:
    decoder = FakeDecoder()
    kept: PrefixCache[Made] = PrefixCache(decoder, max_bytes=3 * ALIGN * 5)
    for number in range(4):
        ids = prompt(ALIGN, seed=number)
        kept.give(Key("mei", str(number)), Cached(Made(list(ids)), list(ids)))
        assert kept.bytes <= 3 * ALIGN * 5
    assert kept.take(Key("mei", "0"), [*prompt(ALIGN, seed=0), 1, 2]).state.length == 0
    assert kept.take(Key("mei", "3"), [*prompt(ALIGN, seed=3), 1, 2]).state.length == ALIGN


def test_sampling_keeps_to_its_limits_and_its_seed() -> None:
    logits = np.log(np.array([0.5, 0.25, 0.15, 0.1], np.float32))

    def drawn(**options: object) -> list[int]:
        sampler = Sampler(
            Sampling(**({"temperature": 1.0, "repetition_penalty": 1.0, "top_k": 0, "top_p": 1} | options))
        )  # type: ignore[arg-type]
        return [sampler.choose(logits, ()) for _ in range(2_000)]

    assert set(drawn(top_k=2)) == {0, 1}
    assert set(drawn(top_p=0.7)) == {0, 1}
    assert set(drawn(temperature=0)) == {0}
    assert drawn(seed=5) == drawn(seed=5) != drawn(seed=6)
    shares = np.bincount(drawn(seed=1)) / 2_000
    assert np.abs(shares - [0.5, 0.25, 0.15, 0.1]).max() < 0.04
    assert Sampler(Sampling(temperature=0, repetition_penalty=2)).choose(np.array([2.0, 1.5], np.float32), {0}) == 1
