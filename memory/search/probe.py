"""Run as `python -m memory.search.probe FOLDER`: exits 0 if every collection in the index can be counted, read and asked."""

import sys
from pathlib import Path

from memory.search.vectors import VectorIndex


def main(folder: Path) -> None:
    index = VectorIndex(folder)
    sound = index.check()
    index.close()
    raise SystemExit(0 if sound else 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
