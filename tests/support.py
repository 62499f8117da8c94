"""Stand-ins that are real objects of their seam, and small helpers."""

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import uvicorn
from starlette.types import ASGIApp

from assistant import Runtime
from assistant.chat_models.base import Sampling
from assistant.chat_models.scripted_model import ScriptedModel
from memory.language.stemming import words
from memory.search.embedders import Vectors, unit
from prompts.types import ChatMessage

DIM = 64
LEFT_OPEN = [
    pytest.mark.usefixtures("whole_app"),
    pytest.mark.filterwarnings(
        "ignore::DeprecationWarning",
        "ignore::UserWarning",
        "ignore::ResourceWarning",
        "ignore::pytest.PytestUnraisableExceptionWarning",
    ),
]
"""Of a module whose tests make the whole app: Gradio leaves event loops and sockets open."""


class HashEmbedder:
    """A bag of hashed words: texts that share words are near each other. Deterministic, no weights. It knows no
    language, so searches go by words."""

    name = "hash-64"
    languages: tuple[str, ...] = ()

    def embed(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), DIM), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in words(text):
                row[int(hashlib.sha256(word.encode()).hexdigest(), 16) % DIM] += 1
            row[0] += 0.01
        return unit(rows)


def files_holding(folder: Path, *needles: bytes) -> list[str]:
    """The files below `folder` in which any of the byte strings stands."""
    return [
        str(path.relative_to(folder))
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]


def zhiji(
    home: Path,
    *arguments: str,
    say: str = "",
    model: str | None = "scripted",
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, in `home`, with its data in `home/data`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")}
    clean |= {"ZHIJI_DATA_DIR": str(home / "data"), "ZHIJI_CONFIG": str(home / "none.toml"), "COLUMNS": "120"}
    if "ZHIJI_MODELS_DIR" in os.environ:
        clean["ZHIJI_MODELS_DIR"] = os.environ["ZHIJI_MODELS_DIR"]
    if model:
        clean["ZHIJI_MODEL"] = model
    return subprocess.run(
        [sys.executable, "-m", "ui", *arguments],
        input=say,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=home,
        env=clean | (env or {}),
        check=False,
        timeout=180,
    )


class Slow(ScriptedModel):
    """Writes for some minutes."""

    def __init__(self) -> None:
        super().__init__(lambda _: "word " * 2_000)
        self.begun = threading.Event()
        self.stopped = False

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        try:
            for piece in super().stream(messages, sampling):
                time.sleep(0.05)
                yield piece
                self.begun.set()
        finally:
            self.stopped = True


@contextmanager
def over_http(app: ASGIApp, runtime: Runtime) -> Iterator[int]:
    """The app on a port of its own, with a model that writes slowly."""
    runtime._model = Slow()
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
