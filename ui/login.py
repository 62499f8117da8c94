"""Who is asking: the gate that each request passes, and the pages to set up the first account, to log in and to log out.

Without an account everybody who reaches this machine's own address is `App.user`; elsewhere nobody gets in but by the code that
the terminal shows, to set up the owner. With accounts each request brings the cookie of a session, which no other site can
send (SameSite=Strict) and no script can read; streams end with their session.
"""

import secrets
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory.accounts import AT_MOST, Accounts
from memory.errors import BadInput, TooOften, WrongPassword
from ui import texts
from ui.views import app_of, draw

router = APIRouter(prefix="/zhiji")
COOKIE = "zhiji-session"
LOGIN, SETUP = "/zhiji/login", "/zhiji/setup"
OPEN = (LOGIN, "/zhiji/static/", "/healthz", "/favicon.ico")
LOOK_AGAIN_S = 2.0
"""How long a stream goes on at most after its session ended."""


class Gate:
    """Wraps an ASGI app; the routes find who is asking in `request.state.user`. With a `code` the first account is set up by
    whoever has it; without one, and without accounts, everybody is `user`."""

    def __init__(self, app: ASGIApp, accounts: Callable[[], Accounts], user: str, code: str | None) -> None:
        self._app = app
        self._accounts = accounts
        self._user = user
        self._code = code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        has_accounts = await to_thread.run_sync(lambda: self._accounts().any())
        state["code"] = None if has_accounts else self._code
        if not has_accounts and self._code is None:
            state["user"] = self._user
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(OPEN if has_accounts else (SETUP, *OPEN[1:])):
            await self._app(scope, receive, send)
            return
        token = token_of(scope)
        user = await self._whose(token) if has_accounts else None
        if user is None:
            await _turned_away(path, LOGIN if has_accounts else SETUP)(scope, receive, send)
            return
        state["user"] = user
        await self._app(scope, receive, _while(lambda: self._whose(token), send))

    async def _whose(self, token: str) -> str | None:
        return await to_thread.run_sync(lambda: self._accounts().user_of(token)) if token else None


def _while(whose: Callable[[], object], send: Send) -> Send:
    """Sends as long as the session lasts; then the stream ends."""
    looked, ended = time.monotonic(), False

    async def sending(message: Message) -> None:
        nonlocal looked, ended
        if message["type"] == "http.response.body" and time.monotonic() - looked > LOOK_AGAIN_S:
            looked = time.monotonic()
            ended = await whose() is None  # type: ignore[misc]
            if ended:
                await send({"type": "http.response.body", "body": b""})
        if ended:
            raise OSError("the session is over")  # as if the reader had gone: who writes the stream stops
        await send(message)

    return sending


def _turned_away(path: str, to: str) -> Response:
    if path == "/":
        return RedirectResponse(to, 303)
    return PlainTextResponse("Log in first.", 401, headers={"HX-Redirect": to})


def token_of(scope: Scope) -> str:
    """The session's token, or nothing."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                found = None
            if found is not None:
                return found.value[:100]
    return ""


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
        app.accounts.add(name, password, "owner")
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
