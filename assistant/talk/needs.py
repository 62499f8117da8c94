"""What sort of thing a question asks for by name, by `needs.toml`: an age, a colour, a telephone number."""

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path


@cache
def _needs() -> Sequence[tuple[re.Pattern[str], re.Pattern[str]]]:
    rows = tomllib.loads((Path(__file__).parent / "needs.toml").read_text(encoding="utf-8"))["needs"]
    return [(re.compile(asked, re.I), re.compile(has)) for asked, has in rows]


def has_what_is_asked(question: str, text: str) -> bool:
    """Whether a note has the sort of thing that a question asks for by name: an age, a colour, a telephone number."""
    return all(has.search(text) for asked, has in _needs() if asked.search(question))
