"""From a question to ranked memories.

    candidates   nearest vectors (Chroma, or exact over SQLite) ∪ entries that share a word (FTS5) ∪ of a time it names
    context      the turns right before and after each candidate: often it is there that the answer stands
    frame        what speaks for each of them (`features.py`)
    probability  the frame weighed by the ranker (`ranker.py`)
    visible      what SQLite says is this user's, now, and in the scope asked for

The vector of a memory is of "speaker (date): text". Figures are in docs/findings.md.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from memory.language.text import last_question
from memory.language.times import Span
from memory.search import features, keywords, question, ranker
from memory.search.embedders import Vectors, sign_bytes, signs
from memory.search.features import Frame, Values
from memory.search.question import Question
from memory.storage.tables import MemoryRow
from memory.types import Memory, MemoryKind

CANDIDATES = 60
"""From each of meaning and words. On the development set 60, 100 and 160 find 85.9, 86.2 and 86.2 in the first ten,
90.1, 90.4 and 90.9 in the first 25."""
WIDER = 4
"""So many times the candidates are looked at to find those of a scope, before the scope itself is read."""
OF_TIME = 40
"""As many candidates for each time that the question names."""
SAID_ALIKE = 0.35
"""The cosine from which we tell a person that a memory has a similar meaning."""
PIN_LOG_ODDS = 1.0
"""A pin is the person's own word that a memory matters: it weighs as much as odds of e to 1."""
COUNTED = 2_000
"""With more memories the chances are judged as with so many: a life's talk is about the same things again and again."""
SHORT_ANSWER = 8
"""Content words. What is longer says by itself what it is about, and so does without the assistant's question; a guess."""
FEW = 20
"""As many memories as a user is taken to have at least, when the chance that one of them is the answer is judged."""
_COLUMNS = """seq, id, kind, text, speaker, occurred_at, recorded_at, ref, pinned, message_id, conversation_id,
    document_id, previous_id, words, vector, tokens, embedder, own, before"""


class Row(NamedTuple):
    """A memory as a search needs it, with its keyword entry: read without SQLModel's work for each of some hundred."""

    seq: int
    id: str
    kind: str
    text: str
    speaker: str | None
    occurred_at: datetime
    recorded_at: datetime
    ref: str | None
    pinned: bool
    message_id: str | None
    conversation_id: str | None
    document_id: str | None
    previous_id: str | None
    words: int
    vector: bytes | None
    tokens: bytes | None
    embedder: str | None
    own: Sequence[str]
    before: Sequence[str]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which memories are meant: of these kinds, said by this speaker, from `since` until before `until`, of this
    conversation or document, pinned or not."""

    kinds: Collection[MemoryKind] | None = None
    speaker: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    exclude_messages: Collection[str] = ()
    conversation_id: str | None = None
    document_id: str | None = None
    pinned: bool | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """In SQL; `exclude_messages`, always few, is left to `holds`."""
        found: list[ColumnElement[bool]] = []
        if self.kinds is not None:
            found.append(col(MemoryRow.kind).in_(self.kinds))
        if self.since is not None:
            found.append(col(MemoryRow.occurred_at) >= self.since)
        if self.until is not None:
            found.append(col(MemoryRow.occurred_at) < self.until)
        for column, wanted in (
            (MemoryRow.speaker, self.speaker),
            (MemoryRow.conversation_id, self.conversation_id),
            (MemoryRow.document_id, self.document_id),
            (MemoryRow.pinned, self.pinned),
        ):
            if wanted is not None:
                found.append(col(column) == wanted)
        return found

    def holds(self, row: Row) -> bool:
        """Of a row of these conditions' candidates, or of what was said around them."""
        return (
            (self.kinds is None or row.kind in self.kinds)
            and self.speaker in (None, row.speaker)
            and self.conversation_id in (None, row.conversation_id)
            and self.document_id in (None, row.document_id)
            and (self.pinned is None or self.pinned == bool(row.pinned))
            and (self.since is None or row.occurred_at >= self.since)
            and (self.until is None or row.occurred_at < self.until)
            and row.message_id not in self.exclude_messages
        )


