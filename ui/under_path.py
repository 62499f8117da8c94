"""Zhiji under a path of another server's ("https://example.org/zhiji/"). Links in its pages are relative, so what is left is to
take the path off what comes, if the proxy did not, and to put it before where an answer sends the browser.
"""

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SENDS_TO = ("location", "hx-redirect")


class UnderPath:
    """Wraps an ASGI app. `path` is like "/zhiji"."""

    def __init__(self, app: ASGIApp, path: str) -> None:
        self._app = app
        self._path = path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = scope["path"]
        if asked == self._path:  # relative links need the slash
            await RedirectResponse(f"{self._path}/", 308)(scope, receive, send)
            return
        if asked.startswith(f"{self._path}/"):
            scope = {**scope, "path": asked.removeprefix(self._path)}
            if raw := scope.get("raw_path"):
                scope["raw_path"] = raw.removeprefix(self._path.encode())

        async def send_there(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name in _SENDS_TO:
                    to = headers.get(name, "")
                    if to.startswith("/") and not to.startswith("//"):
                        headers[name] = f"{self._path}{to}"
            await send(message)

        await self._app(scope, receive, send_there)
