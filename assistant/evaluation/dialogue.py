"""What is measured on: conversations that were told, and labelled questions to them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from memory.types import NewMemory

Format = Literal["locomo", "longmemeval"]


@dataclass(frozen=True, slots=True)
class Case:
    """A question, asked at a time, with the refs of the turns that hold its answer. Without `answer` nothing told answers
    it: it is to be abstained from."""

    id: str
    question: str
    category: str
    asked_at: datetime
    evidence: frozenset[str]
    answer: str | None = None
    answers: Sequence[str] = ()
    """The parts that are asked for, where there are several."""
    rubric: bool = False
    """Whether `answer` says what a good answer would do, so that words cannot be compared with it."""

    def blank(self) -> "Case":
        """What a system may know of it: the question, and when it is asked."""
        return Case(self.id, self.question, "", self.asked_at, frozenset())


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation in sessions, and the questions to it. The ref of a turn begins with that of its session and ":"."""

    name: str
    turns: Sequence[NewMemory]
    cases: Sequence[Case]
    format: Format = "locomo"


@contextmanager
def at(place: str) -> Iterator[None]:
    """What is wrong there names the place."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"in {place}: {type(error).__name__} {error}") from error


def answer_of(record: dict[str, Any]) -> str:
    """The label of a question; some are numbers. Raises KeyError, ValueError."""
    if not isinstance(record["answer"], str | int | float):
        raise ValueError("`answer` must be a text")
    return str(record["answer"])
