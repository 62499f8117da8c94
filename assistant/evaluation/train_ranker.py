"""`make train-ranker`: write memory/search/rankers/<title>.json from conversations with labelled evidence, in LoCoMo's format.

    python -m assistant.evaluation.train_ranker DATA --embedder NAME [--chats BANK LABELS …] [--everyday MESSAGES]

The weights are learned from DATA. What they mean as a chance is calibrated on DATA, on chats in MemoryBank's format with their
labels, and on messages that nothing remembered answers (small talk, the world, sums of tests/data/acts/train.jsonl). Chats in
two languages that are translations of each other, as MemoryBank's are, are also asked in the other: that teaches the weights
`across`. Prints what is found in each conversation by weights from the others.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant import embedder
from assistant.evaluation import cases, evidence, memorybank, ranking
from assistant.evaluation.extra import check_installed
from assistant.settings import Settings
from memory.search import ranker

CUTS = (1, 5, 10, 25)
EVERYDAY = frozenset({"small_talk", "world", "sum"})


def everyday(path: Path) -> Sequence[str]:
    """The messages of a labelled set (tests/data/README.md) that nothing remembered answers."""
    labelled = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [message["say"] for message in labelled if message["act"] in EVERYDAY and not message.get("before")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--embedder", default=embedder.BEST)
    parser.add_argument("--chats", type=Path, nargs=2, action="append", default=[], metavar=("BANK", "LABELS"))
    parser.add_argument("--everyday", type=Path)
    given = parser.parse_args()
    check_installed("scipy", "sklearn")
    lessons = evidence.Lessons(
        cases.load(given.data),
        memorybank.crossed([memorybank.load(bank, labels) for bank, labels in given.chats]),
        everyday(given.everyday) if given.everyday else (),
    )
    settings = Settings(embedder=given.embedder)
    made = evidence.learned(settings, lessons, lambda done, total: print(f"{done} of {total}", file=sys.stderr))
    for name in ranking.SETS:
        if ranking.lessons_of(name, made):
            shares = ranking.left_out(name, made, CUTS)
            print(name, *(f"R@{cut} {100 * share:.1f}" for cut, share in zip(CUTS, shares, strict=True)))
    trained = ranking.train(made)
    target = Path(ranker.__file__).parent / ranker.FOLDER / f"{embedder.title(settings)}.json"
    target.write_text(ranker.dump(trained), encoding="utf-8")
    print(f"Wrote {target}.")


if __name__ == "__main__":
    main()
