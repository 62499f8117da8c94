"""What a model does at bottom: read tokens after those it has read, and say how likely each next token is.

A state holds the keys and values of what was read, for one row or for several of one length that are padded on the left.
Two are there: `openvino_model.OpenVINODecoder` and `transformers_model.TorchDecoder`. Not safe to use from several threads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

State = TypeVar("State")

Ids = npt.NDArray[np.int64]
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row(Generic[State]):
    """The tokens from `start` on, `length` of them, in row `row` of a state."""

    state: State
    row: int
    start: int
    length: int


class Decoder(Protocol[State]):
    """`bytes_per_token` is what a state takes for each token of each row, `bytes_per_state` what it takes without any."""

    bytes_per_token: int
    bytes_per_state: int

    def new(self) -> State:
        """A state of one row that has read nothing."""
        ...

    def forward(self, state: State, ids: Ids, past: int, padding: Sequence[int]) -> Logits:
        """Read `ids` (rows, n) after the `past` tokens that the state holds, of which the first `padding[row]` are none.
        Returns the logits (rows, vocabulary) of the token after the last."""
        ...

    def cut(self, state: State, tokens: int) -> State:
        """The state of one row as it was after its first `tokens` tokens. The one given is not used again."""
        ...

    def join(self, rows: Sequence[Row[State]]) -> State:
        """A new state of these rows, padded on the left to the longest."""
        ...