@dataclass(frozen=True, slots=True)
class Found:
    """One search's memories, context among them, with the frame of their features; and among how many memories they
    were searched, counted up to COUNTED or what is compared one by one."""

    rows: Sequence[Row]
    frame: Frame
    among: int


def dense_key(text: str, speaker: str | None, occurred_at: datetime) -> str:
    """What is embedded for a memory: who said it and when, then the words."""
    return f"{speaker or 'Note'} ({occurred_at.day} {occurred_at:%B %Y}): {text}"


@dataclass(frozen=True, slots=True)
class ByWords:
    """What is known before the question's vector is: the candidates that share a word with it, what was said around
    them, each word's weight, and the vectors (id, vector, embedder) that the index may not have yet."""

    rows: dict[str, Row]
    around: dict[str, Row]
    weights: dict[str, float]
    waiting: Sequence[Any]


def by_words(session: Session, user_id: str, asked: Question, scope: Scope, limit: int) -> ByWords:
    words = list(asked.words)
    seqs = _of_words(session, user_id, words, scope, limit)
    for span in asked.spans:
        seqs += _of_time(session, user_id, span, scope)
    rows = _rows(session, user_id, "seq", seqs)
    waiting = session.connection().exec_driver_sql(
        "SELECT DISTINCT memory.id, vector, embedder FROM outbox CROSS JOIN memory ON memory.id = memory_id "
        "WHERE outbox.user_id = ? AND vector IS NOT NULL",
        (user_id,),
    )
    weights = keywords.weights(session, user_id, words)
    return ByWords(rows, _around(session, user_id, rows), weights, waiting.all())


def _of_words(session: Session, user_id: str, words: Sequence[str], scope: Scope, limit: int) -> list[int]:
    """The best entries of the scope. The best of all are looked at first, as the scope of a chat is most of what there is:
    to find out what is in it takes 20 ms among 20,000."""
    conditions = scope.conditions()
    if not conditions:
        return keywords.candidates(session, user_id, words, limit)
    best = keywords.candidates(session, user_id, words, WIDER * limit)
    inside = select(MemoryRow.seq).where(MemoryRow.user_id == user_id, *conditions)
    fitting = set(session.exec(inside.where(col(MemoryRow.seq).in_(best))))
    found = [seq for seq in best if seq in fitting][:limit]
    if len(found) == limit or len(best) < WIDER * limit:
        return found
    return keywords.candidates(session, user_id, words, limit, inside)


@np.errstate(invalid="ignore")  # BLAS raises that flag now and then over numbers that are all finite
def look(
    session: Session,
    user_id: str,
    asked: Question,
    known: ByWords,
    near: Collection[str] | None,
    scope: Scope,
    limit: int,
    among: int,
) -> Found:
    """The candidates and their context. `near` are ids of the index, `None` if it could not be asked."""
    ids = set(near or ())
    if near and scope.conditions():
        ids = set(session.exec(select(MemoryRow.id).where(col(MemoryRow.id).in_(near), *scope.conditions())))
        near = ids if len(ids) >= limit // 4 else None  # too few are left: look at every vector of the scope
    if asked.encoded is not None and near is None:
        mine = (MemoryRow.user_id == user_id, MemoryRow.embedder == asked.embedder, col(MemoryRow.vector).is_not(None))
        every = session.connection().execute(select(MemoryRow.id, MemoryRow.vector).where(*mine, *scope.conditions()))
        ids |= set(_nearest(every.all(), asked.encoded.vector, limit))
    elif asked.encoded is not None:  # what the index may not know yet, so that a search sees what was just written
        waiting = [(memory_id, vector) for memory_id, vector, by in known.waiting if by == asked.embedder]
        ids |= set(_nearest(waiting, asked.encoded.vector, limit))
    nearest = _rows(session, user_id, "id", ids - known.rows.keys())
    around = known.around | _around(session, user_id, nearest)
    rows = sorted((around | known.rows | nearest).values())
    return Found(rows, _frame(asked, rows, known.weights), among)


