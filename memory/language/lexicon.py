"""A language as data: one folder of TOML files, read into patterns, word lists and the rules that claims are made by.

    language.toml   what the language is called, which letters tell it, and in which order its predicates are tried
    *.toml          by topic (work, health, tastes …), each with any of

    [fragments]     lists of words and pieces of patterns, which every file of the language names in braces
    [tables.NAME]   words and what they stand for
    [[predicate]]   what is said after "I": its key, its pattern, an example it hears with the claim, one it must not hear
    [[mine]]        the same for what is said after "my"
    [[ended]]       the same for what no longer holds
    [[secret]]      what must not be kept, by its kind
    [[pattern]]     any other, by its name

A list is written as its alternatives and stands for `(?:one|two)`. `{weekday}` in a pattern is the fragment of that name;
`where.NAME` beside a pattern is a fragment of its own. A predicate begins with `{adv}`, the adverbs that may come before
a verb. `shared/` holds what every language has a part in: a fragment found in no file of its own is made of the lists of
that name of all languages.

Nothing is read before it is asked for, and no pattern is compiled before it is used or `compile_all` is called. Of the
0.25 s it takes to read and compile both languages, reading is about 0.07 [measured on two cores].
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from memory.errors import ConfigError
from memory.language.claims import Predicate

FOLDER = Path(__file__).parent
SHARED = "shared"
_FLAGS = {"i": re.I, "s": re.S, "m": re.M}
_NAMED = re.compile(r"\{([a-z_]\w*)\}")
_EXAMPLE = {"hears", "claim", "not"}
_RULE = {"pattern", "where", "flags"} | _EXAMPLE
_KNOWN: Mapping[str, set[str]] = {
    "language": {"name", "letters", "flags", "predicates"},
    "predicate": _RULE | {"key", "polarity", "strength", "split"},
    "mine": _RULE | {"key", "split"},
    "ended": _RULE | {"eaten"},
    "pattern": (_RULE - {"claim"}) | {"name", "finds"},
    "secret": (_RULE - {"claim", "flags"}) | {"kind", "finds"},
}
RULES = ("predicate", "mine", "ended")


@dataclass(frozen=True)
class Entry:
    """One pattern as it is written: `place` is its file and line, for a message to a person."""

    kind: str
    place: str
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.values.get("name") or self.values.get("key") or self.values.get("kind") or self.kind)


@dataclass(frozen=True)
class Lexicon:
    """A language's patterns, compiled as they are asked for. Raises ConfigError for what it cannot compile."""

    name: str
    flags: str
    letters: str
    entries: Sequence[Entry]
    fragments: Mapping[str, str | Sequence[str]]
    tables: Mapping[str, Mapping[str, str]]
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict)
    _rules: dict[str, tuple[Predicate, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> re.Pattern[str]:
        """The pattern of that name. Raises KeyError."""
        if name not in self._compiled:
            self._compiled[name] = self.compile(self._named[name])
        return self._compiled[name]

    @cached_property
    def its_letters(self) -> re.Pattern[str]:
        return re.compile(self.letters)

    @cached_property
    def _named(self) -> Mapping[str, Entry]:
        return {entry.name: entry for entry in self.entries if entry.kind == "pattern"}

    def __contains__(self, name: str) -> bool:
        return name in self._named

    def rules(self, kind: str) -> tuple[Predicate, ...]:
        """What claims are made by, in the order in which it is tried; `kind` is one of RULES."""
        if kind not in self._rules:
            self._rules[kind] = tuple(self._rule(entry) for entry in self.entries if entry.kind == kind)
        return self._rules[kind]

    def _rule(self, entry: Entry) -> Predicate:
        values = {key: entry.values[key] for key in ("polarity", "strength", "split", "eaten") if key in entry.values}
        return Predicate(entry.values.get("key", entry.kind), self.compile(entry), **values)

    def compile(self, entry: Entry) -> re.Pattern[str]:
        flags = re.NOFLAG
        for letter in "is" if entry.kind == "secret" else entry.values.get("flags", self.flags):
            flags |= _FLAGS[letter]
        try:
            return re.compile(self.written(entry), flags)
        except re.error as error:
            raise ConfigError(f"{entry.place}: the pattern of {entry.name!r} is broken: {error}.") from error

    def written(self, entry: Entry) -> str:
        """A pattern as `re` reads it: its fragments put in, its alternatives joined."""
        own = {**self.fragments, **entry.values.get("where", {})}
        pattern = entry.values["pattern"]
        text = pattern if isinstance(pattern, str) else "|".join(pattern)
        return self._filled("{adv}" + text if entry.kind == "predicate" else text, own, entry.place)

    def _filled(self, text: str, fragments: Mapping[str, str | Sequence[str]], place: str, depth: int = 0) -> str:
        def fragment(match: re.Match[str]) -> str:
            if match[1] in fragments and depth < 9:
                value = fragments[match[1]]
                joined = value if isinstance(value, str) else f"(?:{'|'.join(value)})"
                return self._filled(joined, fragments, place, depth + 1)
            if match[1] in self.tables:
                return "|".join(sorted(self.tables[match[1]], key=len, reverse=True))
            raise ConfigError(f"{place}: there is no fragment {match[0]}. Add it to [fragments] or to `where`.")

        return _NAMED.sub(fragment, text)

    def compile_all(self) -> None:
        for name in self._named:
            self[name]
        for kind in RULES:
            self.rules(kind)


@cache
def languages() -> tuple[Lexicon, ...]:
    """Every language there is, by its folder's name."""
    return tuple(load(path.parent.name) for path in sorted(FOLDER.glob("*/language.toml")))


@cache
def shared() -> Lexicon:
    """What every language has a part in."""
    own = load(SHARED)
    parts = [lexicon.fragments for lexicon in languages()]
    names = {name for part in parts for name in part} - set(own.fragments)
    lists = {
        name: [word for part in parts for word in part.get(name, ()) if not isinstance(part[name], str)]
        for name in names
    }
    return replace(own, fragments={**lists, **own.fragments})


def each(name: str) -> list[re.Pattern[str]]:
    """The pattern of that name of every language that has one."""
    return [lexicon[name] for lexicon in languages() if name in lexicon]


@cache
def joined(name: str) -> re.Pattern[str]:
    """A pattern that finds what that of any language finds."""
    found = each(name)
    return re.compile("|".join(one.pattern for one in found), found[0].flags)


@cache
def joined_table(name: str) -> Mapping[str, str]:
    return {word: meaning for lexicon in languages() for word, meaning in lexicon.tables.get(name, {}).items()}


def load(name: str, folder: Path = FOLDER) -> Lexicon:
    """The language of that name. Raises ConfigError for an unknown key, a missing one, or a topic that is not there."""
    topics = {path.stem: _read(path) for path in sorted((folder / name).glob("*.toml"))}
    head = topics.pop("language", {})
    order = [*head.get("predicates", ()), *(topic for topic in topics if topic not in head.get("predicates", ()))]
    if missing := [topic for topic in order if topic not in topics]:
        raise ConfigError(f"{name}/language.toml: there is no {missing[0]}.toml, which `predicates` lists.")
    fragments: dict[str, str | Sequence[str]] = {}
    tables: dict[str, Mapping[str, str]] = {}
    entries: list[Entry] = []
    for topic in order:
        fragments |= {key: _unfolded(value) for key, value in topics[topic].get("fragments", {}).items()}
        tables |= topics[topic].get("tables", {})
        entries += topics[topic]["entries"]
    return Lexicon(name, head.get("flags", ""), head.get("letters", ""), entries, fragments, tables)


def _unfolded(value: str | Sequence[str]) -> str | Sequence[str]:
    """A piece written over several lines is one."""
    return "".join(value.split("\n")) if isinstance(value, str) else value


def _read(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    place = f"{path.parent.name}/{path.name}"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place} is not TOML: {error}.") from error
    if path.stem == "language":
        _check(data, "language", place)
        return data
    data["entries"] = []
    for kind in (*RULES, "pattern", "secret"):
        lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == f"[[{kind}]]"]
        for line, values in zip(lines, data.pop(kind, ()), strict=True):
            _check(values, kind, f"{place}:{line}")
            data["entries"].append(Entry(kind, f"{place}:{line}", values))
    if unknown := [key for key in data if key not in ("fragments", "tables", "entries")]:
        raise ConfigError(f"{place}: unknown key {unknown[0]!r}; known are fragments, tables, {', '.join(_KNOWN)}.")
    return data


def _check(values: Mapping[str, Any], kind: str, place: str) -> None:
    if unknown := [key for key in values if key not in _KNOWN[kind]]:
        raise ConfigError(f"{place}: unknown key {unknown[0]!r}; a {kind} has {', '.join(sorted(_KNOWN[kind]))}.")
    if kind != "language" and "pattern" not in values:
        raise ConfigError(f"{place}: this {kind} has no pattern.")
