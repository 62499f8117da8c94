"""Find memories: meaning and words together, in one score that means the same for every query.

    candidates   nearest vectors (Chroma, or exact over SQLite) ∪ entries that share a word (FTS5)
    score        (cosine + 3 × coverage) / 4, in [0, 1]; a memory that only asks counts 0.8 of that
    visible      what SQLite says is this user's, now

The vector is of "speaker (date): text", the keyword entry of the turn and the turn before. On the five LoCoMo
development conversations that sum finds 77 % of the evidence in its first ten, dense search alone 49 %, keywords alone
73 % (`bench/recall.py`). Cosine and coverage are absolute, so one floor serves every query; a min-max normalised
sum ranks as well (77 %) but gives every query a best hit of 1.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, select

from memory import keywords
from memory.embedders import Vectors, from_bytes
from memory.tables import MemoryRow, OutboxRow

CANDIDATES = 100
KEYWORD_WEIGHT = 3.0
QUESTION_FACTOR = 0.8
"""A question seldom holds the answer; on the development data 0.7 to 0.85 adds a point at 5 and costs none at 10."""
PIN_BONUS = 0.1
SAID_ALIKE = 0.35
"""The cosine from which we tell a person that a memory has a similar meaning."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready: its words (stem to written form) without the speakers' names, their weights, its vector if any."""

    words: dict[str, str]
    weight: dict[str, float]
    vector: Vectors | None
    embedder: str | None


def dense_key(text: str, speaker: str | None, occurred_at: datetime) -> str:
    """What is embedded for a memory: who said it and when, then the words."""
    return f"{speaker or 'Note'} ({occurred_at.day} {occurred_at:%B %Y}): {text}"


def query_words(question: str, speakers: Collection[str]) -> dict[str, str]:
    """The question's words, stem to written form, without the names of people who speak in the memories.

    Those names are in every entry and in most questions; they would only favour whatever mentions them most.
    """
    names = {word for speaker in speakers for word in keywords.words(speaker)}
    found = keywords.surfaces(question)
    return {stem: written for stem, written in found.items() if stem not in names} or found


def score(query: Query, row: MemoryRow, entry: Sequence[str]) -> float:
    """How relevant a memory is, in [0, 1]. Pure: `entry` is its keyword entry."""
    total = (_cosine(query, row) + KEYWORD_WEIGHT * keywords.coverage(query.weight, entry)) / (1 + KEYWORD_WEIGHT)
    if row.text.rstrip().endswith(("?", "？")):
        total *= QUESTION_FACTOR
    return min(1.0, total + (PIN_BONUS if row.pinned else 0))


def explain(query: Query, row: MemoryRow, entry: Sequence[str]) -> tuple[str, ...]:
    """Why a memory was found, in words: "same words: dog", "just after: moved", "similar meaning", "pinned"."""
    own, entered = set(keywords.words(row.text)), set(entry)
    inside = [written for stem, written in query.words.items() if stem in own]
    before = [written for stem, written in query.words.items() if stem in entered - own]
    reasons = (
        ("same words: " + ", ".join(inside), bool(inside)),
        ("just after: " + ", ".join(before), bool(before)),
        ("similar meaning", _cosine(query, row) >= SAID_ALIKE),
        ("pinned", row.pinned),
    )
    return tuple(reason for reason, holds in reasons if holds)


def _cosine(query: Query, row: MemoryRow) -> float:
    if query.vector is None or row.vector is None or row.embedder != query.embedder:
        return 0.0
    return max(0.0, float(from_bytes(row.vector) @ query.vector))


def load(session: Session, user_id: str, seqs: Collection[int], ids: Collection[str]) -> list[MemoryRow]:
    """The candidates that are this user's and still there: SQLite, not the index, decides what is visible."""
    by_seq = select(MemoryRow).where(MemoryRow.user_id == user_id, col(MemoryRow.seq).in_(seqs))
    by_id = select(MemoryRow).where(MemoryRow.user_id == user_id, col(MemoryRow.id).in_(ids))
    found = {row.id: row for statement in (by_seq, by_id) for row in session.exec(statement)}
    return list(found.values())


def nearest_exact(session: Session, user_id: str, vector: Vectors, embedder: str, limit: int) -> list[str]:
    """Ids of the `limit` nearest memories over every vector in SQLite: about 5 ms per 1,000."""
    rows = session.exec(
        select(MemoryRow.id, MemoryRow.vector).where(
            MemoryRow.user_id == user_id, MemoryRow.embedder == embedder, col(MemoryRow.vector).is_not(None)
        )
    ).all()
    if not rows:
        return []
    matrix = np.frombuffer(b"".join(blob for _, blob in rows if blob), dtype="<f4").reshape(len(rows), -1)
    best = np.argsort(-(matrix @ vector), kind="stable")[:limit]
    return [rows[i][0] for i in best]


def unindexed(session: Session, user_id: str) -> list[str]:
    """Ids the index may not know yet, so that a search sees what was written a moment ago."""
    newest = select(OutboxRow.memory_id).where(OutboxRow.user_id == user_id).order_by(col(OutboxRow.seq).desc())
    return list(session.exec(newest.limit(1_000)))
