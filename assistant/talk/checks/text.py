"""Sentences as the checks compare them: without quotations, without punctuation, as plain words."""

import re

from memory.language.text import CJK

_PAIRS = {"“": "”", "「": "」", "『": "』", "‘": "’", "«": "»"}
_QUOTED = re.compile(
    r"“[^”]*(?:”|\Z)|「[^」]*(?:」|\Z)|『[^』]*(?:』|\Z)|«[^»]*(?:»|\Z)|‘[^’]*’|`[^`\n]+`"
    r"|\"[^\"]*(?:\"|\Z)|(?<![\w'])'[^'\n]{2,200}'(?!\w)"
)
_MAY_QUOTE = re.compile("[“「『«‘`\"']")
_NOT_WORDS = re.compile(r"[\W_]+")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ'-]*")
FILLERS = re.compile("[也都还就了的呢啊呀又]")
"""Chinese words that come and go where a sentence is given back."""
MARK = "…"
"""Stands where a quotation was."""


def straight(text: str) -> str:
    """`text` with plain apostrophes, of the same length."""
    return text.replace("’", "'")


def bare(text: str) -> str:
    """`text` in lower case without anything but letters and digits."""
    return _NOT_WORDS.sub("", text).casefold()


def plain(text: str) -> str:
    """`text` in lower case, its words with one blank between."""
    return _NOT_WORDS.sub(" ", straight(text).replace("'", "").casefold()).strip()


def comparable(text: str) -> str:
    """`text` as it is compared with another: `bare` if there is Chinese in it, else `plain`."""
    return bare(text) if CJK.search(text) else plain(text)


def latin_words(text: str) -> str:
    """`text` without its Chinese characters."""
    return CJK.sub(" ", straight(text))


def unquoted(sentence: str, earlier: str = "") -> str:
    """`sentence` with MARK for each quotation in it; `earlier` tells whether one is open where it begins."""
    if sentence.lstrip().startswith(">"):
        return MARK
    paragraph = earlier[earlier.rfind("\n") + 1 :]
    for opening, closing in (*_PAIRS.items(), ('"', '"')):
        if opening == "‘" or opening not in paragraph:
            continue
        still = paragraph.count('"') % 2 if opening == '"' else paragraph.rfind(opening) > paragraph.rfind(closing)
        if still:
            end = sentence.find(closing)
            sentence = MARK + sentence[end + 1 :] if end >= 0 else MARK
    return _QUOTED.sub(MARK, sentence) if _MAY_QUOTE.search(sentence) else sentence


def in_code(earlier: str) -> bool:
    """Whether a block of code is open after `earlier`."""
    return earlier.count("```") % 2 == 1
