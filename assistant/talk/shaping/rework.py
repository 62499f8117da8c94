"""The last reply in another form: "shorter please", "now in three bullets", 再短点.

Code keeps its first sentences, or makes a list of them: nothing is added. What has too few is the model's to reword.
"""

from collections.abc import Sequence

from assistant.talk.shaping.shaper import listed, parts_of, sentences_of
from assistant.talk.shaping.table import counted, finds
from assistant.talk.shaping.wishes import Shape
from memory.types import Message

MOST_CHARS = 120
"""A longer message is about something of its own."""
_FORM = ("items", "sentences", "table", "bullets", "numbered", "paragraph")


def reworks(text: str, before: Sequence[Message]) -> bool:
    """Whether a message asks for the last reply in another form."""
    last = before[-1] if before else None
    if last is None or last.role != "assistant" or not last.text.strip() or len(text) > MOST_CHARS:
        return False
    if finds("says_shorter", text):
        return True
    return (finds("says_form", text) or finds("zh_form_short", text)) and any(finds(name, text) for name in _FORM)


def reworked(text: str, last: str, shape: Shape) -> str:
    """The last reply in the form that `text` asks for, "" if the model has to word it."""
    count = shape.items or (3 if finds("bullets", text) or finds("numbered", text) else 0)
    if count:
        mark = "1." if finds("numbered", text) else "-"
        return listed(last, count, mark) if len(parts_of(last, count)) >= count else ""
    if shape.table or not (finds("says_shorter", text) or counted("sentences", text)):
        return ""
    head, body, foot = _letter(last)
    said = sentences_of(body)
    most = counted("sentences", text) or max(1, len(said) // 2)
    if len(said) <= most and not counted("sentences", text):
        return ""
    gap = "" if "。" in body else " "
    return "\n\n".join(part for part in (head, gap.join(said[:most]), foot) if part)


def _letter(text: str) -> tuple[str, str, str]:
    """Greeting, middle and signature of a text to somebody; of any other text the middle is all."""
    parts = text.strip().split("\n\n")
    if len(parts) < 2 or not parts[0].rstrip().endswith((",", "，", "！", "：")) or len(parts[0]) > MOST_CHARS // 2:
        return "", text, ""
    signed = len(parts) > 2 and not parts[-1].rstrip().endswith((".", "!", "?", "。", "！", "？"))
    return parts[0], "\n\n".join(parts[1:-1] if signed else parts[1:]), parts[-1] if signed else ""
