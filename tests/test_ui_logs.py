"""The log tells how it went, and nothing of what was said; slow turns can be looked at."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.traces import KEPT, Stopwatch, Trace, Traces
from memory.access.accounts import Accounts
from memory.errors import FolderUnusable, ModelError
from memory.storage.tables import utc_now
from prompts.types import ChatMessage
from tests.support import CHEAP, LEFT_OPEN, HashEmbedder
from ui.guard import Guard
from ui.logs import to_file
from ui.web import create_app

pytestmark = LEFT_OPEN
CANARY = "Quizzaciously"


def script(messages: Sequence[ChatMessage]) -> str:
    if "fail" in messages[-1].content:
        raise RuntimeError(f"the model says {messages[-1].content}")
    return f"You said: {messages[-1].content}"


@pytest.fixture
def logged(tmp_path: Path) -> Iterator[tuple[Guard, Runtime, Path]]:
    path = tmp_path / "logs" / "zhiji.log"
    handler = to_file(path)
    logging.getLogger("zhiji").setLevel(logging.DEBUG)
    settings = Settings(data_dir=tmp_path / "data", slow_turn_s=1e-6)
    with Runtime(settings, model=ScriptedModel(script), embedder=HashEmbedder()) as runtime:
        yield create_app(runtime, "mei"), runtime, path
    logging.getLogger("zhiji").removeHandler(handler)
    logging.getLogger("zhiji").setLevel(logging.NOTSET)
    handler.close()


def entries(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_it_tells_how_it_went_and_nothing_of_what_was_said(logged: tuple[Guard, Runtime, Path]) -> None:
    app, runtime, path = logged
    mei = runtime.assistant("mei")
    key = mei.keys.add(f"key {CANARY}")[1]
    with TestClient(app, base_url="http://127.0.0.1") as page:
        headers = {"Authorization": f"Bearer {key}"}
        said = page.post("/api/v1/chat", json={"text": f"My {CANARY} is red"}, headers=headers)
        assert said.status_code == 200
        assert page.post("/api/v1/chat", json={"text": f"fail {CANARY}"}, headers=headers).status_code == 503
        assert page.get("/api/v1/memories/search", params={"q": CANARY}, headers=headers).json()
        assert page.get(f"/zhiji/memories?q={CANARY}").status_code == 200
        assert page.get(f"/zhiji/{CANARY}").status_code == 404
        page.post("/zhiji/login", data={"name": CANARY, "password": CANARY})
        measured = page.get("/metrics").text
        assert 'zhiji_replies_total{status="failed"} 1.0' in measured
        assert 'zhiji_replies_total{status="complete"} 1.0' in measured
        assert CANARY not in measured
    mei.temporary().chat(f"A passing {CANARY}")
    mei.memories.forget(mei.memories.list()[0].id)
    runtime.store.flush()
    text = path.read_text(encoding="utf-8")
    assert CANARY.lower() not in text.lower()
    assert key not in text
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    turns = [entry for entry in entries(path) if entry["logger"] == "zhiji.turn"]
    assert [turn["status"] for turn in turns] == ["complete", "failed", "complete"]
    assert turns[0]["message_id"] == said.json()["message_id"]
    stages: dict[str, float] = turns[0]["stages"]  # type: ignore[assignment]
    assert list(stages) == ["recall", "prompt", "store", "wait", "read", "write", "keep"]
    asked = {
        (entry["method"], entry["route"], entry["status"]) for entry in entries(path) if entry["event"] == "request"
    }
    assert ("POST", "/api/v1/chat", 200) in asked
    assert ("GET", "/api/v1/memories/search", 200) in asked
    assert ("GET", "-", 404) in asked


def test_of_an_error_it_tells_kind_and_place(logged: tuple[Guard, Runtime, Path]) -> None:
    _, _, path = logged
    for error in (RuntimeError(CANARY), ModelError("The model is not here.")):
        try:
            raise error
        except Exception:
            logging.getLogger("zhiji.test").exception("it failed")
    foreign, ours = entries(path)[-2:]
    assert (foreign["error"], ours["said"]) == ("RuntimeError", "The model is not here.")
    assert str(foreign["places"][0]).startswith("test_ui_logs.py:")  # type: ignore[index]
    assert CANARY not in path.read_text(encoding="utf-8")


def test_slow_turns_are_shown_to_an_owner(logged: tuple[Guard, Runtime, Path]) -> None:
    app, runtime, _ = logged
    with TestClient(app, base_url="http://127.0.0.1") as page:
        runtime.traces._slow_s = 1e9
        runtime.assistant("mei").chat(f"hello {CANARY}")
        assert page.get("/traces").text == "No turn took 1e-06 s or longer."
        runtime.traces._slow_s = 0
        reply = runtime.assistant("mei").chat(f"hello {CANARY}")
        shown = page.get("/traces").text
        assert str(reply.message_id) in shown
        assert CANARY not in shown
        for stage in ("recall", "prompt", "store", "wait", "read", "write", "keep"):
            assert f"\n  {stage}" in shown
        metrics = page.get("/metrics").text
        assert 'zhiji_stage_seconds_count{stage="recall"} 2.0' in metrics
        accounts = Accounts(runtime.store, costs=CHEAP)
        for name in ("mei", "li"):
            accounts.add(name, "correct horse battery")
        for name, status in (("mei", 200), ("li", 403)):
            page.cookies.clear()
            page.post("/zhiji/login", data={"name": name, "password": "correct horse battery"}, follow_redirects=False)
            assert page.get("/traces").status_code == status
            assert page.get("/metrics").status_code == status


def test_only_the_latest_slow_ones_are_kept() -> None:
    traces = Traces(1.0)
    watch = Stopwatch()
    watch.lap("recall")
    for number in range(KEPT + 10):  # a third of them are fast
        traces.note(Trace(utc_now(), "u", None, str(number), "complete", "m", number % 3, watch.laps, 1, 0, 1, 0, 0))
    assert len(traces.slow()) == 40
    assert traces.slow()[0].message_id == "59"
    for _ in range(KEPT):
        traces.note(traces.slow()[0])
    assert len(traces.slow()) == KEPT


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable, match="Set another log_file"):
        to_file(tmp_path / "file" / "zhiji.log")
