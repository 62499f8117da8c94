"""The zone of this machine."""

from datetime import tzinfo


def here() -> tzinfo:
    """With the offset of each day, which summer and winter have not the same; `datetime.astimezone` gives that of one day."""
    from dateutil.tz import tzlocal

    zone: tzinfo = tzlocal()
    return zone
