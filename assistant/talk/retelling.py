"""A question about what was told, answered by what was told: the notes that answer best, said back with their day.

A small model that is shown the right note still says "yes" where it says no; the note itself is right, and says when it was
told. Where nothing is likely to answer, that is said, with what comes nearest.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial

from assistant.talk.acts.classifier import classify
from assistant.talk.answer import Answer
from assistant.talk.latest import FEW, latest
from assistant.talk.life import (
    Line,
    finds,
    quotes_somebody,
    sentences,
    still_said,
    themes_asked,
    themes_in,
    words_of_notes,
)
from assistant.talk.needs import has_what_is_asked
from assistant.talk.quoting import as_hit, retold, states
from assistant.talk.statements import tells
from assistant.talk.texts import say
from assistant.talk.topics import topics
from memory.language import stemming
from memory.language.lexicon import each, joined
from memory.language.reading import Reading
from memory.language.text import CJK, is_question
from memory.memories import BY_THE_USER
from memory.types import Hit, Memory, Message
from prompts.wording import asks_about_self, short_date

SURE = 0.12
"""What is as likely as this to matter answers."""
COVERED = 0.5
"""And what is less likely does if it has such a share of what the question names."""
NAMED, ALL_NAMED = 0.02, 0.6
"""The same for what asks of the world in form, or goes on with something else: "Where does Lou spend the winter?"."""
MOST, MOST_OF_LIST = 2, 8
NEAREST = 0.008
"""What is less likely, and shares no word with the question, does not even come near."""
NEAR, NEAR_OF_LIST = 0.6, 0.2
"""Of the chance of the best: what is less likely does not answer beside it."""
GONE = 0.3
"""What the chance of a note is worth that no longer holds."""
UNTOLD, ASKED = 0.2, 0.5
"""What the chance of a note is worth that seems to tell nothing (a greeting), and of one that asks for something, too."""
MOST_CHARS, MOST_ASKED_CHARS = 320, 400
MOST_AROUND = 180
"""A longer message is cut to what asks in it, a Chinese character as three."""
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；\n])")
_CLAUSE = re.compile(r"(?<=,)\s+|(?<=，)|\b(?:anyway|btw|by the way)\b")
_PARTS = re.compile(r"[?？;；,，。]|[.!](?=\s|$)|\b(?:and|n|plus|also)\b|另外|还有|以及")
_OWN = re.compile(r"\b(?:i|my|mine|me|we|our)\b|[我咱]", re.I)
_OF_OTHERS = re.compile(r"\b(?:he|she|they|his|her|their)\b|[他她]", re.I)
_ADVICE = re.compile(
    r"\b(?:should|do|can|must|would|could) (?:i|we|you)\b(?! (?:have|own|know|like|live|work|call)\b)", re.I
)
_NAMED = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
MAY_BE_RETOLD = frozenset({"ask", "follow_up"})
ASKS = 0.6
"""How sure the classifier must be that something is asked which was never told, for that to be said."""
_OF_SEVERAL = ("ask_list", "ask_count", "summary")
_OF_MEMORY = frozenset({"ask", "follow_up", "summary", "about_me", "provenance"})


def asks_what_was_told(reading: Reading, before: Sequence[Message], hits: Sequence[Hit]) -> bool:
    """Whether a message asks for what was told: one that follows another, if that did; and any that names only what was."""
    if reading.act == "ask":
        return not _asks_the_world(reading.text, hits)
    if reading.act not in MAY_BE_RETOLD:
        return False
    last = before[-1] if before else None
    if last is not None and last.role == "assistant" and _act_of(last) in _OF_MEMORY:
        return True
    return bool(hits) and hits[0].score >= NAMED and covered(reading.text, hits[0].memory.text) >= ALL_NAMED


def _asks_the_world(text: str, hits: Sequence[Hit]) -> bool:
    """Whether what sounds like a question about what was told is none: it asks what to do, or of a name that no note near has.
    "What temperature should I bake salmon at?", "In one sentence, who was Marie Curie?" """
    if hits and hits[0].score >= NAMED:
        return False
    own = _ADVICE.sub(" ", text)
    if _OWN.search(own) or _OF_OTHERS.search(own) or not is_question(text):
        return False
    names = _NAMED.findall(text)
    near = "\n".join(hit.memory.text for hit in hits).lower()
    return own != text or (len(names) > 0 and not any(name.lower() in near for name in names))


def _act_of(reply: Message) -> str | None:
    return json.loads(reply.plan).get("act") if reply.plan else None


def questions_in(text: str) -> Sequence[str]:
    """The questions of a message, each to be looked up by itself: "which car do I drive, and where do I live?"."""
    text = _asking(text)
    parts: list[str] = []
    for part in filter(None, map(str.strip, _PARTS.split(text[:MOST_ASKED_CHARS]))):
        if is_question(part) or not parts:
            parts.append(part)
        else:
            parts[-1] = f"{parts[-1]}, {part}"
    if len(parts) < 2 or not all(map(is_question, parts)):
        return (text,)
    whole = [part for part in parts if topics(part)]
    if len(whole) < 2:
        return (text,)
    return [whole[0], *(f"{whole[0]} {part}" if _OF_OTHERS.search(part) else part for part in whole[1:])]


def _asking(text: str) -> str:
    """Of a long message the sentences that ask, of a long sentence the clauses: what else it tells is not looked up."""
    for cut, most in ((_SENTENCE, MOST_AROUND), (_CLAUSE, MOST_AROUND)):
        if len(text) + 2 * len(CJK.findall(text)) <= most:
            return text
        asking = [part.strip() for part in cut.split(text) if part and is_question(part)]
        text = " ".join(asking) or text
    return text


def retell(
    reading: Reading,
    asked: Sequence[tuple[str, Sequence[Hit]]],
    user: str,
    *,
    alone: bool = True,
    life: Sequence[Line] = (),
    people: Collection[str] = (),
) -> Answer | None:
    """Each question, put in full, with the notes found for it, best first; `people` are the words that name somebody in it.
    `None` where they are not the user's own telling alone, or nothing answers and the model may know more: it has read the talk
    before (not `alone`)."""
    lists = next(iter(classify(reading.text))) in _OF_SEVERAL
    near, most = (NEAR_OF_LIST, MOST_OF_LIST) if lists else (NEAR, MOST)
    best: dict[str, Hit] = {}
    follows = reading.act == "follow_up"
    sure = any_near = False
    for question, hits in asked:
        told = _told(hits, life, reading.text)
        if any(hit.memory.kind == "document" or hit.memory.speaker not in (None, user) for hit in told[:MOST]):
            return None
        if not told:
            continue
        share = covered(reading.text if follows else question, told[0].memory.text)
        likely = told[0].score >= SURE or share >= COVERED
        about = max(
            told[:3], key=partial(_covered_by, reading.text if follows else question)
        )  # of equals the likeliest
        sure = sure or (likely and has_what_is_asked(reading.text if follows else question, about.memory.text))
        any_near = any_near or told[0].score >= NEAREST or share > 0
        best |= {hit.memory.id: hit for hit in told[:most] if hit.score >= near * told[0].score}
    if (follows or not alone) and not sure and not finds("asks_if_me", reading.text):
        return None
    if not sure and (fitting := _of_themes(reading.text, life)):
        return _answer(fitting, reading, [reading.text], life, sure=True, lists=lists and len(fitting) > 1)
    if not any_near:
        return Answer(say("not_told", reading.language)) if _asks_of_oneself(reading.text) else None
    if not sure:
        best = dict(list(best.items())[:MOST])
    one = len(asked) == 1 or _names_only_once([question for question, _ in asked])
    one = one and not lists and not finds("asks_of_before", reading.text)
    if one and (newest := latest(reading.text, best, life, people)):
        best = {memory.id: best.get(memory.id) or as_hit(memory) for memory in newest}
        sure = sure or finds("asks_still", reading.text)
    if not lists and (linked := _linked(best, life, reading.text)):
        best[linked.id] = as_hit(linked)
    lists = lists and sure and len(best) > 1
    return _answer(list(best.values()), reading, [question for question, _ in asked], life, sure=sure, lists=lists)


def _names_only_once(questions: Sequence[str]) -> bool:
    """Whether only the first of several questions names anything: "what night do we play and what time"."""
    first, *more = [set[str]().union(*topics(question)) for question in questions]
    return all(words <= first for words in more)


def _answer(
    best: Sequence[Hit], reading: Reading, questions: Sequence[str], life: Sequence[Line], *, sure: bool, lists: bool
) -> Answer:
    shown = sorted(best, key=lambda hit: hit.memory.occurred_at, reverse=not lists)
    words = stemming.words(" ".join(questions))
    said = shown
    if not (finds("asks_of_before", reading.text) or finds("asks_still", reading.text)):
        said = [replace(hit, memory=replace(hit.memory, text=still_said(hit.memory, life))) for hit in shown]
    begin = [] if sure else [say("nearest", reading.language)]
    if sure and not lists and finds("asks_still", reading.text) and _says_it_ended(said[0], words):
        begin = [say("no_more", reading.language)]
    return Answer("\n".join([*begin, *_lines(said, reading, words, lists=lists)]), recalled=shown)


def _says_it_ended(hit: Hit, words: Sequence[str]) -> bool:
    """Whether a sentence of a note names what is asked about, and says that it ended."""
    ended = joined("life_ended")
    return any(ended.search(one) and set(words) & set(stemming.words(one)) for one in sentences(hit.memory.text))


def _linked(best: Mapping[str, Hit], life: Sequence[Line], question: str) -> Memory | None:
    """What was told of somebody or something that the best note names, and has what is asked besides: "Kay cannot come." beside
    "My new neighbour is Kay, from Oslo." for "Where is the one from who cannot come?"."""
    if not finds("asks_of_one", question):
        return None
    held = words_of_notes(life)
    first = next(iter(best))
    rest = set(stemming.words(question)) - held.get(first, frozenset())
    counts = Counter(word for words in held.values() for word in words)
    links = {word for word in held.get(first, frozenset()) if 2 <= counts[word] <= FEW}
    near = [(len(rest & held[line.memory.id]), number, line) for number, line in enumerate(life) if links & line.words]
    near = [one for one in near if one[2].memory.id not in best]
    return max(near, key=lambda one: one[:2])[2].memory if near else None


def _of_themes(question: str, life: Sequence[Line]) -> Sequence[Hit]:
    """What still holds of the part of the user's life that a question names, in their own words; at most MOST + 1."""
    themes = themes_asked(question) or themes_in(question)
    if not themes or not _OWN.search(question) or _OF_OTHERS.search(question):
        return ()
    if any(relation.search(question) for relation in each("relation")):
        return ()
    words = set(stemming.words(question))
    whether = bool(themes_asked(question) or finds("asks_whether", question) or finds("asks_still", question))
    near = [
        (len(words & line.words), number, line)
        for number, line in enumerate(life)
        if line.mine and any(line.holds(theme) for theme in themes) and not quotes_somebody(line.text)
    ]
    near = [one for one in near if whether or one[0]]
    best = sorted(near, key=lambda one: (min(one[0], 2), one[1]), reverse=True)[: MOST + 1]
    return list({line.memory.id: as_hit(line.memory) for _, _, line in best}.values())


