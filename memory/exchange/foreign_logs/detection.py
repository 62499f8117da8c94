"""A log read by the first format that it fits."""

from collections.abc import Iterator
from typing import IO

from memory.exchange.foreign_logs.known_formats import FILES
from memory.exchange.foreign_logs.lines import beginning
from memory.exchange.foreign_logs.talk import Refused, Talk
from memory.exchange.foreign_logs.unpacked import unpacked


def read(log: bytes | IO[bytes]) -> Iterator[Talk | Refused]:
    """The conversations of a file, in its order, one at a time: however long it is, no more of it is held. Raises BadInput if
    it is none that is known, or breaks off."""
    with unpacked(log) as file:
        begin = beginning(file)
        yield from next(format for format in FILES if format.fits(begin)).read(file)
