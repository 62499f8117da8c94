"""The texts a model reads, as Jinja2 templates in `text/<name>.<language>.md`; an unset variable is an error."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prompts.types import ChatMessage, Language


@cache
def _environment() -> Environment:
    return Environment(  # no HTML escaping: these are plain texts
        loader=FileSystemLoader(Path(__file__).parent / "text", encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


@cache
def dialogue(name: str, language: Language) -> tuple[ChatMessage, ...]:
    """A template of lines "user: …" and "assistant: …" as messages; neighbouring lines of one role are one message."""
    messages: list[ChatMessage] = []
    for line in render(name, language).splitlines():
        who, _, said = line.partition(": ")
        if messages and messages[-1].role == who:
            messages[-1] = ChatMessage(messages[-1].role, f"{messages[-1].content}\n{said}")
        else:
            messages.append(ChatMessage("user" if who == "user" else "assistant", said))
    return tuple(messages)


def render(name: str, language: Language, **values: Any) -> str:
    return _environment().get_template(f"{name}.{language}.md").render(values).strip()
