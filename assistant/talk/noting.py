"""What is told is said back in the second person: remembered, corrected, kept private, taken back."""

import re
from collections.abc import Sequence

from assistant.talk.answer import Answer, Asked, Hands, Said
from assistant.talk.fact_sentences import sentence
from assistant.talk.quoting import passage
from assistant.talk.recounting import told_by
from assistant.talk.second_person import second_person
from assistant.talk.statements import told_last
from assistant.talk.texts import say
from assistant.talk.topics import about, topics
from memory.language import acts
from memory.language.lexicon import joined
from memory.language.reading import Language
from memory.language.text import is_question
from memory.types import Fact, Message

MOST_CHARS = 240
MOST_WORDS, MOST_VALUE_CHARS = 4, 30
"""What is longer is no value to take the place of another: "No, Lisbon." is."""
UNDO = "undo"
"""The name of what is pending: the message that is to be taken back."""
_SAYS_ONLY_WRONG = {
    "wrong",
    "incorrect",
    "mistak",
    "correct",
    "true",
    "no",
    "nope",
    "不对",
    "错",
    "错误",
    "不是",
    "搞错",
    "弄错",
    "记错",
}


def remember(asked: Asked) -> Answer | None:
    if asked.hands is None or not asked.remembers:
        return None
    return Answer(say("noted", asked.language, what=said_back(asked)))


def correct(asked: Asked) -> Answer | None:
    """What was learned from the last telling gets the value that is given instead; anything else is remembered, like whatever is
    told, and comes after what it corrects."""
    hands = asked.hands
    named = set[str]().union(*topics(asked.text)) - _SAYS_ONLY_WRONG
    if hands is None or not asked.remembers or not named:
        return None  # "that's wrong", and nothing else: the model asks what is right
    if not asked.before and not any(about(frozenset({word}), told_by(asked)) for word in named):
        return None  # nothing that was told is of that: "It's about trust, not money."
    return Answer(deed=lambda _: Said(_corrected(asked, hands)))


def _corrected(asked: Asked, hands: Hands) -> str:
    value = said_back(asked).strip(" .!。！")
    last = told_last(asked.before)
    facts = [fact for fact in hands.profile.learned_from(last.id) if fact.status == "active"] if last else []
    if len(facts) != 1 or len(value.split()) > MOST_WORDS or len(value) > MOST_VALUE_CHARS:
        return say("noted", asked.language, what=said_back(asked))
    return say("corrected", asked.language, what=sentence(hands.profile.edit(facts[0].id, value), asked.language))


def learned(facts: Sequence[Fact], language: Language) -> str:
    """What a message changed in the profile: "Noted: you live in Porto. No longer: Lisbon." "" if nothing."""
    active = [fact for fact in facts if fact.status == "active"]
    now = [sentence(fact, language) for fact in active]
    held = {fact.value.casefold() for fact in active}
    over = list(dict.fromkeys(fact.value for fact in facts if fact not in active and fact.value.casefold() not in held))
    gap = "" if language == "zh" else " "
    said = [say("noted", language, what=gap.join(now))] if now else []
    said += [say("no_longer", language, what=say("and", language).join(over))] if over else []
    return gap.join(said)


_ACKNOWLEDGES = re.compile(
    r"\byou|\bnoted\b|got it|congrat|sorry|good to|thanks|thank you|glad|great|wonderful|lovely|nice|hope|understood"
    r"|[你您]|恭喜|记|好的|明白|太好|真"
    r"|辛苦|抱歉|祝",
    re.I,
)
_AGREES = re.compile(r"^\s*(?:yes|yeah|yep|right|correct|indeed)[,.!]\s+|^\s*(?:是的|对的?|没错)[，。！]", re.I)


def acknowledged(sentence: str, language: Language) -> str:
    """The first sentence of a reply to a telling: not the telling itself, agreed to.
    "Yes, Ana is ill." is "Noted. Ana is ill." """
    if _ACKNOWLEDGES.search(sentence):
        return sentence
    bare = _AGREES.sub("", sentence, count=1).lstrip()
    return f"{say('noted_it', language)}{bare[:1].upper()}{bare[1:]}"


def said_back(asked: Asked) -> str:
    """The message without its command, in the second person, at most MOST_CHARS long."""
    text = " ".join(joined("talk_lead_in").sub("", asked.reading.hidden).split())
    text = text if len(text) <= MOST_CHARS else text[: MOST_CHARS - 1] + "…"
    return second_person(text[:1].lower() + text[1:] if text[:2] in ("My", "I ", "We", "I'") else text, asked.language)


def private(asked: Asked) -> Answer | None:
    """Kept out of memory, profile and title. "Don't save that", and no more, is about what was said before."""
    hands = asked.hands
    if hands is not None and joined("talk_that_before").search(asked.text):
        return Answer(deed=lambda _: _unsaid(asked, hands))
    if is_question(asked.text):
        return None  # the model answers, and nothing is kept
    return Answer(say("private", asked.language))


def _unsaid(asked: Asked, hands: Hands) -> Said:
    last = told_last(asked.before)
    if last is None:
        return Said(say("private", asked.language))
    hands.conversations.forget(last.id)
    return Said(say("private_before", asked.language))


def undo(asked: Asked) -> Answer | None:
    """Takes back what the last message of this talk told: its facts are denied, its memory goes. What only the classifier takes
    for that is asked about first."""
    if asked.hands is None:
        return None
    last = _told_last(asked.before)
    if last is None or acts.is_only(asked.text, "act_undo"):
        return undone(asked)
    quote = say("undo_which", asked.language, quote=passage(last.text, most=MOST_CHARS))
    return Answer(deed=lambda _: Said(quote, {UNDO: [last.id]}))


def undone(asked: Asked) -> Answer | None:
    """A "yes" takes back what was told before the question."""
    hands = asked.hands
    return None if hands is None else Answer(deed=lambda _: _undone(asked, hands))


def _told_last(before: Sequence[Message]) -> Message | None:
    """The last telling, but for the message that was asked about."""
    return told_last(before, {message.parent_id or "" for message in before if message.plan and UNDO in message.plan})


def _undone(asked: Asked, hands: Hands) -> Said:
    last = _told_last(asked.before)
    if last is None:
        return Said(say("undo_nothing", asked.language))
    facts = hands.profile.learned_from(last.id)
    changed = hands.profile.undo(facts[0].change_id) if facts and facts[0].change_id else ()
    gone = _forget_memory_of(hands, last)
    if not changed and not gone:
        return Said(say("undo_nothing", asked.language))
    return Said(say("undone", asked.language))


def _forget_memory_of(hands: Hands, message: Message) -> bool:
    for memory in hands.memories.list(50, conversation_id=message.conversation_id):
        if memory.message_id == message.id:
            hands.memories.forget(memory.id)
            return True
    return False
