"""What a message is made of, sorted: words that were said, words that were only brought along, and machine traffic.

A part is a string or an object with a `type` (or `content_type`). What holds words is taken in, whatever it is called; tool
calls, their results and what a model thinks to itself are no speech: they are left out, and counted by what they are.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from memory.exchange.foreign_logs.fields import clean
from memory.language.asides import CALL as CALL
from memory.language.asides import RESULT as RESULT
from memory.language.asides import THOUGHT as THOUGHT
from memory.language.asides import spoken

SYSTEM, HIDDEN = "system prompt", "hidden message"
_TRAFFIC = {
    "thinking": THOUGHT, "redacted_thinking": THOUGHT, "think": THOUGHT, "thoughts": THOUGHT, "reasoning": THOUGHT,
    "reasoning_recap": THOUGHT, "reasoning_content": THOUGHT, "tool_use": CALL, "tool_call": CALL, "function_call": CALL,
    "server_tool_use": CALL, "code_interpreter_call": CALL, "tool_result": RESULT, "execution_output": RESULT,
    "web_search_tool_result": RESULT, "tether_browsing_display": RESULT, "system_error": RESULT, "token_budget": RESULT,
    "function_call_output": RESULT, "user_editable_context": SYSTEM, "model_editable_context": SYSTEM, "flag": SYSTEM,
}  # fmt: skip
_WORDS = (
    "text", "transcript", "transcription", "content", "value", "extracted_content", "parts", "body", "refusal", "input_audio",
)  # fmt: skip
"""Where a part that is none of these keeps its words, in the order they are looked for."""
_PICTURE = re.compile(r"image|picture|photo|video|audio|sticker|asset_pointer|file|document", re.I)
_ENTITY = re.compile("\ue200entity\ue202([^\ue200\ue201]{0,400})\ue201")
_MARK = re.compile(
    "\ue200[^\ue200\ue201]{0,2000}\ue201|[\ue000-\uf8ff]|\u3010\\d{1,4}(?::\\d{1,4})?\u2020[^\u3011]{0,200}\u3011"
)
_QUOTED = re.compile(r'"([^"]{1,200})"')
MAX_DEPTH = 6


@dataclass(slots=True)
class Words:
    """What of a message was `said`, what was `brought` along (a pasted file), and what is left out, counted."""

    said: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        return clean("\n".join(part for part in (*self.said, *self.brought) if part.strip()))

    @property
    def own_text(self) -> str | None:
        """What of the text the speaker said himself, if that is not all of it."""
        return clean("\n".join(part for part in self.said if part.strip())) if self.brought else None

    def bring(self, name: object, text: object) -> None:
        """A file, or a quotation, that came with the message; one without words is counted."""
        label = clean(str(name)) if name else ""
        if isinstance(text, str) and text.strip():
            self.brought.append(f"[{label}]\n{text}" if label else text)
        else:
            self.left_out["file"] += 1


def words_of(parts: object, *, reply: bool = False) -> Words:
    """Of a message's content, a string, a part or a list of them; `reply`: a model wrote it, so that control marks and what
    it thought in between are taken out. Raises TypeError for what is no content."""
    words = Words()
    _add(words, parts, 0)
    if reply:
        words.said = [speech(part, words.left_out) for part in words.said]
    return words


def speech(text: str, left_out: Counter[str]) -> str:
    """What a model said, without what it thought and the marks that only its own page can show."""
    said, asides = spoken(text)
    left_out.update(asides)
    if "\ue200" in said:
        said = _ENTITY.sub(_entity, said)
    return _MARK.sub("", said)


def _entity(match: re.Match[str]) -> str:
    """["city","Porto","a city of Portugal"] is shown as Porto."""
    names = _QUOTED.findall(match[1])
    return str(names[min(1, len(names) - 1)]) if names else ""


def _add(words: Words, part: object, depth: int) -> None:
    if part is None:
        return
    if isinstance(part, str):
        words.said.append(part)
    elif isinstance(part, list) and depth < MAX_DEPTH:
        for each in part:
            _add(words, each, depth + 1)
    elif isinstance(part, Mapping) and depth < MAX_DEPTH:
        _add_part(words, part, depth)
    else:
        raise TypeError("a content that is no text")


def _add_part(words: Words, part: Mapping[str, Any], depth: int) -> None:
    kind = str(part.get("type") or part.get("content_type") or "")
    if artifact := _artifact(part):
        words.bring(*artifact)
    elif kind in _TRAFFIC:
        words.left_out[_TRAFFIC[kind]] += 1
    elif kind == "tether_quote":
        words.bring(part.get("title") or part.get("domain"), part.get("text"))
    elif (name := part.get("file_name") or part.get("filename")) and "title" not in part:
        words.bring(name, part.get("extracted_content") or part.get("content") or part.get("text"))
    else:
        found = next((part[key] for key in _WORDS if part.get(key)), None)
        if isinstance(found, str | list | Mapping):
            _add(words, found, depth + 1)
        elif kind != "text":
            words.left_out[_thing(kind)] += 1


def _artifact(part: Mapping[str, Any]) -> tuple[object, object] | None:
    """A text that a model wrote with a tool into a window beside the talk (a canvas, an artifact)."""
    given = part.get("input")
    if part.get("type") == "tool_use" and isinstance(given, Mapping) and isinstance(given.get("content"), str):
        return given.get("title") or given.get("id"), given["content"]
    return None


def _thing(kind: str) -> str:
    return (
        (_PICTURE.search(kind) or ["other part"])[0]
        .lower()
        .replace("asset_pointer", "picture")
        .replace("image", "picture")
    )
