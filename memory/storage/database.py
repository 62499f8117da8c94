"""The SQLite database: opening it safely, transactions, migrations, and errors a person can act on.

`read()` and `write()` give short sessions; a write holds SQLite's write lock from its first statement
(`BEGIN IMMEDIATE`), so it never fails half-way for want of it. Sessions never stay open while a model runs.

WAL with `synchronous=FULL` keeps every acknowledged commit, also through a power cut where the disk honours fsync;
`secure_delete` overwrites what is deleted. See https://sqlite.org/pragma.html. One that is encrypted
(`memory.storage.encryption`) is the same, through SQLCipher.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, QueuePool, UpdateBase, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import Session

from memory.errors import (
    BadInput,
    DatabaseDamaged,
    DiskFull,
    FolderUnusable,
    SchemaTooNew,
    SchemaTooOld,
    StoreError,
    ZhijiError,
    database_errors,
)
from memory.storage import encryption
from memory.storage.migrations import REVISIONS
from memory.storage.tables import UserRow

BUSY_TIMEOUT_MS = 30_000
CHECKPOINT_TIMEOUT_MS = 1_000
ANALYZED_ROWS = 400
"""Of each index: enough to tell one that is worth while (https://sqlite.org/lang_analyze.html)."""


T = TypeVar("T")
AT_ONCE = 500
"""How many rows a statement names, or are held at a time."""


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at a time as a statement may name."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


class Database:
    """One SQLite file. `read_only` opens an existing one beside a running Zhiji, for exports and look-ups."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.read_only = read_only
        if read_only and not path.exists():
            raise FolderUnusable(f"There is no {path.name} in {path.parent}: nothing has been remembered there yet.")
        self._writing = threading.RLock()
        self.changes = 0
        """How many writes were committed: with the same number before and after, two reads saw the same."""
        key = encryption.key_of(path)
        self.encrypted = key is not None
        self._check_sound(key)
        self.engine = _engine(path, key, read_only=read_only)
        try:
            with self._translated():
                self._migrate()
                if not read_only:
                    self._analyze()
        except BaseException:
            self.engine.dispose()
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session that sees one consistent state."""
        with self._translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that holds the write lock; it commits at the end, or changes nothing if anything raises."""
        options = self.engine.execution_options(zhiji_write=True)
        with (
            self._writing,
            self._translated(),
            Session(options, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
        self.changes += 1

    def note(self, statement: UpdateBase) -> None:
        """Write what does not matter much: nobody waits for it, and where it cannot be done it is left."""
        if not self._writing.acquire(blocking=False):
            return
        try:
            with suppress(ZhijiError), self.write() as session:
                session.exec(statement)
        finally:
            self._writing.release()

    def compact(self) -> None:
        """Rewrite the file without what was deleted, and empty the write-ahead log. Raises StoreError if a reader
        keeps the log from being emptied."""
        with self._writing, self._translated(), self.engine.connect() as connection:
            raw: sqlite3.Connection = connection.connection.dbapi_connection  # type: ignore[assignment]
            _analyze(raw)  # some builds of SQLite keep samples of what is in an index
            raw.execute("VACUUM")
            raw.execute(f"PRAGMA busy_timeout = {CHECKPOINT_TIMEOUT_MS}")
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            raw.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        if busy:
            raise StoreError("Another program is reading the database, so what was forgotten is still in its log.")

    def close(self) -> None:
        if not self.read_only:
            self._analyze()
        self.engine.dispose()

    def _analyze(self) -> None:
        """Let SQLite know how many rows a value of an index has. Without it, it takes the index of the users, who may be one,
        for as good as that of a conversation, and an export of 200,000 messages reads all of them for each of its conversations
        (230 s instead of 10). It is for speed alone: where it cannot be done, nothing is lost."""
        with suppress(StoreError), self._writing, self._translated(), self.engine.connect() as connection:
            _analyze(connection.connection.dbapi_connection)  # type: ignore[arg-type]

    def _check_sound(self, key: encryption.Key | None) -> None:
        """By a connection that only reads: another would, when it closes, write what its log has into a damaged file."""
        size = _size(self.path)
        if size == 0 and (_size(_wal(self.path)) or (self.path.parent / "index").exists()):
            raise DatabaseDamaged(_damaged(self.path))
        if not size:
            return
        with self._translated(), closing(encryption.connect(self.path, "mode=ro", key=key)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != ("ok",):
            raise DatabaseDamaged(_damaged(self.path))

    def _migrate(self) -> None:
        found = self._revision()
        if found == REVISIONS[-1]:
            return
        if found is not None and found not in REVISIONS:
            raise SchemaTooNew(
                f"{self.path} was written by a newer Zhiji (schema {found}; this one knows {REVISIONS[-1]}). Update Zhiji."
            )
        if self.read_only:
            raise SchemaTooOld(f"{self.path} needs an update of its tables. Start Zhiji once, then try again.")
        from memory.storage.migrations.run import upgrade  # alembic takes 0.4 s to import and is seldom needed

        with self._writing, self.engine.execution_options(zhiji_write=True).begin() as connection:
            upgrade(connection)

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            names = "SELECT name FROM sqlite_master WHERE type = 'table'"
            tables = set(connection.exec_driver_sql(names).scalars())
            if "alembic_version" not in tables:
                if tables:
                    raise DatabaseDamaged(f"{self.path} is not a Zhiji database. Choose another data folder.")
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _explain(error.orig, self.path) from error
        except database_errors() as error:
            raise _explain(error, self.path) from error
        except UnicodeEncodeError as error:
            raise BadInput("That holds broken characters (lone surrogates), so it names nothing here.") from error
        except SQLAlchemyError as error:
            if isinstance(error.__cause__, ZhijiError):
                raise error.__cause__ from error
            raise


def _analyze(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA analysis_limit = {ANALYZED_ROWS}")
    for table in UserRow.metadata.tables:
        connection.execute(f'ANALYZE "{table}"')


def _engine(path: Path, key: encryption.Key | None, *, read_only: bool) -> Engine:
    def connect() -> sqlite3.Connection:
        return encryption.connect(path, "mode=ro" if read_only else "", key=key)

    engine = create_engine(
        "sqlite://",
        module=encryption.driver(key),
        creator=connect,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=64,
        hide_parameters=True,  # an error's text may come into a log
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, or DDL would commit by itself
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("zhiji_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def _size(path: Path) -> int | None:
    """In bytes; `None` if it is not there."""
    return path.stat().st_size if path.exists() else None


def _damaged(path: Path) -> str:
    return f"{path} is damaged. It was left as it is. `zhiji restore FILE` puts a backup in its place."


def _explain(error: BaseException | None, path: Path) -> ZhijiError:
    """What SQLite's complaint means to a person; codes from https://sqlite.org/rescode.html."""
    said = str(error)
    if "disk is full" in said or "disk I/O error" in said:
        return DiskFull(
            f"The disk that holds {path.parent} is full. Nothing was changed. Free some space and try again."
        )
    if "readonly" in said or "unable to open" in said or "permission" in said.lower():
        return FolderUnusable(
            f"{path.parent} cannot be written. Give yourself write access, or set another data folder."
        )
    if "not a database" in said or "malformed" in said:
        return DatabaseDamaged(_damaged(path))
    if "locked" in said or "busy" in said:
        return StoreError(f"{path} has been busy for {BUSY_TIMEOUT_MS // 1000} s. Try again.")
    return StoreError(f"The database refused: {type(error).__name__}. Run `zhiji doctor`.")
