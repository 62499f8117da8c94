"""Encryption at rest: which key a database has, how that is kept, and how a database is opened with it.

    passphrase ──Argon2id──> 256 bits ──AES-256-GCM──> the key, random, of the database (SQLCipher: AES-256-CBC, HMAC-SHA512)

<data folder>/encryption.json     the wrapped keys; without it and a passphrase nobody reads the database, we neither
    {"type": "zhiji-encryption", "version": 1,
     "keys": [{"salt", "time", "memory_kib", "lanes", "nonce", "wrapped", "keyring"}]}

A database begins with 16 bytes that are the salt of its key, or with "SQLite format 3" if it is not encrypted. So the file
itself says which key it needs, and a conversion or a restore has one moment at which it is done: when the new file gets the
name of the old. The passphrase is the person's, or one of ours that the keyring of the system keeps for them (`keyring`); it is
asked for when a database is first opened (`ask_with`) and, with the key, stays in this process's memory until it ends.

Covers: a disk, a folder or a backup in foreign hands. Does not cover: someone who can read this process's memory or the keyring
of an open session, swap that is not encrypted, what lay on the disk before it was encrypted.
"""

import base64
import json
import sqlite3
import threading
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from memory.errors import BadInput, ConfigError, DatabaseDamaged, FolderUnusable, Locked, WrongPassphrase
from memory.storage.costs import PASSPHRASE, Costs
from memory.storage.files import appear, scratch, writing

KEYS = "encryption.json"
VERSION = 1
MIN_CHARS = 8
"""Of a passphrase: what NIST SP 800-63B asks at least. Several words are better."""
SALT_BYTES = 16
_MOST_TIME, _MOST_MEMORY_KIB, _MOST_LANES = 20, 2**20, 16
_PLAIN = b"SQLite format 3\x00"
_SERVICE = "zhiji"
_ODD = (KeyError, TypeError, ValueError, AttributeError, RecursionError)

Ask = Callable[[Path], Iterator[str]]
"""What a person says the passphrase of a file is, again as long as they are asked for the next. May raise Locked."""


