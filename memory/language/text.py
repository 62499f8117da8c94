"""What may be stored: checks on text and names that come from outside."""

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

from memory.errors import BadInput
from memory.language.lexicon import finds, joined

_USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_CONTROL = {code: None for code in [*range(32), *range(127, 160)] if chr(code) not in "\n\t"}
# What hides words from a reader: what Unicode calls default ignorable (tag characters and the variation selectors beyond those
# of emoji spell invisible bytes), and what reorders what is displayed. Joiners (U+200C, U+200D), the marks of direction and the
# selectors of emoji belong to writing.
_HIDING = [*range(0xE0000, 0xE1000), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF0, 0xFFFC)]
_HIDING += [0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200B, 0x3164, 0xFEFF, 0xFFA0]
_HIDING += [*range(0x180B, 0x1810), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)]
_CONTROL |= dict.fromkeys(_HIDING)
_RUNS = re.compile("(\ufe0f\u200d|[\ufe00-\ufe0f\u200c-\u200f])[\ufe00-\ufe0f\u200c-\u200f]*")
"""Of selectors, joiners and marks one stands between two letters; an emoji may have a selector and a joiner."""

_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n")
MAX_QUESTION_CHARS = 160
CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002ebef]")

_HIRAGANA = re.compile(r"[\u3041-\u306d\u306f-\u3096]")
"""Without の, which Chinese shops have in their names."""
_LATIN_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")


def clean_text(text: str, *, max_chars: int, what: str = "message") -> str:
    """`text` without control and invisible characters and without blanks at its ends.

    Raises BadInput if it is empty, longer than `max_chars`, or holds half a character (a lone surrogate), which
    neither UTF-8 nor a tokenizer can carry.
    """
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise BadInput(f"The {what} holds broken characters (lone surrogates). Copy the text again and resend it.")
    cleaned = visible(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not cleaned:
        raise BadInput(f"The {what} is empty. Write something and send it again.")
    if len(cleaned) > max_chars:
        raise BadInput(
            f"The {what} has {len(cleaned):,} characters; the most is {max_chars:,}. Shorten it or send it in parts."
        )
    return cleaned


def visible(text: str) -> str:
    """`text` without what a reader does not see and a model does."""
    return _RUNS.sub(r"\1", text.translate(_CONTROL))


def clean_user(name: str) -> str:
    """`name` if it can name a user: 1 to 32 of a-z, 0-9, '.', '_', '-'. ASCII only, so no two names look alike."""
    if not _USER_NAME.fullmatch(name) or unicodedata.normalize("NFKC", name).casefold() != name:
        raise BadInput(
            "A user name is 1 to 32 of the characters a-z, 0-9, '.', '_' and '-', beginning with a letter or a digit."
        )
    return name


def is_chinese(text: str) -> bool:
    """Whether `text` is in Chinese: by the words it is built with, for "My name is 李雷" is English and has Chinese letters; else
    if at least a fifth of its letters are Chinese characters (a Chinese sentence may quote English). Japanese is not Chinese."""
    if text.isascii():
        return False
    characters = CJK.findall(text)
    if not characters:
        return False
    usual = sum(char in _built_with("chinese_words") for char in characters)
    if len(_HIRAGANA.findall(text)) > usual:
        return False
    words = _LATIN_WORD.findall(text.casefold())
    english = any(word in _built_with("english_words") for word in words)
    if english and 2 * len(words) >= len(characters) and (not usual or _begins_latin(text)):
        return False
    return len(characters) * 5 >= sum(char.isalpha() for char in text)


def _begins_latin(text: str) -> bool:
    first = next((char for char in text if char.isalpha()), "")
    return first.isascii()


@cache
def _built_with(name: str) -> frozenset[str]:
    lists = tomllib.loads(files("memory.language").joinpath("letters/usual.toml").read_text(encoding="utf-8"))
    written = " ".join(lists[name])
    return frozenset(written.split() if written.isascii() else written)


def is_question(text: str) -> bool:
    """Whether `text` asks something, by its mark or by its question word, in English or Chinese."""
    return finds("question", text)


def last_question(text: str) -> str | None:
    """The last sentence that ends with a question mark, if it is short enough to be quoted beside its answer."""
    sentences = (sentence.strip() for sentence in _SENTENCE_ENDS.split(text))
    questions = [one for one in sentences if len(one) > 1 and one.rstrip('!！"”’)）').endswith(("?", "？"))]
    return questions[-1] if questions and len(questions[-1]) <= MAX_QUESTION_CHARS else None


def asks_the_assistant(message: str) -> bool:
    """Whether a message asks what the assistant said, suggested or wrote before, in English or Chinese."""
    return bool(joined("asks_the_assistant").search(message))
