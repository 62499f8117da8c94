"""A reply brought into its form, sentence by sentence. A list or a table is put together when the reply has ended."""

import re
from collections.abc import Sequence

from assistant.talk.checks import Sentences
from assistant.talk.checks.sentences import FENCE
from assistant.talk.shaping.table import pattern
from assistant.talk.shaping.units import in_hours, measured, without_emoji
from assistant.talk.shaping.wishes import Shape

MIN_CHARS = 3
"""A shorter part is no item of a list."""
_CLAUSE = re.compile(r"[;；，]|, (?:and |or |but |which |so )?| and (?=\w+ \w+)|、")


class Shaper:
    """`feed` gives what may be shown of a sentence, `end` what is left then; `is_full` says that no more may follow."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._kept: list[str] = []
        self._sentences = 0
        self._in_code = False

    @property
    def is_full(self) -> bool:
        limit = self._shape.sentences
        return bool(limit) and self._sentences >= limit and not self._in_code

    def feed(self, sentence: str) -> str:
        if sentence.lstrip().startswith(FENCE):
            self._in_code = not self._in_code
        elif not self._in_code:
            sentence = plain(sentence, self._shape)
        if self._shape.items:
            self._kept.append(sentence)
            return ""
        if self.is_full:
            return ""
        if re.search(r"\w", sentence) and not _is_list_line(sentence) and not sentence.rstrip().endswith((":", "：")):
            self._sentences += 1
        return sentence

    def end(self) -> str:
        return listed("".join(self._kept), self._shape.items, self._shape.mark) if self._kept else ""


def plain(sentence: str, shape: Shape) -> str:
    """A sentence in the units and hours that are wanted, without emoji if they are not."""
    sentence = measured(sentence, shape.degrees, shape.units) if shape.degrees or shape.units else sentence
    sentence = in_hours(sentence, shape.hours)
    return without_emoji(sentence) if shape.plain else sentence


def listed(text: str, count: int, mark: str) -> str:
    """`text` as a list of `count` items: its own, else its sentences, else their parts; fewer if it has no more."""
    items = parts_of(text, count)
    marks = [f"{number}." if mark == "1." else "-" for number in range(1, len(items) + 1)]
    return "\n".join(f"{mark} {item}" for mark, item in zip(marks, items, strict=True))


def parts_of(text: str, count: int) -> Sequence[str]:
    """At most `count` parts of a text."""
    lines = [line for line in text.splitlines() if line.strip()]
    own = [
        pattern("list_line").sub("", line).strip()
        for line in lines
        if _is_list_line(line) and not line.startswith("  ")
    ]
    if len(own) >= min(count, 2):
        return own[:count]
    said = [one for one in sentences_of(text) if not one.endswith((":", "："))]
    if len(said) < count:
        pieces = [part.strip(" ,，;；。.") for one in said for part in _CLAUSE.split(one)]
        pieces = [part[:1].upper() + part[1:] for part in pieces if len(part) >= MIN_CHARS]
        said = pieces if len(pieces) >= count else said
    return said[:count]


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, without list marks."""
    cutter = Sentences()
    found = [*cutter.feed(text), cutter.rest()]
    bare = [pattern("list_line").sub("", one).strip() for one in found]
    return [one for one in bare if re.search(r"\w", one)]


def _is_list_line(text: str) -> bool:
    return pattern("list_line").search(text) is not None
