"""What a user shows by picking one of the options that the assistant proposed.

options     the assistant's list, numbered, bulleted, or in a sentence ("you could A, B, or C")
pick        "option 2", "the second one", or the option whose words the user repeats
claims      the option picked is liked; what the others have in common and it does not is disliked; and what the user
            says of the others outright ("the high-rise ones don't appeal to me")
"""

import re
from collections import Counter
from collections.abc import Sequence

from memory import extraction, keywords
from memory.extraction import Claim

CONFIDENCE = 0.6
"""A choice may have other reasons."""
MAX_CHARS, MAX_PROPOSAL_CHARS = 500, 4_000
"""Longer messages pick no option and propose none."""
COMMON = 0.6
"""The share of the options not picked that must have a word for it to be what they have in common."""

_NUMBERED = re.compile(
    r"(?:^|\s)(?:\(?\d{1,2}[.)、]\)?|[-*•])\s+(?P<x>.+?)(?=\s+(?:\(?\d{1,2}[.)、]\)?|[-*•])\s+|\n|$)", re.S
)
_LISTED = re.compile(
    r"(?:could|can|might|may|consider|options?(?: are| include|:)|such as|like|either|try|recommend|suggest|choose)\s*:?\s+(?P<x>[^.!?,]{1,200},[^.!?]{1,800})[.!?]",
    re.I,
)
_LISTED_ZH = re.compile(r"(?:可以|考虑|选择|比如|包括|有|：)(?P<x>[^。！？、，]{1,80}[、，][^。！？]{1,400})[。！？]")
_SPLIT = re.compile(r",\s*(?:or\s+|and\s+)?|\s+or\s+|、|，(?:或者?|还是)?|或者?|还是", re.I)
_ORDINALS = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "最后": -1,
}  # fmt: skip
_BY_NUMBER = re.compile(
    r"\b(?:option|number|choice|no\.?|#)\s*(?P<n>\d)\b|\bthe (?P<nth>first|second|third|fourth|fifth|last)(?: (?:one|option|choice|suggestion|two|of)\b|[,.]| sounds| seems)"
    r"|第(?P<zh>[一二三四五\d])[个种项条款]|选项?(?P<zn>\d)|(?P<last>最后一个)",
    re.I,
)
_PICKS = re.compile(
    r"\b(?:I['’]ll|I will|I['’]d|I would|let['’]s|I think I['’]ll|I['’]m going to|I['’]m gonna|I want to|I choose|I pick|I prefer|I like|I['’]d rather)\b"
    r"|\b(?:go(?:ing)? with|sounds?|seems?|would be|is|are|looks?)\b.{0,40}\b(?:best|great|perfect|good|better|ideal|right|interesting|fit|choice|option|suitable|way to go|lovely|wonderful|appealing|nice|fun|me)\b"
    r"|我(?:选|要|就|还是|想)|就(?:选|要)|听起来|不错|更适合|挺好|最好",
    re.I,
)
_NOT_PICKED = re.compile(
    r"\b(?:don['’]?t|do not|not|never|hate|terrible|awful|explain|fails?|error|why|how|what|more (?:detail|about)|describe|tell me|instead of)\b|不(?!错)|别|为什么|怎么|解释|详细",
    re.I,
)
_REFUSES = re.compile(
    r"\b(?:(?:do not|don['’]t|does not|doesn['’]t|did not|didn['’]t|just don['’]t|might not|may not|wouldn['’]t|won['’]t) (?:\w+ ){0,3}?(?:appeal|align|work|fit|suit|interest|match|excite|hold|sit|seem|sound|feel|resonate|agree|meet|be)"
    r"|(?:is|are|seems?|sounds?|looks?|feels?|can be|might be|would be|could be|tend to be) (?:\w+ ){0,4}?(?:too|not (?:really )?(?:my|for me|what|something)|out of the question|off the table|overwhelming|a bit (?:too )?\w+))\b",
    re.I,
)
_RATHER = re.compile(
    r"\bI['’]d (?:rather|prefer) (?:to )?(?:not|avoid)(?: to)? (?P<x>[^.;!?]+)|\bI(?:['’]m| am) not (?:really |very |particularly |too |so )?(?:interested in|comfortable with|keen on|into|fond of|a fan of|looking for|big on) (?P<y>[^.;!?]+)"
    r"|\b(?:without|avoid(?:ing)?|instead of|rather than|no need for|not worry about) (?P<z>[^.;!?]+)",
    re.I,
)
_MATTERS = re.compile(
    r"(?P<x>[^.;!?,]+?) (?:is|are) (?:really |very |quite |more )?(?:important|essential|a must|a priority|crucial|my style|more my (?:style|thing|taste))(?: to me| for me)?|\bmy preference for (?P<y>[^.;!?]+)",
    re.I,
)
_LEADS = re.compile(
    r"^(?:(?:you )?(?:could|can|might|may|should)|consider(?:ing)?|try(?:ing)?|how about|what about|there (?:is|are)|i(?:['’]d)? (?:would )?(?:recommend|suggest)(?:ing)?|check out|look into|opt for|enroll(?:ing)? in|an?|the|some|or|and|to|going (?:to|for)|perhaps|maybe|also)\s+",
    re.I,
)
_WHERE_REFUSED = re.compile(
    r"^(?:the |any |those |these |some |all )?(?:other |rest |remaining )?(?:options?|ones?|choices?|suggestions?|places?|alternatives?|of them)?\s*(?:,|with|involving|that (?:are|have|involve|include|require)|like|such as|featuring|of|all|though|while [^,]*)*\s*",
    re.I,
)
_NOTHING = re.compile(
    r"^(?:|it|they|them|that|those|these|this|I|others?|the others?|the rest|rest|for me|really|just|all|both|none|i think|options?|other options?|the options?|the other options?)$",
    re.I,
)


