"""A person at the browser app: the app served in this process, and Chromium."""

import gc
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from assistant import Runtime


def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    if mac.exists():
        return str(mac)
    pytest.skip("no Chromium or Chrome on this machine (Debian and Ubuntu: apt install chromium)")


@contextmanager
def served(runtime: Runtime, user: str = "mei", *, may_remember: bool = True) -> Iterator[str]:
    """The app on a free port, in a thread of this process, for somebody who has said that they may be remembered, or was not
    asked yet; yields its address."""
    import uvicorn

    from ui.web import create_app

    if may_remember:
        runtime.assistant(user).consents.set(remember=True, profile=True)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(runtime, user), log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        gc.collect()  # what Gradio leaves open is told of here, where that is let pass, and not in some later test


class Page:
    """One tab. Errors of its scripts and requests to other hosts are kept, and must not be."""

    def __init__(self, tab: Any, url: str) -> None:
        self.tab = tab
        self.url = url
        self.foreign: list[str] = []
        self.errors: list[str] = []
        tab.set_default_timeout(30_000)
        tab.on("request", lambda request: self._note(request.url))
        tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open()

    def open(self, hash: str = "") -> None:
        self.tab.goto(self.url + hash)
        self.ready()

    def ready(self) -> None:
        self.tab.wait_for_selector("#message:not([disabled])")

    def reload(self) -> None:
        self.tab.reload()
        self.ready()

    def _note(self, address: str) -> None:
        if urlsplit(address).scheme in ("http", "https", "ws", "wss") and not address.startswith(self.url):
            self.foreign.append(address)

    def type(self, text: str) -> None:
        self.tab.fill("#message", text)

    def send(self, text: str, *, wait: bool = True) -> None:
        self.type(text)
        self.tab.press("#message", "Enter")
        if wait:
            self.tab.wait_for_selector("#thread .question:has-text(" + repr(text[:30]) + ")")
            self.finished()

    def finished(self) -> None:
        self.tab.wait_for_selector("#send", state="visible", timeout=120_000)
        self.tab.wait_for_selector("#live", state="detached")

    def new_chat(self) -> None:
        self.tab.keyboard.press("Alt+n")
        self.tab.wait_for_selector(".welcome")

    def go(self, name: str) -> None:
        self.tab.click(f"#tab-{name}-button")
        self.tab.wait_for_selector(f"#{name}" if name != "chat" else "#thread", state="visible")

    def questions(self) -> list[str]:
        return [str(found.inner_text()) for found in self.tab.query_selector_all("#thread .question > .body")]

    def replies(self) -> list[str]:
        return [str(found.inner_text()) for found in self.tab.query_selector_all("#thread .reply > .body")]

    def titles(self, number: int) -> list[str]:
        """Of the conversations in the list, once there are `number` of them."""
        self.tab.wait_for_function(f"document.querySelectorAll('#side-list .talk').length === {number}")
        return [str(found.inner_text()) for found in self.tab.query_selector_all("#side-list .talk > a")]

    def confirm(self) -> None:
        """Say yes to the next question of the page."""
        self.tab.once("dialog", lambda dialog: dialog.accept())

    def see(self, text: str) -> None:
        self.tab.wait_for_selector(f"text={text}")


@cache
def _chromium() -> tuple[Any, Any]:
    """Playwright and its browser. To start them takes a second, a new context of the browser some milliseconds."""
    from playwright.sync_api import sync_playwright

    path = chromium()
    playwright = sync_playwright().start()
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return playwright, playwright.chromium.launch(executable_path=path, args=arguments)


def close() -> None:
    """End the browser, if one was opened: Playwright keeps an event loop running in this thread until then."""
    if _chromium.cache_info().currsize:
        playwright, opened = _chromium()
        _chromium.cache_clear()
        opened.close()
        playwright.stop()


@contextmanager
def browser(url: str, locale: str = "en-US", **more: Any) -> Iterator[Page]:
    """A person's own: nothing is shared with another, cookies and storage neither. `more` goes to Playwright's new_context:
    viewport, color_scheme."""
    context = _chromium()[1].new_context(locale=locale, **{"viewport": {"width": 1200, "height": 800}} | more)
    try:
        page = Page(context.new_page(), url)
        yield page
        assert page.foreign == []
        assert page.errors == []
    finally:
        context.close()
