"""One user's memories: add, search, list, edit, pin, forget."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypedDict, Unpack, get_args

from sqlmodel import Session, col, func, or_

from memory import forget, remember
from memory.errors import BadInput, NotFound
from memory.kinds import aware, checked
from memory.language import secrets, stemming
from memory.language.reading import Reading
from memory.language.text import clean_text
from memory.language.times import here
from memory.search import candidates, entries, question, reasons, retrieval
from memory.search.candidates import Found, Search
from memory.search.question import Question
from memory.search.scope import Row, Scope
from memory.storage.rows import Rows, columns_for, with_times
from memory.storage.tables import FactRow, MemoryRow, MessageRow, utc_now
from memory.store import Store, User
from memory.types import Hit, Memory, MemoryKind, NewMemory

MAX_CHARS = 20_000
MOST_TOLD = 2_000
"""So many of the latest are looked through for what lasts: a name, a wish, an allergy."""
BY_THE_USER: tuple[MemoryKind, ...] = ("said", "note", "import")
"""What comes from the user, and not from a document or a model."""
ASKING = (
    "ask", "summary", "about_me", "provenance", "who", "clock", "sum", "rework", "forget", "undo",
)  # fmt: skip
"""The acts of a message that asks (`memory.language.acts.Act`)."""
_SHOWN = columns_for(Memory, MemoryRow)
BATCH = 256


class Narrow(TypedDict, total=False):
    """Which memories are meant: of these `kinds`, said by `speaker`, from `since` until before `until` (a time without a zone
    is local), of one conversation or document, pinned or not."""

    kinds: Collection[MemoryKind] | None
    speaker: str | None
    since: datetime | None
    until: datetime | None
    conversation_id: str | None
    document_id: str | None
    pinned: bool | None


@checked
class Memories:
    """What one user's assistant remembers. Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user
        self._last_told: tuple[int, Sequence[Memory]] | None = None
        self._last_asking: tuple[int, Collection[str]] | None = None
        self._last_look: tuple[object, tuple[Question, Found]] | None = None

    def add(
        self,
        text: str,
        *,
        speaker: str | None = None,
        occurred_at: datetime | None = None,
        ref: str | None = None,
        kind: MemoryKind = "note",
    ) -> Memory:
        """Remember `text`; it is on the disk and can be found when this returns. "[password]" and the like stand in the
        place of secrets. Raises BadInput."""
        return self.add_many([NewMemory(text, speaker, occurred_at, ref, kind)])[0]

    def add_many(
        self, items: Iterable[NewMemory], progress: Callable[[int, int], None] | None = None
    ) -> Sequence[Memory]:
        """Remember many, in order. All are checked before the first is written; each 256 are one commit.

        `progress(done, total)` is called after each commit.
        """
        now = utc_now()
        checked = [_checked(item, now) for item in items]
        added: Sequence[Memory] = ()
        for start in range(0, len(checked), BATCH):
            added = (*added, *self._add_batch(checked[start : start + BATCH]))
            if progress:
                progress(len(added), len(checked))
        return added

    def search(
        self,
        query: str | Reading,
        k: int = 10,
        *,
        at: datetime | None = None,
        floor: float = 0.0,
        exclude_messages: Collection[str] = (),
        **narrow: Unpack[Narrow],
    ) -> Sequence[Hit]:
        """The `k` memories most likely to answer `query`, best first; `score` is how likely, in [0, 1].

        `at` is when the question is asked (default: now), for "last summer". The others narrow what is searched: see
        `Narrow`; not the memories of `exclude_messages`, nothing of a lower score than `floor` (0.01 is a good one).
        A query that was read already is searched for as it was read; its own `at` holds.
        A query with nothing in it to look for ("hello", "谢谢") finds nothing. Works without the index and without the
        embedder, on what is left. Raises BadInput.
        """
        if not isinstance(k, int) or k < 1:
            raise BadInput(f"k is {k}; ask for at least 1 memory.")
        scope = replace(_scope(narrow), exclude_messages=exclude_messages)
        if question.asks_nothing(query.text if isinstance(query, Reading) else query):
            return []
        if not isinstance(query, Reading):
            query = clean_text(query, max_chars=10**9, what="query")
        asked, found = self._look_once(query, k, at, scope)
        chances = retrieval.probabilities(asked, found, self._store.embedder.own_rankers)
        order = sorted(range(len(found.rows)), key=lambda i: (-chances[i], found.rows[i].seq))
        best = (i for i in order if found.rows[i].words and chances[i] >= floor and scope.holds(found.rows[i]))
        hits = []
        for i in islice(best, k):
            answered = reasons.asked_before(found, i, scope)
            why = reasons.explain(asked, found, i, scope, answered)
            not_by = reasons.not_by(asked, found.rows[i])
            hits.append(Hit(to_memory(found.rows[i]), round(float(chances[i]), 4), why, not_by, answered))
        return hits

    def _look_once(self, query: str | Reading, k: int, at: datetime | None, scope: Scope) -> tuple[Question, Found]:
        """As `look_at`; what a turn asks twice, with other limits, is looked at once."""
        if not isinstance(query, Reading):
            return self.look_at(query, k, at, scope)
        wanted = (query, k, replace(scope, exclude_messages=()), self._store.database.changes)
        last = self._last_look
        if last is not None and last[0] == wanted:
            return last[1]
        asked, found = self.look_at(query, k, at, scope)
        self._last_look = (wanted, (asked, found)) if asked.encoded is not None else None
        return asked, found

    def look_at(self, query: str | Reading, k: int, at: datetime | None, scope: Scope) -> tuple[Question, Found]:
        """A question and everything that a search for it considers, unranked: what the ranker is trained on."""
        embedder = self._store.embedder
        limit = max(candidates.CANDIDATES, 3 * k)
        database = self._store.database
        changes = database.changes
        with database.read() as session:
            most = max(candidates.COUNTED, self._store.exact_up_to) + 1
            among, names = candidates.count_and_speakers(session, self._user.id, most)
            search = Search(self._user.id, scope, limit, among)
            if isinstance(query, Reading):
                asked = question.of_reading(query, names)
            else:
                asked = question.read(query, aware(at or datetime.now(here())), names)
            embedding = self._store.embed_query(asked.to_embed)  # in another thread, while words are looked up here
            known = candidates.by_words(session, asked, search)
        encoded = self._store.embedded(embedding)
        near: Collection[str] | None = ()
        if encoded is not None:
            asked = replace(
                asked, encoded=encoded, embedder=embedder.name, understood=asked.language in embedder.languages
            )
            near = None
            if among > self._store.exact_up_to:
                wide = 4 * limit if scope.conditions() else limit
                near = self._store.indexer.query(self._user.id, encoded.vector, embedder.name, wide)
        with database.read() as session:
            if database.changes != changes:  # something was written or forgotten meanwhile
                known = candidates.by_words(session, asked, search)
            return asked, candidates.gather(session, asked, search, known, near)

    def prepare(self, said: str) -> None:
        """Begin with the vectors of what the user says now, if it is about to be remembered. Nothing is written."""
        self._store.embed_soon(entries.dense_key(said, self._user.name, utc_now()))

    def list(self, limit: int = 50, *, before: str | None = None, **narrow: Unpack[Narrow]) -> Sequence[Memory]:
        """The newest `limit` memories, newest first, narrowed as in `search`; `before` is the id to go on from."""
        with self._store.database.read() as session:
            statement = Rows(session, self._user.id).columns(MemoryRow, *_SHOWN).where(*_scope(narrow).conditions())
            if before is not None:
                statement = statement.where(col(MemoryRow.seq) < self._row(session, before).seq)
            rows = session.connection().execute(statement.order_by(col(MemoryRow.seq).desc()).limit(limit))
            return [Memory(*row) for row in with_times(Memory, rows)]

    def told(self, most: int = MOST_TOLD) -> Sequence[Memory]:
        """The newest `most`, up to 2,000, that the user said, noted or imported, newest first. A turn asks for them several
        times: they are read once."""
        changes, last = self._store.database.changes, self._last_told
        if last is None or last[0] != changes:
            last = self._last_told = (changes, self.list(MOST_TOLD, kinds=BY_THE_USER))
        return last[1][:most]

    def asking(self) -> Collection[str]:
        """The ids of the user's messages that were answered as a question or a command, and of which no fact was learned, as far
        as the newest 4,000 messages go. Read once for a turn, as `told`."""
        changes, last = self._store.database.changes, self._last_asking
        if last is None or last[0] != changes:
            with self._store.database.read() as session:
                rows = Rows(session, self._user.id)
                newest = rows.column(MessageRow, MessageRow.seq).order_by(col(MessageRow.seq).desc())
                since = func.coalesce(newest.offset(2 * MOST_TOLD).limit(1).scalar_subquery(), 0)
                act = func.json_extract(col(MessageRow.plan), "$.act")
                from_it = or_(FactRow.message_id == MessageRow.parent_id, FactRow.also_from == MessageRow.parent_id)
                taught = rows.column(FactRow, FactRow.id, from_it).exists()
                found = session.exec(
                    rows.column(MessageRow, MessageRow.parent_id, col(MessageRow.seq) > since, act.in_(ASKING), ~taught)
                )
                last = self._last_asking = (changes, frozenset(id for id in found if id))
        return last[1]

    def count(self, **narrow: Unpack[Narrow]) -> int:
        """How many there are, narrowed as in `search`."""
        with self._store.database.read() as session:
            return Rows(session, self._user.id).count(MemoryRow, *_scope(narrow).conditions())

    def by_month(self, **narrow: Unpack[Narrow]) -> Mapping[str, int]:
        """How many memories there are of each month ("2026-11", in UTC) that has any, oldest first."""
        month: Any = func.strftime("%Y-%m", col(MemoryRow.occurred_at))
        with self._store.database.read() as session:
            return Rows(session, self._user.id).counts(MemoryRow, month, *_scope(narrow).conditions())

    def topics(self, number: int = 6, *, latest: int = 2_000) -> Mapping[str, Mapping[str, int]]:
        """The `number` words that most of the `latest` memories of the user's own have in common, each with the count of
        memories of each month it stands in."""
        by_the_user = col(MemoryRow.kind).in_(BY_THE_USER)
        with self._store.database.read() as session:
            texts = Rows(session, self._user.id).columns(MemoryRow, MemoryRow.text, MemoryRow.occurred_at)
            newest_first = texts.where(by_the_user).order_by(col(MemoryRow.seq).desc())
            rows = session.exec(newest_first.limit(latest)).all()
        written: dict[str, str] = {}
        months: dict[str, Counter[str]] = {}
        for text, occurred_at in rows:
            for stem, surface in stemming.surfaces(text).items():
                if len(surface) > 1 and not surface.isdigit():
                    written.setdefault(stem, surface)
                    months.setdefault(stem, Counter())[f"{occurred_at:%Y-%m}"] += 1
        found = sorted((stem for stem in months if months[stem].total() > 1), key=lambda stem: -months[stem].total())
        return {written[stem]: months[stem] for stem in found[:number]}

    def get(self, memory_id: str) -> Memory:
        """Raises NotFound."""
        with self._store.database.read() as session:
            return to_memory(self._row(session, memory_id))

    def edit(self, memory_id: str, text: str) -> Memory:
        """Put another text in a memory's place. The conversation it came from keeps what was said there."""
        text = _without_secrets(clean_text(text, max_chars=MAX_CHARS, what="memory"))
        with self._store.erasing(self._user, "edit") as session:
            row = self._row(session, memory_id)
            remember.replace_text(session, row, text)
        return to_memory(row)

    def pin(self, memory_id: str, pinned: bool = True) -> Memory:
        """A pinned memory is preferred in a search."""
        with self._store.database.write() as session:
            row = self._row(session, memory_id)
            row.pinned = pinned
            session.add(row)
        return to_memory(row)

    def forget(self, memory_id: str) -> int:
        """Erase a memory and everything made from it; returns how many memories went (a reply goes with its question).

        Nothing shows it from now on; the files are rewritten in the background right after (`Store.flush` waits).
        """
        return self.forget_many([memory_id])

    def forget_many(self, memory_ids: Collection[str]) -> int:
        """As `forget`, of all of them or, if one is not found, of none. Raises NotFound."""
        with self._store.erasing(self._user, "memory") as session:
            return forget.memories(session, self._user.id, memory_ids)

    def _add_batch(self, batch: Sequence[MemoryRow]) -> Sequence[Memory]:
        keys = [entries.dense_key(row.text, row.speaker, row.occurred_at) for row in batch]
        encoded = self._store.embed_now(keys)
        with self._store.database.write() as session:
            for position, row in enumerate(batch):
                row.user_id = self._user.id
                if encoded is not None:
                    entries.give_vectors(row, encoded[position], self._store.embedder.name)
                row.previous_id = remember.previous_of(session, self._user.id, row.speaker, row.occurred_at)
                remember.insert(session, row)
        self._store.indexer.wake()
        return [to_memory(row) for row in batch]

    def _row(self, session: Session, memory_id: str) -> MemoryRow:
        row = Rows(session, self._user.id).first(MemoryRow, MemoryRow.id == memory_id)
        if row is None:
            raise NotFound("There is no such memory. List them with `memories.list()` or `/memories`.")
        return row


