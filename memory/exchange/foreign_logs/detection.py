"""A log read by the first format that it fits: the file, or those in its zip, each in whatever encoding it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import IO

from memory.errors import BadInput
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.known_formats import FILES
from memory.exchange.foreign_logs.lines import beginning
from memory.exchange.foreign_logs.talk import Refused, Talk
from memory.exchange.foreign_logs.unpacked import UNREADABLE, ZIP, unpacked
from memory.exchange.recoded import recoded
from memory.language.encodings import name_of


def read(log: bytes | IO[bytes], encoding: str | None = None, known: Known | None = None) -> Iterator[Talk | Refused]:
    """The conversations of a file, in its order, one at a time: however long it is, no more of it is held. Raises BadInput if
    it is none that is known, or breaks off; of several in a zip, one that does is refused if another does not."""
    known = known or Known()
    file_name = str(getattr(log, "name", ""))
    failed: list[tuple[str, BadInput]] = []
    some = False
    for name, file in unpacked(log):
        try:
            for found in _read(file, encoding, replace(known, file=name or PurePath(file_name).name)):
                some = some or isinstance(found, Talk)
                yield replace(found, where=f"{name}, {found.where}") if name and isinstance(found, Refused) else found
        except BadInput as error:
            if not name:
                raise
            failed.append((name, error))
        except UNREADABLE as error:
            if not name:
                raise
            raise BadInput(ZIP) from error
    if failed and not some:
        raise failed[0][1]
    yield from (Refused(name, str(error)) for name, error in failed)


def _read(file: IO[bytes], encoding: str | None, known: Known) -> Iterator[Talk | Refused]:
    text, found = recoded(file, encoding)
    note = () if found in ("utf-8", "utf-8-sig") else (f"The file was read as {name_of(found)}.",)
    begin = beginning(text)
    for one in next(format for format in FILES if format.fits(begin)).read(text, known):
        yield replace(one, notes=(*one.notes, *note)) if note and isinstance(one, Talk) else one
