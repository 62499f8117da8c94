"""Texts made alike to be compared: one form for what is the same word, however a keyboard, a file system or a country writes it.

    composed            é of one sign or of two (NFC, NFD); full and half width, ligatures (NFKC)
    case                of every script
    traditional         to simplified, character by character (OpenCC's table)
    apostrophes, dashes one of each
    marks of emoji      skin tones and the selector of their look are gone

What is compared is folded on both sides; what is stored and shown stays as it was written.
"""

import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

_SAME = {
    **dict.fromkeys("’‘ʼʹ`´＇", "'"), **dict.fromkeys("“”„«»＂", '"'), **dict.fromkeys("‐‑‒–—―−", "-"),
    "牠": "它", "妳": "你", "\u200d": "", **dict.fromkeys(map(chr, [*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400)]), ""),
}  # fmt: skip


def folded(text: str) -> str:
    """In the one form that is compared."""
    if text.isascii():
        return text.lower()
    alike = unicodedata.normalize("NFKC", text).casefold().replace("i\u0307", "i")  # İ
    return unicodedata.normalize("NFC", alike).translate(_table())


def simplified(text: str) -> str:
    """With simplified letters for traditional ones, each in its place; nothing else is changed."""
    return text if text.isascii() else text.translate(_letters())


def composed(text: str) -> str:
    """As it is read, each letter of one sign."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


@cache
def _table() -> dict[int, str]:
    return _letters() | {ord(one): other for one, other in _SAME.items()}


@cache
def _letters() -> dict[int, str]:
    lists = tomllib.loads(files("memory.language").joinpath("letters/traditional.toml").read_text(encoding="utf-8"))
    pairs = zip("".join(lists["traditional"]), "".join(lists["simplified"]), strict=True)
    return {ord(one): other for one, other in pairs}
