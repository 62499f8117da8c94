"""`make train-reader`, second step: write memory/facts/telling.json, which tells a message that tells something from others.

    python -m assistant.evaluation.reader.telling DATA … --nothing FOLDER

DATA are labelled messages, of which those of the people whom the reader was not trained on are taken; the messages of FOLDER
tell nothing: tasks, exam questions, other people's texts. The figures are of people left out in turn.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from assistant.evaluation.reader.examples import answered, person_of
from assistant.evaluation.reader.train import held_out
from assistant.runtime import load_reader
from assistant.settings import Settings
from memory.facts import telling
from memory.facts.reader import Reader

UNSURE = 0.3
"""How much a message counts whose only facts a reasonable reader may leave out."""
PARTS = 9
"""The people are left out in so many parts."""
DECIMALS = 4


class Said(NamedTuple):
    """One message: what `telling.features` makes of it, whether it tells, how much it counts, whose it is."""

    features: Any
    tells: bool
    weight: float
    person: str
    made: bool


def read(reader: Reader, paths: Sequence[Path], nothing: Sequence[Path]) -> Iterator[Said]:
    for path in (*paths, *nothing):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            person = person_of(row, path.stem)
            if path not in nothing and not held_out(person):
                continue
            marks = reader.read_many([(row["text"], answered(row))])[0]
            sure = any(not fact.get("optional") for fact in row["facts"])
            yield Said(
                telling.features(row["text"], marks), sure, 1.0 if sure == bool(row["facts"]) else UNSURE, person,
                path in nothing,
            )  # fmt: skip


def fit(said: Sequence[Said]) -> tuple[list[float], str]:
    """The weights, and what they let in and keep out, in Markdown."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    features = np.stack([one.features for one in said])
    tells, weights = np.array([one.tells for one in said]), np.array([one.weight for one in said])
    made, people = np.array([one.made for one in said]), np.array([one.person for one in said])

    def fitted(rows: Any) -> LogisticRegression:
        model = LogisticRegression(C=1.0, fit_intercept=False, max_iter=3_000)
        return model.fit(features[rows], tells[rows], sample_weight=weights[rows])

    chances = np.zeros(len(said))
    for learning, left_out in GroupKFold(PARTS).split(features, tells, people):
        chances[left_out] = fitted(learning).predict_proba(features[left_out])[:, 1]
    lines = ["| chance | of those that tell | of others of theirs | of tasks and texts |", "|---|---|---|---|"]
    for level in (0.3, 0.5, 0.7, 0.9):
        shares = [float((chances[group] >= level).mean()) for group in (tells, ~tells & ~made, made)]
        lines.append(f"| {level} | {' | '.join(f'{share:.3f}' for share in shares)} |")
    return [round(float(value), DECIMALS) for value in fitted(slice(None)).coef_[0]], "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train what tells a message that tells something.")
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--nothing", type=Path, required=True)
    chosen = parser.parse_args()
    paths = [path for one in chosen.data for path in (sorted(one.glob("*.jsonl")) if one.is_dir() else [one])]
    with closing(load_reader(Settings())) as reader:
        said = list(read(reader, paths, sorted(chosen.nothing.glob("*.jsonl"))))
    weights, table = fit(said)
    telling.WEIGHTS.write_text(json.dumps(weights) + "\n", encoding="utf-8")
    print(f"{len(said)} messages, of which {sum(one.tells for one in said)} tell something\n{table}")


if __name__ == "__main__":
    main()
