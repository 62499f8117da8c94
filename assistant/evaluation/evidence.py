"""Does a search find the turns that hold the answer?"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.evaluation import longmemeval, metrics, ranking
from assistant.evaluation.cases import distance_days, session_of
from assistant.evaluation.dialogue import Case, Dialogue
from assistant.evaluation.results import Progress, Record, Results
from assistant.evaluation.systems import System, ask
from assistant.settings import Settings

CUTS = (1, 5, 10, 25, 50)
SESSIONS = 5


def evaluate(
    results: Results, dialogues: Sequence[Dialogue], systems: Mapping[str, System], progress: Progress | None = None
) -> None:
    """Ask every question with evidence that `results` does not have, of every system."""
    asked = {dialogue.name: [case for case in dialogue.cases if _counts(dialogue, case)] for dialogue in dialogues}
    due = sum(f"{name}/{case.id}" not in results.done for name in systems for cases in asked.values() for case in cases)
    done = 0
    for dialogue in dialogues:
        for name, system in systems.items():
            cases = [case for case in asked[dialogue.name] if f"{name}/{case.id}" not in results.done]
            if not cases:
                continue
            system.tell(dialogue)
            looked_at = CUTS[-1] if dialogue.format == "locomo" else 2 * CUTS[-1]  # half are the assistant's
            for case in cases:
                began = time.perf_counter()
                found = ask(system, case, looked_at)
                ms = (time.perf_counter() - began) * 1000
                results.add(record(name, dialogue, case, [str(hit.memory.ref) for hit in found], ms))
                done += 1
                if progress:
                    progress(done, due)


def record(name: str, dialogue: Dialogue, case: Case, found: Sequence[str], ms: float) -> Record:
    """What was found for one question, best first, and how good that is.

    `recall_any` and `recall_all` are LongMemEval's: whether any, or all, of the evidence is among the first k, of turns and
    of sessions. It ranks what the user said, so what the assistant did takes no place.
    """
    evidence = case.evidence
    if dialogue.format == "longmemeval":
        users = longmemeval.said_by_user(dialogue)
        found, evidence = [ref for ref in found if ref in users], evidence & users
    sessions = metrics.distinct([session_of(ref) for ref in found])
    held = {session_of(ref) for ref in evidence}
    scores = {f"recall@{k}": metrics.recall_at(k, found, evidence) for k in CUTS}
    scores |= {
        "mrr": metrics.reciprocal_rank(found, evidence),
        "ndcg@10": metrics.ndcg_at(10, found, evidence),
        f"session_recall@{SESSIONS}": metrics.recall_at(SESSIONS, sessions, held),
    }
    if dialogue.format == "longmemeval":
        for level, ranked, wanted in (("turn", found, evidence), ("session", sessions, held)):
            for k in (5, 10):
                share = metrics.recall_at(k, ranked, wanted)
                scores |= {f"{level}_recall_any@{k}": float(share > 0), f"{level}_recall_all@{k}": float(share == 1)}
    return {
        "id": f"{name}/{case.id}",
        "system": name,
        "dialogue": dialogue.name,
        "category": case.category,
        "question": case.question,
        "evidence": sorted(evidence),
        "found": found,
        **{name: round(score, 4) for name, score in scores.items()},
        "distance_days": distance_days(dialogue, case),
        "memories": len(dialogue.turns),
        "find_ms": round(ms, 1),
    }


def _counts(dialogue: Dialogue, case: Case) -> bool:
    """LongMemEval leaves out of retrieval what nothing answers, or only the assistant; LoCoMo's such questions have evidence,
    and stay."""
    if dialogue.format == "longmemeval":
        return case.answer is not None and bool(case.evidence & longmemeval.said_by_user(dialogue))
    return bool(case.evidence)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a ranker is trained on: dialogues the weights are learned from, others on which only the chances are calibrated, and
    messages that nothing remembered answers."""

    weighed: Sequence[Dialogue]
    calibrated: Sequence[Dialogue] = ()
    everyday: Sequence[str] = ()


def learned(settings: Settings, lessons: Lessons, progress: Progress | None = None) -> Sequence[ranking.Example]:
    """What `ranking.train` learns from, with the embedder of the settings."""
    made: list[ranking.Example] = []
    done, total = 0, len(lessons.weighed) + len(lessons.calibrated)
    for dialogues, weighs in ((lessons.weighed, True), (lessons.calibrated, False)):
        with ranking.stores(settings, dialogues) as told:
            for number, (dialogue, memories) in enumerate(told):
                unrelated = ranking.Unrelated(
                    dialogues[(number + 1) % len(dialogues)], _some(lessons.everyday, done, total)
                )
                found = ranking.examples(done, memories, dialogue, unrelated)
                made += [replace(example, weighs=weighs) for example in found]
                done += 1
                if progress:
                    progress(done, total)
    return made


def _some(messages: Sequence[str], number: int, parts: int) -> Sequence[str]:
    """The part of that number: each dialogue is asked others."""
    return messages[number::parts]
