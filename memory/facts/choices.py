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
from memory.language.text import CJK

CONFIDENCE = 0.6
"""A choice may have other reasons."""
MAX_CHARS, MAX_PROPOSAL_CHARS = 500, 4_000
"""Longer messages pick no option and propose none."""
COMMON = 0.6
"""The share of the options not picked that must have a word for it to be what they have in common."""

_NUMBERED = re.compile(
    r"(?:^|\s)(?:\(?\d{1,2}[.)、]\)?|[-*•])\s+(?P<x>.+?)(?=\s+(?:\(?\d{1,2}[.)、]\)?|[-*•])\s+|\n|$)", re.S
)
_LINE = re.compile(
    r"^[ \t]*(?:(?P<heading>#{1,5} |\*\*(?=(?:option|plan|方案|选项)))|(?P<number>\(?\d{1,2}[.)、:：]\)?|（\d）)|(?P<letter>\(?[A-Ha-h][.)、:：]\)?|（[A-Ha-h]）)|(?P<han>[一二三四五六七八][、.]|（[一二三四五六]）)"
    r"|(?P<circle>[①-⑨])|(?P<stem>[甲乙丙丁](?:方案)?[：:、])|(?P<bullet>[-*•]\s))\s*(?P<x>[^\n]+)(?=(?:\n+(?P<below>(?![#\s])[^\n]+))?)",
    re.M,
)
_LETTERED = re.compile(r"(?:(?<=^)|(?<=[\s:：，,;；]))\(?[a-hA-H][)）]\s*")
_BOLD = re.compile(r"\*\*(?P<x>[^*\n]{2,60})\*\*")
_ONE_OF = re.compile(
    r"(?:\b(?:as|in|between|from|are|do|have|get|offer|offers|with)|:)\s+(?P<x>(?:[^,.;:!?\n]{2,60}, ){1,6}(?:or|and) [^,.;?!\n]{2,60})[.?!]",
    re.I,
)
_ONE_OF_ZH = re.compile(r"(?:可以|可选|选|点|去|吃|有|是|：|在)(?P<x>[^，。！？：、]{1,30}(?:、[^，。！？、]{1,30})+)")
_ABOUT = re.compile(r"\s+[-–—]+\s+|——|–|—|[：:（(]|, |，")
_MARKS = (
    ("1", "2", "3", "4", "5", "6", "7", "8"), tuple("abcdefgh"), tuple("①②③④⑤⑥⑦⑧"), tuple("一二三四五六七八"), tuple("甲乙丙丁"),
)  # fmt: skip
_MARKED = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|yes|sure|好|嗯|那)[,，!\s]*)?(?:(?:I['’]?ll|let['’]?s|I['’]?d|I would|I want to|I think|can we)\s+)?(?:(?:go (?:with|for)|take|pick|choose|do|have|try)\s+)?(?:我?(?:想|要|就)*选择?|我要|要|就要?|那就|还是)?\s*"
    r"(?:option|number|no\.?|plan|choice|#|方案|选项)?\s*(?P<mark>[1-8A-Ha-h①-⑧一二三四五六七八甲乙丙丁])(?:号|个|种|方案|项|款|条)?(?=\s*(?:please|pls|plz|吧|好了|$|[,.!，。！;；]| and\b| sounds\b| it is\b| for me\b))",
    re.I,
)
_REASON = re.compile(r"[,，;；。.!！]|\s[-–—]\s|\b(?:because|since|so|and|as)\b|因为|毕竟")
_STEPS = re.compile(
    r"\b(?:steps?:|step \d|follow these|possible causes?|common causes?|caused by|correct answer|quiz\b|which (?:city|country|of (?:these|the following) is)|who wrote|do you want me to|should I (?:delete|run|remove)|the bug|traceback|translations?:)|步骤|报错|正确答案|测验|谁写|原因|译文",
    re.I,
)
"""A list of something else than what one may like."""
_OFFERS = re.compile(
    r"[?？]|\b(?:options?|choices?|choose|prefer|recommend\w*|suggest\w*|could|can|might|try|pick|plans?|ideas?|ways|possib\w+|consider|either|available|found|slots?|shortlist\w*|picks?|candidates?|comes? as|have)\b|[:：]\s*\n|可以|可选|选|推荐|方案|考虑|哪|种|个|款|安排|候选|建议",
    re.I,
)
_NONE = re.compile(
    r"\b(?:neither|none|nothing|any of|either|both|all of|you (?:decide|choose|pick)|up to you|no preference|don['’]?t (?:care|mind|like)|sleep on it|think about it|not sure|later|nah|nope|another|other ones?)\b"
    r"|都行|都可以|都好|随便|随你|你定|你选|无所谓|再想想|再说|都不|不要|没有喜欢|不太行|不行|换(?:一批|几|个|一个)|还没想好|再看看|考虑一下",
    re.I,
)
_LISTED = re.compile(
    r"(?:could|can|might|may|consider|options?(?: are| include|:)|such as|like|either|try|recommend|suggest|choose)\s*:?\s+(?P<x>[^.!?,]{1,200},[^.!?]{1,800})[.!?]",
    re.I,
)
_LISTED_ZH = re.compile(r"(?:可以|考虑|选择|比如|包括|有|：)(?P<x>[^。！？、，]{1,80}[、，][^。！？]{1,400})[。！？]")
_SPLIT = re.compile(r",\s*(?:or\s+|and\s+)?|\s+or\s+|、|，(?:或者?|还是)?|或者?|还是", re.I)
_ORDINALS = {
    "first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1, "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "最后": -1, "middle": 0, "中间": 0,
}  # fmt: skip
_BY_NUMBER = re.compile(
    r"\b(?:option|number|choice|no\.?|#)\s*(?P<n>\d)\b|(?:\bthe |^)(?P<nth>first|second|third|fourth|fifth|last|middle)(?: (?:one|option|choice|suggestion|two|of)\b|[,.]| sounds| seems)"
    r"|第(?P<zh>[一二三四五\d])[个种项条款]|选项?(?P<zn>\d)|(?P<zm>中间)(?:那个|的|那款)|(?P<last>最后[一那]?[个款种])",
    re.I,
)
_PICKS = re.compile(
    r"\b(?:I['’]ll|I will|I['’]d|I would|let['’]s|I think I['’]ll|I['’]m going to|I['’]m gonna|I want to|I choose|I pick|I prefer|I like|I['’]d rather)\b"
    r"|\b(?:go(?:ing)? with|sounds?|seems?|would be|is|are|looks?)\b.{0,40}\b(?:best|great|perfect|good|better|ideal|right|interesting|fit|choice|option|suitable|way to go|lovely|wonderful|appealing|nice|fun|me)\b"
    r"|我(?:选|要|就|还是|想)|就(?:选|要)|听起来|不错|更适合|挺好|最好",
    re.I,
)
_ASKS_MORE = re.compile(
    r"\b(?:explain|fails?|error|wrong|crash\w*|broken|why|how|what|more (?:detail|about)|describe|tell me)\b|报错|不对|错了|为什么|怎么|解释|详细",
    re.I,
)
_NOT_PICKED = re.compile(r"\b(?:don['’]?t|do not|not|never|hate|terrible|awful|instead of)\b|不(?!错)|别", re.I)
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
    if _STEPS.search(proposal) or (_short(text) and not _PICKS.search(text) and not _OFFERS.search(proposal)):
        return ()
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
    value = _LEADS.sub("", _LEADS.sub("", listed[picked])).strip(" .,;:，。")
    found.append(Claim("likes", value[:120], quote, confidence=CONFIDENCE, strength=0.4))
    return _distinct(found)


def options(proposal: str) -> list[str]:
    """The options of a message, in its order: of a list, marked in the text, or named in a sentence."""
    return _lines(proposal) or _inline(proposal)


def _lines(proposal: str) -> list[str]:
    """Lines with one kind of mark; a heading takes the line below it along."""
    found: dict[str, list[str]] = {}
    for match in _LINE.finditer(proposal):
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
    for pattern in (_LISTED, _LISTED_ZH, _ONE_OF, _ONE_OF_ZH):
        best = max(pattern.finditer(proposal), key=lambda match: len(match["x"]), default=None)
        if best is not None:
            parts = [re.sub(r"\s*\(\d\)", "", part).strip() for part in _SPLIT.split(best["x"])]
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
    lead = _REASON.split(first, maxsplit=1)[0]
    if (_short(lead) and _NONE.search(lead)) or _NONE.match(lead) or _ASKS_MORE.search(first):
        return None
    if match := _MARKED.match(first):
        mark = match["mark"].lower()
        number = next(row.index(mark) for row in _MARKS if mark in row)
        return number if number < len(listed) else None
    if _NOT_PICKED.search(lead if len(lead) < len(first) and _short(lead) else first):
        return None
    if (match := _BY_NUMBER.search(first)) and (_PICKS.search(first) or _short(lead)):
        word = match["n"] or match["nth"] or match["zh"] or match["zn"] or match["zm"] or "最后"
        number = int(word) - 1 if word.isdigit() else _ORDINALS[word.lower()]
        if word.lower() in ("middle", "中间"):
            number = len(listed) // 2
        return number % len(listed) if -1 <= number < len(listed) else None
    if not (_PICKS.search(first) or _short(lead)):
        return None
    return _named(lead if _short(lead) else first, [name(one) for one in listed] if _short(lead) else listed)


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
