"""The commands for accounts and keys: users list, add, passwd, remove, keys."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from memory.errors import BadInput
from ui.options import DataDir, given

if TYPE_CHECKING:
    from memory.access.accounts import Accounts

app = typer.Typer(
    no_args_is_help=True,
    help="Manage accounts and keys. Once there is an account, everybody must log in to the browser app.",
)

Name = Annotated[str, typer.Argument(help="The name of the user, who also logs in with it.")]


@app.command("list")
def list_(data_dir: DataDir = None) -> None:
    """List who has an account. Works while Zhiji is open."""
    from memory.access.accounts import accounts_of
    from memory.store import open_read_only

    found = accounts_of(open_read_only(given(data_dir=data_dir).data_dir))
    for account in found:
        print(f"{account.user:20} {account.role:7} since {account.created_at.astimezone():%Y-%m-%d}")
    if not found:
        print("Nobody has an account: Zhiji answers this machine alone, and asks for no password.")


@app.command()
def add(
    name: Name,
    owner: Annotated[
        bool, typer.Option("--owner", help="Let them manage the others; the first account is always an owner.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Give a user an account. A user who does not exist yet is created."""
    password = _asked()
    with _accounts(data_dir) as accounts:
        made = accounts.add(name, password, "owner" if owner else None)
    print(f"{made.user} is {'an owner' if made.role == 'owner' else 'a member'}, and can log in.")


@app.command()
def passwd(name: Name, data_dir: DataDir = None) -> None:
    """Change a user's password, and log them out everywhere."""
    password = _asked()
    with _accounts(data_dir) as accounts:
        accounts.set_password(name, password)
    print(f"{name} has another password, and is logged out everywhere.")


@app.command()
def remove(name: Name, data_dir: DataDir = None) -> None:
    """Remove an account. What is remembered about the user stays; `zhiji erase USER` erases that."""
    with _accounts(data_dir) as accounts:
        accounts.remove(name)
    print(f"{name} cannot log in any more. What is remembered of them is still here: zhiji erase {name}")


@app.command()
def keys(
    name: Name,
    add: Annotated[
        str | None, typer.Option(metavar="LABEL", help="Make a key, with a label that says what for. It is shown once.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What the key may do: read, chat, write or watch; may be repeated.")
    ] = None,
    revoke: Annotated[str | None, typer.Option(metavar="ID", help="Revoke the key with this id.")] = None,
    data_dir: DataDir = None,
) -> None:
    """List, add or revoke the keys with which a user's programs use the HTTP API.

    Listing works while Zhiji is open. docs/api.md describes the API.
    """
    from memory.access.api_keys import USUAL, ApiKeys
    from memory.store import find_user, open_read_only

    if add is None and revoke is None:
        database = open_read_only(given(data_dir=data_dir).data_dir)
        for key in ApiKeys(database, find_user(database, name)).list():
            used = f"used {key.used_at.astimezone():%Y-%m-%d}" if key.used_at else "never used"
            print(f"{key.id}  {key.label:20} {' '.join(key.scopes):16} {used}")
        return
    from assistant.runtime import Runtime

    with Runtime(given(data_dir=data_dir), asks_first=True) as runtime:
        found = ApiKeys(runtime.store.database, find_user(runtime.store.database, name))
        if revoke is not None:
            found.revoke(revoke)
            print("It is revoked.")
        if add is not None:
            print(found.add(add, scope or USUAL)[1])


@contextmanager
def _accounts(data_dir: "DataDir") -> "Iterator[Accounts]":
    from assistant.runtime import Runtime
    from memory.access.accounts import Accounts

    with Runtime(given(data_dir=data_dir), asks_first=True) as runtime:
        yield Accounts(runtime.store)


def _asked() -> str:
    """A new password: typed twice, or read as a line from another program."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("New password: ")
    if password != getpass("Again: "):
        raise BadInput("The two are not the same. Nothing was changed.")
    return password
