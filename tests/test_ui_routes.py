"""What the app's addresses answer to what makes no sense: a clear text, a 4xx, and nothing changed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant import Assistant, Runtime
from memory.errors import ZhijiError
from memory.language.text import CJK
from ui import health, login, web
from ui.tabs import account, chat, conversations, history, memories, privacy, profile, reminders, settings
from ui.views import App

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # the test client's own


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    app = FastAPI()
    state = app.state.zhiji = App(runtime)
    app.add_exception_handler(ZhijiError, web._say_what_is_wrong)
    app.add_exception_handler(web.RequestValidationError, web._say_what_is_missing)
    for tab in (health, login, account, chat, conversations, memories, profile, history, privacy, settings, reminders):
        app.include_router(tab.router)
    gate = login.Gate(app, lambda: state.accounts, "mei", None)
    with TestClient(gate, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


NO = "00000000000000000000000000000000"
BAD = [
    ("GET", f"/zhiji/chat?id={NO}", None),
    ("GET", "/zhiji/chat?id=temporary-x", None),
    ("POST", "/zhiji/say", {"text": " "}),
    ("POST", "/zhiji/say", {"text": "hi", "id": NO}),
    ("POST", "/zhiji/say", {"text": "x" * 20_001}),
    ("POST", "/zhiji/say", {"text": "hi", "key": "k" * 65}),
    ("POST", "/zhiji/again", {"id": NO}),
    ("POST", "/zhiji/again", {}),
    ("POST", "/zhiji/edit", {"message": NO, "text": "x"}),
    ("POST", "/zhiji/undo", {"id": NO}),
    ("POST", f"/zhiji/show/{NO}", {}),
    ("GET", f"/zhiji/turn?id={NO}", None),
    ("POST", f"/zhiji/rate/{NO}", {"rating": "up"}),
    ("POST", f"/zhiji/rate/{NO}", {"rating": "sideways"}),
    ("GET", f"/zhiji/rate/{NO}", None),
    ("GET", "/zhiji/side?skip=99999999999999999999999", None),
    ("GET", "/zhiji/side?skip=-1", None),
    ("GET", "/zhiji/history?skip=9223372036854775808", None),
    ("GET", "/zhiji/memories?since=tomorrow", None),
    ("GET", "/zhiji/memories?until=9999-12-31", None),
    ("GET", "/zhiji/memories?kind=poem", None),
    ("GET", f"/zhiji/memories?before={NO}", None),
    ("GET", "/zhiji/memories/chart?until=9999-12-31", None),
    ("POST", f"/zhiji/memory/{NO}/forget", {}),
    ("POST", f"/zhiji/memory/{NO}/pin", {"pinned": "maybe"}),
    ("POST", "/zhiji/memories/forget", {}),
    ("POST", "/zhiji/memories/forget", {"memory": NO}),
    ("POST", "/zhiji/memories/note", {"text": ""}),
    ("POST", f"/zhiji/documents/{NO}/forget", {}),
    ("GET", "/zhiji/job/x?after=import-over", None),
    ("GET", "/zhiji/job/x?after=x%0d%0aset-cookie:a=b", None),
    ("POST", "/zhiji/profile", {"key": "", "value": ""}),
    ("POST", "/zhiji/profile", {"key": "name", "value": "my password is hunter2secret"}),
    ("POST", f"/zhiji/fact/{NO}/edit", {"value": "x"}),
    ("GET", "/zhiji/export?format=exe", None),
    ("GET", f"/zhiji/export?id={NO}", None),
    ("POST", "/zhiji/import", {}),
    ("POST", f"/zhiji/import/{NO}", {"remember": "true"}),
    ("POST", "/zhiji/settings", {"temperature": "hot"}),
    ("POST", "/zhiji/settings", {"recalls": "perhaps"}),
    ("POST", "/zhiji/settings", {"nothing": "1"}),
    ("POST", "/zhiji/settings/model", {"name": "embedder"}),
    ("POST", "/zhiji/settings/model", {"name": "../../etc"}),
    ("POST", "/zhiji/erase", {"sure": "maybe"}),
    ("POST", "/zhiji/consent", {"remember": "perhaps"}),
    ("POST", "/zhiji/consent", {"everything": "true"}),
    ("POST", "/zhiji/retention", {"keep_memories_days": "-1"}),
    ("POST", "/zhiji/retention/preview", {"keep_memories_days": "ten"}),
    ("POST", "/zhiji/forget-time", {"first": "2026-11-01", "last": "yesterday"}),
    ("POST", "/zhiji/forget-time/preview", {"first": "2026-11-03", "last": "2026-11-01"}),
    ("GET", "/zhiji/receipt/nothing", None),
    ("POST", "/zhiji/reminders", {"text": "call", "at": "soon"}),
    ("POST", "/zhiji/reminders", {"text": " ", "at": "2026-12-01T09:00"}),
    ("POST", f"/zhiji/reminder/{NO}/done", {}),
    ("POST", f"/zhiji/reminder/{NO}/snooze", {"until": "hour"}),
    ("POST", f"/zhiji/reminder/{NO}/snooze", {"until": "never"}),
    ("POST", f"/zhiji/reminder/{NO}/delete", {}),
    ("POST", "/zhiji/reminders/import", {}),
]


@pytest.mark.parametrize(("method", "url", "fields"), BAD)
def test_bad_input_is_refused_and_changes_nothing(
    client: TestClient, mei: Assistant, method: str, url: str, fields: dict[str, Any] | None
) -> None:
    mei.chat("My dog is called Biscuit")
    before = list(mei.export_lines()), mei.profile.export(), mei.preferences.get(), mei.memories.count()
    answer = client.request(method, url, data=fields)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.text
    assert not answer.text.startswith(("{", "<"))
    assert (list(mei.export_lines()), mei.profile.export(), mei.preferences.get(), mei.memories.count()) == before


def test_what_belongs_to_another_is_not_found(client: TestClient, runtime: Runtime) -> None:
    li = runtime.assistant("li")
    reply = li.chat("My cat is called Miso")
    memory, fact = li.memories.list()[-1].id, li.profile.facts()[0]
    document = li.documents.add("a.txt", b"Text of Li").id
    id, message = reply.conversation_id, reply.message_id
    for method, url in (
        ("GET", f"/zhiji/chat?id={id}"), ("POST", f"/zhiji/show/{message}"), ("GET", f"/zhiji/turn?id={id}"),
        ("GET", f"/zhiji/head?id={id}"), ("GET", f"/zhiji/export?id={id}"), ("POST", f"/zhiji/conversation/{id}/delete"),
        ("GET", f"/zhiji/conversation/{id}/rename"), ("POST", f"/zhiji/memory/{memory}/forget"),
        ("GET", f"/zhiji/memory/{memory}/edit"), ("GET", f"/zhiji/memories?before={memory}"),
        ("POST", f"/zhiji/fact/{fact.id}/reject"),
        ("POST", f"/zhiji/documents/{document}/forget"), ("POST", f"/zhiji/unrate/{message}"),
    ):  # fmt: skip
        answer = client.request(method, url)
        assert answer.status_code == 404, (url, answer.text)
        assert "Miso" not in answer.text
    for url in (
        "/zhiji/side?q=Miso",
        "/zhiji/memories?q=Miso",
        "/zhiji/history?q=Miso",
        f"/zhiji/memories?conversation={id}",
    ):
        assert "called Miso" not in client.get(url).text
    assert "Miso" not in client.get("/zhiji/export").text
    assert li.memories.get(memory).text == "My cat is called Miso"


def test_names_with_every_sign_are_drawn_as_they_are(client: TestClient, mei: Assistant) -> None:
    odd = """<b>"quotes" & 'more'</b> {{ 7 * 7 }} `${x}`"""
    reply = mei.chat(odd)
    mei.conversations.rename(str(reply.conversation_id), odd)
    mei.profile.set("likes", odd)
    mei.memories.add(odd)
    mei.documents.add("<i>.txt", b"paper")
    mei.reminders.add(odd, datetime(2026, 11, 1, 9))
    pages = "side side?q=quotes memories memories?q=quotes profile profile/told history".split()
    pages += "documents reminders reminders/due shell/memories chat".split()
    for url in (*pages, f"chat?id={reply.conversation_id}", f"conversation/{reply.conversation_id}/rename"):
        shown = client.get(f"/zhiji/{url}")
        assert shown.status_code == 200, url
        assert "<b>" not in shown.text
        assert "<i>." not in shown.text


PARTS = ("side", "chat", "memories", "profile", "history", "privacy", "settings")


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_every_part_is_drawn_in_both_languages(client: TestClient, mei: Assistant, language: str) -> None:
    mei.chat("My dog is called Biscuit and I live in Lisbon")
    for url in (*(f"shell/{part}" for part in PARTS), "memories/chart", "profile", "reminders"):
        answer = client.get(f"/zhiji/{url}", headers={"accept-language": language})
        assert answer.status_code == 200
        drawn = answer.text.replace("知己", "").replace("中文", "")
        assert bool(CJK.search(drawn)) == (language == "zh-CN"), url


def test_how_it_goes_in_numbers(client: TestClient, mei: Assistant) -> None:
    client.get("/metrics")  # counted from now on, as from the start of the whole app
    client.post("/zhiji/say", data={"text": "My dog is called Biscuit"})
    talk = mei.conversations.list()[0].id
    while client.get(f"/zhiji/live?id={talk}").text.count("event: over") == 0:
        pass
    assert mei._runtime.store.flush()
    told = client.get("/metrics").text
    numbers = dict(line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    assert numbers['zhiji_replies_total{status="complete"}'] == "1.0"
    assert float(numbers['zhiji_tokens_total{kind="reply"}']) > 3
    assert numbers["zhiji_first_token_seconds_count"] == "1.0"
    assert (numbers["zhiji_outbox"], numbers["zhiji_waiting"], numbers["zhiji_trouble"]) == ("0.0", "0.0", "0.0")
    assert float(numbers["zhiji_memory_bytes"]) > 10**7
    assert "biscuit" not in told.lower()
    assert "mei" not in told
    assert client.get("/healthz").json() == {"model": "ready"}
    assert client.get("/readyz").json()["model"] == "ready"
