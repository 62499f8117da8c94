"""The browser app: our FastAPI app with Gradio mounted in it, behind the guard, on this machine only."""

import asyncio
import logging
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from assistant.runtime import Runtime
from memory.access.accounts import accounts_of
from memory.errors import ConfigError, ZhijiError
from ui.errors import status_of, what_is_missing
from ui.guard import LOOPBACK, MAX_BYTES, Guard
from ui.logs import Logged, to_file
from ui.under_path import UnderPath

STATIC = Path(__file__).with_name("static")
THREADS = 256
"""At work on requests at once. Most of them wait: for the disk, or for the prompt of a message."""


def create_app(runtime: Runtime, user: str, *, code: str | None = None, anywhere: bool = False) -> ASGIApp:
    """The ASGI app: for those who have accounts and log in, or, if nobody has, for `user` alone; with a `code` the first
    account is set up by whoever has it. `anywhere` answers under any name of this machine. Loads nothing of the model; its
    start-up begins to."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    os.environ["GRADIO_TEMP_DIR"] = str(runtime.settings.data_dir / "gradio")
    from anyio import to_thread
    from fastapi import FastAPI
    from fastapi.staticfiles import StaticFiles
    from starlette.formparsers import MultiPartParser

    MultiPartParser.spool_max_size = max(MAX_BYTES.values())  # a file that is sent to us stays off the disk

    from ui import api, health, login, page
    from ui.tabs import account, chat, conversations, history, keys, memories, privacy, profile, reminders, settings
    from ui.views import App

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        assert state.metrics  # which counts from now on
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        chosen = runtime.assistant(user).preferences.get().model if runtime.settings.model == "auto" else ""
        try:
            runtime.use_model(chosen, user) if chosen else runtime.preload(user)
        except ZhijiError:  # it was removed since
            runtime.preload(user)
        yield

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    state = app.state.zhiji = App(runtime)
    app.add_exception_handler(ZhijiError, _say_what_is_wrong)
    app.add_exception_handler(RequestValidationError, _say_what_is_missing)
    app.mount("/zhiji/static", StaticFiles(directory=STATIC))
    tabs = (health, login, account, keys, chat, conversations, memories, profile, history, privacy, settings, reminders)
    for tab in tabs:
        app.include_router(tab.router)

    app.mount(api.BASE, api.create(state))
    page.mount(app, runtime.settings)
    gate = login.Gate(app, lambda: state.accounts, None if anywhere else user, code)
    guarded = Guard(Logged(gate), anywhere=anywhere)
    path = runtime.settings.root_path
    return UnderPath(guarded, path) if path else guarded


def _say_what_is_missing(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return PlainTextResponse(what_is_missing(error), status_code=422)


def _say_what_is_wrong(request: Request, error: Exception) -> Response:
    """As text, which the page shows; what was asked for was not done."""
    from ui.views import app_of, view_of

    assert isinstance(error, ZhijiError)
    app_of(request).metrics.note_error(error)
    said = view_of(request).said(str(error)) if hasattr(request.state, "user") else str(error)
    return PlainTextResponse(said, status_code=status_of(error))


def serve(runtime: Runtime, user: str, *, open_browser: bool) -> None:
    """Serve until interrupted. Raises ConfigError for a port that is taken. Elsewhere than on this machine's own address there
    is a login, always."""
    import uvicorn

    settings = runtime.settings
    if settings.log_file:
        to_file(settings.log_file)
    anywhere = settings.host not in LOOPBACK
    code = secrets.token_hex(4) if anywhere and not accounts_of(runtime.store.database) else None
    listener = _listen(settings.host, settings.port)
    host, port = listener.getsockname()[:2]
    url = f"http://{'[::1]' if ':' in host else host}:{port}{settings.root_path and settings.root_path + '/'}"
    app = create_app(runtime, user, code=code, anywhere=anywhere)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        proxy_headers=bool(settings.proxy),  # or anybody here could say that a request came from elsewhere
        forwarded_allow_ips=settings.proxy,
    )
    logging.getLogger("uvicorn.error").addFilter(_not_about_open_pages)
    print(f"Zhiji is at {url} (Ctrl+C stops it).", flush=True)
    if code:
        print(f"Nobody has an account yet. Open it and set up the owner's with this code: {code}", flush=True)
    if anywhere:
        print("Passwords go over the network as they are, but behind TLS: see docs/security.md.", flush=True)
    if open_browser:
        threading.Timer(0.5, webbrowser.open, [url]).start()
    with suppress(KeyboardInterrupt):  # Ctrl+C is how it is stopped
        uvicorn.Server(config).run(sockets=[listener])


def _not_about_open_pages(record: logging.LogRecord) -> bool:
    """Leave out that a page was still open when the server was stopped: a page always listens."""
    cancelled = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cancelled and not record.getMessage().startswith("Cancel ")


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"Port {port} is taken. Give another with --port, or --port 0 for any.") from error
    listener.listen()  # who comes before it is answered waits
    return listener
