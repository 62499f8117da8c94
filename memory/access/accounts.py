"""Who may come in from the browser: accounts with a password, and what tells a page that has logged in.

Without an account there is no login, and Zhiji answers this machine alone; with the first, the owner's, everybody logs in.

password   Argon2id (`memory.storage.costs`)
session    a token of 256 bits; the database has its SHA-256. It ends IDLE after its last request, and AT_MOST after its first
throttle   ATTEMPTS a minute for each name and each address; a wrong name takes as long as a wrong password
"""

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlmodel import Session, col, delete, func, select, update

from memory.access.api_keys import ApiKey, key_of
from memory.errors import BadInput, NotAllowed, NotFound, TooOften, WrongPassword
from memory.language.text import clean_user
from memory.storage.costs import PASSWORD, Costs
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import AccountRow, ApiKeyRow, SessionRow, UserRow, new_id, utc_now
from memory.store import Store

Role = Literal["owner", "member"]
MIN_CHARS, MAX_CHARS = 8, 1_000
IDLE, AT_MOST = timedelta(days=7), timedelta(days=30)
SEEN_EACH = timedelta(minutes=1)
"""How exactly it is known when a session was last used: a write for each request would be too many."""
ATTEMPTS, WITHIN_S, MOST_KEYS = 5, 60.0, 10_000
HASHING_AT_ONCE = 2
"""64 MiB each."""


@dataclass(frozen=True, slots=True)
class Account:
    user: str
    role: Role
    created_at: datetime


class Accounts:
    """Of a data folder. `clock` counts seconds, for the throttle; `costs` are those of new passwords."""

    def __init__(self, store: Store, clock: Any = time.monotonic, costs: Costs = PASSWORD) -> None:
        self._store = store
        self._costs = costs
        self.throttle = Throttle(clock)
        self._hashing = threading.BoundedSemaphore(HASHING_AT_ONCE)

    def any(self) -> bool:
        """Whether there is one. Each request asks."""
        with self._store.database.read() as session:
            return session.exec(select(AccountRow.user_id).limit(1)).first() is not None

    def list(self) -> Sequence[Account]:
        return accounts_of(self._store.database)

    def add(
        self, name: str, password: str, role: Role | None = None, *, by: str | None = None, first_only: bool = False
    ) -> Account:
        """An account for a user, who is made if there is none of that name; the first is the owner's. `by`: who asks for it,
        an owner. Raises BadInput, also if `first_only` and there is one; NotAllowed."""
        name, hashed = clean_user(name), self._hash(password)
        with self._store.database.write() as session:
            _check_owner(session, by)
            user = self._store.user_in(session, name)
            if Rows(session, user.id).first(AccountRow):
                raise BadInput(f"{name!r} has an account. `zhiji users passwd {name}` sets another password.")
            first = session.exec(select(func.count()).select_from(AccountRow)).one() == 0
            given: Role = role or ("owner" if first else "member")
            if first_only and not first:
                raise BadInput("Somebody else has set it up meanwhile. Log in.")
            if first and given != "owner":
                raise BadInput("The first account is the owner's.")
            row = AccountRow(user_id=user.id, role=given, password=hashed, created_at=utc_now())
            session.add(row)
        return Account(name, given, row.created_at)

    def set_password(self, name: str, password: str) -> None:
        """And end every session and key of the user's: who knew the old one may have made some. Raises NotFound, BadInput."""
        hashed = self._hash(password)
        with self._store.database.write() as session:
            row = _account(session, name)
            row.password = hashed
            session.add(row)
            _end_all(Rows(session, row.user_id))

    def change_password(self, name: str, old: str, new: str, address: str) -> None:
        """As the user does it. Raises WrongPassword, TooOften, BadInput."""
        self._checked(name, old, address)
        self.set_password(name, new)

    def remove(self, name: str, *, by: str | None = None) -> None:
        """Take an account away, and end its sessions and keys; what is remembered of the user stays (see
        `Assistant.erase`). `by`: who asks for it, an owner. Raises NotFound, NotAllowed, BadInput for the last owner while
        there are others."""
        with self._store.database.write() as session:
            _check_owner(session, by)
            row = _account(session, name)
            others = session.exec(select(AccountRow).where(AccountRow.user_id != row.user_id)).all()
            if row.role == "owner" and others and not any(other.role == "owner" for other in others):
                raise BadInput(f"{name!r} is the only owner. Remove the others first.")
            _end_all(Rows(session, row.user_id))
            session.delete(row)

    def log_in(self, name: str, password: str, address: str) -> str:
        """The token of a new session. Raises WrongPassword for a wrong name or password alike, TooOften."""
        user_id = self._checked(name, password, address)
        token, now = secrets.token_urlsafe(32), utc_now()
        with self._store.database.write() as session:
            session.exec(delete(SessionRow).where(_over(now)))
            session.add(SessionRow(id=new_id(), token=_digest(token), user_id=user_id, created_at=now, seen_at=now))
        return token

    def of(self, token: str) -> Account | None:
        """Whose session it is; `None` if it is none, or over."""
        now = utc_now()
        found = select(UserRow.name, AccountRow, SessionRow).where(
            SessionRow.token == _digest(token),
            SessionRow.user_id == UserRow.id,
            AccountRow.user_id == UserRow.id,
            ~_over(now),
        )
        with self._store.database.read() as session:
            row = session.exec(found).first()
        if row is None:
            return None
        name, account, seen = row
        if now - seen.seen_at > SEEN_EACH:
            self._store.database.note(update(SessionRow).where(col(SessionRow.id) == seen.id).values(seen_at=now))
        return Account(name, account.role, account.created_at)  # type: ignore[arg-type]

    def key(self, token: str) -> ApiKey | None:
        """Which user's key it is, if it is one."""
        return key_of(self._store.database, token)

    def log_out(self, token: str) -> None:
        with self._store.database.write() as session:
            session.exec(delete(SessionRow).where(col(SessionRow.token) == _digest(token)))

    def _checked(self, name: str, password: str, address: str) -> str:
        """Whose name and password they are."""
        keys = f"name {name.casefold()[:100]}", f"address {address}"
        self.throttle.attempt(*keys)
        with self._store.database.read() as session:
            row = session.exec(select(AccountRow).where(AccountRow.user_id == UserRow.id, UserRow.name == name)).first()
        if not self._fits(row.password if row else _nobodys(self._costs), password) or row is None:
            raise WrongPassword("That name and password do not go together.")
        self.throttle.take_back(*keys)
        return row.user_id

    def _hash(self, password: str) -> str:
        if not MIN_CHARS <= len(password) <= MAX_CHARS:
            raise BadInput(f"A password has at least {MIN_CHARS} characters, and at most {MAX_CHARS:,}.")
        with self._hashing:
            return str(_hasher(self._costs).hash(password))

    def _fits(self, hashed: str, password: str) -> bool:
        from argon2.exceptions import Argon2Error

        with self._hashing:
            try:
                return bool(_hasher(self._costs).verify(hashed, password[: MAX_CHARS + 1]))
            except (Argon2Error, UnicodeEncodeError):
                return False


