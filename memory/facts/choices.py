"""What a user shows by picking one of the options that the assistant proposed.

options     the assistant's list, numbered, bulleted, or in a sentence ("you could A, B, or C")
pick        "option 2", "the second one", or the option whose words the user repeats
claims      the option picked is liked; what the others have in common and it does not is disliked; and what the user
            says of the others outright ("the high-rise ones don't appeal to me")
"""

import re
from collections import Counter
from collections.abc import Sequence

from memory.language import extraction, stemming
from memory.language.claims import Claim
from memory.language.lexicon import each, joined, joined_table, shared
from memory.language.text import CJK

CONFIDENCE = 0.6
"""A choice may have other reasons."""
MAX_CHARS, MAX_PROPOSAL_CHARS = 500, 4_000
"""Longer messages pick no option and propose none."""
COMMON = 0.6
"""The share of the options not picked that must have a word for it to be what they have in common."""

_TASTES = ("likes", "dislikes", "interests", "diet", "allergies")
_NUMBERED = re.compile(
    r"(?:^|\s)(?:\(?\d{1,2}[.)、]\)?|[-*•])\s+(?P<x>.+?)(?=\s+(?:\(?\d{1,2}[.)、]\)?|[-*•])\s+|\n|$)", re.S
)
_LETTERED = re.compile(r"(?:(?<=^)|(?<=[\s:：，,;；]))\(?[a-hA-H][)）]\s*")
_BOLD = re.compile(r"\*\*(?P<x>[^*\n]{2,60})\*\*")
_ABOUT = re.compile(r"\s+[-–—]+\s+|——|–|—|[：:（(]|, |，")
_MARKS = (
    ("1", "2", "3", "4", "5", "6", "7", "8"), tuple("abcdefgh"), tuple("①②③④⑤⑥⑦⑧"), tuple("一二三四五六七八"), tuple("甲乙丙丁"),
)  # fmt: skip


def chosen(text: str, proposal: str) -> Sequence[Claim]:
    """What picking among the options of `proposal` says of the user; nothing if there were none, or none was picked."""
    if len(text) > MAX_CHARS or len(proposal) > MAX_PROPOSAL_CHARS:
        return ()
    listed = options(proposal)
    if len(listed) < 2 or text.rstrip().endswith(("?", "？")):
        return ()
    text = " ".join(text.split())
    unclear = _short(text) and not joined("picks").search(text) and not joined("offers").search(proposal)
    if unclear or joined("steps").search(proposal):
        return ()
    picked = pick(text, listed)
    if picked is None:
        return ()
    found = [claim for claim in extraction.extract(text) if claim.key in _TASTES]
    quote = _sentence_of(text, listed[picked])
    found += _said_of_the_others(text)
    if not any(claim.polarity < 0 for claim in found):
        found += _in_common(listed, picked, quote)
    value = joined("leads").sub("", joined("leads").sub("", listed[picked])).strip(" .,;:，。")
    found.append(Claim("likes", value[:120], quote, confidence=CONFIDENCE, strength=0.4))
    return _distinct(found)


def options(proposal: str) -> list[str]:
    """The options of a message, in its order: of a list, marked in the text, or named in a sentence."""
    return _lines(proposal) or _inline(proposal)


def _lines(proposal: str) -> list[str]:
    """Lines with one kind of mark; a heading takes the line below it along."""
    found: dict[str, list[str]] = {}
    for match in shared()["marked_line"].finditer(proposal):
        kind = next(name for name, text in match.groupdict().items() if text and name not in ("x", "below"))
        below = match["below"] if kind == "heading" and match["below"] else ""
        found.setdefault(kind, []).append(_plain(f"{match['x']} {below}"))
    return next((listed for listed in found.values() if len(listed) > 1), [])


