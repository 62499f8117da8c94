"""Stand-ins that are real objects of their seam, and small helpers."""

import atexit
import hashlib
import http.server
import io
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager, redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from starlette.types import ASGIApp

import assistant.runtime
from assistant import Assistant, Runtime, Settings
from assistant.chat_models.base import Sampling
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.embedder import chosen, load_embedder
from memory.language.stemming import words
from memory.search.embedders import Embedder, Vectors, unit
from memory.storage import encryption
from memory.storage.costs import Costs
from memory.storage.data_folder import DATABASE
from memory.store import Store
from memory.types import NewMemory
from prompts.types import ChatMessage
from ui.cli import main

DIM = 64
TEMPORARY = tempfile.gettempdir()  # before a test takes another
CHEAP = Costs(1, 64, 4)
"""What a guess costs in tests that are not about that: some milliseconds, in place of 0.6 s of two cores."""
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


@cache
def _empty_folder() -> Path:
    """A data folder as it is after its first opening, made once by each process of the tests."""
    folder = Path(tempfile.mkdtemp(prefix="zhiji-empty-", dir=TEMPORARY))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Store(folder, HashEmbedder).close()
    return folder


def ready(folder: Path) -> Path:
    """`folder`, with an empty database in it if there is none: a copy costs a third of running every migration. For tests that
    are not about how a database is made."""
    if not (folder / DATABASE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(_empty_folder() / DATABASE, folder / DATABASE)
    return folder


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
) -> "subprocess.CompletedProcess[str]":
    """Run the command line in this process, in `home`, with its data in `home/data`: the same `main`, with arguments, streams,
    environment and folder of its own. A new process costs 2 s of imports, this some milliseconds; `zhiji_process` is for
    claims about a process."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(say.encode()), encoding="utf-8")
    with _as_a_process(home, _environment(home, model, env), arguments, given), ExitStack() as redirected:
        redirected.enter_context(redirect_stdout(out))
        redirected.enter_context(redirect_stderr(errors))
        code = _ended(main)
    told = [stream.buffer.getvalue().decode("utf-8") for stream in (out, errors)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(["zhiji", *arguments], code, *told)


def zhiji_process(
    home: Path,
    *arguments: str,
    say: str = "",
    model: str | None = "scripted",
    env: dict[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """As `zhiji`, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ui", *arguments],
        input=say,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=home,
        env=_environment(home, model, env),
        check=False,
        timeout=180,
    )


def _environment(home: Path, model: str | None, more: dict[str, str] | None) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")}
    clean |= {"ZHIJI_DATA_DIR": str(home / "data"), "ZHIJI_CONFIG": str(home / "none.toml"), "COLUMNS": "120"}
    clean |= {name: os.environ[name] for name in ("ZHIJI_MODELS_DIR", "ZHIJI_READER") if name in os.environ}
    if model:
        clean["ZHIJI_MODEL"] = model
    return clean | (more or {})


@contextmanager
def _as_a_process(
    home: Path, environment: dict[str, str], arguments: Sequence[str], given: io.TextIOWrapper
) -> Iterator[None]:
    """What a process has for itself is the command's for the block, and as it was after it. It begins with no key of an
    encrypted folder at hand."""
    kept = dict(os.environ), sys.argv, sys.stdin, os.umask(0o022)
    log = logging.getLogger("zhiji")
    logged = log.propagate, list(log.handlers)
    signals = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGHUP)}
    unlocked = dict(encryption._unlocked)
    encryption.lock()
    loads, assistant.runtime.load_embedder = assistant.runtime.load_embedder, _loaded_once
    os.environ.clear()
    os.environ.update(environment)
    sys.argv, sys.stdin = ["zhiji", *arguments], given
    try:
        with chdir(home):
            yield
    finally:
        os.environ.clear()
        os.environ.update(kept[0])
        sys.argv, sys.stdin = kept[1:3]
        os.umask(kept[3])
        log.propagate, log.handlers = logged
        assistant.runtime.load_embedder = loads
        for number, handler in signals.items():
            signal.signal(number, handler)
        encryption.lock()
        encryption._unlocked.update(unlocked)


LOADED: dict[str, Embedder] = {}


def _loaded_once(settings: Settings) -> Embedder:
    """The real embedder, for all commands of this process: loading it takes more than a second."""
    name = f"{settings.models_dir}/{chosen(settings)}"
    if name not in LOADED:
        LOADED[name] = load_embedder(settings)
        atexit.register(LOADED[name].close)  # type: ignore[attr-defined]
        LOADED[name].close = lambda: None  # type: ignore[method-assign]
    return LOADED[name]


def _ended(command: Callable[[], None]) -> int:
    """The status a process would end with."""
    try:
        command()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except Exception:
        traceback.print_exc()
        return 1
    return 0


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


class Answering:
    """A model server on loopback that answers each request for a reply with `reply`, whatever that is."""

    def __init__(self) -> None:
        self.reply = ""
        self.asked: list[dict[str, Any]] = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None: ...

            def do_POST(self) -> None:
                server.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                self.wfile.write(server.reply.encode())

        self._server = http.server.ThreadingHTTPServer(("", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @staticmethod
    def piece(choice: dict[str, Any]) -> str:
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        return f"data: {json.dumps(chunk)}\n\n"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


NOT_ASKED = "The model was asked."


class Script:
    """A model whose replies a test sets; `asked` are the last messages of the prompts it was given."""

    def __init__(self) -> None:
        self.replies: list[str] = []
        self.asked: list[str] = []

    def __call__(self, messages: Sequence[ChatMessage]) -> str:
        self.asked.append(messages[-1].content)
        return self.replies.pop(0) if self.replies else NOT_ASKED


def ago(**time: int) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


def told(mei: Assistant, *texts: str, days_ago: int = 3) -> None:
    mei.memories.add_many([NewMemory(text, "mei", ago(days=days_ago, hours=1)) for text in texts])
