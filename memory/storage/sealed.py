"""Files that leave an encrypted data folder: sealed with its passphrase, in the format of age (https://age-encryption.org/v1).

`zhiji import`, `restore-user` and `unseal` read them, and so does any `age -d`. They are made and read in memory: what is in
them never touches the disk in the clear, and they cannot be larger than `MAX_BYTES`.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from memory.errors import BadInput, ConfigError, WrongPassphrase
from memory.storage import encryption
from memory.storage.database import Database

SUFFIX = ".age"
MAX_BYTES = 2**30
_BEGINS = b"age-encryption.org/"


def passphrase_for(database: Database, path: Path, *, plain: bool = False) -> str | None:
    """What a file with things from this database is to be sealed with; `None` if it may be in the clear: the folder is, or
    that is asked for (`plain`). Raises BadInput if neither the file's name nor `plain` says which."""
    key = encryption.key_of(database.path)
    if path.suffix == SUFFIX and not plain:
        if key is None:
            raise BadInput(
                f"The data folder is not encrypted, so there is no passphrase for {path.name}. Leave {SUFFIX} out."
            )
        return key.passphrase
    if key is not None and not plain:
        raise BadInput(
            f"Your data is encrypted. Name the file {path.name}{SUFFIX} to have it encrypted too, or say --plain."
        )
    return None


@contextmanager
def sealing(path: Path, passphrase: str | None) -> Iterator[IO[bytes]]:
    """To write to, to go back in and to read from; sealed as `path` at the end if there is a passphrase. Raises BadInput if it
    is too long for that."""
    if passphrase is None:
        with path.open("w+b") as file:
            yield file
        return
    held = io.BytesIO()
    yield held
    path.write_bytes(seal(held.getvalue(), passphrase))


def seal(content: bytes, passphrase: str) -> bytes:
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"That is over {MAX_BYTES >> 20} MB, too much for one sealed file. Export a part of it, or say --plain."
        )
    sealed: bytes = _age().passphrase.encrypt(content, passphrase)
    return sealed


def is_sealed(content: bytes) -> bool:
    return content.startswith(_BEGINS)


def unsealed(content: bytes, name: str, *, ask: bool = True) -> bytes:
    """What a sealed file holds: by the passphrase of a folder that is open, or of whom may be asked (`encryption.ask_with`).
    Raises WrongPassphrase, Locked, BadInput if it is damaged."""
    age = _age()
    for passphrase in encryption.known_or_asked(Path(name), ask=ask):
        try:
            found: bytes = age.passphrase.decrypt(content, passphrase)
            return found
        except age.DecryptError as error:
            if str(error) != "Decryption failed":  # what it says of a wrong passphrase
                raise BadInput(f"{name} is damaged, or was not sealed with a passphrase.") from error
    raise WrongPassphrase(f"{name} is sealed with another passphrase.")


@contextmanager
def opened(path: Path, *, must_be: bool = False) -> Iterator[IO[bytes]]:
    """A file to read and to go back in, unsealed if need be. Raises BadInput if it cannot be read, or is not sealed and
    `must_be`, and as `unsealed`."""
    try:
        file = path.open("rb")
        sealed = is_sealed(file.read(len(_BEGINS)))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        file.seek(0)
        if not sealed and must_be:
            raise BadInput(f"{path} is not sealed. Nothing was written.")
        if not sealed:
            yield file
            return
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadInput(f"{path} is over {MAX_BYTES >> 20} MB, too much for a sealed file.")
    yield io.BytesIO(unsealed(content, str(path)))


def _age() -> Any:
    try:
        import pyrage
    except ImportError as error:
        raise ConfigError("For sealed files more packages are needed. Run: pip install 'zhiji[encrypted]'") from error
    return pyrage
