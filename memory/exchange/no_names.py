"""Words that look like names and are none."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def no_names(language: str) -> frozenset[str]:
    """Words that have capitals, or that jieba's table takes for names, and are none."""
    lists = tomllib.loads(files("memory.language").joinpath("letters/no_names.toml").read_text(encoding="utf-8"))
    return frozenset(str(lists[language]).split())
