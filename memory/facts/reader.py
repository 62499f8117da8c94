"""Reads what a message says of people: a small encoder marks the words that are a fact, and says of which key, whose, and
whether they are stated and hold.

    messages ─ passages ─ tokens ─ encoder ─ states ─ heads ─ Marks

The encoder is multilingual-e5-small with our adapters merged into it, in int8 on CTranslate2; it reads the message after the
end of what it answers. A long message is read by passages, only at its beginning and its end if it is very long.
"""

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from memory.errors import ModelDamaged
from memory.facts import reader_heads
from memory.facts.one_thread import one_thread
from memory.facts.reader_heads import Array, Heads

MAX_TOKENS = 192
"""Of a passage with what it answers."""
ANSWER_TOKENS = 12
"""A message that is no longer is read after what it answers: "Yes, since May"."""
ANSWERED_TOKENS = 24
"""Of what a message answers its end is read."""
ENDS = 2_500
"""Of a message more than twice as long so many characters are read from its beginning and from its end."""
AT_ONCE = 256
"""Tokens, with their padding, that the encoder reads at once. 192 to 384 were the fastest of 64 to 1,024: 1.3 times as fast
as one message at a time."""
BEGIN, END = 0, 2
"""The ids of the marks around a passage."""
UNNAMED = "?"
"""The subject of what is said of somebody whom the message does not name."""

Looked = TypeVar("Looked")
Look = Callable[[Array, npt.NDArray[np.bool_], "_Passage"], list[Looked]]
"""What is made of the states (n, width) of a passage and of which of its tokens are the message's own (n,)."""
_BREAK = re.compile(r"(?<=[.!?。！？\n;；])\s*")


class Tokens(NamedTuple):
    """`ids` for the encoder, and the characters of the passage that each stands for; (-1, -1) for marks and what is answered."""

    ids: list[int]
    places: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Mark:
    """Characters `start` to `end` of the message are a value of `key`. `subject`: the characters that name whose, `None` for the
    user, (-1, -1) for somebody whom the message does not name. `chance`: that all of it is right."""

    start: int
    end: int
    key: str
    subject: tuple[int, int] | None
    polarity: int
    tense: str
    standing: str
    chance: float


class Reader:
    """`folder` is what `assistant.convert` makes of an encoder and our adapters. Raises ModelDamaged."""

    def __init__(self, folder: Path) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._encoder: Any = ctranslate2.Encoder(
                str(folder), device="cpu", inter_threads=1, intra_threads=1, compute_type="int8_float32"
            )
        except Exception as error:  # both libraries raise bare Exception or RuntimeError on broken files
            raise ModelDamaged(f"The reader in {folder} cannot be read. Run `zhiji models verify`.") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._heads: Heads = reader_heads.load()
        self._lock = threading.Lock()

    def read(self, text: str, answers: str = "") -> Sequence[Mark]:
        """What is found in a message, in its order, however unlikely; the caller says how sure is sure enough."""
        return self.read_many([(text, answers)])[0]

    def read_many(self, messages: Sequence[tuple[str, str]]) -> Sequence[Sequence[Mark]]:
        """As `read`, of each (text, what it answers). Passages of like length go through the encoder together, which is faster
        and changes its numbers a little: the chance of a mark by 2e-6 on one machine, by up to 0.013 on another."""

        def marks(states: Array, own: npt.NDArray[np.bool_], one: _Passage) -> list[Mark]:
            return [_mark(value, one.tokens, one.start) for value in self._heads.read(states, own)]

        return self._of_each(messages, marks)

    def named(self, texts: Sequence[str]) -> Sequence[Sequence[str]]:
        """The words of each text that name somebody: "my sister", "Ana", "her"."""

        def words(states: Array, own: npt.NDArray[np.bool_], one: _Passage) -> list[str]:
            text, places = texts[one.message][one.start :], one.tokens.places
            spans = self._heads.named(states, own)
            return [text[places[first][0] : places[last][1]] for first, last in spans]

        return self._of_each([(text, "") for text in texts], words)

    def close(self) -> None:
        """Give the memory back."""
        with self._lock:
            self._encoder = None

    def _of_each(self, messages: Sequence[tuple[str, str]], look: Look[Looked]) -> list[list[Looked]]:
        waiting = [
            _Passage(number, start, tokenize(self._tokenizer, passage, answers))
            for number, (text, answers) in enumerate(messages)
            for start, passage in passages(text, lambda part: len(self._tokenizer.encode(part).ids))
        ]
        found: dict[int, list[Looked]] = {}
        for batch in _batches([len(one.tokens.ids) for one in waiting]):
            looked = self._look_at([waiting[place] for place in batch], look)
            found |= dict(zip(batch, looked, strict=True))
        by_message: list[list[Looked]] = [[] for _ in messages]
        for place, one in enumerate(waiting):
            by_message[one.message] += found[place]
        return by_message

    def _look_at(self, batch: Sequence["_Passage"], look: Look[Looked]) -> list[list[Looked]]:
        with self._lock:
            read = self._encoder.forward_batch([one.tokens.ids for one in batch])
            states = np.asarray(read.last_hidden_state, np.float32)  # (passages, tokens of the longest, width)
        found = []
        with one_thread():
            for one, padded in zip(batch, states, strict=True):
                own = np.array([place[0] >= 0 for place in one.tokens.places])
                found.append(look(padded[: len(own)], own, one))
        return found


