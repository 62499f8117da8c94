"""What stands in the files of a data folder, byte by byte: as it is, or, of an encrypted database and its log, decrypted.

Forgotten text could stand in a page that SQLite no longer uses, which no query shows. Of an encrypted file the raw bytes tell
nothing, so its pages are decrypted here one by one: AES-256-CBC, the vector in the 80 bytes that each page keeps back
(https://www.zetetic.net/sqlcipher/design/); the log holds the same pages (https://sqlite.org/fileformat.html#walformat).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from memory.storage import encryption
from memory.storage.encryption import SALT_BYTES

_CHUNK = 2**20
_PAGE, _RESERVED, _VECTOR = 4096, 80, 16
_LOG_HEADER, _FRAME_HEADER = 32, 24
_AT_ONCE = 256


def pieces(path: Path) -> Iterator[bytes]:
    """The content of a file, some of it at a time. Raises OSError, and as `encryption.key_of`."""
    database = path.with_name(path.name.removesuffix("-wal"))
    key = encryption.key_of(database) if encryption.is_encrypted(database) else None
    with path.open("rb") as file:
        if key is None:
            while chunk := file.read(_CHUNK):
                yield chunk
            return
        yield from _decrypted(file, key.secret, log=database != path)


def _decrypted(file: IO[bytes], secret: bytes, *, log: bool) -> Iterator[bytes]:
    header = _FRAME_HEADER if log else 0
    file.seek(_LOG_HEADER if log else 0)
    number = 0
    while chunk := file.read((header + _PAGE) * _AT_ONCE):
        plain = []
        for start in range(0, len(chunk) - header - _PAGE + 1, header + _PAGE):
            number = int.from_bytes(chunk[start : start + 4], "big") if log else number + 1
            plain.append(_page(chunk[start + header : start + header + _PAGE], secret, first=number == 1))
        yield b"".join(plain)


def _page(page: bytes, secret: bytes, *, first: bool) -> bytes:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    data, kept = page[SALT_BYTES if first else 0 : -_RESERVED], page[-_RESERVED:]
    cipher = Cipher(algorithms.AES(secret), modes.CBC(kept[:_VECTOR])).decryptor()
    return cipher.update(data) + cipher.finalize()