@dataclass(frozen=True, slots=True)
class Key:
    """Opens one database. Its secrets are not in its `repr`."""

    salt: bytes
    secret: bytes = field(repr=False)
    passphrase: str = field(repr=False)

    @property
    def pragma(self) -> str:
        """As SQLCipher takes a key that needs no derivation (https://www.zetetic.net/sqlcipher/sqlcipher-api/#key)."""
        return f"x'{self.secret.hex()}{self.salt.hex()}'"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """What may lie beside the data: a key that a passphrase opens. Bytes are in base64, the salt in hex."""

    salt: str
    time: int
    memory_kib: int
    lanes: int
    nonce: str
    wrapped: str
    keyring: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError for what cannot be, and for costs that would stop the machine."""
        numbers = (self.time, _MOST_TIME), (self.memory_kib, _MOST_MEMORY_KIB), (self.lanes, _MOST_LANES)
        if not all(type(number) is int and 0 < number <= most for number, most in numbers):
            raise ValueError("costs out of range")
        if len(bytes.fromhex(self.salt)) != SALT_BYTES or type(self.keyring) is not bool:
            raise ValueError("no salt")
        if self.memory_kib < 8 * self.lanes or len(_bytes(self.nonce)) != 12 or len(_bytes(self.wrapped)) != 48:
            raise ValueError("no key")

    def opened(self, passphrase: str) -> Key:
        """Takes as long for a wrong passphrase as for the right one. Raises WrongPassphrase."""
        from cryptography.exceptions import InvalidTag

        salt = bytes.fromhex(self.salt)
        passphrase = normal(passphrase)
        cipher = _cipher(passphrase, salt, Costs(self.time, self.memory_kib, self.lanes))
        try:
            return Key(salt, cipher.decrypt(_bytes(self.nonce), _bytes(self.wrapped), salt), passphrase)
        except InvalidTag as error:
            raise WrongPassphrase("That is not the passphrase. Nothing was changed.") from error


_unlocked: dict[bytes, Key] = {}
_asks: list[Ask] = []
_asking = threading.RLock()


def normal(passphrase: str) -> str:
    """However it was typed: full-width letters of a Chinese keyboard are the others (NFKC)."""
    return unicodedata.normalize("NFKC", passphrase)


def checked(passphrase: str) -> str:
    """A new passphrase, as it is kept. Raises BadInput for one that is too short."""
    passphrase = normal(passphrase)
    if len(passphrase) < MIN_CHARS:
        raise BadInput(
            f"A passphrase has at least {MIN_CHARS} characters; several words are best. Nothing was changed."
        )
    return passphrase


def new_key(passphrase: str, *, keyring: bool = False, costs: Costs = PASSPHRASE) -> tuple[Key, WrappedKey]:
    """A random key, and the same wrapped. Raises BadInput for a passphrase that is too short, ConfigError."""
    import secrets

    passphrase = checked(passphrase)
    key = Key(secrets.token_bytes(SALT_BYTES), secrets.token_bytes(32), passphrase)
    nonce = secrets.token_bytes(12)
    wrapped = _cipher(passphrase, key.salt, costs).encrypt(nonce, key.secret, key.salt)
    kept = WrappedKey(key.salt.hex(), **asdict(costs), nonce=_text(nonce), wrapped=_text(wrapped), keyring=keyring)
    if keyring:
        to_keyring(key)
    _unlocked[key.salt] = key
    return key, kept


def new_passphrase() -> str:
    """Random, 124 bits, to be kept by a keyring and written down once: groups of letters and digits."""
    import secrets

    letters = "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(25))
    return "-".join(letters[start : start + 5] for start in range(0, 25, 5))


def salt_of(database: Path) -> bytes | None:
    """Which key a database needs; `None` if it is not encrypted, or not there. Raises FolderUnusable."""
    try:
        with database.open("rb") as file:
            begins = file.read(SALT_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FolderUnusable(f"{database} cannot be read ({error.strerror}). Give yourself the right to.") from error
    return None if begins == _PLAIN or len(begins) < SALT_BYTES else begins


def is_encrypted(database: Path) -> bool:
    return (salt := salt_of(database)) is not None and salt.hex() in keys(database.parent)


def key_of(database: Path) -> Key | None:
    """What opens a database; `None` if it is not encrypted. The first time, the keyring or the person is asked. Raises Locked
    if there is nobody to ask, WrongPassphrase, DatabaseDamaged if it is neither a database nor has a key, ConfigError."""
    salt = salt_of(database)
    if salt is None:
        _check_not_lost(database)
        return None
    with _asking:
        if salt not in _unlocked:
            wrapped = keys(database.parent).get(salt.hex())
            if wrapped is None:
                raise DatabaseDamaged(
                    f"{database} is damaged, or encrypted and its key is not in {KEYS}. It was left as it is. "
                    "`zhiji restore FILE` puts a backup in its place."
                )
            _sqlcipher()  # told before anybody types a passphrase
            _unlocked[salt] = _from_keyring(wrapped) or _first_that_opens(wrapped, _asked(database))
    return _unlocked[salt]


def unlock(database: Path, passphrase: str) -> None:
    """Have the key of a database ready. Does nothing if it is not encrypted. Raises WrongPassphrase."""
    salt = salt_of(database)
    wrapped = keys(database.parent).get(salt.hex()) if salt else None
    if wrapped is not None:
        key = wrapped.opened(passphrase)
        _unlocked[key.salt] = key


def is_unlocked(database: Path) -> bool:
    salt = salt_of(database)
    return salt is None or salt in _unlocked


def known_or_asked(path: Path, *, ask: bool) -> Iterator[str]:
    """The passphrases of what is unlocked, then, if one may, what is said that of a file is. Raises Locked."""
    yield from dict.fromkeys(key.passphrase for key in _unlocked.values())
    if ask:
        yield from _asked(path)


def lock() -> None:
    """Forget every key; databases that are open stay so."""
    _unlocked.clear()


@contextmanager
def ask_with(ask: Ask) -> Iterator[None]:
    """From here to the end of the block `ask` is who asks for passphrases."""
    _asks.append(ask)
    try:
        yield
    finally:
        _asks.remove(ask)


def connect(database: Path, options: str = "", *, key: Key | None = None, cipher: bool = False) -> sqlite3.Connection:
    """A connection to a file, encrypted or not; `options` are of SQLite's URI (https://sqlite.org/uri.html), `key` that of
    one that is still to be made; with `cipher` SQLCipher opens it even if it is not encrypted. Raises as `key_of`."""
    key = key or key_of(database)
    # A URI of our own making, with every special character in the path escaped
    uri = database.absolute().as_uri() + (f"?{options}" if options else "")
    opened: sqlite3.Connection = (_sqlcipher() if cipher else driver(key)).connect(
        uri, uri=True, check_same_thread=False
    )
    if key is not None:
        opened.execute(f'PRAGMA key = "{key.pragma}"')
    return opened


def driver(key: Key | None) -> ModuleType:
    """What opens a database: Python's own SQLite, or SQLCipher. Raises ConfigError if that is not installed."""
    return sqlite3 if key is None else _sqlcipher()


def check_installed() -> None:
    """Raises ConfigError if the packages for encryption are not here."""
    _sqlcipher()


