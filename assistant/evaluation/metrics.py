"""How good a ranking or an answer is, against its label."""

import math
import re
import string
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

# What a reply says that does not know. LoCoMo's own rule is "no information available" or "not mentioned"; our prompt asks for
# "I do not know".
_NOT = r"( not|n['’]t)"
_NOTES = r"(notes?|quotes?|talks?|conversations?|text|memor(y|ies)|it|this|that|these|they)"
_HERE = r"(?=[\s.!,;:]*($|\b(in|by|from) (the|these|those|my|your|any) (notes?|quotes?|talks?|conversations?|text)\b))"
_ABSTAINS = re.compile(
    rf"\b(I|we|they) (\w+ )?(do|did){_NOT} (\w+ )?(know|remember|recall)\b|(?<!\w )\b(do|did){_NOT} know\b"
    rf"|\b(I|we) (do|did){_NOT} (see|find) (it|that|this|any|anything)\b"
    rf"|\b(I|we|{_NOTES}) (do|does|did){_NOT} have (any |that |this |enough )?(information|details|record|notes?|answer)\b"
    rf"|\b(do|does|did){_NOT} (mention|state|specify|indicate)\b|\b(do|does|did){_NOT} (say|tell)\b{_HERE}"
    rf"|\b{_NOTES} (do|does|did){_NOT} (say|tell|contain|include|provide)\b"
    r"|\b(I|we) (can ?not|can['’]t|could not|couldn['’]t|am unable to) (tell|say|answer|determine|find|know|recall)\b"
    r"|\b(cannot|can not|can['’]t) be (determined|told|known|answered)\b|\bunable to (tell|say|answer|determine|find)\b"
    r"|\b(I|we)(['’]m| am| are|['’]re| was) not (sure|aware|certain)\b|\bno (idea|clue)\b"
    r"|(\bnot|n['’]t) (been )?(mentioned|stated|specified|provided|indicated|known)\b"
    rf"|(\bnot|n['’]t) (been )?(told|said|given|clear)\b{_HERE}|(^|, )not (sure|certain)\b{_HERE}"
    r"|\bnot in (the|these|those|my|any) notes?\b"
    r"|\bno (such )?(information|mention|details?|record|notes?|answer)\b|(^|\b(is|are|was|were|remains?) )unknown\b"
    r"|\bnothing (about\b|in (the|these|those|my|any)\b)"
    r"|\b(I|we) (haven['’]t|have not) been told\b"
    r"|不知道|不清楚|不记得|没有(提到|提及|说|告诉|相关|信息|记录|答案)|没(提|说|告诉)|无法(得知|确定|知道)|未提",
    re.I,
)
_ARTICLES = re.compile(r"\b(a|an|the|and)\b")
_CJK = re.compile(r"([\u3400-\u9fff])")
_SIGNS = str.maketrans("", "", string.punctuation + "，。！？、；：“”‘’（）《》…—")


def recall_at(k: int, ranked: Sequence[str], evidence: Collection[str]) -> float:
    """The share of the evidence among the first `k`, as LoCoMo defines it. Raises ZeroDivisionError without evidence."""
    return len(set(evidence) & set(ranked[:k])) / len(set(evidence))


def reciprocal_rank(ranked: Sequence[str], evidence: Collection[str]) -> float:
    """1 over the place of the first piece of evidence; 0 if there is none."""
    return next((1 / place for place, ref in enumerate(ranked, 1) if ref in evidence), 0.0)


def ndcg_at(k: int, ranked: Sequence[str], evidence: Collection[str]) -> float:
    """Discounted gain of the evidence among the first `k` over the best there could be (Järvelin and Kekäläinen, 2002)."""
    gain = sum(1 / math.log2(place + 1) for place, ref in enumerate(ranked[:k], 1) if ref in evidence)
    return gain / sum(1 / math.log2(place + 1) for place in range(1, min(k, len(set(evidence))) + 1))


def distinct(refs: Sequence[str]) -> list[str]:
    """Each once, where it first stands: a ranking of turns made one of their sessions."""
    return list(dict.fromkeys(refs))


def f1(said: str, wanted: str) -> float:
    """Overlap of stemmed words, articles and signs left out, as LoCoMo's evaluation; a Chinese character is a word."""
    left, right = tokens(said), tokens(wanted)
    common = sum((Counter(left) & Counter(right)).values())
    if not common:
        return 0.0
    precision, recall = common / len(left), common / len(right)
    return 2 * precision * recall / (precision + recall)


def f1_of_parts(said: str, wanted: Sequence[str]) -> float:
    """The mean over the parts that are wanted of the best F1 among the parts that are said, both parted by commas."""
    said_parts = parts(said) or [said]
    return sum(max(f1(part, one) for part in said_parts) for one in wanted) / len(wanted)


def parts(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in re.split(r"[,，、]", text) if part.strip()]


def exact(said: str, wanted: str) -> bool:
    return tokens(said) == tokens(wanted)


def abstains(said: str) -> bool:
    """Whether a reply says that it does not know, by the words of `_ABSTAINS`."""
    return bool(_ABSTAINS.search(said))


def tokens(text: str) -> list[str]:
    words = _CJK.sub(r" \1 ", _ARTICLES.sub(" ", text.lower().translate(_SIGNS))).split()
    return [str(_porter().stemWord(word)) for word in words]


@cache
def _porter() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("porter")
