"""What the user told: in a time, about a topic, and of themselves, with the day and said back in the second person.

Only what states something is told: what was asked, commanded or said by the assistant is not.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from assistant.talk import portraying
from assistant.talk.answer import Answer, Asked
from assistant.talk.fact_sentences import sentence
from assistant.talk.life import Line, finds, life_of, still_said, tellings, themes_asked
from assistant.talk.quoting import as_hit, passage, quoted, retold
from assistant.talk.statements import stated, tells
from assistant.talk.texts import say
from assistant.talk.topics import about, topics
from memory.language import stemming
from memory.language.lexicon import joined
from memory.language.times import Span
from memory.memories import BY_THE_USER
from memory.types import Fact, Memory
from prompts.wording import short_date

MOST = 14
"""Lines of one answer."""
MOST_CHARS = 220
"""Of one line."""
READ = 3_000
LATELY_DAYS = 7
_LAST_WEEK = re.compile(r"\b(?:in|over|during|for) the (?:last|past) week\b", re.I)
"""The last seven days, where "last week" is the one before this."""


def summary(asked: Asked) -> Answer | None:
    """What was told in the time that the message names, or about its topic, or in the last week. `None` where nothing that is
    remembered may be told."""
    if not asked.recalls:
        return None
    span = next((span for span in asked.reading.spans if span.start <= asked.reading.at), None)
    if span and (_LAST_WEEK.search(asked.text) or _is_this_week(span, asked.reading.at)):
        span = replace(span, start=asked.reading.at - timedelta(days=LATELY_DAYS), end=asked.reading.at)
    wanted = topics(asked.text, asked.reading.spans)
    told = told_by(asked, span)
    if wanted:
        on_topic = [memory for topic in wanted for memory in _on(topic, told, asked)] or _of_themes(asked, told)
        told = list({memory.id: memory for memory in on_topic}.values())
    elif span is None:
        since = asked.reading.at - timedelta(days=LATELY_DAYS)
        told = [memory for memory in told if memory.occurred_at >= since] or told[:MOST]
    when = span.phrase if span else say("recently" if not wanted else "ever", asked.language)
    life = life_of(asked)
    telling = {line.memory.id for line in life}
    told = [memory for memory in told[: 4 * MOST] if memory.id in telling or tells(memory.text)]
    if finds("says_briefly", asked.text):
        told = [replace(memory, text=still_said(memory, life, themes_asked(asked.text))) for memory in told]
    shown = sorted(_most_telling(told, asked, life), key=lambda memory: memory.occurred_at)
    lines = list_of(asked, shown, len(told) - len(shown))
    if not lines:
        return Answer(say("not_told" if wanted else "summary_none", asked.language, when=when))
    head = say("summary_topic" if wanted and not span else "summary", asked.language, when=when)
    return Answer("\n".join([head, *lines]), recalled=[as_hit(memory) for memory in shown])


def _is_this_week(span: Span, now: datetime) -> bool:
    """On a Monday or Tuesday "this week" is the seven days before, too: nobody asks for what they said since midnight."""
    is_week = span.end - span.start == timedelta(days=LATELY_DAYS)
    return is_week and timedelta(0) <= now - span.start < timedelta(days=2)


def _most_telling(told: Sequence[Memory], asked: Asked, life: Sequence[Line]) -> Sequence[Memory]:
    """Of more than MOST those of which something was learned, then those about the user, the latest first."""
    if len(told) <= MOST:
        return told
    learned = {fact.message_id for fact in asked.facts if fact.message_id}
    mine = {line.memory.id for line in life if line.mine}

    def worth(memory: Memory) -> tuple[int, datetime]:
        return 2 * (memory.message_id in learned) + (memory.id in mine), memory.occurred_at

    return sorted(told, key=worth, reverse=True)[:MOST]


def told_by(asked: Asked, span: Span | None = None) -> Sequence[Memory]:
    """What the user said, the latest first."""
    since, until = (span.start, span.end) if span else (None, None)
    found = asked.memories.list(READ, kinds=BY_THE_USER, since=since, until=until)
    return tellings(found, asked.memories, asked.user, asked.leave_out)


def list_of(asked: Asked, told: Sequence[Memory], left: int = 0) -> list[str]:
    """Each as "- 12 November: you …", and how many are `left`."""
    lines = [f"- {_day(memory.occurred_at, asked)}: {_line(memory, asked)}" for memory in told]
    return [*lines, say("more", asked.language, number=left)] if left else lines


def _line(memory: Memory, asked: Asked) -> str:
    return retold(memory, asked.reading.at.tzinfo, most=MOST_CHARS)


def _day(moment: datetime, asked: Asked) -> str:
    return short_date(moment, asked.language, asked.reading.at.tzinfo)


def _on(topic: frozenset[str], told: Sequence[Memory], asked: Asked) -> Sequence[Memory]:
    by_words = about(topic, told)
    if by_words:
        return by_words
    there = {memory.id for memory in told}
    hits = asked.memories.search(asked.reading, 8, kinds=BY_THE_USER, floor=0.05, exclude_messages=asked.leave_out)
    return [hit.memory for hit in hits if hit.memory.id in there]


def _of_themes(asked: Asked, told: Sequence[Memory]) -> Sequence[Memory]:
    """What was told of a part of life that the question names in other words: "what did I say about sports?"."""
    themes, there = themes_asked(asked.text), {memory.id for memory in told}
    return [line.memory for line in life_of(asked) if themes & line.themes and line.mine and line.memory.id in there]


def about_me(asked: Asked) -> Answer | None:
    """What is known about the user, or about one of their people, if they ask for that."""
    return summary(asked) if portraying.asks_of_somebody_else(asked) else portraying.about_me(asked)


def provenance(asked: Asked) -> Answer | None:
    """How and when something was told: what the last reply was given, or what the words find."""
    if not asked.recalls:
        return None
    wanted = topics(asked.text, asked.reading.spans)
    told = told_by(asked)
    for topic in wanted:
        found = [memory for memory in about(topic, told) if stated(memory.text)]
        if found:
            first = min(found, key=lambda memory: memory.occurred_at)
            return _quotes(asked, [first, *([found[0]] if found[0] is not first else [])], list(topic))
    if wanted:
        hits = asked.memories.search(asked.reading, 3, kinds=BY_THE_USER, floor=0.03, exclude_messages=asked.leave_out)
        words = set().union(*wanted)
        shown = [hit.memory for hit in hits if words & set(stemming.words(stated(hit.memory.text)))]
        if shown or not joined("talk_points_back").search(asked.text):
            return _quotes(asked, shown[:1]) if shown else Answer(say("not_told", asked.language))
    return _of_last_reply(asked)


def _of_last_reply(asked: Asked) -> Answer:
    last = next((message for message in reversed(asked.before) if message.role == "assistant"), None)
    if last is None:
        return Answer(say("not_told", asked.language))
    last = asked.hands.with_sources(last) if asked.hands else last
    words = stemming.words(last.text)
    memories = [hit.memory for hit in last.recalled if hit.memory.text]
    shared = sorted(memories, key=lambda memory: -len(set(stemming.words(memory.text)) & set(words)))
    best = [memory for memory in shared if set(stemming.words(memory.text)) & set(words)][:2]
    if best:
        return _quotes(asked, best, words)
    facts = [fact for fact in last.facts_used if set(stemming.words(fact.value)) & set(words)]
    if facts:
        return Answer("\n".join(_from(fact, asked) for fact in facts[:2]), facts=facts[:2])
    before = [message for message in asked.before if message.role == "user" and message.text]
    if before and set(stemming.words(" ".join(message.text for message in before[:-1]))) & set(words):
        quote = passage(before[-2].text if len(before) > 1 else before[-1].text)
        return Answer(say("said_on", asked.language, date=_day(before[-1].occurred_at, asked), quote=quote))
    return Answer(say("no_source", asked.language))


def _from(fact: Fact, asked: Asked) -> str:
    if fact.quote:
        return say("said_on", asked.language, date=_day(fact.last_said_at or fact.valid_from, asked), quote=fact.quote)
    return say("set_by_you", asked.language, fact=sentence(fact, asked.language))


def _quotes(asked: Asked, memories: Sequence[Memory], words: Sequence[str] = ()) -> Answer:
    zone = asked.reading.at.tzinfo
    lines = [quoted(memory, asked.user, asked.language, zone, words) for memory in memories]
    return Answer("\n".join(lines), recalled=[as_hit(memory) for memory in memories])
