"""What was erased, without its content, and a way to check that it is gone: search the bytes on the disk for it.

A receipt holds keyed hashes of pieces of what was erased: of texts pieces of 32 or 16 bytes, of ids and vectors their first
32 bytes. It is handed to the person and kept in memory until Zhiji ends; on the disk only what kind of thing went, how much of
it and when is kept (`tables.ErasureRow`), because a hash of a short text could confirm a guess at it. Texts under 16 bytes have
no piece for that reason, and because they would be found in other words; their ids and vectors have.

    {"type": "zhiji-receipt", "version": 1, "what", "user", "erased_at", "counts": {kind: number}, "key": hex,
     "pieces": [[kind, length, hash], …], "sources": [hash, …]}

To find a piece at any place of a file, a polynomial hash of each window of its length is compared first (numpy, all windows at
once, after Karp and Rabin, "Efficient randomized pattern-matching algorithms", 1987), then the keyed BLAKE2b hash of it.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session
from sqlmodel.sql.expression import SelectOfScalar

from memory.errors import BadInput
from memory.storage import pages, personal
from memory.storage.tables import ConversationRow, MemoryRow, PersonalRow

What = Literal[
    "memory", "fact", "message", "conversation", "document", "reminder", "time range", "retention", "edit", "everything"
]
Kind = Literal["text", "id", "vector"]
Progress = Callable[[int, int], None]
VERSION = 1
LONG, SHORT = 32, 16
"""Bytes of a piece."""
STEP = 64
"""Of a text of more than this, a piece is taken each so many bytes."""
MAX_PIECES = 20_000
"""In a receipt, a third for each kind; of more, half are dropped by their hash, and again."""
_FACTOR = 0x9E3779B97F4A7C15
"""Of the polynomial; any large odd number will do."""
COUNTED = personal.counted()
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` bytes that stood in what was erased, by their hash."""

    kind: Kind
    length: int
    hash: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """`sources` are hashes of the ids of what was erased, to tell it from the same words said elsewhere."""

    id: str
    what: What
    user: str
    erased_at: datetime
    counts: Mapping[str, int]
    key: str
    pieces: Sequence[Piece]
    sources: Sequence[str]

    def dump(self) -> str:
        record = {
            "type": "zhiji-receipt",
            "version": VERSION,
            "id": self.id,
            "what": self.what,
            "user": self.user,
            "erased_at": self.erased_at.isoformat(),
            "counts": dict(self.counts),
            "key": self.key,
            "pieces": [[piece.kind, piece.length, piece.hash] for piece in self.pieces],
            "sources": list(self.sources),
        }
        return json.dumps(record, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class Found:
    """A piece that is still on the disk."""

    path: Path
    offset: int
    piece: Piece


class Gone:
    """Collects what a transaction erases."""

    def __init__(self) -> None:
        self.key = secrets.token_bytes(16)
        self.counts: dict[str, int] = {}
        self._pieces: dict[Kind, dict[Piece, None]] = {"text": {}, "id": {}, "vector": {}}
        self._sources: dict[str, None] = {}
        self._rows: set[tuple[str, str]] = set()
        self._keep_one_in: dict[Kind, int] = {"text": 1, "id": 1, "vector": 1}

    def row(self, row: PersonalRow, *, stays: bool = False, now: str = "") -> None:
        """A row that goes; one that `stays` loses its words, but for those of `now`, and keeps its id."""
        kind, id = type(row), getattr(row, "id", None)
        name = id or getattr(row, "message_id", None) or getattr(row, "key", None) or ""
        if (kind.__name__, name) in self._rows:
            return
        self._rows.add((kind.__name__, name))
        if not (stays and kind is ConversationRow):  # it is its title that goes
            self.counts[COUNTED[kind]] = self.counts.get(COUNTED[kind], 0) + 1
        if id:
            self._sources[self._hash(id.encode())] = None
            if not stays:
                self._add("id", id.encode())
        for text in texts(row):
            for piece in _cut(text.encode()):
                if piece not in now.encode():
                    self._add("text", piece)
        if isinstance(row, MemoryRow) and row.vector:
            self._add("vector", row.vector[:LONG])

    def receipt(self, id: str, what: What, user: str, at: datetime) -> Receipt:
        pieces = tuple(piece for kind in self._pieces.values() for piece in kind)
        return Receipt(id, what, user, at, self.counts, self.key.hex(), pieces, tuple(self._sources))

    def _add(self, kind: Kind, piece: bytes) -> None:
        found = Piece(kind, len(piece), _filter(piece) + self._hash(piece))
        kept = self._pieces[kind]
        if _share(found) % self._keep_one_in[kind]:
            return
        kept[found] = None
        if len(kept) > MAX_PIECES // len(self._pieces):
            self._keep_one_in[kind] *= 2
            self._pieces[kind] = {piece: None for piece in kept if not _share(piece) % self._keep_one_in[kind]}

    def _hash(self, piece: bytes) -> str:
        return _keyed(self.key, piece)


_GONE = "gone"


@contextmanager
def collecting(session: Session) -> Iterator[Gone]:
    """Within the block, what is erased in the transaction is noted."""
    gone = session.info[_GONE] = Gone()
    try:
        yield gone
    finally:
        del session.info[_GONE]


def note(
    session: Session, rows: Iterable[PersonalRow] | SelectOfScalar[Any], *, stays: bool = False, now: str = ""
) -> None:
    """Say that these rows are about to be erased, or stay and lose their words but for those of `now`, if anybody collects
    it."""
    gone = session.info.get(_GONE)
    if gone is not None:
        for row in session.exec(rows) if isinstance(rows, SelectOfScalar) else rows:
            gone.row(row, stays=stays, now=now)


def counts(session: Session) -> Mapping[str, int]:
    """What was erased in the transaction so far."""
    gone: Gone = session.info[_GONE]
    return gone.counts


def texts(row: PersonalRow) -> Iterator[str]:
    """The words of a row."""
    return (text for text in (getattr(row, name) for name in personal.table_of(type(row)).words) if text)


def contents(row: PersonalRow) -> Iterator[bytes]:
    """The words of a row, and its vector."""
    yield from (text.encode() for text in texts(row))
    if isinstance(row, MemoryRow) and row.vector:
        yield row.vector


def load(text: str) -> Receipt:
    """Raises BadInput for what is no receipt."""
    try:
        record = json.loads(text)
        if record["type"] != "zhiji-receipt" or record["version"] != VERSION:
            raise ValueError("another type or version")
        pieces = [{"kind": kind, "length": length, "hash": found} for kind, length, found in record["pieces"]]
        receipt: Receipt = _RECEIPT.validate_python(
            record | {"pieces": tuple(pieces), "sources": tuple(record["sources"])}
        )
        bytes.fromhex(receipt.key)
        if any(piece.length not in (SHORT, LONG) or not _HASH.fullmatch(piece.hash) for piece in receipt.pieces):
            raise ValueError("no piece")
        if len(receipt.key) != 32 or not receipt.pieces or receipt.erased_at.tzinfo is None:
            raise ValueError("nothing to look for")
    except (ValueError, TypeError, KeyError, ValidationError, RecursionError) as error:
        raise BadInput("This is no receipt of Zhiji's, or it is damaged.") from error
    return receipt


_RECEIPT: TypeAdapter[Any] = TypeAdapter(Receipt)
_HASH = re.compile(r"[0-9a-f]{40}")


def search(files: Collection[Path], receipt: Receipt, progress: Progress | None = None) -> Sequence[Found]:
    """Where pieces of what was erased stand in these files, encrypted ones too, each piece once a file. Raises BadInput for a
    file that cannot be read: it would not have been searched."""
    scan, found = Scan(receipt), list[Found]()
    total, done = sum(path.stat().st_size for path in files if path.exists()), 0
    for path in files:
        seen: set[Piece] = set()
        offset, kept = 0, b""
        try:
            for chunk in pages.pieces(path):
                for at, piece in scan.find(kept + chunk):
                    if piece not in seen:
                        seen.add(piece)
                        found.append(Found(path, offset - len(kept) + at, piece))
                offset += len(chunk)
                done += len(chunk)
                kept = (kept + chunk)[-(LONG - 1) :]
                if progress:
                    progress(min(done, total), total)
        except FileNotFoundError:  # a log that was emptied and removed meanwhile
            continue
        except OSError as error:
            raise BadInput(f"{path} cannot be read ({error.strerror}), so it was not searched.") from error
    return found


class Scan:
    """Finds the pieces of a receipt in bytes."""

    def __init__(self, receipt: Receipt) -> None:
        self._key = bytes.fromhex(receipt.key)
        self._known = {piece.hash: piece for piece in receipt.pieces}
        self._filters = {
            length: np.unique(
                np.array([int(piece.hash[:8], 16) for piece in receipt.pieces if piece.length == length], np.uint64)
            )
            for length in (SHORT, LONG)
        }

    def hash_of(self, id: str) -> str:
        """As it stands among the receipt's `sources`."""
        return _keyed(self._key, id.encode())

    def find(self, data: bytes) -> Iterator[tuple[int, Piece]]:
        """Each place at which a piece begins."""
        for length, hashes in _windows(data):
            wanted = self._filters[length]
            if not len(wanted):
                continue
            for at in np.flatnonzero(_is_in(hashes, wanted)):
                window = data[at : at + length]
                piece = self._known.get(_filter(window) + _keyed(self._key, window))
                if piece is not None and piece.length == length:
                    yield int(at), piece


def _is_in(hashes: Hashes, wanted: Hashes) -> npt.NDArray[np.bool_]:
    """First by 16 bits, which a table answers for all of them."""
    table = np.zeros(2**16, np.bool_)
    table[wanted >> np.uint64(16)] = True
    maybe = np.flatnonzero(table[hashes >> np.uint64(16)])
    found = np.zeros(len(hashes), np.bool_)
    found[maybe] = np.isin(hashes[maybe], wanted)
    return found


def _windows(data: bytes) -> Iterator[tuple[int, Hashes]]:
    """For each length of a piece, a hash of 32 bits of the window that begins at each place: twice as long a window is made
    of two, as h(ab) = h(a) * factor ** len(b) + h(b)."""
    hashes: Hashes = np.frombuffer(data, np.uint8).astype(np.uint64) + np.uint64(1)
    length, power = 1, _FACTOR
    while length < LONG and len(hashes) > length:
        hashes = hashes[:-length] * np.uint64(power) + hashes[length:]
        length, power = 2 * length, power * power % 2**64
        if length in (SHORT, LONG):
            yield length, hashes >> np.uint64(32)


def _share(piece: Piece) -> int:
    """A number by which pieces are kept or not, whatever order they come in."""
    return int(piece.hash[-8:], 16)


def _filter(piece: bytes) -> str:
    """The 32 bits of a whole piece, in hex."""
    *_, (length, hashes) = _windows(piece)
    assert length == len(piece)
    return f"{int(hashes[0]):08x}"


def _cut(text: bytes) -> Iterator[bytes]:
    size = LONG if len(text) >= LONG else SHORT
    for at in range(0, len(text) - size + 1, STEP):
        yield text[at : at + size]
    if len(text) > size:  # the end of a short text tells it from another that begins so
        yield text[-size:]


def _keyed(key: bytes, piece: bytes) -> str:
    return hashlib.blake2b(piece, digest_size=16, key=key).hexdigest()
