"""What the search knows of a memory, written inside the caller's transaction: its vectors, its keyword entry, and a note in the
outbox that the index has to look at its vector again."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from memory.language import stemming
from memory.language.folding import composed
from memory.search import keywords
from memory.search.embedders import Encoded, signs, to_bytes
from memory.storage.rows import Rows
from memory.storage.tables import MemoryRow, MetaRow, OutboxRow, UserRow

WORDS_VERSION = "2"
"""Of how a text is made words: 2 folds it."""
Progress = Callable[[int, int], None]
"""Called with (done, total)."""


def dense_key(text: str, speaker: str | None, occurred_at: datetime) -> str:
    """What is embedded for a memory: who said it and when, then the words."""
    return f"{speaker or 'Note'} ({occurred_at.day} {occurred_at:%B %Y}): {composed(text)}"


def give_vectors(row: MemoryRow, encoded: Encoded, embedder: str) -> None:
    row.vector, row.tokens, row.embedder = to_bytes(encoded.vector), signs(encoded.tokens), embedder


def write(session: Session, row: MemoryRow, words: Sequence[str] | None = None, *, before: str | None = None) -> None:
    """The keyword entry of a memory, and the note for the index. `words`: those of its text, if the caller has them. `before` is
    the text of the turn before, if the caller has it and the memory is new; else it is looked up, and what stood there is
    replaced."""
    assert row.seq is not None
    is_new = before is not None
    if before is None:
        found = Rows(session, row.user_id).column(MemoryRow, MemoryRow.text, MemoryRow.id == row.previous_id)
        before = (session.exec(found).first() or "") if row.previous_id else ""
    entry = keywords.Entry(stemming.words(row.text) if words is None else words, stemming.words(before))
    keywords.put(session, row.user_id, row.seq, entry, is_new=is_new)
    session.add(OutboxRow(user_id=row.user_id, memory_id=row.id))


def is_up_to_date(session: Session) -> bool:
    noted = session.get(MetaRow, "keywords")
    return noted is not None and noted.value == WORDS_VERSION


def bring_up_to_date(session: Session) -> None:
    """Make anew the keyword entries that an older version wrote unfolded (`memory.language.folding`): those of memories with a
    letter beyond ASCII, and of what was said right after."""
    session.merge(MetaRow(key="keywords", value=WORDS_VERSION))
    beyond = "SELECT id FROM memory WHERE text GLOB :beyond"
    found = text(f"SELECT id FROM memory WHERE id IN ({beyond}) OR previous_id IN ({beyond}) ORDER BY seq")
    ids = list(session.connection().execute(found, {"beyond": "*[^\x01-\x7f]*"}).scalars())
    for id in ids:
        write(session, session.exec(select(MemoryRow).where(MemoryRow.id == id)).one())


def rewrite_all(session: Session, progress: Progress | None) -> int:
    """Make everybody's keyword table anew from their memories; returns how many there are."""
    done = 0
    total = session.exec(select(func.count()).select_from(MemoryRow)).one()
    for user_id in list(session.exec(select(UserRow.id))):
        keywords.drop(session, user_id)
        keywords.create(session, user_id)
        in_order = Rows(session, user_id).select(MemoryRow).order_by(col(MemoryRow.seq))
        for row in list(session.exec(in_order)):
            write(session, row)
            done += 1
            if progress:
                progress(done, total)
    return done