@cache
def _sqlcipher() -> ModuleType:
    try:
        import argon2.low_level  # noqa: F401
        import cryptography.exceptions  # noqa: F401
        import sqlcipher3.dbapi2
    except ImportError as error:
        raise ConfigError("For encryption more packages are needed. Run: pip install 'zhiji[encrypted]'") from error
    with suppress(ImportError, ValueError, OSError):  # Windows has no such limit
        import resource

        resource.setrlimit(
            resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
        )  # keys are not to be dumped
    module: ModuleType = sqlcipher3.dbapi2
    with closing(module.connect(":memory:")) as made:
        made.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr what it also raises
    return module


def keys(folder: Path) -> Mapping[str, WrappedKey]:
    """Those that lie in a folder, by salt. Raises DatabaseDamaged."""
    path = folder / KEYS
    try:
        record = json.loads(path.read_bytes())
        if record["type"] != "zhiji-encryption" or record["version"] != VERSION:
            raise ValueError("another type or version")
        return {key.salt: key for key in (WrappedKey(**entry) for entry in record["keys"])}
    except FileNotFoundError:
        return {}
    except (*_ODD, OSError) as error:
        raise DatabaseDamaged(
            f"{path}, which holds the key, is damaged. Put it back from a copy or a backup."
        ) from error


def keep(folder: Path, wrapped: Sequence[WrappedKey]) -> None:
    """These and no other lie in a folder."""
    path = folder / KEYS
    record = {"type": "zhiji-encryption", "version": VERSION, "keys": [asdict(key) for key in wrapped]}
    with writing(path):
        if not wrapped:
            path.unlink(missing_ok=True)
            return
        with scratch(path) as room:
            (room / KEYS).write_text(json.dumps(record, indent=1), encoding="utf-8")
            appear(room / KEYS, path)


def add(folder: Path, wrapped: WrappedKey) -> None:
    """This one lies in a folder too. One that is there is never replaced: raises BadInput if it has the same salt and is
    another."""
    there = keys(folder)
    if there.get(wrapped.salt, wrapped) != wrapped:
        raise BadInput("Its key is not the one that is here. Nothing was changed. Take another backup.")
    keep(folder, list((dict(there) | {wrapped.salt: wrapped}).values()))


def keep_only_of(database: Path, *, and_of: Collection[str] = ()) -> None:
    """In its folder lie no other keys than that of this database and those of these salts."""
    salt = salt_of(database)
    wanted = {*and_of, salt.hex() if salt else ""}
    keep(database.parent, [key for key in keys(database.parent).values() if key.salt in wanted])


def to_keyring(key: Key) -> None:
    """Raises ConfigError if the system has no keyring that takes it."""
    import keyring
    import keyring.errors

    try:
        keyring.set_password(_SERVICE, key.salt.hex(), key.passphrase)
        kept = keyring.get_password(_SERVICE, key.salt.hex())
    except Exception as error:  # back ends raise their own, D-Bus's and the system's errors
        raise ConfigError("This system's keyring cannot be used. Take a passphrase instead.") from error
    if kept != key.passphrase:
        raise ConfigError("This system has no keyring that keeps secrets. Take a passphrase instead.")


def _from_keyring(wrapped: WrappedKey) -> Key | None:
    if not wrapped.keyring:
        return None
    import keyring

    with suppress(Exception):  # as above; the person is asked instead
        passphrase = keyring.get_password(_SERVICE, wrapped.salt)
        return wrapped.opened(passphrase) if passphrase else None
    return None


def _first_that_opens(wrapped: WrappedKey, passphrases: Iterator[str]) -> Key:
    wrong = WrongPassphrase("No passphrase was given.")
    for passphrase in passphrases:
        try:
            return wrapped.opened(passphrase)
        except WrongPassphrase as error:
            wrong = error
    raise wrong


def _asked(path: Path) -> Iterator[str]:
    if not _asks:
        raise Locked(f"{path} is encrypted. Set ZHIJI_PASSPHRASE, or Settings(passphrase=…).")
    return _asks[-1](path)


def _check_not_lost(database: Path) -> None:
    """A folder that was encrypted is not begun anew in the clear because its database is away."""
    gone = not database.exists() or not database.stat().st_size
    if gone and (database.parent / KEYS).exists():
        raise DatabaseDamaged(
            f"{database} is missing, and it was encrypted. Restore a backup; or remove {KEYS} to begin anew."
        )


def _cipher(passphrase: str, salt: bytes, costs: Costs) -> Any:
    _sqlcipher()
    from argon2.low_level import Type, hash_secret_raw
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    secret = passphrase.encode("utf-8", "surrogatepass")
    return AESGCM(hash_secret_raw(secret, salt, costs.time, costs.memory_kib, costs.lanes, 32, Type.ID))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
