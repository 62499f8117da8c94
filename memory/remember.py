"""The one way memories are written and dropped. Every function works inside the caller's transaction.

A memory is three things in SQLite: its row, its keyword entry, and a note in the outbox that its vector is to be
looked at again. They are written together, so a search never sees one without the others. Forgetting, which also takes what
was made from a memory, is `memory.forget`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, update

from memory.language import stemming
from memory.privacy import receipts
from memory.search import entries, keywords
from memory.storage import personal
from memory.storage.rows import Rows
from memory.storage.tables import MemoryRow, OutboxRow, PersonalRow, RecallRow, UserRow, utc_now


def insert(session: Session, row: MemoryRow, *, before: str | None = None) -> None:
    """Write a memory that is new; `before` is the text of the turn before, if the caller has it."""
    insert_all(session, [row], before=before)


def insert_all(session: Session, new: Sequence[MemoryRow], *, before: str | None = None) -> None:
    """As `insert`, of memories with the same turn before them, or none (""), which is faster than each by itself."""
    words = {row.id: stemming.words(row.text) for row in new}
    for row in new:
        row.recorded_at = row.recorded_at or utc_now()
        row.words = 0 if stemming.is_greeting(row.text) else len(words[row.id])
    session.add_all(new)
    session.flush()
    for row in new:
        entries.write(session, row, words[row.id], before=before)


def replace_text(session: Session, row: MemoryRow, text: str) -> None:
    """Give a memory another text; its vector is made anew in the background and the old one purged."""
    receipts.note(session, [row], stays=True, now=text)
    row.text, row.vector, row.tokens, row.embedder = text, None, None, None
    row.words = len(stemming.content_words(text))
    session.add(row)
    session.flush()
    entries.write(session, row)
    rows = Rows(session, row.user_id)
    following = followers(rows, [row.id])
    _unquote(rows, following)
    for follower in following:
        entries.write(session, follower)
    mark_purge(session, row.user_id)


def drop(session: Session, user_id: str, memories: Sequence[MemoryRow], *, purge: bool = True) -> None:
    """Remove memories from the store, leaving the messages they came from as they are.

    Without `purge` their traces in the index's files stay until the next one: for what is replaced, not forgotten.
    """
    if not memories:
        return
    rows = Rows(session, user_id)
    ids = [memory.id for memory in memories]
    following = [row for row in followers(rows, ids) if row.id not in ids]
    keywords.remove(session, user_id, [memory.seq for memory in memories if memory.seq is not None])
    drop_parts(rows, MemoryRow, ids)
    if purge:
        receipts.note(session, memories)
    for memory in memories:
        session.delete(memory)
        session.add(OutboxRow(user_id=user_id, memory_id=memory.id))
    session.flush()
    _unquote(rows, following)
    for follower in following:
        follower.previous_id = None
        session.add(follower)
        entries.write(session, follower)
    if purge:
        mark_purge(session, user_id)


def drop_parts(rows: Rows, whole: type[PersonalRow], ids: Sequence[str]) -> None:
    """Remove the rows that cannot be without these of `whole`, as the registry has them."""
    for table, column in personal.parts_of(whole):
        of_them = col(getattr(table.row, column)).in_(ids)
        if table.row in receipts.COUNTED:
            receipts.note(rows.session, rows.select(table.row, of_them))
        rows.delete(table.row, of_them)


def mark_purge(session: Session, user_id: str) -> None:
    """Have what was erased in this transaction rewritten out of the files."""
    session.exec(update(UserRow).where(col(UserRow.id) == user_id).values(purge_due=UserRow.purge_due + 1))


def previous_of(session: Session, user_id: str, speaker: str | None, occurred_at: datetime) -> str | None:
    """The memory that was said just before, for one added outside a chat: the newest, if within an hour."""
    if speaker is None:
        return None
    newest = session.exec(Rows(session, user_id).select(MemoryRow).order_by(col(MemoryRow.seq).desc()).limit(1)).first()
    if newest is None or newest.message_id or newest.speaker is None:
        return None
    return newest.id if abs((occurred_at - newest.occurred_at).total_seconds()) <= 3600 else None


def followers(rows: Rows, memory_ids: Sequence[str]) -> list[MemoryRow]:
    """The memories of what was said right after these."""
    return rows.all(MemoryRow, col(MemoryRow.previous_id).in_(memory_ids))


def _unquote(rows: Rows, memories: Sequence[MemoryRow]) -> None:
    """Drop the reasons noted when these were recalled: they may quote the turn before."""
    rows.update(RecallRow, col(RecallRow.memory_id).in_([memory.id for memory in memories]), why="[]")
