"""Forgetting by time, what was erased so far, and whether it is gone (see `memory.privacy.receipts`).

Single things are forgotten where they are kept: `memories.forget`, `profile.forget`, `conversations.delete` and `.forget`,
`documents.forget`.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, col, func, select

from memory import conversations, documents, remember
from memory.errors import BadInput, NotFound
from memory.memories import aware
from memory.privacy import receipts
from memory.privacy.receipts import Found, Progress, Receipt, Scan
from memory.storage import backup
from memory.storage.data_folder import DATABASE, INDEX
from memory.storage.database import AT_ONCE, Database, batches
from memory.storage.tables import (
    ConversationRow,
    DocumentRow,
    ErasureRow,
    FactRow,
    FeedbackRow,
    MemoryRow,
    MessageRow,
    utc_now,
)
from memory.store import Store, User


@dataclass(frozen=True, slots=True)
class Erasure:
    """That something was erased: how many of what, and when."""

    id: str
    what: receipts.What
    counts: Mapping[str, int]
    erased_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of a check: `left` is what was erased and is still on the disk; `said_elsewhere` how many pieces of it also stand in
    what was said at another time and is still remembered; `older_backups` those that were made before it was erased."""

    left: Sequence[Found]
    said_elsewhere: int
    searched: int
    bytes: int
    older_backups: Sequence[Path] = ()

    @property
    def gone(self) -> bool:
        return not self.left


class Erasures:
    """Of one user."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def between(self, since: datetime | None, until: datetime | None) -> Mapping[str, int]:
        """Forget for good what was said, noted, learned, uploaded and rated from `since` until before `until` (`None`: without
        a bound), and the replies that may repeat it; returns how many of what. Raises BadInput for a range that is none."""
        since, until = _checked(since, until)
        with self._store.erasing(self._user, "time range") as session:
            erase_between(session, self._user, since, until)
            return receipts.counts(session)

    def preview(self, since: datetime | None, until: datetime | None) -> Mapping[str, int]:
        """How many of what `between` would forget; nothing is changed."""
        since, until = _checked(since, until)
        return rehearse(self._store, lambda session: erase_between(session, self._user, since, until))

    def list(self) -> Sequence[Erasure]:
        """The latest first."""
        return erasures_of(self._store.database, self._user)

    def receipts(self) -> Sequence[Receipt]:
        """Of what was erased since the store was opened, the latest last; `receipt.dump()` is what to keep."""
        return self._store.receipts(self._user)

    def receipt(self, erasure_id: str) -> Receipt:
        """Raises NotFound: a receipt is never written to the disk by Zhiji, and ends with the process."""
        for receipt in self.receipts():
            if receipt.id == erasure_id:
                return receipt
        raise NotFound("There is no such receipt any more. It is kept until Zhiji is closed; save it before that.")


def erasures_of(database: Database, user: User) -> Sequence[Erasure]:
    """What was erased of a user, the latest first."""
    mine = select(ErasureRow).where(ErasureRow.user_id == user.id).order_by(col(ErasureRow.seq).desc())
    with database.read() as session:
        return [
            Erasure(row.id, row.what, _counts(row.counts), row.erased_at)  # type: ignore[arg-type]
            for row in session.exec(mine)
        ]


def _counts(text: str) -> Mapping[str, int]:
    """An archive may have brought any."""
    found = json.loads(text)
    named = ((kind, found.get(kind)) for kind in receipts.COUNTED.values()) if isinstance(found, dict) else ()
    return {kind: number for kind, number in named if isinstance(number, int)}


def rehearse(store: Store, work: Callable[[Session], None]) -> Mapping[str, int]:
    """What `work` would erase, by doing it and taking it back."""
    counts: dict[str, int] = {}
    try:
        with store.database.write() as session, receipts.collecting(session) as gone:
            work(session)
            counts = gone.counts
            raise _TakenBack
    except _TakenBack:
        return counts


class _TakenBack(Exception):
    pass


def erase_between(session: Session, user: User, since: datetime | None, until: datetime | None) -> None:
    """Within the caller's transaction."""
    for document in _within(session, user, DocumentRow, "added_at", since, until):
        documents.erase(session, user.id, document)
    inside = select(MessageRow.conversation_id).where(*_range(MessageRow, "occurred_at", user, since, until)).distinct()
    for conversation_id in list(session.exec(inside)):
        _erase_of_conversation(session, user, conversation_id, since, until)
    for memories in batches(_within(session, user, MemoryRow, "occurred_at", since, until)):
        there = select(MemoryRow.id).where(col(MemoryRow.id).in_([memory.id for memory in memories]))
        remember.forget(session, user.id, list(session.exec(there)))
    facts = _within(session, user, FactRow, "recorded_at", since, until)
    remember.unlearn_facts(session, user.id, facts)
    ratings = _within(session, user, FeedbackRow, "rated_at", since, until)
    receipts.note(session, ratings)
    for rating in ratings:
        session.delete(rating)
    remember.mark_purge(session, user.id)


