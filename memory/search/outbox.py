"""What waits in SQLite for the indexer: changed memories, and users whose files are to be rewritten after something was
forgotten. Both outlive a crash."""

from collections.abc import Mapping, Sequence

from sqlmodel import col, delete, select, update

from memory.storage.database import Database
from memory.storage.tables import OutboxRow, UserRow


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
