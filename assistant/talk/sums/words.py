"""The words of a language, read from its TOML files once: what they stand for, units, money, dates, the grammar."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from assistant.talk.sums.grammar import Needs, Node, compiled, needed, reaching, slots_of, words_of
from assistant.talk.sums.tokens import tokens
from assistant.talk.sums.values import Language
from memory.errors import ConfigError

FOLDER = Path(__file__).parent
TOPICS = ("arithmetic", "money", "measures", "dates")
TERMINALS = (
    "number count percent discount money priced unit quantity duration rate distance amount speed volume length row"
    " expression day clock year thing stretch period"
).split()
"""What a form may name that is read by code."""
_BEGINS = frozenset(
    ["a", "an", "the", "-", ".", "(", *"零〇一二两三四五六七八九十百千万半俩仨打下这本周星礼今明后去早上中晚凌清傍夜"]
)
Phrase = tuple[str, ...]
"""Words or Chinese signs in a row."""


@dataclass(frozen=True)
class Form:
    """One way to ask a kind of question."""

    kind: str
    node: Node
    needs: Sequence[frozenset[str]]
    names_things: bool
    """Whether it may have words in it that the language does not know."""
    place: int
    """Of two forms that read a message alike, the first says the answer."""


@dataclass(frozen=True)
class Kind:
    """A kind of question, with examples that it hears and ones that it must not."""

    name: str
    hears: Sequence[str]
    ignores: Sequence[str]


@dataclass(frozen=True)
class Words:
    """All that is data of one language."""

    language: Language
    stands_for: Mapping[str, Sequence[str]]
    numbers: Mapping[str, Fraction]
    scales: Mapping[str, Fraction]
    fractions: Mapping[str, Fraction]
    operators: Mapping[Phrase, str]
    units: Mapping[Phrase, Sequence[str]]
    money: Mapping[Phrase, str]
    shown: Mapping[str, tuple[str, str]]
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    days: Mapping[Phrase, int]
    holidays: Mapping[Phrase, str]
    ends: Mapping[Phrase, str]
    idioms: frozenset[str]
    answers: Mapping[str, str]
    rules: Mapping[str, Node]
    forms: Sequence[tuple[frozenset[str], Sequence[Form]]]
    """Those that need a word of a set, by that set: few messages have one of the rarest words that a form needs."""
    kinds: Sequence[Kind]
    wants: frozenset[Phrase]
    amounts: frozenset[str]
    """Words without one of which, and without a digit, there is nothing to calculate with."""
    begins: frozenset[str]
    """Words that an amount, a date or a time may begin with."""
    vocabulary: frozenset[str] = field(default_factory=frozenset)
    typos: Mapping[str, str] = field(default_factory=dict)


@cache
def worth() -> Mapping[str, tuple[str, Fraction]]:
    """Of each unit its kind ("length") and its worth in that kind's first unit."""
    table = tomllib.loads((FOLDER / "units.toml").read_text(encoding="utf-8"))
    return {unit: (kind, Fraction(value)) for kind, units in table.items() for unit, value in units.items()}


def phrase(text: str) -> Phrase:
    """A text of the data as the tokens that a message would have for it."""
    return tuple(token.text for token in tokens(text, {}))


