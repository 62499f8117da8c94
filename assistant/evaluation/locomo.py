"""Conversations with labelled questions, in LoCoMo's format (Maharana et al., "Evaluating Very Long-Term Conversational
Memory of LLM Agents", 2024)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from memory.errors import BadInput
from memory.types import NewMemory

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open", 4: "single-hop", 5: "adversarial"}


@dataclass(frozen=True, slots=True)
class Case:
    """A question, the refs of the turns that hold its answer, and its category."""

    question: str
    evidence: frozenset[str]
    category: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation in sessions, and the questions to it, asked on the day after it ended."""

    name: str
    turns: Sequence[NewMemory]
    cases: Sequence[Case]

    @property
    def asked_at(self) -> datetime:
        return max(turn.occurred_at for turn in self.turns if turn.occurred_at) + timedelta(days=1)


def load(path: Path) -> Sequence[Dialogue]:
    """Raises BadInput, naming the place."""
    try:
        samples = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON: {error}.") from error
    if not isinstance(samples, list) or not samples:
        raise BadInput(f"{path} is not a list of conversations; LoCoMo's files are.")
    dialogues = [_dialogue(path, number, sample) for number, sample in enumerate(samples)]
    if not any(dialogue.cases for dialogue in dialogues):
        raise BadInput(f"{path} has no question with evidence: nothing to measure.")
    return dialogues


def session_of(ref: str) -> str:
    """ "D3:7" is turn 7 of session "D3"."""
    return ref.partition(":")[0]


def _dialogue(path: Path, number: int, sample: Any) -> Dialogue:
    try:
        turns = _turns(sample["conversation"])
        cases = [_case(question) for question in sample["qa"]]
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{path}, conversation {number + 1}: {type(error).__name__} {error}. See LoCoMo's format."
        ) from error
    if not turns:
        raise BadInput(f"{path}, conversation {number + 1} has no turns.")
    return Dialogue(str(sample.get("sample_id", number + 1)), turns, [case for case in cases if case.evidence])


def _turns(conversation: dict[str, Any]) -> list[NewMemory]:
    turns = []
    session = 1
    while f"session_{session}" in conversation:
        said = datetime.strptime(conversation[f"session_{session}_date_time"], "%I:%M %p on %d %B, %Y")
        for turn in conversation[f"session_{session}"]:
            text = " ".join(filter(None, [turn["text"], turn.get("blip_caption")]))
            turns.append(NewMemory(text, turn["speaker"], said.replace(tzinfo=UTC), turn["dia_id"], "import"))
        session += 1
    return turns


def _case(question: dict[str, Any]) -> Case:
    """A few evidence ids are malformed ("D8:6; D9:17"): every one in the text counts."""
    evidence = frozenset(re.findall(r"D\d+:\d+", " ".join(question["evidence"])))
    return Case(question["question"], evidence, CATEGORIES.get(question["category"], str(question["category"])))
