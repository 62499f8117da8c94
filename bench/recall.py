"""Evidence recall on LoCoMo: Zhiji's search, and plain Chroma over the same embedder, in one run.

    python bench/recall.py ../shared/data/locomo_dev.json

recall@k is the mean over questions of |evidence among the first k| / |evidence|; the unit is a turn. The constants in
memory/retrieval.py were chosen on this file, so a figure from it is a development figure.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant import Runtime, Settings
from memory.types import NewMemory

CUTS = (5, 10, 25)


def turns(conversation: dict[str, Any]) -> Iterator[NewMemory]:
    session = 1
    while f"session_{session}" in conversation:
        said = datetime.strptime(conversation[f"session_{session}_date_time"], "%I:%M %p on %d %B, %Y").replace(
            tzinfo=UTC
        )
        for turn in conversation[f"session_{session}"]:
            text = " ".join(filter(None, [turn["text"], turn.get("blip_caption")]))
            yield NewMemory(text, speaker=turn["speaker"], occurred_at=said, ref=turn["dia_id"], kind="import")
        session += 1


def questions(sample: dict[str, Any]) -> Iterator[tuple[str, set[str]]]:
    for question in sample["qa"]:
        evidence = set(re.findall(r"D\d+:\d+", " ".join(question["evidence"])))
        if evidence:
            yield question["question"], evidence


def plain_chroma(folder: Path, memories: Sequence[NewMemory], embed: Callable[..., Any]) -> Callable[[str], list[str]]:
    """What most products ship: the text alone, embedded, in Chroma."""
    import chromadb

    client = chromadb.PersistentClient(str(folder))
    collection = client.create_collection("plain", embedding_function=None, configuration={"hnsw": {"space": "ip"}})
    vectors = embed([memory.text for memory in memories])
    collection.add(ids=[str(memory.ref) for memory in memories], embeddings=vectors)

    def search(question: str) -> list[str]:
        return list(collection.query(query_embeddings=embed([question]), n_results=CUTS[-1], include=[])["ids"][0])

    return search


def measure(path: Path) -> None:
    samples = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, list[list[float]]] = {"plain Chroma": [], "Zhiji": []}
    seconds: dict[str, list[float]] = {"plain Chroma": [], "Zhiji": []}
    with tempfile.TemporaryDirectory() as folder, Runtime(Settings(data_dir=Path(folder))) as runtime:
        runtime.store.embedder.embed(["warm"])
        for number, sample in enumerate(samples):
            memories = list(turns(sample["conversation"]))
            mine = runtime.assistant(f"user{number}").memories
            mine.add_many(memories)
            mine.search("warm up")
            runtime.store.flush()
            plain = plain_chroma(Path(folder) / f"plain{number}", memories, runtime.store.embedder.embed)
            systems: dict[str, Callable[[str], list[str]]] = {
                "plain Chroma": plain,
                "Zhiji": lambda question, mine=mine: [str(h.memory.ref) for h in mine.search(question, CUTS[-1])],  # type: ignore[misc]
            }
            for question, evidence in questions(sample):
                for name, search in systems.items():
                    began = time.perf_counter()
                    refs = search(question)
                    seconds[name].append(time.perf_counter() - began)
                    found[name].append([len(evidence & set(refs[:k])) / len(evidence) for k in CUTS])
            print(f"{number + 1} of {len(samples)} conversations", file=sys.stderr)
    print(f"| search | {' | '.join(f'R@{k}' for k in CUTS)} | p50 ms | p95 ms |")
    for name, rows in found.items():
        scores = " | ".join(f"{100 * score:.1f}" for score in np.mean(rows, axis=0))
        p50, p95 = np.percentile(np.array(seconds[name]) * 1000, [50, 95])
        print(f"| {name} | {scores} | {p50:.0f} | {p95:.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    measure(parser.parse_args().data)