def _asks_of_oneself(text: str) -> bool:
    chances = classify(text)
    return asks_about_self(text) and sum(chances[name] for name in chances if name.startswith("ask")) >= ASKS


def _told(hits: Sequence[Hit], life: Sequence[Line], question: str) -> Sequence[Hit]:
    """What states something, the likeliest first; what seems to tell nothing of one's life, or what no longer holds, behind."""
    by_memory: dict[str, list[Line]] = {}
    past = finds("asks_of_before", question)
    themes = themes_in(question) | themes_asked(question)
    for line in life:
        by_memory.setdefault(line.memory.id, []).append(line)

    def weight(memory: Memory) -> float:
        lines = by_memory.get(memory.id, [])
        if life and memory.kind in BY_THE_USER and not lines:
            return UNTOLD
        return _weight(memory.text) * (
            GONE if lines and not past and all(line.past or themes & line.gone for line in lines) else 1
        )

    weighed = [replace(hit, score=weight(hit.memory) * hit.score) for hit in hits]
    return sorted((hit for hit in weighed if states(hit.memory)), key=lambda hit: -hit.score)


def _weight(text: str) -> float:
    if not tells(text):
        return UNTOLD
    return ASKED if is_question(text) or joined("talk_request").search(text) else 1.0


def _lines(shown: Sequence[Hit], reading: Reading, words: Sequence[str], *, lists: bool) -> Sequence[str]:
    zone = reading.at.tzinfo
    said = [(_day(hit.memory, reading), retold(hit.memory, zone, words, MOST_CHARS)) for hit in shown]
    if lists:
        return [say("told_of_it", reading.language), *(f"- {day}: {what}" for day, what in said)]
    names = ["told_on", *["told_before"] * (len(said) - 1)]
    return [say(name, reading.language, date=day, what=what) for name, (day, what) in zip(names, said, strict=True)]


def covered(question: str, text: str) -> float:
    """The share of what a question names, in [0, 1], that a text has."""
    named = set[str]().union(*topics(question))
    return len(named & set(stemming.words(text))) / len(named) if named else 0.0


def share_of_best(question: str, hits: Sequence[Hit]) -> float:
    return covered(question, hits[0].memory.text) if hits else 0.0


def _covered_by(question: str, hit: Hit) -> float:
    return covered(question, hit.memory.text)


def _day(memory: Memory, reading: Reading) -> str:
    return short_date(memory.occurred_at, reading.language, reading.at.tzinfo)
