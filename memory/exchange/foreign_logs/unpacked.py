"""A log as it was downloaded: the file itself, or those in a zip, or in the zips in it."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from memory.errors import BadInput

MAX_BYTES = 300 * 2**20
MAX_ALL_BYTES = 1_200 * 2**20
"""Of all logs in a zip, unpacked."""
MAX_DEPTH = 2
"""Of zips in a zip."""
_LOG = re.compile(
    r"(?:shared_)?conversations?(?:[-_ ]?\d+)?\.json|chat[-_ ]?export.*\.json|my ?activity\.json|result\.json|_chat\.txt"
    r"|.*whatsapp.*\.txt",
    re.I,
)
"""What programs call their logs; the other files of an export (the account, feedback) are none."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)

"""What reading out of a zip that is damaged may raise."""
ZIP = "This zip cannot be read. Download it again."


def unpacked(log: bytes | IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    """Each log with its name in the zip, "" for the file itself; each is to be read before the next. Raises BadInput."""
    file = io.BytesIO(log) if isinstance(log, bytes) else log
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > MAX_BYTES:
        raise BadInput(f"The file has {size / 2**20:.0f} MB; the most is {MAX_BYTES // 2**20} MB.")
    if not _packs(file):
        yield "", file
        return
    some = False
    try:
        for found in _inside(file, 0, [MAX_ALL_BYTES]):
            some = True
            yield found
    except UNREADABLE as error:
        raise BadInput(ZIP) from error
    if not some:
        raise BadInput("There is no conversations.json in this zip.")


def _inside(file: IO[bytes], depth: int, left: list[int]) -> Iterator[tuple[str, IO[bytes]]]:
    """`left` counts down the bytes that all of them may have yet."""
    with zipfile.ZipFile(file) as packed:
        entries = {info.filename.split("/")[-1]: info for info in packed.infolist() if not info.is_dir()}
        for info in sorted(packed.infolist(), key=lambda info: info.filename):
            name = info.filename.split("/")[-1]
            zipped = name.lower().endswith(".zip") and depth < MAX_DEPTH
            shared = name.lower().startswith("shared_") and "conversations.json" in entries
            if not zipped and (shared or not _LOG.fullmatch(name)):
                continue
            left[0] -= info.file_size
            if info.file_size > MAX_BYTES or left[0] < 0:
                raise BadInput(f"{name} in this zip has more than {MAX_BYTES // 2**20} MB, or all of it too much.")
            with packed.open(info) as inside:
                if zipped:
                    yield from _inside(io.BytesIO(inside.read()), depth + 1, left)
                else:
                    yield name, inside


def _packs(file: IO[bytes]) -> bool:
    packs = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    return packs
