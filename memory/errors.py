"""Every error Zhiji raises on purpose.

    ZhijiError
    ├── BadInput               what was asked for makes no sense as given
    │   ├── NotFound           no such record, or not yours
    │   ├── NotAllowed         only an owner may do it
    │   ├── TooOften           tried too often within a minute
    │   └── WrongPassword      a name and a password that do not go together
    ├── ConfigError            a setting is wrong
    ├── StoreError             the data folder
    │   ├── FolderLocked       another process has it open
    │   ├── FolderUnusable     missing rights, or read-only
    │   ├── DiskFull
    │   ├── DatabaseDamaged
    │   ├── Locked             encrypted, and nobody to ask for the passphrase
    │   ├── WrongPassphrase
    │   ├── SchemaTooNew       written by a newer Zhiji
    │   └── SchemaTooOld       written by an older one, and only to be read
    └── ModelError             a chat model or an embedder
        ├── ModelMissing       not on this machine yet
        ├── ModelDamaged       its files are not what they should be
        ├── DownloadFailed
        ├── ServerFailed       a remote server does not answer, or answers with an error
        └── PromptTooLong      the context cannot hold what must be in it

A message says what was asked, what was found and what to do next, and holds no private text. `exit_code` is what
the command line exits with; the numbers follow BSD's sysexits.h.
"""

import sqlite3
import sys
from typing import Any


class ZhijiError(Exception):
    """Base of all; `exit_code` is the command line's exit status."""

    exit_code = 70


class BadInput(ZhijiError, ValueError):
    exit_code = 65


class NotFound(BadInput):
    exit_code = 66


class NotAllowed(BadInput):
    exit_code = 77


class TooOften(BadInput):
    exit_code = 75


class WrongPassword(BadInput):
    exit_code = 77


class ConfigError(ZhijiError):
    exit_code = 78


class StoreError(ZhijiError):
    exit_code = 74


class FolderLocked(StoreError):
    exit_code = 75


class FolderUnusable(StoreError):
    exit_code = 77


class DiskFull(StoreError):
    exit_code = 73


class DatabaseDamaged(StoreError):
    pass


class Locked(StoreError):
    exit_code = 77


class WrongPassphrase(StoreError):
    exit_code = 77


class SchemaTooNew(StoreError):
    pass


class SchemaTooOld(StoreError):
    pass


class ModelError(ZhijiError):
    exit_code = 69


class ModelMissing(ModelError):
    pass


class ModelDamaged(ModelError):
    pass


class DownloadFailed(ModelError):
    pass


class ServerFailed(ModelError):
    pass


class PromptTooLong(ModelError):
    exit_code = 65


def database_errors() -> tuple[type[Exception], ...]:
    """What a connection to a database raises: SQLite's, and SQLCipher's if it is at work."""
    cipher: Any = sys.modules.get("sqlcipher3.dbapi2")
    return (sqlite3.Error, cipher.Error) if cipher else (sqlite3.Error,)
