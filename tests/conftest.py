"""Shared by all tests: real SQLite and real Chroma in a temporary folder, and models as the claim demands."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:  # a core for each worker: more threads than one would wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.store import Store
from tests import browser
from tests.support import HashEmbedder, Script, ready

pytest_plugins = ["tests.tiers"]


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see the defaults, not what the person running them has set up."""
    monkeypatch.setenv("ZHIJI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("ZHIJI_READER", "false")  # rules are exact; the reader has tests of its own
    monkeypatch.setenv("ZHIJI_GROUNDED", "false")  # what code answers has tests of its own; these ask the model


@pytest.fixture
def whole_app() -> Iterator[None]:
    """For a test that makes the whole app: what Gradio leaves open is collected here, where it is let pass (see LEFT_OPEN), and
    not in some later test."""
    yield
    gc.collect()


@pytest.fixture(scope="module", autouse=True)
def _browser_of_the_module() -> Iterator[None]:
    """The tests of a module share one Chromium, each in a context of its own."""
    yield
    browser.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(ready(tmp_path / "data"), HashEmbedder, exact_up_to=0)
    yield opened
    opened.close()


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
def runtime(tmp_path: Path, model: ScriptedModel) -> Iterator[Runtime]:
    """A runtime whose model is scripted and whose embedder is a hash."""
    with Runtime(Settings(data_dir=ready(tmp_path / "data")), model=model, embedder=HashEmbedder()) as opened:
        yield opened


@pytest.fixture
def reopen(tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Open the same folder again, closing what was open before."""
    opened: list[Store] = []

    def open_again() -> Store:
        while opened:
            opened.pop().close()
        opened.append(Store(ready(tmp_path / "data"), HashEmbedder, exact_up_to=0))
        return opened[0]

    yield open_again
    while opened:
        opened.pop().close()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def mei(tmp_path: Path, script: Script) -> Iterator[Assistant]:
    """An assistant whose code answers what it can, and whose model says what `script` is given to say."""
    settings = Settings(data_dir=ready(tmp_path / "data"), grounded=True)
    with Runtime(settings, model=ScriptedModel(script), embedder=HashEmbedder()) as runtime:
        yield runtime.assistant("mei")
