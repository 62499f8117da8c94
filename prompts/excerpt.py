"""The part of a long note that is shown for a question: where its words stand, not where the note begins.

A word says more of where the answer is the fewer sentences of the note have it. Of windows that say as much the one in the
middle is shown, so that what was said before and after it is shown too; a note that has none of the words is shown from its
beginning.
"""

import re
from collections import Counter

from memory.language import stemming

_SENTENCE = re.compile(r"[^.!?。！？；\n]+(?:[.!?](?=\S)[^.!?。！？；\n]*)*[.!?。！？；\n]*\s*")
_MOST_OF_SENTENCE = 0.4
"""Of an excerpt: a longer sentence is cut into parts."""


def excerpt(text: str, question: str, max_chars: int) -> str:
    """`text`, or as much of it as `max_chars` hold, with "…" where it goes on."""
    if len(text) <= max_chars:
        return text
    sentences = _parts(text, int(max_chars * _MOST_OF_SENTENCE))
    asked = set(stemming.content_words(question))
    held = [asked & set(stemming.words(sentence)) for sentence in sentences]
    often = Counter(word for words in held for word in words)
    first, last = _window(sentences, held, often, max_chars - 2)
    shown = "".join(sentences[first:last]).strip()
    return f"{'…' if first else ''}{shown}{'…' if last < len(sentences) else ''}"


def _window(sentences: list[str], held: list[set[str]], often: Counter[str], max_chars: int) -> tuple[int, int]:
    """The first sentence of the best window, and the one after its last."""
    windows: list[tuple[float, int, int]] = []
    last = size = 0
    for first, sentence in enumerate(sentences):
        while last < len(sentences) and size + len(sentences[last]) <= max_chars:
            size += len(sentences[last])
            last += 1
        words = set[str]().union(*held[first:last])
        windows.append((sum(1 / often[word] for word in words), first, last))
        size -= len(sentence)
    best = max(score for score, *_ in windows)
    among = [window for window in windows if window[0] == best]
    _, first, last = among[len(among) // 2] if best else windows[0]
    return first, last


def _parts(text: str, most: int) -> list[str]:
    """The sentences of a text, with the blanks after them; a longer one in parts of words."""
    parts: list[str] = []
    for sentence in _SENTENCE.findall(text) or [text]:
        while len(sentence) > most:
            cut = sentence.rfind(" ", most // 2, most) + 1 or most
            parts.append(sentence[:cut])
            sentence = sentence[cut:]
        parts.append(sentence)
    return parts
