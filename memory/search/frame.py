"""From a question and the memories looked at to the frame of their features (`features.Frame`)."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from memory.language import dates
from memory.search import question
from memory.search.embedders import Vectors, sign_bytes, signs
from memory.search.features import Frame
from memory.search.question import Question
from memory.search.scope import Row


def build(asked: Question, rows: Sequence[Row], weights: dict[str, float]) -> Frame:
    place = {row.id: index for index, row in enumerate(rows)}
    previous = np.array([place.get(row.previous_id or "", -1) for row in rows], np.int64)
    following = np.full(len(rows), -1, np.int64)
    following[previous[previous >= 0]] = np.flatnonzero(previous >= 0)
    cosine, likeness = _likeness(asked, rows)
    numbers: dict[Any, int] = {}
    return Frame(
        cosine=cosine,
        likeness=likeness,
        idf=np.array(list(weights.values()), np.float32),
        own=_counts(weights, [row.own for row in rows]),
        before=_counts(weights, [row.before for row in rows]),
        own_length=np.array([len(row.own) for row in rows], np.float32),
        before_length=np.array([len(row.before) for row in rows], np.float32),
        previous=previous,
        following=following,
        conversation=np.array(
            [numbers.setdefault(row.conversation_id or row.occurred_at.date(), len(numbers)) for row in rows], np.int64
        ),
        speaker=_about_speaker(asked, rows),
        asks=np.array(["?" in row.text or "？" in row.text for row in rows], np.float32),
        occurred=_occurred(asked, rows),
        spans=np.array([(span.start.timestamp(), span.end.timestamp()) for span in asked.spans], np.float64).reshape(
            -1, 2
        ),
        says_time=_says_time(asked, rows),
    )


def _occurred(asked: Question, rows: Sequence[Row]) -> npt.NDArray[np.float64]:
    """When each was said; one that writes out a day that the question asks for is of that day, whenever it was said."""
    days = {word for word in asked.words if dates.is_date(word)}
    of_day = asked.spans[0].start.timestamp() if days and asked.spans else None
    return np.array(
        [row.occurred_at.timestamp() if of_day is None or days.isdisjoint(row.own) else of_day for row in rows],
        np.float64,
    )


def _says_time(asked: Question, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
    says = [1 if question.says_time(row.text) else -1 for row in rows] if asked.wants_time else [0] * len(rows)
    return np.array(says, np.float32)


def _about_speaker(asked: Question, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
    """1 if the question is about what this memory's speaker said, -1 if about what another did, 0 if it names nobody."""
    if asked.speaker is not None:
        told = [0 if row.speaker is None else 1 if row.speaker == asked.speaker else -1 for row in rows]
    else:
        told_by = {"reply": 1, "said": -1} if asked.of_assistant else {"said": 1, "reply": -1} if asked.of_user else {}
        told = [told_by.get(row.kind, 0) for row in rows]
    return np.array(told, np.float32)


def _counts(weights: dict[str, float], texts: Iterable[Sequence[str]]) -> npt.NDArray[np.float32]:
    column = {word: index for index, word in enumerate(weights)}
    wanted, rows = frozenset(column), list(texts)
    counts = np.zeros((len(rows), len(column)), np.float32)
    for number, words in enumerate(rows):
        for word in wanted.intersection(words):
            counts[number, column[word]] = words.count(word)
    return counts


def _likeness(asked: Question, rows: Sequence[Row]) -> tuple[Vectors, Vectors]:
    """Each memory's cosine (n,), and for each token of the question its best in each memory (n, q); 0 without vectors.

    Tokens are compared by the signs of their vectors: 1 where all agree, 0 where half do, as for unrelated ones. To keep
    the question's numbers whole finds 0.4 points more by itself and nothing together with the rest, in five times the time.
    """
    cosine = np.zeros(len(rows), np.float32)
    if asked.encoded is None:
        return cosine, np.zeros((len(rows), 0), np.float32)
    dim, wanted = len(asked.encoded.vector), asked.encoded.tokens
    likeness = np.zeros((len(rows), len(wanted)), np.float32)
    embedded = [i for i, row in enumerate(rows) if row.vector and row.tokens and row.embedder == asked.embedder]
    if embedded and len(wanted):
        vectors = np.frombuffer(b"".join([rows[i].vector or b"" for i in embedded]), "<f4").reshape(-1, dim)
        cosine[embedded] = np.maximum(vectors @ asked.encoded.vector, 0)
        stored = b"".join([rows[i].tokens or b"" for i in embedded])
        width = sign_bytes(dim)
        different = _hamming(_words(stored, width), _words(signs(wanted), width))
        starts = np.cumsum([0, *(len(rows[i].tokens or b"") // width for i in embedded[:-1])])
        likeness[embedded] = 1 - 2 * np.minimum.reduceat(different, starts, axis=0).astype(np.float32) / dim
    return cosine, likeness


def _words(packed: bytes, width: int) -> npt.NDArray[np.uint64]:
    return np.frombuffer(packed, np.uint64).reshape(-1, width // 8)


def _hamming(left: npt.NDArray[np.uint64], right: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """(n, m): in how many bits each row of `left` (n, words) differs from each of `right` (m, words)."""
    different = np.zeros((len(right), len(left)), np.uint16)
    for mine, theirs in zip(np.ascontiguousarray(left.T), right.T, strict=True):
        different += np.bitwise_count(mine[None] ^ theirs[:, None])
    return different.T
