"""Which code answers which act. What nobody answers here is the model's."""

import json
from collections.abc import Callable, Mapping, Sequence

from assistant.talk import forgetting, identity, noting, recounting
from assistant.talk.answer import Answer, Asked, Pending
from assistant.talk.texts import say
from memory.language import acts
from memory.language.acts import Act
from memory.language.reading import Reading
from memory.types import Message

ANSWERERS: Mapping[str, Callable[[Asked], Answer | None]] = {
    "who": identity.who,
    "clock": identity.clock,
    "about_me": recounting.about_me,
    "summary": recounting.summary,
    "provenance": recounting.provenance,
    "forget": forgetting.forget,
    "private": noting.private,
    "remember": noting.remember,
    "correct": noting.correct,
    "undo": noting.undo,
}


def act_of(reading: Reading, before: Sequence[Message]) -> Act | None:
    """What a message wants. "No, …" corrects only what was stated: after a question it is an answer."""
    act = acts.act_of(reading.text, private=reading.private)
    if act == "correct" and _answers_a_question(before) and not acts.says_it_corrects(reading.text):
        return None
    return act


def answer(asked: Asked) -> Answer | None:
    pending = waiting(asked.before)
    if forgetting.FORGET in pending:
        if acts.is_yes(asked.text):
            return forgetting.confirmed(asked, pending[forgetting.FORGET])
        if acts.is_no(asked.text):
            return Answer(say("kept", asked.language))
    answerer = ANSWERERS.get(asked.reading.act or "")
    return answerer(asked) if answerer else None


def waiting(before: Sequence[Message]) -> Pending:
    """What the last reply asked about."""
    last = before[-1] if before else None
    if last is None or last.role != "assistant" or not last.plan:
        return {}
    found = json.loads(last.plan).get("pending")
    return found if isinstance(found, dict) else {}


def _answers_a_question(before: Sequence[Message]) -> bool:
    return bool(before) and before[-1].role == "assistant" and before[-1].text.rstrip().endswith(("?", "？"))
