"""What was said, in another form: the last reply shorter or as a list, a time or a measure as the person writes it."""

from assistant.talk.answer import Answer, Asked
from assistant.talk.shaping import Shape, reworked, shape_for
from assistant.talk.shaping.shaper import plain, sentences_of
from assistant.talk.shaping.table import finds


def rework(asked: Asked) -> Answer | None:
    """The last reply in the form that is asked for, if code can give it that; else the model's."""
    last = asked.before[-1].text if asked.before else ""
    text = reworked(asked.text, last, shape_of(asked))
    return Answer(text) if text else None


def in_own_form(asked: Asked) -> Answer | None:
    """A time, a temperature or a measure of the message in the person's own hours and units, if that is asked for."""
    if not (finds("my_form", asked.text) and finds("asks_form", asked.text)):
        return None
    shape = shape_of(asked)
    for said in sentences_of(asked.text):
        if (turned := plain(said, shape)) != said:
            kept = [part.strip() for part in _parts(turned) if not finds("my_form", part)]
            return Answer(", ".join(kept) if asked.language == "en" else "，".join(kept)) if kept else None
    return None


def _parts(sentence: str) -> list[str]:
    return sentence.replace("，", ",").rstrip("?？").split(",")


def shape_of(asked: Asked) -> Shape:
    memories = asked.memories if asked.recalls else None
    facts = asked.facts if asked.recalls else ()
    return shape_for(asked.text, asked.reading.act or "", facts, memories, asked.leave_out)
