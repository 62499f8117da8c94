"""Documents of one user: files whose text is remembered, a memory for each piece, and forgotten as a whole."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from sqlmodel import Session

from memory import forget, remember
from memory.errors import BadInput, NotFound
from memory.exchange.document_text import MAX_CHARS, text_of
from memory.exchange.pieces import chunks
from memory.kinds import checked
from memory.language import secrets
from memory.language.text import clean_text
from memory.privacy import receipts
from memory.search import entries
from memory.search.embedders import Encoded
from memory.search.entries import dense_key
from memory.storage.rows import Rows
from memory.storage.tables import DocumentRow, MemoryRow, new_id, utc_now
from memory.store import Store, User

MAX_NAME_CHARS = 100
BATCH = 32


@dataclass(frozen=True, slots=True)
class Document:
    """`memories` is how many memories it became."""

    id: str
    name: str
    size_bytes: int
    added_at: datetime
    memories: int


@checked
class Documents:
    """Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def add(
        self,
        name: str,
        content: bytes,
        progress: Callable[[int, int], None] | None = None,
        *,
        encoding: str | None = None,
    ) -> Document:
        """Remember the text of a file, all of it or nothing; `progress(done, total)` counts its pieces. The `encoding` of plain
        text is found if it is not said.

        Kinds: see `document_text.SUFFIXES`. Raises BadInput: unreadable, too large, or there already.
        """
        name = clean_text(PurePath(name.replace("\\", "/")).name, max_chars=255, what="file's name")
        erasures = self._store.erasures(self._user)
        digest = hashlib.sha256(content).hexdigest()
        with self._store.database.read() as session:
            self._check_new(session, digest)
        row = DocumentRow(
            user_id=self._user.id,
            name=name if len(name) <= MAX_NAME_CHARS else f"{name[:80]}…{name[-18:]}",
            sha256=digest,
            size_bytes=len(content),
            added_at=utc_now(),
            id=new_id(),
        )
        text = clean_text(text_of(name, content, encoding), max_chars=MAX_CHARS)
        memories = [self._memory(row, piece) for piece in chunks(text)]
        self._embed(memories, progress or (lambda *_: None))
        with self._store.database.write() as session:
            self._store.check_not_erased(self._user, erasures)
            self._check_new(session, digest)
            session.add(row)
            before = None
            for memory in memories:
                memory.previous_id = before
                remember.insert(session, memory)
                before = memory.id
        self._store.indexer.wake()
        return _to_document(row, len(memories))

    def list(self) -> Sequence[Document]:
        """The newest first."""
        with self._store.database.read() as session:
            rows = Rows(session, self._user.id)
            newest_first = sorted(rows.all(DocumentRow), key=lambda row: -(row.seq or 0))
            counts = rows.counts(MemoryRow, MemoryRow.document_id)
            return [_to_document(row, counts.get(row.id, 0)) for row in newest_first]

    def forget(self, document_id: str) -> int:
        """Erase a document with every memory of it; returns how many those were. Raises NotFound."""
        with self._store.erasing(self._user, "document") as session:
            row = Rows(session, self._user.id).first(DocumentRow, DocumentRow.id == document_id)
            if row is None:
                raise NotFound("There is no such document. List them with `documents.list()`.")
            return erase(session, self._user.id, row)

    def _check_new(self, session: Session, digest: str) -> None:
        there = Rows(session, self._user.id).first(DocumentRow, DocumentRow.sha256 == digest)
        if there is not None:
            raise BadInput(f"That document is remembered already, as {there.name}.")

    def _memory(self, document: DocumentRow, piece: str) -> MemoryRow:
        return MemoryRow(
            id=new_id(),
            user_id=self._user.id,
            kind="document",
            text=secrets.hide(piece, secrets.find(piece)),
            speaker=document.name,
            occurred_at=document.added_at,
            recorded_at=document.added_at,
            document_id=document.id,
        )

    def _embed(self, memories: Sequence[MemoryRow], progress: Callable[[int, int], None]) -> None:
        for start in range(0, len(memories), BATCH):
            batch = memories[start : start + BATCH]
            progress(start, len(memories))
            keys = [dense_key(memory.text, memory.speaker, memory.occurred_at) for memory in batch]
            encoded: Sequence[Encoded] = self._store.embed_now(keys) or ()
            for memory, vectors in zip(batch, encoded, strict=False):
                entries.give_vectors(memory, vectors, self._store.embedder.name)
        progress(len(memories), len(memories))


def erase(session: Session, user_id: str, row: DocumentRow) -> int:
    """Within the caller's transaction; returns how many memories went with it."""
    receipts.note(session, [row])
    of_it = Rows(session, user_id).column(MemoryRow, MemoryRow.id, MemoryRow.document_id == row.id)
    gone = forget.memories(session, user_id, session.exec(of_it).all())
    session.delete(row)
    remember.mark_purge(session, user_id)
    return gone


def _to_document(row: DocumentRow, memories: int) -> Document:
    return Document(row.id, row.name, row.size_bytes, row.added_at, memories)
