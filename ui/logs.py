"""The log: one JSON object a line, for programs and for people. It has ids, sizes, seconds and kinds of errors, and never a
word of what was said: of a request its route, not its address or its query; of an error its kind and place, not what it says.
"""

import json
import logging
import time
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memory.errors import FolderUnusable, ZhijiError

http = logging.getLogger("zhiji.http")
MAX_BYTES, KEPT = 10_000_000, 3
QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        entry |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[1]:
            entry |= _where(record.exc_info[1])
        return json.dumps(entry, ensure_ascii=False, default=str)


def _where(error: BaseException) -> dict[str, Any]:
    """The kind of an error and where it came from. What it says may quote what was said, but for ours."""
    places, trace = [], error.__traceback__
    while trace:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    said = {"said": str(error)} if isinstance(error, ZhijiError) else {}
    return {"error": type(error).__name__, "places": places[-8:]} | said


def to_file(path: Path) -> logging.Handler:
    """Log what Zhiji does to `path`, which only you can read; at 10 MB it begins anew, the last three are kept."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = _Private(path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
    except OSError as error:
        raise FolderUnusable(
            f"The log cannot be written to {path} ({error.strerror}). Set another log_file."
        ) from error
    handler.setFormatter(JsonLines())
    ours = logging.getLogger("zhiji")
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    return handler


class _Private(RotatingFileHandler):
    """Its files only you can read, those too that were there or come by rotation."""

    def _open(self) -> Any:
        file = super()._open()
        Path(self.baseFilename).chmod(0o600)
        return file


class Logged:
    """Wraps an ASGI app: one line for each request, by its route."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not http.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began, status, size = time.perf_counter(), 0, 0

        async def counted(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", None)
            route = scope.get("root_path", "") + route if route else "-"
            if route not in QUIET:
                seconds = round(time.perf_counter() - began, 4)
                fields = {
                    "method": scope["method"],
                    "route": route,
                    "status": status,
                    "bytes": size,
                    "seconds": seconds,
                }
                http.info("request", extra={"fields": fields})
