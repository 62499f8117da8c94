"""R13: very many turns in one process, and what they leave behind: memory, open files, threads, temporary files, disk, time.

    python -m tests.faults.soak FOLDER --turns 500

Two people talk; each conversation has ten turns, and the oldest are deleted, so that what is remembered stays about as much.
Now and then something is searched, exported, answered again, said in a temporary chat.
"""

import argparse
import gc
import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.support import HashEmbedder

TURNS_EACH = 10
CONVERSATIONS_KEPT = 20
WARM_UP = 500
LOOKS = 40
WORDS = "harbour lantern orchard violin pepper granite meadow copper thistle marble willow ember".split()


class Forgetful(ScriptedModel):
    """Does not keep its prompts, as the scripted model does for tests to look at."""

    def stream(self, messages: Any, sampling: Any) -> Any:
        self.prompts.clear()
        return super().stream(messages, sampling)


def look(process: psutil.Process) -> dict[str, int]:
    gc.collect()
    return {"rss": process.memory_info().rss, "files": process.num_fds(), "threads": threading.active_count()}


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def run(folder: Path, turns: int) -> dict[str, Any]:
    temporary = Path(tempfile.gettempdir())
    temporary_before = size(temporary)
    process, looks, seconds = psutil.Process(), [], []
    warm_up = min(WARM_UP, turns // 4)
    with Runtime(Settings(data_dir=folder), model=Forgetful(), embedder=HashEmbedder()) as runtime:
        people = [runtime.assistant("mei"), runtime.assistant("li")]
        ids: list[str | None] = [None, None]
        for number in range(warm_up + turns):
            mine = number % 2
            who = people[mine]
            if number % (2 * TURNS_EACH) < 2:
                ids[mine] = None
            words = " ".join(WORDS[(number * step) % len(WORDS)] for step in (1, 5, 7))
            began = time.perf_counter()
            ids[mine] = who.chat(
                f"Turn {number}: I keep thinking of {words}", conversation_id=ids[mine]
            ).conversation_id
            if number >= warm_up:
                seconds.append(time.perf_counter() - began)
            if number % 7 == 0:
                who.memories.search(words, 5)
            if number % 50 == 0:
                who.temporary().chat("A passing thought")
                list(who.regenerate(str(ids[mine])))
            if number % 100 < 2:
                for old in who.conversations.list(1_000)[CONVERSATIONS_KEPT:]:
                    who.conversations.delete(old.id)
            if number % 500 == 499:
                sum(1 for _ in who.export_lines("jsonl"))
            if number >= warm_up and (number - warm_up) % max(1, turns // LOOKS) == 0:
                looks.append(look(process) | {"turn": number - warm_up})
                print(number - warm_up, turns, looks[-1], file=sys.stderr, flush=True)
        for who in people:
            for old in who.conversations.list(1_000)[CONVERSATIONS_KEPT:]:
                who.conversations.delete(old.id)
        assert runtime.store.flush()
        looks.append(look(process) | {"turn": turns})
        runtime.store.database.compact()
        with runtime.store.database.engine.connect() as connection:
            logical = sum(
                connection.exec_driver_sql(query).scalar() or 0
                for query in (
                    "SELECT sum(length(CAST(text AS BLOB)) + length(vector) + length(tokens)) FROM memory",
                    "SELECT sum(length(CAST(text AS BLOB))) FROM message",
                )
            )
        disk = size(folder)
    half = looks[len(looks) // 2 :]  # what is still warming up is in the first
    slope = _slope([(float(found["turn"]), float(found["rss"])) for found in half])
    tenth = max(1, len(seconds) // 10)
    p95 = [sorted(part)[int(0.95 * len(part))] for part in (seconds[:tenth], seconds[-tenth:])]
    return {
        "turns": turns,
        "rss_mb": [round(looks[0]["rss"] / 2**20), round(looks[-1]["rss"] / 2**20)],
        "rss_kb_a_turn": round(slope / 1024, 3),
        "files": [looks[0]["files"], looks[-1]["files"]],
        "threads": [looks[0]["threads"], looks[-1]["threads"]],
        "temporary_mb": round((size(temporary) - temporary_before - disk) / 2**20, 1),
        "disk_to_text": round(disk / logical, 2),
        "median_ms": round(1000 * statistics.median(seconds), 1),
        "p95_ms": [round(1000 * found, 1) for found in p95],
    }


def _slope(points: list[tuple[float, float]]) -> float:
    """Of the line of least squares."""
    if len(points) < 2:
        return 0.0
    mean_x, mean_y = (statistics.mean(values) for values in zip(*points, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--turns", type=int, default=500)
    given = parser.parse_args()
    print(json.dumps(run(given.folder, given.turns)))
