"""What a turn will do, worked out before anything is written: one value, which never changes, and is logged with the reply."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.chat_models.base import ChatModel, Sampling
from assistant.talk.answer import Answer, Pending
from assistant.talk.checks.ground import Ground
from assistant.talk.constraints import Limit
from assistant.talk.drafts import Draft
from assistant.talk.shaping import Shape
from assistant.talk.statements import stated
from memory.language.reading import Reading
from memory.language.text import is_question
from prompts.builder import Material
from prompts.types import Prompt

NOT_KEPT = frozenset({"private", "forget", "undo", "remind", "rework"})
"""Acts of which nothing is remembered."""
RECOUNTS = frozenset({"about_me", "summary", "provenance"})
"""Acts that ask for what was told, and tell nothing: "just the job stuff, short"."""
QUESTIONS = frozenset(
    {"ask", "follow_up", "suggest", "write", "world", "about_me", "summary", "provenance", "who", "clock", "sum"}
)
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
    after_private: bool = False
    """Whether the talk has a message that is not to be remembered: a reply may repeat it."""
    ground: Ground | None = None
    """What the reply's sentences are checked against; `None`: they are shown as they come."""
    limits: Sequence[Limit] = ()
    instead: str = ""
    """What code tells if the model begins by not knowing."""
    draft: Draft | None = None
    """A text to somebody, of which the model writes the middle."""
    shape: Shape = field(default_factory=Shape)
    """The form that the reply is brought into."""
    opening: str = ""
    """What code says before the model does."""

    @property
    def remembers(self) -> bool:
        """Whether the message may be remembered: not one that asks not to be, nor a command or a question that tells nothing."""
        if self.reading.private or self.reading.act in NOT_KEPT | RECOUNTS:
            return False
        if self.draft is not None:  # what is to be written to somebody is not told to the assistant
            return False
        asks = self.reading.act in QUESTIONS or (self.reading.act is not None and is_question(self.reading.text))
        return not asks or bool(stated(self.reading.text))

    @property
    def remembers_reply(self) -> bool:
        """Whether the reply may be: one by code holds nothing new."""
        return self.answer is None and not self.reading.private and not self.after_private

    def logged(self, pending: Pending | None = None) -> str:
        """What is kept with the reply, beside its sampling, model and prompt id: as JSON, and no word of anybody's."""
        kept: dict[str, object] = {
            "act": self.reading.act,
            "strategy": self.strategy,
            "adapter": self.adapter,
            "arm": self.arm,
        }
        return json.dumps(kept | ({"pending": json.dumps(pending)} if pending else {}))
