"""What is said when nothing of a model's reply may be shown: what the user told, in their words, or that there is nothing."""

from assistant.plan import Plan
from assistant.talk.quoting import quoted, states
from assistant.talk.second_person import second_person
from assistant.talk.statements import stated
from assistant.talk.texts import say
from memory.language import stemming
from memory.language.text import is_question

SURE = 0.15
"""A memory less likely to matter than this answers nothing."""
NEAR = 3
"""Only so many of the best notes are looked at."""
MOST_CHARS = 240


def quotation(plan: Plan) -> str:
    """What the user said that answers best, in their words, if it is likely to or has a word of the question; else ""."""
    reading, said = plan.reading, [message.content for message in plan.material.history if message.role == "user"]
    asked = set(stemming.words("\n".join([*said[-2:], reading.text]) if reading.act == "follow_up" else reading.text))
    for hit in plan.prompt.recalled[:NEAR]:
        if states(hit.memory) and (hit.score >= SURE or asked & set(stemming.words(hit.memory.text))):
            return quoted(hit.memory, plan.material.user, reading.language, reading.at.tzinfo, list(asked))
    return ""


def instead(plan: Plan) -> str:
    """What is told if the model begins by not knowing, or by refusing what was only told it: a note, or that it is noted."""
    if plan.reading.act in ("ask", "follow_up"):
        return quotation(plan)
    return _noted(plan) if plan.reading.act == "tell" else ""


def _noted(plan: Plan) -> str:
    told, language = stated(plan.reading.hidden), plan.reading.language
    return say("noted", language, what=second_person(told[:MOST_CHARS], language)) if told else ""


def fallback(plan: Plan) -> str:
    """Nothing of the reply could be shown."""
    reading, language = plan.reading, plan.reading.language
    asks = reading.act in ("ask", "follow_up") or (reading.act is None and is_question(reading.text))
    if asks and (quote := quotation(plan)):
        return quote
    if not asks and (noted := _noted(plan)):
        return noted
    return say("not_told" if asks else "no_words", language)
