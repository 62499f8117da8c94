"""Names told in passing ("Rui from Cedofeita"): every word with a capital letter that stands where a usual word has none.

Within a sentence that is each, but for those of the calendar, languages, kin and abbreviations. At the beginning of a sentence
it is one that is no usual word, and that the texts have nowhere with a small letter. In a line of which most words have
capitals, a usual word is none. In small letters, as many people type, it is a first name of the census that is no word: in the
32,661 words of tests/data/reader that are 69, nearly all of them people. Chinese names of places and organisations are those that
jieba takes for such. Places in small letters ("osaka") are not covered.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from memory.exchange.chinese_names import chinese_words, is_known_word
from memory.exchange.no_names import no_names
from memory.exchange.people import RELATIVES, is_small_name
from memory.language.stemming import stem_of
from memory.language.text import CJK

_LETTER = r"(?![\u3400-\u9fff])[^\W\d_]"
_WORD = re.compile(rf"(?:{_LETTER}\.){{2,}}|{_LETTER}(?:{_LETTER}|\d|[’'‑-](?={_LETTER}))*")
_BEGINS = re.compile(r"(?:^|[.!?…:;\n。！？•|*#>)\]}\"“”«»(\[{~–—]|\s[-/]|\d\.|[^\w\s,'’&-])[\s\"'“‘(\[*_#>-]*$")
"""What stands before the first word of a sentence."""
_INITIAL = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof)\.\s$")
_POSSESSIVE = re.compile(r"[’'](?:s|S|ll|re|ve|d|m|t)?$")
_JOINS = re.compile(
    r"(?: | (?:de|da|do|dos|del|della|di|du|des|la|le|von|van|der|den|bin|al|el|of the|of) |, (?=[A-Z]{2}\b)|-)$"
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.S)
_WHERE = re.compile(r"(?:\b(?:in|at|to|from|near|with|and|of)|[A-Z][\w.]+) $")
_PEOPLES = re.compile(r"\w{2,}(?:[nlrstcgd]ian|ican|[npl]ese|[lktndr]ish|stani|aeli|agian)s?")
"""Peoples and languages by their endings: where somebody is from is not who they are."""
_PLACE_ZH = re.compile(
    r"(?:在|去|到|从|逛|爬|游)([\u4e00-\u9fff]{1,3}(?:寺|庙|塔|山|湖|江|河|岛|镇|村|桥|庄|楼))(?=[，。、！？和跟与见玩看的吃买住了]|$)"
)
_MANY = 0.6
"""Of a line's words: with so many capitals it is a title."""
_CALLS = re.compile(
    r"w[oh]*[aeo]+[wh]*s?|wo+h?|wo+-?hoo+|a+w+|a+h+|o+h+|h+m+|mm+|m+hm|ha(?:ha)*h?|he(?:he)+|y[aeiu]+[yhps]*|nah|nope|o+f+|oops"
    r"|ugh+|ouch|phew"
    r"|eww?|huh|psst|lol|omg|congrats|kudos|gotcha|lemme|gonna|wanna|gimme|dunno|yikes|hurray|hooray|bravo|cheers|goodnight|moreover"
    r"|nevertheless|furthermore|thankfully|fortunately|unfortunately|hello|hey|hi|dang|darn|jeez|gosh|lgbtq?\+?",
    re.I,
)
"""What is called out, and adverbs that begin a sentence."""
_PLACES = frozenset("usa uk us uae eu nyc la sf dc ussr nz hk prc".split())
"""Abbreviations that are places."""


_TAGS = ("ns", "nt", "nrt", "nrfg")


@dataclass(slots=True)
class ProperNames:
    """`learn` every text first, then ask for the names `in_text`."""

    _small: set[str] = field(default_factory=set)
    """Words that stand somewhere with a small letter."""
    _within: set[str] = field(default_factory=set)
    """Unusual words that stand with a capital within a sentence."""

    def learn(self, text: str) -> None:
        for match in _WORD.finditer(text):
            word = match[0]
            if word[0].islower():
                self._small.add(_bare(word))
            elif word[0].isupper() and not _begins(text, match.start()) and not is_usual(_bare(word)):
                self._within.add(_bare(word))

    def in_text(self, text: str) -> Iterator[tuple[int, int]]:
        """Where names begin and end; words of a name that stand together are one."""
        code = [match.span() for match in _CODE.finditer(text)] if "`" in text else []
        last: tuple[int, int] | None = None
        for match in _WORD.finditer(text):
            start, end = match.start(), match.start() + len(_POSSESSIVE.sub("", match[0]))
            if any(begun <= start < ended for begun, ended in code) or not self._is_name(text, match):
                continue
            if last and _JOINS.match(text[last[1] : start]):
                last = (last[0], end)
                continue
            if last:
                yield last
            last = (start, end)
        if last:
            yield last
        if CJK.search(text):
            yield from _chinese_places(text)

    def _is_name(self, text: str, match: re.Match[str]) -> bool:
        word = _bare(match[0])
        if not match[0][0].isupper():
            return len(word) > 2 and (word in self._within or is_small_name(word)) and not is_usual(word)
        if word in no_names("english") or len(word) < 2 or word in RELATIVES or _CALLS.fullmatch(word):
            return False
        if match[0].isupper() and len(match[0]) <= 5 and not match[0].endswith("."):
            return word in _PLACES or (word in self._within and not is_usual(word) and len(word) > 3)
        if _begins(text, match.start()) or match[0].isupper() or _in_title(text, match.start()):
            return not is_usual(word) and (word in self._within or not (word in self._small or word.endswith("ing")))
        if word.endswith("ing") and is_usual(word):  # "I am Running late", but "in Reading"
            return bool(_WHERE.search(text, max(0, match.start() - 8), match.start()))
        return not _PEOPLES.fullmatch(word)


def _bare(word: str) -> str:
    return _POSSESSIVE.sub("", word).replace("’", "'").casefold()


def _begins(text: str, at: int) -> bool:
    near = max(0, at - 12)
    return not _INITIAL.search(text, near, at) and bool(at == 0 or _BEGINS.search(text, near, at))


def _in_title(text: str, at: int) -> bool:
    """Whether most words of the line have capitals."""
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[begin : end if end >= 0 else len(text)].rstrip()
    words = [word for word in _WORD.findall(line) if len(word) > 3]
    return len(words) > 2 and line[-1:] not in ".!?," and sum(word[0].isupper() for word in words) > _MANY * len(words)


def is_usual(word: str) -> bool:
    """Whether a word in small letters is one of those that texts are made of."""
    return any(
        stem_of(part) in _usual() for part in {word, *word.split("'")[:1], *word.split("-")[:1]}
    ) or word in no_names("english")


@cache
def _usual() -> frozenset[str]:
    lists = tomllib.loads(files("memory.language").joinpath("letters/usual_words.toml").read_text(encoding="utf-8"))
    return frozenset(str(lists["stems"]).split())


def _chinese_places(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for word, tag in chinese_words(text):
        if tag in _TAGS and len(word) > 1 and all(map(CJK.match, word)) and word not in no_names("chinese"):
            yield at, at + len(word)
        at += len(word)
    for match in _PLACE_ZH.finditer(text):
        if not is_known_word(match[1]) or match[1][2:] in tuple("寺庙塔江河岛"):
            yield match.span(1)
