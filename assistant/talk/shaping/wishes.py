"""Which form a reply is to have: by what the message asks for, else by what the person wants of every reply."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.talk.shaping.table import counted, finds, pattern
from memory.language.reading import Language
from memory.memories import Memories
from memory.types import Fact
from prompts.templates import render

SHORT = 3
"""So many sentences are a short answer."""
MOST_CHARS = 400
"""A longer text wishes nothing."""
_OWN_LENGTH = frozenset({"write", "remember", "tell"})
"""Acts whose reply has a length of its own."""


@dataclass(frozen=True, slots=True)
class Shape:
    """0 and "" stand for any. `sentences` at most; `items` of a list, `mark` before each; `hours` 12 or 24; `degrees` "C" or "F";
    `units` "metric" or "imperial". `asked` says that the message itself asks for the length."""

    sentences: int = 0
    items: int = 0
    mark: str = ""
    table: bool = False
    hours: int = 0
    degrees: str = ""
    units: str = ""
    plain: bool = False
    """Whether it is to be without emoji."""
    asked: bool = False

    def line(self, language: Language) -> str:
        """What the model is told of the form, "" for nothing."""
        return render("shape", language, shape=self) if self.sentences or self.items or self.table else ""


def wishes_in(text: str) -> Shape:
    """What one text of the person's wants of every reply."""
    if len(text) > MOST_CHARS:
        return Shape()
    sentences = counted("sentences", text) if finds("answers", text) else 0
    if not sentences and finds("short", text):
        sentences = SHORT
    return Shape(
        sentences=sentences,
        hours=int(_either(text, {"hours_24": "24", "hours_12": "12"}) or 0),
        degrees=_either(text, {"fahrenheit": "F", "celsius": "C", "metric": "C"}),
        units=_either(text, {"metric": "metric", "imperial": "imperial"}),
        plain=finds("emoji", text),
    )


def shape_for(
    text: str, act: str, facts: Sequence[Fact], memories: Memories | None, leave_out: Collection[str]
) -> Shape:
    """The form of the reply to a message."""
    shape = standing(facts, memories, leave_out)
    items, sentences, table = counted("items", text), counted("sentences", text), finds("table", text)
    if items or sentences or table:
        mark = "1." if finds("numbered", text) else "-"
        asked = Shape(sentences=0 if items or table else sentences, items=items, mark=mark, table=table, asked=True)
        return replace(asked, hours=shape.hours, degrees=shape.degrees, units=shape.units, plain=shape.plain)
    return replace(shape, sentences=0) if act in _OWN_LENGTH or finds("long", text) else shape


def standing(facts: Sequence[Fact], memories: Memories | None, leave_out: Collection[str] = ()) -> Shape:
    """What the person wants of every reply, by their profile and by what they said; what was said later counts."""
    texts = [fact.quote or fact.value for fact in facts if fact.key == "style"]
    if memories is not None:
        kept = [one for one in memories.told() if one.message_id not in leave_out and len(one.text) <= MOST_CHARS]
        texts += [one.text for one in reversed(kept) if _wishes(one.text)]
    shape = Shape()
    for one in map(wishes_in, texts):
        shape = Shape(
            sentences=one.sentences or shape.sentences,
            hours=one.hours or shape.hours,
            degrees=one.degrees or shape.degrees,
            units=one.units or shape.units,
            plain=one.plain or shape.plain,
        )
    return shape


@lru_cache(4_096)
def _wishes(text: str) -> bool:
    return finds("tells_wish", text) and not text.rstrip().endswith(("?", "？"))


def _either(text: str, names: Mapping[str, str]) -> str:
    """The value of the name that is wanted: of two that are named, the one that is not refused."""
    for name, value in names.items():
        match = pattern(name).search(text)
        if match and not finds("not_it", text[: match.start()]):
            return value
    return ""
