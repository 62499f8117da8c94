"""Reminders to and from a calendar: iCalendar (RFC 5545), the .ics that every calendar program reads and writes.

A reminder is an event without a length that rings when it begins, at its local time, with its zone and its rule. Read back are
events and to-dos. Left out is what is over, what has no time, and what comes by a rule that no reminder has (by the hour, say).
A whole day is nine o'clock.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from memory.errors import BadInput
from memory.language.times.recurrence import checked_rule, following
from memory.language.times.zones import name_of, zone_named
from memory.reminders import MAX_CHARS, Reminder, Reminders

MAX_BYTES = 2 * 2**20
MOST = 2_000
"""Entries that are read of one file."""
_NINE = time(9)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one event says: `at` is naive, what clocks in `zone` show; `None` is the zone of who reads it."""

    text: str
    at: datetime
    zone: str | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class Imported:
    """How many reminders were set, and how many entries were left out: over, without a time, or there already."""

    added: int
    left_out: int


def to_calendar(reminders: Sequence[Reminder], now: datetime) -> bytes:
    """A calendar of these, made at `now`."""
    from icalendar import Alarm, Calendar, Event, vRecur  # only for those who want a calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Zhiji//reminders//EN")
    calendar.add("version", "2.0")
    for one in reminders:
        event, alarm = Event(), Alarm()
        event.add("uid", f"{one.id}@zhiji")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("summary", one.text)
        begins = one.starts if one.rule else one.at.replace(tzinfo=None)
        event.add("dtstart", begins.replace(tzinfo=zone_named(one.zone)) if one.zone else begins)
        if one.rule:
            event.add("rrule", vRecur.from_ical(one.rule))
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.text)
        alarm.add("trigger", timedelta(0))
        event.add_component(alarm)
        calendar.add_component(event)
    calendar.add_missing_timezones()
    found: bytes = calendar.to_ical()
    return found


def read_calendar(data: bytes, now: datetime, zone: str) -> tuple[Sequence[Entry], int]:
    """The entries of a calendar that are still to come at `now` (aware), and how many were left out. `zone` is the reader's: a
    time in UTC is told there. Raises BadInput for what is no calendar."""
    entries: list[Entry] = []
    left_out = 0
    for component in _components(data):
        entry = _entry(component, now, zone)
        if entry is None or len(entries) >= MOST:
            left_out += 1
        else:
            entries.append(entry)
    return entries, left_out


def import_calendar(reminders: Reminders, data: bytes, now: datetime) -> Imported:
    """Set what a calendar says is to come, but what is there already. Raises BadInput."""
    entries, left_out = read_calendar(data, now, reminders.zone)
    there = {(one.text, one.starts, one.rule) for one in reminders.list()}
    added = 0
    for entry in entries:
        if (entry.text, entry.at, entry.rule) in there:
            left_out += 1
            continue
        made = reminders.add(entry.text, entry.at, zone=entry.zone, rule=entry.rule, after=now)
        there.add((made.text, made.starts, made.rule))
        added += 1
    return Imported(added, left_out)


def _components(data: bytes) -> Iterator[Any]:
    from icalendar import Calendar

    if len(data) > MAX_BYTES:
        raise BadInput(f"The calendar has {len(data) / 2**20:.0f} MB; the most is {MAX_BYTES // 2**20} MB.")
    try:
        calendars = Calendar.from_ical(data, multiple=True)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadInput("This is no calendar. Choose an .ics file.") from error
    if not calendars or not any(calendar.name == "VCALENDAR" for calendar in calendars):
        raise BadInput("This is no calendar. Choose an .ics file.")
    for calendar in calendars:
        yield from (one for one in calendar.walk() if one.name in ("VEVENT", "VTODO"))


def _entry(component: Any, now: datetime, zone: str) -> Entry | None:
    """`None` for what is over or no reminder can be."""
    try:
        text = " ".join(str(component.get("summary", "")).split())[:MAX_CHARS]
        begins = component.get("due" if component.name == "VTODO" and "due" in component else "dtstart")
        if not text or begins is None or str(component.get("status", "")) in ("COMPLETED", "CANCELLED"):
            return None
        at, named = _local(begins.dt, zone)
        rule = _rule(component.get("rrule"), at, zone_named(named or zone))
        there = now.astimezone(zone_named(named or zone)).replace(tzinfo=None)
        if following(at, rule, there) is None or not 2000 <= at.year < 2200:
            return None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):  # BadInput is a ValueError
        return None
    return Entry(text, at, named, rule)


def _local(time_or_day: date, zone: str) -> tuple[datetime, str | None]:
    """What clocks show then, and where; `None` is where the reader is."""
    if not isinstance(time_or_day, datetime):
        return datetime.combine(time_or_day, _NINE), None
    if time_or_day.tzinfo is None:
        return time_or_day.replace(second=0, microsecond=0), None
    name = name_of(time_or_day.tzinfo) or getattr(time_or_day.tzinfo, "zone", None)
    if name in (None, "UTC"):
        there = time_or_day.astimezone(zone_named(zone))
        return there.replace(tzinfo=None, second=0, microsecond=0), None
    return time_or_day.replace(tzinfo=None, second=0, microsecond=0), str(name)


def _rule(recurs: Any, at: datetime, zone: tzinfo) -> str | None:
    """As reminders have it: its end is a local time, too. Raises BadInput for what they have not."""
    if recurs is None:
        return None
    parts = dict(part.split("=", 1) for part in recurs.to_ical().decode().split(";"))
    if parts.get("UNTIL", "").endswith("Z"):
        end = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(zone)
        parts["UNTIL"] = f"{end:%Y%m%dT%H%M%S}"
    return checked_rule(";".join(f"{name}={value}" for name, value in parts.items()), at)