def _inline(proposal: str) -> list[str]:
    numbered = [_plain(match["x"]).rstrip(".") for match in _NUMBERED.finditer(proposal)]
    lettered = [_plain(part).rstrip(".") for part in _LETTERED.split(proposal)[1:]]
    bold = [match["x"] for match in _BOLD.finditer(proposal)]
    for listed in (numbered, lettered, bold):
        if len(listed) > 1:
            return listed
    for pattern in (*each("options_listed"), *each("one_of")):
        best = max(pattern.finditer(proposal), key=lambda match: len(match["x"]), default=None)
        if best is not None:
            parts = [re.sub(r"\s*\(\d\)", "", part).strip() for part in joined("option_separator").split(best["x"])]
            parts = [part for part in parts if len(part) > 1]
            if len(parts) >= 2:
                return parts
    return []


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\*\*|__|`", "", text).split())


def name(option: str) -> str:
    """What an option is called, before what is said about it."""
    head = _ABOUT.split(option, maxsplit=1)[0].strip()
    return head if len(head) > 1 and len(head.split()) <= 8 else option


def pick(text: str, listed: Sequence[str]) -> int | None:
    """Which of the options is picked, by its mark or by its words; `None` if none is for certain."""
    first = re.split(r"(?<=[.!。！])\s*", text.strip())[0]
    lead = joined("reason").split(first, maxsplit=1)[0]
    if (
        (_short(lead) and joined("none").search(lead))
        or joined("none").match(lead)
        or joined("asks_more").search(first)
    ):
        return None
    if match := shared()["picked_mark"].match(first):
        mark = match["mark"].lower()
        number = next(row.index(mark) for row in _MARKS if mark in row)
        return number if number < len(listed) else None
    if joined("not_picked").search(lead if len(lead) < len(first) and _short(lead) else first):
        return None
    if (match := joined("by_number").search(first)) and (joined("picks").search(first) or _short(lead)):
        return _numbered(match, len(listed))
    if not (joined("picks").search(first) or _short(lead)):
        return None
    return _named(lead if _short(lead) else first, [name(one) for one in listed] if _short(lead) else listed)


def _numbered(match: re.Match[str], many: int) -> int | None:
    """The index that a number, "the second one" or 中间那个 names among so many options."""
    word = next((match[name] for name in ("n", "nth", "zh", "zn", "zm") if match[name]), "最后").lower()
    ordinals = joined_table("ordinals")
    if word.isdigit():
        number = int(word) - 1
    else:
        number = many // 2 if ordinals[word] == "middle" else int(ordinals[word])
    return number % many if -1 <= number < many else None


def _short(lead: str) -> bool:
    """Whether so little is said that it can only be the name of an option."""
    return len(lead.split()) <= 5 and len(CJK.findall(lead)) <= 8


def _named(said: str, listed: Sequence[str]) -> int | None:
    words = [_tokens(option) for option in listed]
    counts = Counter(word for of_one in words for word in of_one)
    shared = [sum(1 / counts[word] for word in _tokens(said) & of_one) for of_one in words]
    best = max(range(len(listed)), key=shared.__getitem__)
    second = max((score for index, score in enumerate(shared) if index != best), default=0)
    return best if shared[best] >= 0.9 and shared[best] > 1.2 * second else None


def _tokens(text: str) -> set[str]:
    """Words, and of Chinese each pair of characters too: 火锅 is in 清汤火锅."""
    pairs = {text[at : at + 2] for at in range(len(text) - 1) if len(CJK.findall(text[at : at + 2])) == 2}
    return set(stemming.words(text)) | pairs


def _said_of_the_others(text: str) -> list[Claim]:
    found: list[Claim] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        for name, key in (("refuses", "dislikes"), ("rather", "dislikes"), ("matters", "likes")):
            if not (match := joined(name).search(sentence)):
                continue
            value = _value(_written(name, match))
            if not joined("nothing").match(value) and 2 < len(value) <= 90 and len(value.split()) <= 12:
                polarity = 1 if key == "likes" else -1
                quote = match.group().strip()
                found.append(Claim(key, value, quote, polarity=polarity, confidence=CONFIDENCE, strength=0.5))
    return found


def _written(name: str, match: re.Match[str]) -> str:
    """What a sentence says it of: "the loud ones don't appeal to me" of what stands before it."""
    if name == "refuses":
        before = joined("although").sub("", match.string[: match.start()])
        return joined("of_what").split(before)[-1]
    return next((group for group in match.groups() if group), "")


def _value(written: str) -> str:
    value = joined("before_refused").sub("", written.strip()).strip(" ,.")
    return joined("after_value").sub("", joined("before_value").sub("", value)).strip(" ,")


def _in_common(listed: Sequence[str], picked: int, quote: str) -> list[Claim]:
    """What most of the others have and the one picked has not."""
    own = set(stemming.words(listed[picked]))
    others = [stemming.surfaces(option) for index, option in enumerate(listed) if index != picked]
    counts = Counter(stem for words in others for stem in words)
    common = [
        stem for stem, number in counts.items() if number >= 2 and number >= COMMON * len(others) and stem not in own
    ]
    if not common:
        return []
    written = {stem: word for words in others for stem, word in words.items()}
    return [
        Claim(
            "dislikes",
            ", ".join(written[stem] for stem in common[:3]),
            quote,
            polarity=-1,
            confidence=0.5,
            strength=0.4,
        )
    ]


def _sentence_of(text: str, option: str) -> str:
    words = set(stemming.words(option))
    sentences = [one.strip() for one in re.split(r"(?<=[.!?。！])\s*", text) if one.strip()]
    return max(sentences, key=lambda one: len(words & set(stemming.words(one))), default=text)


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    kept: list[Claim] = []
    for claim in claims:
        if not any((one.key, one.value.lower()) == (claim.key, claim.value.lower()) for one in kept):
            kept.append(claim)
    return kept
