"""A language as data: one folder of TOML files (`pattern_files.py` tells their form), compiled.

    language.toml   which letters tell the language, the flags of its patterns, the order its predicates are tried in
    *.toml          its patterns and word lists by topic: work, health, likes …

`{weekday}` in a pattern is the fragment of that name; a fragment that is a list stands for `(?:one|two)`, and a table for
its words, the longest first. A predicate begins with `{adv}`, the adverbs that may come before a verb. `shared/` holds
what every language has a part in: a fragment found in no file of its own is made of the lists of that name of all
languages.

Nothing is read before it is asked for, and no pattern is compiled before it is used or `compile_all` is called.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

from memory.errors import ConfigError
from memory.language.claims import Predicate
from memory.language.folding import simplified
from memory.language.pattern_files import RULES, Entry, Head, Piece, read_head, read_topic

FOLDER = Path(__file__).parent
SHARED = "shared"
MAX_DEPTH = 9
"""Of fragments in fragments: deeper, one must be in itself."""
_FLAGS = {"i": re.I, "s": re.S, "m": re.M}
_IN_BRACES = re.compile(r"\{([a-z_]\w*)\}")


@dataclass(frozen=True)
class Lexicon:
    """A language's patterns by name, `lexicon["lead"]`. Raises KeyError for a name that is not there, ConfigError for a
    pattern that is broken."""

    name: str
    head: Head
    entries: Sequence[Entry]
    fragments: Mapping[str, Piece]
    tables: Mapping[str, Mapping[str, str]]
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict)
    _rules: dict[str, tuple[Predicate, ...]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> re.Pattern[str]:
        if name not in self._compiled:
            self._compiled[name] = self.compile(self.named[name])
        return self._compiled[name]

    @cached_property
    def named(self) -> Mapping[str, Entry]:
        return {entry.name: entry for entry in self.entries if entry.kind in ("pattern", "joined")}

    @cached_property
    def letters(self) -> re.Pattern[str] | None:
        """The letters that tell the language; `None` if none do."""
        return re.compile(self.head.letters) if self.head.letters else None

    def rules(self, kind: str) -> tuple[Predicate, ...]:
        """What claims are made by, in the order in which it is tried; `kind` is one of RULES."""
        if kind not in self._rules:
            self._rules[kind] = tuple(self._rule(entry) for entry in self.entries if entry.kind == kind)
        return self._rules[kind]

    def without(self, entry: Entry) -> "Lexicon":
        """The language if it did not have that rule."""
        numbered = enumerate(one for one in self.entries if one.kind == entry.kind)
        at = next(number for number, one in numbered if one is entry)
        rules = self.rules(entry.kind)
        return replace(self, _rules={**self._rules, entry.kind: rules[:at] + rules[at + 1 :]})

    def compile_all(self) -> None:
        """Compiles everything that is this language's alone."""
        for entry in self.named.values():
            if entry.kind == "pattern":
                self[entry.name]
        for kind in RULES:
            self.rules(kind)

    def compile(self, entry: Entry) -> re.Pattern[str]:
        try:
            return re.compile(self.written(entry), self.flags(entry))
        except re.error as error:
            raise ConfigError(f"{entry.place}: the pattern of {entry.name!r} is broken: {error}.") from error

    def flags(self, entry: Entry) -> re.RegexFlag:
        flags = re.NOFLAG
        for letter in self.head.flags if entry.flags is None else entry.flags:
            if letter not in _FLAGS:
                raise ConfigError(f"{entry.place}: unknown flag {letter!r}. There is: {', '.join(_FLAGS)}.")
            flags |= _FLAGS[letter]
        return flags

    def written(self, entry: Entry) -> str:
        """A pattern as `re` reads it: its fragments put in, its alternatives joined."""
        text = entry.pattern if isinstance(entry.pattern, str) else "|".join(entry.pattern)
        before = "{adv}" if entry.kind == "predicate" else ""
        return self._filled(before + text, {**self.fragments, **entry.where}, entry.place)

    def _filled(self, text: str, fragments: Mapping[str, Piece], place: str, depth: int = 0) -> str:
        def fragment(match: re.Match[str]) -> str:
            if match[1] in fragments and depth < MAX_DEPTH:
                piece = fragments[match[1]]
                joined = piece if isinstance(piece, str) else f"(?:{'|'.join(piece)})"
                return self._filled(joined, fragments, place, depth + 1)
            if match[1] in self.tables:
                return f"(?:{'|'.join(sorted(self.tables[match[1]], key=len, reverse=True))})"
            raise ConfigError(f"{place}: there is no fragment {match[0]}. Add it to [fragments], or to `where`.")

        return _IN_BRACES.sub(fragment, text)

    def _rule(self, entry: Entry) -> Predicate:
        pattern = self.compile(entry)
        return Predicate(entry.name, pattern, entry.polarity, entry.strength, entry.split, entry.eaten)


