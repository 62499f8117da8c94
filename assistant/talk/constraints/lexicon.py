"""What words name, from `words/*.toml`: things, the groups they are part of, dishes and what they contain, diets.

    things    prawns ── in ── crustaceans ── in ── shellfish ── in ── seafood
    dishes    pesto ── has ── pine nuts, milk
    masks     vegan cheese: what it has is not milk

The longest name that a text has counts. English is compared by words without their plural, Chinese by characters. Does not
know: what a dish contains in one kitchen and not in another; brands; spelling mistakes.
"""

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from memory.language.text import CJK

FILES = ("allergens", "others", "dishes", "rules")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_GLUED = re.compile(r"[-\s]{1,3}|/")
_APART = re.compile(r"[,;:.!?，。；、]|\band\b|\bor\b|\bwith\b|和|或|配")
_KEPT = ("ss", "us", "is", "ous", "as")


@dataclass(frozen=True, slots=True)
class Node:
    """A thing, group or dish: how a sentence names it, and what it is (`within`) and contains (`has`), all the way up."""

    id: str
    en: str
    zh: str
    within: frozenset[str]
    has: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """A name in a text, and the nodes it names."""

    start: int
    end: int
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Diet:
    """What keeps a diet or a condition from food; of one `family` the later holds."""

    id: str
    excludes: frozenset[str]
    family: str
    en: str
    zh: str


@dataclass(frozen=True)
class Words:
    """All names by their first word or character, the longest first."""

    nodes: Mapping[str, Node]
    diets: Mapping[str, Diet]
    clauses: Mapping[str, Mapping[str, re.Pattern[str]]]
    contained: frozenset[str]
    _en: dict[tuple[str, ...], list[Node]] = field(default_factory=dict)
    _longest: dict[str, int] = field(default_factory=dict)
    _zh: dict[str, list[Node]] = field(default_factory=dict)
    _diet_names: dict[str, Diet] = field(default_factory=dict)
    _masks: dict[tuple[str, ...] | str, frozenset[str]] = field(default_factory=dict)

    def find(self, text: str) -> list[Found]:
        """Every name in `text`, none within another, in order."""
        found = list(self._english(text))
        if CJK.search(text):
            found += self._chinese(text)
        return sorted(found, key=lambda one: one.start)

    def _english(self, text: str) -> Iterator[Found]:
        tokens = tokens_of(text)
        names = [word for word, _, _ in tokens]
        at = 0
        while at < len(tokens):
            for size in range(min(self._longest.get(names[at], 0), len(tokens) - at), 0, -1):
                nodes = self._en.get(tuple(names[at : at + size]))
                if nodes is not None and _together(text, tokens[at : at + size]):
                    yield Found(tokens[at][1], tokens[at + size - 1][2], tuple(nodes))
                    at += size
                    break
            else:
                at += 1

    def _chinese(self, text: str) -> Iterator[Found]:
        at = 0
        while at < len(text):
            for size in range(min(_MOST_CHARS, len(text) - at), 0, -1):
                nodes = self._zh.get(text[at : at + size])
                if nodes is not None:
                    yield Found(at, at + size, tuple(nodes))
                    at += size
                    break
            else:
                at += 1

    def masked(self, before: str) -> frozenset[str]:
        """What cannot be in a thing right after these words: "use vegan" -> meat, milk …; one word may stand between."""
        tail = _APART.split(before[-40:])[-1]
        tokens = [word for word, _, _ in tokens_of(tail)][-3:]
        out: frozenset[str] = frozenset()
        for start in range(len(tokens)):
            for size in (1, 2):
                out |= self._masks.get(tuple(tokens[start : start + size]), frozenset())
        for size in (1, 2, 3, 4):
            out |= self._masks.get(tail.rstrip("的 ")[-size:], frozenset())
        return out

    def diet(self, value: str) -> Diet | None:
        """The diet or condition that `value` names, the longest name first."""
        return self.diet_in(value)[0]

    def diet_in(self, value: str) -> tuple[Diet | None, str]:
        """The diet or condition that `value` names, and what comes after its name."""
        folded = value.casefold().replace("’", "'")
        for name, diet in self._diet_names.items():
            at = folded.find(name)
            if at < 0:
                continue
            if CJK.search(name) or re.search(rf"(?<![\w-]){re.escape(name)}(?!\w)", folded):
                return diet, folded[at + len(name) :]
        return None, ""


_MOST_CHARS = 7


def _together(text: str, part: Sequence[tuple[str, int, int]]) -> bool:
    """Whether only spaces or hyphens stand between words."""
    return all(_GLUED.fullmatch(text, a[2], b[1]) for a, b in itertools.pairwise(part))


