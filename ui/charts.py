"""Bars for a chart that the page draws with plain elements: no script, readable by a screen reader, in the page's colours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class Bar:
    """`share` in [0, 1] of the highest."""

    label: str
    count: int
    share: float


def months_between(months: Sequence[str]) -> list[str]:
    """Every month ("2026-11") from the first to the last, those without anything too; the latest MOST_MONTHS of them."""
    if not months:
        return []
    year, month = map(int, min(months).split("-"))
    found = []
    while f"{year}-{month:02}" <= max(months):
        found.append(f"{year}-{month:02}")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found[-MOST_MONTHS:]


def stacked(labels: Sequence[str], counts: Mapping[str, int]) -> list[Bar]:
    most = max((counts.get(label, 0) for label in labels), default=0) or 1
    return [Bar(label, counts.get(label, 0), counts.get(label, 0) / most) for label in labels]
