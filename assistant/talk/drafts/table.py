"""The words of a language by which a request for a text is read, and those that code writes into it."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from memory.language.reading import Language


@dataclass(frozen=True)
class Phrase:
    """What a text says for a reason: `when` is found in the request, and `has` in a text that says it already."""

    when: re.Pattern[str]
    has: re.Pattern[str]
    text: str


@dataclass(frozen=True)
class Table:
    """`find` and `rows` are patterns, a row being tried in its order; `write` are the texts of code."""

    find: Mapping[str, re.Pattern[str]]
    rows: Mapping[str, Sequence[re.Pattern[str]]]
    write: Mapping[str, str]
    phrases: Sequence[Phrase]


@cache
def table(language: Language) -> Table:
    path = Path(__file__).parent / f"{language}.toml"
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    find = data["find"]
    rows = {name: [re.compile(one, re.M) for one in found] for name, found in find.items() if isinstance(found, list)}
    single = {name: re.compile(one, _flags(name)) for name, one in find.items() if isinstance(one, str)}
    phrases = [
        Phrase(re.compile(one["when"], re.I), re.compile(one["has"], re.I), one["text"]) for one in data["phrase"]
    ]
    return Table(single, rows, data["write"], phrases)


def _flags(name: str) -> int:
    return 0 if name == "first_name" else re.I
