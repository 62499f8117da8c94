"""The patterns and word lists of the checks, `en.toml` and `zh.toml`, compiled when they are first used.

They are written as those of `memory.language` are, and name its fragments in braces: `{relations}`, `{city}`.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from memory.language.lexicon import Lexicon, languages
from memory.language.pattern_files import Head, read_topic
from memory.language.text import CJK
from prompts.types import Language

FOLDER = Path(__file__).parent
LANGUAGES: tuple[Language, ...] = ("en", "zh")


@cache
def patterns(language: Language) -> Lexicon:
    """What the checks look for in texts of a language. Raises ConfigError if its file is broken."""
    topic = read_topic(FOLDER / f"{language}.toml")
    known = next(one for one in languages() if one.name == language)
    fragments = {**known.fragments, **topic.fragments}
    return Lexicon(language, Head("i"), topic.entries, fragments, {**known.tables, **topic.tables})


@cache
def abbreviations() -> Mapping[str, str]:
    """What a full stop is after each: "inside" a sentence, perhaps its "end", or "number" where a number goes on."""
    lists = {"inside": "inside_sentence", "end": "perhaps_at_end", "number": "before_number"}
    fragments = patterns("en").fragments
    return {word: meaning for meaning, name in lists.items() for word in fragments[name]}


def languages_in(text: str) -> Sequence[Language]:
    """Those whose patterns may find something in `text`."""
    return LANGUAGES if CJK.search(text) else LANGUAGES[:1]


def either(name: str, text: str) -> bool:
    """Whether the pattern of that name of either language finds something in `text`."""
    return any(patterns(language)[name].search(text) for language in languages_in(text))