@cache
def words(language: Language) -> Words:
    """The words and the grammar of a language."""
    data = _toml(language, "words")
    questions = {name: kind for topic in TOPICS for name, kind in _toml(language, topic).items()}
    answers = _toml(language, "answers")
    rules = {name: compiled(f"({'|'.join(forms)})") for name, forms in _toml(language, "rules")["rules"].items()}
    kinds = list(questions.items())
    nodes = [(name, compiled(f"<openers> {form} <closers>")) for name, kind in kinds for form in kind["says"]]
    _check(rules, nodes)
    known = set().union(*(words_of(node) for node in [*rules.values(), *(node for _, node in nodes)]))
    units: dict[Phrase, list[str]] = {}
    for unit, names in data["units"].items():
        for name in names:
            units.setdefault(phrase(name), []).append(unit)
    money = {phrase(name): unit for unit, names in data["money"].items() for name in names}
    singles = ("numbers", "scales", "fractions", "months", "weekdays")
    phrases = {
        key: {phrase(name): value for name, value in data.get(key, {}).items()} for key in ("days", "holidays", "ends")
    }
    operators = {phrase(name): sign for sign, names in data["operators"].items() for name in names}
    known |= {word for key in singles for word in data.get(key, {})}
    known |= {word for table in (units, money, operators, *phrases.values()) for one in table for word in one}
    known |= {*data["read"]["words"], *data["amounts"]["words"]}
    return Words(
        language,
        stands_for={word: text.split() for word, text in data.get("stands_for", {}).items()},
        numbers={word: Fraction(value) for word, value in data.get("numbers", {}).items()},
        scales={word: Fraction(value) for word, value in data.get("scales", {}).items()},
        fractions={word: Fraction(value) for word, value in data.get("fractions", {}).items()},
        operators=operators,
        units={name: tuple(dict.fromkeys(ids)) for name, ids in units.items()},
        money=money,
        shown={unit: (names[0], names[1]) for unit, names in {**data["units"], **data["money"]}.items()},
        months=data.get("months", {}),
        weekdays=data.get("weekdays", {}),
        days=phrases["days"],
        holidays=phrases["holidays"],
        ends=phrases["ends"],
        idioms=frozenset(data["idioms"]["never"]),
        answers=answers["answers"],
        rules=rules,
        forms=_by_rarest(nodes, rules),
        kinds=[Kind(name, kind.get("hears", ()), kind.get("ignores", ())) for name, kind in kinds],
        wants=frozenset(phrase(text) for text in answers["wants"]["words"]),
        amounts=_amounts(data, phrases),
        begins=_begins(data, [*phrases.values(), units, money]),
        vocabulary=frozenset(known),
        typos=_typos(known),
    )


def _toml(language: Language, name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / language / f"{name}.toml").read_text(encoding="utf-8"))


_MIN_LENGTH = 5


def _by_rarest(nodes: Sequence[tuple[str, Node]], rules: Mapping[str, Node]) -> list[tuple[frozenset[str], list[Form]]]:
    seen: dict[str, Needs] = {}
    things = reaching(rules, "thing")
    forms = [
        Form(name, node, needed(node, rules, seen), not things.isdisjoint(slots_of(node)), place)
        for place, (name, node) in enumerate(nodes)
    ]
    times = Counter(word for form in forms for need in form.needs for word in need)
    groups: dict[frozenset[str], list[Form]] = {}
    for form in forms:
        order = sorted(form.needs, key=lambda need: sum(times[word] for word in need))
        rarest = order[0] if order else frozenset()
        groups.setdefault(rarest, []).append(replace(form, needs=order[1:]))
    return list(groups.items())


def _amounts(data: Mapping[str, Any], phrases: Mapping[str, Mapping[Phrase, object]]) -> frozenset[str]:
    singles = {word for key in ("numbers", "scales", "fractions", "months", "weekdays") for word in data.get(key, {})}
    named = {name[-1] for key in ("days", "holidays", "ends") for name in phrases[key]}
    return frozenset(singles | named | set(data["amounts"]["words"]))


def _begins(data: Mapping[str, Any], tables: Sequence[Mapping[Phrase, object]]) -> frozenset[str]:
    singles = {word for key in ("numbers", "fractions", "months", "weekdays") for word in data.get(key, {})}
    return frozenset(singles | {name[0] for table in tables for name in table} | set(data["read"]["words"]) | _BEGINS)


def _check(rules: Mapping[str, Node], nodes: Sequence[tuple[str, Node]]) -> None:
    """Raises ConfigError for a form with a rule that is not there."""
    for name, node in [*rules.items(), *nodes]:
        if missing := sorted(slots_of(node) - set(rules) - set(TERMINALS)):
            raise ConfigError(f"{name}: there is no rule <{missing[0]}>. Add it to [rules].")


def _typos(known: set[str]) -> dict[str, str]:
    """What a slip of the fingers makes of a long word (a letter left out, doubled, or two swapped), if of one word only."""
    found: dict[str, str] = {}
    for word in known:
        if len(word) >= _MIN_LENGTH and word.isascii() and word.isalpha():
            for slip in slips(word):
                found[slip] = word if found.get(slip, word) == word else ""
    return {slip: word for slip, word in found.items() if word and slip not in known}


def slips(word: str) -> set[str]:
    """The first letter is always right."""
    left_out = {word[:at] + word[at + 1 :] for at in range(1, len(word) - 1)}  # "last" is no slip of "lasts"
    swapped = {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)}
    doubled = {word[:at] + word[at] + word[at:] for at in range(len(word))}
    return (left_out | swapped | doubled) - {word}
