"""One user's profile: facts set by hand, each with when it held. A new value supersedes the old one and keeps it."""

import re
from collections.abc import Sequence

from sqlmodel import Session, col, select

from memory import remember
from memory.errors import BadInput, NotFound
from memory.store import Store, User
from memory.tables import FactRow, utc_now
from memory.text import clean_text
from memory.types import Fact

_KEY = re.compile(r"[a-z][a-z0-9_]{0,31}")
MAX_VALUE_CHARS = 500


class Profile:
    """Keys are lower-case words such as `name`, `home`, `job`, `diet`, `likes`, `dislikes`, `allergies`, or your own.

    A key holds one value at a time; several things go into one value: `set("allergies", "peanuts, shellfish")`.
    """

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def facts(self) -> Sequence[Fact]:
        """The facts that hold now, in the order they were set."""
        return self._facts(active=True)

    def get(self, key: str) -> Fact | None:
        """The fact of `key` that holds now, or `None` if there is none."""
        return next((fact for fact in self.facts() if fact.key == _checked_key(key)), None)

    def history(self, key: str) -> Sequence[Fact]:
        """Every fact there was for `key`, oldest first."""
        key = _checked_key(key)
        return [fact for fact in self._facts(active=False) if fact.key == key]

    def set(self, key: str, value: str) -> Fact:
        """Set `key` to `value`; the value before, if it differs, becomes history. Raises BadInput."""
        key, value = _checked_key(key), clean_text(value, max_chars=MAX_VALUE_CHARS, what="value")
        now = utc_now()
        with self._store.database.write() as session:
            for old in self._rows(session, active=True):
                if old.key == key and old.value == value:
                    return _to_fact(old)
                if old.key == key:
                    old.status, old.valid_to = "superseded", now
                    session.add(old)
            row = FactRow(user_id=self._user.id, key=key, value=value, valid_from=now, recorded_at=now)
            session.add(row)
            session.flush()
            return _to_fact(row)

    def forget(self, fact_id: str) -> None:
        """Erase a fact for good, whether it still holds or is history. Raises NotFound."""
        with self._store.database.write() as session:
            row = session.exec(select(FactRow).where(FactRow.user_id == self._user.id, FactRow.id == fact_id)).first()
            if row is None:
                raise NotFound("There is no such fact. List them with `profile.facts()`.")
            session.delete(row)
            remember.mark_purge(session, self._user.id)
        self._store.indexer.wake()

    def _facts(self, *, active: bool) -> list[Fact]:
        with self._store.database.read() as session:
            return [_to_fact(row) for row in self._rows(session, active=active)]

    def _rows(self, session: Session, *, active: bool) -> list[FactRow]:
        mine = select(FactRow).where(FactRow.user_id == self._user.id)
        if active:
            mine = mine.where(FactRow.status == "active")
        return list(session.exec(mine.order_by(col(FactRow.seq))))


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise BadInput(f"{key[:40]!r} is not a profile key: use up to 32 of a-z, 0-9 and '_', beginning with a letter.")
    return key


def _to_fact(row: FactRow) -> Fact:
    return Fact(
        id=row.id,
        key=row.key,
        value=row.value,
        status=row.status,  # type: ignore[arg-type]
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        quote=row.quote,
        message_id=row.message_id,
    )
