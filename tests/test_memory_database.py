import multiprocessing
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlmodel import SQLModel

import memory.storage.migrations
import memory.storage.tables
from memory.errors import DatabaseDamaged, FolderLocked, FolderUnusable, SchemaTooNew, SchemaTooOld
from memory.memories import Memories
from memory.profile import Profile
from memory.storage.data_folder import DATABASE, locked
from memory.storage.database import Database
from memory.storage.migrations import REVISIONS
from memory.storage.migrations.run import upgrade
from memory.store import Store, find_user, open_read_only
from tests.support import HashEmbedder, files_holding


def test_the_migrations_make_the_tables_of_the_code(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.sqlite3")
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
    database.close()


def test_every_revision_is_listed_in_order() -> None:
    scripts = ScriptDirectory(str(Path(memory.storage.migrations.__file__).parent))
    assert tuple(script.revision for script in reversed(list(scripts.walk_revisions()))) == REVISIONS


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic.operations import Operations

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(Operations, "create_index", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        Database(tmp_path / "x.sqlite3")
    monkeypatch.undo()
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    with sqlite3.connect(tmp_path / "x.sqlite3") as connection:
        assert connection.execute(tables).fetchall() == []
    connection.close()
    Database(tmp_path / "x.sqlite3").close()


def test_commits_are_durable_and_deletes_are_overwritten(store: Store) -> None:
    with store.database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1}


@pytest.mark.parametrize("damage", ["header", "middle", "text"])
def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    store = Store(tmp_path, HashEmbedder)
    memories = Memories(store, store.user("mei"))
    for n in range(200):
        memories.add(f"memory number {n} " + "x" * 500)
    store.close()
    path = tmp_path / DATABASE
    content = bytearray(path.read_bytes())
    if damage == "header":
        content[:100] = os.urandom(100)
    elif damage == "middle":
        content[4096 : len(content) // 2] = os.urandom(len(content) // 2 - 4096)
    else:
        content = bytearray(b"this is no database at all, sorry" * 200)
    path.write_bytes(content)
    with pytest.raises(DatabaseDamaged, match="backup"):
        Store(tmp_path, HashEmbedder)
    assert path.read_bytes() == bytes(content)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "x.sqlite3").close()
    with sqlite3.connect(tmp_path / "x.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(SchemaTooNew, match="Update Zhiji"):
        Database(tmp_path / "x.sqlite3")


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.sqlite3") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    with pytest.raises(DatabaseDamaged, match="not a Zhiji database"):
        Database(tmp_path / "x.sqlite3")


def test_a_second_opening_is_refused_and_told_by_whom(tmp_path: Path, store: Store) -> None:
    with pytest.raises(FolderLocked, match=f"process {os.getpid()}"):
        Store(tmp_path / "data", HashEmbedder)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(_try_to_open, [tmp_path / "data"]) == "FolderLocked"
    assert store.user("mei").name == "mei"


def _try_to_open(folder: Path) -> str:
    try:
        Store(folder, HashEmbedder).close()
    except FolderLocked as error:
        return type(error).__name__
    return "opened"


def test_any_folder_name_will_do(tmp_path: Path) -> None:
    odd = tmp_path / "a#b%41?c 数据"
    store = Store(odd, HashEmbedder)
    Memories(store, store.user("mei")).add("hello world of tea")
    store.close()
    assert (odd / DATABASE).exists()
    assert [path.name for path in tmp_path.iterdir()] == [odd.name]
    open_read_only(odd).close()


def test_an_emptied_database_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    Store(tmp_path, HashEmbedder).close()
    (tmp_path / DATABASE).write_bytes(b"")
    with pytest.raises(DatabaseDamaged):
        Store(tmp_path, HashEmbedder)
    assert (tmp_path / DATABASE).read_bytes() == b""


def test_a_purge_that_a_reader_hinders_is_not_called_done(store: Store) -> None:
    memory = Memories(store, store.user("mei")).add("word Quizzaciously word")
    assert store.flush()
    reader = sqlite3.connect(store.folder / DATABASE, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM memory").fetchone()
    Memories(store, store.user("mei")).forget(memory.id)
    assert not store.flush(3)
    assert "still in its log" in str(store.indexer.trouble)
    reader.execute("COMMIT")
    reader.close()
    assert store.flush(30)
    assert files_holding(store.folder, b"Quizzaciously", b"quizzaci") == []


def test_the_log_can_be_read_while_it_is_open_elsewhere(tmp_path: Path, store: Store) -> None:
    Memories(store, store.user("mei")).add("hello world of tea")
    beside = open_read_only(tmp_path / "data")
    assert find_user(beside, "mei") == store.user("mei")
    beside.close()


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(FolderUnusable, match="nothing has been remembered"):
        open_read_only(tmp_path)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FolderUnusable, match="cannot be written"):
        Store(tmp_path / "file", HashEmbedder)


def test_what_was_written_is_there_after_reopening(reopen: Callable[[], Store]) -> None:
    store = reopen()
    Memories(store, store.user("mei")).add("The cello is at the luthier")
    store = reopen()
    assert [hit.memory.text for hit in Memories(store, store.user("mei")).search("cello")] == [
        "The cello is at the luthier"
    ]


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_every_row_of_every_earlier_revision_is_carried_over(tmp_path: Path, revision: str) -> None:
    path = tmp_path / DATABASE
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, revision)

        def rows(table: str, columns: list[str]) -> list[tuple[object, ...]]:
            return [tuple(row) for row in connection.exec_driver_sql(f'SELECT {", ".join(columns)} FROM "{table}"')]

        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
        before = {}
        for table in sorted(set(tables) - {"alembic_version"}):
            about = connection.exec_driver_sql(f'PRAGMA table_info("{table}")').all()
            values = [_some(column.name, column.type) for column in about]
            columns = [f'"{column.name}"' for column in about]
            places = ", ".join("?" * len(columns))
            connection.exec_driver_sql(f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({places})', tuple(values))
            before[table] = columns, rows(table, columns)
    engine.dispose()
    assert len(before) > 5
    database = Database(path)
    with database.engine.connect() as connection:
        assert {table: (columns, rows(table, columns)) for table, (columns, _) in before.items()} == before
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    database.close()


def _some(name: str, kind: str) -> object:
    """A value that a column of this name and type may have."""
    if kind.startswith(("INTEGER", "FLOAT", "BOOLEAN")):
        return 1
    if kind.startswith("DATETIME"):
        return "2026-01-01 00:00:00.000000"
    return {"status": "active", "role": "user", "kind": "said"}.get(name, b"" if kind == "BLOB" else f"some {name}")


def test_what_only_reads_brings_an_older_folder_up_to_date_unless_it_is_open(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE}")
    with engine.begin() as connection:
        upgrade(connection, REVISIONS[-2])
        connection.exec_driver_sql(
            f"INSERT INTO user (id, name, created_at, purge_due) VALUES ('{'a' * 32}', 'mei', '2026-01-01', 0)"
        )
    engine.dispose()
    with pytest.raises(SchemaTooOld):
        Database(tmp_path / DATABASE, read_only=True)
    with locked(tmp_path), pytest.raises(FolderLocked):
        open_read_only(tmp_path)
    database = open_read_only(tmp_path)
    assert find_user(database, "mei").name == "mei"
    database.close()


def test_a_profile_of_the_first_revision_is_carried_over(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        upgrade(connection, "0001")
        now = "2026-01-01 00:00:00.000000"
        connection.exec_driver_sql(
            "INSERT INTO user (id, name, created_at, purge_due) VALUES ('u', 'mei', ?, 0)", (now,)
        )
        connection.exec_driver_sql(
            "INSERT INTO fact (id, user_id, key, value, status, valid_from, recorded_at) "
            "VALUES ('f', 'u', 'home', 'Porto', 'active', ?, ?)",
            (now, now),
        )
    engine.dispose()
    store = Store(tmp_path, HashEmbedder)
    (fact,) = Profile(store, store.user("mei")).facts()
    assert (fact.value, fact.subject, fact.origin, fact.change_id) == ("Porto", "user", "set", "f")
    store.close()
