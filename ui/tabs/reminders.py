"""Reminders on the page: those that are due above the chat, and the list of all beside it."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, Response, UploadFile
from fastapi.responses import HTMLResponse

from memory.errors import BadInput
from memory.exchange.calendar_file import import_calendar, to_calendar
from memory.language.times.spoken import spoken, spoken_rule
from memory.reminders import Reminder
from memory.storage.tables import utc_now
from ui.views import Here, View

router = APIRouter(prefix="/zhiji")
CHANGED = {"HX-Trigger": '{"reminders-changed": true}'}
MORNING = 9


@router.get("/reminders")
def reminders(view: Here) -> HTMLResponse:
    """All that are open."""
    return view.page("reminders.html", reminders=view.assistant.reminders.list(), when=_when(view))


@router.get("/reminders/due")
def due(view: Here, have: str = "") -> Response:
    """What was shown and waits, with what is due now: this page alone announces that. Nothing is drawn anew if the page has
    them already (`have`: their ids, with commas)."""
    mine = view.assistant.reminders
    new = mine.claim(utc_now())
    waiting = mine.waiting()
    if not new and have == _ids(waiting):
        return Response(status_code=204)
    return view.page(
        "reminders_due.html", waiting=waiting, ids=_ids(waiting), new={one.id for one in new}, when=_when(view)
    )


@router.post("/reminders")
def add(view: Here, text: Annotated[str, Form()] = "", at: Annotated[str, Form()] = "") -> HTMLResponse:
    try:
        wall = datetime.fromisoformat(at)
    except ValueError as error:
        raise BadInput(f"{at[:20]!r} is no time, as 2026-12-01T09:00 is.") from error
    view.assistant.reminders.add(text, wall)
    return _changed()


@router.post("/reminder/{id}/done")
def done(view: Here, id: str) -> HTMLResponse:
    view.assistant.reminders.done(id)
    return _changed()


@router.post("/reminder/{id}/snooze")
def snooze(view: Here, id: str, until: Annotated[Literal["hour", "tomorrow"], Form()]) -> HTMLResponse:
    now = datetime.now(view.zone)
    morning = (now + timedelta(days=1)).replace(hour=MORNING, minute=0, tzinfo=None)
    view.assistant.reminders.snooze(id, utc_now() + timedelta(hours=1) if until == "hour" else morning)
    return _changed()


@router.post("/reminder/{id}/delete")
def delete(view: Here, id: str) -> HTMLResponse:
    view.assistant.reminders.delete(id)
    return _changed()


@router.get("/reminders.ics")
def calendar(view: Here) -> Response:
    found = to_calendar(view.assistant.reminders.list(), utc_now())
    headers = {"content-disposition": 'attachment; filename="reminders.ics"'}
    return Response(found, headers=headers, media_type="text/calendar")


@router.post("/reminders/import")
def import_(view: Here, file: Annotated[UploadFile, File()]) -> HTMLResponse:
    report = import_calendar(view.assistant.reminders, file.file.read(), utc_now())
    return HTMLResponse(view.t("reminders_imported", added=report.added, left=report.left_out), headers=CHANGED)


def _when(view: View) -> Callable[[Reminder], str]:
    """How templates say a time: as clocks show it where the reminder is for."""

    def when(one: Reminder) -> str:
        often = f" ({spoken_rule(one.rule, one.starts, view.language)})" if one.rule else ""
        return spoken(one.at, view.language) + often

    return when


def _ids(some: Sequence[Reminder]) -> str:
    return ",".join(one.id for one in some)


def _changed() -> HTMLResponse:
    return HTMLResponse("", headers=CHANGED)
