"""Run as `python -m memory.probe FOLDER`: exits 0 if every collection in the index can be counted, read and asked."""

import sys
from pathlib import Path

from memory.vectors import VectorIndex


def main(folder: Path) -> None:
    index = VectorIndex(folder)
    for user_id in index.users():
        collection = index._collection(user_id)
        sample = collection.get(limit=3, include=["embeddings"])
        if collection.count() != len(collection.get(include=[])["ids"]):
            raise SystemExit(1)
        for vector in sample["embeddings"]:
            if not index.query(user_id, vector, 3):
                raise SystemExit(1)
    index.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
