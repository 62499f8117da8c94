"""Time zones by name, and the instant at which a clock on the wall shows a time."""

import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.tz import tzlocal

_LOCALTIME = Path("/etc/localtime")


def zone_named(name: str) -> tzinfo:
    """The zone of that name; "" is the machine's own. Raises ValueError for a name that no zone has."""
    if not name:
        return tzlocal()  # type: ignore[no-any-return]
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone, as Europe/Lisbon is") from error


def name_of(zone: tzinfo | None) -> str | None:
    """The name under which `zone_named` finds a zone again; `None` for a mere offset, which knows no summer time."""
    if isinstance(zone, ZoneInfo):
        return zone.key
    return "UTC" if zone == UTC else None


def machine_zone() -> str:
    """The name of the machine's zone; "" where it cannot be told, as on Windows."""
    place = os.environ.get("TZ", "").lstrip(":") or str(_LOCALTIME.resolve())
    name = place.rpartition("zoneinfo/")[2]
    try:
        zone_named(name)
    except ValueError:
        return ""
    return name


def instant(wall: datetime, zone: tzinfo) -> datetime:
    """When clocks in `zone` show `wall` (naive), in UTC. A time that clocks skip in spring comes as much later as they skip; of
    one that they show twice in autumn it is the first."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
