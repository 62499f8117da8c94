"""One user's memories: add, search, list, edit, pin, forget."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlmodel import Session, col, func, select

from memory import keywords, remember, retrieval
from memory.embedders import to_bytes
from memory.errors import BadInput, NotFound
from memory.store import Store, User
from memory.tables import MemoryRow, utc_now
from memory.text import clean_text, is_chinese
from memory.types import Hit, Memory, MemoryKind, NewMemory

MAX_CHARS = 20_000
MAX_QUERY_CHARS = 2_000
"""A longer query is cut: the embedder reads 256 tokens, and a thousand keywords find everything."""
BATCH = 256


class Memories:
    """What one user's assistant remembers. Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def add(
        self,
        text: str,
        *,
        speaker: str | None = None,
        occurred_at: datetime | None = None,
        ref: str | None = None,
        kind: MemoryKind = "note",
    ) -> Memory:
        """Remember `text`; it is on the disk and can be found when this returns. Raises BadInput."""
        return self.add_many([NewMemory(text, speaker, occurred_at, ref, kind)])[0]

    def add_many(
        self, items: Iterable[NewMemory], progress: Callable[[int, int], None] | None = None
    ) -> Sequence[Memory]:
        """Remember many, in order. All are checked before the first is written; each 256 are one commit.

        `progress(done, total)` is called after each commit.
        """
        now = utc_now()
        checked = [_checked(item, now) for item in items]
        added: Sequence[Memory] = ()
        for start in range(0, len(checked), BATCH):
            added = (*added, *self._add_batch(checked[start : start + BATCH]))
            if progress:
                progress(len(added), len(checked))
        return added

    def search(
        self,
        query: str,
        k: int = 10,
        *,
        kinds: Collection[MemoryKind] | None = None,
        floor: float = 0.0,
        exclude_messages: Collection[str] = (),
    ) -> Sequence[Hit]:
        """The `k` memories most relevant to `query`, best first; those of `exclude_messages` are left out.

        `floor` leaves out what is less relevant than that (see `retrieval.relevance`; 0.28 is a good one).
        A query with nothing in it to look for ("hello", "谢谢") finds nothing. Works without the index and without the
        embedder, on what is left.
        """
        if k < 1:
            raise BadInput(f"k is {k}; ask for at least 1 memory.")
        query = clean_text(query, max_chars=10**9, what="query")[:MAX_QUERY_CHARS]
        if keywords.is_greeting(query):
            return []
        vector = self._store.embed_query(query)
        limit = max(retrieval.CANDIDATES, 2 * k)
        embedder = self._store.embedder.name if vector is not None else ""
        near = self._store.indexer.query(self._user.id, vector, embedder, limit) if vector is not None else []
        with self._store.database.read() as session:
            words = retrieval.query_words(query, self._speakers(session))
            understood = vector is not None and self._language(query) in self._store.embedder.languages
            weight = keywords.weights(session, self._user.id, list(words))
            ready = retrieval.Query(words, weight, vector, embedder, understood)
            if near is None and vector is not None:
                near = retrieval.nearest_exact(session, self._user.id, vector, embedder, limit)
            entries = keywords.candidates(session, self._user.id, list(words), limit)
            ids = {*(near or []), *retrieval.unindexed(session, self._user.id)}
            rows = retrieval.load(session, self._user.id, entries.keys(), ids)
            missing = [row.seq for row in rows if row.seq is not None and row.seq not in entries]
            entries |= keywords.entries(session, self._user.id, missing)
        found: list[tuple[float, MemoryRow, retrieval.Evidence]] = []
        for row in rows:
            if row.message_id in exclude_messages or not row.words or (kinds is not None and row.kind not in kinds):
                continue
            evidence = retrieval.weigh(ready, row, entries.get(row.seq or 0, []))
            if retrieval.relevance(evidence, ready) >= floor:
                found.append((retrieval.score(evidence, row), row, evidence))
        found.sort(key=lambda one: (-one[0], one[1].seq))
        return [
            Hit(to_memory(row), round(score, 4), retrieval.explain(ready, evidence, row, entries.get(row.seq or 0, [])))
            for score, row, evidence in found[:k]
        ]

    def list(self, limit: int = 50, *, before: str | None = None) -> Sequence[Memory]:
        """The newest `limit` memories, newest first; `before` is the id to go on from."""
        with self._store.database.read() as session:
            statement = select(MemoryRow).where(MemoryRow.user_id == self._user.id)
            if before is not None:
                statement = statement.where(col(MemoryRow.seq) < self._own(session, before).seq)
            rows = session.exec(statement.order_by(col(MemoryRow.seq).desc()).limit(limit))
            return [to_memory(row) for row in rows]

    def count(self) -> int:
        with self._store.database.read() as session:
            mine = select(func.count()).select_from(MemoryRow).where(MemoryRow.user_id == self._user.id)
            return session.exec(mine).one()

    def get(self, memory_id: str) -> Memory:
        """Raises NotFound."""
        with self._store.database.read() as session:
            return to_memory(self._own(session, memory_id))

    def edit(self, memory_id: str, text: str) -> Memory:
        """Put another text in a memory's place. The conversation it came from keeps what was said there."""
        text = clean_text(text, max_chars=MAX_CHARS, what="memory")
        with self._store.database.write() as session:
            row = self._own(session, memory_id)
            remember.replace_text(session, row, text)
        self._store.indexer.wake()
        return to_memory(row)

    def pin(self, memory_id: str, pinned: bool = True) -> Memory:
        """A pinned memory is preferred in a search."""
        with self._store.database.write() as session:
            row = self._own(session, memory_id)
            row.pinned = pinned
            session.add(row)
        return to_memory(row)

    def forget(self, memory_id: str) -> int:
        """Erase a memory and everything made from it; returns how many memories went (a reply goes with its question).

        Nothing shows it from now on; the files are rewritten in the background right after (`Store.flush` waits).
        """
        with self._store.database.write() as session:
            gone = remember.forget(session, self._user.id, [memory_id])
        self._store.indexer.wake()
        return gone

    def _add_batch(self, batch: Sequence[MemoryRow]) -> Sequence[Memory]:
        keys = [retrieval.dense_key(row.text, row.speaker, row.occurred_at) for row in batch]
        vectors = self._store.embed_now(keys)
        with self._store.database.write() as session:
            for position, row in enumerate(batch):
                row.user_id = self._user.id
                if vectors is not None:
                    row.vector, row.embedder = to_bytes(vectors[position]), self._store.embedder.name
                row.previous_id = remember.previous_of(session, self._user.id, row.speaker, row.occurred_at)
                remember.insert(session, row)
        self._store.indexer.wake()
        return [to_memory(row) for row in batch]

    @staticmethod
    def _language(query: str) -> str:
        return "zh" if is_chinese(query) else "en"

    def _speakers(self, session: Session) -> Sequence[str]:
        mine = select(MemoryRow.speaker).where(MemoryRow.user_id == self._user.id).distinct()
        return [speaker for speaker in session.exec(mine) if speaker]

    def _own(self, session: Session, memory_id: str) -> MemoryRow:
        row = session.exec(
            select(MemoryRow).where(MemoryRow.user_id == self._user.id, MemoryRow.id == memory_id)
        ).first()
        if row is None:
            raise NotFound("There is no such memory. List them with `memories.list()` or `/memories`.")
        return row


def to_memory(row: MemoryRow) -> Memory:
    return Memory(
        id=row.id,
        text=row.text,
        kind=row.kind,  # type: ignore[arg-type]
        speaker=row.speaker,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        pinned=row.pinned,
        ref=row.ref,
        message_id=row.message_id,
        conversation_id=row.conversation_id,
    )


def _checked(item: NewMemory, now: datetime) -> MemoryRow:
    occurred_at = item.occurred_at or now
    if item.kind not in get_args(MemoryKind):
        raise BadInput(f"kind is {item.kind!r}; it must be one of {', '.join(get_args(MemoryKind))}.")
    return MemoryRow(
        user_id="",
        kind=item.kind,
        text=clean_text(item.text, max_chars=MAX_CHARS, what="memory"),
        speaker=clean_text(item.speaker, max_chars=100, what="speaker's name") if item.speaker else None,
        occurred_at=(occurred_at if occurred_at.tzinfo else occurred_at.astimezone()).astimezone(UTC),
        recorded_at=now,
        ref=clean_text(item.ref, max_chars=500, what="ref") if item.ref else None,
    )