class _Passage(NamedTuple):
    """Of the message of that number; it begins at its character `start`."""

    message: int
    start: int
    tokens: Tokens


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """The places of what goes through the encoder together, the shortest first."""
    batch: list[int] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[place] * (len(batch) + 1) > AT_ONCE:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def tokenize(tokenizer: Any, text: str, answers: str = "") -> Tokens:
    """Of one passage: a mark, the end of what it answers and a mark, the passage, a mark. What a long passage answers is left
    out: it changes next to nothing, and doubles the time."""
    ids, places = [BEGIN], [(-1, -1)]
    encoded = tokenizer.encode(text, add_special_tokens=False)
    if answers and len(encoded.ids) <= ANSWER_TOKENS:
        before = tokenizer.encode(answers[-600:], add_special_tokens=False).ids[-ANSWERED_TOKENS:]
        ids += [*before, END]
        places += [(-1, -1)] * (len(before) + 1)
    room = MAX_TOKENS - len(ids) - 1
    for id, (start, end) in list(zip(encoded.ids, encoded.offsets, strict=True))[:room]:
        begin = start + len(text[start:end]) - len(text[start:end].lstrip())
        ids.append(id)
        places.append((begin, end))
    return Tokens([*ids, END], [*places, (-1, -1)])


def passages(text: str, count: Any) -> Iterator[tuple[int, str]]:
    """Where each part of a message begins, and the part: as many sentences as fit; a sentence that is too long is cut."""
    if len(text) < MAX_TOKENS // 2:
        yield 0, text
        return
    room = MAX_TOKENS - ANSWERED_TOKENS - 4
    parts: list[tuple[int, str]] = []
    taken = room
    for start, sentence in _sentences(text if len(text) <= 2 * ENDS else text[:ENDS] + text[-ENDS:]):
        tokens = count(sentence)
        if taken + tokens <= room:
            parts[-1] = (parts[-1][0], parts[-1][1] + sentence)
            taken += tokens
        else:
            parts.append((start if start < ENDS else max(start, start + len(text) - 2 * ENDS), sentence))
            taken = tokens
    yield from parts


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    """With where they begin; none over 400 characters. Together they are the text."""
    start = 0
    ends = [match.end() for match in _BREAK.finditer(text) if match.end() < len(text)]
    for end in [*ends, len(text)]:
        while start < end:
            stop = min(end, start + 400)
            yield start, text[start:stop]
            start = stop


def _mark(found: reader_heads.Found, tokens: Tokens, start: int) -> Mark:
    places = tokens.places

    def characters(first: int, last: int) -> tuple[int, int]:
        return (start + places[first][0], start + places[last][1])

    subject = found.who
    if subject is not None:
        subject = characters(*subject) if subject != (-1, -1) and places[subject[0]][0] >= 0 else (-1, -1)
    first, last = characters(found.first, found.last)
    return Mark(first, last, found.key, subject, found.polarity, found.tense, found.standing, found.chance)
