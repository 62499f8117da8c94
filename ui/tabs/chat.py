"""The chat: a conversation with what was remembered under each reply, and the reply being written."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, StreamingResponse

from assistant.engine import Assistant
from assistant.live import Live, Snapshot, Start
from memory import secrets
from memory.errors import NotFound
from memory.types import Conversation, Fact, Message
from ui.markdown import to_html
from ui.suggestions import suggestions
from ui.views import TEMPORARY, Here, View

router = APIRouter(prefix="/zhiji")
Text = Annotated[str, Form()]
Id = Annotated[str, Form()]
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
KEEP_ALIVE_S = 15.0


@dataclass(frozen=True)
class Shown:
    """A message with what the page shows beside it: what was noted from the question it answers, and which secrets of that
    are not remembered."""

    message: Message
    noted: Sequence[Fact] = ()
    withheld: Sequence[str] = ()

    @property
    def version(self) -> int:
        return self.message.versions.index(self.message.id) + 1 if self.message.versions else 1


@router.get("/shell/chat")
def shell(view: Here) -> HTMLResponse:
    words = {key: view.t(key) for key in WORDS}
    return view.page("chat_shell.html", max_chars=view.app.runtime.settings.max_message_chars, words=words)


@router.get("/chat")
def chat(view: Here, id: str = "", at: str = "") -> HTMLResponse:
    """A conversation, or an empty one; `at` is a message that the branch shown must go through."""
    if id.startswith(TEMPORARY):
        view.app.temporary.get(view.assistant.user, id)
        return _page(view, None, id)
    if at and not id:
        id = view.assistant.conversations.holding([at]).get(at, "")
    if not id:
        return _page(view, None, "")
    conversation = view.assistant.conversations.get(id)
    if at and at not in [message.id for message in conversation.messages]:
        view.assistant.conversations.show(at)
        conversation = view.assistant.conversations.get(id)
    return _page(view, conversation, id)


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
    remembers: Annotated[bool, Form()] = True,
    recalls: Annotated[bool, Form()] = True,
) -> dict[str, str]:
    """Begin a reply; answers once the message is on the disk, with the conversation it is in."""
    assistant = view.assistant
    if id.startswith(TEMPORARY):
        told = view.app.temporary.get(assistant.user, id)
        return _begin(view, lambda stop: told.stream(text, stop=stop), key=id)
    if id:
        return _begin(view, lambda stop: assistant.stream(text, conversation_id=id, stop=stop))
    return _begin(view, lambda stop: assistant.stream(text, stop=stop, remember=remembers, recall=recalls))


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
def stop(view: Here, id: Id) -> dict[str, bool]:
    live = view.app.live.get(view.assistant.user, id)
    if live:
        live.stop()
    return {"stopped": live is not None}


@router.post("/undo")
def undo(view: Here, id: Id) -> dict[str, str]:
    """Take back the last question; answers with its text, and the conversation if it has not gone with it."""
    if id.startswith(TEMPORARY):
        return {"text": view.app.temporary.get(view.assistant.user, id).undo(), "id": id}
    view.app.runtime.check_free(id)
    text = view.assistant.conversations.undo(id)
    return {"text": text, "id": id if _is_there(view.assistant, id) else ""}


@router.post("/show/{message_id}")
def show(view: Here, message_id: str) -> HTMLResponse:
    """Another version of a message, with what followed it."""
    id = view.assistant.conversations.show(message_id)
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
    reason: Text = "",
    corrected: Text = "",
) -> HTMLResponse:
    given = view.assistant.feedback.rate(message_id, rating, reason, corrected or None)
    return view.page("rating.html", message_id=message_id, rating=given.rating)


@router.get("/rate/{message_id}")
def rating_form(view: Here, message_id: str, rating: Literal["up", "down"]) -> HTMLResponse:
    """Where a rating can be explained; the rating itself is kept at once."""
    given = view.assistant.feedback.get(message_id)
    if given is None or given.rating != (1 if rating == "up" else -1):
        given = view.assistant.feedback.rate(message_id, rating)
    return view.page("rating_form.html", given=given, rating=rating)


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
        view.assistant.conversations.remember(id, remembers)
        view.assistant.conversations.recall(id, recalls)
    return HTMLResponse("")


def _begin(view: View, start: Start, key: str | None = None) -> dict[str, str]:
    running = view.app.live.start(view.assistant.user, start, key)
    return {"id": key or running.conversation_id or ""}


def _page(view: View, conversation: Conversation | None, id: str) -> HTMLResponse:
    is_temporary = id.startswith(TEMPORARY)
    shown = _said(view, id) if is_temporary else _shown(view, conversation) if conversation else []
    return view.page(
        "chat.html",
        conversation=conversation,
        id=id,
        temporary=is_temporary,
        shown=shown,
        live=view.app.live.get(view.assistant.user, id) is not None,
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
    quiet = 0.0
    while running is not None:
        now = running.follow(-1, 0)
        if now.version > version:
            version, quiet = now.version, 0.0
            yield _event(view, now)
        if now.over:
            return
        await asyncio.sleep(FRAME_S)
        quiet += FRAME_S
        if quiet > KEEP_ALIVE_S:
            quiet = 0.0
            yield ": still here\n\n"
    yield "event: over\ndata: {}\n\n"


def _event(view: View, now: Snapshot) -> str:
    data: dict[str, Any] = {"stage": now.stage, "html": to_html(now.text) if now.text else "", "error": ""}
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
