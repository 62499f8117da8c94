"""What the user said, in their words and with the day: never wrong, so it is what answers where a model may not."""

import re
from collections.abc import Sequence
from datetime import tzinfo

from assistant.talk.second_person import second_person
from assistant.talk.texts import say
from memory.language.lexicon import joined
from memory.language.reading import Language
from memory.language.text import is_chinese, is_question
from memory.types import Hit, Memory
from prompts.wording import dated, short_date

MOST_CHARS = 300
"""Of one quotation; a longer text is shown around what was asked for."""
_TO_YOU = re.compile(r"\b(?:you|your|yours|yourself|let me|u|ur)\b", re.I)
_TO_YOU_ZH = re.compile(r"[你您]")
_ENGLISH_SELF = re.compile(r"\b(?:I|I'm|my|me)\b")


def quoted(memory: Memory, user: str, language: Language, zone: tzinfo | None, words: Sequence[str] = ()) -> str:
    """A memory as a sentence: "On 12 November 2026 you said: “…”", with what "tomorrow" in it was."""
    name = "said_on" if memory.speaker in (None, user) and memory.kind != "document" else "noted_on"
    text = dated(passage(memory.text, words), memory.occurred_at, zone)
    day = short_date(memory.occurred_at, language, zone)
    return say(name, language, date=day, quote=text)


def retold(memory: Memory, zone: tzinfo | None, words: Sequence[str] = (), most: int = MOST_CHARS) -> str:
    """What a memory says, in the second person, of a long one the part around `words`; between quotation marks and as it was
    said where turning it would make it wrong: a question, what is said to the assistant, two languages in one."""
    own = joined("talk_lead_in").sub("", memory.text, count=1)
    text = passage(dated(own, memory.occurred_at, zone), words, most)
    chinese = is_chinese(own)
    mixed = chinese and _ENGLISH_SELF.search(own)
    if mixed or is_question(own) or (_TO_YOU_ZH if chinese else _TO_YOU).search(own):
        return f"“{text}”"
    return second_person(text, "zh" if chinese else "en")


def told_on(memory: Memory, language: Language, zone: tzinfo | None, words: Sequence[str] = ()) -> str:
    """A memory in the second person with its day: "On 12 November 2026 you told me: …"."""
    day = short_date(memory.occurred_at, language, zone)
    return say("told_on", language, date=day, what=retold(memory, zone, words))


def passage(text: str, words: Sequence[str] = (), most: int = MOST_CHARS) -> str:
    """`text` on one line, of a long one the part around the first of `words`."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    folded = line.casefold()
    found = [at for word in words if (at := folded.find(word.casefold())) >= 0]
    begin = max(0, min(found, default=0) - most // 3)
    cut = line[begin : begin + most - 2].strip()
    return ("…" if begin else "") + cut + ("…" if begin + most - 2 < len(line) else "")


def states(memory: Memory) -> bool:
    """Whether a memory says something, rather than asks."""
    return not (is_question(memory.text) or joined("asks_unmarked").search(memory.text)) or len(memory.text) > 120


def as_hit(memory: Memory) -> Hit:
    return Hit(memory, 1.0)