@np.errstate(invalid="ignore")  # as in `look`
def probabilities(asked: Question, found: Found) -> Values:
    """(n,) in [0, 1]: how likely each of `found.rows` is an answer.

    The ranker was calibrated among some hundred memories. Among fewer, each is likelier to be the one, among more less.
    """
    rankers = ranker.load()
    understood = asked.encoded is not None and asked.understood
    by_meaning = np.array([understood and row.embedder == asked.embedder for row in found.rows], np.bool_)
    named = asked.speaker is not None
    if by_meaning.all():
        logits = rankers["all"].logits(found.frame, named=named)
    else:
        logits = rankers["words"].logits(found.frame, named=named)
        if understood:
            logits = np.where(by_meaning, rankers["all"].logits(found.frame, named=named), logits)
    logits += among_log_odds(found.among)
    logits += PIN_LOG_ODDS * np.array([row.pinned for row in found.rows], np.float32)
    # by words alone, a memory that shares none, and none of its neighbours does, has nothing to speak for it
    return np.where(by_meaning | features.any_word(found.frame), ranker.probability(logits), 0)


def among_log_odds(among: int) -> float:
    """By how much a memory of so many is likelier to be the one than where the ranker was calibrated.

    Were all alike the odds would go with the ratio (Saerens, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities", 2002), but the best of many that are not the one looks better than the best of few. The power of 2/3
    predicts best from 6 to 552 memories (docs/findings.md).
    """
    return 2 / 3 * float(np.log(ranker.TRAINED_AMONG / min(max(among, FEW), COUNTED)))


def not_by(asked: Question, row: Row | Memory) -> str | None:
    """Whom a question asks about by name, if somebody else said this, and not of them. The user's own words may be about
    anybody."""
    if asked.speaker is None or row.speaker in (None, asked.speaker) or row.kind == "said":
        return None
    return None if question.tells_of(asked.speaker, row.text) else asked.speaker


def question_before(row: Row | MemoryRow, previous: Row | MemoryRow) -> str | None:
    """What a memory is quoted with: the last question of the turn before, if another spoke there.

    Of the assistant only before a short answer: a reply is the model's text and may be wrong about the user.
    """
    if row.kind == "document" or previous.speaker == row.speaker:
        return None
    if previous.kind == "reply" and row.words > SHORT_ANSWER:
        return None
    return last_question(previous.text)


def asked_before(found: Found, index: int, scope: Scope) -> str | None:
    """`question_before`, where the turn before is of the scope but for who says it and in what kind of memory."""
    at = int(found.frame.previous[index])
    if at < 0 or not replace(scope, kinds=None, speaker=None, pinned=None).holds(found.rows[at]):
        return None
    return question_before(found.rows[index], found.rows[at])


def explain(asked: Question, found: Found, index: int, scope: Scope, answered: str | None) -> tuple[str, ...]:
    """Why a memory was found, in words a person understands, the most telling first. A memory outside the scope is not
    quoted, but for the question that it answers (`asked_before`)."""
    row, frame = found.rows[index], found.frame
    inside = [written for stem, written in asked.words.items() if stem in row.own]
    before = [written for stem, written in asked.words.items() if stem in row.before and stem not in row.own]
    within = [span for span in asked.spans if span.start <= row.occurred_at < span.end]
    at = int(frame.previous[index])
    previous = found.rows[at] if at >= 0 and scope.holds(found.rows[at]) else None
    reasons = (
        ("same words: " + ", ".join(inside), bool(inside)),
        (f"in answer to: {_short(answered or '')}", answered is not None),
        (
            f"just after: {_short(previous.text) if previous else ''}",
            bool(before) and previous is not None and not answered,
        ),
        ("similar meaning", asked.understood and frame.cosine[index] >= SAID_ALIKE),
        (f"said by {row.speaker}", asked.speaker is not None and row.speaker == asked.speaker),
        (f"time: {within[0].phrase if within else ''}", bool(within)),
        ("pinned", row.pinned),
        (f"only the first {question.MAX_CHARS:,} characters of the question were read", asked.cut),
    )
    return tuple(reason for reason, holds in reasons if holds)


