"""What a turn will do, worked out before anything is written: one value, which never changes, and is logged with the reply."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.chat_models.base import ChatModel, Sampling
from assistant.talk.answer import Answer, Pending
from assistant.talk.checks.ground import Ground
from assistant.talk.constraints import Limit
from assistant.talk.statements import stated
from memory.language.reading import Reading
from prompts.builder import Material
from prompts.types import Prompt

NEVER_REMEMBERED = frozenset({"forget", "undo", "about_me", "summary", "provenance", "who", "clock", "sum", "remind"})
"""Acts of which nothing is remembered: they tell nothing, and would be found for what they ask."""
QUESTIONS = frozenset({"ask", "follow_up", "suggest", "write", "world"})
"""Acts that tell nothing beside what the message states: "I am vegan; what shall I cook?" does."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`reading` is the message, `prompt` what `model` is given, at most `max_tokens` long, made of `material`. `given` are the
    ids of the messages before it that the prompt may hold.

    `strategy` is how the reply is asked for, `adapter` what is laid over the model's weights, `arm` the side of an experiment;
    so far there is one strategy, and no adapter or experiment.
    """

    reading: Reading
    material: Material
    model: ChatModel
    prompt: Prompt
    max_tokens: int
    sampling: Sampling
    given: Sequence[str] = ()
    strategy: str = "plain"
    adapter: str | None = None
    arm: str | None = None
    answer: Answer | None = None
    """What code answers; the model is not asked then."""
    ground: Ground | None = None
    """What the reply's sentences are checked against; `None`: they are shown as they come."""
    limits: Sequence[Limit] = ()
    instead: str = ""
    """What code tells if the model begins by not knowing."""
    opening: str = ""
    """What code says before the model does."""

    @property
    def remembers(self) -> bool:
        """Whether the message may be remembered: not one that asks not to be, nor a command or a question that tells nothing."""
        if self.reading.act in QUESTIONS and not stated(self.reading.text):
            return False
        return not self.reading.private and self.reading.act not in NEVER_REMEMBERED | {"private"}

    @property
    def remembers_reply(self) -> bool:
        """Whether the reply may be: one by code holds nothing new."""
        return not self.reading.private and self.answer is None

    def logged(self, pending: Pending | None = None) -> str:
        """What is kept with the reply, beside its sampling, model and prompt id: as JSON, and no word of anybody's."""
        kept: dict[str, object] = {
            "act": self.reading.act,
            "strategy": self.strategy,
            "adapter": self.adapter,
            "arm": self.arm,
        }
        return json.dumps(kept | ({"pending": pending} if pending else {}))
