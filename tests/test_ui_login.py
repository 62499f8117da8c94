"""Who has no session gets nothing; who has one sees their own and nothing else."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import col, select, update

from assistant import Runtime
from memory.access.accounts import AT_MOST, ATTEMPTS, IDLE, MOST_KEYS, WITHIN_S, Accounts, Throttle
from memory.errors import BadInput, NotAllowed, NotFound, TooOften, WrongPassword, ZhijiError
from memory.storage import backup
from memory.storage.tables import AccountRow, SessionRow, utc_now
from memory.store import open_read_only
from tests.support import CHEAP, files_holding, over_http, zhiji
from ui import health, login, web
from ui.tabs import account, chat, conversations, history, keys, memories, privacy, profile, settings
from ui.views import App

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # the test client's own
PASSWORD = "correct horse battery"
CANARY = "Quizzaciously"


def app_of(runtime: Runtime, code: str | None = None) -> login.Gate:
    app = FastAPI()
    state = app.state.zhiji = App(runtime, costs=CHEAP)
    app.add_exception_handler(ZhijiError, web._say_what_is_wrong)
    for tab in (health, login, account, keys, chat, conversations, memories, profile, history, privacy, settings):
        app.include_router(tab.router)

    @app.get("/")
    def page() -> str:
        return "the page"

    return login.Gate(app, lambda: state.accounts, "mei", code)


def client_of(gate: login.Gate) -> TestClient:
    return TestClient(gate, base_url="http://127.0.0.1", follow_redirects=False)


def logged_in(gate: login.Gate, name: str, password: str = PASSWORD) -> TestClient:
    client = client_of(gate)
    assert client.post("/zhiji/login", data={"name": name, "password": password}).status_code == 303
    return client


@pytest.fixture
def accounts(runtime: Runtime) -> Accounts:
    """Mei owns it, Li is a member."""
    made = Accounts(runtime.store, costs=CHEAP)
    made.add("mei", PASSWORD)
    made.add("li", PASSWORD)
    return made


@pytest.fixture
def gate(runtime: Runtime, accounts: Accounts) -> login.Gate:
    assert accounts.any()
    return app_of(runtime)


ROUTES = sorted(
    (method, route.path)
    for tab in (account, keys, chat, conversations, memories, profile, history, privacy, settings)
    for route in tab.router.routes
    for method in route.methods  # type: ignore[attr-defined]
)


def test_without_an_account_it_is_one_persons(runtime: Runtime) -> None:
    client = client_of(app_of(runtime))
    assert client.get("/").status_code == 200
    assert client.get("/zhiji/shell/memories").status_code == 200
    assert client.get("/zhiji/account").text.strip() == ""


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_without_a_session_no_route_answers(gate: login.Gate, method: str, path: str) -> None:
    client = client_of(gate)
    answer = client.request(method, re.sub(r"{\w+}", "0" * 32, path))
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/zhiji/login")
    client.cookies.set(login.COOKIE, "x" * 43)
    assert client.request(method, re.sub(r"{\w+}", "0" * 32, path)).status_code == 401


def test_logging_in_and_out(gate: login.Gate, runtime: Runtime) -> None:
    client = client_of(gate)
    assert client.get("/").headers["location"] == "/zhiji/login"
    assert client.get("/zhiji/login").status_code == 200
    wrong = client.post("/zhiji/login", data={"name": "mei", "password": "wrong"})
    nobody = client.post("/zhiji/login", data={"name": "nobody", "password": PASSWORD})
    assert wrong.status_code == nobody.status_code == 403
    assert wrong.text.replace('"mei"', "") == nobody.text.replace('"nobody"', "")
    answer = client.post("/zhiji/login", data={"name": " mei ", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=strict", "path=/", "max-age=2592000"))
    assert "secure" not in cookie
    token = client.cookies[login.COOKIE]
    assert len(token) == 43
    assert client.get("/").status_code == 200
    assert runtime.store.flush()
    assert files_holding(runtime.store.folder, token.encode(), PASSWORD.encode()) == []
    assert client.post("/zhiji/logout").headers["HX-Redirect"] == "/zhiji/login"
    client.cookies.set(login.COOKIE, token)
    assert client.get("/zhiji/shell/chat").status_code == 401
    secure = TestClient(gate, base_url="https://zhiji.example", follow_redirects=False)
    assert (
        "secure" in secure.post("/zhiji/login", data={"name": "li", "password": PASSWORD}).headers["set-cookie"].lower()
    )


def test_another_password_and_a_removal_end_every_session(gate: login.Gate, accounts: Accounts) -> None:
    first, second = logged_in(gate, "li"), logged_in(gate, "li")
    change = {"old": "wrong", "new": "another password", "again": "another password"}
    assert first.post("/zhiji/account/password", data=change).status_code == 403
    assert first.post("/zhiji/account/password", data=change | {"again": "x"}).status_code == 400
    assert first.get("/").status_code == 200
    assert first.post("/zhiji/account/password", data=change | {"old": PASSWORD}).status_code == 200
    assert (first.get("/").status_code, second.get("/").status_code) == (303, 303)
    third, owner = logged_in(gate, "li", "another password"), logged_in(gate, "mei")
    assert third.post("/zhiji/account/remove", data={"name": "mei"}).status_code == 403
    assert third.post("/zhiji/account/add", data={"name": "x", "password": PASSWORD}).status_code == 403
    assert third.post("/zhiji/settings/model", data={"name": "tiny"}).status_code == 403
    assert (third.get("/metrics").status_code, owner.get("/metrics").status_code) == (403, 200)
    assert client_of(gate).get("/metrics").status_code == 401
    assert owner.post("/zhiji/account/remove", data={"name": "mei"}).status_code == 400
    assert owner.post("/zhiji/account/remove", data={"name": "li"}).status_code == 200
    assert third.get("/").status_code == 303
    assert owner.post("/zhiji/account/add", data={"name": "li", "password": "short"}).status_code == 400
    assert owner.post("/zhiji/account/add", data={"name": "li", "password": PASSWORD}).status_code == 200
    assert logged_in(gate, "li").get("/").status_code == 200
    assert [found.role for found in accounts.list()] == ["member", "owner"]


def test_a_session_ends_when_it_is_idle_and_when_it_is_old(gate: login.Gate, runtime: Runtime) -> None:
    client = logged_in(gate, "mei")
    for column, age, status in (
        (SessionRow.seen_at, IDLE - timedelta(minutes=5), 200),
        (SessionRow.created_at, AT_MOST - timedelta(minutes=5), 200),
        (SessionRow.seen_at, IDLE, 303),
    ):
        with runtime.store.database.write() as session:
            session.exec(update(SessionRow).values({col(column): utc_now() - age}))
        assert client.get("/").status_code == status
    client = logged_in(gate, "mei")
    with runtime.store.database.write() as session:
        session.exec(update(SessionRow).values(created_at=utc_now() - AT_MOST))
    assert client.get("/").status_code == 303


@pytest.mark.usefixtures("accounts")
def test_guessing_is_slowed_down_for_a_name_and_for_an_address(runtime: Runtime) -> None:
    now = [0.0]
    tried = Accounts(runtime.store, clock=lambda: now[0], costs=CHEAP)
    for guess in range(ATTEMPTS):
        with pytest.raises(WrongPassword):
            tried.log_in("mei", f"guess {guess}", f"10.0.0.{guess}")
    with pytest.raises(TooOften, match="Wait 60 seconds"):
        tried.log_in("mei", PASSWORD, "10.0.0.99")
    assert tried.log_in("li", PASSWORD, "10.0.0.99")
    for name in range(ATTEMPTS):
        with pytest.raises(WrongPassword):
            tried.log_in(f"nobody{name}", "guess", "10.9.9.9")
    with pytest.raises(TooOften):
        tried.log_in("li", PASSWORD, "10.9.9.9")
    now[0] += WITHIN_S
    for _ in range(3 * ATTEMPTS):  # who knows the password is not slowed down, and does not reset the others' count
        assert tried.log_in("mei", PASSWORD, "10.9.9.9")


def test_the_throttle_cannot_be_emptied_by_very_many_names() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(ATTEMPTS):
        throttle.attempt("name mei", "address 1")
    refused = 0
    for number in range(20_000):
        try:
            throttle.attempt(f"name {number}", "address 1")
        except TooOften:
            refused += 1
    assert (refused, len(throttle._tried)) == (20_000, 2)
    for number in range(20_000):
        with suppress(TooOften):
            throttle.attempt(f"name {number}")
    assert len(throttle._tried) <= MOST_KEYS
    with pytest.raises(TooOften):
        throttle.attempt("name mei", "address 2")
    now[0] += WITHIN_S
    throttle.attempt("name mei", "address 2")
    assert len(throttle._tried) == 2


def test_the_first_account_is_for_whoever_has_the_code(runtime: Runtime) -> None:
    gate = app_of(runtime, code="c0ffee")
    client = client_of(gate)
    assert client.get("/").headers["location"] == "/zhiji/setup"
    assert client.get("/zhiji/shell/chat").status_code == 401
    form = {"code": "guess", "name": "mei", "password": PASSWORD, "again": PASSWORD}
    assert client.post("/zhiji/setup", data=form).status_code == 403
    assert client.post("/zhiji/setup", data=form | {"code": "c0ffee", "again": "x"}).status_code == 403
    assert client.post("/zhiji/setup", data=form | {"code": "c0ffee", "name": "a/b\0"}).status_code == 403
    assert client.post("/zhiji/setup", data=form | {"code": " c0ffee "}).status_code == 303
    assert client.get("/").status_code == 200
    again = client_of(gate)
    assert again.get("/zhiji/setup").status_code == 401
    assert again.post("/zhiji/setup", data=form | {"code": "c0ffee", "name": "li"}).status_code == 401
    assert [found.user for found in Accounts(runtime.store, costs=CHEAP).list()] == ["mei"]


@pytest.mark.push
@pytest.mark.reliability
@pytest.mark.allow_hosts(["127.0.0.2"])  # loopback, but not an address that Zhiji takes for it
def test_reached_from_elsewhere_it_is_nobodys_until_the_code_is_given(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ui", "ui", "--host", "127.0.0.2", "--port", "0", "--no-browser"]
    settings = {"ZHIJI_DATA_DIR": str(tmp_path), "ZHIJI_MODEL": "scripted", "ZHIJI_USER": "mei"}
    environment = os.environ | settings
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        try:
            assert process.stdout
            _, ready, told, warned = (process.stdout.readline() for _ in range(4))
            url = re.findall(r"http://127\.0\.0\.2:\d+", ready)[0]
            code = told.strip().rpartition(" ")[2]
            assert "Passwords go over the network" in warned
            with httpx.Client(base_url=url, headers={"Origin": url}, timeout=60) as client:
                assert client.get("/").headers["location"] == "/zhiji/setup"
                assert client.get("/zhiji/history").status_code == 401
                said = {"name": "mei", "password": PASSWORD, "again": PASSWORD}
                assert "code" in client.post("/zhiji/setup", data=said | {"code": "00000000"}).text
                assert client.post("/zhiji/setup", data=said | {"code": code}).headers["location"] == "/"
                assert client.get("/zhiji/history").status_code == 200
        finally:
            process.terminate()


def test_guessing_the_code_is_slowed_down(runtime: Runtime) -> None:
    client = client_of(app_of(runtime, code="c0ffee"))
    form = {"name": "mei", "password": PASSWORD, "again": PASSWORD}
    said = [client.post("/zhiji/setup", data=form | {"code": str(n)}).status_code for n in range(ATTEMPTS + 1)]
    assert said == [403] * ATTEMPTS + [429]


def test_what_makes_no_account(accounts: Accounts) -> None:
    for name, password in (("mei", PASSWORD), ("", PASSWORD), ("tom", "short"), ("tom", "x" * 1_001)):
        with pytest.raises(BadInput):
            accounts.add(name, password)
    with pytest.raises(BadInput, match="only owner"):
        accounts.remove("mei")
    for work in (accounts.remove, lambda name: accounts.set_password(name, PASSWORD)):
        with pytest.raises(NotFound):
            work("tom")
    accounts.remove("li")
    accounts.remove("mei")
    with pytest.raises(BadInput, match="first account"):
        accounts.add("tom", PASSWORD, "member")


def ids_of(runtime: Runtime, name: str) -> dict[str, str]:
    """Something of everything, of one user."""
    who = runtime.assistant(name)
    reply = who.chat(f"I live in {CANARY}")
    fact = who.profile.set("likes", f"{CANARY} jam")
    document = who.documents.add("notes.txt", f"{CANARY} is written here".encode())
    who.feedback.rate(str(reply.message_id), "up", CANARY)
    memory = who.memories.add(f"{CANARY} memory")
    assert reply.message_id
    return {
        "conversation": str(reply.conversation_id),
        "message": reply.message_id,
        "fact": fact.id,
        "document": document.document.id if hasattr(document, "document") else document.id,
        "memory": memory.id,
        "key": who.keys.add(CANARY)[0].id,
    }


def asked(client: TestClient, ids: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """What every route answers that is given each of these ids in every place that takes one: method, path and text."""
    names = ("id", "conversation", "message", "ids", "memory", "fact", "document", "about", "parent", "key")
    for method, path in ROUTES:
        if path.endswith(("/erase", "/account/password", "/live")):
            continue
        for id in ids.values():
            fields = dict.fromkeys(names, id) | {"text": "hello", "rating": "up", "value": "x", "title": "x"}
            given = {"params": fields} if method == "GET" else {"data": fields}
            answer = client.request(method, re.sub(r"{\w+}", id, path), **given)
            assert answer.status_code < 500, (method, path, answer.text)
            yield method, path, answer.text.lower()


def test_nobody_sees_or_changes_anything_of_anothers(gate: login.Gate, runtime: Runtime) -> None:
    ids = ids_of(runtime, "mei")
    mei, li = runtime.assistant("mei"), logged_in(gate, "li")
    li.post("/zhiji/consent", data={"remember": "true", "profile": "true"})
    before = ("".join(mei.export_lines()), mei.memories.count(), mei.profile.export())
    shown = [(method, path) for method, path, text in asked(li, ids) if CANARY.lower() in text]
    assert shown == []
    assert ("".join(mei.export_lines()), mei.memories.count(), mei.profile.export()) == before
    hers = (path for _, path, text in asked(logged_in(gate, "mei"), ids) if CANARY.lower() in text)
    own = set[str]()
    for path in hers:
        own.add(path)
        if len(own) > 12:
            break
    assert len(own) > 12, "the control: these are hers"


def test_a_stream_ends_with_its_session(
    gate: login.Gate, runtime: Runtime, accounts: Accounts, capfd: pytest.CaptureFixture[str]
) -> None:
    """Over a real connection, while a reply is being written."""
    with over_http(gate, runtime) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        client.post("/zhiji/login", data={"name": "mei", "password": PASSWORD})
        assert client.post("/zhiji/say", data={"text": "hello"}).status_code == 200
        talk = runtime.assistant("mei").conversations.list()[0].id
        with client.stream("GET", "/zhiji/live", params={"id": talk}) as stream:
            pieces = stream.iter_text()
            assert "word" in "".join(next(pieces) for _ in range(3))
            accounts.set_password("mei", "another password")
            began = time.monotonic()
            for _ in pieces:
                pass
            assert time.monotonic() - began < 10
    assert "Traceback" not in capfd.readouterr().err


def test_a_request_held_open_ends_with_its_session(
    gate: login.Gate, runtime: Runtime, accounts: Accounts, capfd: pytest.CaptureFixture[str]
) -> None:
    """The headers come while the session lasts, the body after it ended."""
    mei, li = runtime.assistant("mei"), logged_in(gate, "li").cookies[login.COOKIE]
    mei.memories.add("stays")
    stolen = logged_in(gate, "mei").cookies[login.COOKIE]
    with over_http(gate, runtime) as port:

        def held_open(path: str, token: str, body: str) -> socket.socket:
            opened = socket.create_connection(("127.0.0.1", port))
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {login.COOKIE}={token}\r\n"
            kind = "Content-Type: application/x-www-form-urlencoded\r\n"
            opened.sendall(f"{head}{kind}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
            return opened

        bodies = [
            ("/zhiji/account/add", li, "name=mallory&password=mallory-password"),
            ("/zhiji/account/remove", li, "name=mei"),
            ("/zhiji/settings/model", li, "name=tiny"),
            ("/zhiji/erase", stolen, "sure=delete"),
        ]
        held = [(held_open(*each), each[2]) for each in bodies]
        time.sleep(0.5)
        accounts.remove("li")
        accounts.set_password("mei", "another password")
        for opened, body in held:
            opened.sendall(body.encode())
            assert opened.recv(12) == b"HTTP/1.1 401"
            opened.close()
    assert [account.user for account in accounts.list()] == ["mei"]
    assert mei.memories.count() == 1
    assert "Traceback" not in capfd.readouterr().err


def test_without_any_account_left_nobody_gets_in(gate: login.Gate, accounts: Accounts) -> None:
    client = logged_in(gate, "mei")
    accounts.remove("li")
    accounts.remove("mei")
    for path in ("/", "/zhiji/shell/memories", "/zhiji/export", "/metrics"):
        assert client.get(path).status_code in (303, 401)
        assert client_of(gate).get(path).status_code in (303, 401)


def test_only_an_owner_of_now_manages_accounts(accounts: Accounts) -> None:
    for work in (lambda: accounts.add("x", PASSWORD, by="li"), lambda: accounts.remove("mei", by="li")):
        with pytest.raises(NotAllowed):
            work()
    with pytest.raises(NotAllowed):
        accounts.add("x", PASSWORD, by="nobody")
    with pytest.raises(BadInput, match="meanwhile"):
        accounts.add("x", PASSWORD, "owner", first_only=True)


def test_cookies_of_other_apps_do_no_harm(gate: login.Gate) -> None:
    token = logged_in(gate, "mei").cookies[login.COOKIE]
    for before in ("a[]=1; ", 'x="unterminated; ', "=; ;;", "é=1; "):
        answer = client_of(gate).get("/", headers={"cookie": f"{before}{login.COOKIE}={token}".encode("latin-1")})
        assert answer.status_code == 200, before


def test_the_commands_manage_accounts(tmp_path: Path) -> None:
    made = zhiji(tmp_path, "users", "add", "mei", say=f"{PASSWORD}\n")
    assert (made.returncode, "mei is an owner" in made.stdout) == (0, True), made.stderr
    assert "li is a member" in zhiji(tmp_path, "users", "add", "li", say=f"{PASSWORD}\n").stdout
    assert zhiji(tmp_path, "users", "add", "li", say=f"{PASSWORD}\n").returncode == 65
    assert zhiji(tmp_path, "users", "add", "tom", say="short\n").returncode == 65
    listed = zhiji(tmp_path, "users", "list").stdout
    assert [line.split()[:2] for line in listed.splitlines()] == [["li", "member"], ["mei", "owner"]]
    assert zhiji(tmp_path, "users", "passwd", "li", say="another password\n").returncode == 0
    assert zhiji(tmp_path, "users", "remove", "li").returncode == 0
    assert zhiji(tmp_path, "users", "remove", "nobody").returncode == 66


def test_a_restored_backup_logs_everybody_out(gate: login.Gate, runtime: Runtime, tmp_path: Path) -> None:
    logged_in(gate, "mei")
    path = backup.write(runtime.store.folder, tmp_path)
    backup.restore(tmp_path / "new", path)
    with closing(open_read_only(tmp_path / "new")) as database, database.read() as session:
        assert session.exec(select(SessionRow)).all() == []
        assert len(session.exec(select(AccountRow)).all()) == 2
