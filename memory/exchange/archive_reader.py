"""Reads the archive of a user (`memory.exchange.user_archive`), and checks every line before it is believed."""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from memory.errors import BadInput
from memory.exchange import archive_lines
from memory.exchange.archive_lines import FILES_THAT_CAME_LATER, ODD
from memory.storage.backup import newer, read_manifest
from memory.storage.database import AT_ONCE
from memory.storage.personal import ArchiveFile, PersonalTable, archived, table_of
from memory.storage.tables import PersonalRow

VERSION = 3
"""1 had no plans, 2 no reminders."""
MAX_LINE = 2 * 2**20
_TIMES_SMALLER = 30
"""Text is packed to a tenth; what is packed to less than this was made to keep a reader busy, or is written unpacked."""
_DAMAGED = "{} is damaged or no archive of a user of Zhiji ({}). Nothing was changed."


@dataclass(frozen=True, slots=True)
class Archive:
    """What an archive says of itself; `lines` of each of its files."""

    user: str
    created_at: datetime
    zhiji: str
    lines: Mapping[str, int]


def is_too_tight(file: IO[bytes]) -> bool:
    """Whether a zip is packed tighter than what people write."""
    size = file.seek(0, os.SEEK_END)
    with zipfile.ZipFile(file) as packed:
        return sum(info.file_size for info in packed.infolist()) > _TIMES_SMALLER * size + MAX_LINE


class Reader:
    """Of one archive. Raises BadInput, SchemaTooNew."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        self._file = file
        self.path = path
        self._files: Sequence[ArchiveFile] = ()
        self.archive, self._digests = self._manifest()

    def check(self) -> None:
        """Read all of it once. Raises BadInput."""
        keys: dict[ArchiveFile, set[str]] = {file: set() for file in archived()}
        conversation_of: dict[str, str] = {}  # each message
        for file, personal in archived().items():
            key_columns = archive_lines.key_of(personal.row)
            for number, record in enumerate(self._records(file, personal), start=1):
                wrong = [column for column, whole in _files_named(personal) if record[column] not in keys[whole]]
                if file == "messages":
                    parent, conversation = record["parent_id"], record["conversation_id"]
                    if parent is not None and conversation_of.get(parent) != conversation:
                        wrong.append("parent_id")
                    conversation_of[record["id"]] = conversation
                if wrong:
                    raise self._damaged(f"{file}.jsonl, line {number}: {wrong[0]} names nothing in it")
                key = " ".join(str(record[column.name]) for column in key_columns)
                if key in keys[file]:
                    raise self._damaged(f"{file}.jsonl, line {number}: it is there twice")
                keys[file].add(key)
        for record in self._records("conversations", archived()["conversations"]):
            if record["head_id"] is not None and conversation_of.get(record["head_id"]) != record["id"]:
                raise self._damaged("conversations.jsonl: head_id names nothing in it")

    def rows(self, file: ArchiveFile, personal: PersonalTable, user_id: str) -> Iterator[list[PersonalRow]]:
        """Some at a time."""
        rows: list[PersonalRow] = []
        for record in self._records(file, personal):
            rows.append(personal.row(user_id=user_id, **record))
            if len(rows) == AT_ONCE:
                yield rows
                rows = []
        if rows:
            yield rows

    def _manifest(self) -> tuple[Archive, Mapping[str, str]]:
        if zipfile.is_zipfile(self._file) and is_too_tight(self._file):
            raise self._damaged("it is packed too tightly")
        with self._opened() as packed:
            try:
                there = set(packed.namelist())
                self._files = [f for f in archived() if f not in FILES_THAT_CAME_LATER or f"{f}.jsonl" in there]
                record = read_manifest(packed, [f"{file}.jsonl" for file in self._files])
                if record["type"] != "zhiji-archive":
                    raise ValueError("another type")
                if int(record["version"]) > VERSION:
                    raise newer(self.path, record["zhiji"])
                lines: dict[str, int] = {file: int(record["files"][f"{file}.jsonl"]["lines"]) for file in self._files}
                digests: dict[str, str] = {
                    file: str(record["files"][f"{file}.jsonl"]["sha256"]) for file in self._files
                }
                created_at = datetime.fromisoformat(record["created_at"])
                return Archive(str(record["user"]), created_at, str(record["zhiji"]), lines), digests
            except ODD as error:
                raise self._damaged("its manifest") from error

    def _records(self, file: ArchiveFile, personal: PersonalTable) -> Iterator[dict[str, Any]]:
        if file not in self._files:
            return
        digest, number = hashlib.sha256(), 0
        with self._opened() as packed, packed.open(f"{file}.jsonl") as packed_file:
            while line := packed_file.readline(MAX_LINE + 1):
                number += 1
                digest.update(line)
                if len(line) > MAX_LINE or number > self.archive.lines[file]:
                    raise self._damaged(f"{file}.jsonl, line {number}: too much")
                try:
                    record = archive_lines.parse(file, personal, line)
                except ODD as error:
                    raise self._damaged(f"{file}.jsonl, line {number}") from error
                yield record
        if number != self.archive.lines[file] or digest.hexdigest() != self._digests[file]:
            raise self._damaged(f"{file}.jsonl")

    @contextmanager
    def _opened(self) -> Iterator[zipfile.ZipFile]:
        try:
            with zipfile.ZipFile(self._file) as packed:
                yield packed
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read ({error.strerror or 'no reason given'}).") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise self._damaged("the zip") from error

    def _damaged(self, where: str) -> BadInput:
        return BadInput(_DAMAGED.format(self.path, where))


def _files_named(personal: PersonalTable) -> list[tuple[str, ArchiveFile]]:
    """The columns that name a row of another file, and that file."""
    named = [(column, table_of(row).archived) for column, row in personal.part_of.items()]
    return [(column, file) for column, file in named if isinstance(file, str)]
