"""What the search knows of a memory, written inside the caller's transaction: its vectors, its keyword entry, and a note in the
outbox that its vector is to be looked at again."""

from sqlmodel import Session

from memory.language import stemming
from memory.search import keywords
from memory.search.embedders import Encoded, signs, to_bytes
from memory.storage.rows import Rows
from memory.storage.tables import MemoryRow, OutboxRow


def give_vectors(row: MemoryRow, encoded: Encoded, embedder: str) -> None:
    row.vector, row.tokens, row.embedder = to_bytes(encoded.vector), signs(encoded.tokens), embedder


def write(session: Session, row: MemoryRow) -> None:
    before = ""
    if row.previous_id:
        found = Rows(session, row.user_id).column(MemoryRow, MemoryRow.text, MemoryRow.id == row.previous_id)
        before = session.exec(found).first() or ""
    assert row.seq is not None
    keywords.put(session, row.user_id, row.seq, keywords.Entry(stemming.words(row.text), stemming.words(before)))
    session.add(OutboxRow(user_id=row.user_id, memory_id=row.id))
