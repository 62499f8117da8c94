"""What a user's programs get over HTTP: with a key, theirs, within its scopes, as /api/v1/openapi.json says."""

import json
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlmodel import Session
from starlette.types import Receive, Scope, Send

from assistant import Runtime
from memory.access.accounts import Accounts
from memory.access.api_keys import MOST
from memory.errors import BadInput, DiskFull, NotFound
from memory.storage import backup
from memory.storage.database import Database
from tests.support import CHEAP, Slow, files_holding, over_http, zhiji
from ui import api, api_reminders, health, login
from ui.guard import Guard
from ui.tabs import keys
from ui.views import App

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # the test client's own
SAID = "I live in Lisbon and I love sailing."


@pytest.fixture
def guard(runtime: Runtime) -> Guard:
    app = FastAPI()
    state = app.state.zhiji = App(runtime, costs=CHEAP)
    app.mount(api.BASE, api.create(state))
    app.include_router(health.router)
    app.include_router(keys.router)
    return Guard(login.Gate(app, lambda: state.accounts, "mei"))


def client_of(guard: Guard, token: str) -> TestClient:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")} if token else {}
    return TestClient(guard, base_url="http://127.0.0.1/api/v1", headers=headers)


@pytest.fixture
def mei(guard: Guard, runtime: Runtime) -> TestClient:
    return client_of(guard, runtime.assistant("mei").keys.add("tests")[1])


@pytest.fixture
def li(guard: Guard, runtime: Runtime) -> TestClient:
    return client_of(guard, runtime.assistant("li").keys.add("tests")[1])


def test_a_talk_by_a_program_is_remembered_and_can_be_gone_on_with(mei: TestClient) -> None:
    assert mei.get("/me").json() == {"user": "mei", "scopes": ["read", "chat", "write"]}
    reply = mei.post("/chat", json={"text": SAID}).json()
    assert (reply["status"], reply["text"]) == ("complete", f"You said: {SAID}")
    assert {fact["key"] for fact in reply["learned"]} >= {"home"}
    again = mei.post("/chat", json={"text": "Where do I live?", "conversation_id": reply["conversation_id"]}).json()
    assert again["conversation_id"] == reply["conversation_id"]
    shown = mei.get(f"/conversations/{reply['conversation_id']}").json()
    assert [message["role"] for message in shown["messages"]] == ["user", "assistant"] * 2
    assert [found["id"] for found in mei.get("/conversations").json()] == [reply["conversation_id"]]
    hits = mei.get("/memories/search", params={"q": "sailing"}).json()
    assert hits[0]["memory"]["text"] == SAID
    assert SAID in mei.get("/export").text
    assert mei.delete(f"/conversations/{reply['conversation_id']}").status_code == 204
    assert SAID not in mei.get("/export").text + mei.get("/memories").text


