"""What a message claims about its speaker and the people in their life: rules, no model, some milliseconds a message.

Only what the speaker says as their own and as true counts. A message is first cleared of what is not: code, quotations,
texts to be translated or rewritten, play, jokes marked as such, secrets; and nothing is read from a message that asks
not to be remembered. Then each sentence is read in its language (`extraction_en.py`, `extraction_zh.py`), which drops
questions, conditions, wishes and reported speech.

Covers the keys of `vocabulary.py`. Does not cover: what follows only from several messages, or from knowledge of the
world. What cannot be read for certain is left; the memory of the message is still there to be recalled.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from memory.language import extraction_en, extraction_zh, secrets
from memory.language.claims import Claim
from memory.language.text import is_chinese

MAX_CHARS = 2_000
"""A longer message is mostly pasted text, which nobody says of themselves."""
MAX_SENTENCE_CHARS = 600
MAX_VALUE_CHARS = 200

_KEEP = r"(?:remember|save|store|record|memori[sz]e|note|keep|add|put|write)"
_DO_NOT_REMEMBER = re.compile(
    rf"(?:^|[.!?,;:]\s*|\bplease\s+|\byou\s+|\band\s+|\bbut\s+)(?:please\s+)?(?:don['’]?t|do not|never|shouldn['’]?t|should not|must not|no need to)\s+"
    rf"(?:ever\s+|actually\s+)?{_KEEP}\s+(?:down\s+)?(?:this|that|it(?!\s+(?:in|on|at|near|under)\b)|any of (?:this|that)|what I|anything I|me saying)\b"
    rf"|\b(?:don['’]?t|do not) want you to (?:\w+ )?{_KEEP}\b|\b(?:prefer|rather) (?:that )?you (?:don['’]?t|didn['’]?t|not) (?:remember|save|store|record|note|keep)\b"
    r"|\boff the record\b|\b(?:please )?forget (?:this|that|what) (?:I|one|message|:)|\bforget this\b"
    r"|\bkeep (?:this|it) (?:a )?secret\b|\bkeep (?:this|it) out of (?:your|my)\b|\b(?:this|that)(?: one)? (?:stays )?(?:between us|is not for your memory)\b"
    r"|(?:别|不要|不用|勿|无需|甭|请勿)(?:再|给我|帮我)?(?:把[^，。]{0,10}?)?(?:给我|帮我|写[进入]|放[进入])?(?:记住|记录|记下来?|记得这|保存|存下|存储|记[进入]|(?<!不要)存(?![钱款在])|写[进入]记忆|放[进入]记忆|记忆|记(?![错得恨]))"
    r"|不(?:希望|想让?|要让)你(?:把[^，。]{0,8})?(?:记|存)|不要记|别往.{0,6}记|这条别[存记]"
    r"|当我没说|就当没说|当没听见",
    re.I,
)
_JOKE = re.compile(
    r"(?:^|\s)/s\b|\bsarcas(?:m|tic)|\byeah,? right\b|\bas if\b"
    r"|(?:\.\.\.|…|,|-|—)\s*not!*\s*\W*$|\bsaid no one ever\b|\bhaha,? no\b|\bapril fool|\b(?:i'?m )?not serious\b"
    r"|才怪|（不是）|\(不是\)|反话|讽刺|呵呵",
    re.I,
)
_TAKEN_BACK = re.compile(
    r"^.*(?:\b(?:kidding|joking|j/?k)\b|(?:开|说)(?:个|了个)?玩笑|逗你|骗你的|闹着玩|说笑)(?:的|呢|啦|而已|一下)*",
    re.I | re.S,
)
"""What comes before a joke that is called one; what comes after is meant."""
_TASK = re.compile(
    r"^\W*(?:dear (?:sirs?|madam|mr|ms|mrs|dr|hiring|team|all|professor)\b|subject:|from:)|\[(?:your )?(?:name|school|company|date|city)\]|^\W*make (?:this|the|my) (?:e-?mail|text|sentence|letter|message|paragraph)\b|in (?:the|an) (?:interview|email|letter) (?:say|write)\b"
    r"|^\W*(?:(?:please|pls|hey|hi|ok(?:ay)?|now|so|hello)[,\s]+)*(?:(?:can|could|would|will) you\s+(?:please\s+)?|help me\s+(?:to\s+)?)?"
    r"(?:translate|proof-?read|re-?write|re-?phrase|paraphrase|correct|edit|summari[sz]e|polish|fix|improve|convert|classify|"
    r"pretend|imagine|role-?play|act (?:as|like)|you are|you're|let['’]?s (?:play|pretend|say)|complete the|continue the|finish the|(?:put|turn) (?:this|it|that|the following)\b.{0,20} into |"
    r"(?:check|analy[sz]e) (?:the|this|my) (?:grammar|spelling|sentence|text|following)|what does .* mean|in (?:the|a|this) (?:story|novel|film|movie|song|game)|"
    r"(?:write|compose|draft|create|make up|tell)(?: me| us)?(?: an?| the| some| up)? .*\b(?:story|poem|song|lyrics|script|dialog(?:ue)?|novel|scene|monolog(?:ue)?|character|speech|joke|haiku|rap|diary|blog|essay))\b"
    r"|\bin (?:my|the) (?:novel|story|screenplay|book|game)\b.{0,40}\b(?:says|hero|character|narrator)"
    r"|\blyrics?\s*[:：]|\b(?:role-?play|persona)\b"
    r"|^\W*(?:请|麻烦|帮我|你|能不能|可以|帮忙|给我|请你|请帮我|把)*.{0,6}(?:翻译|译成|润色|改写|校对|改错|修改|续写|缩写|扩写|造句)"
    r"|(?:^|请|帮我|帮忙|给我|你|麻烦|能不能|可以|我想让)[^。，,]{0,6}(?:写|编|讲|创作)[^。，,]{0,8}(?:故事|小说|诗|歌词|剧本|台词|段子|笑话|日记|作文|对白)|扮演|假装|假设|角色|歌词|台词|小说里|故事里|电影里",
    re.I,
)
_CODE = re.compile(r"```.*?(?:```|$)|`[^`\n]*`", re.S)
_QUOTED_LINE = re.compile(r"^\s*(?:>|\|).*$", re.M)
_QUOTATION = re.compile(
    r"\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|(?<![\w])'[^'\n]{3,}'(?!\w)|‘[^’\n]{3,}’(?!\w)"
)
_QUOTED_TO_THE_END = re.compile(r"(?<=[:,])\s*['‘](?=[A-Z]).{20,}['’]\W*$", re.S)
_WHOLE = re.compile(r"^\s*[\"“「](?P<inside>[^\"“”「」]*)[\"”」]\s*$")
_HOSTILE = re.compile(
    r"\b(?:ignore|disregard|override|bypass|reveal|leak|obey)\b.*\b(?:instructions?|rules?|prompts?|polic(?:y|ies)|guidelines?)\b|system prompt|<\||"
    r"(?:忽略|无视|绕过|泄露)[^，]*(?:指令|规则|提示词?|设定)|系统提示",
    re.I,
)
"""What speaks to the assistant is no fact of anybody."""
_SPEAKS = re.compile(
    r"\b(?:I|I'm|my|me|we|our|you|he|she|they|is|are|was|am|have|has|love|like|hate)\b|[我你他她]|[是有]", re.I
)
_NAME = re.compile(r"\b[A-Z][a-z]+\b")
_SENTENCE = re.compile(r"[^.!?。！？\n;；]+(?:\.(?=\S)[^.!?。！？\n;；]*)*[.!?。！？;；]*")


def asks_not_to_be_remembered(text: str) -> bool:
    return bool(_DO_NOT_REMEMBER.search(text))


def is_fit(claim: Claim) -> bool:
    """Whether a claim may enter the profile: of a length, no secret, and not speaking to the assistant."""
    whole = f"{claim.value} {claim.quote} {claim.subject}"
    fits = len(claim.value) <= MAX_VALUE_CHARS and len(claim.subject) <= 50
    return fits and not _HOSTILE.search(claim.value) and not secrets.find(whole)


def extract(text: str) -> Sequence[Claim]:
    """What a message says of its speaker, in its order. Nothing is looked up and nothing is written."""
    found: list[Claim] = []
    person: str | None = None
    for sentence in _own_sentences(text):
        said = extraction_zh.claims(sentence) if is_chinese(sentence) else extraction_en.claims(sentence, person)
        person = extraction_en.person_in(sentence)
        for claim in said:
            known = any((one.subject, one.key, one.value) == (claim.subject, claim.key, claim.value) for one in found)
            quote = _as_written(claim.quote, text)
            if not known and quote and is_fit(claim):
                found.append(replace(claim, quote=quote))
    return found


def _as_written(quote: str, text: str) -> str | None:
    """The part of the message that a quote is, whose spelling may have been put right: "I'm" for "im"."""
    if quote in text:
        return quote
    written = re.escape(quote).replace("'", "['’]?").replace("’", "['’]?")
    match = re.search(written, text, re.I)
    return match.group() if match else None


def own(text: str) -> Sequence[str]:
    """The parts of a message that its speaker states as their own and as true, in its order."""
    told = [
        extraction_zh.stated(sentence) if is_chinese(sentence) else extraction_en.stated(sentence)
        for sentence in _own_sentences(text)
    ]
    return [part for part in told if part]


def people(text: str) -> set[str]:
    """Whom a text names: as subjects are written ("mother" for "my mum" and 我妈), and names, in lower case."""
    return extraction_en.people_in(text) | extraction_zh.people_in(text) | set(map(str.casefold, _NAME.findall(text)))


def _own_sentences(text: str) -> Sequence[str]:
    if len(text) > MAX_CHARS or _DO_NOT_REMEMBER.search(text) or _JOKE.search(text) or _TASK.search(text):
        return ()
    return _sentences(_TAKEN_BACK.sub("", text))


def _sentences(text: str) -> list[str]:
    """The sentences that are the speaker's own; quotations in them are gone, but for a name or a title."""
    whole = _WHOLE.match(text)
    own = whole["inside"] if whole else text
    own = _QUOTED_TO_THE_END.sub("", _QUOTED_LINE.sub("", _CODE.sub("", own)))
    kept = [_QUOTATION.sub(_title_or_nothing, one.group()).strip() for one in _SENTENCE.finditer(own)]
    return [one for one in kept if one and len(one) <= MAX_SENTENCE_CHARS and not secrets.find(one)]


def _title_or_nothing(match: re.Match[str]) -> str:
    return "\0" if _SPEAKS.search(match.group()) else match.group()
