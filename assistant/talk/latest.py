"""What was told last of the thing that a question is about: where it changed, the change is the answer.

    "The exam is on the 13th." … "They moved the exam, it is now on the 15th."   ->  the second, to "when is my exam?"

A thing is a word of the question that few notes have. Does not cover a change told in other words ("it is on the 15th now").
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from assistant.talk.life import Line, finds, words_of_notes
from assistant.talk.needs import has_what_is_asked
from memory.language import stemming
from memory.language.text import CJK
from memory.types import Hit, Memory

FEW = 4
"""A word in more notes than this names no one thing, and links none of them."""


def latest(
    question: str, best: Mapping[str, Hit], life: Sequence[Line], people: Collection[str]
) -> Sequence[Memory] | None:
    """The notes that answer in place of the `best`, the likeliest first: what was told later of the same thing, alone if it tells
    of a change; or the first, without what was told before of it, if that tells of one. `None` where neither is. The words that
    name `people` are no things, and what is about the user does not answer for somebody else, nor the other way round."""
    first = next(iter(best.values())).memory
    held = words_of_notes(life)
    counts = Counter(word for words in held.values() for word in words)
    still = finds("asks_still", question) and finds("asks_whether", question)
    named = {
        word
        for word in stemming.words(question)
        if (0 if still else 1) < counts[word] <= FEW and not _names_one(word, people)
    }
    things = named & held.get(first.id, frozenset()) or (named if still else set())
    has = partial(has_what_is_asked, question)
    if not things:
        return None
    mine = any(line.mine for line in life if line.memory.id == first.id)
    later = [
        (len(things & held[line.memory.id]), number, line)
        for number, line in enumerate(life)
        if 2 * len(things & line.words) >= len(things)
        and line.mine == mine
        and line.memory.occurred_at > first.occurred_at
        and (still or says_changed(line.text))
        and (still or has(line.memory.text) or not has(first.text))
    ]
    if later:
        line = max(later, key=lambda one: one[:2])[2]
        return [line.memory] if says_changed(line.text) else [line.memory, first]
    if says_changed(first.text) and (still or len(best) > 1) and (has(first.text) or still):
        older = [hit.memory for hit in best.values() if not things & held.get(hit.memory.id, frozenset())]
        return [first, *older]
    return None


def _names_one(word: str, people: Collection[str]) -> bool:
    return any(word == name or (CJK.search(word) and (word in name or name in word)) for name in people)


def says_changed(text: str) -> bool:
    return finds("says_changed", text) or finds("life_ended", text)