def chosen(text: str, proposal: str) -> Sequence[Claim]:
    """What picking among the options of `proposal` says of the user; nothing if there were none, or none was picked."""
    if len(text) > MAX_CHARS or len(proposal) > MAX_PROPOSAL_CHARS:
        return ()
    listed = options(proposal)
    if len(listed) < 2 or text.rstrip().endswith(("?", "？")):
        return ()
    text = " ".join(text.split())
    picked = pick(text, listed)
    if picked is None:
        return ()
    found = [
        claim
        for claim in extraction.extract(text)
        if claim.key in ("likes", "dislikes", "interests", "diet", "allergies")
    ]
    quote = _sentence_of(text, listed[picked])
    found += _said_of_the_others(text)
    if not any(claim.polarity < 0 for claim in found):
        found += _in_common(listed, picked, quote)
    value = _LEADS.sub("", _LEADS.sub("", listed[picked])).strip(" .,;:")
    found.append(Claim("likes", value[:120], quote, confidence=CONFIDENCE, strength=0.4))
    return _distinct(found)


def options(proposal: str) -> list[str]:
    """The options of a message, in its order."""
    numbered = [" ".join(match["x"].split()).rstrip(".") for match in _NUMBERED.finditer(proposal)]
    if len(numbered) >= 2:
        return numbered
    for pattern in (_LISTED, _LISTED_ZH):
        best = max(pattern.finditer(proposal), key=lambda match: len(match["x"]), default=None)
        if best is not None:
            parts = [re.sub(r"\s*\(\d\)", "", part).strip() for part in _SPLIT.split(best["x"])]
            parts = [part for part in parts if len(part) > 2]
            if len(parts) >= 2:
                return parts
    return []


def pick(text: str, listed: Sequence[str]) -> int | None:
    """Which of the options is picked, by its number or by its words; `None` if none is for certain."""
    first = re.split(r"(?<=[.!。！])\s*", text.strip())[0]
    if _NOT_PICKED.search(first):
        return None
    if (match := _BY_NUMBER.search(first)) and (_PICKS.search(first) or len(first.split()) <= 6):
        word = match["n"] or match["nth"] or match["zh"] or match["zn"] or "最后"
        number = int(word) - 1 if word.isdigit() else _ORDINALS[word.lower()]
        return number % len(listed) if -1 <= number < len(listed) else None
    if not _PICKS.search(first):
        return None
    said = set(keywords.words(first))
    counts = Counter(word for option in listed for word in set(keywords.words(option)))
    shared = [sum(1 / counts[word] for word in said & set(keywords.words(option))) for option in listed]
    best = max(range(len(listed)), key=shared.__getitem__)
    second = max((score for index, score in enumerate(shared) if index != best), default=0)
    return best if shared[best] >= 0.9 and shared[best] > 1.2 * second else None


def _said_of_the_others(text: str) -> list[Claim]:
    found: list[Claim] = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        for pattern, key in ((_REFUSES, "dislikes"), (_RATHER, "dislikes"), (_MATTERS, "likes")):
            match = pattern.search(sentence)
            if not match:
                continue
            if pattern is _REFUSES:  # of whom it is said stands before it
                written = re.sub(r", (?:while|though|although) [^,]*,?", "", sentence[: match.start()])
                written = re.split(r"; |, (?:and|but|so) | but |, (?=the |while )", written)[-1]
            else:
                written = next((group for group in match.groups() if group), "") or ""
            value = _WHERE_REFUSED.sub("", written.strip()).strip(" ,.")
            value = re.sub(
                r"^(?:I think|I feel|while|although|though|but|and|so|as|since|because|that|which)\s+",
                "",
                value,
                flags=re.I,
            )
            value = re.sub(
                r"\s*(?:options?|ones?|choices?|which|that|for (?:me|now|this trip)|at the moment|due to .*|because .*|as I .*)$",
                "",
                value,
                flags=re.I,
            ).strip(" ,")
            if not _NOTHING.match(value) and 2 < len(value) <= 90 and len(value.split()) <= 12:
                quote = match.group().strip()
                found.append(
                    Claim(key, value, quote, polarity=1 if key == "likes" else -1, confidence=CONFIDENCE, strength=0.5)
                )
    return found


def _in_common(listed: Sequence[str], picked: int, quote: str) -> list[Claim]:
    """What most of the others have and the one picked has not."""
    own = set(keywords.words(listed[picked]))
    others = [keywords.surfaces(option) for index, option in enumerate(listed) if index != picked]
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
    words = set(keywords.words(option))
    sentences = [one.strip() for one in re.split(r"(?<=[.!?。！])\s*", text) if one.strip()]
    return max(sentences, key=lambda one: len(words & set(keywords.words(one))), default=text)


def _distinct(claims: Sequence[Claim]) -> list[Claim]:
    kept: list[Claim] = []
    for claim in claims:
        if not any((one.key, one.value.lower()) == (claim.key, claim.value.lower()) for one in kept):
            kept.append(claim)
    return kept
