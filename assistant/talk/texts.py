"""The sentences that code says, from `texts.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from memory.language.reading import Language


@cache
def _texts() -> Mapping[str, Mapping[str, str | Sequence[str]]]:
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def say(name: str, language: Language, **values: object) -> str:
    """The text of that name in a language, with its values; of one that has two forms the plural unless `number` is 1."""
    text = _texts()[name][language]
    if not isinstance(text, str):
        text = text[0 if values.get("number") == 1 else 1]
    return text.format(**values)
