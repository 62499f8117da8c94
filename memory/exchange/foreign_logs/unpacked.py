"""A log as it was downloaded: the file itself, or the one in a zip."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from memory.errors import BadInput

MAX_BYTES = 300 * 2**20


@contextmanager
def unpacked(log: bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    """The log, if need be out of its zip. Raises BadInput."""
    file = io.BytesIO(log) if isinstance(log, bytes) else log
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > MAX_BYTES:
        raise BadInput(f"The file has {size / 2**20:.0f} MB; the most is {MAX_BYTES // 2**20} MB.")
    packs = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if not packs:
        yield file
        return
    try:
        with zipfile.ZipFile(file) as packed:
            wanted = [info for info in packed.infolist() if info.filename.split("/")[-1] == "conversations.json"]
            if len(wanted) != 1:
                raise BadInput("There is no conversations.json in this zip.")
            if wanted[0].file_size > MAX_BYTES:
                raise BadInput(f"The conversations.json in this zip has more than {MAX_BYTES // 2**20} MB.")
            with packed.open(wanted[0]) as inside:
                yield inside
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BadInput("This zip cannot be read. Download it again.") from error
