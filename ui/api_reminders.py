"""Reminders over the HTTP API (see `ui.api`): what there is, what is due, and who shows it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, model_validator

from memory.language.times.recurrence import to_wall
from memory.reminders import MAX_CHARS, Reminder
from memory.storage.tables import utc_now
from ui.api_access import PROBLEMS, Body, Id, Reads, Writes

router = APIRouter(prefix="/reminders", responses=PROBLEMS)

Time = Annotated[datetime, Field(strict=False)]
Rule = Annotated[str, Field(max_length=200, description="As iCalendar writes it: FREQ=WEEKLY;INTERVAL=2;BYDAY=FR.")]


class AddReminder(Body):
    text: str = Field(min_length=1, max_length=MAX_CHARS)
    at: Time = Field(description="With its offset, or what clocks in `zone` show.")
    zone: str | None = Field(None, min_length=1, max_length=64, description="Europe/Lisbon; default: the user's.")
    rule: Rule | None = None


class ChangeReminder(Body):
    text: str | None = Field(None, min_length=1, max_length=MAX_CHARS)
    at: Time | None = None
    rule: Rule | None = None
    snooze_until: Time | None = None
    done: bool | None = Field(None, description="`true`: it is done, of a series this time.")

    @model_validator(mode="after")
    def _changes_something(self) -> "ChangeReminder":
        if all(value is None for value in (self.text, self.at, self.rule, self.snooze_until)) and not self.done:
            raise ValueError("Give `text`, `at`, `rule`, `snooze_until` or `done`.")
        return self


class Told(BaseModel):
    """`at` is when it comes next or, while it waits, the time for which it was shown; `starts` is what a series counts from."""

    id: str
    text: str
    at: datetime
    zone: str
    rule: str | None
    starts: str = Field(description="What clocks in `zone` show, without an offset.")
    waits: bool = Field(description="It was shown, and is neither done nor put off.")
    created_at: datetime
    done_at: datetime | None


class Shown(BaseModel):
    shown: bool


@router.get("")
def reminders(client: Reads, done: bool = False) -> list[Told]:
    """Those that are open, what comes first first; with `done` those that are over."""
    return [_told(one) for one in client.assistant.reminders.list(done)]


@router.get("/due")
def due(client: Reads) -> list[Told]:
    """Those whose time has come and that nobody has shown yet. Claim one with `shown` before you show it."""
    return [_told(one) for one in client.assistant.reminders.due(utc_now())]


@router.post("", status_code=201)
def add(new: AddReminder, client: Writes) -> Told:
    return _told(client.assistant.reminders.add(new.text, new.at, zone=new.zone, rule=new.rule))


@router.get("/{id}")
def reminder(id: Id, client: Reads) -> Told:
    return _told(client.assistant.reminders.get(id))


@router.post("/{id}/shown")
def shown(id: Id, client: Writes) -> Shown:
    """Whether you are the one to show it: `false` if it is not due, or if another has shown it."""
    return Shown(shown=client.assistant.reminders.shown(id))


@router.patch("/{id}")
def change(id: Id, change: ChangeReminder, client: Writes) -> Told:
    mine = client.assistant.reminders
    if change.text is not None or change.at is not None or change.rule is not None:
        mine.edit(id, change.text, change.at, rule=change.rule)
    if change.snooze_until is not None:
        mine.snooze(id, change.snooze_until)
    if change.done:
        mine.done(id)
    return _told(mine.get(id))


@router.delete("/{id}", status_code=204)
def delete(id: Id, client: Writes) -> None:
    """For good, a series with all its times."""
    client.assistant.reminders.delete(id)


def _told(one: Reminder) -> Told:
    return Told(**{**asdict(one), "starts": to_wall(one.starts)})
