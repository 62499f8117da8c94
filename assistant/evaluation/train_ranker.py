"""`make train-ranker`: write memory/search/ranker.json from conversations with labelled evidence, in LoCoMo's format."""

import argparse
import sys
from pathlib import Path

from assistant.evaluation import cases, evidence
from assistant.evaluation.extra import check_installed
from assistant.settings import Settings
from memory.search import ranker

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    check_installed("scipy", "sklearn")
    trained = evidence.train(
        Settings(), cases.load(given.data), lambda done, total: print(f"{done} of {total}", file=sys.stderr)
    )
    target = Path(ranker.__file__).with_name("ranker.json")
    target.write_text(trained, encoding="utf-8")
    print(f"Wrote {target}.")
