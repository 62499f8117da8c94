"""Keyword search: one FTS5 table per user, of the stemmed words of their memories (`memory.language.stemming`).

Each user has a table of their own, because BM25's word statistics would otherwise carry one user's
vocabulary into another's scores. An entry holds the words of the turn before as well as its own: on LoCoMo that
lifts the evidence recall@10 of keywords alone from 63 to 73.
"""

import json
import math
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, literal_column, select
from sqlalchemy import text as sql
from sqlmodel import Session

PRIOR_DOCUMENTS = 200
"""Imagined documents without the word, so that with three memories in the store a rare word still counts as rare."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The content words of a memory, and of the turn before it."""

    own: Sequence[str]
    before: Sequence[str]


def table_for(user_id: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", user_id):
        raise ValueError("not a user id")
    return f"words_{user_id}"


def create(session: Session, user_id: str) -> None:
    table = table_for(user_id)
    columns = "own, before, tokenize='unicode61 remove_diacritics 0'"
    session.exec(sql(f"CREATE VIRTUAL TABLE {table} USING fts5({columns})"))  # type: ignore[call-overload]
    session.exec(sql(f"CREATE VIRTUAL TABLE {table}_terms USING fts5vocab('{table}', 'row')"))  # type: ignore[call-overload]


def drop(session: Session, user_id: str) -> None:
    table = table_for(user_id)
    session.exec(sql(f"DROP TABLE IF EXISTS {table}_terms"))  # type: ignore[call-overload]
    session.exec(sql(f"DROP TABLE IF EXISTS {table}"))  # type: ignore[call-overload]


def put(session: Session, user_id: str, seq: int, entry: Entry, *, is_new: bool = False) -> None:
    """Write the entry of a memory, in the place of the one it has unless it `is_new`."""
    table = table_for(user_id)
    if not is_new:
        session.connection().execute(sql(f"DELETE FROM {table} WHERE rowid = :seq"), {"seq": seq})
    if entry.own or entry.before:
        session.connection().execute(
            sql(f"INSERT INTO {table}(rowid, own, before) VALUES (:seq, :own, :before)"),
            {"seq": seq, "own": " ".join(entry.own), "before": " ".join(entry.before)},
        )


def remove(session: Session, user_id: str, seqs: Collection[int]) -> None:
    statement = sql(f"DELETE FROM {table_for(user_id)} WHERE rowid = :seq")
    for seq in seqs:
        session.connection().execute(statement, {"seq": seq})


def optimize(session: Session, user_id: str) -> None:
    """Merge the index into one piece; what was deleted leaves it only then (https://sqlite.org/fts5.html, 6.6)."""
    table = table_for(user_id)
    session.connection().execute(sql(f"INSERT INTO {table}({table}) VALUES ('optimize')"))


def best_matches(
    session: Session, user_id: str, query: Sequence[str], limit: int, among: Select[Any] | None = None
) -> list[int]:
    """The `seq` of the `limit` best entries for any of the words in `query`, best first.

    `among` selects the `seq` of the memories to search, if not all.
    """
    if not query:
        return []
    table = table_for(user_id)
    words = " OR ".join(f'"{word}"' for word in dict.fromkeys(query))
    if among is None:
        plain = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT ?"
        return list(session.connection().exec_driver_sql(plain, (words, limit)).scalars())
    rowid: ColumnElement[int] = literal_column("rowid")
    match: BindParameter[str] = bindparam("match", words)
    best = select(rowid).select_from(sqlalchemy.table(table)).where(literal_column(table).op("MATCH")(match))
    # with the + SQLite does not look the words up anew for each of them: 14 s of 20,000
    best = best.where(literal_column("+rowid").in_(among))
    return list(session.connection().execute(best.order_by(literal_column("rank")).limit(limit)).scalars())


def weights(session: Session, user_id: str, query: Sequence[str]) -> dict[str, float]:
    """Each word's inverse document frequency among the user's entries, `ln(1 + (N - n + 0.5) / (n + 0.5))`."""
    table = table_for(user_id)
    counted = session.connection().exec_driver_sql(
        f"SELECT NULL, count(*) FROM {table}_docsize UNION ALL "
        f"SELECT term, doc FROM {table}_terms WHERE term IN (SELECT value FROM json_each(?))",
        (json.dumps(list(query)),),
    )
    found = {term: int(n) for term, n in counted}
    total = found.pop(None) + PRIOR_DOCUMENTS
    counts = {word: found.get(word, 0) for word in query}
    return {word: math.log(1 + (total - n + 0.5) / (n + 0.5)) for word, n in counts.items()}
