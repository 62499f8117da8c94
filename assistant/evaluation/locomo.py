"""LoCoMo's format (Maharana et al., "Evaluating Very Long-Term Conversational Memory of LLM Agents", 2024)."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from assistant.evaluation import metrics
from assistant.evaluation.dialogue import Case, Dialogue, answer_of, at
from memory.types import NewMemory

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open", 4: "single-hop", 5: "adversarial"}


def dialogue(number: int, sample: dict[str, Any]) -> Dialogue:
    """One conversation. Its questions are asked on the day after it ended; those without evidence are left out."""
    turns = _turns(sample["conversation"])
    name = str(sample.get("sample_id", number))
    asked_at = max((turn.occurred_at for turn in turns if turn.occurred_at), default=datetime.now(UTC))
    cases = []
    for place, asked in enumerate(sample["qa"]):
        with at(f"question {place + 1}"):
            cases.append(_case(f"{name}/{place}", asked, asked_at + timedelta(days=1)))
    return Dialogue(name, turns, [case for case in cases if case.evidence])


def _turns(conversation: dict[str, Any]) -> Sequence[NewMemory]:
    turns = []
    numbers = sorted(int(key[8:]) for key in conversation if re.fullmatch(r"session_\d+", key))
    for session in (f"session_{number}" for number in numbers):
        if not conversation[session]:
            continue
        with at(f"{session}_date_time"):
            said = datetime.strptime(conversation[f"{session}_date_time"], "%I:%M %p on %d %B, %Y")
        for number, turn in enumerate(conversation[session], 1):
            with at(f"{session}, turn {number}"):
                text = " ".join(filter(None, [turn["text"], turn.get("blip_caption")]))
                if not all(isinstance(turn[key], str) for key in ("speaker", "dia_id")):
                    raise ValueError("`speaker` and `dia_id` must be texts")
                if text.strip():
                    turns.append(NewMemory(text, turn["speaker"], said.replace(tzinfo=UTC), turn["dia_id"], "import"))
    if twice := [ref for ref, times in Counter(turn.ref for turn in turns).items() if times > 1]:
        raise ValueError(f"more than one turn has the `dia_id` {twice[0]}")
    return turns


def _case(name: str, asked: dict[str, Any], at: datetime) -> Case:
    """A few evidence ids are malformed ("D8:6; D9:17"): every one in the text counts. Of an open question LoCoMo counts
    what stands before the first semicolon; of one that joins turns each part between commas is an answer."""
    if not isinstance(asked["evidence"], list) or not isinstance(asked["question"], str):
        raise ValueError("`question` must be a text and `evidence` a list of ids")
    if not isinstance(asked["category"], int):
        raise ValueError("`category` must be a number")
    evidence = frozenset(re.findall(r"D\d+:\d+", " ".join(asked["evidence"])))
    category = CATEGORIES.get(asked["category"], str(asked["category"]))
    if category == "adversarial":
        return Case(name, asked["question"], category, at, evidence)
    answer = answer_of(asked)
    if category == "open":
        answer = answer.split(";")[0].strip()
    parts = metrics.parts(answer) if category == "multi-hop" else []
    return Case(name, asked["question"], category, at, evidence, answer, parts)
