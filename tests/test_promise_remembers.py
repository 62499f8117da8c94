"""The main job on real parts: tell it something, restart, and be remembered; in Python, in the terminal, in the browser;
in English and in Chinese; and another user is told nothing.

Every part is real: the default small chat model, the default embedder, Chroma, SQLite, Gradio, Chromium.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.browser import browser, chromium
from tests.support import zhiji_process

pytestmark = pytest.mark.models

TELL, ASK, ANSWER = "My dog is called Biscuit and I am allergic to peanuts", "What is my dog called?", "Biscuit"
TELL_ZH, ASK_ZH, ANSWER_ZH = "我的狗叫饼干，我对花生过敏。", "我的狗叫什么名字？", "饼干"
ROOT = Path(__file__).parent.parent

SAY = """
import sys
from pathlib import Path
from typing import Any
from assistant import Runtime, Settings
with Runtime(Settings(data_dir=Path(sys.argv[1]), model="small")) as runtime:
    reply = runtime.assistant(sys.argv[2]).chat(sys.argv[3])
    print("TEXT", reply.text)
    print("RECALLED", [hit.memory.text for hit in reply.recalled])
"""


def say(folder: Path, user: str, text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SAY, str(folder), user, text],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.nightly
@pytest.mark.parametrize(("tell", "ask", "answer"), [(TELL, ASK, ANSWER), (TELL_ZH, ASK_ZH, ANSWER_ZH)])
def test_in_python_across_processes(tmp_path: Path, tell: str, ask: str, answer: str) -> None:
    say(tmp_path, "mei", tell)
    said, _, recalled = say(tmp_path, "mei", ask).partition("RECALLED")
    assert answer in said
    assert tell in recalled
    other = say(tmp_path, "li", ask)
    assert answer not in other
    assert "RECALLED []" in other


@pytest.mark.parametrize(
    ("tell", "ask", "answer"),
    [(TELL, ASK, ANSWER), pytest.param(TELL_ZH, ASK_ZH, ANSWER_ZH, marks=pytest.mark.nightly)],
)
def test_in_the_terminal_across_processes(tmp_path: Path, tell: str, ask: str, answer: str) -> None:
    assert zhiji_process(tmp_path, "chat", "-u", "mei", say=f"{tell}\n", model="small").returncode == 0
    done = zhiji_process(tmp_path, "chat", "-u", "mei", say=f"{ask}\n", model="small")
    reply, _, recalled = done.stdout.partition("  remembered " if answer == ANSWER else "  记得 ")
    assert answer in reply, done.stdout + done.stderr
    assert tell in recalled
    assert answer not in zhiji_process(tmp_path, "chat", "-u", "li", say=f"{ask}\n", model="small").stdout


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., Any]:
    """`with serve(user) as url`: `zhiji ui` in a process of its own, ended by Ctrl+C."""

    @contextmanager
    def start(user: str, **env: str) -> Iterator[str]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "ui", "ui", "--no-browser", "--port", str(port), "-u", user, "-m", "small"],
            env={**os.environ, "ZHIJI_DATA_DIR": str(tmp_path / "data"), **env},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        for line in process.stdout:
            if "Ctrl+C" in line:
                break
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
            process.wait(30)
            process.stdout.close()
            assert "Traceback" not in rest, rest

    return start


@pytest.mark.browser
@pytest.mark.parametrize(
    ("tell", "ask", "answer", "locale", "used"),
    [
        pytest.param(TELL, ASK, ANSWER, "en-US", "Used from memory", marks=pytest.mark.nightly),
        (TELL_ZH, ASK_ZH, ANSWER_ZH, "zh-CN", "用到的记忆"),
    ],
)
def test_in_the_browser_across_restarts(
    serve: Callable[..., Any], tell: str, ask: str, answer: str, locale: str, used: str
) -> None:
    chromium()
    with serve("mei") as url, browser(url, locale) as page:
        page.tab.click("#consent .primary")  # "Yes, remember me": before that nothing is
        page.tab.wait_for_selector("#consent", state="detached")
        page.send(tell)
    with serve("mei") as url, browser(url, locale) as page:
        assert page.titles(1)[0].startswith(tell[:8])
        page.send(ask)
        assert page.questions() == [ask]
        assert answer in page.replies()[0]
        page.tab.click(f"details.used summary:has-text('{used}')")
        assert tell.rstrip("。") in page.tab.inner_text(".used .memory")
        page.titles(2)
    with serve("li") as url, browser(url, locale) as page:
        assert page.titles(0) == []
        page.send(ask)
        assert answer not in page.replies()[0]
        assert page.tab.query_selector("details.used") is None
