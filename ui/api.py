"""The HTTP API, for a user's own programs: JSON under /api/v1, a key with each request (see `memory.access.api_keys`).

    Authorization: Bearer zhiji_…

/api/v1/openapi.json describes it. What goes wrong is answered with {"detail": what, and what to do}. docs/api.md has examples.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from anyio import CancelScope, to_thread
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field, model_validator
from starlette.types import Receive, Scope, Send

from assistant.events import Done, Event, Reply
from assistant.live import Live
from memory.access.api_keys import Scope as KeyScope
from memory.errors import ModelError, ZhijiError
from memory.types import Conversation, Fact, Hit, Memory
from ui import api_reminders
from ui.api_access import PROBLEMS, Body, Chats, Id, Many, Reads, Writes
from ui.errors import status_of, what_is_missing
from ui.views import App

BASE = "/api/v1"
FRAME_S = 0.02
KEEP_ALIVE_S = 15.0
TEXT_FORMATS = {
    "jsonl": "application/jsonl",
    "md": "text/markdown",
    "html": "text/html",
    "csv": "text/csv",
    "sharegpt": "application/json",
    "openai": "application/jsonl",
}


ABOUT = "What a user's assistant remembers, for the user's own programs. Send a key: `Authorization: Bearer zhiji_…`."


class Say(Body):
    text: str = Field(min_length=1)
    conversation_id: str | None = Field(None, max_length=64, description="To go on with; without one it begins.")
    remember: bool | None = Field(None, description="Of one that begins: whether it is remembered.")
    recall: bool | None = Field(None, description="Of one that begins: whether what is remembered is used in it.")
    stream: bool = Field(False, description="As server-sent events: `begun`, `text`, then `done` or `error`.")


class AddMemory(Body):
    text: str = Field(min_length=1)
    speaker: str | None = None
    occurred_at: Annotated[datetime | None, Field(strict=False)] = None
    ref: str | None = Field(None, description="Your own id of it.")


class ChangeMemory(Body):
    text: str | None = Field(None, min_length=1)
    pinned: bool | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "ChangeMemory":
        if self.text is None and self.pinned is None:
            raise ValueError("Give `text` or `pinned`.")
        return self


class SetFact(Body):
    key: str = Field(min_length=1, max_length=100)
    value: str = Field(min_length=1)
    subject: str = Field("user", min_length=1, max_length=100)


class ChangeFact(Body):
    value: str = Field(min_length=1)


class Me(BaseModel):
    user: str
    scopes: Sequence[KeyScope]


router = APIRouter(responses=PROBLEMS)


@router.get("/me")
def me(client: Reads) -> Me:
    return Me(user=client.key.user, scopes=client.key.scopes)


@router.post("/chat", response_model=Reply, responses={200: {"content": {"text/event-stream": {}}}})
async def chat(said: Say, client: Chats) -> Any:
    """Say something and get the reply; the message is remembered and learned from as far as the user allows. What was recalled
    for it is told to a key that may read."""
    replies: list[Reply] = []
    reads = "read" in client.key.scopes

    def start(stop: Any) -> Iterator[Event]:
        for event in client.assistant.stream(
            said.text, conversation_id=said.conversation_id, stop=stop, remember=said.remember, recall=said.recall
        ):
            if isinstance(event, Done):
                reply = event.reply
                replies.append(reply if reads else replace(reply, recalled=(), facts_used=()))
            yield event

    live = await to_thread.run_sync(client.app.live.start, client.assistant.user, start)
    if said.stream:
        return _Stream(_events(live, replies), media_type="text/event-stream")
    try:
        while not live.follow(-1, 0).over:
            await asyncio.sleep(FRAME_S)
    finally:
        live.stop()  # if this was cancelled: the key is good no more
    if not replies:
        raise live.failure or ModelError("The reply failed.")
    return replies[0]


@router.get("/memories")
def memories(
    client: Reads, limit: Many = 50, before: Annotated[str | None, Query(max_length=64)] = None
) -> list[Memory]:
    """The newest first; `before` is the id to go on from."""
    return list(client.assistant.memories.list(limit, before=before))


@router.get("/memories/search")
def search(client: Reads, q: Annotated[str, Query(min_length=1, max_length=8_000)], k: Many = 10) -> list[Hit]:
    """The `k` memories most likely to answer `q`, best first; `score` is how likely."""
    at = datetime.now(client.assistant.preferences.get().zone())
    return list(client.assistant.memories.search(q, k, at=at))


@router.post("/memories", status_code=201)
def add_memory(new: AddMemory, client: Writes) -> Memory:
    return client.assistant.memories.add(new.text, speaker=new.speaker, occurred_at=new.occurred_at, ref=new.ref)


@router.get("/memories/{id}")
def memory(id: Id, client: Reads) -> Memory:
    return client.assistant.memories.get(id)


@router.patch("/memories/{id}")
def change_memory(id: Id, change: ChangeMemory, client: Writes) -> Memory:
    if change.text is not None:
        client.assistant.memories.edit(id, change.text)
    if change.pinned is not None:
        client.assistant.memories.pin(id, change.pinned)
    return client.assistant.memories.get(id)


@router.delete("/memories/{id}", status_code=204)
def forget_memory(id: Id, client: Writes) -> None:
    """For good, with everything that was made from it."""
    client.assistant.memories.forget(id)


@router.get("/facts")
def facts(client: Reads) -> list[Fact]:
    """The profile, as far as it holds now."""
    return list(client.assistant.profile.facts())


@router.post("/facts", status_code=201)
def set_fact(new: SetFact, client: Writes) -> Fact:
    """What holds from now on."""
    return client.assistant.profile.set(new.key, new.value, subject=new.subject)


@router.patch("/facts/{id}")
def change_fact(id: Id, change: ChangeFact, client: Writes) -> Fact:
    return client.assistant.profile.edit(id, change.value)


@router.delete("/facts/{id}", status_code=204)
def forget_fact(id: Id, client: Writes) -> None:
    client.assistant.profile.forget(id)


@router.get("/conversations")
def conversations(
    client: Reads, limit: Many = 50, skip: Annotated[int, Query(ge=0, le=10**9)] = 0
) -> list[Conversation]:
    """Without their messages; pinned first, then the newest."""
    return list(client.assistant.conversations.list(limit, skip=skip))


@router.get("/conversations/{id}")
def conversation(id: Id, client: Reads) -> Conversation:
    return client.assistant.conversations.get(id)


@router.delete("/conversations/{id}", status_code=204)
def delete_conversation(id: Id, client: Writes) -> None:
    """For good, with what was remembered and learned from it."""
    client.assistant.conversations.delete(id)


@router.get(
    "/export", response_class=Response, responses={200: {"content": {kind: {} for kind in TEXT_FORMATS.values()}}}
)
def export(
    client: Reads,
    format: Literal["jsonl", "md", "html", "csv", "sharegpt", "openai"] = "jsonl",
    anonymous: bool = False,
) -> StreamingResponse:
    """The conversation log."""
    lines = client.assistant.export_lines(format, anonymous=anonymous)
    return StreamingResponse(lines, media_type=TEXT_FORMATS[format])


def create(state: App) -> FastAPI:
    """To be mounted at BASE, behind the gate that has found the key."""
    api = FastAPI(title="Zhiji", version="1", docs_url=None, redoc_url=None, description=ABOUT, redirect_slashes=False)
    api.state.zhiji = state
    api.add_exception_handler(ZhijiError, _say_what_is_wrong)
    api.add_exception_handler(RequestValidationError, _say_what_is_missing)
    api.include_router(router)
    api.include_router(api_reminders.router)
    return api


class _Stream(StreamingResponse):
    """Ends what it streams when it ends, however that happens."""

    body_iterator: AsyncIterator[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            with CancelScope(shield=True):
                await self.body_iterator.aclose()  # type: ignore[attr-defined]


async def _events(live: Live, replies: Sequence[Reply]) -> AsyncIterator[str]:
    version, sent, quiet = -1, 0, 0.0
    yield _event("begun", {"conversation_id": live.conversation_id})
    try:
        while True:
            now = live.follow(-1, 0)
            text = replies[0].text if now.over and replies else now.text
            if len(text) > sent:
                yield _event("text", {"text": text[sent:]})
                sent, quiet = len(text), 0.0
            if now.over:
                break
            quiet = quiet + FRAME_S if now.version == version else 0.0
            version = now.version
            if quiet > KEEP_ALIVE_S:
                yield ": still here\n\n"
                quiet = 0.0
            await asyncio.sleep(FRAME_S)
        yield _event("done", asdict(replies[0])) if replies else _event("error", {"detail": now.error})
    finally:
        live.stop()  # the program has gone


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, default=_plain)}\n\n"


def _plain(value: object) -> str:
    assert isinstance(value, datetime)
    return value.isoformat()


def _say_what_is_wrong(request: Request, error: Exception) -> Response:
    assert isinstance(error, ZhijiError)
    request.app.state.zhiji.metrics.note_error(error)
    return problem(status_of(error), str(error))


def _say_what_is_missing(request: Request, error: Exception) -> Response:  # noqa: ARG001
    return problem(422, what_is_missing(error))


def problem(status: int, detail: str) -> Response:
    headers = {"www-authenticate": "Bearer"} if status == 401 else None
    return Response(json.dumps({"detail": detail}), status, headers, "application/json")