@lru_cache(maxsize=64)
def tokens_of(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words of `text` without their plural and accents, with where they stand."""
    found = _TOKEN.finditer(text)
    return tuple((singular(match[0]), match.start(), match.end()) for match in found if match[0] < "⺀")


@lru_cache(maxsize=20_000)
def singular(word: str) -> str:
    """ "Berries" as "berry", "crêpes" as "crepe", "Anna's" as "anna"."""
    word = unicodedata.normalize("NFKD", word.casefold().replace("’", "'"))
    word = "".join(char for char in word if not unicodedata.combining(char)).removesuffix("'s")
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("oes", "ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(_KEPT) else word


@cache
def words() -> Words:
    """The lexicon, read once."""
    folder = files(__package__) / "words"
    data = {name: tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")) for name in FILES}
    parents: dict[str, frozenset[str]] = {}
    groups = {**data["allergens"]["groups"], **data["others"]["groups"]}
    things = {**data["allergens"]["things"], **data["others"]["things"]}
    _climb(groups, things, parents)
    rules = data["rules"]
    clauses = {
        language: {name: re.compile(re.sub(r"\n\s*", "", pattern), re.I) for name, pattern in one.items()}
        for language, one in rules["clauses"].items()
    }
    for language, reach in (("en", "[^.!?;]{0,60}?"), ("zh", "[^。！？；]{0,24}?")):
        clauses[language]["follows"] = re.compile(reach + clauses[language]["after"].pattern, re.I)
    out = Words({}, {}, clauses, frozenset(rules["contained"]))
    _add_things(out, groups, things, parents)
    _add_dishes(out, data["dishes"]["dishes"], parents)
    _add_rules(out, rules, parents)
    return out


def split_names(text: str) -> tuple[list[str], list[str]]:
    """ "prawn, shrimp | 虾, 虾仁" in English and in Chinese."""
    en, _, zh = " ".join(text.split()).partition("|")
    return [one.strip() for one in en.split(",") if one.strip()], [one.strip() for one in zh.split(",") if one.strip()]


def _climb(groups: Mapping[str, Any], things: Mapping[str, Any], parents: dict[str, frozenset[str]]) -> None:
    def above(name: str) -> frozenset[str]:
        up = groups[name].get("in")
        return frozenset({name}) | (above(up) if up else frozenset())

    for name in groups:
        parents[name] = above(name)
    for group, inside in things.items():
        for name in inside:
            parents[name] = parents.get(name, frozenset({name})) | parents[group]


def _add_things(
    out: Words, groups: Mapping[str, Any], things: Mapping[str, Any], parents: Mapping[str, frozenset[str]]
) -> None:
    nodes: dict[str, Node] = dict(out.nodes)
    for name, group in groups.items():
        nodes[name] = Node(name, group["en"], group["zh"], parents[name])
        _name(out, nodes[name], *split_names(group["names"]))
        _name(out, nodes[name], [name], [])
    for inside in things.values():
        for name, names in inside.items():
            en, zh = split_names(names)
            if name not in nodes:
                nodes[name] = Node(name, name, zh[0] if zh else name, parents[name])
            _name(out, nodes[name], [name, *en], zh)
    vars(out)["nodes"].update(nodes)


def _add_dishes(out: Words, dishes: Mapping[str, str], parents: Mapping[str, frozenset[str]]) -> None:
    for names, contents in dishes.items():
        en, zh = split_names(names)
        has: frozenset[str] = frozenset()
        for content in (one.strip() for one in contents.split(",")):
            has |= parents.get(content, frozenset({content})) if content else frozenset()
        title = (en or zh)[0]
        node = Node(f"dish:{title}", title, (zh or en)[0], frozenset({f"dish:{title}"}), has)
        _name(out, node, en, zh, instead=not has)


def _name(out: Words, node: Node, en: Sequence[str], zh: Sequence[str], *, instead: bool = False) -> None:
    keys: list[tuple[dict[Any, list[Node]], Any]] = [(out._zh, one) for one in zh]
    keys += [(out._en, tuple(word for word, _, _ in tokens_of(one))) for one in en]
    for key in (key for table, key in keys if table is out._en):
        out._longest[key[0]] = max(len(key), out._longest.get(key[0], 0))
    for table, key in keys:
        if instead:
            table[key] = [node]
        elif node not in table.setdefault(key, []):
            table[key].append(node)


def _add_rules(out: Words, rules: Mapping[str, Any], parents: Mapping[str, frozenset[str]]) -> None:
    names: list[tuple[str, Diet]] = []
    for name, told in rules["diets"].items():
        diet = Diet(name, frozenset(told["excludes"]), told.get("family", name), told["en"], told["zh"])
        vars(out)["diets"][name] = diet
        names += [(one.casefold(), diet) for group in split_names(told["names"]) for one in group]
    out._diet_names.update(sorted(names, key=lambda pair: -len(pair[0])))
    for mask, kept in rules["masks"].items():
        below = frozenset(one for one, up in parents.items() if up & set(kept))
        en, zh = split_names(mask)
        for one in en:
            out._masks[tuple(word for word, _, _ in tokens_of(one))] = below
        out._masks.update(dict.fromkeys(zh, below))
