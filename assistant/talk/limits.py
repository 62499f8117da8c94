"""What must be kept to in one reply: the limits of the profile and of what was told, as far as the request touches them."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from assistant.talk.constraints import Limit, at_the_table, concerns, conflicts, limits_in, limits_of, warning
from assistant.talk.statements import stated
from memory.language.reading import Reading
from memory.memories import Memories
from memory.types import Fact, Memory

MOST = 300
"""Of those that may tell a limit; each takes some 3 ms to read."""
_MAY_TELL = re.compile(
    r"allerg|intoleran|vegan|vegetarian|pescat|coeliac|celiac|gluten|halal|kosher|pregnan|diabet|lactose|cannot|hate|budget"
    r"|can['’]?t (?:eat|have|do|stand)|don['’]?t (?:eat|drink|do|like)|avoid|off (?:meat|sugar|alcohol|dairy|limits)"
    r"|no (?:more )?\w+ for me|no longer"
    r"|过敏|過敏|不吃|不能|不喝|忌|素|清真|孕|糖尿|讨厌|不喜欢|乳糖|戒|预算|不碰|受不了|少碰|不耐",
    re.I,
)


def limits_for(
    reading: Reading, facts: Sequence[Fact], memories: Memories | None, leave_out: Collection[str] = ()
) -> tuple[Limit, ...]:
    """The limits that matter to a message, those it names itself among them."""
    own = limits_in(reading.text)
    suggests = reading.act in ("suggest", "write")
    if memories is None or not (suggests or concerns(reading.text)):
        return at_the_table(reading.text, (*limits_of(facts, ()), *own))
    told = [memory for memory in memories.told() if _may_tell(memory, leave_out)][:MOST]
    known = (*limits_of(facts, told), *own)
    there = at_the_table(reading.text, known)
    if not suggests:
        return there
    return tuple(limit for limit in known if limit.whose is None or limit in there)  # a suggestion may be of anything


def opening(reading: Reading, limits: Sequence[Limit]) -> str:
    """What is to be said before a reply, if the request itself runs into a limit; "" for a message that tells something."""
    if not limits or stated(reading.text):
        return ""
    found = conflicts(reading.text, [limit for limit in limits if limit.kind != "budget"], reading.language)
    return warning(found[0], reading.language) + "\n\n" if found else ""


def _may_tell(memory: Memory, leave_out: Collection[str]) -> bool:
    return memory.message_id not in leave_out and _names_a_limit(memory.text)


@lru_cache(4_096)
def _names_a_limit(text: str) -> bool:
    return bool(_MAY_TELL.search(text))
