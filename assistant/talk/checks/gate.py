"""The gate between a model and a person: a stream goes in, sentences come out, each passed or held.

A pure state machine; it knows no model and no clock. What to do about a sentence that is held is the caller's: ask the model
once more with `repair_hint`, or leave the sentence out and go on feeding. A second try has a gate of its own, which is told
what has been shown: `Gate(ground, shown=first.shown)`.
"""

from dataclasses import dataclass

from assistant.talk.checks.faults import fault_of
from assistant.talk.checks.ground import Fault, Ground
from assistant.talk.checks.sentences import Sentences


@dataclass(frozen=True, slots=True)
class Passed:
    """A sentence with the white space after it, to be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Held:
    """A sentence that must not be shown as it is."""

    text: str
    fault: Fault


Judged = Passed | Held


class Gate:
    """Judges a reply sentence by sentence. `shown` is all that passed, joined."""

    def __init__(self, ground: Ground, *, shown: str = "") -> None:
        self._ground = ground
        self._sentences = Sentences()
        self.shown = shown

    def feed(self, piece: str) -> list[Judged]:
        """The sentences that are complete with `piece`, in order, judged."""
        return [self._judged(sentence) for sentence in self._sentences.feed(piece)]

    def end(self) -> list[Judged]:
        """What is left when the model has stopped: one sentence or none."""
        rest = self._sentences.rest()
        return [self._judged(rest)] if rest else []

    def _judged(self, sentence: str) -> Judged:
        if fault := fault_of(sentence, self._ground, self.shown):
            return Held(sentence, fault)
        self.shown += sentence
        return Passed(sentence)
