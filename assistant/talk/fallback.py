"""What is said when nothing of a model's reply may be shown: what the user told, in their words, or that there is nothing."""

from assistant.plan import Plan
from assistant.talk.quoting import quoted, states
from assistant.talk.second_person import second_person
from assistant.talk.statements import stated
from assistant.talk.texts import say
from memory.language.text import is_question

SURE = 0.15
"""A memory less likely to matter than this answers nothing."""
MOST_CHARS = 240


def fallback(plan: Plan) -> str:
    reading, language = plan.reading, plan.reading.language
    asks = is_question(reading.text)
    best = next((hit for hit in plan.prompt.recalled if hit.score >= SURE and states(hit.memory)), None)
    if asks and best is not None:
        return quoted(best.memory, plan.material.user, language, reading.at.tzinfo)
    told = stated(reading.text)
    if told and not asks:
        return say("noted", language, what=second_person(told[:MOST_CHARS], language))
    return say("not_told" if asks else "no_words", language)
