"""LongMemEval's format (Wu et al., "LongMemEval: Benchmarking Chat Assistants on Long-Term Interactive Memory", 2025).

Its files (longmemeval_s.json and others) are not ours to hand out. Each question has a haystack of its own, told between
"user" and "assistant". As in its own evaluation of retrieval only what the user said is ranked and counted there; a reader may
need what the assistant said, and the oracle gives it.
"""

import re
from datetime import UTC, datetime
from typing import Any

from assistant.evaluation.dialogue import Case, Dialogue, answer_of, at
from memory.conversations import ASSISTANT_SPEAKER
from memory.types import NewMemory

USER = "user"


def dialogue(number: int, sample: dict[str, Any]) -> Dialogue:
    """One question with its haystack. A question whose id ends with "_abs" is one that nothing answers."""
    turns = []
    evidence = set()
    sessions = zip(sample["haystack_session_ids"], sample["haystack_dates"], sample["haystack_sessions"], strict=True)
    for place, (session, date, said) in enumerate(sessions):
        with at(f"haystack_dates {place + 1}"):
            said_at = _time(date)
        for turn_number, turn in enumerate(said, 1):
            ref = f"{session}#{place}:{turn_number}"  # a session may stand in a haystack twice
            with at(f"session {place + 1}, turn {turn_number}"):
                speaker = USER if turn["role"] == "user" else ASSISTANT_SPEAKER
                if turn["content"].strip():
                    turns.append(NewMemory(turn["content"], speaker, said_at, ref, "import"))
                if turn.get("has_answer"):
                    evidence.add(ref)
    name = str(sample.get("question_id", number))
    if not isinstance(sample["question"], str):
        raise ValueError("`question` must be a text")
    unanswerable = name.endswith("_abs")
    with at("question_date"):
        asked_at = _time(sample["question_date"])
    case = Case(
        name,
        sample["question"],
        f"{sample['question_type']}, unanswerable" if unanswerable else sample["question_type"],
        asked_at,
        frozenset(evidence),
        None if unanswerable else answer_of(sample),
        rubric=sample["question_type"] == "single-session-preference",
    )
    return Dialogue(name, turns, [case], "longmemeval")


def said_by_user(dialogue: Dialogue) -> frozenset[str]:
    """The refs of what the user said."""
    return frozenset(str(turn.ref) for turn in dialogue.turns if turn.speaker == USER)


def _time(date: str) -> datetime:
    """ "2023/05/30 (Tue) 23:40" """
    return datetime.strptime(re.sub(r"\([^)]*\) ?", "", date), "%Y/%m/%d %H:%M").replace(tzinfo=UTC)
