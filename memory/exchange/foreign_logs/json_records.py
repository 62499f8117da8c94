"""Logs in JSON: records in a list, one a line, or one that is the whole file. What each is, the record formats tell."""

from collections.abc import Iterator, Sequence
from typing import IO, Any

from memory.errors import BadInput
from memory.exchange import json_stream
from memory.exchange.foreign_logs.fields import ODD, odd
from memory.exchange.foreign_logs.formats import UNKNOWN, FileFormat, RecordFormat
from memory.exchange.foreign_logs.lines import beginning, lines, parsed
from memory.exchange.foreign_logs.talk import Refused, Talk, checked

MOST_UNKNOWN = 10_000
"""A file that begins with more records of no known kind is no log."""


def of(formats: Sequence[RecordFormat]) -> FileFormat:
    """The file format whose records are of these; the first that fits reads a record."""
    return FileFormat("json", lambda begin: begin[:1] in (b"[", b"{"), lambda file, _: _read(file, formats))


def _read(file: IO[bytes], formats: Sequence[RecordFormat]) -> Iterator[Talk | Refused]:
    listed = _is_list(file)
    some = known = False
    unknown = 0
    for where, record in _records(file, listed=listed):
        format = next((each for each in formats if isinstance(record, dict) and each.fits(record)), None)
        known = known or format is not None
        unknown += format is None
        if not known and (unknown > MOST_UNKNOWN or not (listed or some)):
            raise BadInput(UNKNOWN)
        some = True
        if isinstance(record, Refused) or format is None:
            yield record if isinstance(record, Refused) else Refused(where, "it is of no kind that is known")
            continue
        try:
            talk = checked(format.read(record))
        except ODD as error:
            yield Refused(where, odd(error))
            continue
        if talk.messages:
            yield talk
            yield from (Refused(f"{where}, {each.where}", each.why) for each in talk.refused)
        else:
            yield Refused(where, talk.refused[0].why if talk.refused else "it holds no text")
    if not some:
        raise BadInput(UNKNOWN)


def _records(file: IO[bytes], *, listed: bool) -> Iterator[tuple[str, Any]]:
    """Each record, or Refused in its place, with where it stands."""
    if listed or not _is_lines(file):
        for number, record in enumerate(json_stream.records(file), start=1):
            yield f"conversation {number}", record
    else:
        for number, line in lines(file):
            yield f"line {number}", parsed(line, number)


def _is_list(file: IO[bytes]) -> bool:
    return beginning(file)[:1] == b"["


def _is_lines(file: IO[bytes]) -> bool:
    """Whether a file that begins with an object has one on each line."""
    found = lines(file)
    first = parsed(next(found, (1, b""))[1], 1)
    more = next(found, None) is not None
    file.seek(0)
    return more and not isinstance(first, Refused)
