"""Labelled messages (tests/data/README.md tells the form) as what the network is trained on."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from memory.facts.reader import Tokens, tokenize
from memory.facts.reader_heads import KEYS, MAX_SPAN, STANDINGS, TENSES

USER, UNNAMED = -1, -2
OPTIONAL = 0.6
"""How much a fact counts that a reasonable reader may leave out."""
Label = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Value:
    """Tokens `first` to `last` are a fact's value. `keys`: the one of the label, and others that would be right. `whose`: the
    tokens that name whose it is, or (USER,), (UNNAMED,). `tense` is -1 where the label does not say."""

    first: int
    last: int
    weight: float
    key: int
    keys: tuple[int, ...]
    polarity: int
    tense: int
    whose: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """`values`, `who` and `standings` are spans of tokens, both ends included. `unclear`: spans in which no value is sought, for
    a label whose value is not in the words. `whole`: the label says of all that is not to be learned."""

    person: str
    language: str
    register: str
    text: str
    before: str
    tokens: Tokens
    facts: Sequence[Label]
    not_facts: Sequence[Label]
    whole: bool
    values: list[Value] = field(default_factory=list)
    who: list[tuple[int, int]] = field(default_factory=list)
    standings: list[tuple[int, int, int]] = field(default_factory=list)
    unclear: list[tuple[int, int]] = field(default_factory=list)


def read(paths: Sequence[Path], tokenizer: Any) -> Iterator[Example]:
    """Raises ValueError, naming the line."""
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                yield _example(json.loads(line), tokenizer, path.stem)
            except (KeyError, ValueError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: {type(error).__name__} {error}") from error


def _example(row: Mapping[str, Any], tokenizer: Any, source: str) -> Example:
    text = row["text"]
    answers = answered(row)
    example = Example(
        person_of(row, source), row["language"], row.get("register", "plain"), text, answers, tokenize(tokenizer, text, answers),
        row["facts"], row.get("not_facts", ()), "not_facts" in row,
    )  # fmt: skip
    for fact in row["facts"]:
        _add_fact(example, fact)
    for other in example.not_facts:
        place = text.find(other["quote"])
        span = _span(example.tokens, place, place + len(other["quote"])) if place >= 0 else None
        if span:
            example.standings.append((*span, STANDINGS.index(other["standing"])))
    return example


def answered(row: Mapping[str, Any]) -> str:
    """What a message answers."""
    before = row.get("before") or []
    return str(before[-1][1]) if before and isinstance(before[-1], list) and before[-1][0] == "assistant" else ""


def person_of(row: Mapping[str, Any], source: str) -> str:
    """Who says a message of the file `source`."""
    named = row.get("person") or row.get("user")
    return str(named or f"{source}-{re.sub(r'[^0-9]', '', row['id'])[:2]}")


def _add_fact(example: Example, fact: Label) -> None:
    text, value = example.text, fact["value"]
    quote = fact.get("quote") or value
    at = text.find(quote)
    if at < 0:
        return
    quoted = _span(example.tokens, at, at + len(quote))
    if quoted:
        example.standings.append((*quoted, 0))
    inside = quote.casefold().find(value.casefold())
    start = at + inside if inside >= 0 else text.casefold().find(value.casefold())
    if start < 0:
        if quoted:
            example.unclear.append(quoted)
        return
    span = _span(example.tokens, start, start + len(value))
    if span is None or span[1] - span[0] >= MAX_SPAN:
        return
    whose = _whose(example, fact, at, at + len(quote))
    if fact["subject"] != "user" and whose != (UNNAMED,):
        example.who.append((whose[0], whose[-1]))
    elif fact["subject"] == "user" and fact["key"] in ("people", "pets"):
        example.who.append(span)
    key = KEYS.index(fact["key"])
    keys = tuple({key, *(KEYS.index(other) for other in fact.get("keys", ()) if other in KEYS)})
    tense = TENSES.index(fact["tense"]) if "tense" in fact else -1
    weight = OPTIONAL if fact.get("optional") else 1.0
    example.values.append(Value(*span, weight, key, keys, int(fact.get("polarity", 1)), tense, whose))


def _whose(example: Example, fact: Label, start: int, end: int) -> tuple[int, ...]:
    """The tokens that name the subject: where it is named nearest to the quote."""
    if fact["subject"] == "user":
        return (USER,)
    for name in (fact.get("subject_quote"), fact["subject"]):
        places = [match.span() for match in re.finditer(re.escape(name), example.text, re.I)] if name else []
        if places:
            nearest = min(places, key=lambda place: abs(place[0] - start) if place[0] <= end else 10**6)
            span = _span(example.tokens, *nearest)
            if span:
                return tuple(range(span[0], span[1] + 1))
    return (UNNAMED,)


def _span(tokens: Tokens, start: int, end: int) -> tuple[int, int] | None:
    """The first and the last token of these characters."""
    inside = [
        at for at, (begin, stop) in enumerate(tokens.places) if 0 <= begin < end and stop > start and stop > begin
    ]
    return (inside[0], inside[-1]) if inside else None
