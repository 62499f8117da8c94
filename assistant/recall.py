"""What to recall for a message: the user's own words and notes, and the assistant's only when they are asked for.

A reply is the model's text. Shown to it again as a memory, a mistake would become a fact, so replies stay out unless
the message asks what the assistant said.
"""

import re
from collections.abc import Collection, Sequence

from memory.memories import Memories
from memory.types import Hit, MemoryKind

NOT_THE_ASSISTANT: tuple[MemoryKind, ...] = ("said", "note", "import", "document")
EVERYTHING: tuple[MemoryKind, ...] = (*NOT_THE_ASSISTANT, "reply")

_ASKS_THE_ASSISTANT = re.compile(
    r"""\byou\s+(\w+\s+){0,2}(said|told|suggested|recommended|mentioned|wrote|explained|answered|advised|proposed|gave)\b
    | \bdid\s+you\s+(\w+\s+)?(say|tell|suggest|recommend|mention|write|explain|answer|advise|propose|give)\b
    | \byour\s+(\w+\s+)?(advice|suggestions?|recommendations?|answers?|proposals?|explanations?)\b
    | 你(之前|上次|刚才|昨天|曾经|当时|以前)(跟我|给我|对我|向我)?(说|讲|推荐|建议|提到|提|告诉|写|解释|回答)
    | 你(跟我|给我|对我|向我)?(说|讲|推荐|建议|提到|提|告诉我?|写|解释|回答)(过|了|的)""",
    re.IGNORECASE | re.VERBOSE,
)


def recall(
    memories: Memories, message: str, *, k: int, floor: float, exclude_messages: Collection[str] = ()
) -> Sequence[Hit]:
    """At most `k` memories of at least `floor` relevance, best first; one text only once.

    Memories of the messages in `exclude_messages` are left out: the conversation shows them already.
    """
    if k == 0:
        return ()
    kinds = EVERYTHING if asks_the_assistant(message) else NOT_THE_ASSISTANT
    hits = memories.search(message, 3 * k, kinds=kinds, floor=floor, exclude_messages=exclude_messages)
    seen: dict[str, Hit] = {}
    for hit in hits:
        text = " ".join(hit.memory.text.casefold().split())
        if text != " ".join(message.casefold().split()):  # the same question asked before answers nothing
            seen.setdefault(text, hit)
    return tuple(seen.values())[:k]


def asks_the_assistant(message: str) -> bool:
    """Whether a message asks what the assistant said, suggested or wrote before, in English or Chinese."""
    return bool(_ASKS_THE_ASSISTANT.search(message))
