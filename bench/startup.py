"""How long it takes to start a command and the browser app, and until the first answer; and the browser app's memory."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import Progress

from bench.figures import Figures

ROOT = Path(__file__).parent.parent
RUNS = 5

ORDINARY = """
import sys
from transformers import AutoModelForCausalLM, AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype="float32")
said = [{"role": "system", "content": "You are a personal assistant. " * 40}, {"role": "user", "content": "Who are you?"}]
ids = tokenizer.apply_chat_template(said, add_generation_prompt=True, return_tensors="pt", return_dict=True)
model.generate(**ids, max_new_tokens=1, do_sample=False)
"""


def seconds(*command: str) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


@contextmanager
def serving(model: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "ui", "--no-browser", "--port", str(port), "--data-dir", folder],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "ZHIJI_MODEL": model},
            cwd=ROOT,
        )
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.terminate()
            process.wait()


def _page(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.05)


def first_answer(model: str) -> float:
    """From the command `zhiji chat` to the first word of the answer to a question typed at once."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "ui", "chat", "--data-dir", folder, "--model", model],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"Who are you?\n")
        process.stdin.close()
        while process.stdout.read(1).isspace():
            pass
        took = time.perf_counter() - began
        process.stdout.read()
        process.wait()
    return took


def memory(model: str) -> tuple[float, float]:
    """The most memory of `zhiji ui` in MB, with one conversation of ten turns; and the part of it that is not files."""
    with serving(model) as (url, process):
        _page(url)
        while json.loads(urllib.request.urlopen(f"{url}/healthz").read())["model"] != "ready":
            time.sleep(0.5)
        conversation, own = "", 0.0
        for turn in range(10):
            said = urllib.parse.urlencode({"text": f"{turn}: tell me something about my garden.", "id": conversation})
            asked = urllib.request.Request(
                f"{url}/zhiji/say", said.encode(), {"Origin": url, "Sec-Fetch-Site": "same-origin"}
            )
            conversation = json.loads(urllib.request.urlopen(asked).read())["id"]
            while (
                urllib.request.urlopen(f"{url}/zhiji/chat?id={conversation}").read().count(b'class="msg reply" id="m-')
                <= turn
            ):
                time.sleep(0.3)
            own = max(own, _status(process.pid, "RssAnon"))
        return _status(process.pid, "VmHWM"), own


def _status(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field)) / 1024


def measure(figures: Figures, models: list[str], ordinary: Path | None, progress: Progress) -> None:
    python, part = sys.executable, "start-up"
    bar = progress.add_task(part, total=RUNS * 3 + 3 * len(models) * 2)
    for what, command in {
        "an empty Python": (python, "-c", "pass"),
        "import assistant": (python, "-c", "import assistant"),
        "zhiji --help": (python, "-m", "ui", "--help"),
    }.items():
        figures.add(part, what, "", [seconds(*command) for _ in range(RUNS) if not progress.advance(bar)], "s")
    for model in models:
        pages = []
        for _ in range(3):
            began = time.perf_counter()
            with serving(model) as (url, _process):
                _page(url)
                pages.append(time.perf_counter() - began)
            progress.advance(bar)
        figures.add(part, "zhiji ui, to the first page", model, pages, "s")
        answers = [first_answer(model) for _ in range(3) if not progress.advance(bar)]
        figures.add(part, "zhiji chat, to the first word of an answer", model, answers, "s")
        most, own = memory(model)
        figures.add("memory", "zhiji ui, most of all (VmHWM)", model, [most], "MB")
        figures.add("memory", "zhiji ui, not counting mapped files (RssAnon)", model, [own], "MB")
    if ordinary is not None:
        times = [seconds(python, "-c", ORDINARY, str(ordinary)) for _ in range(2)]
        figures.add(part, "a first word the ordinary way (transformers, float32)", models[0], times, "s")
