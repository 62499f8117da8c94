"""The patterns of a language as they are written: TOML files by topic, read strictly.

    [fragments]     lists of words and pieces of patterns, which every file of the language names in braces
    [tables.NAME]   words and what they stand for
    [[predicate]]   what is said after "I": its key, its pattern, an example that it hears with the claim, one that it must
                    not hear
    [[mine]]        the same for what is said after "my"
    [[ended]]       the same for what no longer holds
    [[secret]]      what must not be kept, by its kind
    [[joined]]      a pattern that is joined with those of that name of the other languages
    [[pattern]]     any other, by its name

A list is written as its alternatives, a piece over several lines as one. `where.NAME` beside a pattern is a fragment of its own.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory.errors import ConfigError

Piece = str | Sequence[str]
"""A piece of a pattern: itself, or its alternatives."""
RULES = ("predicate", "mine", "ended")
_EXAMPLES = {"hears", "not"}
_COMMON = {"pattern", "where", "flags"} | _EXAMPLES
KNOWN: Mapping[str, set[str]] = {
    "predicate": _COMMON | {"key", "claim", "polarity", "strength", "split"},
    "mine": _COMMON | {"key", "claim", "split"},
    "ended": _COMMON | {"claim", "eaten"},
    "secret": _COMMON | {"kind", "finds"},
    "joined": _COMMON | {"name"},
    "pattern": _COMMON | {"name"},
}
"""The keys that each kind of entry may have."""
NAMED_BY = {"predicate": "key", "mine": "key", "secret": "kind", "joined": "name", "pattern": "name"}
_HEAD = {"name", "letters", "flags", "predicates", "words"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One pattern. `place` is its file and line, for a message to a person; `name` its name, key or kind. `hears` are texts
    that it must hear and `misses` ones that it must not; `claim` is what the first claims, `finds` the secret in it."""

    kind: str
    place: str
    name: str
    pattern: Piece
    where: Mapping[str, Piece] = field(default_factory=dict)
    flags: str | None = None
    polarity: int = 1
    strength: float = 0.5
    split: bool = True
    eaten: bool = False
    hears: Sequence[str] = ()
    misses: Sequence[str] = ()
    claim: str | None = None
    finds: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """One file."""

    fragments: Mapping[str, Piece]
    tables: Mapping[str, Mapping[str, str]]
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Head:
    """What `language.toml` says: the flags of patterns that name none, the letters that tell the language ("" if none do),
    the topics whose predicates are tried first, in their order, and words that tell it from others of the same letters."""

    flags: str = ""
    letters: str = ""
    predicates: Sequence[str] = ()
    words: Sequence[str] = ()


def read_head(path: Path) -> Head:
    place, data = _place(path), _parsed(path)
    _check(data, _HEAD, place, "language")
    return Head(data.get("flags", ""), data.get("letters", ""), data.get("predicates", ()), data.get("words", ()))


def read_topic(path: Path) -> Topic:
    """Raises ConfigError, with the file and line, for what is not TOML, an unknown key, or an entry without a pattern."""
    place, data = _place(path), _parsed(path)
    _check(data, {"fragments", "tables", *KNOWN}, place, "file")
    lines = path.read_text(encoding="utf-8").splitlines()
    entries: list[Entry] = []
    for kind in KNOWN:
        begins: list[int] = [number for number, line in enumerate(lines, 1) if line.strip() == f"[[{kind}]]"]
        written = data.get(kind, ())
        if len(begins) != len(written):
            raise ConfigError(f"{place}: write [[{kind}]] alone on its line, or an error could not name the line.")
        entries += [_entry(kind, f"{place}:{line}", one) for line, one in zip(begins, written, strict=True)]
    fragments = {name: _unfolded(piece) for name, piece in data.get("fragments", {}).items()}
    return Topic(fragments, data.get("tables", {}), entries)


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{_place(path)} is not TOML: {error}.") from error


def _place(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _check(values: Mapping[str, object], known: set[str], place: str, what: str) -> None:
    if unknown := [key for key in values if key not in known]:
        raise ConfigError(f"{place}: unknown key {unknown[0]!r}. A {what} has: {', '.join(sorted(known))}.")


def _entry(kind: str, place: str, values: dict[str, Any]) -> Entry:
    _check(values, KNOWN[kind], place, kind)
    named_by = NAMED_BY.get(kind)
    for key in ("pattern", *([named_by] if named_by else ())):
        if key not in values:
            raise ConfigError(f"{place}: this {kind} has no {key!r}.")
    name = values.pop(named_by) if named_by else kind
    values["pattern"] = _unfolded(values["pattern"])
    hears, misses = _texts(values.pop("hears", ())), _texts(values.pop("not", ()))
    return Entry(kind, place, name, hears=hears, misses=misses, **values)


def _texts(value: str | Sequence[str]) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def _unfolded(piece: Piece) -> Piece:
    """A piece written over several lines is one."""
    return piece.replace("\n", "") if isinstance(piece, str) else [one.replace("\n", "") for one in piece]
