"""The index is disposable: whatever happens to it, searches are right and it comes back by itself."""

import random
import threading
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ModelMissing, StoreError
from memory.memories import Memories
from memory.search.embedders import Vectors
from memory.search.indexer import Indexer
from memory.search.vectors import VectorIndex
from memory.store import Store
from memory.types import NewMemory
from tests.support import DIM, HashEmbedder

TEXTS = [f"Entry {n} speaks of subject{n} and of theme{n % 7}" for n in range(60)]


def ids_in_index(store: Store, user: str) -> set[str]:
    assert store.indexer._index is not None
    return store.indexer._index.ids(store.user(user).id)


def fill(store: Store, user: str = "mei") -> set[str]:
    added = Memories(store, store.user(user)).add_many([NewMemory(text) for text in TEXTS])
    assert store.flush()
    return {memory.id for memory in added}


def warm(store: Store) -> None:
    Memories(store, store.user("mei")).search("subject1")
    assert store.flush()


def answers(store: Store) -> list[list[str]]:
    memories = Memories(store, store.user("mei"))
    return [[hit.memory.text for hit in memories.search(f"subject{n} theme{n % 7}", 5)] for n in range(0, 60, 7)]


def test_the_index_holds_exactly_what_sqlite_holds(store: Store) -> None:
    ids = fill(store)
    assert ids_in_index(store, "mei") == ids
    memories = Memories(store, store.user("mei"))
    for memory_id in list(ids)[:5]:
        memories.forget(memory_id)
    assert store.flush()
    assert ids_in_index(store, "mei") == ids - set(list(ids)[:5])


def test_the_index_and_the_exact_search_answer_alike(store: Store) -> None:
    fill(store)
    exact = answers(store)
    warm(store)
    assert store.indexer.query(store.user("mei").id, np.ones(DIM, np.float32), "hash-64", 3) is not None
    assert answers(store) == exact


@pytest.mark.parametrize("damage", ["truncate sqlite", "empty sqlite", "random sqlite", "remove folder", "random hnsw"])
def test_a_torn_index_is_rebuilt_and_answers_as_before(
    tmp_path: Path, reopen: Callable[[], Store], damage: str
) -> None:
    store = reopen()
    ids = fill(store)
    before = answers(store)
    store.close()
    index = tmp_path / "data" / "index"
    (index / "dirty").touch()  # as after kill -9
    (folder,) = index.glob("g*")
    tear(folder, damage)
    store = reopen()
    assert answers(store) == before  # at once, without the index
    deadline = time.monotonic() + 60
    while store.indexer.state != "ready" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert store.flush()
    assert ids_in_index(store, "mei") == ids
    warm(store)
    assert answers(store) == before


