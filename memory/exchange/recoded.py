"""A file of any encoding, read as UTF-8, a piece at a time."""

import codecs
import io
from typing import IO, Any

from memory.language import encodings

_PIECE = 2**20
_FIRST = 4 * encodings.SAMPLE_BYTES


def recoded(file: IO[bytes], encoding: str | None = None) -> tuple[IO[bytes], str]:
    """The file from its beginning, as UTF-8, and the encoding it is in. Raises BadInput if that cannot be told."""
    found = encoding or _found(file)
    file.seek(0)
    if found == "utf-8":
        return file, found
    encodings.decode(b"", found)  # one that is said may not be there
    return io.BufferedReader(_Recoded(file, found), _PIECE), found


def _found(file: IO[bytes]) -> str:
    file.seek(0)
    begin = file.read(_FIRST)
    if begin.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if begin[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or (b"\x00" in begin and begin.strip(b"\x00")):
        return encodings.detect(begin)
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    last = b""
    while piece := file.read(_PIECE):
        last = piece
        try:
            decoder.decode(piece)
        except UnicodeDecodeError:
            return encodings.detect(piece)
    try:
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return encodings.detect(last)
    return "utf-8"


class _Recoded(io.RawIOBase):
    """Read from the beginning to the end; the one place it goes back to is the beginning."""

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        self._file, self._encoding = file, encoding
        self._begin()

    def _begin(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._encoding)("replace")
        self._ready, self._at = b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if (offset, whence) == (0, io.SEEK_SET):
            self._file.seek(0)
            self._begin()
            return 0
        if (whence == io.SEEK_CUR and offset == 0) or (whence == io.SEEK_SET and offset == self._at):
            return self._at
        raise io.UnsupportedOperation("it goes back to its beginning only")

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer)
        while not self._ready:
            piece = self._file.read(_PIECE)
            self._ready = self._decoder.decode(piece, not piece).encode("utf-8", "replace")
            if not piece:
                break
        size = min(len(view), len(self._ready))
        view[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        self._at += size
        return size
