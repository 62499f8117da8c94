"""The chat: a conversation with what was remembered under each reply, and the reply being written."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Form, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from assistant.engine import Assistant
from assistant.live import Live, LiveReply, Start
from memory.errors import NotFound, ZhijiError
from memory.language import secrets
from memory.language.acts import act_of
from memory.language.extraction import asks_not_to_be_remembered
from memory.types import Conversation, Fact, Message
from ui.markdown import to_html
from ui.suggestions import suggestions
from ui.views import TEMPORARY, Here, View

router = APIRouter(prefix="/zhiji")
Text = Annotated[str, Form()]
Id = Annotated[str, Form()]
Key = Annotated[str | None, Form(max_length=64)]
WORDS = (
    "copied",
    "copy",
    "saved",
    "erased",
    "too_long",
    "no_connection",
    "writing_reply",
    "reply_done",
    "cancel",
    "send",
)
"""What `app.js` says by itself."""
FRAME_S = 0.06
"""How often a page is told of a reply that grows."""
RESTS = 4
"""A long text takes long to lay out: so many times as long nothing is done for its page afterwards."""
KEEP_ALIVE_S = 15.0


@dataclass(frozen=True)
class Shown:
    """A message with what the page shows beside it: what was noted from the question it answers, and which secrets of that
    are not remembered."""

    message: Message
    noted: Sequence[Fact] = ()
    withheld: Sequence[str] = ()

    @property
    def private(self) -> bool:
        """Whether the person asked that this message is not remembered."""
        text = self.message.text
        return (
            self.message.role == "user" and asks_not_to_be_remembered(text) and act_of(text, private=True) == "private"
        )

    @property
    def forgot(self) -> bool:
        """Whether this reply may have taken something out of the talk that the page still shows."""
        return any(f'"act": "{act}"' in (self.message.plan or "") for act in ("forget", "undo", "private"))

    @property
    def version(self) -> int:
        return self.message.versions.index(self.message.id) + 1 if self.message.versions else 1


@router.get("/shell/chat")
def shell(view: Here) -> HTMLResponse:
    words = {key: view.t(key) for key in WORDS}
    return view.page("chat_shell.html", max_chars=view.app.runtime.settings.max_message_chars, words=words)


@router.get("/chat")
def chat(view: Here, after: BackgroundTasks, id: str = "", at: str = "") -> HTMLResponse:
    """A conversation, or an empty one; `at` is a message that the branch shown must go through."""
    if id.startswith(TEMPORARY):
        view.app.temporary.get(view.assistant.user, id)
        return _page(view, None, id)
    if at and not id:
        id = view.assistant.conversations.holding([at]).get(at, "")
    if not id:
        after.add_task(_warm, view)
        return _page(view, None, "")
    conversation = view.assistant.conversations.get(id)
    after.add_task(_warm, view, id)
    if at and at not in [message.id for message in conversation.messages]:
        view.assistant.conversations.show(at)
        conversation = view.assistant.conversations.get(id)
    return _page(view, conversation, id)


def _warm(view: View, id: str | None = None) -> None:
    """Whoever looks at a conversation may go on with it: let the model read it meanwhile."""
    if view.app.runtime.status.model == "ready":
        with suppress(ZhijiError):  # the page is shown all the same
            view.assistant.warm(id)


@router.get("/head")
def head(view: Here, id: str) -> HTMLResponse:
    """What stands above a conversation: its title and its switches."""
    return view.page("head.html", conversation=view.assistant.conversations.get(id), id=id)


@router.post("/temporary")
def temporary(view: Here) -> dict[str, str]:
    return {"id": view.app.temporary.begin(view.assistant)}


@router.post("/say")
def say(
    view: Here,
    text: Text = "",
    id: Id = "",
    key: Key = None,
    remembers: Annotated[bool, Form()] = True,
    recalls: Annotated[bool, Form()] = True,
) -> dict[str, str]:
    """Begin a reply; answers once the message is on the disk, with the conversation it is in. By `key` it can be stopped
    before that."""
    assistant = view.assistant
    if id.startswith(TEMPORARY):
        told = view.app.temporary.get(assistant.user, id)
        return _begin(view, lambda stop: told.stream(text, stop=stop), key=id)
    if id:
        return _begin(view, lambda stop: assistant.stream(text, conversation_id=id, stop=stop), key)
    return _begin(view, lambda stop: assistant.stream(text, stop=stop, remember=remembers, recall=recalls), key)


@router.post("/again")
def again(view: Here, id: Id) -> dict[str, str]:
    if id.startswith(TEMPORARY):
        told = view.app.temporary.get(view.assistant.user, id)
        return _begin(view, lambda stop: told.regenerate(stop=stop), key=id)
    return _begin(view, lambda stop: view.assistant.regenerate(id, stop=stop))


@router.post("/edit")
def edit(view: Here, message: Id, text: Text = "") -> dict[str, str]:
    return _begin(view, lambda stop: view.assistant.edit(message, text, stop=stop))


@router.post("/stop")
def stop(view: Here, id: Id = "", key: Key = None) -> dict[str, bool]:
    """End a reply, known by its conversation or by the key it was asked for with."""
    live = view.app.live.get(view.assistant.user, id) or view.app.live.get(view.assistant.user, key or "")
    if live:
        live.stop()
    return {"stopped": live is not None}


@router.post("/undo")
def undo(view: Here, id: Id) -> dict[str, str]:
    """Take back the last question; answers with its text, and the conversation if it has not gone with it."""
    if id.startswith(TEMPORARY):
        return {"text": view.app.temporary.get(view.assistant.user, id).undo(), "id": id}
    with view.app.runtime.answering(id, threading.Event()):
        text = view.assistant.conversations.undo(id)
    return {"text": text, "id": id if _is_there(view.assistant, id) else ""}


@router.post("/show/{message_id}")
def show(view: Here, message_id: str) -> HTMLResponse:
    """Another version of a message, with what followed it."""
    id = view.assistant.conversations.holding([message_id]).get(message_id, message_id)
    with view.app.runtime.answering(id, threading.Event()):
        view.assistant.conversations.show(message_id)
    return _page(view, view.assistant.conversations.get(id), id)


@router.get("/turn")
def turn(view: Here, id: str) -> HTMLResponse:
    """The last question of a conversation and the reply to it."""
    shown = _shown(view, view.assistant.conversations.get(id)) if not id.startswith(TEMPORARY) else _said(view, id)
    return view.page("turn.html", shown=shown[-2:], id=id, temporary=id.startswith(TEMPORARY))


@router.get("/live")
async def live(view: Here, id: str, version: Annotated[int, Query()] = -1) -> StreamingResponse:
    """The reply being written, as server-sent events: how it stands now, then each change. A reader who comes late, or
    again, sees all of it."""
    running = view.app.live.last(view.assistant.user, id)
    events = _events(view, running, version)
    return StreamingResponse(events, media_type="text/event-stream", headers={"cache-control": "no-store"})


@router.post("/rate/{message_id}")
def rate(
    view: Here,
    message_id: str,
    rating: Annotated[Literal["up", "down"], Form()],
    reason: Annotated[str | None, Form()] = None,
    corrected: Annotated[str | None, Form()] = None,
) -> HTMLResponse:
    """A rating; what was said of the reply before and is not said now stays."""
    before = view.assistant.feedback.get(message_id)
    if before and reason is None:
        reason, corrected = before.reason, before.corrected
    given = view.assistant.feedback.rate(message_id, rating, reason or "", corrected)
    return view.page("rating.html", message_id=message_id, rating=given.rating)


@router.get("/rate/{message_id}")
def rating_form(view: Here, message_id: str) -> HTMLResponse:
    """Where a rating can be explained."""
    given = view.assistant.feedback.get(message_id)
    if given is None:
        raise NotFound("That reply was not rated.")
    return view.page("rating_form.html", given=given, rating="up" if given.rating > 0 else "down")


@router.post("/unrate/{message_id}")
def unrate(view: Here, message_id: str) -> HTMLResponse:
    view.assistant.feedback.withdraw(message_id)
    return view.page("rating.html", message_id=message_id, rating=None)


@router.post("/switch")
def switch(
    view: Here, id: Id, remembers: Annotated[bool, Form()] = False, recalls: Annotated[bool, Form()] = False
) -> HTMLResponse:
    """Whether a conversation is remembered, and whether what is remembered is used in it."""
    if id and not id.startswith(TEMPORARY):
        if view.remembers:  # else the switch is not to be moved
            view.assistant.conversations.remember(id, remembers)
        view.assistant.conversations.recall(id, recalls)
    return HTMLResponse("")


def _begin(view: View, start: Start, key: str | None = None) -> dict[str, str]:
    running = view.app.live.start(view.assistant.user, start, key)
    return {"id": running.conversation_id or key or ""}


def _page(view: View, conversation: Conversation | None, id: str) -> HTMLResponse:
    is_temporary = id.startswith(TEMPORARY)
    shown = _said(view, id) if is_temporary else _shown(view, conversation) if conversation else []
    running = view.app.live.get(view.assistant.user, id) is not None
    if running and shown and shown[-1].message.role == "assistant":
        shown = shown[:-1]  # it is being given again
    return view.page(
        "chat.html",
        conversation=conversation,
        id=id,
        temporary=is_temporary,
        shown=shown,
        live=running,
        suggestions=[] if shown else suggestions(view.assistant.profile.facts(), view.language),
    )


def _shown(view: View, conversation: Conversation) -> list[Shown]:
    """Each message; a reply also has what was noted from its question."""
    noted: dict[str, list[Fact]] = {}
    for fact in view.assistant.profile.facts_of([message.id for message in conversation.messages]):
        noted.setdefault(str(fact.message_id), []).append(fact)
    shown: list[Shown] = []
    asked = ""
    for message in conversation.messages:
        if message.role == "user":
            asked = message.text
            shown.append(Shown(message))
        else:
            withheld = tuple(dict.fromkeys(secret.kind for secret in secrets.find(asked)))
            shown.append(Shown(message, noted.get(str(message.parent_id), ()), withheld))
    return shown


def _said(view: View, id: str) -> list[Shown]:
    told = view.app.temporary.get(view.assistant.user, id)
    return [Shown(message) for message in told.messages()]


async def _events(view: View, running: Live | None, version: int) -> AsyncIterator[str]:
    quiet, pause = 0.0, FRAME_S
    while running is not None:
        now = running.follow(-1, 0)
        if now.version > version:
            version, quiet = now.version, 0.0
            began = time.perf_counter()
            yield await asyncio.to_thread(_event, view, now)
            pause = max(FRAME_S, RESTS * (time.perf_counter() - began))
        if now.over:
            return
        await asyncio.sleep(pause)
        quiet += pause
        if quiet > KEEP_ALIVE_S:
            quiet = 0.0
            yield ": still here\n\n"
    yield "event: over\ndata: {}\n\n"


def _event(view: View, now: LiveReply) -> str:
    data: dict[str, Any] = {
        "stage": now.stage,
        "html": to_html(now.text, view.t("copy")) if now.text else "",
        "error": "",
    }
    if now.stage == "waiting":
        data["note"] = view.t("waiting", number=now.ahead)
    if now.error:
        data["error"] = view.said(now.error)
    return f"event: {'over' if now.over else 'reply'}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def _is_there(assistant: Assistant, id: str) -> bool:
    try:
        assistant.conversations.get(id)
    except NotFound:
        return False
    return True
