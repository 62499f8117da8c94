"""What the commands share: options, reading the settings, opening the data folder, counting in words."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from assistant.settings import Settings
    from memory.storage.database import Database
    from memory.store import User as Owner

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="The folder that holds everything remembered.")]
ModelsDir = Annotated[Path | None, typer.Option("--models-dir", help="The folder that holds the model weights.")]
User = Annotated[str | None, typer.Option("--user", "-u", help="Whose assistant; default: me.")]
Day = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help="A day such as 2026-11-23, or a time such as 2026-11-23T09:30.",
    ),
]
Plain = Annotated[bool, typer.Option("--plain", help="Write it unencrypted, although your data is encrypted.")]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="auto, a catalog name, a hub id, a folder, a .gguf file, or http(s)://…/v1."),
]


def ended_gently() -> None:
    """From here on a signal to end lets what is under way take its files with it."""

    def end(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)


def given(**flags: Any) -> "Settings":
    """The settings with these flags on top."""
    from assistant.settings import read_settings

    return read_settings(**flags)


def offline() -> None:
    """From here on nothing may ask the hub: only `models get` downloads."""
    os.environ["HF_HUB_OFFLINE"] = "1"


def quietly(command: Callable[..., None]) -> Callable[..., None]:
    """For commands whose output may be cut off by `| head`."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return run


def opened(user: str | None, data_dir: Path | None) -> "tuple[Database, Owner]":
    """What lies on the disk, to be read while Zhiji may be open, and whose it is."""
    settings = given(data_dir=data_dir, user=user)
    from memory.store import find_user, open_read_only

    database = open_read_only(settings.data_dir)
    return database, find_user(database, settings.user)


def in_words(counts: Mapping[str, int]) -> str:
    """Of a backup, an archive or a log, in words."""
    nouns = (
        ("user", "users"),
        ("conversation", "conversations"),
        ("message", "messages"),
        ("memory", "memories"),
        ("fact", "facts"),
        ("document", "documents"),
        ("rating", "ratings"),
        ("reminder", "reminders"),
        ("setting", "settings"),
    )
    found = {noun: counts.get(noun[0], counts.get(noun[1])) for noun in nouns}
    return ", ".join(f"{n} {one if n == 1 else many}" for (one, many), n in found.items() if n is not None)
