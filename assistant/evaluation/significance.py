"""How sure a mean is, and a difference between two systems that were asked the same questions.

Resampled over questions. Questions to one conversation are not independent of each other, so with few conversations one can
be less sure than these intervals say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 9_999
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """Of means, the second less the first, with its 95 % interval; `p` is two-sided; `ratio` is the second over the first,
    `None` if that is 0."""

    mean: float
    low: float
    high: float
    p: float
    n: int
    ratio: float | None


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % interval of the mean: percentiles of bootstrap samples (Efron and Tibshirani, 1993); where all are 0, all 1 or
    all -1, Wilson's for a share."""
    from scipy import stats

    if set(values) in ({0.0}, {1.0}, {-1.0}):  # Wilson, 1927: chance alone could have made them alike
        found = stats.binomtest(int(abs(sum(values))), len(values)).proportion_ci(CONFIDENCE, method="wilson")
        return (float(-found.high), float(-found.low)) if values[0] < 0 else (float(found.low), float(found.high))
    if len(values) < 2 or min(values) == max(values):
        return float(np.mean(values)), float(np.mean(values))
    found = stats.bootstrap(
        (np.asarray(values, np.float64),),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        batch=1_000,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return float(found.low), float(found.high)


def paired(before: Sequence[float], after: Sequence[float], seed: int = 0) -> Difference:
    """Bootstrap interval and randomisation test of a difference in pairs: how often is it as large if the sign of each is
    left to chance (Fisher, 1935)?"""
    from scipy import stats

    change = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    ratio = float(np.mean(after) / np.mean(before)) if np.mean(before) else None
    if not change.any():
        return Difference(0.0, 0.0, 0.0, 1.0, len(change), ratio)
    low, high = interval(list(change), seed)
    if len(change) < 2:
        return Difference(float(change.mean()), low, high, 1.0, len(change), ratio)
    tested = stats.permutation_test(
        (change,),
        np.mean,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        batch=1_000,
        vectorized=True,
        rng=np.random.default_rng(seed),
    )
    return Difference(float(change.mean()), low, high, float(tested.pvalue), len(change), ratio)
