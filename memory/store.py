"""One data folder (`memory.storage.data_folder`), opened: the database, the vector index with its writer, the embedder, the
lock."""

import json
import logging
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlmodel import Session, col, select

from memory import forget
from memory.errors import BadInput, ModelError, NotFound, SchemaTooOld, ZhijiError
from memory.facts.hearing import hear, hear_many
from memory.language.reading import Hear, Heard
from memory.language.text import clean_user
from memory.privacy import consent, receipts
from memory.privacy.receipts import Receipt
from memory.search import entries, keywords
from memory.search.embedders import Embedder, Encoded, LazyEmbedder
from memory.search.entries import Progress
from memory.search.indexer import Indexer
from memory.storage import backup, conversion
from memory.storage.data_folder import DATABASE, INDEX, locked
from memory.storage.database import Database
from memory.storage.tables import ErasureRow, UserRow, utc_now

log = logging.getLogger("zhiji.store")

RECEIPTS = 100
EMBEDDING_AT_ONCE = 4
"""Questions; the embedder itself says how many threads it uses."""
MOST_BEGUN = 16
"""Texts whose vectors were begun and not fetched: of messages that were not written after all."""
EMBED_S, LOAD_S = 5.0, 60.0
"""How long an embedder is waited for, and besides that a second for each text of many; the first time it is loaded."""


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str


