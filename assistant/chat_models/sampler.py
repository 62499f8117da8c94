"""From logits to a token."""

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.chat_models.base import Sampling


class Chooses(Protocol):
    def choose(self, logits: npt.NDArray[np.float32], used: Collection[int]) -> int: ...


COLDEST = 1e-3
"""A temperature below it takes the likeliest token, as 0 does."""


class Sampler:
    """Chooses the tokens of one reply; only the reply's own tokens are made less likely by the repetition penalty."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._random = np.random.default_rng(sampling.seed)

    def choose(self, logits: npt.NDArray[np.float32], used: Collection[int]) -> int:
        """One of (vocabulary,) logits. In order: repetition penalty (Keskar et al. 2019), temperature, top-k, top-p
        (Holtzman et al. 2020)."""
        sampling = self._sampling
        if used and sampling.repetition_penalty != 1:
            logits = logits.copy()
            places = np.fromiter(used, np.int64)
            scores = logits[places]
            penalty = np.float32(sampling.repetition_penalty)
            logits[places] = np.where(scores > 0, scores / penalty, scores * penalty)
        if sampling.temperature < COLDEST or sampling.top_k == 1:
            return int(logits.argmax())
        if 0 < sampling.top_k < len(logits):
            tokens = np.argpartition(logits, -sampling.top_k)[-sampling.top_k :]
        else:
            tokens = np.arange(len(logits))
        tokens = tokens[np.argsort(-logits[tokens], kind="stable")]  # the likeliest first
        scaled = logits[tokens].astype(np.float64) / sampling.temperature
        chances = np.exp(scaled - scaled[0])
        chances /= chances.sum()
        kept = int(np.searchsorted(np.cumsum(chances), sampling.top_p)) + 1
        chances = chances[:kept] / chances[:kept].sum()
        return int(self._random.choice(tokens[:kept], p=chances))


class Given:
    """Chooses the tokens it was given, one after the other, and adds up how likely each was."""

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids = iter(ids)
        self.log_probability = 0.0

    def choose(self, logits: npt.NDArray[np.float32], used: Collection[int]) -> int:  # noqa: ARG002
        token = next(self._ids)
        scaled = logits.astype(np.float64) - logits.max()
        self.log_probability += float(scaled[token] - np.log(np.exp(scaled).sum()))
        return token
