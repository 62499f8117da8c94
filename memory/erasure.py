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

from sqlmodel import Session, col, select

from memory import conversations, documents, forget, remember
from memory.errors import BadInput, NotFound
from memory.kinds import aware, checked
from memory.privacy import receipts
from memory.privacy.receipts import Found, Progress, Receipt, Scan
from memory.storage import backup, personal
from memory.storage.data_folder import DATABASE, INDEX
from memory.storage.database import AT_ONCE, Database, batches
from memory.storage.personal import No
from memory.storage.rows import Condition, Rows
from memory.storage.tables import (
    ConversationRow,
    DocumentRow,
    ErasureRow,
    FactRow,
    FeedbackRow,
    MemoryRow,
    MessageRow,
    PersonalRow,
    ReminderRow,
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


@checked
class Erasures:
    """Of one user."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def between(self, since: datetime | None, until: datetime | None) -> Mapping[str, int]:
        """Forget for good what was said, noted, learned, uploaded and rated, and the reminders set, from `since` until before
        `until` (`None`: without a bound), and the replies that may repeat it; returns how many of what. Raises BadInput for a
        range that is none."""
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
    with database.read() as session:
        newest_first = Rows(session, user.id).select(ErasureRow).order_by(col(ErasureRow.seq).desc())
        return [
            Erasure(row.id, row.what, _counts(row.counts), row.erased_at)  # type: ignore[arg-type]
            for row in session.exec(newest_first)
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
    """Within the caller's transaction: all that the registry has dated (`memory.storage.personal`)."""
    rows = Rows(session, user.id)
    for table in personal.PERSONAL:
        if not isinstance(table.dated, No):
            _ERASE_DATED[table.row](rows, user, list(_range(getattr(table.row, table.dated), since, until)))
    remember.mark_purge(session, user.id)


def _erase_documents(rows: Rows, user: User, within: Sequence[Condition]) -> None:
    for document in rows.all(DocumentRow, *within):
        documents.erase(rows.session, user.id, document)


def _erase_messages(rows: Rows, user: User, within: Sequence[Condition]) -> None:
    """A whole conversation if all of it was said in the range, else the words of what was."""
    talks = rows.session.exec(rows.column(MessageRow, MessageRow.conversation_id, *within).distinct())
    for conversation_id in list(talks):
        of_it = MessageRow.conversation_id == conversation_id
        ids = list(rows.session.exec(rows.column(MessageRow, MessageRow.id, of_it, *within)))
        if len(ids) == rows.count(MessageRow, of_it):
            conversation = rows.session.exec(rows.select(ConversationRow, ConversationRow.id == conversation_id)).one()
            conversations.erase(rows.session, user, conversation)
        else:
            for some in batches(ids):
                conversations.forget_messages(rows.session, user.id, some)


def _erase_memories(rows: Rows, user: User, within: Sequence[Condition]) -> None:
    for some in batches(list(rows.session.exec(rows.column(MemoryRow, MemoryRow.id, *within)))):
        there = rows.column(MemoryRow, MemoryRow.id, col(MemoryRow.id).in_(some))  # forgetting one may take others
        forget.memories(rows.session, user.id, list(rows.session.exec(there)))


def _erase_facts(rows: Rows, user: User, within: Sequence[Condition]) -> None:
    forget.facts(rows.session, user.id, rows.all(FactRow, *within))


def _erase_ratings(rows: Rows, _: User, within: Sequence[Condition]) -> None:
    receipts.note(rows.session, rows.select(FeedbackRow, *within))
    rows.delete(FeedbackRow, *within)


def _erase_reminders(rows: Rows, _: User, within: Sequence[Condition]) -> None:
    receipts.note(rows.session, rows.select(ReminderRow, *within))
    rows.delete(ReminderRow, *within)


_ERASE_DATED: Mapping[type[PersonalRow], Callable[[Rows, User, Sequence[Condition]], None]] = {
    DocumentRow: _erase_documents,
    MessageRow: _erase_messages,
    MemoryRow: _erase_memories,
    FactRow: _erase_facts,
    FeedbackRow: _erase_ratings,
    ReminderRow: _erase_reminders,
}
"""Each takes along what was made from its rows."""


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
                contents = [b"\n".join(receipts.contents(row)) for row in rows]
                if next(scan.find(b"\n".join(contents)), None) is None:
                    continue
                for row, content in zip(rows, contents, strict=True):
                    pieces = {piece for _, piece in scan.find(content)}
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


def _range(column: Any, since: datetime | None, until: datetime | None) -> Iterator[Condition]:
    if since:
        yield col(column) >= since
    if until:
        yield col(column) < until
