"""What comes again and again: rules as iCalendar writes them (RFC 5545, section 3.3.10), on the clock of one place.

    FREQ=WEEKLY;INTERVAL=2;BYDAY=FR        every second Friday

A rule counts in local time, so nine o'clock stays nine o'clock when summer time begins. Rules by the hour or less are refused:
they would need a clock that always runs. So are parts that no calendar of a person's has.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from dateutil.rrule import rrulestr

from memory.errors import BadInput

EVERY = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS = r"[+-]?[1-5]?(?:MO|TU|WE|TH|FR|SA|SU)"
_ALLOWED: Mapping[str, str] = {
    "FREQ": "|".join(EVERY),
    "INTERVAL": r"[1-9]\d{0,2}",
    "COUNT": r"[1-9]\d{0,3}",
    "UNTIL": r"\d{8}(?:T\d{6})?",
    "BYDAY": rf"{_DAYS}(?:,{_DAYS}){{0,6}}",
    "BYMONTHDAY": r"(?:-[1-5]|[1-9]|[12]\d|3[01])(?:,(?:[1-9]|[12]\d|3[01])){0,30}",
    "BYMONTH": r"(?:[1-9]|1[0-2])(?:,(?:[1-9]|1[0-2])){0,11}",
    "BYSETPOS": r"-?[1-5]",
    "WKST": "MO|SU",
}
_ONLY_IN: Mapping[str, tuple[str, ...]] = {
    "BYMONTHDAY": ("MONTHLY", "YEARLY"),
    "BYMONTH": ("YEARLY",),
    "BYSETPOS": ("MONTHLY", "YEARLY"),
}


def parts_of(rule: str) -> Mapping[str, str]:
    """The parts of a rule. Raises BadInput for one that is not kept here."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";"))
    for name, value in parts.items():
        if name not in _ALLOWED or not re.fullmatch(_ALLOWED[name], value):
            raise BadInput(f"{name[:20]}={value[:20]} cannot be part of how often a reminder comes.")
        if parts.get("FREQ") not in _ONLY_IN.get(name, EVERY):
            raise BadInput(
                f"A reminder comes every so many days, weeks, months or years; {name} does not go with that."
            )
    if "FREQ" not in parts or {"COUNT", "UNTIL"} <= set(parts):
        raise BadInput("How often a reminder comes is written as FREQ=WEEKLY;INTERVAL=2;BYDAY=FR is.")
    return parts


def checked_rule(rule: str, start: datetime) -> str:
    """`rule` as it is kept. Raises BadInput for one that cannot be, or that has no day from `start` (naive, local) on."""
    parts = parts_of(rule)
    kept = ";".join(f"{name}={parts[name]}" for name in _ALLOWED if name in parts)
    try:
        first = following(start, kept, start - timedelta(minutes=1))
    except (ValueError, TypeError) as error:  # UNTIL=20269999, or each third Monday of a day
        raise BadInput("That is no rule for how often a reminder comes.") from error
    if first is None:
        raise BadInput("There is no day on which that reminder would come.")
    return kept


def following(start: datetime, rule: str | None, after: datetime) -> datetime | None:
    """The first time after `after` of what begins at `start` and comes by `rule` (all naive, local); `None` if there is none.
    Without a rule it is `start` or nothing. A day that never comes is looked for until the year 9999: 0.4 s."""
    if rule is None:
        return start if start > after else None
    found: datetime | None = rrulestr(f"RRULE:{rule}", dtstart=start).after(after)
    return found


def to_wall(time: datetime) -> str:
    """A local time as it is kept, to the minute: "2026-12-01T09:00"."""
    return time.replace(tzinfo=None).isoformat(timespec="minutes")


def from_wall(text: str) -> datetime:
    """Raises ValueError for what `to_wall` never writes."""
    if not re.fullmatch(r"[12]\d{3}-\d\d-\d\dT\d\d:\d\d", text):
        raise ValueError(f"{text[:20]!r} is no time, as 2026-12-01T09:00 is")
    return datetime.fromisoformat(text)
