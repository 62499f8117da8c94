"""The commands for encryption at rest (encrypt, rekey, decrypt, unseal), and how they ask for a passphrase."""

import sys
from collections.abc import Iterator
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from memory.errors import BadInput, Locked
from ui.options import DataDir, ended_gently, given

app = typer.Typer()

TRIES = 3

Keyring = Annotated[
    bool, typer.Option("--keyring", help="Make a passphrase, keep it in this system's keyring, and show it once.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def passphrases(path: Path) -> Iterator[str]:
    """The passphrase in the settings, then those typed by the person at the terminal, who is asked again if one is wrong."""
    known = given().passphrase
    if known is not None:
        yield known.get_secret_value()
    if not sys.stdin.isatty():
        if known is None:
            raise Locked(f"{path} is encrypted. Run this in a terminal, or set ZHIJI_PASSPHRASE.")
        return
    whose = "the backup" if path.name.endswith(".restoring") else str(path)
    for tried in range(TRIES):
        if tried:
            print("That is not the passphrase.", file=sys.stderr)
        yield getpass(f"Passphrase of {whose}: ")


@app.command()
def encrypt(keyring: Keyring = False, data_dir: DataDir = None) -> None:
    """Encrypt everything that is remembered. Close Zhiji first.

    Without the passphrase nobody can read it again, and nobody can reset the passphrase.
    """
    from memory.storage import conversion, encryption
    from ui.progress import copying

    settings = given(data_dir=data_dir)
    encryption.check_installed()  # told before anybody types a passphrase
    passphrase = _new(keyring)
    ended_gently()
    with copying("encrypting") as progress:
        conversion.encrypt(settings.data_dir, passphrase, keyring=keyring, progress=progress)
    print(f"{settings.data_dir} is encrypted.")
    _say_what_is_left(settings.backup_dir, settings.data_dir)


@app.command()
def rekey(keyring: Keyring = False, data_dir: DataDir = None) -> None:
    """Change the passphrase and the key, and encrypt everything again. Older backups keep their passphrase."""
    from memory.storage import conversion, encryption
    from memory.storage.data_folder import DATABASE
    from ui.progress import copying

    settings = given(data_dir=data_dir)
    if encryption.key_of(settings.data_dir / DATABASE) is None:  # asks for the passphrase of now
        raise BadInput(f"{settings.data_dir} is not encrypted.")
    passphrase = _new(keyring)
    ended_gently()
    with copying("encrypting") as progress:
        conversion.rekey(settings.data_dir, passphrase, keyring=keyring, progress=progress)
    print(f"{settings.data_dir} has another key. Backups made before have the passphrase of then.")


@app.command()
def decrypt(yes: Yes = False, data_dir: DataDir = None) -> None:
    """Decrypt everything that is remembered. Close Zhiji first."""
    from memory.storage import conversion
    from ui.progress import copying

    folder = given(data_dir=data_dir).data_dir
    if not yes:
        typer.confirm(f"Whoever gets hold of {folder} can then read it. Decrypt it?", abort=True)
    ended_gently()
    with copying("decrypting") as progress:
        conversion.decrypt(folder, progress=progress)
    print(f"{folder} is not encrypted any more.")


@app.command()
def unseal(
    file: Annotated[Path, typer.Argument(help="An export or archive whose name ends in .age.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write, unencrypted; - for standard output.")],
) -> None:
    """Decrypt a file that was sealed with the passphrase of an encrypted data folder."""
    from memory.exchange.log_export import whole
    from memory.storage import sealed

    if out.suffix == sealed.SUFFIX or (str(out) != "-" and out.exists()):
        raise BadInput(f"{out} exists, or has the name of a sealed file. Choose another.")
    with sealed.opened(file, must_be=True) as found:
        if str(out) == "-":
            sys.stdout.buffer.write(found.read())
        else:
            with whole(out) as target:
                target.write(found.read())


def _new(keyring: bool) -> str:
    """A new passphrase: made for the keyring, typed twice, or read as a line from another program."""
    from memory.storage import encryption

    if keyring:
        made = encryption.new_passphrase()
        print("The keyring of this system keeps the passphrase. Write it down too: without it, backups open only here.")
        print(f"\n    {made}\n")
        return made
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    print(f"At least {encryption.MIN_CHARS} characters; four or five words by chance are best. Nobody can reset it.")
    passphrase = getpass("New passphrase: ")
    if encryption.normal(passphrase) != encryption.normal(getpass("Again: ")):
        raise BadInput("The two are not the same. Nothing was changed.")
    return passphrase


def _say_what_is_left(backup_dir: Path | None, folder: Path) -> None:
    from memory.storage import backup

    plain = (
        [path for path in backup.taken(backup_dir, folder) if backup.describe(path).key is None] if backup_dir else []
    )
    if plain:
        print(f"Not encrypted: {len(plain)} backups made before, in {backup_dir}. Delete them once there is a new one.")
    print("Exports and backups that you made elsewhere stay as they are.")
