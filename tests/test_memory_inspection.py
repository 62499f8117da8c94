"""The thorough look finds each kind of damage, and nothing where there is none."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session, col, update
from sqlmodel import text as sql

from memory.memories import Memories
from memory.search.inspection import inspect
from memory.search.keywords import table_for
from memory.storage.data_folder import INDEX
from memory.storage.tables import MemoryRow
from memory.store import Store, open_read_only
from memory.types import NewMemory
from tests.support import HashEmbedder, ready, zhiji


def looked(folder: Path) -> dict[str, str]:
    database = open_read_only(folder)
    try:
        return {checked.what: checked.wrong for checked in inspect(folder, database) if checked.wrong}
    finally:
        database.close()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in use by two, one of whom has forgotten something."""
    store = Store(ready(tmp_path_factory.mktemp("sound") / "data"), HashEmbedder, exact_up_to=0)
    memories = Memories(store, store.user("mei"))
    memories.add_many([NewMemory(f"Note {n} about a tortoise", speaker="mei") for n in range(30)])
    memories.add("好的")
    Memories(store, store.user("li")).add("Li keeps a lemon tree")
    assert store.flush()
    memories.forget(memories.list(5)[3].id)
    assert store.flush()
    assert "in use" in str([checked.said for checked in inspect(store.folder, store.database)])
    store.close()
    return store.folder


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "data")


def test_a_sound_folder_has_nothing_wrong(folder: Path) -> None:
    assert looked(folder) == {}


def words_lost(session: Session) -> None:
    user = session.exec(sql("SELECT id FROM user WHERE name = 'mei'")).one()[0]  # type: ignore[call-overload]
    session.connection().execute(sql(f"DELETE FROM {table_for(user)} WHERE rowid = 3"))


def words_of_nobody(session: Session) -> None:
    user = session.exec(sql("SELECT id FROM user WHERE name = 'mei'")).one()[0]  # type: ignore[call-overload]
    session.connection().execute(sql(f"INSERT INTO {table_for(user)}(rowid, own) VALUES (999, 'ghost')"))


def vector_changed(session: Session) -> None:
    session.exec(update(MemoryRow).where(col(MemoryRow.seq) == 2).values(vector=np.ones(64, np.float32).tobytes()))


def vector_of_another_size(session: Session) -> None:
    one = np.zeros(32, np.float32)
    one[0] = 1
    session.exec(update(MemoryRow).where(col(MemoryRow.seq) == 2).values(vector=one.tobytes()))


def message_gone(session: Session) -> None:
    session.exec(update(MemoryRow).where(col(MemoryRow.seq) == 2).values(message_id="0" * 32))


def id_changed(session: Session) -> None:
    session.exec(update(MemoryRow).where(col(MemoryRow.seq) == 2).values(id="0" * 32))


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (words_lost, {"Words"}),
        (words_of_nobody, {"Words"}),
        (vector_changed, {"Vectors"}),
        (vector_of_another_size, {"Vectors"}),
        (message_gone, {"Links"}),
        (id_changed, {"Index"}),
    ],
)
def test_each_damage_is_found(folder: Path, damage: object, found: set[str]) -> None:
    from memory.storage.data_folder import DATABASE
    from memory.storage.database import Database

    database = Database(folder / DATABASE)
    with database.write() as session:
        damage(session)  # type: ignore[operator]
    database.close()
    assert set(looked(folder)) == found


def test_a_torn_index_is_told(folder: Path) -> None:
    for file in (folder / INDEX).rglob("chroma.sqlite3"):
        file.write_bytes(b"torn" + file.read_bytes()[4:])
    assert set(looked(folder)) == {"Index"}


def test_the_command_says_it_and_exits_with_1(tmp_path: Path, folder: Path) -> None:
    done = zhiji(tmp_path, "doctor", "--deep")
    assert "every page of the database is sound" in done.stdout
    from memory.storage.data_folder import DATABASE
    from memory.storage.database import Database

    database = Database(folder / DATABASE)
    with database.write() as session:
        words_lost(session)
    database.close()
    done = zhiji(tmp_path, "doctor", "--deep")
    assert done.returncode == 1
    assert "Run: zhiji reindex" in done.stdout
