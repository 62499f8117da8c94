"""What every route of the HTTP API needs: which program asks, for whom, and whether its key may do that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict

from assistant.engine import Assistant
from memory.access.api_keys import ApiKey
from memory.access.api_keys import Scope as KeyScope
from memory.errors import NotAllowed
from ui.views import App


class Problem(BaseModel):
    detail: str


@dataclass(frozen=True)
class Client:
    """Who asks: a program of the user's."""

    app: App
    assistant: Assistant
    key: ApiKey


def _needs(scope: KeyScope) -> Callable[[Request], Client]:
    def client(request: Request) -> Client:
        key: ApiKey = request.state.key
        if scope not in key.scopes:
            raise NotAllowed(f"This key may not do that: it has the scopes {', '.join(key.scopes)}, not {scope}.")
        app: App = request.app.state.zhiji
        return Client(app, app.runtime.assistant(key.user), key)

    return client


Reads = Annotated[Client, Depends(_needs("read"))]
Chats = Annotated[Client, Depends(_needs("chat"))]
Writes = Annotated[Client, Depends(_needs("write"))]
Id = Annotated[str, Path(min_length=1, max_length=64)]
Many = Annotated[int, Query(ge=1, le=500)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "It makes no sense as asked; nothing was changed."},
    401: {"model": Problem, "description": "No key, or none that is good."},
    403: {"model": Problem, "description": "The key has not the scope that this needs."},
    404: {"model": Problem, "description": "There is no such thing, or it is not yours."},
    413: {"model": Problem, "description": "More than 1 MB."},
    422: {"model": Problem, "description": "Something is missing, or of the wrong kind."},
    429: {"model": Problem, "description": "Too many replies are being written for this user."},
    503: {"model": Problem, "description": "The model or the disk cannot do it now."},
}
