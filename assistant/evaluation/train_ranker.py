"""`make train-ranker`: write memory/ranker.json from conversations with labelled evidence, in LoCoMo's format."""

import argparse
import sys
from pathlib import Path

import memory
from assistant.evaluation import cases, recall
from assistant.settings import Settings

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    given = parser.parse_args()
    trained = recall.train(
        Settings(), cases.load(given.data), lambda done, total: print(f"{done} of {total}", file=sys.stderr)
    )
    target = Path(memory.__file__).with_name("ranker.json")
    target.write_text(trained, encoding="utf-8")
    print(f"Wrote {target}.")
