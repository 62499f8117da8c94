"""mem0 as a `System`, in its setting without a model: what is said is kept as it is and embedded, in Chroma, by our embedder.

pip install "zhiji[mem0]"
zhiji evaluate recall DATA --system zhiji --system assistant.evaluation.mem0_system:Mem0
"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation.dialogue import Case, Dialogue
from assistant.evaluation.systems import hit
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.types import Hit, NewMemory


class Mem0:
    def __init__(self, settings: Settings) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        os.environ |= {"MEM0_TELEMETRY": "False", "MEM0_DIR": self._folder.name}  # read when it is imported
        from mem0 import Memory

        embedder = ModelStore(settings.models_dir).path("embedder", "source")
        self._memory: Any = Memory.from_config(
            {
                "vector_store": {"provider": "chroma", "config": {"path": str(Path(self._folder.name) / "chroma")}},
                "embedder": {"provider": "huggingface", "config": {"model": str(embedder)}},
                "llm": {"provider": "openai", "config": {"api_key": "not used"}},
            }
        )
        self._turns: Sequence[NewMemory] = ()
        self._user = ""

    def tell(self, dialogue: Dialogue) -> None:
        self._turns, self._user = dialogue.turns, dialogue.name
        for number, turn in enumerate(dialogue.turns):
            self._memory.add(turn.text, user_id=self._user, metadata={"number": number}, infer=False)

    def find(self, case: Case, k: int) -> Sequence[Hit]:
        found = self._memory.search(case.question, filters={"user_id": self._user}, top_k=k, threshold=0.0)
        return [hit(self._turns[memory["metadata"]["number"]]) for memory in found["results"]]

    def close(self) -> None:
        self._folder.cleanup()
