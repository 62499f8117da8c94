"""What is told is said back in the second person: remembered, corrected, kept private, taken back."""

from assistant.talk.answer import Answer, Asked, Hands, Said
from assistant.talk.second_person import second_person
from assistant.talk.texts import say
from assistant.talk.topics import topics
from memory.language.lexicon import joined
from memory.language.text import is_question
from memory.types import Message

MOST_CHARS = 240
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
    """It is remembered like anything told, and comes after what it corrects; what the profile made of it is shown there."""
    if asked.hands is None or not asked.remembers or not (set().union(*topics(asked.text)) - _SAYS_ONLY_WRONG):
        return None  # "that's wrong", and nothing else: the model asks what is right
    return Answer(say("corrected", asked.language, what=said_back(asked)))


def said_back(asked: Asked) -> str:
    """The message without its command, in the second person, at most MOST_CHARS long."""
    text = " ".join(joined("talk_lead_in").sub("", asked.text).split())
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
    told = [message.id for message in asked.before if message.role == "user"]
    if not told:
        return Said(say("private", asked.language))
    hands.conversations.forget(told[-1])
    return Said(say("private_before", asked.language))


def undo(asked: Asked) -> Answer | None:
    """Takes back what the last message of this talk told: its facts are denied, its memory goes."""
    hands = asked.hands
    return None if hands is None else Answer(deed=lambda _: _undone(asked, hands))


def _undone(asked: Asked, hands: Hands) -> Said:
    told = [message for message in asked.before if message.role == "user" and message.text]
    if not told:
        return Said(say("undo_nothing", asked.language))
    last = told[-1]
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
