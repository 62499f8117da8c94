"""The patterns of `words.toml`, compiled."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


@cache
def pattern(name: str) -> re.Pattern[str]:
    words = sorted(_data()["numbers"], key=len, reverse=True)
    english = "|".join([r"\d{1,2}", *(word for word in words if word.isascii())])
    chinese = "|".join([r"\d{1,2}", *(word for word in words if not word.isascii())])
    text = _data()["find"][name].replace("\n", "").replace("{n}", f"(?:{english})").replace("{z}", f"(?:{chinese})")
    return re.compile(text, re.I | re.M)


def number(word: str) -> int:
    """What a figure or a number word of either language says."""
    return int(word) if word.isdigit() else int(_data()["numbers"].get(word.lower(), 0))


def counted(name: str, text: str) -> int:
    """The number that the pattern of that name finds in a text, 0 for none."""
    match = pattern(name).search(text)
    return number(next(one for one in match.groups() if one)) if match else 0


def finds(name: str, text: str) -> bool:
    return pattern(name).search(text) is not None
