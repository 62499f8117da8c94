"""Forgetting by words: what is meant is found, erased for good with all that was made from it, and counted.

Where the words name it ("forget what I said about my knee") it is done at once; where it was found in another way (a day, the
last thing said) too, as that is certain. More than MOST_AT_ONCE memories, and what only the classifier takes for a command, are
shown first, and a "yes" forgets them; everything at once has a page of its own.
"""

import logging
import re
from collections.abc import Sequence

from assistant.talk import follow_ups
from assistant.talk.acts.classifier import classify
from assistant.talk.answer import Answer, Asked, Hands, Pending, Said
from assistant.talk.quoting import as_hit, passage
from assistant.talk.statements import told_last
from assistant.talk.texts import say
from assistant.talk.topics import about, facts_about, named_in, names, points_back, topics, wholly_about
from memory.errors import NotFound
from memory.language import acts, stemming
from memory.language.acts import means_everything
from memory.language.lexicon import joined
from memory.language.reading import Language
from memory.memories import BY_THE_USER
from memory.types import Fact, Memory, Message
from prompts.wording import short_date

log = logging.getLogger("zhiji.talk")

MOST_AT_ONCE = 8
LOOKED_AT = 20_000
CERTAIN, NAMED = 0.9, 0.5
"""How sure the classifier must be of a command, and of one whose every word the memories have."""
MOST_OF_A_REASON = 60
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
MOST_SHOWN = 10
_LISTED = re.compile(r"、| and |和|跟|,(?=\s*[A-Z])")
_KEPT_AS = re.compile(r"\b(?:entry|entries|records?|notes?|matter|business|stuff|thing|memory|memories)\b", re.I)
_LEADING = re.compile(r"^\W*(?:and|n|also|plus)\b", re.I)
_GOES_ON = re.compile(
    r"\b(?:he|she|him|her|his|it|they|them|that|this|the (?:man|woman|guy|lady|boy|girl|thing|place|lot))\b"
    r"|[他她它这]|那(?:个|人|事)",
    re.I,
)
"""A sentence with one of these speaks of what the sentence before it named."""
FORGET, FACTS = "forget", "facts"
"""The names of what is pending: memories and facts."""


def forget(asked: Asked) -> Answer | None:
    if means_everything(asked.text):
        return Answer(say("forget_everything", asked.language))
    hands = asked.hands
    if hands is None or not asked.recalls:
        return None
    return Answer(deed=lambda said: _forget(asked, hands, said))


def confirmed(asked: Asked, pending: Pending) -> Answer | None:
    """A "yes" to what was shown."""
    hands = asked.hands
    if hands is None:
        return None

    def deed(_: Message) -> Said:
        ids, fact_ids = set(pending[FORGET]), set(pending.get(FACTS, ()))
        there = [memory for memory in hands.memories.list(LOOKED_AT, kinds=BY_THE_USER) if memory.id in ids]
        facts = [fact for fact in (*asked.facts, *hands.profile.past()) if fact.id in fact_ids]
        shown = asked.before[-1].id
        done = _erase(hands, there, facts, asked.language)
        hands.conversations.forget(shown)  # it quotes them
        return done

    return Answer(deed=deed)


def _forget(asked: Asked, hands: Hands, said: Message) -> Said:
    meant, facts, sure = _meant(asked, hands, said, _object(asked.text))
    if not meant and not facts:
        meant, facts, sure = *_unwrapped(asked, hands, said), False
    if not meant and not facts:
        return Said(say("forgotten_nothing" if topics(asked.text) else "forget_what", asked.language))
    if len(meant) + len(facts) > MOST_AT_ONCE or not (sure and _says_so(asked, hands, meant)):
        lines = "\n".join(f"- {_line(memory, asked)}" for memory in meant[:MOST_SHOWN])
        lines += "".join(f"\n- {fact.value}" for fact in facts[:MOST_SHOWN])
        left = len(meant[MOST_SHOWN:]) + len(facts[MOST_SHOWN:])
        lines += "\n" + say("and_more", asked.language, number=left) if left else ""
        pending = {FORGET: [memory.id for memory in meant], FACTS: [fact.id for fact in facts]}
        text = say("forget_which", asked.language, list=lines.strip())
        return Said(text, pending, [as_hit(memory) for memory in meant], facts)
    return _erase(hands, meant, facts, asked.language)


def _says_so(asked: Asked, hands: Hands, meant: Sequence[Memory]) -> bool:
    """Whether the message is a command beyond doubt, and what it means holds nothing else that would go with it."""
    if not _is_command(asked.text) or any(_holds_more(asked, hands, memory) for memory in meant):
        return False
    if acts.command(asked.text, "act_forget") or goes_on(asked.text, asked.before):
        return True
    named = all(topic_of(asked, memory.text) for memory in meant)
    return classify(asked.text).get("command_forget", 0.0) >= (NAMED if named else CERTAIN) and (
        named or len(meant) == 1
    )


def topic_of(asked: Asked, text: str) -> bool:
    """Whether a text has all the words of one of the things that a message names."""
    return any(named_in(text, topic) for topic in topics(_object(asked.text), asked.reading.spans))


def _object(text: str) -> str:
    """What is to be forgotten, without the words for what it stands in: "the passport entry"."""
    return _KEPT_AS.sub(" ", acts.command(text, "act_forget") or text)


