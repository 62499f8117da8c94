"""The sentences of the user's notes that a text asks for, in their own first person, with dates in place of "next Friday".

A sentence counts by the words it shares with the request, those of whom it goes to left out; one that shares none counts if its
note is about the thing and it has a day or a place that is asked for. What is private stays out unless the request names it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo

from assistant.talk.drafts.request import Request
from memory.language import stemming
from memory.language.folding import simplified
from memory.language.text import CJK, is_chinese
from memory.types import Hit
from prompts.wording import dated

MOST = 3
ENOUGH = 0.6
"""Of what the best shares."""
MOST_CHARS = 220
RARE = 3
"""A word that more of the notes hold says little."""
_CLAUSES = re.compile(r"[,，;；](?=\s|\D)| and (?=(?:i|we|he|she|they|my|our)\b)")
_PAST = re.compile(r"((?:last|this|past) \w+|上个?\w{1,2}|今年|去年|今天|today|yesterday|昨天) ?[（(][^)）]*[)）]")
_SENTENCES = re.compile(r"(?<=[.!?。！？\n])\s*")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|June?|July?|Aug|Sep|Oct|Nov|Dec)\w*"
_DAY = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|\b{_MONTH}\.? \d{{1,2}}\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b"
    r"|\d{1,2}月\d{1,2}[日号]|(?:周|星期|礼拜)[一二三四五六日天]|\b\d{1,2}(?::\d\d)? ?(?:am|pm)\b|\b\d{1,2}:\d\d\b"
    r"|\bat \d{1,2}\b|\d{1,2}点(?:半|\d{1,2}分?)?",
    re.I,
)
_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_NAME_ZH = re.compile("(?:姓|叫)[\u4e00-\u9fff]|[\u4e00-\u9fff](?:医生|大夫|老师|师傅|经理|总)")
_DOING = re.compile(r"^(?:i['’]?m|i am|we['’]?re|we are)(?: \w+ly| just)? \w+in['g]?\b|^我(?:在|正在|给)", re.I)
AGE = re.compile(
    rf"\b(?:turn\w*|is|am|aged?|be)(?: just)? (?P<en>\d{{1,3}})\b(?!,\d| (?:days|weeks|months|miles|km)|(?: of)? {_MONTH})"
    r"|(?:今年|满|过)?(?P<zh>\d{1,3})(?:岁|了|大寿)",
    re.I,
)
_NO_NAMES = ("I", "I'm", "I've", "I'd", "I'll")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[一二两三四五六七八九十]+(?=[晚天个点桌人位份])")


@dataclass(frozen=True)
class Told:
    """A part of a note; `keys` are the days, times, names and numbers in it that the text must have."""

    text: str
    hit: Hit
    shares: int
    keys: Sequence[str]
    must: bool
    """Whether the text must have it: it shares much with the request, or has what that asks for."""


def facts_for(request: Request, hits: Sequence[Hit], zone: tzinfo | None) -> Sequence[Told]:
    """What belongs in a text, best first, at most MOST."""
    words = _words(request)
    held = {word: sum(_has(hit.memory.text, word) for hit in hits) for word in words}
    telling = {word for word in words if 0 < held[word] <= RARE}
    found: list[Told] = []
    for hit in hits:
        about = {word for word in telling if _has(hit.memory.text, word)}
        if is_chinese(hit.memory.text) != (request.language == "zh") or not about:
            continue
        for sentence in _sentences(hit, zone):
            if one := _part(sentence, request, about, hit):
                found.append(one)
    best = sorted(found, key=lambda one: -one.shares)
    most = best[0].shares if best else 0
    return [one for one in best if one.shares >= ENOUGH * most][:MOST]


def _part(sentence: str, request: Request, about: set[str], hit: Hit) -> Told | None:
    """The clauses of a sentence that share something with the request, or have what it asks for."""
    kept: list[str] = []
    shared: set[str] = set()
    asked = 0
    for clause in filter(None, map(str.strip, _CLAUSES.split(sentence))):
        there = {word for word in about if _has(clause, word)}
        wanted = _asked_for(clause, request)
        if _is_private(clause, request, about) or (_names_them(clause, request) and not wanted):
            continue
        if there or wanted:
            kept.append(clause)
            shared |= there
            asked += bool(wanted)
    if not kept or (not shared and len(about) < 2 and not {"what", "age"} & request.asks):
        return None
    text = ("，" if request.language == "zh" else ", ").join(kept)
    return Told(
        text, hit, 2 * len(shared) + min(asked, 2) + len(about), _keys(text, request), bool(asked) or len(shared) > 1
    )


def _asked_for(clause: str, request: Request) -> bool:
    asks, names = request.asks, _NAME_ZH if request.language == "zh" else _NAME
    return bool(
        ("when" in asks and _DAY.search(clause))
        or ("name" in asks and names.search(clause))
        or ("age" in asks and AGE.search(clause))
        or ("what" in asks and _DOING.search(clause))
        or ("number" in asks and _NUMBER.search(_DAY.sub(" ", clause)))
    )


def _names_them(clause: str, request: Request) -> bool:
    """Whether it is about whom the text is for: they know."""
    return any(name in clause for name in re.split(r" and | ", request.to) if len(name) > 1)


def _words(request: Request) -> set[str]:
    own = request.text
    of_them = set(stemming.words(request.to)) | {request.to.lower()} if {"age", "name"} & request.asks else set()
    for name in request.to.split():
        own = re.sub(rf"\b{re.escape(name)}\b", " ", own) if name.isascii() else own.replace(simplified(name), " ")
    words = {word for word in stemming.words(own) if not word.isdigit()} - _COMMON
    return {word for word in words if len(word) > 1} | of_them


_COMMON = frozenset(
    (
        "write email mail text note letter messag card tell ask say short brief pleas want name mention date day time"
        " put give polit remind come comin go see get use make take need know let like work week today tomorrow look thing one us"
        " 微信 短信 邮件 发 说 落款 客气 写上 一下 日期 时间 取消 别忘"
    ).split()
)


def _has(text: str, word: str) -> bool:
    return (word in text) if CJK.search(word) else word in stemming.words(text)


def _sentences(hit: Hit, zone: tzinfo | None) -> Sequence[str]:
    text = _PAST.sub(r"\1", dated(hit.memory.text, hit.memory.occurred_at, zone))
    return [
        one.strip()
        for one in _SENTENCES.split(text)
        if 3 < len(one.strip()) <= MOST_CHARS and not one.strip().endswith(("?", "？"))
    ]


def _is_private(sentence: str, request: Request, about: set[str]) -> bool:
    found = request.table.find["private"].search(sentence)
    return found is not None and not any(_has(found[0], word) for word in about)


def _keys(text: str, request: Request) -> Sequence[str]:
    """What must not be missing: days and times; names and numbers where they are asked for."""
    days = [match[0] for match in _DAY.finditer(text)]
    names = [match[0] for match in _NAME.finditer(text)] if "name" in request.asks or not days else []
    numbers = [match[0] for match in _NUMBER.finditer(_DAY.sub(" ", text))]
    return list(dict.fromkeys([*days, *(name for name in names if name not in _NO_NAMES), *numbers]))
