"""What a message states, beside what it asks or wants done."""

from collections.abc import Collection, Sequence

from assistant.talk.acts.classifier import classify
from memory.language import acts
from memory.language.extraction import own_statements
from memory.language.lexicon import joined
from memory.types import Memory, Message

_TELLING = ("tell", "command_correct", "command_remember")
ASKING = ("asks_in_words", "asks_shortly", "asks_unmarked")
"""The patterns of what asks without a question mark."""
LIKELY = 0.6
"""What the classifier takes for no telling with this chance is none, if it does not speak of its speaker."""


def stated(text: str) -> str:
    """The parts of a message that state something: without its questions, requests and greetings."""
    parts = [part.strip() for part in own_statements(text) if len(part.strip()) > 5]
    kept = [part for part in parts if not joined("question").search(part) and not joined("talk_request").search(part)]
    return " ".join(part for part in kept if not any(joined(asks).search(part) for asks in ASKING))


def only_asks(memory: Memory, asking: Collection[str]) -> bool:
    """Whether a note is of a message that was answered as a question (one of `asking`), and states nothing besides: of two
    sentences one may tell."""
    if memory.message_id not in asking:
        return False
    return len(acts.sentences(memory.text)) < 2 or not stated(memory.text)


def told_last(before: Sequence[Message], leave_out: Collection[str] = ()) -> Message | None:
    """The last message that told something, else the last: "I failed the exam." / "Is that bad?" / "Don't save that."."""
    said = [one for one in before if one.role == "user" and one.text and one.id not in leave_out]
    return next((one for one in reversed(said) if stated(one.text)), said[-1] if said else None)


def tells(text: str) -> bool:
    """Whether a message states something of its speaker's life: "Purge the entry." and "Snack for the plane." do not."""
    said = stated(text)
    if not said:
        return False
    act, chance = next(iter(classify(text).items()))
    return act in _TELLING or chance < LIKELY or bool(joined("talk_speaker").search(said))