def goes_on(text: str, before: Sequence[Message]) -> bool:
    """Whether a message goes on with what was just forgotten: "and everything about Fiona too"."""
    return acts.is_only(text) and follow_ups.goes_on(text, before, "forget")


def _is_command(text: str) -> bool:
    """One sentence, or a command with a short reason after it: "Delete the flat. It is sold."."""
    if acts.is_only(text):
        return True
    first, *rest = [one.strip() for one in _SENTENCE.findall(text) if one.strip()]
    if not rest or sum(map(len, rest)) > MOST_OF_A_REASON or any(one.endswith(("?", "？")) for one in rest):
        return False
    return acts.is_only(first) and (acts.act_of(first) == "forget" or _sounds(first) >= CERTAIN)


def _sounds(text: str) -> float:
    return classify(text).get("command_forget", 0.0)


def _holds_more(asked: Asked, hands: Hands, memory: Memory) -> bool:
    """Whether something was learned from another sentence of a memory than those that the command names, or of one of a list."""
    facts = hands.profile.learned_from(memory.message_id) if memory.message_id else ()
    wanted = topics(_object(asked.text), asked.reading.spans)
    named = [fact for topic in wanted for fact in facts_about(topic, facts)]
    about_it = [one for one in _SENTENCE.findall(memory.text) if any(named_in(one, topic) for topic in wanted)]
    about_it += [one for one in _SENTENCE.findall(memory.text) if about_it and _GOES_ON.search(one)]
    listed = [fact for fact in facts if any(named_in(fact.value, topic) for topic in wanted)]
    if any(_LISTED.search(fact.value) for fact in listed):
        return True
    return any(fact not in named and not any(_words_in(fact.value, one) for one in about_it) for fact in facts)


def _words_in(value: str, sentence: str) -> bool:
    """Whether a sentence says what a fact holds."""
    return value.casefold() in sentence.casefold() or set(stemming.words(value)) <= set(stemming.words(sentence))


def _unwrapped(asked: Asked, hands: Hands, said: Message) -> tuple[Sequence[Memory], Sequence[Fact]]:
    """What may be meant by more of the message, and less of its wording: "Take Ruth out. All of her.", "That row with Tom. Remove
    it. The party can stay." Never sure."""
    whole = joined("forget_fillers").sub(" ", joined("talk_stays").sub(" ", asked.text))
    mine = [memory for memory in hands.memories.list(LOOKED_AT, kinds=BY_THE_USER) if memory.message_id != said.id]
    named = [(topic, wholly_about(topic, mine)) for topic in topics(whole, asked.reading.spans)]
    found = [memory for _, held in named for memory in held] or [
        memory for topic, _ in named for memory in about(topic, mine)
    ]
    facts = [
        fact for topic, held in named if held for fact in facts_about(topic, (*asked.facts, *hands.profile.past()))
    ]
    return list({one.id: one for one in found}.values()), list({fact.id: fact for fact in facts}.values())


def _meant(asked: Asked, hands: Hands, said: Message, object_: str) -> tuple[Sequence[Memory], Sequence[Fact], bool]:
    """The memories and facts that are meant, and whether the words leave no doubt of it: one thing is named, by all its words,
    with capitals where it has them."""
    mine = [memory for memory in hands.memories.list(LOOKED_AT, kinds=BY_THE_USER) if memory.message_id != said.id]
    spans = [span for span in asked.reading.spans if span.phrase in object_]
    about_it = topics(object_, spans)
    past = [span for span in spans if span.start <= asked.reading.at]
    if past:
        mine = [memory for memory in mine if any(span.start <= memory.occurred_at < span.end for span in past)]
        if not about_it:
            return mine, (), True
    if not about_it:
        return (_just_before(asked, mine) if points_back(object_) else ()), (), True
    meant: dict[str, Memory] = {}
    facts: dict[str, Fact] = {}
    for topic in about_it:
        meant |= {memory.id: memory for memory in about(topic, mine)}
        facts |= {fact.id: fact for fact in facts_about(topic, (*asked.facts, *hands.profile.past()))}
    sure = all(any(names(object_, topic, memory.text) for topic in about_it) for memory in meant.values())
    return list(meant.values()), list(facts.values()), sure and not joined("talk_but").search(_LEADING.sub("", object_))


def _just_before(asked: Asked, mine: Sequence[Memory]) -> Sequence[Memory]:
    """What the user told last in this talk, if that is remembered."""
    last = told_last(asked.before)
    return [memory for memory in mine if last is not None and memory.message_id == last.id]


def _erase(hands: Hands, meant: Sequence[Memory], facts: Sequence[Fact], language: Language) -> Said:
    gone = 0
    for memory in meant:
        try:
            hands.memories.forget(memory.id)
            gone += 1
        except NotFound:  # it went with another
            gone += 1
    erased = 0
    for fact in facts:
        try:
            hands.profile.forget(fact.id)
            erased += 1
        except NotFound:  # it went with the message it was learned from
            erased += 1
    counts = [("count_memories", gone), ("count_facts", erased)]
    what = say("and", language).join(say(name, language, number=number) for name, number in counts if number)
    if not what:
        return Said(say("forgotten_nothing", language))
    log.info("forgotten by words: %d memories, %d facts", gone, erased)
    return Said(say("forgotten", language, what=what))


def _line(memory: Memory, asked: Asked) -> str:
    day = short_date(memory.occurred_at, asked.language, asked.reading.at.tzinfo)
    return f"{day}: “{passage(memory.text, most=100)}”"
