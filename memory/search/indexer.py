"""The one writer of the vector index: a background thread that makes Chroma agree with SQLite.

    commit ──> outbox ──> [embed what has no vector yet] ──> Chroma ──> outbox emptied

It looks up the row as it is now, never a queued value, so a delete that overtakes an add cannot bring it back, and
running an entry twice does no harm. While the index is opening, warming, being rebuilt or broken, `query` returns
`None` and searches are exact over SQLite: slower, never wrong.
"""

import logging
import shutil
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import numpy as np

from memory.errors import StoreError, ZhijiError
from memory.search import entries, keywords, outbox, vectors_due
from memory.search.embedders import BATCH, LazyEmbedder, Vectors
from memory.search.entries import Progress
from memory.search.generations import Generations
from memory.search.stored_vectors import StoredVectors
from memory.search.vectors import VectorIndex, probe
from memory.storage.database import Database

log = logging.getLogger("zhiji.index")

DRAIN_BATCH = 256
"""Fewer changes than this wait in the outbox, where a search compares them one by one: with 100,000 vectors each write
to Chroma takes a second, whether of one vector or of 256, and Python stands still meanwhile."""
BUSY_S = 0.2
"""How long a search waits for an index that is being written to, before it does without."""
STAYS_ABOVE = 0.8
"""A user in the index stays there down to this share of what it took to enter, or each edit would build it anew."""
GATHER_S = 0.2
"""How long more work is waited for before it is begun, if nobody waits for it: a turn asks twice."""
RETRY_S = 5.0
MAX_RETRY_S = 120.0
CLOSING_S = 60.0

_REBUILDING = "The search index was damaged and is being rebuilt. Searches go on without it, a little slower."
_BUILDING = "The search index is being built ({} %). Searches go on without it, a little slower."

State = Literal["opening", "ready", "rebuilding", "closed"]


