"""How fast is a search among many memories? Real text: the development conversations again and again, with edits.

    python bench/scale.py ../shared/data/locomo_dev.json 10000

Prints how long adding takes, how large the store is, and the p50 and p95 of a warm search.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import psutil

from assistant import Runtime, Settings
from assistant.evaluation import locomo
from assistant.recall import recall
from memory.types import NewMemory


def many(dialogues: Sequence[locomo.Dialogue], number: int, seed: int = 0) -> Iterator[NewMemory]:
    """`number` turns: each conversation again, weeks later, with a word in five taken from elsewhere in the talk."""
    chance = random.Random(seed)
    words = [word for dialogue in dialogues for turn in dialogue.turns for word in turn.text.split()]
    made = lap = 0
    while made < number:
        for dialogue in dialogues:
            for turn in dialogue.turns[: number - made]:
                text = " ".join(chance.choice(words) if lap and chance.random() < 0.2 else w for w in turn.text.split())
                assert turn.occurred_at is not None
                yield replace(
                    turn, text=text or turn.text, occurred_at=turn.occurred_at + timedelta(weeks=lap), ref=None
                )
                made += 1
        lap += 1


def measure(data: Path, number: int, folder: Path, report: Callable[[int, int], None]) -> dict[str, list[float]]:
    """Milliseconds of searches, also as a chat makes them, and of writes, once warm, and what a memory takes, in KiB, on the
    disk and of memory."""
    dialogues = locomo.load(data)
    questions = [case.question for dialogue in dialogues for case in dialogue.cases]
    random.Random(1).shuffle(questions)
    process = psutil.Process()
    found: dict[str, list[float]] = {}
    with Runtime(Settings(data_dir=folder)) as runtime:
        runtime.store.embedder.embed(["load"])
        before = process.memory_info().rss
        mine = runtime.assistant("me").memories
        if not mine.list(1):
            began = time.perf_counter()
            mine.add_many(list(many(dialogues, number)), report)
            found["add_many, a second"] = [number / (time.perf_counter() - began)]
        mine.search("What did we talk about in the summer?")
        runtime.store.flush(1800)
        size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        found["on the disk, KiB each"] = [size / number / 1024]
        for question in questions[:30]:
            mine.search(question)
        found["search"] = [_ms(partial(mine.search, question)) for question in questions[:300]]
        shown = [f"message {number}" for number in range(60)]
        in_chat = lambda question: recall(mine, question, k=5, floor=0.03, exclude_messages=shown)  # noqa: E731
        found["recall in a chat"] = [_ms(partial(in_chat, question)) for question in questions[:100]]
        found["of memory, KiB each"] = [(process.memory_info().rss - before) / number / 1024]
        notes = [f"Note {index}: the ferry to the island leaves at {index} o'clock" for index in range(30)]
        found["add"] = [_ms(lambda note=note: mine.add(note)) for note in notes]  # type: ignore[misc]
    return found


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def counted(done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("number", type=int)
    parser.add_argument("--folder", type=Path, help="keep the store here, and use it again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        for what, values in measure(given.data, given.number, given.folder or Path(temporary), counted).items():
            print("{}: p50 {:.1f}, p95 {:.1f}".format(what, *np.percentile(values, [50, 95])))
