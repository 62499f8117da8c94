"""Who Zhiji is, where what is told goes, and what time it is."""

import re

from assistant.talk.answer import Answer, Asked
from assistant.talk.naming import wished
from assistant.talk.texts import say
from memory.language.lexicon import joined
from prompts.wording import long_date

_WHERE = re.compile(
    r"\b(?:data|info|store[ds]?|kept|see|read|access|send|share|sell|upload|leak|private|safe|confidential|secure|online|internet)"
    r"|数据|信息|资料|资訊|存|看到|看见|看|读|泄|洩|传|傳|发|發|安全|隐私|隱私|联网|偷听|资料|記錄|卖|知道(?:我|这)",
    re.I,
)


def who(asked: Asked) -> Answer:
    return Answer(say("where" if _WHERE.search(asked.text) else "who", asked.language))


def clock(asked: Asked) -> Answer:
    at = asked.reading.at
    return Answer(say("clock", asked.language, time=f"{at:%H:%M}", date=long_date(at.date(), asked.language)))


def called(asked: Asked) -> Answer | None:
    """What the person is called, if they ask that and have said it."""
    if not asked.recalls or not joined("talk_called").search(asked.text):
        return None
    wish, _ = wished(asked.memories, asked.leave_out)
    if wish:
        return Answer(say("called", asked.language, who=wish))
    names = [fact for fact in asked.facts if fact.key == "name" and fact.subject == "user"]
    if not names:
        return None
    return Answer(say("called", asked.language, who=names[0].value), facts=names[:1])


def small_talk(asked: Asked) -> Answer | None:
    """A greeting, thanks, a good night, and a kind word for who has a bad day. The small models answer such with an illness or a
    friend from the profile. Any other small talk is the model's, and of a model that greets all of it."""
    if asked.greets:
        return None
    text, language = asked.text, asked.language
    for name in ("night", "thanks", "mood"):
        if joined(f"talk_{name}").search(text):
            return Answer(say(name, language))
    match = joined("talk_greets").search(text)
    if match is None:
        return None
    morning = re.search(r"morn|早", text, re.I)
    later = re.search(r"afternoon|evening|下午|晚上", text, re.I)
    return Answer(say("greets_morning" if morning else "greets_later" if later else "greets", language))
