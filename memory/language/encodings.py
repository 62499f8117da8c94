"""Which encoding a text is in, told by what it reads as: bytes that read as a language in one encoding are noise in the others.

    UTF-8       if its bytes are that, but for a few broken ones
    UTF-16      by its mark, or by the zeros beside its Latin letters
    the others  each is tried, and judged by its letters: how usual they are in the languages that are written in it

Nothing here says "if need be Latin-1", which reads everything and means nothing: what reads as no language, or as two, is for
the person to say.
"""

import codecs
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from memory.errors import BadInput

SAMPLE_BYTES = 65_536
SURE, CLEARLY = 0.45, 0.08
"""How well the best has to read, and by how much better than the next of another script."""
_LATIN = frozenset({"cp1252", "cp1250", "cp1254"})
_NAMES = {
    "gb18030": "Chinese (GB18030)", "cp950": "traditional Chinese (Big5)", "cp932": "Japanese (Shift-JIS)",
    "euc_jp": "Japanese (EUC-JP)", "cp949": "Korean (EUC-KR)", "cp1252": "western European (Windows-1252)",
    "cp1250": "central European (Windows-1250)", "cp1254": "Turkish (Windows-1254)", "cp1251": "Cyrillic (Windows-1251)",
    "koi8_r": "Cyrillic (KOI8-R)", "cp1253": "Greek (Windows-1253)", "cp1255": "Hebrew (Windows-1255)",
    "cp1256": "Arabic (Windows-1256)", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-16": "UTF-16", "utf-32": "UTF-32",
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8",
}  # fmt: skip
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
          (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_BROKEN = 0.02
"""Of the letters beyond ASCII; a text with no more broken ones is UTF-8 all the same."""
_TRIED = (
    "gb18030", "cp950", "cp932", "euc_jp", "cp949", "cp1252", "cp1251", "cp1250", "cp1254", "koi8_r", "cp1253", "cp1255",
    "cp1256",
)  # fmt: skip
_SIGNS = frozenset("‘’“”„‚–—…•€£§°«»¿¡·\u00a0™®©²³½×№")
"""What stands between words."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\ufffd]")
_WORD = re.compile(r"[^\W\d_]+(?:[\u00a1-\u00bf\u0080-\u009f][^\W\d_]+)*")
_SCRIPTS: Mapping[str, tuple[str, str]] = {
    "cp1251": ("CYRILLIC", "cyrillic"), "koi8_r": ("CYRILLIC", "cyrillic"), "cp1253": ("GREEK", "greek"),
    "cp1255": ("HEBREW", "hebrew"), "cp1256": ("ARABIC", "arabic"),
}  # fmt: skip


class Doubt(BadInput):
    """`candidates` are what the text could be in; none if it reads as nothing."""

    def __init__(self, candidates: Sequence[str]) -> None:
        self.candidates = tuple(candidates)
        if candidates:
            named = " or ".join(_NAMES[one] for one in candidates)
            super().__init__(
                f"This text could be {named}. Say its encoding ({', '.join(candidates)}), or save it as UTF-8."
            )
        else:
            super().__init__("It cannot be told how this text is encoded. Save it as UTF-8, or say its encoding.")


def name_of(encoding: str) -> str:
    """As a person knows it."""
    return _NAMES.get(encoding, encoding)


def decode(content: bytes, encoding: str | None = None) -> str:
    """The text, by the encoding that was said or the one that is found. Raises BadInput for what is no text, or could be
    several."""
    if encoding is not None:
        try:
            return content.decode(encoding).removeprefix("\ufeff")
        except (UnicodeDecodeError, LookupError) as error:
            raise BadInput(f"This text is not in {encoding[:40]}. Leave the encoding out, or say another.") from error
    found = detect(content)
    return repaired(content.decode(found, "replace"))


def repaired(text: str) -> str:
    """UTF-8 that a program read as Windows-1252 and wrote again as UTF-8 ("MÃ¼ller"), as it was; else the text itself."""
    if "Ã" not in text and "â€" not in text and "Â" not in text and "å" not in text and "ä" not in text:
        return text
    for once in ("cp1252", "latin-1"):
        try:
            again = text.encode(once).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
        return again
    return text


def detect(content: bytes) -> str:
    """The name of the encoding. Raises Doubt, and BadInput for what is no text."""
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if marked:
        return marked
    if b"\x00" in content:
        return _sixteen(content)
    at = broken_at(content)
    if at is None or _nearly_utf8(content):
        return "utf-8"
    sample = content if len(content) <= SAMPLE_BYTES else content[:at][-1_000:] + content[at : at + SAMPLE_BYTES]
    return judged(sample)


def broken_at(content: bytes) -> int | None:
    """Where bytes are no UTF-8, if they are not."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start
    return None


def judged(sample: bytes) -> str:
    """The encoding that a sample of text reads best in. Raises Doubt."""
    scores = {name: score for name in _TRIED if (score := _score(sample, name)) > 0}
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is None or scores[best] < SURE:
        raise Doubt(())
    near = [
        name for name, score in scores.items()
        if name != best and score > scores[best] - CLEARLY and not {name, best} <= _LATIN
    ]  # fmt: skip
    if near:
        raise Doubt((best, *near))
    return best


def _sixteen(content: bytes) -> str:
    """UTF-16 without a mark: the zeros of its Latin letters stand on one side. Raises BadInput."""
    sample = content[:SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < 4 or 10 * min(even, odd) > max(even, odd):
        raise BadInput("That file is not text.")
    name = "utf-16-be" if even > odd else "utf-16-le"
    if _CONTROL.search(sample[: len(sample) // 2 * 2].decode(name, "replace")):
        raise BadInput("That file is not text.")
    return name


def _nearly_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return broken <= _BROKEN * sum(not char.isascii() for char in text[: 8 * SAMPLE_BYTES])


def _score(sample: bytes, encoding: str) -> float:
    """How well the letters beyond ASCII read: from 0, noise, to 1."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(sample)
    except UnicodeDecodeError:
        if encoding not in _LATIN:
            return 0.0
        text = sample.decode(encoding, "replace")  # five bytes of it mean nothing
    if encoding in _SCRIPTS:
        return _of_script(text, *_SCRIPTS[encoding])
    if encoding in _LATIN:
        return _of_latin(text, encoding)
    return _of_characters(text, encoding)


def _of_characters(text: str, encoding: str) -> float:
    usual, known, rare = _usual(encoding)
    beyond = [char for char in text if not char.isascii()]
    marks = [char for char in beyond if char in "，。！？、：；（）“”‘’「」『』…—《》　～·"]
    letters = [char for char in beyond if char not in marks]
    if not letters:
        return 0.3 * bool(marks)
    worth = sum(1.0 if char in usual else 0.55 if char in known else 0.4 if char in rare else 0.0 for char in letters)
    return worth / len(letters)


@cache
def _usual(encoding: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The characters that most of a text is made of, those that are known, and the rare ones of names and birds, in the
    languages of an encoding."""
    kana = frozenset(chr(code) for code in [*range(0x3041, 0x3097), *range(0x30A1, 0x30FB), 0x30FC])
    level_1 = {
        "gb18030": ("gb2312", range(0xB0, 0xD8)), "cp950": ("big5", range(0xA4, 0xC7)), "cp949": ("euc_kr", range(0xB0, 0xC9)),
        "cp932": ("euc_jp", range(0xB0, 0xD0)), "euc_jp": ("euc_jp", range(0xB0, 0xD0)),
    }  # fmt: skip
    codec, leads = level_1[encoding]
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)] if codec == "big5" else [*range(0xA1, 0xFF)]
    known, rare = (
        frozenset(bytes((lead, trail)).decode(codec, "ignore") for lead in some for trail in trails) - {""}
        for some in (leads, range(leads.stop, 0xFA if codec == "gb2312" else leads.stop))
    )
    if encoding in ("cp932", "euc_jp"):
        return kana, known, rare
    usual = {"gb18030": "simplified", "cp950": "traditional", "cp949": "hangul"}[encoding]
    return _letters(usual), known, rare


@cache
def _letters(name: str) -> frozenset[str]:
    """The usual letters of a language, or of those an encoding is for."""
    lists = tomllib.loads(files("memory.language").joinpath("letters/usual.toml").read_text(encoding="utf-8"))
    return frozenset("".join(lists[name]))


def _of_script(text: str, script: str, usual: str) -> float:
    """Words of one script, in small letters or with a capital first."""
    letters = _letters(usual)
    total = good = often = 0
    for word in _WORD.findall(text):
        beyond = [char for char in word if not char.isascii()]
        total += len(beyond)
        whole = all(unicodedata.name(char, "").startswith(script) for char in word)
        if whole and (word == word.lower() or word[1:] == word[1:].lower() or word.isupper()):
            good += len(beyond)
            often += sum(char in letters for char in word.lower())
    total += _noise(text)
    return good / total * min(1.0, 0.2 + often / good) if good else 0.0


def _noise(text: str) -> int:
    """Signs beyond ASCII that stand in no text."""
    return sum(not char.isascii() and char not in _SIGNS for char in _WORD.sub(" ", text))


def _of_latin(text: str, encoding: str) -> float:
    """Words of Latin letters of which some have marks, and signs that stand where signs stand."""
    usual, rare = _letters(encoding), 0.5
    preferred = {"cp1252": 1.0, "cp1254": 0.98, "cp1250": 0.97}[encoding]
    total = worth = 0.0
    for word in _WORD.findall(text):
        beyond = [char for char in word if not char.isascii()]
        total += len(beyond)
        latin = all(unicodedata.name(char, "").startswith("LATIN") for char in beyond)
        alone = len(word) == 1 and word.lower() not in "àáéèóíøåöúžšůô"
        if (
            latin
            and not alone
            and 2 * len(beyond) <= len(word) + 1
            and (word[1:] == word[1:].lower() or word.isupper())
        ):
            worth += sum(1.0 if char.lower() in usual else rare for char in beyond)
    signs = sum(char in _SIGNS for char in _WORD.sub(" ", text))
    total += signs + _noise(text)
    worth += 0.95 * signs
    return preferred * worth / total if total else 0.0
