"""What Zhiji may do with what a person says, how long it keeps it, forgetting a time or everything, and what was erased."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from memory.errors import BadInput
from memory.privacy.consent import PURPOSES
from ui.disk_use import folder_bytes
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")
SURE = "delete"
AGES = ("keep_conversations_days", "keep_memories_days", "keep_feedback_days")
USED = ("remember", "profile", "statistics")
"""The purposes that something is done for so far."""


@router.get("/shell/privacy")
def privacy(view: Here) -> HTMLResponse:
    settings = view.app.runtime.settings
    consents = view.assistant.consents
    return view.page(
        "privacy.html",
        purposes=PURPOSES,
        used=USED,
        allowed=consents.all(),
        newest={choice.purpose: choice for choice in consents.history()},
        ages=AGES,
        folder=settings.data_dir,
        folder_bytes=folder_bytes(settings.data_dir),
        memories=view.assistant.memories.count(),
        server=settings.server,
    )


@router.get("/erasures")
def erasures(view: Here) -> HTMLResponse:
    at_hand = {receipt.id for receipt in view.assistant.erasures.receipts()}
    return view.page("erasures.html", erasures=view.assistant.erasures.list()[:50], at_hand=at_hand)


@router.get("/receipt/{id}")
def receipt(view: Here, id: str) -> Response:
    """A download."""
    found = view.assistant.erasures.receipt(id)
    name = f'attachment; filename="zhiji-receipt-{found.erased_at:%Y%m%d-%H%M%S}.json"'
    return Response(
        found.dump(),
        media_type="application/json",
        headers={"content-disposition": name},
    )


@router.post("/consent")
async def consent(request: Request, view: Here) -> HTMLResponse:
    """Allow or refuse what the form has in it."""
    form = await request.form()
    choices = {name: {"true": True, "false": False}.get(str(value)) for name, value in form.items()}
    if None in choices.values():
        raise BadInput("That was not understood: a choice is true or false.")
    view.assistant.consents.set(**choices)  # type: ignore[arg-type]
    return HTMLResponse("", headers={"HX-Trigger": '{"consent-changed": true, "saved": true}'})


@router.post("/retention/preview")
async def retention_preview(request: Request, view: Here) -> HTMLResponse:
    """What these ages would delete now."""
    changes = _ages(await request.form())
    ages = view.assistant.preferences.checked(**changes).ages()
    due = view.assistant.expire(ages, preview=True)
    return view.page("retention.html", changes=changes, what=_counted(view, due))


@router.post("/retention")
async def retention(request: Request, view: Here) -> HTMLResponse:
    """Keep it so from now on."""
    view.assistant.preferences.set(**_ages(await request.form()))
    erased = _EVERYTHING if view.assistant.expire() else {}
    return HTMLResponse("", headers={"HX-Trigger": json.dumps(erased | {"saved": True})})


@router.post("/forget-time/preview")
def forget_time_preview(view: Here, first: Annotated[str, Form()], last: Annotated[str, Form()]) -> HTMLResponse:
    """What forgetting these days would take."""
    due = view.assistant.erasures.preview(*_days(view, first, last))
    return view.page("forget_time.html", first=first, last=last, what=_counted(view, due))


@router.post("/forget-time")
def forget_time(view: Here, first: Annotated[str, Form()], last: Annotated[str, Form()]) -> HTMLResponse:
    view.assistant.erasures.between(*_days(view, first, last))
    return HTMLResponse("", headers={"HX-Trigger": json.dumps(_EVERYTHING)})


@router.post("/erase")
def erase(view: Here, sure: Annotated[str, Form()] = "") -> HTMLResponse:
    if sure.strip().lower() not in (SURE, view.t("erase_word")):
        raise BadInput(f"To delete everything, type {view.t('erase_word')} in the field.")
    view.app.end(view.assistant.user)
    view.assistant.erase()
    return HTMLResponse("", headers={"HX-Trigger": '{"erased": true, "erasures-changed": true}'})


_EVERYTHING = {
    "erasures-changed": True,
    "memories-changed": True,
    "documents-changed": True,
    "profile-changed": True,
    "time-forgotten": True,
}


def _ages(form: Mapping[str, object]) -> dict[str, object]:
    return {name: str(form.get(name, "")).strip() or None for name in AGES}


def _days(view: View, first: str, last: str) -> tuple[datetime, datetime]:
    """From the beginning of the first day to the end of the last, in the reader's time zone."""
    try:
        since, until = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise BadInput("Choose both days.") from error
    return datetime.combine(since, time(), view.zone), datetime.combine(until, time(), view.zone)


def _counted(view: View, counts: Mapping[str, int]) -> str:
    return view.t("and").join(view.t(f"counted_{kind}", number=number) for kind, number in counts.items() if number)
