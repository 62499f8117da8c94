"""What is compared: ways to find, for a question, what a conversation said.

A `System` is told a conversation and then asked; it gives back turns, best first, of which the reader gets as many as the
budget holds. To add one, write a class with these three methods and name it in SYSTEMS or, from outside, give its place:
`--system package.module:Class`. `mem0_system.py` is an example.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from assistant.embedder import load_embedder
from assistant.evaluation import ranking
from assistant.evaluation.dialogue import Case, Dialogue
from assistant.runtime import Runtime
from assistant.settings import Settings
from memory.errors import BadInput
from memory.search.embedders import LazyEmbedder
from memory.search.ranker import Ranker
from memory.types import Hit, Memory, NewMemory


class System(Protocol):
    """A way to remember one conversation at a time."""

    def tell(self, dialogue: Dialogue) -> None:
        """Remember this conversation, and nothing of another."""
        ...

    def find(self, case: Case, k: int) -> Sequence[Hit]:
        """At most `k` of the turns, best first (`hit` makes them). Of the case only `question` and `asked_at` are told."""
        ...

    def close(self) -> None: ...


Make = Callable[[Settings], System]


class Nothing:
    """No memory at all."""

    def __init__(self, _: Settings) -> None:
        self._turns: Sequence[NewMemory] = ()

    def tell(self, dialogue: Dialogue) -> None:
        self._turns = dialogue.turns

    def find(self, case: Case, k: int) -> Sequence[Hit]:  # noqa: ARG002
        return ()

    def close(self) -> None:
        pass


class Recent(Nothing):
    """The last turns, the latest first."""

    def find(self, case: Case, k: int) -> Sequence[Hit]:  # noqa: ARG002
        return [hit(turn) for turn in self._turns[::-1][:k]]


class Oracle(Nothing):
    """The labelled evidence: what a perfect search would find."""

    def find(self, case: Case, k: int) -> Sequence[Hit]:
        return [hit(turn) for turn in self._turns if turn.ref in case.evidence][:k]


class Dense(Nothing):
    """What most products ship: the text alone, embedded, in Chroma."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._embedder = LazyEmbedder(partial(load_embedder, settings))
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        import chromadb

        self._client = chromadb.PersistentClient(
            self._folder.name, chromadb.config.Settings(anonymized_telemetry=False)
        )
        self._collection: Any = None

    def tell(self, dialogue: Dialogue) -> None:
        super().tell(dialogue)
        if self._collection:
            self._client.delete_collection("turns")
        self._collection = self._client.create_collection(
            "turns", embedding_function=None, configuration={"hnsw": {"space": "ip"}}
        )
        vectors: Any = self._embedder.embed([turn.text for turn in dialogue.turns])
        for start in range(0, len(dialogue.turns), 1000):
            part = slice(start, start + 1000)
            ids = [str(number) for number in range(len(dialogue.turns))][part]
            self._collection.add(ids=ids, embeddings=vectors[part])

    def find(self, case: Case, k: int) -> Sequence[Hit]:
        vector: Any = self._embedder.encode_question(case.question).vector
        found = self._collection.query(query_embeddings=[vector], n_results=min(k, len(self._turns)), include=[])
        return [hit(self._turns[int(number)]) for number in found["ids"][0]]

    def close(self) -> None:
        self._folder.cleanup()


class Zhiji(Nothing):
    """Our own search, in a store of its own. `held_out`: for conversations by name, weights that have not seen them;
    `notes` and `floor`: as many as a chat would recall, and none that it would not, which is fewer than the budget holds."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.notes, self.floor = settings.recall_k, settings.recall_floor
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._runtime = Runtime(settings.model_copy(update={"data_dir": Path(self._folder.name)}))
        self._runtime.store.embedder.embed(["load"])
        self.held_out: dict[str, Ranker] = {}
        self._told = 0

    def tell(self, dialogue: Dialogue) -> None:
        self._ranker = self.held_out.get(dialogue.name)
        self._told += 1
        self._memories = self._runtime.assistant(f"conversation-{self._told}").memories
        self._memories.add_many(dialogue.turns)
        self._runtime.store.flush()

    def find(self, case: Case, k: int) -> Sequence[Hit]:
        if self._ranker is None:
            return self._memories.search(case.question, k, at=case.asked_at)
        return ranking.ranked(self._memories, case, self._ranker, k)

    def close(self) -> None:
        self._runtime.close()
        self._folder.cleanup()


def ask(system: System, case: Case, k: int) -> Sequence[Hit]:
    """At most `k` turns, each once. Only the oracle sees what the answer is."""
    found = system.find(case if isinstance(system, Oracle) else case.blank(), k)
    return list({hit.memory.ref: hit for hit in found}.values())[:k]


def hit(turn: NewMemory) -> Hit:
    """A turn as something found."""
    assert turn.occurred_at is not None
    at = turn.occurred_at
    return Hit(Memory(turn.ref or "", turn.text, turn.kind, turn.speaker, at, at, ref=turn.ref), 1.0)


SYSTEMS: dict[str, Make] = {
    "none": Nothing,
    "recent": Recent,
    "full": Recent,
    "dense": Dense,
    "zhiji": Zhiji,
    "oracle": Oracle,
}


def make(name: str, settings: Settings) -> System:
    """A system by its name, or by the place of its class, "package.module:Class". Raises BadInput."""
    if name in SYSTEMS:
        return SYSTEMS[name](settings)
    module, _, attribute = name.partition(":")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` does, and the command `zhiji` does not
    try:
        found: Make = getattr(import_module(module), attribute)
        return found(settings)
    except (ImportError, AttributeError, ValueError) as error:
        raise BadInput(
            f"The system {name!r} cannot be loaded: {error}. Known are {', '.join(SYSTEMS)}; one of your own is named "
            "package.module:Class."
        ) from error


WHOLE_CONTEXT = ("full",)
"""Systems that get as much of the model's context as a prompt may have, not the budget."""
