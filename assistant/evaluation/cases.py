"""Read what is measured on from a file, draw some of it, tell it from others."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from assistant.evaluation import locomo, longmemeval
from assistant.evaluation.dialogue import Case, Dialogue
from memory.errors import BadInput


def load(path: Path) -> Sequence[Dialogue]:
    """A file in LoCoMo's or LongMemEval's format. Raises BadInput, naming the place."""
    samples = read(path)
    if not isinstance(samples, list) or not samples or not isinstance(samples[0], dict):
        raise BadInput(f"{path} is not a list of conversations; LoCoMo's and LongMemEval's files are.")
    read_one = longmemeval.dialogue if "haystack_sessions" in samples[0] else locomo.dialogue
    dialogues = []
    for number, sample in enumerate(samples, 1):
        try:
            dialogues.append(read_one(number, sample))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = error if isinstance(error, ValueError) else f"{type(error).__name__} {error}"
            raise BadInput(f"{path}, conversation {number}: {what}. It must be as in LoCoMo or LongMemEval.") from error
        if not dialogues[-1].turns:
            raise BadInput(f"{path}, conversation {number} has no turns.")
    for name, times in Counter(dialogue.name for dialogue in dialogues).items():
        if times > 1:  # results are kept by it
            raise BadInput(f"{path}: {times} conversations are called {name!r}. Give each a name of its own.")
    if not any(dialogue.cases for dialogue in dialogues):
        raise BadInput(f"{path} has no question with evidence: nothing to measure.")
    return dialogues


def sample(dialogues: Sequence[Dialogue], limit: int | None, seed: int) -> Sequence[Dialogue]:
    """`limit` of the questions, drawn by chance, and the conversations they are asked of."""
    every = [case.id for dialogue in dialogues for case in dialogue.cases]
    if limit is None or limit >= len(every):
        return dialogues
    drawn = set(random.Random(seed).sample(every, limit))
    chosen = [replace(dialogue, cases=[case for case in dialogue.cases if case.id in drawn]) for dialogue in dialogues]
    return [dialogue for dialogue in chosen if dialogue.cases]


def read(path: Path) -> Any:
    """The JSON in a file. Raises BadInput."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON: {error}.") from error


def fingerprint(path: Path) -> str:
    """Tells a file from any other: 16 hexadecimal digits of its SHA-256. Raises BadInput."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error


def fingerprint_of(package: str) -> str:
    """Tells a version of a package from any other: 16 hexadecimal digits of the SHA-256 of its code, texts and numbers."""
    digest = hashlib.sha256()
    for path in sorted(Path(str(files(package))).rglob("*")):
        if path.suffix in {".py", ".md", ".json"}:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def distance_days(dialogue: Dialogue, case: Case) -> float | None:
    """Days from the first piece of the evidence to the question."""
    said = [turn.occurred_at for turn in dialogue.turns if turn.ref in case.evidence and turn.occurred_at]
    return round((case.asked_at - min(said)).total_seconds() / 86_400, 1) if said else None


def session_of(ref: str) -> str:
    """ "D3:7" is turn 7 of session "D3"."""
    return ref.rpartition(":")[0]
