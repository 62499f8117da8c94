"""The content words of a text: folded (`folding.py`), English stemmed (Snowball), Chinese cut into words by jieba in its search
mode, stop words left out. An emoji is a word, spelt in letters ("emoji1f98a"), which is what a keyword table takes;
a date is one besides (`dates.py`)."""

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

from memory.language import dates
from memory.language.folding import folded
from memory.language.text import CJK

# Function words of English, and those that fill talk ("tell", "really", "time"): with them as keywords, "What time is it?"
# finds whoever said "time". "like", "love" and "need" stay: they are what people say about themselves.
_STOP_EN = frozenset(
    """a about again am an and any are aren as at be been being but by can could couldn did didn do does doesn doing don
    down each else ever few for from had hadn has hasn have haven having he her here hers him his how i if in into is
    isn it its just ll m may me might mine more most must my no nor not now of off on once only or other our ours out
    over own please re s same shall shan she should shouldn so some such t than that the their theirs them then there
    these they this those through to too up us ve very was wasn we were weren what when where which while who whom
    whose why will with won would wouldn you your yours yourself
    actually also come coming get gets getting go goes going gonna good got great help helped helpful helps know knows
    let lets lot lots made make makes making maybe much nice really right said say saying says see sure tell thing
    things think thinks thought time times told want way well whats""".split()
)
_STOP_ZH = frozenset(
    """
    的 了 是 在 我 你 您 他 她 它 我们 你们 他们 她们 它们 咱们 这 那 这个 那个 这些 那些 这里 那里 什么 怎么
    怎样 怎么样 如何 哪 哪个 哪里 哪儿 谁 吗 呢 吧 啊 呀 哦 嗯 哈 嘛 就 都 也 还 又 再 很 太 最 更 不 没 没有 有
    和 与 或 跟 及 而 但 但是 因为 所以 如果 会 能 可以 要 把 被 给 对 从 到 向 为 以 于 之 其 个 一 一个 一下
    一些 着 过 地 得 上 下 里 去 来 说 叫 自己 请 请问
    """.split()
)
_GREETINGS = frozenset(
    """
    hello hi hey hiya yo morning good evening afternoon night thanks thank bye goodbye ok okay yes yeah yep no
    nope sure great nice cool fine welcome test 你好 您好 早上好 上午好 中午好 下午好 晚上好 早 早安 晚安 嗨
    哈喽 谢谢 多谢 感谢 再见 拜拜 好 好的 行 可以 嗯 哦 是 是的 对 对的 没事 在吗 在 大家
    """.split()
)
_FILLERS = frozenset(
    "there you all everyone everybody again so very much a lot my friend to and the for that was".split()
) | {"的", "了", "啊", "呀", "们", "吗", "你", "您"}
_EMOJI = "[\U0001f1e6-\U0001f1ff]{2}|[\u231a-\u23ff\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
KEPT_CHARS = 1_000
"""A longer text is read anew each time."""
EMOJI = "emoji"
"""How the word begins that an emoji is."""
_WORD = re.compile(rf"(?P<emoji>{_EMOJI})|[^\W_]+")
_FEELINGS = re.compile(
    "[\U0001f600-\U0001f64f\U0001f44b-\U0001f44f\U0001f493-\U0001f49f\U0001f917\U0001f970\U0001f973\u2764\u263a]"
)
"""What greets and thanks: faces, hands and hearts."""


def words(text: str) -> list[str]:
    """The content words of `text`, stemmed, in order, with repeats."""
    return [stem for stem, _ in _stems_of(text)]


def surfaces(text: str) -> dict[str, str]:
    """Each content word of `text`, stemmed, with the form it was first written in."""
    found: dict[str, str] = {}
    for stem, surface in _stems_of(text):
        found.setdefault(stem, surface)
    return found


def _stems_of(text: str) -> Sequence[tuple[str, str]]:
    """The latest texts are not read again: a turn looks at what was told several times."""
    return _stems_kept(text) if len(text) <= KEPT_CHARS else tuple(_stems(text))


@lru_cache(maxsize=4_000)
def _stems_kept(text: str) -> Sequence[tuple[str, str]]:
    return tuple(_stems(text))


def _stems(text: str) -> Iterator[tuple[str, str]]:
    alike = folded(text)
    for match in _WORD.finditer(alike):
        run = match[0]
        if match["emoji"]:
            yield EMOJI + "".join(f"{ord(char):x}" for char in run), run
        elif CJK.search(run):
            yield from ((word, word) for word in _cut_chinese(run) if word not in _STOP_ZH)
        elif run not in _STOP_EN:
            yield _stem(run), run
    yield from dates.written(alike)


def content_words(text: str) -> list[str]:
    """`words` without greetings and thanks: empty when there is nothing in the text to recall, or to look for."""
    return [] if is_greeting(text) else words(text)


def is_greeting(text: str) -> bool:
    """Whether `text` is only greetings, thanks and the like, in either language. "Who am I?" is not."""
    for match in _WORD.finditer(folded(text)):
        run = match[0]
        if match["emoji"]:
            if not _FEELINGS.fullmatch(run):
                return False
            continue
        parts = _cut_chinese(run) if CJK.search(run) else [run]
        if run not in _GREETINGS and any(part not in _GREETINGS and part not in _FILLERS for part in parts):
            return False
    return True


def stem_of(word: str) -> str:
    """The stem of an English word in small letters."""
    return _stem(word)


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    with _STEM_LOCK:
        return str(_stemmer().stemWord(word))


_STEM_LOCK = threading.Lock()  # a Snowball stemmer keeps the word it works on in itself


@cache
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


def _cut_chinese(run: str) -> list[str]:
    return list(_jieba().cut_for_search(run))


@cache
def _jieba() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    return jieba