class Indexer:
    def __init__(self, database: Database, folder: Path | None, embedder: LazyEmbedder, *, above: int) -> None:
        """Users with more than `above` memories are indexed; without a folder in memory, anew at each start."""
        self._database = database
        self._above = above
        self._generations = Generations(database, folder)
        self._stored = StoredVectors(database)
        self._embedder = embedder
        self._index: VectorIndex | None = None
        self._chroma = threading.RLock()  # Chroma is thread-safe, but a collection must not vanish under a query
        self._changed = threading.Condition()
        self._asked = 1  # how often work was asked for, and up to which of those it is done
        self._done = 0
        self._drain_all_until = 0  # up to which of those no change may be left waiting
        self._stop = False
        self._indexed = ""  # the embedder whose vectors the index holds; no others may enter it
        self._may_reembed = False
        self._warm: set[str] = set()
        self._to_warm: set[str] = set()
        self.state: State = "opening"
        self.trouble: str | None = None
        """Why the index or the embedder is not at work, in words for a person; `None` when all is well."""
        self._thread = threading.Thread(target=self._run, name="zhiji-indexer", daemon=True)
        self._thread.start()

    def wake(self) -> int:
        """Ask for what is due to be done; returns the number to wait for in `flush`."""
        with self._changed:
            self._asked += 1
            self._changed.notify_all()
            return self._asked

    def query(self, user_id: str, vector: Vectors, embedder: str, limit: int) -> list[str] | None:
        """Ids of about the `limit` nearest vectors, or `None` if the index cannot be asked now."""
        if user_id not in self._warm:
            if user_id not in self._to_warm:  # else the thread knows
                self._to_warm.add(user_id)
                self.wake()
            return None
        if self.state != "ready" or self._index is None or embedder != self._indexed:
            return None
        if not self._chroma.acquire(timeout=BUSY_S):
            return None
        try:
            return self._index.query(user_id, vector, limit) if user_id in self._warm else None
        except Exception:  # Chroma raises its own, Rust's and bare errors; the search must answer all the same
            log.exception("index query failed; searching exactly")
            self.state, self.trouble = "rebuilding", _REBUILDING
            self.wake()
            return None
        finally:
            self._chroma.release()

    def flush(self, timeout_s: float = 60) -> bool:
        """Wait until every change is in the index and every purge is done; `False` if it took longer."""
        with self._changed:
            self._drain_all_until = self._asked + 1
            number = self.wake()
            self._changed.wait_for(lambda: self._stop or self._done >= number, timeout_s)
            return self._done >= number

    def close(self) -> None:
        with self._changed:
            self._stop = True
            self._changed.notify_all()
        self._thread.join(CLOSING_S)  # an embedder that hangs is left

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the keyword tables and a new generation of the vector index from SQLite; returns the memories read.

        What another embedder has embedded is embedded anew, in the background, a batch at a time: cut off, it goes on
        where it was when this is called again.
        """
        self._may_reembed = True
        self.trouble = None
        with self._chroma:
            with self._database.write() as session:
                total = entries.rewrite_all(session, progress)
            try:
                self._new_generation()
            except Exception as error:  # Chroma's own, mostly
                self.state, self.trouble = "rebuilding", _REBUILDING
                self.wake()
                if isinstance(error, ZhijiError):
                    raise
                log.exception("the index could not be built; it is tried again")
                raise StoreError(
                    f"The search index could not be built ({type(error).__name__}). It is tried again by itself."
                ) from error
        self.wake()
        return total

    # The thread

    def _run(self) -> None:
        retry_s = RETRY_S
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stop or self._done < self._asked)
                if self._index is not None:  # it is opened at once: that it is there tells an emptied database
                    self._changed.wait_for(lambda: self._stop or self._done < self._drain_all_until, GATHER_S)
                if self._stop:
                    break
                asked = self._asked
            if self._try_to_work():
                retry_s = RETRY_S
                with self._changed:
                    self._done = asked
                    self._changed.notify_all()
            else:
                with self._changed:
                    self._changed.wait_for(lambda: self._stop, retry_s)
                retry_s = min(2 * retry_s, MAX_RETRY_S)
        self._close_index()

    def _try_to_work(self) -> bool:
        """Do all that is due; returns whether it was done. If not, `trouble` says why, and it is tried again later."""
        try:
            with self._chroma:
                if self._index is None:
                    self._open()
                if self.state == "rebuilding":
                    self._new_generation()
            if self._is_done_at_a_look():
                return True
            more = True
            while more and not self._stop:
                more = self._drain()
                self._warm_up()
                self._purge()
                more = self._embed_missing() or more
            if self._take_over():
                return True
        except ZhijiError as error:
            self.trouble = str(error)
            log.warning("indexing waits: %s", type(error).__name__)
            return False
        except Exception:  # whatever Chroma raises: the index is rebuilt from the truth
            log.exception("the index failed; a new one is built")
            self.state, self.trouble = "rebuilding", _REBUILDING
            return False
        self.trouble = self._strangers()
        return True

    def unembedded(self) -> int:
        """How many memories have no vector of this embedder."""
        return self._stored.unembedded(self._embedder.name)

    def _is_done_at_a_look(self) -> bool:
        """Whether one look says that nothing is due but a few vectors, which are then made; if so, `trouble` is set."""
        asked_for = self._may_reembed or self._to_warm or self._done < self._drain_all_until
        if asked_for or not self._embedder.ready or self._indexed != self._embedder.name:
            return False
        due = outbox.due(self._database, self._embedder.name, DRAIN_BATCH)
        if due.changes >= DRAIN_BATCH or due.purge or (due.other_embedder and self._embedder.takes_over):
            return False
        made = vectors_due.embed(self._stored, self._embedder, reembed=False) if due.vectors else 0
        if made == BATCH or due.changes + made >= DRAIN_BATCH:
            return False
        self.trouble = vectors_due.strangers(self._embedder, due.other_embedder)
        return True

    def _strangers(self) -> str | None:
        """What to say if some memories were embedded by another embedder than this."""
        if not self._embedder.ready or self._may_reembed or self._embedder.takes_over:
            return None
        return vectors_due.strangers(self._embedder, self._stored.another_embedder(self._embedder.name))

    def _open(self) -> None:
        """Open the current generation, or build a new one if an unclean stop or a new embedder spoiled it."""
        self._indexed = self._generations.embedder()
        folder = self._generations.current()
        if folder is None:
            self._fill(VectorIndex(None), thorough=True)
            return
        self._generations.remove_others(folder)
        dirty = self._generations.is_dirty
        if dirty and folder.exists() and not probe(folder):
            log.warning("the index did not survive the last stop; a new one is built")
            self.state, self.trouble = "rebuilding", _REBUILDING
            return
        self._generations.mark()
        self._fill(VectorIndex(folder), thorough=dirty)

    def _fill(self, index: VectorIndex, *, thorough: bool) -> None:
        self._index = index
        self._reconcile(thorough=thorough)
        self.state = "ready"

    def _new_generation(self) -> None:
        self.state = "rebuilding"
        if self._index is not None:
            self._index.close()
            self._index = None
        self._warm.clear()
        self._generations.begin_next(self._indexed)
        folder = self._generations.current()
        if folder is None:
            self._fill(VectorIndex(None), thorough=True)
            return
        self._generations.mark()
        self._generations.remove_others(folder)  # first, so that tries that fail do not fill the disk
        shutil.rmtree(folder, ignore_errors=True)
        self._fill(VectorIndex(folder), thorough=True)

    def _reconcile(self, *, thorough: bool) -> None:
        """Make the ids in the index those in SQLite. Counts are compared always, every id after an unclean stop."""
        assert self._index is not None
        users = self._stored.users()
        for stranger in self._index.users() - users:
            self._index.erase(stranger, [], np.zeros((0, 0), np.float32))
        for user_id in users:
            if not self._has_collection(user_id):
                continue
            have, want = self._index.ids(user_id), self._stored.ids(user_id, self._indexed)
            if len(have) != len(want) or (thorough and have != want):
                self._index.delete(user_id, sorted(have - want))
                self._put(user_id, sorted(want - have))

    def _has_collection(self, user_id: str) -> bool:
        """Whether a user is in the index; one whose memories have become too many to do without is put there now."""
        assert self._index is not None
        if (
            user_id not in self._index.users()
            and self._index.has_room()
            and self._stored.more_than(self._above, user_id, self._indexed)
        ):
            try:
                self._put(user_id, sorted(self._stored.ids(user_id, self._indexed)))
            except BaseException:  # a part of it would pass for the whole
                self._index.erase(user_id, [], np.zeros((0, 0), np.float32))
                raise
        return user_id in self._index.users()

    def _put(self, user_id: str, ids: Collection[str]) -> None:
        """Write these memories' vectors, in parts so that no more than some megabytes are held."""
        assert self._index is not None
        chosen = list(ids)
        for start in range(0, len(chosen), DRAIN_BATCH):
            if self.state != "ready" and start:
                self.trouble = _BUILDING.format(100 * start // len(chosen))
            found = self._vectors(user_id, chosen[start : start + DRAIN_BATCH])
            if found:
                self._index.upsert(user_id, list(found), np.stack(list(found.values())))

    def _vectors(self, user_id: str, ids: Collection[str] | None) -> dict[str, Vectors]:
        """Those in SQLite that belong in this index."""
        return self._stored.read(user_id, self._indexed, ids)

    def _drain(self) -> bool:
        """Carry one batch of the outbox into Chroma; returns whether there was any."""
        batch = outbox.batch(self._database, DRAIN_BATCH)
        if not batch or (len(batch) < DRAIN_BATCH and not self._must_drain_all()):
            return False
        for user_id, ids in outbox.by_user(batch).items():
            with self._chroma:
                assert self._index is not None
                if not self._has_collection(user_id):
                    continue
                found = self._vectors(user_id, ids)
                # Chroma logs the deletion of an id even if it never had it, and so would keep it
                gone = ids - found.keys()
                if gone:
                    self._index.delete(user_id, sorted(gone & self._index.ids(user_id)))
                if found:
                    self._index.upsert(user_id, list(found), np.stack(list(found.values())))
        outbox.remove(self._database, batch)
        return True

    def _must_drain_all(self) -> bool:
        """Whether `flush` waits, or something was forgotten: the outbox names it too."""
        return self._done < self._drain_all_until or bool(outbox.due_for_purge(self._database))

    def _embed_missing(self) -> bool:
        """Embed one batch of memories that have no vector; returns whether there was any.

        Those of another embedder are left as they are until `rebuild`, or until `_take_over` comes to them: a setting
        changed by mistake must not cost hours.
        """
        if not self._stored.has_memories():
            return False
        if self._indexed != self._embedder.name and not self._strangers():
            with self._chroma:
                self._indexed = self._embedder.name
                self._new_generation()
        return vectors_due.embed(self._stored, self._embedder, reembed=self._may_reembed) > 0

    def _take_over(self) -> bool:
        """Embed anew one batch of another embedder's memories, if this one is to take over; returns whether there was any.

        One at a time, and then whatever else is due and a pause of GATHER_S: `flush` and forgetting do not wait for the whole.
        Cut off, it goes on where it was; with the embedder before set again, that one's vectors that are left serve at once.
        """
        if not self._embedder.ready or not self._embedder.takes_over:
            return False
        if not vectors_due.embed(self._stored, self._embedder, reembed=True):
            return False
        self.trouble = vectors_due.progress(self._stored, self._embedder)
        self.wake()
        return True

    def _warm_up(self) -> None:
        """Ask once for each user whose search was exact for want of it; the first query builds the graph in memory."""
        for user_id in list(self._to_warm):
            vector = self._stored.first(user_id, self._indexed)
            with self._chroma:
                assert self._index is not None
                if vector is not None and self._has_collection(user_id):
                    self._index.query(user_id, vector, 1)
                    if not self._stored.are_found(self._index, user_id, self._indexed):
                        log.warning("vectors of %s are not found by themselves; written anew", user_id)
                        self._rewrite(user_id)
                        if user_id not in self._index.users():
                            continue
                        self._index.query(user_id, vector, 1)
                    self._warm.add(user_id)
                    self._to_warm.discard(user_id)

    def _rewrite(self, user_id: str) -> None:
        """Write a user's collection anew, or away if so few memories are left that it is not needed."""
        assert self._index is not None
        stays = user_id in self._index.users() and self._stored.more_than(
            int(self._above * STAYS_ABOVE), user_id, self._indexed
        )
        found = self._vectors(user_id, None) if stays else {}
        kept = np.stack(list(found.values())) if found else np.zeros((0, 0), np.float32)
        self._index.erase(user_id, list(found), kept)

    def _purge(self) -> None:
        """Rewrite out of every file what was forgotten. The mark stays until that is done, through a crash as well."""
        due = outbox.due_for_purge(self._database)
        while due and self._drain():  # the outbox names what was forgotten; deleted later, its ids could stay in a page
            if self._stop:
                return
        for user in due:
            with self._database.write() as session:
                keywords.optimize(session, user.id)
            with self._chroma:
                self._rewrite(user.id)
                self._warm.discard(user.id)
        if due:
            self._database.compact()
        for user in due:
            outbox.purged(self._database, user)

    def _close_index(self) -> None:
        if self._index is not None:
            self._index.close()
            self._index = None
            if self.state == "ready":
                self._generations.unmark()
        self.state = "closed"
