"""How likely a message is of each act: a logistic regression on its hashed words and characters.

It reads English and Chinese and needs no embedder: with the vector of the default one it was no better on voices that it had not
seen (docs/findings.md). The weights are data (`weights.npz`), trained by `make train-acts`, in eight bits each.
It knows words, not the person: "where is the key" may ask what was told or may ask the world.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from assistant.talk.acts import features
from assistant.talk.acts.features import Before, Values

ACTS = (
    "tell", "ask_memory", "ask_list", "ask_count", "ask_when", "summary", "about_me", "provenance", "follow_up", "suggest",
    "write", "world", "sum", "command_forget", "command_private", "command_correct", "command_remember", "command_undo",
    "command_remind", "small_talk", "clock", "who",
)  # fmt: skip
FILE = "weights.npz"


@dataclass(frozen=True, slots=True)
class Weights:
    """`steps` (buckets, acts) int8, times `scale` (acts,), plus `offset` (acts,), are log-odds in the order of ACTS;
    `temperature` divides them, so that of messages given 0.8 about eight in ten are what is said."""

    steps: npt.NDArray[np.int8]
    scale: Values
    offset: Values
    temperature: float

    def logits(self, text: str, before: Before | None) -> Values:
        """(acts,) log-odds, up to a constant."""
        ids, values = features.vector(text, before, len(self.steps))
        sums: Values = (values @ self.steps[ids].astype(np.float32) * self.scale + self.offset) / np.float32(
            self.temperature
        )
        return sums


def classify(text: str, before: Before | None = None) -> Mapping[str, float]:
    """The probability of each act, the likeliest first; they sum to 1. `before` is what the user said before and what the
    assistant answered, None for the first message."""
    logits = load().logits(text, before)
    odds = np.exp(logits - logits.max())
    chances = odds / odds.sum()
    return {ACTS[i]: float(chances[i]) for i in np.argsort(-chances, kind="stable")}


@cache
def load() -> Weights:
    """The weights of the package, read once."""
    with files(__package__).joinpath(FILE).open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return Weights(stored["steps"], stored["scale"], stored["offset"], float(stored["temperature"]))