def test_a_streamed_reply_comes_in_pieces_and_ends_with_the_whole(mei: TestClient) -> None:
    with mei.stream("POST", "/chat", json={"text": SAID, "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [event.split("\n") for event in "".join(answer.iter_text()).strip().split("\n\n")]
    named = [(lines[0].removeprefix("event: "), json.loads(lines[1].removeprefix("data: "))) for lines in events]
    assert [named[0][0], named[-1][0]] == ["begun", "done"]
    assert named[0][1]["conversation_id"] == named[-1][1]["conversation_id"]
    assert "".join(data["text"] for name, data in named if name == "text") == named[-1][1]["text"]


@pytest.mark.parametrize("streamed", [True, False])
def test_a_reply_ends_with_its_key(
    guard: Guard, runtime: Runtime, streamed: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Over a real connection, while it is being written."""
    monkeypatch.setattr(login, "LOOK_AGAIN_S", 0.3)
    mine = runtime.assistant("mei").keys
    key, token = mine.add("tests")
    with over_http(guard, runtime) as port:
        model = runtime.model
        assert isinstance(model, Slow)
        revoked: list[float] = []

        def revoke() -> None:
            model.begun.wait()
            time.sleep(0.5)
            mine.revoke(key.id)
            revoked.append(time.monotonic())

        threading.Thread(target=revoke).start()
        answer = httpx.post(
            f"http://127.0.0.1:{port}/api/v1/chat",
            json={"text": "Talk", "stream": streamed},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        assert time.monotonic() - revoked[0] < 5
        assert answer.status_code == (200 if streamed else 401)
        assert "event: done" not in answer.text
        deadline = time.monotonic() + 3
        while not model.stopped and time.monotonic() < deadline:
            time.sleep(0.05)
        assert model.stopped
    assert "Traceback" not in capfd.readouterr().err


def test_a_full_disk_keeps_nobody_from_reading(guard: Guard, runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a key was last used is noted now and then; that must not cost the answer."""
    reads = client_of(guard, runtime.assistant("mei").keys.add("tests")[1])

    @contextmanager
    def full(_: Database) -> Iterator[Session]:
        raise DiskFull("The disk is full.")
        yield

    monkeypatch.setattr(Database, "write", full)
    assert reads.get("/me").status_code == 200
    assert reads.post("/memories", json={"text": "x"}).status_code == 503


def test_what_was_recalled_is_told_to_a_key_that_may_read(guard: Guard, runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.memories.add("My canoe is moored in Porto")
    for scopes, told in ((("chat",), 0), (("chat", "read"), 1)):
        client = client_of(guard, mei.keys.add("tests", scopes=scopes)[1])
        reply = client.post("/chat", json={"text": "Where is my canoe moored?"}).json()
        assert len(reply["recalled"]) == told, scopes


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_time_that_some_zone_has_no_year_for_is_refused(mei: TestClient, year: str) -> None:
    refused = mei.post("/memories", json={"text": "The kettle is red", "occurred_at": f"{year}-06-01T10:00:00Z"})
    assert (refused.status_code, "out of range" in refused.text) == (400, True)


def test_what_stands_in_front_answers_programs_in_json(mei: TestClient) -> None:
    assert mei.get("/me", headers={"Origin": "http://evil.example"}).json()["detail"]
    huge = mei.post("/memories", content=b"x", headers={"Content-Length": "9" * 5_000})
    assert (huge.status_code, list(huge.json())) == (413, ["detail"])
    assert mei.patch("/memories/x", json={}).status_code == 422


def test_an_owners_key_watches_and_nobody_elses(guard: Guard, runtime: Runtime) -> None:
    accounts = Accounts(runtime.store, costs=CHEAP)
    for name in ("mei", "li"):
        accounts.add(name, f"a password of {name}")

    def asked(name: str, *scopes: str) -> list[int]:
        token = runtime.assistant(name).keys.add("prometheus", scopes=scopes)[1]
        page = TestClient(guard, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {token}"})
        return [page.get(path).status_code for path in ("/metrics", "/traces", "/zhiji/keys", "/readyz", "/api/v1/me")]

    assert asked("mei", "watch") == [200, 200, 401, 200, 403]
    assert asked("mei", "read", "chat", "write")[:2] == [401, 401]
    assert asked("li", "watch")[:2] == [401, 401]


def test_a_key_ends_with_the_password(guard: Guard, runtime: Runtime) -> None:
    accounts = Accounts(runtime.store, costs=CHEAP)
    accounts.add("mei", "a password of mei")
    client = client_of(guard, runtime.assistant("mei").keys.add("tests")[1])
    assert client.get("/me").status_code == 200
    accounts.set_password("mei", "another password")
    assert client.get("/me").status_code == 401


def test_memories_and_facts_are_added_changed_and_forgotten(mei: TestClient) -> None:
    added = mei.post("/memories", json={"text": "The kettle is red", "occurred_at": "2025-05-01T10:00:00Z"})
    assert (added.status_code, added.json()["occurred_at"]) == (201, "2025-05-01T10:00:00Z")
    here = f"/memories/{added.json()['id']}"
    assert mei.patch(here, json={"text": "The kettle is blue", "pinned": True}).json()["pinned"] is True
    assert mei.get(here).json()["text"] == "The kettle is blue"
    assert mei.delete(here).status_code == 204
    assert mei.get(here).status_code == 404
    fact = mei.post("/facts", json={"key": "home", "value": "Porto"}).json()
    assert mei.patch(f"/facts/{fact['id']}", json={"value": "Braga"}).json()["value"] == "Braga"
    (now,) = mei.get("/facts").json()
    assert mei.delete(f"/facts/{now['id']}").status_code == 204
    assert mei.get("/facts").json() == []


def every_route() -> list[tuple[str, str, str]]:
    """Each with the scope it needs: what looks, what talks, what changes."""
    found = []
    for route in api.router.routes:
        method = next(iter(route.methods))  # type: ignore[attr-defined]
        scope = "read" if method == "GET" else "chat" if route.path == "/chat" else "write"  # type: ignore[attr-defined]
        found.append((method, route.path.replace("{id}", "x"), scope))  # type: ignore[attr-defined]
    return found


BODIES = {"/chat": {"text": "hi"}, "/memories": {"text": "hi"}, "/facts": {"key": "home", "value": "Porto"}}


@pytest.mark.parametrize(("method", "path", "scope"), every_route())
def test_a_key_opens_what_its_scopes_say_and_nothing_else(
    guard: Guard, runtime: Runtime, method: str, path: str, scope: str
) -> None:
    for only in ("read", "chat", "write"):
        client = client_of(guard, runtime.assistant("mei").keys.add(only, [only])[1])
        body = BODIES.get(path, {"value": "x"} if method == "PATCH" and "facts" in path else {"pinned": True})
        answer = client.request(method, path, json=body if method in ("POST", "PATCH") else None, params={"q": "x"})
        assert (answer.status_code == 403) == (only != scope), answer.text
    for wrong in ("", "zhiji_wrong", "Bearer", "\xff"):
        answer = client_of(guard, wrong).request(method, path)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_another_users_ids_are_not_found(mei: TestClient, li: TestClient) -> None:
    reply = mei.post("/chat", json={"text": f"{SAID} Quizzaciously."}).json()
    memory = mei.get("/memories").json()[0]["id"]
    fact = mei.get("/facts").json()[0]["id"]
    before = mei.get("/export").text
    for method, path, body in (
        ("GET", f"/memories/{memory}", None),
        ("PATCH", f"/memories/{memory}", {"text": "gone"}),
        ("DELETE", f"/memories/{memory}", None),
        ("GET", f"/memories?before={memory}", None),
        ("PATCH", f"/facts/{fact}", {"value": "gone"}),
        ("DELETE", f"/facts/{fact}", None),
        ("GET", f"/conversations/{reply['conversation_id']}", None),
        ("DELETE", f"/conversations/{reply['conversation_id']}", None),
        ("POST", "/chat", {"text": "hello", "conversation_id": reply["conversation_id"]}),
    ):
        answer = li.request(method, path, json=body)
        assert answer.status_code == 404, (path, answer.text)
    for path in ("/memories", "/facts", "/conversations", "/export", "/memories/search?q=Quizzaciously"):
        assert "uizzaciously" not in li.get(path).text
    assert mei.get("/export").text == before


def test_a_key_ends_when_it_is_revoked_its_user_erased_or_removed_or_a_backup_restored(
    guard: Guard, runtime: Runtime, tmp_path: Path
) -> None:
    mei = runtime.assistant("mei")
    key, token = mei.keys.add("laptop")
    client = client_of(guard, token)
    assert client.get("/me").status_code == 200
    assert mei.keys.list()[0].used_at
    with pytest.raises(NotFound):
        runtime.assistant("li").keys.revoke(key.id)
    mei.keys.revoke(key.id)
    assert client.get("/me").status_code == 401
    client = client_of(guard, mei.keys.add("laptop")[1])
    mei.erase()
    assert client.get("/me").status_code == 401
    accounts = Accounts(runtime.store, costs=CHEAP)
    accounts.add("li", "correct horse battery")
    client = client_of(guard, runtime.assistant("li").keys.add("laptop")[1])
    assert client.get("/me").status_code == 200  # a login is for pages
    accounts.remove("li")
    assert client.get("/me").status_code == 401
    mei.keys.add("laptop")
    elsewhere = tmp_path / "elsewhere"
    backup.restore(elsewhere, backup.write(runtime.store.folder, tmp_path))
    assert zhiji(tmp_path, "users", "keys", "mei", "--data-dir", str(elsewhere)).stdout == ""


def test_a_key_is_nowhere_on_the_disk_and_a_wrong_one_is_not_made(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    _, token = mei.keys.add("laptop")
    runtime.store.flush()
    assert files_holding(runtime.settings.data_dir, b"laptop")  # the search finds what is there
    assert not files_holding(runtime.settings.data_dir, token.encode())
    for label, scopes in (("", ["read"]), ("x", []), ("x", ["everything"]), ("x" * 101, ["read"])):
        with pytest.raises(BadInput):
            mei.keys.add(label, scopes)
    for _ in range(MOST - 1):
        mei.keys.add("more")
    with pytest.raises(BadInput, match="Revoke one"):
        mei.keys.add("one more")


def test_a_page_of_another_site_and_a_cookie_open_nothing(guard: Guard, mei: TestClient, runtime: Runtime) -> None:
    assert mei.get("/me", headers={"Origin": "http://evil.example"}).status_code == 403
    accounts = Accounts(runtime.store, costs=CHEAP)
    accounts.add("mei", "correct horse battery")
    cookie = {"Cookie": f"{login.COOKIE}={accounts.log_in('mei', 'correct horse battery', '')}"}
    assert client_of(guard, "").get("/me", headers=cookie).status_code == 401
    page = TestClient(guard, base_url="http://127.0.0.1")
    token = mei.headers["Authorization"]
    assert page.get("/zhiji/keys", headers={"Authorization": token}).status_code == 401  # nor a key the pages


def test_too_much_is_refused_before_it_is_read(mei: TestClient) -> None:
    assert mei.post("/chat", content=b"x" * (2**20 + 1)).status_code == 413
    assert mei.post("/chat", json={"text": "x" * 100_000}).status_code == 400
    assert mei.post("/chat", content=rb'{"text": "\ud800"}').status_code in (400, 422)
    assert mei.post("/chat", content=b'{"text": ' + b"[" * 100_000).status_code == 422
    assert mei.get("/memories", params={"limit": 10**30}).status_code == 422


def test_the_command_makes_lists_and_revokes(tmp_path: Path) -> None:
    assert zhiji(tmp_path, "users", "keys", "mei", "--add", "laptop").returncode == 66  # there is no mei
    zhiji(tmp_path, "chat", "-u", "mei", say="hi there\n")
    token = zhiji(tmp_path, "users", "keys", "mei", "--add", "laptop", "--scope", "read").stdout.strip()
    assert token.startswith("zhiji_")
    listed = zhiji(tmp_path, "users", "keys", "mei").stdout
    assert ("laptop" in listed, "never used" in listed, token in listed) == (True, True, False)
    assert zhiji(tmp_path, "users", "keys", "mei", "--revoke", listed.split()[0]).returncode == 0
    assert zhiji(tmp_path, "users", "keys", "mei").stdout == ""


# Whatever the description allows, and what it does not, is answered as it says.

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def sent(client: TestClient) -> dict[str, str]:
    return {"Authorization": client.headers["Authorization"], "Host": "127.0.0.1"}


@pytest.mark.parametrize("examples", [8, pytest.param(40, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("kind", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_described(guard: Guard, mei: TestClient, kind: GenerationMode, examples: int) -> None:
    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await guard(scope, receive, send)
        except Exception:
            traceback.print_exc()  # what an answer of 500 leaves out
            raise

    described = schemathesis.openapi.from_asgi(f"{api.BASE}/openapi.json", told, headers=sent(mei))
    asked = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @given(case=operation.as_strategy(generation_mode=kind))
        @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
        def answers(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, headers=sent(mei))

        asked.add((operation.method, operation.path))
        with suppress(Unsatisfiable):  # nothing that is not allowed can be sent there
            answers()
    assert len(asked) == len(api.router.routes) + len(api_reminders.router.routes)
