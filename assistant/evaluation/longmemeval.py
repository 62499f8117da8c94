"""LongMemEval's format (Wu et al., "LongMemEval: Benchmarking Chat Assistants on Long-Term Interactive Memory", 2025).

Its files (longmemeval_s.json and others) are not ours to hand out. Each question has a haystack of its own, told between
"user" and "assistant". As in its own evaluation of retrieval only what the user said is ranked and counted as evidence.
"""

from datetime import UTC, datetime
from typing import Any

from assistant.evaluation.cases import Case, Dialogue
from memory.conversations import ASSISTANT_SPEAKER
from memory.types import NewMemory

USER = "user"


def dialogue(number: int, sample: dict[str, Any]) -> Dialogue:
    """One question with its haystack. A question whose id ends with "_abs" is one that nothing answers."""
    turns = []
    evidence = set()
    sessions = zip(sample["haystack_session_ids"], sample["haystack_dates"], sample["haystack_sessions"], strict=True)
    for place, (session, date, said) in enumerate(sessions):
        at = _time(date)
        for turn_number, turn in enumerate(said, 1):
            ref = f"{session}#{place}:{turn_number}"  # a session may stand in a haystack twice
            speaker = USER if turn["role"] == "user" else ASSISTANT_SPEAKER
            turns.append(NewMemory(turn["content"], speaker, at, ref, "import"))
            if turn.get("has_answer") and speaker == USER:
                evidence.add(ref)
    name = str(sample.get("question_id", number))
    unanswerable = name.endswith("_abs")
    case = Case(
        name,
        sample["question"],
        f"{sample['question_type']}, unanswerable" if unanswerable else sample["question_type"],
        _time(sample["question_date"]),
        frozenset(evidence),
        None if unanswerable else str(sample["answer"]),
        rubric=sample["question_type"] == "single-session-preference",
    )
    return Dialogue(name, [turn for turn in turns if turn.text.strip()], [case], "longmemeval")


def _time(date: str) -> datetime:
    """ "2023/05/30 (Tue) 23:40" """
    day, _, time = date.split()
    return datetime.strptime(f"{day} {time}", "%Y/%m/%d %H:%M").replace(tzinfo=UTC)
