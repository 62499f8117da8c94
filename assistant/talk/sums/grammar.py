"""A grammar of questions as data, and its reader.

A form is words, `(a|b c|)` for a choice, `<rule>` for a rule of that name and `<rule:name>` to keep what it read under a name.
A rule is a list of forms, or a terminal: a function that reads tokens from a place on. Every way to read a form is found, by
recursive descent with a memory for each (part, place), so that hostile input costs a bounded number of steps.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from assistant.talk.sums.tokens import Token
from assistant.talk.sums.values import Value

MAX_STEPS = 40_000
_PARTS = re.compile(r"<(\w+)(?::(\w+))?>|([()|])|([\u4e00-\u9fff])|([^\s()<>|\u4e00-\u9fff]+)")

Bound: TypeAlias = tuple[tuple[str, Value], ...]
Ends: TypeAlias = Sequence[tuple[int, Bound]]


@dataclass(frozen=True, eq=False, slots=True)
class Word:
    text: str


@dataclass(frozen=True, eq=False, slots=True)
class Slot:
    rule: str
    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    items: tuple["Node", ...]


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    options: tuple["Node", ...]


Node: TypeAlias = Word | Slot | Row | Choice
Terminal: TypeAlias = Callable[["Reader", int], Sequence[tuple[int, Value]]]


class TooManySteps(Exception):
    """The message can be read in too many ways."""


def compiled(form: str) -> Node:
    """The form as a tree. Raises ValueError for brackets that do not match."""
    parts = list(_PARTS.finditer(form))
    node, end = _choice(parts, 0)
    if end < len(parts):
        raise ValueError(f"{form!r}: a bracket is closed that was not opened")
    return node


def _choice(parts: Sequence[re.Match[str]], at: int) -> tuple[Node, int]:
    options: list[Node] = []
    row: list[Node] = []
    while at < len(parts) and parts[at][3] != ")":
        rule, name, bracket, sign, word = parts[at].groups()
        if bracket == "|":
            options.append(Row(tuple(row)))
            row = []
        elif bracket == "(":
            inner, at = _choice(parts, at + 1)
            if at >= len(parts):
                raise ValueError(f"{parts[0].string!r}: a bracket is not closed")
            row.append(inner)
        else:
            row.append(Slot(rule, name or "") if rule else Word(sign or word))
        at += 1
    options.append(Row(tuple(row)))
    return (options[0] if len(options) == 1 else Choice(tuple(options))), at


def words_of(node: Node) -> set[str]:
    """Every word that stands in a form."""
    match node:
        case Word():
            return {node.text}
        case Slot():
            return set()
        case Row():
            return set().union(*(words_of(item) for item in node.items))
        case Choice():
            return set().union(*(words_of(item) for item in node.options))


def slots_of(node: Node) -> set[str]:
    """Every rule that a form names."""
    match node:
        case Slot():
            return {node.rule}
        case Row():
            return set().union(*(slots_of(item) for item in node.items))
        case Choice():
            return set().union(*(slots_of(item) for item in node.options))
        case Word():
            return set()


def reaching(rules: Mapping[str, Node], terminal: str) -> set[str]:
    """The rules that reading may lead to a terminal from, and the terminal itself."""
    named = {name: slots_of(node) for name, node in rules.items()}
    found = {terminal}
    while fresh := {name for name, slots in named.items() if name not in found and slots & found}:
        found |= fresh
    return found


Needs = list[frozenset[str]]


def needed(node: Node, rules: Mapping[str, Node], seen: dict[str, Needs] | None = None) -> Needs:
    """Sets of words: what has no word of one of them is not read by the form. `seen` keeps what was found of each rule."""
    seen = {} if seen is None else seen
    match node:
        case Word():
            return [frozenset({node.text})]
        case Slot() if node.rule not in rules:
            return []
        case Slot():
            if node.rule not in seen:
                seen[node.rule] = []  # a rule that names itself
                seen[node.rule] = needed(rules[node.rule], rules, seen)
            return seen[node.rule]
        case Row():
            return [one for item in node.items for one in needed(item, rules, seen)]
        case Choice():
            each = [needed(option, rules, seen) for option in node.options]
            return [frozenset().union(*(min(one, key=len) for one in each))] if all(each) else []


@dataclass(slots=True)
class Reader:
    """Reads the tokens of one message."""

    tokens: Sequence[Token]
    rules: Mapping[str, Node]
    terminals: Mapping[str, Terminal]
    _ends: dict[tuple[int, int], Ends] = field(default_factory=dict)
    _read: dict[tuple[str, int], Sequence[tuple[int, Value]]] = field(default_factory=dict)
    _steps: int = 0

    def word(self, at: int) -> str:
        """The token there; "" after the last."""
        return self.tokens[at].text if at < len(self.tokens) else ""

    def read(self, name: str, at: int) -> Sequence[tuple[int, Value]]:
        """What the terminal of that name reads at a place: (end, value) for each way to read it."""
        if at >= len(self.tokens):
            return ()
        if (name, at) not in self._read:
            self._count()
            self._read[name, at] = ()
            self._read[name, at] = tuple(dict.fromkeys(self.terminals[name](self, at)))
        return self._read[name, at]

    def ends(self, node: Node, at: int) -> Ends:
        """Where the form may end that begins at a place, and what its slots kept."""
        if isinstance(node, Word):
            return ((at + 1, ()),) if at < len(self.tokens) and self.tokens[at].text == node.text else ()
        key = (id(node), at)
        if key not in self._ends:
            self._count()
            self._ends[key] = tuple(dict.fromkeys(self._found(node, at)))
        return self._ends[key]

    def _found(self, node: Node, at: int) -> Sequence[tuple[int, Bound]]:
        match node:
            case Row():
                return self._row(node, at)
            case Choice():
                return [end for option in node.options for end in self.ends(option, at)]
            case Slot() if node.rule in self.terminals:
                return [(end, ((node.name, value),) if node.name else ()) for end, value in self.read(node.rule, at)]
            case Slot():
                found = self.ends(self.rules[node.rule], at)
                return (
                    [(end, (*bound, (node.name, self._text(at, end)))) for end, bound in found] if node.name else found
                )
        return ()

    def _row(self, row: Row, at: int) -> Sequence[tuple[int, Bound]]:
        places: list[tuple[int, Bound]] = [(at, ())]
        for item in row.items:
            places = [(end, (*bound, *new)) for place, bound in places for end, new in self.ends(item, place)]
            if not places:
                return ()
            self._count(len(places))
        return places

    def _text(self, start: int, end: int) -> str:
        return " ".join(token.text for token in self.tokens[start:end])

    def _count(self, steps: int = 1) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise TooManySteps
