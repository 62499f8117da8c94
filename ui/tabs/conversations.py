"""The list of conversations beside the chat: searched, pinned, renamed, deleted."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse

from memory.types import Conversation
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")
PAGE = 40
Skip = Annotated[int, Query(ge=0, le=10**9)]


@router.get("/shell/side")
def shell(view: Here) -> HTMLResponse:
    return view.page("side_shell.html")


@router.get("/side")
def side(view: Here, q: str = "", skip: Skip = 0) -> HTMLResponse:
    """The conversations by date, or those that hold the words looked for."""
    if q.strip():
        return view.page("side_found.html", found=view.assistant.conversations.search(q, 30))
    listed = view.assistant.conversations.list(PAGE + 1, skip=skip)
    more = skip + PAGE if len(listed) > PAGE else None
    groups = [(name, list(group)) for name, group in _by_date(view, listed[:PAGE])]
    return view.page("side.html", groups=groups, more=more, running=_running(view, listed))


@router.get("/conversation/{id}/rename")
def rename_form(view: Here, id: str) -> HTMLResponse:
    return view.page("rename_form.html", conversation=view.assistant.conversations.get(id))


@router.post("/conversation/{id}/rename")
def rename(view: Here, id: str, title: Annotated[str, Form()] = "") -> HTMLResponse:
    view.assistant.conversations.rename(id, title)
    return _changed()


@router.post("/conversation/{id}/pin")
def pin(view: Here, id: str, pinned: Annotated[bool, Form()]) -> HTMLResponse:
    view.assistant.conversations.pin(id, pinned)
    return _changed()


@router.get("/conversation/{id}/delete")
def delete_form(view: Here, id: str) -> HTMLResponse:
    conversation = view.assistant.conversations.get(id)
    kept = view.assistant.memories.count(conversation_id=id)
    return view.page("delete_form.html", conversation=conversation, memories=kept)


@router.post("/conversation/{id}/delete")
def delete(view: Here, id: str, keep_memories: Annotated[bool, Form()] = False) -> HTMLResponse:
    running = view.app.live.get(view.assistant.user, id)
    if running:
        running.stop()
    view.assistant.conversations.delete(id, keep_memories=keep_memories)
    return _changed(gone=id)


def _changed(gone: str = "") -> HTMLResponse:
    """The list is drawn anew; who shows a conversation that is `gone` begins another."""
    events: dict[str, object] = {"side-changed": True} | ({"conversation-gone": gone} if gone else {})
    return HTMLResponse("", headers={"HX-Trigger": json.dumps(events)})


def _running(view: View, listed: Sequence[Conversation]) -> set[str]:
    return {found.id for found in listed if view.app.live.get(view.assistant.user, found.id)}


def _by_date(view: View, listed: Sequence[Conversation]) -> Iterator[tuple[str, Iterator[Conversation]]]:
    now = datetime.now(view.zone)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)

    def group(found: Conversation) -> str:
        if found.pinned:
            return view.t("pinned")
        for key, days in (("today", 0), ("yesterday", 1), ("last_7_days", 7), ("last_30_days", 30)):
            if found.updated_at >= today - timedelta(days=days):
                return view.t(key)
        local = found.updated_at.astimezone(view.zone)
        return f"{local.year}-{local.month:02}"

    return groupby(listed, group)
