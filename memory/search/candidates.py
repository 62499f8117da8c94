"""The memories that a search looks at: nearest vectors, shared words, the times a question names, and the turns around them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
from sqlmodel import Session, col, select

from memory.language.times import Span
from memory.search import frame, keywords
from memory.search.embedders import Vectors
from memory.search.features import Frame
from memory.search.question import Question
from memory.search.scope import Row, Scope, around, read
from memory.storage.tables import MemoryRow

CANDIDATES = 60
"""From each of meaning and words. On the development set 60, 100 and 160 find 85.9, 86.2 and 86.2 in the first ten,
90.1, 90.4 and 90.9 in the first 25."""
WIDER = 4
"""So many times the candidates are looked at to find those of a scope, before the scope itself is read."""
OF_TIME = 40
"""As many candidates for each time that the question names."""
COUNTED = 2_000
"""With more memories the chances are judged as with so many: a life's talk is about the same things again and again."""


@dataclass(frozen=True, slots=True)
class Search:
    """Whose memories are searched, which of them are meant, how many candidates each way of looking gives at most, and among
    how many memories that is, counted up to COUNTED or what is compared one by one."""

    user_id: str
    scope: Scope
    limit: int
    among: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search looks at: candidates and their context in the order they were written, with the frame of their features;
    `among` as in `Search`."""

    rows: Sequence[Row]
    frame: Frame
    among: int


@dataclass(frozen=True, slots=True)
class ByWords:
    """What is known before the question's vector is: the candidates that share a word with it, what was said around
    them, each word's weight, and the vectors (id, vector, embedder) that the index may not have yet."""

    rows: dict[str, Row]
    around: dict[str, Row]
    weights: dict[str, float]
    waiting: Sequence[Any]


def by_words(session: Session, asked: Question, search: Search) -> ByWords:
    """What shares a word with the question, or is of a time that it names."""
    words, user_id = list(asked.words), search.user_id
    rows = with_words(session, words, search)
    of_time = [seq for span in asked.spans for seq in _of_time(session, span, search)]
    rows |= read(session, user_id, "seq", of_time)
    waiting = session.connection().exec_driver_sql(
        "SELECT DISTINCT memory.id, vector, embedder FROM outbox CROSS JOIN memory ON memory.id = memory_id "
        "WHERE outbox.user_id = ? AND vector IS NOT NULL",
        (user_id,),
    )
    weights = keywords.weights(session, user_id, words)
    return ByWords(rows, around(session, user_id, rows), weights, waiting.all())


def with_words(session: Session, words: Sequence[str], search: Search) -> dict[str, Row]:
    """The best entries of the scope. The best of all are looked at first, as the scope of a chat is most of what there is: to
    find out what is in it takes 20 ms among 20,000."""
    user_id, limit, conditions = search.user_id, search.limit, search.scope.conditions()
    if not conditions:
        return read(session, user_id, "seq", keywords.best_matches(session, user_id, words, limit))
    best = keywords.best_matches(session, user_id, words, WIDER * limit)
    scope = replace(search.scope, exclude_messages=())
    inside = {row.seq: row for row in read(session, user_id, "seq", best).values() if scope.holds(row)}
    found = [seq for seq in best if seq in inside][:limit]
    if len(found) == limit or len(best) < WIDER * limit:
        return {inside[seq].id: inside[seq] for seq in found}
    every = select(MemoryRow.seq).where(MemoryRow.user_id == user_id, *conditions)
    return read(session, user_id, "seq", keywords.best_matches(session, user_id, words, limit, every))


@np.errstate(invalid="ignore")  # BLAS raises that flag now and then over numbers that are all finite
def gather(session: Session, asked: Question, search: Search, known: ByWords, near: Collection[str] | None) -> Found:
    """The candidates and their context. `near` are ids of the index, `None` if it could not be asked."""
    user_id, scope, limit = search.user_id, search.scope, search.limit
    ids = set(near or ())
    if near and scope.conditions():
        ids = set(session.exec(select(MemoryRow.id).where(col(MemoryRow.id).in_(near), *scope.conditions())))
        near = ids if len(ids) >= limit // 4 else None  # too few are left: look at every vector of the scope
    if asked.encoded is not None and near is None:
        mine = (MemoryRow.user_id == user_id, MemoryRow.embedder == asked.embedder, col(MemoryRow.vector).is_not(None))
        every = session.connection().execute(select(MemoryRow.id, MemoryRow.vector).where(*mine, *scope.conditions()))
        ids |= set(_nearest(every.all(), asked.encoded.vector, limit))
    elif asked.encoded is not None:  # what the index may not know yet, so that a search sees what was just written
        waiting = [(memory_id, vector) for memory_id, vector, by in known.waiting if by == asked.embedder]
        ids |= set(_nearest(waiting, asked.encoded.vector, limit))
    nearest = read(session, user_id, "id", ids - known.rows.keys())
    context = known.around | around(session, user_id, nearest)
    rows = sorted((context | known.rows | nearest).values())
    return Found(rows, frame.build(asked, rows, known.weights), search.among)


def count_and_speakers(session: Session, user_id: str, most: int) -> tuple[int, Sequence[str]]:
    """How many memories a user has, counted up to `most`, and everyone who speaks in them, by name. That takes one step in the
    index for each of the speakers, not one for every memory."""
    rows = session.connection().exec_driver_sql(
        "WITH RECURSIVE found(name) AS (SELECT min(speaker) FROM memory WHERE user_id = ? UNION ALL "
        "SELECT (SELECT min(speaker) FROM memory WHERE user_id = ? AND speaker > found.name) FROM found "
        "WHERE found.name IS NOT NULL) SELECT name, 0 FROM found WHERE name IS NOT NULL UNION ALL "
        "SELECT NULL, count(*) FROM (SELECT 1 FROM memory WHERE user_id = ? LIMIT ?)",
        (user_id, user_id, user_id, most),
    )
    found = [(name, number) for name, number in rows]
    return next(number for name, number in found if name is None), [name for name, _ in found if name is not None]


def _nearest(rows: Sequence[Any], vector: Vectors, limit: int) -> Sequence[str]:
    """Ids of the `limit` nearest of these (id, vector)."""
    if not rows:
        return []
    matrix = np.frombuffer(b"".join([blob for _, blob in rows]), dtype="<f4").reshape(len(rows), -1)
    best = np.argsort(-(matrix @ vector), kind="stable")[:limit]
    return [rows[i][0] for i in best]


def _of_time(session: Session, span: Span, search: Search) -> Sequence[int]:
    """Some of what was said in a time that the question names, if that is no more than a year: "What did I do on 3 May?"."""
    if span.end - span.start > timedelta(days=366):
        return []
    within = (col(MemoryRow.occurred_at) >= span.start, col(MemoryRow.occurred_at) < span.end)
    mine = select(MemoryRow.seq).where(MemoryRow.user_id == search.user_id, *within)
    said = mine.where(*search.scope.conditions()).limit(OF_TIME)
    return [seq for seq in session.exec(said) if seq is not None]
