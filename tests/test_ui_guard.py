import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.datastructures import Headers

from assistant import Runtime
from tests.browser import served
from ui.guard import MAX_FORM_BYTES, POLICY, Guard, refuse, too_large
from ui.views import App


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"host": "127.0.0.1:7860"}, False),
        ({"host": "localhost"}, False),
        ({"host": "[::1]:7860"}, False),
        ({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}, False),
        ({"host": "evil.example"}, True),
        ({"host": "127.0.0.1.evil.example:7860"}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://evil.example"}, True),
        ({"host": "127.0.0.1:7860", "origin": "null"}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:1"}, True),
        ({}, True),
        ({"host": "["}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://["}, True),
    ],
)
def test_only_this_machine_and_its_own_pages_are_answered(headers: dict[str, str], refused: bool) -> None:
    assert (refuse(Headers(headers)) is not None) == refused


def test_the_policy_names_no_foreign_origin() -> None:
    assert "http" not in POLICY
    assert "*" not in POLICY


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the test client's own
def test_every_answer_has_the_policy(runtime: Runtime) -> None:
    app = FastAPI()
    app.state.zhiji = App(runtime)
    with TestClient(Guard(app), base_url="http://127.0.0.1") as client:
        for path in ("/", "/zhiji/anything", "/api/v1/anything"):
            answer = client.get(path)
            assert answer.headers["content-security-policy"] == POLICY
            assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("length", "refused"), [("0", False), (str(2**20), False), (str(2**20 + 1), True), ("x", True)]
)
def test_what_says_that_it_is_too_large_is_not_read(length: str, refused: bool) -> None:
    assert too_large(Headers({"content-length": length}), MAX_FORM_BYTES) == refused


GRADIO = """
config info openapi.json docs login logout token user queue/join queue/data?session_hash=x queue/status upload
upload_progress?upload_id=x file=/etc/passwd file/etc/passwd proxy=http://127.0.0.1/ api/predict run/predict
call/predict stream/x/y/z heartbeat/x cancel reset deep_link?session_hash=x component_server monitoring monitoring/x
app_id startup-events custom_component/x/client/component/x vibe-edit mcp mcp/sse robots.txt svelte/x manifest.json
pwa_icon process_recording dev/reload
""".split()


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning", "ignore::DeprecationWarning"
)  # Gradio's, of its event loops
def test_of_gradio_only_the_page_is_served(runtime: Runtime) -> None:
    """Nothing that takes a `session_hash`, a file or an upload, whoever asks."""
    with served(runtime) as url, httpx.Client(base_url=url) as client:
        for path in GRADIO:
            for whole in (f"/{path}", f"/gradio_api/{path}"):
                for answer in (client.get(whole), client.post(whole, json={"session_hash": "x"})):
                    assert (answer.status_code, answer.text) == (404, "There is no such page."), whole
        for path in ("/", "/theme.css", "/healthz", "/zhiji/static/style.css"):
            assert client.get(path).status_code == 200