class Store:
    """Open `folder` for this process alone. Raises FolderLocked, FolderUnusable, DatabaseDamaged, SchemaTooNew.

    With `asks_first` a new user is to be asked before anything is remembered (see `memory.privacy.consent`).
    `hear` reads what a message says of people, by default by rules alone.
    `when_erased(name)` is called after something of a user's was erased, for what else may hold it.

    The vectors of a user with up to `exact_up_to` memories stay in SQLite alone and are compared one by one: no index has
    to be warm for them, and Chroma, which keeps what it has once opened in memory and its files open, never hears of them.
    """

    def __init__(
        self,
        folder: Path,
        load_embedder: Callable[[], Embedder],
        *,
        exact_up_to: int = 2_000,
        asks_first: bool = False,
        when_erased: Callable[[str], None] = lambda _: None,
        hear: Hear = hear,
    ) -> None:
        self.folder = folder
        self.hear = hear
        self.asks_first = asks_first
        self._when_erased = when_erased
        self.exact_up_to = exact_up_to
        self.embedder = LazyEmbedder(load_embedder)
        self._begun: dict[str, Future[Sequence[Encoded]]] = {}
        self._questions = ThreadPoolExecutor(EMBEDDING_AT_ONCE, thread_name_prefix="zhiji-question")
        with ExitStack() as opened:
            opened.enter_context(locked(folder))
            backup.recover(folder)
            conversion.recover(folder)
            self.database = Database(folder / DATABASE)
            self._fold_words()
            self._opened = opened.pop_all()
        self._erasures: dict[str, int] = {}
        self._receipts: defaultdict[str, deque[Receipt]] = defaultdict(lambda: deque(maxlen=RECEIPTS))
        index = None if self.database.encrypted else folder / INDEX
        self.indexer = Indexer(self.database, index, self.embedder, above=exact_up_to)

    def hear_log(self, messages: Sequence[tuple[str, str]]) -> Sequence[Heard]:
        """What each (text, what it answers) of a log says of people; an option that is picked there is no taste."""
        return hear_many(self.hear, messages, picks=False)

    def user(self, name: str) -> User:
        """The user of that name, made on first use. Raises BadInput for a name that cannot be one."""
        name = clean_user(name)
        with self.database.read() as session:
            row = session.exec(select(UserRow).where(UserRow.name == name)).first()
        if row is None:
            with self.database.write() as session:
                return self.user_in(session, name)
        return User(row.id, row.name)

    def user_in(self, session: Session, name: str, *, restored: bool = False) -> User:
        """As `user`, of a name that can be one, within the caller's transaction; one who is `restored` brings their own
        consents."""
        row = session.exec(select(UserRow).where(UserRow.name == name)).first()
        if row is None:
            row = UserRow(name=name, created_at=utc_now())
            session.add(row)
            session.flush()
            keywords.create(session, row.id)
            if not (self.asks_first or restored):
                consent.record(session, row.id, consent.BEGUN_BY_PROGRAM, "program")
        return User(row.id, row.name)

    def _fold_words(self) -> None:
        with self.database.read() as session:
            if entries.is_up_to_date(session):
                return
        with self.database.write() as session:
            entries.bring_up_to_date(session)

    def erasures(self, user: User) -> int:
        """How often everything of a user's was erased since the store was opened."""
        return self._erasures.get(user.id, 0)

    def check_not_erased(self, user: User, erasures: int) -> None:
        """Raises BadInput if everything of the user's was erased since `erasures` was asked for. Work that writes in parts
        checks it inside each commit, or it would bring back what the user has just deleted."""
        if self.erasures(user) != erasures:
            raise BadInput("Everything was deleted meanwhile, so this was ended.")

    def erase(self, user: User) -> None:
        """Erase everything of a user's but their name; the files are rewritten in the background right after."""
        with self.erasing(user, "everything") as session:
            forget.everything(session, user.id)
            self._erasures[user.id] = self.erasures(user) + 1

    @contextmanager
    def erasing(self, user: User, what: receipts.What) -> Iterator[Session]:
        """As `database.write`. Records in the same commit that something of the user's was erased, keeps its receipt (see
        `receipts`), and has the files rewritten in the background right after."""
        with self.database.write() as session:
            with receipts.collecting(session) as gone:
                yield session
            if not gone.counts:
                return
            record = ErasureRow(user_id=user.id, what=what, counts=json.dumps(gone.counts), erased_at=utc_now())
            session.add(record)
            session.flush()
        self._receipts[user.id].append(gone.receipt(record.id, what, user.name, record.erased_at))
        self._when_erased(user.name)
        self.indexer.wake()

    def receipts(self, user: User) -> Sequence[Receipt]:
        """Of what the user erased since the store was opened, the latest last; at most 100 are kept."""
        return list(self._receipts[user.id])

    def embed_query(self, text: str) -> "Future[Encoded | None]":
        """A question's vectors, made while the caller looks for its words; the embedder is loaded if need be. `None` if
        they cannot be had (it is logged)."""
        try:
            return self._questions.submit(self._embed_query, text)
        except RuntimeError:  # the store was closed, or the interpreter is about to end: no thread can be begun
            done: Future[Encoded | None] = Future()
            done.set_result(self._embed_query(text))
            return done

    def embedded(self, question: "Future[Encoded | None]") -> Encoded | None:
        """What became of `embed_query`; `None` too if it takes longer than anybody waits."""
        try:
            return question.result(EMBED_S if self.embedder.ready else LOAD_S)
        except TimeoutError:
            log.warning("searching by words only: the embedder does not answer")
            return None

    def _embed_query(self, text: str) -> Encoded | None:
        try:
            return self.embedder.encode_question(text)
        except ZhijiError as error:
            log.warning("searching by words only: %s", error)
            return None

    def embed_soon(self, text: str) -> None:
        """Begin with the vectors of a memory that is about to be written, while the caller does other things: `embed_now`
        takes them."""
        if self.embedder.ready:
            with suppress(RuntimeError):  # the store was closed
                self._begun[text] = self._questions.submit(self.embedder.encode, [text])
        for left in list(self._begun)[:-MOST_BEGUN]:
            self._begun.pop(left, None)

    def embed_now(self, texts: Sequence[str]) -> Sequence[Encoded] | None:
        """Vectors for new memories if the embedder is loaded; else `None`, and the indexer makes them later."""
        if not self.embedder.ready:
            return None
        try:
            begun = self._begun.pop(texts[0], None) if len(texts) == 1 else None
            return (begun or self._questions.submit(self.embedder.encode, texts)).result(EMBED_S + len(texts))
        except RuntimeError:  # as above
            return None
        except TimeoutError:
            log.warning("remembering without vectors for now: the embedder does not answer")
            return None
        except ZhijiError as error:
            log.warning("remembering without vectors for now: %s", error)
            return None

    def flush(self, timeout_s: float = 60) -> bool:
        """Wait until the index has every change and what was forgotten is gone from the files; `False` if not in time."""
        return self.indexer.flush(timeout_s)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Make keywords, vectors and index anew from the database; returns the memories read. Can be cut off and run
        again; searches go on meanwhile. Raises what keeps it from being done."""
        self.embedder.embed(["ready?"])  # without an embedder it could not be completed
        total = self.indexer.rebuild(progress)
        while not self.flush(1):
            if progress:
                progress(total - self.indexer.unembedded(), total)
            if self.indexer.trouble:
                raise ModelError(f"The index is not complete: {self.indexer.trouble}")
        return total

    def close(self) -> None:
        self.indexer.close()
        self._questions.shutdown(wait=False)
        self.embedder.close()
        self.database.close()
        self._opened.close()


def open_read_only(folder: Path, *, as_it_is: bool = False) -> Database:
    """The database alone, beside whoever has the folder open. One that an older Zhiji wrote is brought up to date first, which
    takes that nobody has it open; with `as_it_is` nothing is. Raises FolderUnusable if there is none, FolderLocked, SchemaTooOld.
    """
    try:
        return Database(folder / DATABASE, read_only=True)
    except SchemaTooOld:
        if as_it_is:
            raise
        with locked(folder):
            backup.recover(folder)
            conversion.recover(folder)
            Database(folder / DATABASE).close()
        log.info("the tables of the data folder were brought up to date")
        return Database(folder / DATABASE, read_only=True)


def find_user(database: Database, name: str) -> User:
    """Raises NotFound, naming who there is."""
    with database.read() as session:
        names = list(session.exec(select(UserRow.name).order_by(col(UserRow.name))))
        row = session.exec(select(UserRow).where(UserRow.name == name)).first()
    if row is None:
        raise NotFound(f"There is no user {name!r}. There is: {', '.join(names) or 'nobody yet'}.")
    return User(row.id, row.name)
