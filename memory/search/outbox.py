"""What waits in SQLite for the indexer: changed memories, and users whose files are to be rewritten after something was
forgotten. Both outlive a crash."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, delete, select, update

from memory.storage.database import Database
from memory.storage.tables import OutboxRow, UserRow


@dataclass(frozen=True, slots=True)
class Due:
    """What there is to do: changes that wait, counted up to a batch, something to be rewritten out of the files, and memories
    without a vector; `other_embedder` embedded some."""

    changes: int
    purge: bool
    vectors: bool
    other_embedder: str | None


def due(database: Database, embedder: str, batch: int) -> Due:
    """In one statement: an indexer asks after every message, and mostly there is nothing."""
    with database.read() as session:
        found = session.connection().exec_driver_sql(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT ?)), EXISTS (SELECT 1 FROM user WHERE purge_due > 0), "
            "EXISTS (SELECT 1 FROM memory WHERE embedder IS NULL), (SELECT embedder FROM memory WHERE embedder != ? LIMIT 1)",
            (batch, embedder),
        )
        changes, purge, vectors, other = found.one()
    return Due(changes, bool(purge), bool(vectors), other)


def batch(database: Database, number: int) -> Sequence[OutboxRow]:
    """The oldest changes, so many at most."""
    with database.read() as session:
        return list(session.exec(select(OutboxRow).order_by(col(OutboxRow.seq)).limit(number)))


def by_user(changes: Sequence[OutboxRow]) -> Mapping[str, set[str]]:
    """The ids of the changed memories of each user."""
    found: dict[str, set[str]] = {}
    for change in changes:
        found.setdefault(change.user_id, set()).add(change.memory_id)
    return found


def remove(database: Database, changes: Sequence[OutboxRow]) -> None:
    with database.write() as session:
        session.exec(delete(OutboxRow).where(col(OutboxRow.seq).in_([change.seq for change in changes])))


def due_for_purge(database: Database) -> Sequence[UserRow]:
    with database.read() as session:
        return list(session.exec(select(UserRow).where(UserRow.purge_due > 0)))


def purged(database: Database, user: UserRow) -> None:
    """Take a user's mark away; a forget that came meanwhile has raised the number, and keeps it."""
    with database.write() as session:
        same = col(UserRow.id) == user.id, col(UserRow.purge_due) == user.purge_due
        session.exec(update(UserRow).where(*same).values(purge_due=0))
