"""What do many users in one process cost? Memory, files, threads and the time of a search, as their number grows.

    python bench/users.py ../shared/data/locomo_dev.json 1000

Each has 1,000 turns of the development conversations. Each text is embedded only once, so that it ends in reasonable time.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import psutil

from assistant import Runtime, Settings
from assistant.embedder import load_embedder
from assistant.evaluation import locomo
from memory.search.embedders import Embedder, Encoded, Vectors

MEMORIES = 1_000


class Remembering:
    """The embedder of the settings, asked once for each text."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.languages = embedder.name, embedder.languages
        self._embedder = embedder
        self._known: dict[str, Encoded] = {}

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([one.vector for one in self.encode(texts)])

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.encode(new), strict=True))  # type: ignore[attr-defined]
        return [self._known[text] for text in texts]


def measure(data: Path, number: int, folder: Path) -> None:
    dialogues = locomo.load(data)
    turns = [turn for dialogue in dialogues for turn in dialogue.turns]
    questions = [case.question for dialogue in dialogues for case in dialogue.cases]
    chance, process = random.Random(0), psutil.Process()
    settings = Settings(data_dir=folder)
    with Runtime(settings, embedder=Remembering(load_embedder(settings))) as runtime:
        runtime.store.embedder.embed(["load"])
        runtime.store.embedder.encode(questions)
        for user in range(1, number + 1):
            start = chance.randrange(len(turns) - MEMORIES)
            runtime.assistant(f"user{user}").memories.add_many(turns[start : start + MEMORIES])
            print(f"\r{user}/{number}", end="", file=sys.stderr)
            if user % max(1, number // 10):
                continue
            took = []
            for _ in range(50):
                memories = runtime.assistant(f"user{chance.randint(1, user)}").memories
                began = time.perf_counter()
                memories.search(chance.choice(questions))
                took.append((time.perf_counter() - began) * 1000)
            runtime.store.flush(600)
            print(
                f"\r{user:,} users: {process.memory_info().rss / 2**20:,.0f} MiB, {process.num_fds()} files, "
                f"{process.num_threads()} threads, search p50 {np.median(took):.0f} ms",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("users", type=int)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        measure(given.data, given.users, Path(temporary))
