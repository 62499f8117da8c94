"""How things are now with the user: where they live, what they do, whom they have. Asked for that, the sentences that still hold
answer, and not what was told before; asked whether something still holds that does not, it says no.

Covers the themes of `life.py`. A question about somebody else, or about the past, is left to `retelling.py`.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.talk.answer import Answer, Asked
from assistant.talk.life import ONE_AT_A_TIME, Line, finds, life_of, people_named, themes_asked, themes_in
from assistant.talk.quoting import as_hit
from assistant.talk.texts import say
from assistant.talk.topics import topics
from memory.language.lexicon import each, joined
from memory.language.text import CJK
from prompts.wording import short_date

ACTS = frozenset({"ask", "follow_up"})
MOST, MOST_OF_LIST = 2, 8
MOST_CHARS = 240
_OF_OTHERS = re.compile(r"\b(?:he|she|they|his|her|their|hers)\b|[他她]", re.I)
_CLOSE = ("family", "pets")
_PLACES = frozenset({"home", "work", "study"})


def current(asked: Asked) -> Answer | None:
    """`None` where the question is of something else, or nothing that was told answers it."""
    text = asked.text
    if not asked.recalls or asked.reading.act not in ACTS or finds("asks_of_before", text):
        return None
    themes = themes_asked(text)
    if not themes or _OF_OTHERS.search(text) or (people_named(text, asked.facts) and not finds("asks_whether", text)):
        return None
    if not themes & {"family", "pets", "love"} and any(one.search(text) for one in each("relation")):
        return None
    life = life_of(asked)
    fitting = {theme: _of(theme, life) for theme in themes}
    shown = list({id(line): line for found in fitting.values() for line in found}.values())
    if not shown:
        return None
    if finds("asks_whether", text):
        return _no(asked, life, shown, themes)
    return _told(asked, life, shown, lists=not themes & set(ONE_AT_A_TIME))


def _of(theme: str, life: Sequence[Line]) -> Sequence[Line]:
    """The sentences of a theme that hold, those that tell most of it last."""
    found = [line for line in life if line.holds(theme) and (line.mine or (theme in _CLOSE and line.close))]
    if theme not in ONE_AT_A_TIME:
        return found[-MOST_OF_LIST:]
    brings = joined(ONE_AT_A_TIME[theme])

    def worth(line: Line) -> int:
        """What is heard of it and told in its words is surest; heard alone, it may be misheard."""
        in_words = theme in themes_in(line.text)
        return bool(brings.search(line.text)) + in_words + 2 * (in_words and theme in line.heard)

    numbered = sorted(enumerate(found), key=lambda one: (worth(one[1]), one[0]))
    return [line for _, line in numbered[-MOST:]][::-1]


def _no(asked: Asked, life: Sequence[Line], shown: Sequence[Line], themes: frozenset[str]) -> Answer | None:
    """That something no longer holds: it is named in the question and in what is past, and not in what is told now. Where it was
    never told, how things are is said."""
    named = set[str]().union(*topics(asked.text))
    if any(named & line.words and not finds("life_ended", line.text) for line in shown):
        return None
    past = [line for line in life if line.past and themes & line.gone and named & line.words]
    if not past and not (named and themes <= _PLACES):
        return None
    told = _told(asked, life, shown[:1], lists=False)
    return Answer(f"{say('no_more', asked.language)}\n{told.text}", recalled=told.recalled) if past else told


def _told(asked: Asked, life: Sequence[Line], shown: Sequence[Line], *, lists: bool) -> Answer:
    said = [(short_date(line.memory.occurred_at, asked.language, asked.reading.at.tzinfo), line) for line in shown]
    if lists and len(said) > 1:
        head = [say("told_of_it", asked.language)]
        lines = [*head, *(f"- {line.said(asked, MOST_CHARS)}" for _, line in said)]
    else:
        whole = list({line.memory.id: (day, _whole(line, life)) for day, line in said}.values())
        lines = [say("told_on", asked.language, date=day, what=line.said(asked, MOST_CHARS)) for day, line in whole]
    return Answer("\n".join(lines), recalled=list({line.memory.id: as_hit(line.memory) for line in shown}.values()))


def _whole(line: Line, life: Sequence[Line]) -> Line:
    """What the message says beside a sentence of it and still holds, too, if that is not long."""
    beside = [one for one in life if one.memory.id == line.memory.id and not one.past and one.mine == line.mine]
    text = ("" if CJK.search(line.text) else " ").join(one.text for one in beside)
    return replace(line, text=text) if len(text) <= MOST_CHARS else line
