"""What to recall for a message: the user's own words and notes, and the assistant's only when they are asked for.

A reply is the model's text. Shown to it again as a memory, a mistake would become a fact, so replies stay out unless
the message asks what the assistant said; but for the question before a short answer (`retrieval.question_before`).
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from memory.language.reading import Reading
from memory.language.text import asks_the_assistant
from memory.memories import Memories
from memory.types import Hit, MemoryKind

NOT_THE_ASSISTANT: tuple[MemoryKind, ...] = ("said", "note", "import", "document")
EVERYTHING: tuple[MemoryKind, ...] = (*NOT_THE_ASSISTANT, "reply")
NEAR = 0.2
"""Of the chance of the best one. Up to eight such are as many as the first five, and more of them answer (docs/findings.md)."""


def recall(
    memories: Memories,
    message: str | Reading,
    *,
    k: int,
    floor: float,
    exclude_messages: Collection[str] = (),
    at: datetime | None = None,
) -> Sequence[Hit]:
    """At most `k` memories that are `worth_reading`, best first; one text only once.

    Memories of the messages in `exclude_messages` are left out: the conversation shows them already. `at` is now,
    where the user is; a message that was read has its own.
    """
    if k == 0:
        return ()
    text = message if isinstance(message, str) else message.text
    kinds = EVERYTHING if asks_the_assistant(text) else NOT_THE_ASSISTANT
    hits = memories.search(message, 3 * k, kinds=kinds, floor=floor, exclude_messages=exclude_messages, at=at)
    seen: dict[str, Hit] = {}
    for hit in hits:
        said = _folded(hit.memory.text)
        if said != _folded(text):  # the same question asked before answers nothing
            seen.setdefault(said, hit)
    return worth_reading(tuple(seen.values()), k, floor)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def worth_reading(hits: Sequence[Hit], k: int, floor: float) -> Sequence[Hit]:
    """The first `k`, without what is less likely to matter than `floor`, or by far less than the best."""
    return tuple(hit for hit in hits[:k] if hit.score >= max(floor, NEAR * hits[0].score))
