"""How long it is from one thing that the user told to another: "How many days between the launch and the wedding?"

Each side is a day that the message names, or that of what was told of it: of the notes that recall finds, the sentence which
shares most words with it and names one day. Where one side has none, or both have the same note and day, nothing is answered.
"""

from dataclasses import replace
from datetime import date, datetime

from assistant.talk.agenda import ahead
from assistant.talk.answer import Answer, Asked
from assistant.talk.life import sentences
from assistant.talk.quoting import states, told_on
from assistant.talk.texts import say
from assistant.talk.topics import topics
from memory.language import stemming
from memory.language.folding import simplified
from memory.language.lexicon import each
from memory.language.text import CJK
from memory.language.times import resolve
from memory.memories import BY_THE_USER
from memory.types import Hit
from prompts.wording import short_date

_MOST = 8
_SURE = 0.12
"""A note that shares no word with what is asked is its own if recall holds it so likely."""


def days_between(asked: Asked) -> Answer | None:
    """`None` where it is not asked for, or a day is not known."""
    plain = simplified(asked.text)
    match = next((found for pattern in each("asks_days_between") if (found := pattern.search(plain))), None)
    if match is None or not asked.recalls:
        return None
    sides = [asked.text[slice(*match.span(name))] for name in ("one", "two")]
    first, second = (_day_of(side, asked) for side in sides)
    if first is None or second is None or first == second:
        return None
    one, two = first[0], second[0]
    said = [
        say("days_between", asked.language, n=abs((two - one).days), one=_shown(one, asked), two=_shown(two, asked))
    ]
    recalled: dict[str, Hit] = {}
    for side, (_, hit) in zip(sides, (first, second), strict=True):
        if hit and hit.memory.id not in recalled:
            recalled[hit.memory.id] = hit
            zone = asked.reading.at.tzinfo
            said.append(told_on(hit.memory, asked.language, zone, stemming.words(side)))
    return Answer("\n".join(said), recalled=list(recalled.values()))


def _day_of(side: str, asked: Asked) -> tuple[date, Hit | None] | None:
    named = _one_day(side, asked.reading.at)
    if named:
        return named, None
    words = frozenset[str]().union(*topics(side, ()))
    best: tuple[tuple[int, datetime], date, Hit] | None = None
    for place, hit in enumerate(
        asked.memories.search(replace(asked.reading, text=side), _MOST, exclude_messages=asked.leave_out)
    ):
        memory = hit.memory
        if memory.kind not in BY_THE_USER or memory.speaker not in (None, asked.user) or not states(memory):
            continue
        told = memory.occurred_at.astimezone(asked.reading.at.tzinfo)
        for sentence in sentences(memory.text):
            day, shared = _one_day(sentence, told), _shared(words, sentence)
            worth = shared, told
            if day and (shared or (place == 0 and hit.score >= _SURE)) and (best is None or worth > best[0]):
                best = worth, day, hit
    return (best[1], best[2]) if best else None


def _one_day(text: str, at: datetime) -> date | None:
    """The only day that a text names; of several, none."""
    days = {ahead(span, at).start.date() for span in resolve(text, at) if (span.end - span.start).days <= 1}
    return days.pop() if len(days) == 1 else None


def _shared(words: frozenset[str], sentence: str) -> int:
    there = set(stemming.words(sentence))
    return sum(word in there or bool(CJK.search(word) and word in sentence) for word in words)


def _shown(day: date, asked: Asked) -> str:
    return short_date(datetime.combine(day, asked.reading.at.timetz()), asked.language, asked.reading.at.tzinfo)
