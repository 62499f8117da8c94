"""Find memories: meaning and words together, in one score that means the same for every query.

    candidates   nearest vectors (Chroma, or exact over SQLite) ∪ entries that share a word (FTS5)
    score        (cosine + 3 × coverage) / 4, in [0, 1]; a memory that only asks counts 0.8 of that
    relevance    cosine + coverage / 2, or 2 × coverage in a language the embedder does not know: for the floor
    visible      what SQLite says is this user's, now

The vector is of "speaker (date): text", the keyword entry of the turn and the turn before. On the five LoCoMo
development conversations that sum finds 77 % of the evidence in its first ten, dense search alone 49 %, keywords alone
73 % (`bench/recall.py`). Cosine and coverage are absolute, so a score means the same for every query; a
min-max normalised sum ranks as well (77 %) but gives every query a best hit of 1.

What ranks best is not what tells best whether anything is relevant at all. At 0.28, `relevance` keeps 99 % of LoCoMo's
evidence and lets something through for 20 % of questions that have nothing to do with the talk, in a store of 600 turns;
in one of 6 it keeps 64 to 82 % of paraphrases without a shared word and lets nothing through. In Chinese, where MiniLM
finds everything alike (0.35 to 0.67), words alone keep 75 % and let nothing through.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlmodel import Session, col, select

from memory import keywords
from memory.embedders import Vectors, from_bytes
from memory.tables import MemoryRow, OutboxRow
from memory.text import is_question

CANDIDATES = 100
KEYWORD_WEIGHT = 3.0
QUESTION_FACTOR = 0.8
"""A question seldom holds the answer; on the development data 0.7 to 0.85 adds a point at 5 and costs none at 10."""
PIN_BONUS = 0.1
SAID_ALIKE = 0.35
"""The cosine from which we tell a person that a memory has a similar meaning."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question made ready: its words (stem to written form) without the speakers' names, with their weights; its
    vector, the embedder it came from, and whether that embedder knows the question's language."""

    words: dict[str, str]
    weight: dict[str, float]
    vector: Vectors | None
    embedder: str
    understood: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a memory: the cosine of the vectors and the share of the question's words, both in [0, 1]."""

    cosine: float
    coverage: float


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


def weigh(query: Query, row: MemoryRow, entry: Sequence[str]) -> Evidence:
    """The evidence for a memory whose keyword entry is `entry`."""
    cosine = 0.0
    if query.vector is not None and row.vector is not None and row.embedder == query.embedder:
        cosine = max(0.0, float(from_bytes(row.vector) @ query.vector))
    return Evidence(cosine, keywords.coverage(query.weight, entry))


def score(evidence: Evidence, row: MemoryRow) -> float:
    """What memories are ranked by, in [0, 1]."""
    total = (evidence.cosine + KEYWORD_WEIGHT * evidence.coverage) / (1 + KEYWORD_WEIGHT)
    if is_question(row.text):
        total *= QUESTION_FACTOR
    return min(1.0, total + (PIN_BONUS if row.pinned else 0))


def relevance(evidence: Evidence, query: Query) -> float:
    """How sure it is that a memory has to do with the question, from 0 to 2: what a floor is for."""
    if query.understood:
        return evidence.cosine + evidence.coverage / 2
    return 2 * evidence.coverage


def explain(query: Query, evidence: Evidence, row: MemoryRow, entry: Sequence[str]) -> tuple[str, ...]:
    """Why a memory was found, in words: "same words: dog", "just after: moved", "similar meaning", "pinned"."""
    own, entered = set(keywords.words(row.text)), set(entry)
    inside = [written for stem, written in query.words.items() if stem in own]
    before = [written for stem, written in query.words.items() if stem in entered - own]
    reasons = (
        ("same words: " + ", ".join(inside), bool(inside)),
        ("just after: " + ", ".join(before), bool(before)),
        ("similar meaning", query.understood and evidence.cosine >= SAID_ALIKE),
        ("pinned", row.pinned),
    )
    return tuple(reason for reason, holds in reasons if holds)


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
