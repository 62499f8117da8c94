"""What a turn will do, worked out before anything is written: one value, which never changes, and is logged with the reply."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.chat_models.base import ChatModel, Sampling
from memory.language.reading import Reading
from prompts.builder import Material
from prompts.types import Prompt


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

    @property
    def remembers(self) -> bool:
        """Whether the message, and the reply to it, may be remembered."""
        return not self.reading.private

    def logged(self) -> str:
        """What is kept with the reply, beside its sampling, model and prompt id: as JSON, and no word of anybody's."""
        return json.dumps(
            {"act": self.reading.act, "strategy": self.strategy, "adapter": self.adapter, "arm": self.arm}
        )
