"""The vectors in SQLite: the truth that the index is made to agree with. Each belongs to the embedder that made it."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement
from sqlmodel import col, func, or_, select

from memory.search import entries
from memory.search.embedders import Encoded, Vectors, from_bytes
from memory.search.vectors import VectorIndex
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import MemoryRow, OutboxRow, UserRow

SAMPLE, ALIKE = 200, 0.9999
"""How many vectors are asked for when a user's graph was built, and from what likeness on another is as good as one's own."""


class StoredVectors:
    def __init__(self, database: Database) -> None:
        self._database = database

    def users(self) -> set[str]:
        """Everyone of this store, with memories or without."""
        with self._database.read() as session:
            return set(session.exec(select(UserRow.id)))

    def ids(self, user_id: str, embedder: str) -> set[str]:
        """The memories of a user that have a vector of `embedder`, and so belong in its index."""
        with self._database.read() as session:
            return set(session.exec(Rows(session, user_id).column(MemoryRow, MemoryRow.id, *_embedded(embedder))))

    def more_than(self, number: int, user_id: str, embedder: str) -> bool:
        """Whether a user has more such memories than `number`."""
        with self._database.read() as session:
            some = Rows(session, user_id).column(MemoryRow, MemoryRow.seq, *_embedded(embedder)).limit(number + 1)
            return len(session.exec(some).all()) > number

    def read(self, user_id: str, embedder: str, ids: Collection[str] | None = None) -> dict[str, Vectors]:
        """The vectors by memory id: of all of a user's memories, or of these."""
        with self._database.read() as session:
            mine = Rows(session, user_id).columns(MemoryRow, MemoryRow.id, MemoryRow.vector)
            statement = mine.where(*_embedded(embedder))
            if ids is not None:
                statement = statement.where(col(MemoryRow.id).in_(ids))
            return {memory_id: from_bytes(blob) for memory_id, blob in session.exec(statement) if blob}

    def first(self, user_id: str, embedder: str) -> Vectors | None:
        """Any one of a user's vectors; `None` if there is none."""
        with self._database.read() as session:
            mine = Rows(session, user_id).column(MemoryRow, MemoryRow.vector, *_embedded(embedder))
            blob = session.exec(mine.limit(1)).first()
        return from_bytes(blob) if blob else None

    def sample(self, number: int, user_id: str, embedder: str) -> dict[str, Vectors]:
        """So many of a user's vectors, by chance."""
        with self._database.read() as session:
            mine = Rows(session, user_id).columns(MemoryRow, MemoryRow.id, MemoryRow.vector)
            found = session.exec(mine.where(*_embedded(embedder)).order_by(func.random()).limit(number))
            return {memory_id: from_bytes(blob) for memory_id, blob in found if blob}

    def are_found(self, index: VectorIndex, user_id: str, embedder: str) -> bool:
        """Whether each of some vectors, or one that is all but the same, is among the nearest to itself.

        Chroma replays its log when it is opened. After many changes of few vectors the graph it makes leaves some that
        nothing points to: 7 of 2,015 in 20 collections of 100; none of 76,000 where the collection was written at once.
        """
        for id, vector in self.sample(SAMPLE, user_id, embedder).items():
            hits = index.query(user_id, vector, 10)
            if id not in hits and not any(vector @ hit > ALIKE for hit in self.read(user_id, embedder, hits).values()):
                return False
        return True

    def count(self) -> int:
        """How many memories there are."""
        with self._database.read() as session:
            return session.exec(select(func.count()).select_from(MemoryRow)).one()

    def has_memories(self) -> bool:
        """Whether anybody has any."""
        with self._database.read() as session:
            return session.exec(select(MemoryRow.seq).limit(1)).first() is not None

    def another_embedder(self, embedder: str) -> str | None:
        """The name of one that embedded some memory and is not `embedder`; `None` if there is none."""
        another = col(MemoryRow.embedder) != embedder
        with self._database.read() as session:
            return session.exec(select(MemoryRow.embedder).where(another).limit(1)).first()

    def unembedded(self, embedder: str) -> int:
        """How many memories have no vector of `embedder`."""
        with self._database.read() as session:
            return session.exec(select(func.count()).select_from(MemoryRow).where(_of_none_or_another(embedder))).one()

    def due(self, embedder: str, number: int, *, reembed: bool) -> Sequence[MemoryRow]:
        """So many memories that have no vector, or with `reembed` none of this embedder."""
        with self._database.read() as session:
            due = _of_none_or_another(embedder) if reembed else col(MemoryRow.embedder).is_(None)
            return list(session.exec(select(MemoryRow).where(due).limit(number)))

    def write(self, rows: Sequence[MemoryRow], encoded: Sequence[Encoded], embedder: str) -> None:
        """Store the vectors of these memories, but for those edited or forgotten meanwhile."""
        with self._database.write() as session:
            for row, vectors in zip(rows, encoded, strict=True):
                now = session.get(MemoryRow, row.seq)
                if now is None or now.text != row.text:
                    continue
                entries.give_vectors(now, vectors, embedder)
                session.add(now)
                session.add(OutboxRow(user_id=now.user_id, memory_id=now.id))


def _embedded(embedder: str) -> tuple[ColumnElement[bool], ...]:
    return col(MemoryRow.embedder) == embedder, col(MemoryRow.vector).is_not(None)


def _of_none_or_another(embedder: str) -> ColumnElement[bool]:
    return or_(col(MemoryRow.embedder).is_(None), col(MemoryRow.embedder) != embedder)