def count(session: Session, user_id: str, most: int) -> int:
    """How many memories a user has, counted up to `most`."""
    some = "SELECT count(*) FROM (SELECT 1 FROM memory WHERE user_id = ? LIMIT ?)"
    return int(session.connection().exec_driver_sql(some, (user_id, most)).scalar_one())


def speakers(session: Session, user_id: str) -> Sequence[str]:
    """Everyone who speaks in a user's memories. One step in the index for each, not one for every memory."""
    names = session.connection().exec_driver_sql(
        "WITH RECURSIVE found(name) AS (SELECT min(speaker) FROM memory WHERE user_id = ? UNION ALL "
        "SELECT (SELECT min(speaker) FROM memory WHERE user_id = ? AND speaker > found.name) FROM found "
        "WHERE found.name IS NOT NULL) SELECT name FROM found WHERE name IS NOT NULL",
        (user_id, user_id),
    )
    return list(names.scalars())


def _nearest(rows: Sequence[Any], vector: Vectors, limit: int) -> Sequence[str]:
    """Ids of the `limit` nearest of these (id, vector)."""
    if not rows:
        return []
    matrix = np.frombuffer(b"".join([blob for _, blob in rows]), dtype="<f4").reshape(len(rows), -1)
    best = np.argsort(-(matrix @ vector), kind="stable")[:limit]
    return [rows[i][0] for i in best]


def _of_time(session: Session, user_id: str, span: Span, scope: Scope) -> Sequence[int]:
    """Some of what was said in a time that the question names, if that is no more than a year: "What did I do on 3 May?"."""
    if span.end - span.start > timedelta(days=366):
        return []
    within = (col(MemoryRow.occurred_at) >= span.start, col(MemoryRow.occurred_at) < span.end)
    said = select(MemoryRow.seq).where(MemoryRow.user_id == user_id, *within, *scope.conditions()).limit(OF_TIME)
    return [seq for seq in session.exec(said) if seq is not None]


def _around(session: Session, user_id: str, rows: dict[str, Row]) -> dict[str, Row]:
    """The memories right before and after these."""
    previous = {row.previous_id for row in rows.values() if row.previous_id} - rows.keys()
    following = _rows(session, user_id, "previous_id", rows.keys())
    return following | _rows(session, user_id, "id", previous - following.keys())


def _rows(session: Session, user_id: str, column: str, values: Collection[Any]) -> dict[str, Row]:
    """A user's memories by id. The plus keeps SQLite from going through all of the user's to find these: it then has
    only the column's own index to go by. That of `previous_id` begins with the user."""
    if not values:
        return {}
    mine = "user_id" if column == "previous_id" else "+user_id"
    statement = (
        f"SELECT {_COLUMNS} FROM memory LEFT JOIN {keywords.table_for(user_id)} AS entry ON entry.rowid = seq "
        f"WHERE {column} IN (SELECT value FROM json_each(?)) AND {mine} = ?"
    )
    found = session.connection().exec_driver_sql(statement, (json.dumps(list(values)), user_id))
    return {
        row[1]: Row._make(
            (*row[:5], _time(row[5]), _time(row[6]), *row[7:-2], (row[-2] or "").split(), (row[-1] or "").split())
        )
        for row in found.all()
    }


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored + "+00:00")  # to replace the zone takes ten times as long


