"""What a person wants to be called: by what they said ("call me Rosa"), else the name of their profile."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from memory.memories import Memories
from memory.types import Fact, Memory

_WISHED = re.compile(
    r"(?:(?i:(?:^|[,.;:!]\s*|\b(?:and|but|so|please|pls|just|can|could|everyone|everybody|people|friends|folks|colleagues|you)\s+)"
    r"(?:call(?:s)?|address) me)|\b(?i:i go by|i['’]m known as)) (?:as |just )?"
    r"(?P<en>(?:(?:Dr|Mr|Mrs|Ms|Miss|Prof)\.? )?[A-Z][\w'’-]+)"
    r"|(?:^|[，。！,.；\s]|你|就|以后|今后|请|都|直接)(?:叫|喊|称呼)我(?:一声|为|作|做)?[“\"]?(?P<zh>(?!什|啥|去|来|回|起|过|吃|帮|怎|的|们|也|不|把|做|一)[\u4e00-\u9fff]{2,3}?)[”\"]?"
    r"(?=就行|就好|就可|吧|就是|即可|得了|好了|行了|[，。！!,.\s]|$)"
    r"|(?:叫|喊|称呼)我(?P<latin>[A-Z][a-z]+)"
)
_PLAIN = re.compile(
    r"(?:^|[,.;:!]\s*|\b(?:just|please|pls|can)\s+)(?i:call me) (?P<en>[a-z]{2,12})\b"
    r"(?! (?:a|an|when|if|back|later|at|on|the|crazy))"
)
_NO_NAMES = frozenset(
    "back later when if tomorrow today crazy old now the a an at on in by for maybe out up stupid".split()
)


@lru_cache(4_096)
def wished_in(text: str) -> str:
    """The name that one text asks to be called by, "" for none."""
    if text.rstrip().endswith(("?", "？")):
        return ""
    if match := _WISHED.search(text):
        return str(next(name for name in match.groups() if name))
    match = _PLAIN.search(text)
    return match["en"] if match and match["en"].lower() not in _NO_NAMES else ""


def wished(memories: Memories | None, leave_out: Collection[str] = ()) -> tuple[str, Memory | None]:
    """The name last asked for, and where."""
    told = memories.told() if memories else ()
    for one in told:
        if one.message_id not in leave_out and (name := wished_in(one.text)):
            return name, one
    return "", None


def name_of(facts: Sequence[Fact], memories: Memories | None, leave_out: Collection[str] = ()) -> str:
    """What to call the person, "" if they never said."""
    name, _ = wished(memories, leave_out)
    return name or next((fact.value for fact in facts if fact.key == "name" and fact.subject == "user"), "")