def tear(folder: Path, damage: str) -> None:
    database = folder / "chroma.sqlite3"
    content = database.read_bytes()
    noise = random.Random(1).randbytes(len(content))
    if damage == "truncate sqlite":
        database.write_bytes(content[: len(content) // 2])
    elif damage == "empty sqlite":
        database.write_bytes(b"")
    elif damage == "random sqlite":
        database.write_bytes(noise)
    elif damage == "remove folder":
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    else:
        for path in folder.rglob("*.bin"):
            path.write_bytes(noise[: path.stat().st_size])


def test_an_index_that_lacks_some_and_has_others_is_put_right(tmp_path: Path, reopen: Callable[[], Store]) -> None:
    store = reopen()
    ids = fill(store)
    user = store.user("mei").id
    store.close()
    (folder,) = (tmp_path / "data" / "index").glob("g*")
    index = VectorIndex(folder)
    index.delete(user, sorted(ids)[:3])
    index.upsert(user, ["a stranger", "another"], np.eye(DIM, dtype=np.float32)[:2])
    index.close()
    store = reopen()
    assert store.flush()
    assert ids_in_index(store, "mei") == ids


def test_flush_waits_for_what_was_asked_last(store: Store) -> None:
    memories = Memories(store, store.user("mei"))
    for n in range(8):
        memories.add(f"Canary number {n}")
        time.sleep(0.02)
        memories.forget(memories.list(1)[0].id)
        assert store.flush()
        with store.database.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar() == 0
            assert connection.exec_driver_sql("SELECT purge_due FROM user").scalar() == 0


def test_reindexing_changes_no_answer(store: Store) -> None:
    ids = fill(store)
    before = answers(store)
    seen: list[tuple[int, int]] = []
    assert store.indexer.rebuild(lambda done, total: seen.append((done, total))) == 60
    assert store.flush()
    assert seen[-1] == (60, 60)
    assert ids_in_index(store, "mei") == ids
    assert answers(store) == before


class Flaky(HashEmbedder):
    """An embedder that is not there until `here` is set."""

    here = False

    def __init__(self) -> None:
        if not Flaky.here:
            raise ModelMissing("The model 'embedder' is not on this machine yet.")


def test_without_an_embedder_words_still_find_and_vectors_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.search.indexer.RETRY_S", 0.1)
    Flaky.here = False
    store = Store(tmp_path, Flaky, exact_up_to=0)
    memories = Memories(store, store.user("mei"))
    memories.add("The umbrella is in the car")
    assert memories.search("umbrella")[0].memory.text == "The umbrella is in the car"
    assert not store.flush(1)
    assert "not on this machine" in str(store.indexer.trouble)
    Flaky.here = True
    assert store.flush(20)
    assert len(ids_in_index(store, "mei")) == 1
    assert store.indexer.trouble is None
    store.close()


class Other(HashEmbedder):
    """Vectors of another size."""

    name = "other-80"

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.pad(super().embed(texts), ((0, 0), (16, 0)))


def test_another_embedder_leaves_the_vectors_until_it_is_told_to_make_them_anew(tmp_path: Path) -> None:
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    ids = fill(store)
    before = answers(store)
    store.close()
    store = Store(tmp_path, Other, exact_up_to=0)
    assert answers(store)[0][0] == before[0][0]  # old vectors are not compared with new ones; words carry it
    assert store.flush()
    assert "Run `zhiji reindex`" in str(store.indexer.trouble)
    assert store.indexer.unembedded() == len(ids)
    shown: list[tuple[int, int]] = []
    assert store.rebuild(lambda done, total: shown.append((done, total))) == len(ids)
    assert shown[-1][1] == len(ids)
    assert store.indexer.trouble is None
    assert store.indexer.unembedded() == 0
    assert ids_in_index(store, "mei") == ids
    assert answers(store) == before
    store.close()


class Better(Other):
    """One that takes over; each batch waits to be let go."""

    takes_over = True

    def __init__(self, batches: int = 0) -> None:
        self.let_go, self.embedded = threading.Semaphore(batches), 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(texts) > 1:
            assert self.let_go.acquire(timeout=20)
            self.embedded += len(texts)
        return super().embed(texts)


def test_an_embedder_that_takes_over_does_so_by_and_by_and_every_search_on_the_way_is_right(tmp_path: Path) -> None:
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    ids = fill(store)
    before = answers(store)
    store.close()
    better = Better()
    store = Store(tmp_path, lambda: better, exact_up_to=0)
    store.embedder.embed(["load"])
    assert [found[0] for found in answers(store)] == [found[0] for found in before]  # none is embedded anew yet
    better.let_go.release()
    wait_for(lambda: "read anew by other-80 (53 %)" in str(store.indexer.trouble))  # 32 of 60
    assert store.indexer.unembedded() == len(ids) - 32
    assert [found[0] for found in answers(store)] == [found[0] for found in before]
    better.let_go.release(20)
    wait_for(lambda: not store.indexer.unembedded())
    assert store.flush()
    assert better.embedded == len(ids)  # each once
    assert store.indexer.trouble is None
    assert ids_in_index(store, "mei") == ids
    store.close()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_was_not_taken_over_is_as_it_was_with_the_embedder_before(tmp_path: Path) -> None:
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    fill(store)
    before = answers(store)
    store.close()
    better = Better(1)
    store = Store(tmp_path, lambda: better, exact_up_to=0)
    store.embedder.embed(["load"])
    wait_for(lambda: store.indexer.unembedded() == len(TEXTS) - 32)
    better.let_go.release(20)
    store.close()  # perhaps before it is done
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    store.embedder.embed(["load"])
    assert store.flush()
    assert store.indexer.unembedded() >= 32
    assert "Run `zhiji reindex`" in str(store.indexer.trouble)
    store.rebuild()
    assert answers(store) == before
    assert store.indexer.unembedded() == 0
    store.close()


def test_a_user_enters_the_index_only_with_many_memories_and_every_search_on_the_way_is_right(tmp_path: Path) -> None:
    with_few = Store(tmp_path, HashEmbedder, exact_up_to=50)
    memories = Memories(with_few, with_few.user("mei"))
    memories.add_many([NewMemory(text) for text in TEXTS[:50]])
    assert with_few.flush()
    assert ids_in_index(with_few, "mei") == set()
    for n, text in enumerate(TEXTS[50:], 50):
        memories.add(text)
        assert memories.search("subject3")[0].memory.text == TEXTS[3]
        assert memories.search(f"subject{n}")[0].memory.text == text
    assert with_few.flush()
    every = {memory.id for memory in memories.list(100)}
    assert ids_in_index(with_few, "mei") == every
    warm(with_few)
    assert with_few.indexer.query(memories._user.id, np.ones(DIM, np.float32), "hash-64", 3)
    assert memories.search("subject3")[0].memory.text == TEXTS[3]

    for memory in memories.list(21):  # and leaves it when a forget brings them well below
        memories.forget(memory.id)
    assert with_few.flush()
    assert ids_in_index(with_few, "mei") == set()
    assert memories.search("subject3")[0].memory.text == TEXTS[3]
    with_few.close()
    again = Store(tmp_path, HashEmbedder, exact_up_to=0)  # another setting is made true at the next start
    assert again.flush()
    assert len(ids_in_index(again, "mei")) == 39
    again.close()


def test_a_collection_that_could_not_be_completed_is_made_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.search.indexer.RETRY_S", 0.1)
    monkeypatch.setattr("memory.search.indexer.DRAIN_BATCH", 16)
    whole = Indexer._vectors
    calls = iter(range(1000))

    def fails_once(self: Indexer, user_id: str, ids: Collection[str] | None) -> dict[str, Vectors]:
        if next(calls) == 2:
            raise StoreError("the database has been busy for 30 s")
        return whole(self, user_id, ids)

    monkeypatch.setattr(Indexer, "_vectors", fails_once)
    ids = fill(store)
    assert ids_in_index(store, "mei") == ids


def test_a_graph_that_loses_vectors_is_written_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Chroma's may be after it replayed its log: every vector is there, one is reached from nowhere."""
    lost = set(sorted(fill(store))[:1])
    query, erase = VectorIndex.query, VectorIndex.erase

    def lossy(index: VectorIndex, user_id: str, vector: Vectors, limit: int) -> list[str]:
        return [id for id in query(index, user_id, vector, limit + 1) if id not in lost][:limit]

    def erased(index: VectorIndex, user_id: str, ids: Sequence[str], vectors: Vectors) -> None:
        lost.clear()
        erase(index, user_id, ids, vectors)

    monkeypatch.setattr(VectorIndex, "query", lossy)
    monkeypatch.setattr(VectorIndex, "erase", erased)
    exact = answers(store)
    warm(store)
    assert not lost
    assert answers(store) == exact
    assert len(ids_in_index(store, "mei")) == len(TEXTS)


def test_without_an_index_searches_go_on_and_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("memory.search.indexer.RETRY_S", 0.1)
    data = tmp_path / "data"
    data.mkdir()
    (data / "index").write_text("a file where the folder should be")
    with Runtime(Settings(data_dir=data), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        memories = runtime.assistant("mei").memories
        memories.add("The umbrella is in the car")
        assert memories.search("umbrella")[0].memory.text == "The umbrella is in the car"
        assert not runtime.store.flush(1)
        assert runtime.status.degraded == runtime.status.trouble
        assert "being rebuilt" in str(runtime.status.degraded)
        (data / "index").unlink()
        assert runtime.store.flush(20)
        assert runtime.status.degraded is None
