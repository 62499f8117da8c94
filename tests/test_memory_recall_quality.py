"""Does the shipped search find what it should? On real conversations, with the real embedder, in English and Chinese.

The data lies beside the checkout and is not part of it (tests/data/README.md); without it these tests are skipped. The
bounds are what must hold; the figures reached stand in docs/findings.md.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant import Runtime, Settings
from assistant.evaluation import cases, metrics, ranking
from memory.types import NewMemory

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
LABELS = Path(__file__).parent / "data"

pytestmark = [pytest.mark.models, pytest.mark.skipif(not DATA.exists(), reason="the development data is not here")]


def test_one_conversation_is_ranked_well_by_what_others_taught() -> None:
    """Two of LoCoMo's conversations, each by weights from the other: less to learn from than the shipped weights had."""
    dialogues = cases.load(DATA / "locomo_dev.json")[:2]
    weights = ranking.held_out(Settings(), dialogues)
    shares = []
    with ranking.stores(Settings(), dialogues) as told:
        for dialogue, memories in told:
            for case in dialogue.cases:
                found = [str(hit.memory.ref) for hit in ranking.ranked(memories, case, weights[dialogue.name], 10)]
                shares.append(metrics.recall_at(10, found, case.evidence))
    assert sum(shares) / len(shares) > 0.75


def said(history: dict[str, list[dict[str, str]]], user: str) -> Iterator[NewMemory]:
    for day, exchanges in sorted(history.items()):
        for number, exchange in enumerate(exchanges):
            at = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC) + timedelta(minutes=number)
            yield NewMemory(exchange["query"], user, at, f"{day}:{number}:q", "said")
            yield NewMemory(exchange["response"], "assistant", at, f"{day}:{number}:r", "reply")


@pytest.mark.parametrize(("language", "file", "least"), [("en", "memory_bank_en", 0.7), ("zh", "memory_bank_cn", 0.7)])
def test_memorybank_is_found_in_both_languages(tmp_path: Path, language: str, file: str, least: float) -> None:
    lines = (LABELS / f"memorybank_{language}.jsonl").read_text(encoding="utf-8").splitlines()
    bank = {
        name.strip(): value
        for name, value in json.loads((DATA / "memorybank" / f"{file}.json").read_text("utf-8")).items()
    }
    found: list[float] = []
    with Runtime(Settings(data_dir=tmp_path)) as runtime:
        runtime.store.embedder.embed(["load"])
        for number, user in enumerate(bank):
            memories = runtime.assistant(f"user-{number}").memories
            memories.add_many(list(said(bank[user]["history"], user)))
            for label in (json.loads(line) for line in lines):
                if label["user"].strip() == user and label["evidence"]:
                    hits = memories.search(label["question"], 5, at=datetime(2023, 5, 10, tzinfo=UTC))
                    found.append(metrics.recall_at(5, [str(hit.memory.ref) for hit in hits], label["evidence"]))
    assert len(found) >= 99
    print(f"MemoryBank {language}: recall@5 {100 * sum(found) / len(found):.1f}")
    assert sum(found) / len(found) > least