def to_memory(row: MemoryRow | Row) -> Memory:
    return Memory(
        id=row.id,
        text=row.text,
        kind=row.kind,  # type: ignore[arg-type]
        speaker=row.speaker,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        pinned=bool(row.pinned),
        ref=row.ref,
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        document_id=row.document_id,
    )


def _checked(item: NewMemory, now: datetime) -> MemoryRow:
    """Secrets are hidden, as they are in what is remembered of a chat."""
    occurred_at = item.occurred_at or now
    if item.kind not in get_args(MemoryKind):
        raise BadInput(f"kind is {item.kind!r}; it must be one of {', '.join(get_args(MemoryKind))}.")
    return MemoryRow(
        user_id="",
        kind=item.kind,
        text=_without_secrets(clean_text(item.text, max_chars=MAX_CHARS, what="memory")),
        speaker=clean_text(item.speaker, max_chars=100, what="speaker's name") if item.speaker else None,
        occurred_at=aware(occurred_at).astimezone(UTC),
        recorded_at=now,
        ref=clean_text(item.ref, max_chars=500, what="ref") if item.ref else None,
    )


def _without_secrets(text: str) -> str:
    return secrets.hide(text, secrets.find(text))


def _scope(narrow: Narrow) -> Scope:
    kinds, since, until = narrow.get("kinds"), narrow.get("since"), narrow.get("until")
    unknown = set(kinds or ()) - set(get_args(MemoryKind))
    if unknown:
        raise BadInput(f"There is no kind {sorted(unknown)[0]!r}; there is {', '.join(get_args(MemoryKind))}.")
    since, until = since and aware(since), until and aware(until)
    if since and until and since >= until:
        raise BadInput(f"since ({since:%Y-%m-%d %H:%M}) is not before until ({until:%Y-%m-%d %H:%M}). Swap them.")
    return replace(Scope(**narrow), since=since, until=until)
