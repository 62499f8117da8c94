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


def write(session: Session, row: MemoryRow, *, before: str | None = None) -> None:
    """The keyword entry of a memory, and the note for the index. `before` is the text of the turn before, if the caller has it
    and the memory is new; else it is looked up, and what stood there is replaced."""
    assert row.seq is not None
    is_new = before is not None
    if before is None:
        found = Rows(session, row.user_id).column(MemoryRow, MemoryRow.text, MemoryRow.id == row.previous_id)
        before = (session.exec(found).first() or "") if row.previous_id else ""
    entry = keywords.Entry(stemming.words(row.text), stemming.words(before))
    keywords.put(session, row.user_id, row.seq, entry, is_new=is_new)
    session.add(OutboxRow(user_id=row.user_id, memory_id=row.id))
