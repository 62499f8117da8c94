"""The keys of a user's own programs (see `ui.api`): what there is, a new one, shown once, and revoking."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse

from memory.access.api_keys import SCOPES, USUAL
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")


@router.get("/keys")
def keys(view: Here) -> HTMLResponse:
    return _page(view)


@router.post("/keys/add")
def add(
    view: Here, label: Annotated[str, Form()] = "", scope: Annotated[list[str] | None, Form()] = None
) -> HTMLResponse:
    _, token = view.assistant.keys.add(label, scope or [])
    return _page(view, token)


@router.post("/keys/revoke")
def revoke(view: Here, id: Annotated[str, Form()]) -> HTMLResponse:
    view.assistant.keys.revoke(id)
    return _page(view)


def _page(view: View, token: str = "") -> HTMLResponse:
    scopes = SCOPES if view.owns else USUAL
    return view.page("keys.html", keys=view.assistant.keys.list(), scopes=scopes, usual=USUAL, token=token)
