"""A thorough look at a data folder, that changes nothing: is the database whole, does all in it fit together, has the index
what it should?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sqlmodel import Session, col, func, select
from sqlmodel import text as sql

from memory.errors import FolderLocked
from memory.language import stemming
from memory.search import keywords
from memory.search.embedders import from_bytes
from memory.search.vectors import VectorIndex, probe
from memory.storage.data_folder import INDEX, locked
from memory.storage.database import AT_ONCE, Database
from memory.storage.rows import Rows
from memory.storage.tables import ConversationRow, MemoryRow, MessageRow, MetaRow, OutboxRow, UserRow

_ALIKE = 1e-3
"""How far from 1 the length of a unit vector may be."""


@dataclass(frozen=True, slots=True)
class Checked:
    """`wrong` says what is not as it should be; nothing if all is well."""

    what: str
    said: str
    wrong: str = ""


def inspect(folder: Path, database: Database) -> Iterator[Checked]:
    """One check after the other; beside a running Zhiji all but the index."""
    with database.read() as session:
        yield _integrity(session)
        yield _keywords(session)
        yield _vectors(session)
        yield _links(session)
        waiting = session.exec(select(func.count()).select_from(OutboxRow)).one()
    yield Checked("Waiting", f"{waiting} changes for the index")
    if not database.encrypted:
        yield _index(folder, database)


def _integrity(session: Session) -> Checked:
    """See https://sqlite.org/pragma.html#pragma_integrity_check."""
    connection = session.connection()
    found = [row[0] for row in connection.execute(sql("PRAGMA integrity_check(5)")) if row[0] != "ok"]
    strangers = connection.execute(sql("PRAGMA foreign_key_check")).all()
    if found:
        return Checked("Pages", "", f"damaged: {len(found)} or more errors. Restore a backup: zhiji restore FILE")
    if strangers:
        return Checked("Pages", "", f"{len(strangers)} rows name others that are not there")
    return Checked("Pages", "every page of the database is sound")


def _keywords(session: Session) -> Checked:
    """Each memory's words stand in the search as they would be written now."""
    other, memories = 0, 0
    for user_id in list(session.exec(select(UserRow.id))):
        table = keywords.table_for(user_id)
        kept = {
            int(rowid): str(own) for rowid, own in session.connection().execute(sql(f"SELECT rowid, own FROM {table}"))
        }
        mine = Rows(session, user_id).columns(MemoryRow, MemoryRow.seq, MemoryRow.text)
        for rows in session.exec(mine.execution_options(yield_per=AT_ONCE)).partitions():
            for seq, words in rows:
                memories += 1
                other += kept.pop(int(seq or 0), "") != " ".join(stemming.words(words))
        other += len(kept)  # of memories that are gone
    wrong = f"{other} entries of the search are not what their memories say. Run: zhiji reindex" if other else ""
    return Checked("Words", f"those of {memories:,} memories are as they should be", wrong)


def _vectors(session: Session) -> Checked:
    sizes: dict[str, set[int]] = {}
    odd, missing = 0, 0
    for rows in session.exec(
        select(MemoryRow.embedder, MemoryRow.vector).execution_options(yield_per=AT_ONCE)
    ).partitions():
        for embedder, blob in rows:
            if not blob:
                missing += 1
                continue
            vector = from_bytes(blob)
            sizes.setdefault(str(embedder), set()).add(len(vector))
            odd += not abs(float(np.linalg.norm(vector)) - 1) < _ALIKE
    odd += sum(len(found) - 1 for found in sizes.values())
    wrong = f"{odd} vectors are of another size or length. Run: zhiji reindex" if odd else ""
    return Checked("Vectors", f"of {', '.join(sizes) or 'no embedder'}; {missing} memories have none yet", wrong)


def _links(session: Session) -> Checked:
    """What one row says of another holds."""
    heads = select(func.count()).where(
        col(ConversationRow.head_id).is_not(None),
        col(ConversationRow.head_id).not_in(
            select(MessageRow.id).where(MessageRow.conversation_id == ConversationRow.id)
        ),
    )
    parents = select(func.count()).where(
        col(MessageRow.parent_id).is_not(None), col(MessageRow.parent_id).not_in(select(MessageRow.id))
    )
    sources = select(func.count()).where(
        col(MemoryRow.message_id).is_not(None), col(MemoryRow.message_id).not_in(select(MessageRow.id))
    )
    lost = sum(session.exec(counted).one() for counted in (heads, parents, sources))
    return Checked(
        "Links", "conversations, messages and memories fit together", f"{lost} name what is not there" if lost else ""
    )


def _index(folder: Path, database: Database) -> Checked:
    """The ids in Chroma are those of the memories that belong there."""
    try:
        with locked(folder), database.read() as session:
            meta = {row.key: row.value for row in session.exec(select(MetaRow))}
            generation = folder / INDEX / f"g{int(meta.get('index_generation') or 1):04d}"
            if not generation.exists():
                return Checked("Index", "none, as nobody has enough memories for one")
            if not probe(generation):
                return Checked("Index", "", "damaged; it is built anew at the next start")
            waiting = set(session.exec(select(OutboxRow.memory_id)))
            return _compared(generation, session, meta.get("index_embedder", ""), waiting)
    except FolderLocked:
        return Checked("Index", "in use, so it was not compared")


def _compared(generation: Path, session: Session, embedder: str, waiting: set[str]) -> Checked:
    index = VectorIndex(generation)
    try:
        differ, held = 0, 0
        for user_id in index.users():
            wanted = select(MemoryRow.id).where(
                MemoryRow.user_id == user_id, MemoryRow.embedder == embedder, col(MemoryRow.vector).is_not(None)
            )
            ids = index.ids(user_id)
            held += len(ids)
            differ += len((ids ^ set(session.exec(wanted))) - waiting)
    finally:
        index.close()
    wrong = f"{differ} memories differ between it and the database. Run: zhiji reindex" if differ else ""
    return Checked("Index", f"{held:,} vectors, those of the database", wrong)
