"""The page under a path of a proxy's: what comes has the path or not, links are relative, redirects keep to it."""

import re
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from assistant.settings import read_settings
from memory.errors import ConfigError
from ui.under_path import UnderPath
from ui.views import TEMPLATES

ABSOLUTE = re.compile(r"""(?:href|src|action|hx-\w+|data-[\w-]+)=["'`]/|["'`]/zhiji/""")


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Says what it was asked for, and sends whoever asks for /out elsewhere."""
    if scope["path"] == "/out":
        answer = RedirectResponse("/zhiji/login", 303)
        answer.headers["hx-redirect"] = "/zhiji/login"
    elif scope["path"] == "/away":
        answer = RedirectResponse("https://elsewhere.example/", 303)
    else:
        answer = PlainTextResponse(scope["path"])  # type: ignore[assignment]
    await answer(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    return TestClient(UnderPath(app, "/sub"), follow_redirects=False)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("/sub/", "/"),
        ("/", "/"),
        ("/sub/zhiji/chat", "/zhiji/chat"),
        ("/zhiji/chat", "/zhiji/chat"),
        ("/subway", "/subway"),
    ],
)
def test_the_path_is_taken_off_if_the_proxy_did_not(client: TestClient, asked: str, found: str) -> None:
    assert client.get(asked).text == found


def test_without_a_slash_the_browser_is_sent_to_one_with_it(client: TestClient) -> None:
    answer = client.get("/sub")
    assert (answer.status_code, answer.headers["location"]) == (308, "/sub/")


def test_a_redirect_keeps_to_the_path(client: TestClient) -> None:
    answer = client.get("/sub/out")
    assert (answer.headers["location"], answer.headers["hx-redirect"]) == ("/sub/zhiji/login",) * 2
    assert client.get("/away").headers["location"] == "https://elsewhere.example/"


@pytest.mark.parametrize(
    "path", sorted([*TEMPLATES.glob("*.html"), *(TEMPLATES.parent / "static").glob("*.js")]), ids=lambda p: p.name
)
def test_no_page_names_a_place_from_the_root(path: Path) -> None:
    assert path.name.endswith(".min.js") or not ABSOLUTE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("given", "kept"), [("/zhiji", "/zhiji"), ("/a/b/", "/a/b"), ("/", ""), ("", "")])
def test_the_path_is_a_setting(given: str, kept: str) -> None:
    assert read_settings(root_path=given).root_path == kept


@pytest.mark.parametrize("wrong", ["zhiji", "/a b", "https://x.example/zhiji", "/a//b", "/a?b"])
def test_what_is_no_path_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigError, match="root_path"):
        read_settings(root_path=wrong)