def _erase_of_conversation(
    session: Session, user: User, conversation_id: str, since: datetime | None, until: datetime | None
) -> None:
    """The whole of it if all was said in the range, else the words of what was."""
    of_it = MessageRow.user_id == user.id, MessageRow.conversation_id == conversation_id
    ids = list(
        session.exec(select(MessageRow.id).where(*of_it, *_range(MessageRow, "occurred_at", user, since, until)))
    )
    if len(ids) == session.exec(select(func.count()).select_from(MessageRow).where(*of_it)).one():
        row = session.exec(select(ConversationRow).where(ConversationRow.id == conversation_id)).one()
        conversations.erase(session, user, row)
    else:
        for some in batches(ids):
            conversations.forget_messages(session, user.id, some)


def is_of(database: Database, receipt: Receipt) -> bool:
    """Whether a receipt is of something that was erased in this database."""
    with database.read() as session:
        return session.exec(select(ErasureRow.seq).where(ErasureRow.id == receipt.id)).first() is not None


def verify(
    folder: Path, database: Database, receipt: Receipt, backups: Path | None = None, progress: Progress | None = None
) -> Verdict:
    """Search every file below the data folder for what a receipt says was erased.

    What is found in the database and stands in a row that lives, and is none of those erased, was said at another time: it
    is counted apart. The pages of a database that is encrypted are decrypted for that (`memory.storage.pages`).
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found = receipts.search(files, receipt, progress)
    living, left = _living(database, receipt)
    really = [hit for hit in found if hit.piece not in living or not _may_hold(folder, hit)]
    really += [Found(database.path, 0, piece) for piece in left if piece not in {hit.piece for hit in really}]
    taken = backup.taken(backups, folder) if backups and backups.is_dir() else []
    older = [path for path in taken if backup.age(path) >= utc_now() - receipt.erased_at]
    size = sum(path.stat().st_size for path in files if path.exists())
    return Verdict(really, len(living), len(files), size, older)


def _living(database: Database, receipt: Receipt) -> tuple[set[receipts.Piece], list[receipts.Piece]]:
    """The pieces in rows that live and were not erased, and those in rows that were to be."""
    scan, living, left = Scan(receipt), set[receipts.Piece](), list[receipts.Piece]()
    sources = set(receipt.sources)
    with database.read() as session:
        for table in receipts.COUNTED:
            for rows in session.exec(select(table).execution_options(yield_per=AT_ONCE)).partitions():
                held = [b"\n".join(receipts.held(row)) for row in rows]
                if next(scan.find(b"\n".join(held)), None) is None:
                    continue
                for row, words in zip(rows, held, strict=True):
                    pieces = {piece for _, piece in scan.find(words)}
                    if pieces and scan.hash_of(str(getattr(row, "id", ""))) in sources:
                        left.extend(pieces)
                    else:
                        living |= pieces
                session.expunge_all()
    return living, left


def _may_hold(folder: Path, hit: Found) -> bool:
    """Whether what lives stands in that file: texts and vectors in the database, vectors in the index."""
    return hit.path.name.startswith(DATABASE) or (hit.piece.kind == "vector" and folder / INDEX in hit.path.parents)


def _checked(since: datetime | None, until: datetime | None) -> tuple[datetime | None, datetime | None]:
    """A time without a zone is local."""
    since, until = since and aware(since), until and aware(until)
    if since is None and until is None:
        raise BadInput("Say since when or until when; `erase` is for everything.")
    if since and until and since >= until:
        raise BadInput(f"since ({since:%Y-%m-%d %H:%M}) is not before until ({until:%Y-%m-%d %H:%M}). Swap them.")
    return since, until


def _within(
    session: Session, user: User, table: type[SQLModel], column: str, since: datetime | None, until: datetime | None
) -> list[Any]:
    return list(session.exec(select(table).where(*_range(table, column, user, since, until))))


def _range(
    table: type[SQLModel], column: str, user: User, since: datetime | None, until: datetime | None
) -> Iterator[Any]:
    yield col(table.user_id) == user.id  # type: ignore[attr-defined]
    if since:
        yield col(getattr(table, column)) >= since
    if until:
        yield col(getattr(table, column)) < until
