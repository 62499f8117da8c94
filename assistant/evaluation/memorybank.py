"""MemoryBank's chats with the labels of tests/data (tests/data/README.md): fifteen users' ten days with an assistant, in English
and in Chinese, and which messages answer each question."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assistant.evaluation.dialogue import Case, Dialogue
from memory.types import NewMemory

ASKED_AT = datetime(2023, 5, 10, tzinfo=UTC)
"""The days told end on 6 May 2023."""
History = Mapping[str, Sequence[Mapping[str, str]]]
"""A day to its exchanges: what the user said ("query") and the reply ("response")."""


def load(bank: Path, labels: Path) -> Sequence[Dialogue]:
    """A dialogue for each user of `bank` (memory_bank_en.json), with the questions of `labels` (memorybank_en.jsonl) that have
    evidence."""
    users = {name.strip(): value["history"] for name, value in json.loads(bank.read_text(encoding="utf-8")).items()}
    asked = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines()]
    return [
        Dialogue(
            f"{bank.stem}: {user}",
            list(_turns(history, user)),
            [
                Case(f"{bank.stem}/{number}", label["question"], "", ASKED_AT, frozenset(label["evidence"]))
                for number, label in enumerate(asked)
                if label["user"].strip() == user and label["evidence"]
            ],
        )
        for user, history in users.items()
    ]


def crossed(banks: Sequence[Sequence[Dialogue]]) -> Sequence[Dialogue]:
    """All of them; where two banks are translations of each other, each is also asked the other's questions."""
    if len(banks) != 2:
        return [dialogue for bank in banks for dialogue in bank]
    numbered = [{_number(case): case for dialogue in bank for case in dialogue.cases} for bank in banks]
    return [
        replace(dialogue, cases=[*dialogue.cases, *_asked_by(other, dialogue.cases)])
        for bank, other in zip(banks, reversed(numbered), strict=True)
        for dialogue in bank
    ]


def _asked_by(other: Mapping[str, Case], own: Sequence[Case]) -> Iterator[Case]:
    """Each question as the other bank puts it, answered by what answers it here."""
    for case in own:
        if _number(case) in other:
            yield replace(case, id=f"{case.id} crossed", question=other[_number(case)].question)


def _number(case: Case) -> str:
    return case.id.rpartition("/")[2]


def _turns(history: History, user: str) -> Iterator[NewMemory]:
    """A ref is DATE:NUMBER:q for what the user said, DATE:NUMBER:r for the reply."""
    for day, exchanges in sorted(history.items()):
        for number, exchange in enumerate(exchanges):
            at = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC) + timedelta(minutes=number)
            yield NewMemory(exchange["query"], user, at, f"{day}:{number}:q", "said")
            yield NewMemory(exchange["response"], "assistant", at, f"{day}:{number}:r", "reply")
