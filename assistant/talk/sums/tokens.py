"""From a message to tokens: numbers, words, Chinese signs one by one, and marks."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

MAX_CHARS = 260
"""No question that is one sum is longer."""
_LETTERS = r"[^\W\d_\u4e00-\u9fff]+"
_TOKEN = re.compile(rf"(?<![\w.])\.\d+|\d+(?:[.,]\d+)*|{_LETTERS}(?:'{_LETTERS})*|[\u4e00-\u9fff]|\S")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"\d+,\d{1,2}")
_PLAIN = re.compile(r"\d*\.?\d+")
_POWERS = re.compile(r"(?<=[\d)])([²³])")
_MARKS = str.maketrans({
    "’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "。": ", ", "、": ", ", "，": ", ", "；": ", ", ";": ",",
    "✕": "×", "✖": "×", "½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "⅛": " 1/8", "⅜": " 3/8",
    "\n": ",", '"': " ", "“": " ",
    "”": " ", "～": ",", "~": ",", "…": ",", "￥": "¥",
})  # fmt: skip
_MAX_DIGITS = 24


@dataclass(frozen=True, slots=True)
class Token:
    """`text` in lower case; `number` if it is written in digits; `glued` if no blank stands before it."""

    text: str
    number: Fraction | None = None
    glued: bool = False
    written: str = ""


def tokens(text: str, words: Mapping[str, Sequence[str]]) -> list[Token]:
    """The tokens of a message; `words` says what a word stands for: "what's" for what, is."""
    plain = _POWERS.sub(lambda match: "^2" if match[1] == "²" else "^3", text).translate(_MARKS)
    plain = unicodedata.normalize("NFKC", plain).lower().translate(_MARKS)
    plain = "".join(
        char for char in plain if unicodedata.category(char) not in ("So", "Sk", "Cf", "Mn") or char in "°^"
    )
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(plain):
        glued = match.start() == end
        end = match.end()
        if match[0][0].isdigit() or (match[0][0] == "." and len(match[0]) > 1):
            found.append(Token(match[0], _number(match[0]), glued, match[0]))
        else:
            stands_for = words.get(match[0], (match[0],))
            found += [Token(word, None, glued and not at, match[0]) for at, word in enumerate(stands_for)]
    return _without_ends(found)


def _number(written: str) -> Fraction | None:
    if len(written) > _MAX_DIGITS:
        return None
    if _PLAIN.fullmatch(written):
        return Fraction(written)
    if _THOUSANDS.fullmatch(written):
        return Fraction(written.replace(",", ""))
    return Fraction(written.replace(",", ".")) if _DECIMAL_COMMA.fullmatch(written) else None


def _without_ends(found: list[Token]) -> list[Token]:
    """Without marks at the ends, and with one mark for several in a row."""
    kept: list[Token] = []
    for token in found:
        mark = token.text in (",", ".", "?", "!", ":")
        if mark and (not kept or (kept[-1].text in (",", ".", "?", "!"))):
            continue
        kept.append(Token(",", None, token.glued) if token.text in (".", "?", "!") else token)
    while kept and kept[-1].text in (",", ":"):
        kept.pop()
    return kept
