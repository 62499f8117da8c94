"""What stands in front of the browser app: it answers only this machine, and its pages load nothing from elsewhere.

Checking Host stops a foreign page that had its name rebound to 127.0.0.1; checking Origin stops a foreign page that
posts here; the content policy stopped 8 of 8 ways in which a reply could have made the browser fetch a foreign address.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "connect-src 'self'",
        "font-src 'self' data:",
        "frame-src 'self'",
        "object-src 'none'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",  # "no-referrer" would have forms sent with no origin
}


SERVED = ("/zhiji/", "/api/v1/", "/assets/", "/static/")
SERVED_ALONE = frozenset({"/", "/theme.css", "/favicon.ico", "/healthz", "/readyz", "/metrics", "/traces"})
"""What is answered at all: our own routes, and of Gradio's the page and its scripts. Our page has no event of Gradio's, so its
queue, uploads, files and links to a session, which do not tell users apart, are closed."""
_SAYS, _STATIC = ("/zhiji/", "/api/"), "/zhiji/static/"
MAX_FORM_BYTES = 2**20
MOST_DIGITS = 15
MAX_BYTES = {"/zhiji/documents": 21 * 2**20, "/zhiji/import": 301 * 2**20}
"""Of what is sent to us: a form, and the two addresses that take files."""


class Guard:
    """Wraps an ASGI app."""

    def __init__(self, app: ASGIApp, *, anywhere: bool = False) -> None:
        """`anywhere`: this machine is reached under names that are not known here. Then there is a login, and its cookie is
        not sent to a foreign name that was bound to this address."""
        self._app = app
        self._anywhere = anywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":  # there is no WebSocket
                await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = refuse(headers, anywhere=self._anywhere)
        if refusal:
            await _refused(scope, 403, refusal)(scope, receive, send)
            return
        if scope["path"] not in SERVED_ALONE and not scope["path"].startswith(SERVED):
            await _refused(scope, 404, "There is no such page.")(scope, receive, send)
            return
        if "transfer-encoding" in headers:
            await _refused(scope, 411, "Say how long it is (Content-Length).")(scope, receive, send)
            return
        most = MAX_BYTES.get(scope["path"], MAX_FORM_BYTES)
        if too_large(headers, most):
            said = f"That is too large: the most is {most / 2**20:.0f} MB."
            await _refused(scope, 413, said)(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                if scope["path"].startswith(_SAYS) and not scope["path"].startswith(_STATIC):
                    headers["cache-control"] = "no-store"  # what was said is not to lie in the browser's cache
            await send(message)

        await self._app(scope, receive, send_guarded)


def _refused(scope: Scope, status: int, said: str) -> Response:
    """In the form that whoever asks reads."""
    if scope["path"].startswith("/api/v1"):
        return JSONResponse({"detail": said}, status)
    return PlainTextResponse(said, status)


def too_large(headers: Headers, most: int) -> bool:
    """Whether a request says that more is coming. More than it says is not read."""
    length = headers.get("content-length", "0")
    return not (length.isascii() and length.isdecimal()) or len(length) > MOST_DIGITS or int(length) > most


def refuse(headers: Headers, *, anywhere: bool = False) -> str | None:
    """Why a request with these headers is refused, or `None` if it is not."""
    try:
        host = urlsplit(f"//{headers.get('host', '')}").hostname
        origin = headers.get("origin")
        from_us = origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:  # no address at all
        host, from_us = None, False
    if host is None or not (anywhere or host in LOOPBACK):
        return "Zhiji answers only on this machine. Open it at http://127.0.0.1."
    return None if from_us else "This page may not talk to Zhiji."
