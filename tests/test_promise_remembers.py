"""The main job on real parts: tell it something, restart, and be remembered; in Python, in the terminal, in the browser;
in English and in Chinese; and another user is told nothing.

Every part is real: the default small chat model, the default embedder, Chroma, SQLite, Gradio, Chromium.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import zhiji

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


@pytest.mark.parametrize(("tell", "ask", "answer"), [(TELL, ASK, ANSWER), (TELL_ZH, ASK_ZH, ANSWER_ZH)])
def test_in_python_across_processes(tmp_path: Path, tell: str, ask: str, answer: str) -> None:
    say(tmp_path, "mei", tell)
    said, _, recalled = say(tmp_path, "mei", ask).partition("RECALLED")
    assert answer in said
    assert tell in recalled
    other = say(tmp_path, "li", ask)
    assert answer not in other
    assert "RECALLED []" in other


@pytest.mark.parametrize(("tell", "ask", "answer"), [(TELL, ASK, ANSWER), (TELL_ZH, ASK_ZH, ANSWER_ZH)])
def test_in_the_terminal_across_processes(tmp_path: Path, tell: str, ask: str, answer: str) -> None:
    assert zhiji(tmp_path, "chat", "-u", "mei", say=f"{tell}\n", model="small").returncode == 0
    done = zhiji(tmp_path, "chat", "-u", "mei", say=f"{ask}\n", model="small")
    reply, _, recalled = done.stdout.partition("  remembered " if answer == ANSWER else "  记得 ")
    assert answer in reply, done.stdout + done.stderr
    assert tell in recalled
    assert answer not in zhiji(tmp_path, "chat", "-u", "li", say=f"{ask}\n", model="small").stdout


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    if mac.exists():
        return str(mac)
    pytest.skip("no Chromium or Chrome on this machine (Debian and Ubuntu: apt install chromium)")


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


class Page:
    """A person at the browser app."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.foreign: list[str] = []
        host = url.split("//")[1]
        page.on("request", lambda request: self._note(request.url, host))
        page.goto(url)
        page.wait_for_selector("#message textarea:focus")  # the page has loaded what it shows

    def _note(self, address: str, host: str) -> None:
        if address.startswith("http") and f"//{host}/" not in address:
            self.foreign.append(address)

    def send(self, text: str, *, wait: bool = True) -> None:
        self.page.fill("#message textarea", text)
        self.page.press("#message textarea", "Enter")
        self.page.wait_for_selector("#stop", state="visible")
        if wait:
            self.page.wait_for_selector("#send", state="visible", timeout=120_000)

    def messages(self) -> list[str]:
        time.sleep(0.5)
        return [found.inner_text() for found in self.page.query_selector_all("#chat .message")]

    def conversations(self, number: int) -> list[str]:
        """The titles in the sidebar, once there are `number` of them."""
        listed = f"document.querySelectorAll('#conversations label').length == {number}"
        self.page.wait_for_function(listed, timeout=20_000)
        return [found.inner_text() for found in self.page.query_selector_all("#conversations label")]


@contextmanager
def browser(url: str, locale: str = "en-US", script: str = "") -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        opened = playwright.chromium.launch(executable_path=chromium(), args=arguments)
        tab = opened.new_context(locale=locale, viewport={"width": 1200, "height": 800}).new_page()
        tab.set_default_timeout(60_000)
        tab.add_init_script(script)
        page = Page(tab, url)
        yield page
        assert page.foreign == []
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("tell", "ask", "answer", "locale", "remembered"),
    [(TELL, ASK, ANSWER, "en-US", "Remembered"), (TELL_ZH, ASK_ZH, ANSWER_ZH, "zh-CN", "记得")],
)
def test_in_the_browser_across_restarts(
    serve: Callable[..., Any], tell: str, ask: str, answer: str, locale: str, remembered: str
) -> None:
    chromium()
    with serve("mei") as url, browser(url, locale) as page:
        page.send(tell)
    with serve("mei") as url, browser(url, locale) as page:
        assert page.conversations(1)[0].startswith(tell[:10])
        page.send(ask)
        question, reply, block = page.messages()
        assert question == ask
        assert answer in reply
        assert block.startswith(remembered)
        page.page.click(f"#chat .message:has-text('{remembered} (1)') button")
        assert tell.rstrip("。") in page.messages()[2]
        page.conversations(2)
    with serve("li") as url, browser(url, locale) as page:
        assert page.conversations(0) == []
        page.send(ask)
        messages = page.messages()
        assert len(messages) == 2
        assert answer not in messages[1]


SLOW_ANSWERS = """
const real = window.fetch;
window.fetch = async (...request) => {
  const answer = await real(...request);
  const waits = String(request[0]?.url ?? request[0]).includes("/run/predict");
  if (waits) await new Promise((resolve) => setTimeout(resolve, 2000));
  return answer;
};
"""


@pytest.mark.browser
def test_a_message_sent_as_soon_as_the_page_takes_it_is_not_drawn_over(serve: Callable[..., Any]) -> None:
    chromium()
    with serve("mei") as url, browser(url, script=SLOW_ANSWERS) as page:
        page.send("Hello")
        assert len(page.messages()) == 2
        page.page.click("#new-chat")
        page.send("Hello again")
        assert page.messages()[0] == "Hello again"
        assert len(page.messages()) == 2
        page.conversations(2)


@pytest.mark.browser
def test_stop_regenerate_temporary_reload_rename_and_delete(serve: Callable[..., Any]) -> None:
    chromium()
    with serve("mei", ZHIJI_REPLY_TOKENS="400", ZHIJI_TEMPERATURE="0") as url, browser(url) as page:
        tab = page.page
        page.send("List the numbers from 1 to 200, one per line.", wait=False)
        tab.wait_for_function("document.querySelector('#chat .bot')?.innerText.length > 20", timeout=120_000)
        tab.click("#stop")
        tab.wait_for_selector("#send", state="visible")
        assert "(stopped)" in page.messages()[1]
        tab.reload()
        tab.wait_for_selector("#chat .bot")
        assert "(stopped)" in page.messages()[1]
        tab.click("#this-chat button")
        tab.fill("#chat-title input, #chat-title textarea", "The ship")
        tab.click("#rename")
        tab.wait_for_selector("#conversations label:has-text('The ship')")

        tab.click("#temporary-chat")
        tab.wait_for_selector("#temporary-banner:visible")
        page.send("My parrot is called Rio.")
        assert len(page.messages()) == 2
        assert page.conversations(1) == ["The ship"]

        tab.click("#new-chat")
        page.send("Say hello to my parrot.")
        first = page.messages()
        assert not any("Rio" in message for message in first)
        tab.click("#chat button[aria-label='Retry'], #chat button[title='Retry']")
        tab.wait_for_selector("#stop", state="visible")
        tab.wait_for_selector("#send", state="visible", timeout=120_000)
        assert page.messages()[0] == first[0]
        assert len(page.messages()) == 2

        tab.click("#conversations label:has-text('The ship')")
        tab.wait_for_selector("#chat .bot:has-text('(stopped)')")
        tab.click("#delete")
        tab.click("#delete-sure")
        tab.wait_for_selector("#conversations label:has-text('The ship')", state="detached")
        page.conversations(1)
        tab.fill("#message textarea", "x" * 20_001)
        tab.press("#message textarea", "Enter")
        tab.wait_for_selector("text=the most is 20,000")
        tab.wait_for_selector("#send", state="visible")
        assert len(tab.input_value("#message textarea")) == 20_001  # the words are given back
