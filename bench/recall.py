"""Evidence recall on LoCoMo: Zhiji's search, and plain Chroma over the same embedder, in one run.

    python bench/recall.py ../shared/data/locomo_dev.json

The shipped weights were trained on this very file; for figures on conversations that the weights have not seen, see
`zhiji evaluate recall … --leave-one-out`.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from assistant import Runtime, Settings
from assistant.evaluation import locomo, metrics, recall
from memory.types import NewMemory


def plain_chroma(
    folder: Path, memories: Sequence[NewMemory], embed: Callable[..., object]
) -> Callable[[str], list[str]]:
    """What most products ship: the text alone, embedded, in Chroma."""
    import chromadb

    client = chromadb.PersistentClient(str(folder))
    collection = client.create_collection("plain", embedding_function=None, configuration={"hnsw": {"space": "ip"}})
    vectors = embed([memory.text for memory in memories])
    collection.add(ids=[str(memory.ref) for memory in memories], embeddings=vectors)  # type: ignore[arg-type]

    def search(question: str) -> list[str]:
        return list(
            collection.query(query_embeddings=embed([question]), n_results=recall.CUTS[-1], include=[])["ids"][0]
        )  # type: ignore[arg-type]

    return search


def measure(path: Path) -> None:
    dialogues = locomo.load(path)
    answers = recall.evaluate(Settings(), dialogues, leave_one_out=False)
    found: list[list[float]] = []
    took: list[float] = []
    with tempfile.TemporaryDirectory() as folder, Runtime(Settings(data_dir=Path(folder))) as runtime:
        for number, dialogue in enumerate(dialogues):
            search = plain_chroma(Path(folder) / f"plain{number}", dialogue.turns, runtime.store.embedder.embed)
            search("warm")
            for case in dialogue.cases:
                began = time.perf_counter()
                refs = search(case.question)
                took.append((time.perf_counter() - began) * 1000)
                found.append([metrics.recall_at(k, refs, case.evidence) for k in recall.CUTS])
            print(f"{number + 1} of {len(dialogues)} conversations", file=sys.stderr)
    ours = [[answer.recall[k] for k in recall.CUTS] for answer in answers]
    print(f"| search | {' | '.join(f'R@{k}' for k in recall.CUTS)} | p50 ms | p95 ms |")
    for name, rows, times in (("plain Chroma", found, took), ("Zhiji", ours, [answer.ms for answer in answers])):
        scores = " | ".join(f"{100 * score:.1f}" for score in np.mean(rows, axis=0))
        print("| {} | {} | {:.0f} | {:.0f} |".format(name, scores, *np.percentile(times, [50, 95])))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    measure(parser.parse_args().data)
