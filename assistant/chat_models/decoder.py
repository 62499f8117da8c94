"""What a model does at bottom: read tokens after those it has read, and say how likely each next token is.

A state holds the keys and values of what one reply or conversation has read. Two decoders are there:
`openvino_model.OpenVINODecoder` and `transformers_model.TorchDecoder`. Not safe to use from several threads.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt


class HasLength(Protocol):
    length: int
    """How many tokens were read."""


State = TypeVar("State", bound=HasLength)

Logits = npt.NDArray[np.float32]


class Decoder(Protocol[State]):
    """A prompt gives the same numbers, bit by bit, whatever pieces it is read in, if they all end at multiples of `align`
    tokens but the last, which ends anywhere, and none is longer than `most` + 1. No piece of a longer prompt may be of
    one token: engines have a way of their own to read that, whose last bits are others."""

    align: int
    most: int

    def new(self) -> State:
        """A state that has read nothing."""
        ...

    def forward(self, states: Sequence[State], ids: Sequence[Sequence[int]]) -> Logits:
        """Read `ids[i]` onto `states[i]`: of one state any number of tokens, of several one token each. Returns the logits
        (states, vocabulary) of the token after the last; they hold until the next call."""
        ...

    def cut(self, state: State, tokens: int) -> None:
        """Make the state what it was after its first `tokens` tokens, a multiple of `align`."""
        ...

    def copy(self, state: State, tokens: int) -> State:
        """Another state that has read the first `tokens` tokens, a multiple of `align`."""
        ...

    def size(self, state: State) -> int:
        """Bytes that the state takes."""
        ...
