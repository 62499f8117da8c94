"""Keys with which a user's programs come in over HTTP. A key is "zhiji_" and a token of 256 bits; the database has its SHA-256.

What a key may do is its scopes: `read` looks, `chat` talks (and is remembered, as far as the user lets it), `write` adds,
changes and forgets, `watch` sees how the server goes, if it is an owner's. It ends when it is revoked, when the user's password
changes, their account is removed or everything of theirs erased, and when a backup is restored.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlmodel import col, select, update

from memory.errors import BadInput, NotFound
from memory.kinds import checked
from memory.language.text import clean_text
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import ApiKeyRow, UserRow, utc_now
from memory.store import User

Scope = Literal["read", "chat", "write", "watch"]
SCOPES: Sequence[Scope] = get_args(Scope)
USUAL: Sequence[Scope] = ("read", "chat", "write")
BEGINS = "zhiji_"
MOST = 100
"""Of one user."""
USED_EACH = timedelta(minutes=1)
"""How exactly it is known when a key was last used: a write for each request would be too many."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: str
    user: str
    label: str
    scopes: Sequence[Scope]
    created_at: datetime
    used_at: datetime | None = None


@checked
class ApiKeys:
    """One user's. Another's ids are simply not found here."""

    def __init__(self, database: Database, user: User) -> None:
        self._database = database
        self._user = user

    def list(self) -> Sequence[ApiKey]:
        """Oldest first."""
        with self._database.read() as session:
            oldest_first = Rows(session, self._user.id).select(ApiKeyRow).order_by(col(ApiKeyRow.created_at))
            return [_to_key(row, self._user.name) for row in session.exec(oldest_first)]

    def add(self, label: str, scopes: Collection[str] = USUAL) -> tuple[ApiKey, str]:
        """A new key and, this once, what the program sends. Raises BadInput."""
        label = clean_text(label, max_chars=100, what="label")
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            said = f"There is no scope {unknown[0]!r}" if unknown else "A key without a scope may do nothing"
            raise BadInput(f"{said}; there is {', '.join(SCOPES)}.")
        token = BEGINS + secrets.token_urlsafe(32)
        row = ApiKeyRow(
            user_id=self._user.id,
            label=label,
            token=_digest(token),
            scopes=" ".join(scope for scope in SCOPES if scope in scopes),
            created_at=utc_now(),
        )
        with self._database.write() as session:
            if Rows(session, self._user.id).count(ApiKeyRow) >= MOST:
                raise BadInput(f"There are {MOST} keys. Revoke one that is not used.")
            session.add(row)
        return _to_key(row, self._user.name), token

    def revoke(self, key_id: str) -> None:
        """From now on it opens nothing. Raises NotFound."""
        with self._database.write() as session:
            if not Rows(session, self._user.id).delete(ApiKeyRow, ApiKeyRow.id == key_id):
                raise NotFound("There is no such key.")


def key_of(database: Database, token: str) -> ApiKey | None:
    """Which key `token` is, or `None`."""
    now = utc_now()
    found = select(ApiKeyRow, UserRow.name).where(ApiKeyRow.token == _digest(token), ApiKeyRow.user_id == UserRow.id)
    with database.read() as session:
        row = session.exec(found).first()
    if row is None:
        return None
    key, name = row
    if key.used_at is None or now - key.used_at > USED_EACH:
        database.note(update(ApiKeyRow).where(col(ApiKeyRow.id) == key.id).values(used_at=now))
    return _to_key(key, name)


def _to_key(row: ApiKeyRow, user: str) -> ApiKey:
    scopes: Sequence[Scope] = row.scopes.split()  # type: ignore[assignment]
    return ApiKey(row.id, user, row.label, scopes, row.created_at, row.used_at)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