def load(name: str, folder: Path = FOLDER) -> Lexicon:
    """The language of that name. Raises ConfigError for an unknown key, a name that two patterns have, or a topic that is
    listed and not there."""
    paths = {path.stem: path for path in sorted((folder / name).glob("*.toml"))}
    head = read_head(paths.pop("language")) if "language" in paths else Head()
    if missing := [topic for topic in head.predicates if topic not in paths]:
        raise ConfigError(f"{name}/language.toml: there is no {missing[0]}.toml, which `predicates` lists.")
    order = [*head.predicates, *(topic for topic in paths if topic not in head.predicates)]
    topics = {topic: read_topic(paths[topic]) for topic in order}
    for topic, file in topics.items():
        if topic not in head.predicates and (
            first := next((one for one in file.entries if one.kind == "predicate"), None)
        ):
            raise ConfigError(f"{first.place}: add {topic!r} to `predicates` in {name}/language.toml.")
    entries = [entry for file in topics.values() for entry in file.entries]
    _check_names(entries)
    fragments = {key: piece for file in topics.values() for key, piece in file.fragments.items()}
    tables = {key: table for file in topics.values() for key, table in file.tables.items()}
    return Lexicon(name, head, entries, fragments, tables)


def _check_names(entries: Sequence[Entry]) -> None:
    places: dict[str, str] = {}
    for entry in entries:
        if entry.kind in ("pattern", "joined"):
            if entry.name in places:
                raise ConfigError(
                    f"{entry.place}: {entry.name!r} is at {places[entry.name]} already. Choose another name."
                )
            places[entry.name] = entry.place


@cache
def languages() -> tuple[Lexicon, ...]:
    """Every language there is, by its folder's name."""
    return tuple(load(path.parent.name) for path in sorted(FOLDER.glob("*/language.toml")))


@cache
def shared() -> Lexicon:
    """What every language has a part in."""
    own = load(SHARED)
    parts = [lexicon.fragments for lexicon in languages()]
    lists: dict[str, list[str]] = {}
    for name, piece in ((name, piece) for part in parts for name, piece in part.items()):
        if not isinstance(piece, str):
            lists.setdefault(name, []).extend(piece)
    return replace(own, fragments={**lists, **own.fragments})


@cache
def each(name: str) -> tuple[re.Pattern[str], ...]:
    """The joined pattern of that name of every language that has one."""
    return tuple(lexicon[name] for lexicon in languages() if name in lexicon.named)


@cache
def joined(name: str) -> re.Pattern[str]:
    """What finds what the pattern of that name of any language finds."""
    parts = [(lexicon, lexicon.named[name]) for lexicon in languages() if name in lexicon.named]
    lexicon, first = parts[0]
    return re.compile("|".join(part.written(entry) for part, entry in parts), lexicon.flags(first))


def finds(name: str, text: str) -> bool:
    """Whether the joined pattern of that name finds something, in traditional letters too."""
    pattern, plain = joined(name), simplified(text)
    return bool(pattern.search(text) or (plain != text and pattern.search(plain)))


@cache
def joined_table(name: str) -> Mapping[str, str]:
    return {word: meaning for lexicon in languages() for word, meaning in lexicon.tables.get(name, {}).items()}
