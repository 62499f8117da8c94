"""What of a search goes into a prompt."""

from datetime import UTC, datetime

from assistant.recall import worth_reading
from memory.types import Hit, Memory


def hits(*scores: float) -> list[Hit]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return [Hit(Memory(str(place), "x", "note", None, now, now), score) for place, score in enumerate(scores)]


def test_what_is_by_far_less_likely_than_the_best_is_not_read() -> None:
    found = hits(0.5, 0.3, 0.1, 0.09, 0.02)
    assert [hit.score for hit in worth_reading(found, 8, 0.01)] == [0.5, 0.3, 0.1]
    assert [hit.score for hit in worth_reading(found, 2, 0.01)] == [0.5, 0.3]
    assert [hit.score for hit in worth_reading(hits(0.03, 0.02, 0.009), 8, 0.01)] == [0.03, 0.02]
    assert not worth_reading(hits(0.009), 8, 0.01)
    assert not worth_reading((), 8, 0.01)