class Throttle:
    """At most ATTEMPTS within WITHIN_S for each key. With MOST_KEYS at once nobody new gets one until some are over."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tried: OrderedDict[str, list[float]] = OrderedDict()

    def attempt(self, *keys: str) -> None:
        """Raises TooOften, and then does not count."""
        now = self._clock()
        with self._lock:
            while self._tried and now - next(iter(self._tried.values()))[-1] >= WITHIN_S:
                self._tried.popitem(last=False)  # the newest attempt of each key is in order
            tried = [[at for at in self._tried.get(key, ()) if now - at < WITHIN_S] for key in keys]
            fullest = max(tried, key=len)
            if len(fullest) >= ATTEMPTS or len(self._tried) + len(keys) > MOST_KEYS:
                wait_s = WITHIN_S - (now - fullest[0]) if fullest else WITHIN_S
                raise TooOften(f"That was tried too often. Wait {max(1, round(wait_s))} seconds.")
            for key, times in zip(keys, tried, strict=True):
                self._tried[key] = [*times, now]
                self._tried.move_to_end(key)

    def take_back(self, *keys: str) -> None:
        """The last attempt was none."""
        with self._lock:
            for key in keys:
                times = self._tried.pop(key, [])[:-1]
                if times:
                    self._tried[key] = times
                    self._tried.move_to_end(key, last=False)  # its newest is older now


def accounts_of(database: Database) -> Sequence[Account]:
    """By name."""
    found = select(UserRow.name, AccountRow.role, AccountRow.created_at).where(AccountRow.user_id == UserRow.id)
    with database.read() as session:
        return [Account(*row) for row in session.exec(found.order_by(col(UserRow.name)))]  # type: ignore[arg-type]


def _check_owner(session: Session, name: str | None) -> None:
    """Now, within the transaction that is to be theirs. `None` is whoever runs the command line."""
    if name is not None:
        role = select(AccountRow.role).where(AccountRow.user_id == UserRow.id, UserRow.name == name)
        if session.exec(role).first() != "owner":
            raise NotAllowed("Only an owner can do that.")


def _account(session: Session, name: str) -> AccountRow:
    row = session.exec(select(AccountRow).where(AccountRow.user_id == UserRow.id, UserRow.name == name)).first()
    if row is None:
        raise NotFound(f"{name!r} has no account. `zhiji users list` shows who has.")
    return row


def _end_all(rows: Rows) -> None:
    """Every session and every key of a user's."""
    rows.delete(SessionRow)
    rows.delete(ApiKeyRow)


def _over(now: datetime) -> Any:
    return (col(SessionRow.seen_at) <= now - IDLE) | (col(SessionRow.created_at) <= now - AT_MOST)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher(costs: Costs) -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher(costs.time, costs.memory_kib, costs.lanes)


@cache
def _nobodys(costs: Costs) -> str:
    """A hash that no password has, to be compared with when there is no such account."""
    return str(_hasher(costs).hash(secrets.token_hex(32)))
