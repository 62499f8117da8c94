"""The text of a document: txt and md as they are; pdf, docx and html by markitdown, in a process of its own.

A hostile file can make a parser loop or eat memory, so the process has limits of time and, where the system has them, of
memory, and nothing of it is trusted but the text it prints. No network: markitdown is given bytes, never an address.
"""

import io
import subprocess
import sys
import threading
import zipfile
from pathlib import PurePath

from memory.errors import BadInput
from memory.language import encodings

SUFFIXES = (".txt", ".md", ".pdf", ".docx", ".html", ".htm")
MAX_BYTES = 20 * 2**20
MAX_CHARS = 2_000_000
"""About four thick novels."""
TIMEOUT_S = 60
MEMORY_BYTES = 2 * 2**30
MAX_XML_BYTES = 16 * 2**20
"""Of a docx, unpacked: the text of MAX_CHARS with as much again for its looks, and more."""
_ONE_AT_A_TIME = threading.Lock()


def text_of(name: str, content: bytes, encoding: str | None = None) -> str:
    """The text of a file, told by the end of its name; of plain text `encoding` may be said, else it is found. Raises
    BadInput, saying why it cannot be read."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadInput(f"{_short(name)} is of a kind that cannot be read. There is: {', '.join(SUFFIXES)}.")
    if len(content) > MAX_BYTES:
        raise BadInput(f"{_short(name)} has {len(content) / 2**20:.0f} MB; the most is {MAX_BYTES // 2**20} MB.")
    text = encodings.decode(content, encoding) if suffix in (".txt", ".md") else _converted(name, suffix, content)
    if not text.strip():
        raise BadInput(f"There is no text in {_short(name)}. A scan would have to be recognised first.")
    if len(text) > MAX_CHARS:
        raise BadInput(f"{_short(name)} has {len(text):,} characters; the most is {MAX_CHARS:,}. Split it.")
    return text


def _converted(name: str, suffix: str, content: bytes) -> str:
    if suffix == ".docx":
        _check_unpacked(name, content)
    command = [sys.executable, "-m", "memory.exchange.document_reader", suffix, str(MEMORY_BYTES), str(TIMEOUT_S)]
    try:
        with _ONE_AT_A_TIME:
            done = subprocess.run(command, input=content, capture_output=True, timeout=TIMEOUT_S + 15, check=False)
    except subprocess.TimeoutExpired as error:
        raise BadInput(f"{_short(name)} takes too long to read. Save it as text and try that.") from error
    if done.returncode != 0:
        raise BadInput(f"{_short(name)} cannot be read: it is damaged, protected, or not what its name says.")
    return done.stdout[: 4 * MAX_CHARS + 4].decode("utf-8", "replace")


def _check_unpacked(name: str, content: bytes) -> None:
    """A docx is a zip, and a small zip can hold gigabytes. Raises BadInput."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(info.file_size for info in packed.infolist() if info.filename.endswith((".xml", ".rels")))
    except (zipfile.BadZipFile, OSError, ValueError):
        return  # the reader says what is wrong with it
    if size > MAX_XML_BYTES:
        raise BadInput(f"{_short(name)} cannot be read: it unpacks to {size / 2**20:.0f} MB of text and styles.")


def _short(name: str) -> str:
    name = PurePath(name).name
    return name if len(name) <= 60 else f"{name[:40]}…{name[-15:]}"
