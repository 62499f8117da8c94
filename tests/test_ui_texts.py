import re
from pathlib import Path

import pytest

from memory.facts.vocabulary import KEYS
from memory.types import MemoryKind
from ui import texts
from ui.suggestions import KEYS as SUGGESTED
from ui.tabs.chat import WORDS
from ui.tabs.history import FORMATS
from ui.tabs.memories import KINDS
from ui.tabs.profile import GROUPS

UI = Path(__file__).parent.parent / "ui"
MADE = [
    *(f"kind_{kind}" for kind in KINDS),
    *(f"suggest_{key}" for key in SUGGESTED),
    *(f"format_{format}" for format in FORMATS),
    *(f"group_{name}" for name, _ in GROUPS),
    *(f"tab_{name}" for name in ("chat", "memories", "profile", "history", "settings")),
    *WORDS,
]


def used() -> set[str]:
    """Every key that a template or a module names."""
    found = set(MADE)
    for path in [*UI.rglob("*.html"), *UI.rglob("*.py")]:
        found |= set(re.findall(r"\bt\(['\"](\w+)['\"][,)]", path.read_text(encoding="utf-8")))
    return found


def test_every_text_is_there_in_both_languages_with_the_same_blanks() -> None:
    for key, said in texts.table().items():
        assert said.keys() == {"en", "zh"}, key
        assert all(text.strip() for text in said.values()), key
        assert set(re.findall(r"{(\w+)}", said["en"])) == set(re.findall(r"{(\w+)}", said["zh"])), key


def test_every_text_that_is_used_is_there() -> None:
    assert used() - texts.table().keys() == set()


def test_no_english_stands_in_a_template() -> None:
    for path in (UI / "templates").glob("*.html"):
        shown = re.sub(r"{[%{#].*?[%}#]}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.S)
        words = set(re.findall(r"[A-Za-z]{3,}", shown)) - {"Zhiji", "zhiji", "models", "get"}
        assert words == set(), path.name


def test_an_error_is_said_in_chinese_where_it_is_known() -> None:
    assert texts.error("zh", "The message is empty. Write something and send it again.").startswith("消息是空的")
    assert texts.error("zh", "Something new.") == "Something new."
    assert texts.error("en", "The message is empty.") == "The message is empty."


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_keys_of_the_profile_have_names(language: str) -> None:
    grouped = {key for _, keys in GROUPS for key in keys}
    assert grouped <= set(KEYS)
    assert all(texts.key_name(language, key) for key in grouped)  # type: ignore[arg-type]
    assert set(KINDS) == set(MemoryKind.__args__)  # type: ignore[attr-defined]