def _frame(asked: Question, rows: Sequence[Row], weights: dict[str, float]) -> Frame:
    place = {row.id: index for index, row in enumerate(rows)}
    previous = np.array([place.get(row.previous_id or "", -1) for row in rows], np.int64)
    following = np.full(len(rows), -1, np.int64)
    following[previous[previous >= 0]] = np.flatnonzero(previous >= 0)
    cosine, likeness = _likeness(asked, rows)
    numbers: dict[Any, int] = {}
    return Frame(
        cosine=cosine,
        likeness=likeness,
        idf=np.array(list(weights.values()), np.float32),
        own=_counts(weights, [row.own for row in rows]),
        before=_counts(weights, [row.before for row in rows]),
        own_length=np.array([len(row.own) for row in rows], np.float32),
        before_length=np.array([len(row.before) for row in rows], np.float32),
        previous=previous,
        following=following,
        conversation=np.array(
            [numbers.setdefault(row.conversation_id or row.occurred_at.date(), len(numbers)) for row in rows], np.int64
        ),
        speaker=_told(asked, rows),
        asks=np.array(["?" in row.text or "？" in row.text for row in rows], np.float32),
        occurred=np.array([row.occurred_at.timestamp() for row in rows], np.float64),
        spans=np.array([(span.start.timestamp(), span.end.timestamp()) for span in asked.spans], np.float64).reshape(
            -1, 2
        ),
        says_time=_says_time(asked, rows),
    )


def _says_time(asked: Question, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
    says = [1 if question.says_time(row.text) else -1 for row in rows] if asked.wants_time else [0] * len(rows)
    return np.array(says, np.float32)


def _told(asked: Question, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
    """1 if the question is about what this memory's speaker said, -1 if about what another did, 0 if it names nobody."""
    if asked.speaker is not None:
        told = [0 if row.speaker is None else 1 if row.speaker == asked.speaker else -1 for row in rows]
    else:
        told_by = {"reply": 1, "said": -1} if asked.of_assistant else {"said": 1, "reply": -1} if asked.of_user else {}
        told = [told_by.get(row.kind, 0) for row in rows]
    return np.array(told, np.float32)


def _counts(weights: dict[str, float], texts: Iterable[Sequence[str]]) -> npt.NDArray[np.float32]:
    column = {word: index for index, word in enumerate(weights)}
    wanted, rows = frozenset(column), list(texts)
    counts = np.zeros((len(rows), len(column)), np.float32)
    for number, words in enumerate(rows):
        for word in wanted.intersection(words):
            counts[number, column[word]] = words.count(word)
    return counts


def _likeness(asked: Question, rows: Sequence[Row]) -> tuple[Vectors, Vectors]:
    """Each memory's cosine (n,), and for each token of the question its best in each memory (n, q); 0 without vectors.

    Tokens are compared by the signs of their vectors: 1 where all agree, 0 where half do, as for unrelated ones. To keep
    the question's numbers whole finds 0.4 points more by itself and nothing together with the rest, in five times the time.
    """
    cosine = np.zeros(len(rows), np.float32)
    if asked.encoded is None:
        return cosine, np.zeros((len(rows), 0), np.float32)
    dim, wanted = len(asked.encoded.vector), asked.encoded.tokens
    likeness = np.zeros((len(rows), len(wanted)), np.float32)
    embedded = [i for i, row in enumerate(rows) if row.vector and row.tokens and row.embedder == asked.embedder]
    if embedded and len(wanted):
        vectors = np.frombuffer(b"".join([rows[i].vector or b"" for i in embedded]), "<f4").reshape(-1, dim)
        cosine[embedded] = np.maximum(vectors @ asked.encoded.vector, 0)
        stored = b"".join([rows[i].tokens or b"" for i in embedded])
        width = sign_bytes(dim)
        different = _hamming(_words(stored, width), _words(signs(wanted), width))
        starts = np.cumsum([0, *(len(rows[i].tokens or b"") // width for i in embedded[:-1])])
        likeness[embedded] = 1 - 2 * np.minimum.reduceat(different, starts, axis=0).astype(np.float32) / dim
    return cosine, likeness


def _words(packed: bytes, width: int) -> npt.NDArray[np.uint64]:
    return np.frombuffer(packed, np.uint64).reshape(-1, width // 8)


def _hamming(left: npt.NDArray[np.uint64], right: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint16]:
    """(n, m): in how many bits each row of `left` (n, words) differs from each of `right` (m, words)."""
    different = np.zeros((len(right), len(left)), np.uint16)
    for mine, theirs in zip(np.ascontiguousarray(left.T), right.T, strict=True):
        different += np.bitwise_count(mine[None] ^ theirs[:, None])
    return different.T


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
