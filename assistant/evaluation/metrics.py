"""How good a ranking is, against the labelled evidence."""

from collections.abc import Collection, Sequence


def recall_at(k: int, ranked: Sequence[str], evidence: Collection[str]) -> float:
    """The share of the evidence among the first `k`, as LoCoMo defines it. Raises ZeroDivisionError without evidence."""
    return len(set(evidence) & set(ranked[:k])) / len(set(evidence))


def reciprocal_rank(ranked: Sequence[str], evidence: Collection[str]) -> float:
    """1 over the place of the first piece of evidence; 0 if there is none."""
    return next((1 / place for place, ref in enumerate(ranked, 1) if ref in evidence), 0.0)


def distinct(refs: Sequence[str]) -> list[str]:
    """Each once, where it first stands: a ranking of turns made one of their sessions."""
    return list(dict.fromkeys(refs))
