"""Who is asking: the gate that each request passes, and the pages to set up the first account, to log in and to log out.

Without an account everybody who reaches this machine's own address is one user; elsewhere nobody gets in but by the code that
the terminal shows, to set up the owner. With accounts each request brings the cookie of a session, which no other site can
send (SameSite=Strict) and no script can read; streams end with their session.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated

from anyio import CancelScope, to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory.access.accounts import AT_MOST, Account, Accounts
from memory.access.api_keys import ApiKey
from memory.errors import BadInput, TooOften, WrongPassword, ZhijiError
from ui import api, texts
from ui.errors import status_of
from ui.views import app_of, draw

router = APIRouter(prefix="/zhiji")
COOKIE = "zhiji-session"
LOGIN, SETUP = "/zhiji/login", "/zhiji/setup"
OPEN = ("/zhiji/static/", "/healthz", "/readyz", "/favicon.ico")
WATCHED = ("/metrics", "/traces")
LOOK_AGAIN_S = 2.0
"""How long a stream goes on at most after its session ended."""


class Gate:
    """Wraps an ASGI app; the routes find who is asking in `request.state.user` and `.role`. With a `code` the first account is
    set up by whoever has it. Without one, and as long as there was no account, everybody is `user`, if that is given."""

    def __init__(
        self, app: ASGIApp, accounts: Callable[[], Accounts], user: str | None, code: str | None = None
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._user = user
        self._code = code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            await self._let_in(scope, receive, send)
        except ZhijiError as error:  # of looking up who asks; the routes answer their own
            await _cannot(scope["path"], error)(scope, receive, send)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        state, path = scope.setdefault("state", {}), scope["path"]
        if path.startswith(OPEN):
            await self._app(scope, receive, send)
            return
        if path.startswith(api.BASE):
            await self._let_a_program(scope, receive, send)
            return
        if path in WATCHED and (watcher := await self._watcher(scope)):
            state["user"], state["role"] = watcher.user, "owner"
            await self._answer(lambda: self._watcher(scope), scope, receive, send)
            return
        if await to_thread.run_sync(lambda: self._accounts().any()):
            self._user = self._code = (
                None  # from now on nobody gets in without logging in, though all accounts be removed
            )
        if self._user is not None and self._code is None:
            state["user"], state["role"] = self._user, "owner"
            await self._app(scope, receive, send)
            return
        state["code"] = self._code
        if path.startswith(SETUP if self._code else LOGIN):
            await self._app(scope, receive, send)
            return
        found = await self._whose(scope)
        if found is None:
            await _turned_away(path, SETUP if self._code else LOGIN)(scope, receive, send)
            return
        state["user"], state["role"] = found.user, found.role
        await self._answer(lambda: self._whose(scope), scope, receive, send)

    async def _let_a_program(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Only a key counts here, no cookie, so no page of another site can ask in somebody's name."""
        found = await self._with_key(scope)
        if found is None:
            said = "Send a key: Authorization: Bearer zhiji_…. `zhiji users keys NAME --add LABEL` makes one."
            await api.problem(401, said)(scope, receive, send)
            return
        scope["state"]["key"] = found
        await self._answer(lambda: self._with_key(scope), scope, receive, send)

    async def _answer(
        self, still: Callable[[], Awaitable[object | None]], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """As long as whoever asks may: what is at work on it then is cancelled."""
        asked = _Asked(still, receive, send)
        with CancelScope() as answering:
            watching = asyncio.create_task(asked.watch(answering.cancel))
            try:
                await self._app(scope, asked.receive, asked.send)
            except Exception:
                if not asked.over:
                    raise
            finally:
                watching.cancel()

    async def _with_key(self, scope: Scope) -> ApiKey | None:
        kind, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        return await to_thread.run_sync(lambda: self._accounts().key(token.strip()[:100]))

    async def _watcher(self, scope: Scope) -> ApiKey | None:
        """The key of an owner with which a program watches over the server."""
        key = await self._with_key(scope)
        if key is None or "watch" not in key.scopes:
            return None
        accounts = await to_thread.run_sync(lambda: self._accounts().list())
        owns = not accounts or any(account.user == key.user and account.role == "owner" for account in accounts)
        return key if owns else None

    async def _whose(self, scope: Scope) -> Account | None:
        token = token_of(scope)
        return await to_thread.run_sync(lambda: self._accounts().of(token)) if token and self._code is None else None


class _Asked:
    """A request of a session, or with a key. That is looked up again when the whole body has come, which may be long after the
    headers, before a late answer begins, and every two seconds; when it is over, so is the request."""

    def __init__(self, whose: Callable[[], Awaitable[object | None]], receive: Receive, send: Send) -> None:
        self._whose, self._receive, self._send = whose, receive, send
        self._looked = time.monotonic()
        self._begun: Message | None = None
        self.over = False

    async def watch(self, cancel: Callable[[], None]) -> None:
        while not self.over:
            await asyncio.sleep(LOOK_AGAIN_S)
            if not self.over and await self._ended():
                with suppress(OSError):
                    await self._end()
                cancel()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and not message.get("more_body") and await self._ended():
            await self._end()
            raise _Over
        return message

    async def send(self, message: Message) -> None:
        if not self.over and time.monotonic() - self._looked > LOOK_AGAIN_S and await self._ended():
            await self._end()
        if self.over:
            raise _Over
        if message["type"] == "http.response.start":
            self._begun = message
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            self.over = True

    async def _ended(self) -> bool:
        self._looked = time.monotonic()
        try:
            return await self._whose() is None
        except ZhijiError:  # it cannot be looked up now
            return False

    async def _end(self) -> None:
        self.over = True
        if self._begun is None:
            await self._send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
        elif "content-length" in Headers(raw=self._begun["headers"]):
            return  # it cannot be ended well: the server closes the connection
        await self._send({"type": "http.response.body", "body": b""})


class _Over(OSError):
    """As if the reader had gone: whoever is at work on it stops."""


def _cannot(path: str, error: ZhijiError) -> Response:
    if path.startswith(api.BASE):
        return api.problem(status_of(error), str(error))
    return PlainTextResponse(str(error), status_of(error))


def _turned_away(path: str, to: str) -> Response:
    if path == "/":
        return RedirectResponse(to, 303)
    return PlainTextResponse("Log in first.", 401, headers={"HX-Redirect": to})


def token_of(scope: Scope) -> str:
    """The session's token, or nothing."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")[:100]


@router.get("/setup")
def setup_page(request: Request) -> Response:
    return _page(request, "setup") if request.state.code else RedirectResponse("/", 303)


@router.post("/setup")
def setup(
    request: Request,
    code: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """The owner's account, for whoever has the code."""
    app = app_of(request)
    if not request.state.code:
        return RedirectResponse("/", 303)
    try:
        app.accounts.throttle.attempt(f"setup {address_of(request)}")
        if not secrets.compare_digest(code.strip().encode(), request.state.code.encode()):
            raise BadInput("That is not the code that the terminal shows.")
        if password != again:
            raise BadInput("The two passwords are not the same.")
        app.accounts.add(name, password, "owner", first_only=True)
    except BadInput as error:
        return _page(request, "setup", str(error), name)
    return _logged_in(request, app.accounts.log_in(name.strip(), password, address_of(request)))


@router.get("/login")
def login_page(request: Request) -> Response:
    return _page(request, "login")


@router.post("/login")
def login(request: Request, name: Annotated[str, Form()] = "", password: Annotated[str, Form()] = "") -> Response:
    try:
        token = app_of(request).accounts.log_in(name.strip(), password, address_of(request))
    except (WrongPassword, TooOften) as error:
        return _page(request, "login", str(error), name)
    return _logged_in(request, token)


@router.post("/logout")
def logout(request: Request) -> Response:
    app_of(request).accounts.log_out(token_of(request.scope))
    answer = HTMLResponse("", headers={"HX-Redirect": LOGIN})
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _logged_in(request: Request, token: str) -> Response:
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=int(AT_MOST.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
        path="/",
    )
    return answer


def _page(request: Request, what: str, wrong: str = "", name: str = "") -> HTMLResponse:
    language = texts.language_of(request.headers.get("accept-language", ""))
    said = texts.error(language, wrong)
    status = 429 if "too often" in wrong else 403 if wrong else 200
    return HTMLResponse(draw("login.html", language, what=what, wrong=said, name=name), status)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""
