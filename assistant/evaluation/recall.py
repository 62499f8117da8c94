"""Does a search find the turns that hold the answer? Evidence recall on conversations in LoCoMo's format."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.evaluation import metrics, ranking
from assistant.evaluation.locomo import Case, Dialogue, session_of
from assistant.runtime import Runtime
from assistant.settings import Settings
from memory.memories import Memories
from memory.ranker import Ranker

CUTS = (1, 5, 10, 25, 50)
SESSIONS = 5
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """One question, what was found for it, best first, and how good that is."""

    dialogue: str
    question: str
    category: str
    evidence: Sequence[str]
    found: Sequence[str]
    recall: dict[int, float]
    session_recall: float
    """Of the sessions that hold evidence, the share among the first SESSIONS of the same ranking."""
    reciprocal_rank: float
    ms: float
    """What `memories.search` took."""


def evaluate(
    settings: Settings, dialogues: Sequence[Dialogue], *, leave_one_out: bool, progress: Progress | None = None
) -> Sequence[Answer]:
    """Ask every question of its conversation, in a store made for it and thrown away.

    With `leave_one_out` each conversation is ranked by weights trained on the others; else by the package's.
    """
    total = sum(len(dialogue.cases) for dialogue in dialogues)
    answers: list[Answer] = []
    with tempfile.TemporaryDirectory() as folder, _runtime(settings, folder) as runtime:
        stores = [_told(runtime, number, dialogue) for number, dialogue in enumerate(dialogues)]
        examples = [
            ranking.examples(number, memories, dialogue) if leave_one_out else []
            for number, (memories, dialogue) in enumerate(zip(stores, dialogues, strict=True))
        ]
        for number, dialogue in enumerate(dialogues):
            others = [example for group in examples[:number] + examples[number + 1 :] for example in group]
            held_out = iter(_ranked(ranking.weigh("all", others), examples[number])) if leave_one_out else None
            for case in dialogue.cases:
                began = time.perf_counter()
                hits = stores[number].search(case.question, CUTS[-1], at=dialogue.asked_at)
                ms = (time.perf_counter() - began) * 1000
                found = [str(hit.memory.ref) for hit in hits] if held_out is None else next(held_out)
                answers.append(_answer(dialogue, case, found, ms))
                if progress:
                    progress(len(answers), total)
    return answers


def train(settings: Settings, dialogues: Sequence[Dialogue], progress: Progress | None = None) -> str:
    """The ranker's weights, trained on all of the dialogues, as JSON."""
    from memory import ranker

    made: list[ranking.Example] = []
    with tempfile.TemporaryDirectory() as folder, _runtime(settings, folder) as runtime:
        for number, dialogue in enumerate(dialogues):
            memories = _told(runtime, number, dialogue)
            made += ranking.examples(number, memories, dialogue, dialogues[(number + 1) % len(dialogues)])
            if progress:
                progress(number + 1, len(dialogues))
    return ranker.dump(ranking.train(made))


def table(answers: Sequence[Answer]) -> str:
    """Recall overall and by category, in percent, as a Markdown table."""
    names = [*(f"R@{k}" for k in CUTS), "MRR", f"session R@{SESSIONS}", "questions"]
    lines = ["| questions | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for category in ["all", *sorted({answer.category for answer in answers})]:
        chosen = [answer for answer in answers if category in ("all", answer.category)]
        parts = [[answer.recall[k] for answer in chosen] for k in CUTS]
        parts += [[answer.reciprocal_rank for answer in chosen], [answer.session_recall for answer in chosen]]
        figures = " | ".join(f"{100 * np.mean(part):.1f}" for part in parts)
        lines.append(f"| {category} | {figures} | {len(chosen)} |")
    p50, p95 = np.percentile([answer.ms for answer in answers], [50, 95])
    return "\n".join([*lines, "", f"search (k = {CUTS[-1]}): p50 {p50:.0f} ms, p95 {p95:.0f} ms"])


def as_json(answers: Sequence[Answer], settings: Settings, *, leave_one_out: bool) -> str:
    described = {
        "task": "recall",
        "embedder": settings.embedder,
        "leave_one_out": leave_one_out,
        "answers": [asdict(answer) for answer in answers],
    }
    return json.dumps(described, ensure_ascii=False, indent=1) + "\n"


def _runtime(settings: Settings, folder: str) -> Runtime:
    runtime = Runtime(settings.model_copy(update={"data_dir": Path(folder)}))
    runtime.store.embedder.embed(["load"])
    return runtime


def _told(runtime: Runtime, number: int, dialogue: Dialogue) -> Memories:
    memories = runtime.assistant(f"conversation-{number}").memories
    memories.add_many(dialogue.turns)
    runtime.store.flush()
    return memories


def _ranked(ranker: Ranker, examples: Sequence[ranking.Example]) -> Iterator[list[str]]:
    for example in examples:
        order = np.argsort(-ranker.sums(example.tables["all"]), kind="stable")
        yield [example.refs[i] for i in order[: CUTS[-1]]]


def _answer(dialogue: Dialogue, case: Case, found: list[str], ms: float) -> Answer:
    return Answer(
        dialogue=dialogue.name,
        question=case.question,
        category=case.category,
        evidence=sorted(case.evidence),
        found=found,
        recall={k: metrics.recall_at(k, found, case.evidence) for k in CUTS},
        session_recall=metrics.recall_at(
            SESSIONS, metrics.distinct([session_of(ref) for ref in found]), {session_of(ref) for ref in case.evidence}
        ),
        reciprocal_rank=metrics.reciprocal_rank(found, case.evidence),
        ms=round(ms, 1),
    )
