"""The lines of a log, and records of which each is a line."""

import io
import json
from collections.abc import Iterator
from typing import IO, Any

from memory.errors import BadInput
from memory.exchange import json_stream
from memory.exchange.foreign_logs.fields import ODD, odd
from memory.exchange.foreign_logs.talk import Refused

MAX_LINE, LONG_LINE = 32 * 2**20, 2**20


def beginning(file: IO[bytes]) -> bytes:
    """The first bytes, without a byte order mark and white space. The file is then where it was."""
    begin = file.read(4_096).lstrip(b"\xef\xbb\xbf \t\r\n")
    file.seek(0)
    return begin


def lines(file: IO[bytes], most: int = MAX_LINE) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers. Raises BadInput for one of more than `most` bytes."""
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most:
            raise BadInput(f"Line {number} of the file has more than {most // 2**20} MB.")
        if line.strip():
            yield number, line


def parsed(line: bytes, number: int) -> Any:
    """The record on a line, or Refused. Raises TooMuch."""
    try:
        if len(line) > LONG_LINE:
            return next(json_stream.records(io.BytesIO(line)))
        return json.loads(line, parse_constant=_no_constant)
    except json_stream.TooMuch:
        raise
    except (BadInput, *ODD) as error:
        return Refused(f"line {number}", odd(error))


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
