"""The vector index in Chroma: random ids and unit vectors, a collection for each user it is given, nothing else.

The index is disposable. SQLite holds every vector and decides what is visible; when a folder fails its probe, or the
embedder changes, a new generation is built from SQLite in a new folder and the old one is deleted.

`sync_threshold` is out of reach on purpose. At Chroma's default, one `kill -9` left 3 of 50 collections unreadable;
at 10**9 it left 0 of 75 (Chroma replays its log instead of rewriting five files that are not replaced atomically).
The price is that a collection's graph is rebuilt in memory at its first query after a start (16 s for 100,000 vectors);
until then searches are exact, over the vectors in SQLite. And a collection once written to or asked stays open, at four
files each: Chroma would close the least used when it holds more than a fifth of the files the process may open, but
cannot open one again that was never written out ("Nothing found on disk"). So the indexer gives a collection only to
users with many memories, the limit is raised as far as it goes, and `has_room` says when it is reached.
"""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from memory.search.embedders import Vectors

BATCH = 2_000
OPEN_FILES = (65_536, 10_240, 4_096)
"""How many files this process asks to be allowed to open; the first that it gets. macOS gives 10,240."""
FILES_EACH = 4
PROBE_TIMEOUT_S = 60
_CONFIGURATION = {"hnsw": {"space": "ip", "sync_threshold": 10**9}}


class VectorIndex:
    """One generation of the index, in a folder of its own, or in memory alone if there is none: Chroma encrypts nothing, and
    from a vector most of its text can be guessed. Not safe for two processes; the data folder is locked."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._scrubbed: set[str] = set()
        self._most = _allowed_open_files() // 5 // FILES_EACH
        self._client: Any = _client(folder)
        self._collections: dict[str, Any] = {
            collection.name.removeprefix("u-"): collection for collection in self._client.list_collections()
        }
        self._scrub()

    def users(self) -> AbstractSet[str]:
        """Those who have a collection."""
        return self._collections.keys()

    def has_room(self) -> bool:
        """Whether one more collection can be had."""
        return self.folder is None or len(self._collections) < self._most

    def ids(self, user_id: str) -> set[str]:
        found = self._collections.get(user_id)
        return set(found.get(include=[])["ids"]) if found else set()

    def upsert(self, user_id: str, ids: Sequence[str], vectors: Vectors) -> None:
        """The first makes the user's collection."""
        collection = self._collections.get(user_id)
        if collection is None:
            collection = self._client.create_collection(
                f"u-{user_id}", embedding_function=None, configuration=_CONFIGURATION
            )
            self._collections[user_id] = collection
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            collection.upsert(ids=list(ids[part]), embeddings=vectors[part])
        self._scrub()

    def delete(self, user_id: str, ids: Sequence[str]) -> None:
        if ids and user_id in self._collections:
            self._collections[user_id].delete(ids=list(ids))

    def query(self, user_id: str, vector: Vectors, limit: int) -> list[str]:
        """The ids of the `limit` nearest vectors, nearest first. The first query of a user builds the graph."""
        found = self._collections[user_id].query(query_embeddings=[vector], n_results=limit, include=[])
        return list(found["ids"][0])

    def erase(self, user_id: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Rewrite a user's collection to hold just these, so that no byte of any other vector is left in the folder.

        Chroma's own delete leaves ids and vectors in its files, vacuumed or not. Measured to leave nothing: a new
        collection, the old one deleted, the segment folders nobody owns removed, and SQLite's VACUUM.
        """
        if self._collections.pop(user_id, None):
            self._client.delete_collection(f"u-{user_id}")
        if ids:
            self.upsert(user_id, ids, vectors)
        if self.folder is None:
            return
        with sqlite3.connect(self.folder / "chroma.sqlite3", timeout=30, isolation_level=None) as connection:
            owned = {row[0] for row in connection.execute("SELECT id FROM segments")}
            connection.execute("VACUUM")
        connection.close()
        for segment in self.folder.iterdir():
            if segment.is_dir() and segment.name not in owned:
                shutil.rmtree(segment, ignore_errors=True)

    def check(self) -> bool:
        """Whether every collection can be counted, read and asked. Raises, hangs or crashes where Chroma does."""
        for user_id, collection in self._collections.items():
            if collection.count() != len(self.ids(user_id)):
                return False
            sample = collection.get(limit=3, include=["embeddings"])["embeddings"]
            if not all(self.query(user_id, vector, 3) for vector in sample):
                return False
        return True

    def _scrub(self) -> None:
        """Zero the room that a new segment sets aside in its file.

        Chroma 1.5.9 writes it as it finds it in memory, and there forgotten vectors, of other users too, were found:
        in 1 of 12 tries. Below `sync_threshold` the file holds no element, so nothing else is in it.
        """
        for file in self.folder.glob("*/data_level0.bin") if self.folder else ():
            if file.parent.name not in self._scrubbed:
                with file.open("r+b") as room:
                    room.write(bytes(file.stat().st_size))
                self._scrubbed.add(file.parent.name)

    def close(self) -> None:
        if self.folder is None:  # others of this process share Chroma's memory
            for user_id in self._collections:
                self._client.delete_collection(f"u-{user_id}")
        self._collections.clear()
        self._client.close()


def _client(folder: Path | None) -> Any:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False, allow_reset=False)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return chromadb.PersistentClient(str(folder), settings=settings)
    client = chromadb.EphemeralClient(settings)
    own = f"zhiji-{uuid4().hex}"  # all clients in memory are one; two data folders may hold the same user
    chromadb.AdminClient(settings).create_database(own)
    client.set_database(own)
    return client


def _allowed_open_files() -> int:
    """How many files this process may open, after the limit was raised as far as it goes. Chroma reads it when its
    client is made."""
    try:
        import resource
    except ImportError:  # Windows has no such limit; Chroma takes the C library's of 512
        return 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in OPEN_FILES:
        if soft != resource.RLIM_INFINITY and soft < wanted:
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                break
    return min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], max(OPEN_FILES))


def probe(folder: Path) -> bool:
    """Whether the index in `folder` opens, counts, gets and answers; asked of a child process.

    A torn index can hang or crash the process that opens it, so it must not be this one.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", "memory.search.probe", str(folder)],
            timeout=PROBE_TIMEOUT_S,
            capture_output=True,
            check=False,
            cwd=Path(__file__).parent.parent.parent,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
