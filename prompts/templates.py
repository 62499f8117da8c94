"""The texts a model reads, as Jinja2 templates in `text/<name>.<language>.md`; an unset variable is an error."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from prompts.types import Language


@cache
def _environment() -> Environment:
    return Environment(  # no HTML escaping: these are plain texts
        loader=FileSystemLoader(Path(__file__).parent / "text", encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )


def render(name: str, language: Language, **values: Any) -> str:
    return _environment().get_template(f"{name}.{language}.md").render(values).strip()
