"""What a command or a question is about, and which memories and facts are about that: by words, so that it can be explained.

    "forget what I said about Ana and the old flat"  ->  [{ana}, {old, flat}]

A memory is about a topic if it holds all the topic's words, or, where no memory does, the rarest of them.
"""

import re
from collections.abc import Collection, Sequence

from memory.language import stemming
from memory.language.folding import folded, simplified
from memory.language.lexicon import joined
from memory.language.text import CJK
from memory.language.times import Span
from memory.types import Fact, Memory

_AND = re.compile(r",|;|，|、|；|\band\b|\bn\b|\bplus\b|\bor\b|&|和|跟|与|以及|还有|還有|及", re.I)
MOST_CHARS = 600
_NOTHING = frozenset(
    (
        "那条 这条 那个 去掉 干净 解决 内容 记录 东西 那事 这事 别记 记了 不用"
        " 说 說 讲 講 提 谈 聊 删 忘 事 全 掉 清 把 话 记 们 时候"
    ).split()
)
RARE = 12
"""A word that more memories than this hold says nothing of what is meant."""


def topics(text: str, spans: Sequence[Span] = ()) -> Sequence[frozenset[str]]:
    """The things that a message names, each as its content words, the times in it (`spans`) and those that only make it a
    command or a question left out."""
    for span in spans:
        text = text.replace(span.phrase, " ")
    left = joined("talk_about_nothing").sub(" ", simplified(text[:MOST_CHARS]))
    found = [frozenset(stemming.words(part)) - _NOTHING for part in _AND.split(left)]
    return [one for one in dict.fromkeys(found) if one]


def about(topic: frozenset[str], memories: Sequence[Memory]) -> Sequence[Memory]:
    """Which of these are about the topic, in their order."""
    whole = wholly_about(topic, memories)
    if whole:
        return whole
    words = {memory.id: _words_of(memory.text, topic) for memory in memories}
    counts = {word: sum(word in held for held in words.values()) for word in topic}
    telling = [word for word in topic if 0 < counts[word] <= RARE]
    if not telling or len(telling) < (len(topic) + 1) // 2:
        return ()
    return [memory for memory in memories if set(telling) <= words[memory.id]]


def wholly_about(topic: frozenset[str], memories: Sequence[Memory]) -> Sequence[Memory]:
    """Which of these hold all the topic's words, in their order."""
    return [memory for memory in memories if topic <= _words_of(memory.text, topic)]


def _words_of(text: str, topic: Collection[str]) -> set[str]:
    """The words of a text, and those of the topic that stand in longer Chinese ones: 猫 in 猫叫."""
    written = folded(text)
    return set(stemming.words(text)) | {word for word in topic if CJK.search(word) and word in written}


def facts_about(topic: frozenset[str], facts: Sequence[Fact]) -> Sequence[Fact]:
    """Facts that hold all the topic's words in their value, subject or quote."""
    return [
        fact
        for fact in facts
        if topic <= set(stemming.words(f"{fact.key} {fact.subject} {fact.value} {fact.quote or ''}"))
    ]


def named_in(text: str, topic: Collection[str]) -> bool:
    return set(topic) <= set(stemming.words(text))


def names(command: str, topic: Collection[str], text: str) -> bool:
    """Whether a text holds all the topic's words, and those that the command writes with a capital with one, too. Of Chinese
    words those of one sign do not count: what is cut off one may be a part of any."""
    long = {word for word in topic if len(word) > 1}
    chinese = bool(long) and all(CJK.search(word) for word in long)
    if not (chinese and _nearly_named(folded(text), long)) and not named_in(text, topic):
        return False
    written = {word for word in re.findall(r"\b[A-Z][a-z]+", command[1:]) if set(stemming.words(word)) <= set(topic)}
    return all(not stemming.words(word) or re.search(rf"\b{word}", text) for word in written)


def _nearly_named(text: str, words: Collection[str]) -> bool:
    """Whether a Chinese text has one of the words whole and of each other a sign at least: 小刚 and 借钱 in 借给小刚5000块."""
    return any(word in text for word in words) and all(any(sign in text for sign in word) for word in words)


def points_back(text: str) -> bool:
    """Whether a command means what was said before, in so many words."""
    return bool(joined("talk_just_before").search(text))
