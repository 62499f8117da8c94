"""JSON from a file of any size, one record at a time: those of a list at the top, or the one object that it is.

What a file can make its reader hold is bounded, whatever it says: a text without an end, a list of a hundred million nothings
and brackets in brackets are refused where they are met. `ijson` does the parsing.
"""

import re
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import IO, Any

import numpy as np

from memory.errors import BadInput

MAX_DEPTH = 500
MAX_VALUES = 400_000
"""In one record; Python takes some 50 to 100 bytes for each."""
MAX_STRING_BYTES = 4 * 2**20
_PAIR = len(rb"\ud83d\ude00")
_HALF = re.compile(rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]..", re.S)
"""Half of a character beyond the first 65,536, escaped by itself: no text, and what some programs write all the same."""
_BEGUN = re.compile(rb"(?:\\u[dD][89abAB]..)?(?:\\(?:u.{0,3})?)?\Z", re.S)
"""The beginning of a pair, or of an escape, at the end."""
_QUOTE, _ESCAPE = ord('"'), ord("\\")


class TooMuch(BadInput):
    """No file that a person would want to take in."""


def records(file: IO[bytes]) -> Iterator[Any]:
    """Each record of a file. Raises BadInput for what is no JSON, after the records before it, and TooMuch."""
    import ijson  # brings its parser in C

    builder: Any = None
    depth = values = 0
    listed = False
    try:
        for event, value in ijson.basic_parse(_Bounded(file)):
            opens, closes = event in ("start_map", "start_array"), event in ("end_map", "end_array")
            if depth == 0 and event == "start_array":
                listed, depth = True, 1
                continue
            if listed and depth == 1 and closes:
                return
            if builder is None:
                builder, values = ijson.ObjectBuilder(), 0
            values += 1
            depth += opens - closes
            _check(depth, values)
            builder.event(event, _plain(value))
            if depth == int(listed):
                yield builder.value
                builder = None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise BadInput(f"This is no whole JSON: {str(error).splitlines()[0][:80]}.") from error


def walk(file: IO[bytes], items: Collection[str]) -> Iterator[tuple[str, Any]]:
    """Of one object: each value that is no object or list, with its path ("chat.name"), and whole each of `items`
    ("messages.item"), in their order. Raises as `records`."""
    import ijson

    builder: Any = None
    path, depth, values = "", 0, 0
    try:
        for prefix, event, value in ijson.parse(_Bounded(file)):
            if builder is None and not (prefix in items and event in ("start_map", "start_array")):
                if event in ("string", "number", "boolean", "null"):
                    yield prefix, _plain(value)
                continue
            if builder is None:
                builder, path, depth, values = ijson.ObjectBuilder(), prefix, 0, 0
            values += 1
            depth += (event in ("start_map", "start_array")) - (event in ("end_map", "end_array"))
            _check(depth, values)
            builder.event(event, _plain(value))
            if depth == 0:
                yield path, builder.value
                builder = None
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise BadInput(f"This is no whole JSON: {str(error).splitlines()[0][:80]}.") from error


def _check(depth: int, values: int) -> None:
    if depth > MAX_DEPTH or values > MAX_VALUES:
        raise TooMuch(f"This file holds a record that is too {'deep' if depth > MAX_DEPTH else 'long'} to be a talk.")


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


class _Bounded:
    """A file that has no half characters, and breaks off at a text of over MAX_STRING_BYTES, which the parser would hold."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._run = 0
        self._last = 0
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if not (data or self._tail):
            return b""
        more, data, self._tail = bool(data), self._tail + data, b""
        if b"\\" in data:
            begun = _BEGUN.search(data, max(0, len(data) - _PAIR + 1)) if more else None
            if begun and begun.start():  # what it is stands in what comes next
                data, self._tail = data[: begun.start()], data[begun.start() :]
            data = _HALF.sub(rb"\\ufffd", data)
        signs = np.frombuffer(data, np.uint8)
        before = np.concatenate([[self._last], signs[:-1]])
        quotes = np.flatnonzero((signs == _QUOTE) & (before != _ESCAPE))
        gaps = np.diff(quotes, prepend=-self._run - 1, append=len(signs))
        self._last = int(signs[-1])
        self._run = int(gaps[-1])
        if gaps.max() > MAX_STRING_BYTES:
            raise TooMuch(f"This file holds a text of more than {MAX_STRING_BYTES // 2**20} MB.")
        return data
