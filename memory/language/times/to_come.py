"""Times to come: when somebody wants to be reminded, "on Monday at nine", "in 20 minutes", 每隔一周的周五.

    text ── pieces ── clusters of pieces that stand together ── settle ── a moment, or how often

What a piece means is settled on the clock of `now`. A day without an hour is nine o'clock, which `Coming.assumed` says. An hour
that may be morning or evening is the next one at which people are about. Nothing is moved out of the past: `Coming.past` says
that it is over. The times that a question names, mostly past ones, are `memory.language.times.spans`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from memory.errors import BadInput
from memory.language.folding import simplified
from memory.language.times.recurrence import following, parts_of
from memory.language.times.zones import instant

NINE = time(9)
WAKING = range(6, 24)
"""Hours that "at 5" can mean when nobody says morning or evening."""
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Clock:
    """`sure` if it can only be this hour: "8 pm", "20:00". Hour 24 is the midnight that ends the day."""

    hour: int
    minute: int = 0
    sure: bool = False
    named: bool = False
    """Of the part of a day: it is an hour itself, as noon is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one phrase says: a `moment` (naive, local), a `day`, a `clock`, the `part` of a day (its usual hour and minute), or a
    `rule`. `sure_day`: it was named by its date or as today, so it is not moved on to the next such day."""

    start: int
    end: int
    moment: datetime | None = None
    day: date | None = None
    sure_day: bool = True
    clock: Clock | None = None
    part: Clock | None = None
    rule: str | None = None
    past: bool = False


@dataclass(frozen=True, slots=True)
class Coming:
    """`at` is aware, in the zone of `now`; `None` if no moment is said (a bare "later"). `assumed`: a day was named and no hour.
    `past`: it is over, or was never to come."""

    at: datetime | None
    rule: str | None = None
    assumed: bool = False
    past: bool = False


Said = Mapping[str, str | None]
"""The named groups of a match."""
Read = Callable[[Said, datetime], Piece | None]
"""What a match says when it is said at a local time; `None` if it says nothing after all."""
AT = Piece(0, 0)


def pieces(text: str, now: datetime, patterns: Sequence[tuple[re.Pattern[str], Read]]) -> Sequence[Piece]:
    """The times in `text`, in its order, none overlapping; what an earlier pattern has read no later one reads again."""
    found: list[Piece] = []
    local, plain = now.replace(tzinfo=None), simplified(text)
    for pattern, read in patterns:
        at = 0
        while match := pattern.search(plain, at):
            start, end = match.span()
            taken = next((one for one in found if one.start < end and start < one.end), None)
            at = taken.end if taken else max(end, start + 1)  # the rest of what is half taken may say something still
            piece = None if taken else _said(read, match, local)
            if piece is not None:
                found.append(replace(piece, start=start, end=end))
    return sorted(found, key=lambda piece: piece.start)


def _said(read: Read, match: re.Match[str], local: datetime) -> Piece | None:
    try:
        return read(match.groupdict(), local)
    except (ValueError, OverflowError):  # 31 June, 45 o'clock
        return None


def clusters(text: str, found: Sequence[Piece], glue: re.Pattern[str]) -> Sequence[Sequence[Piece]]:
    """Those that stand together, with nothing but `glue` between them."""
    result: list[list[Piece]] = []
    for piece in found:
        if result and glue.fullmatch(text[result[-1][-1].end : piece.start]) and fits(result[-1], [piece]):
            result[-1].append(piece)
        else:
            result.append([piece])
    return result


def fits(some: Sequence[Piece], more: Sequence[Piece]) -> bool:
    """Whether they can be one time: no two say the same kind of thing, and a moment needs nothing."""
    one, other = merged(some), merged(more)
    if one.moment or other.moment or one.past or other.past:
        return False
    both_days = bool(one.day and other.day) and not (one.rule or other.rule)
    clashes = (one.clock and other.clock) or (one.rule and other.rule) or (one.part and other.part and not one.clock)
    return not (both_days or clashes)


def merged(some: Sequence[Piece]) -> Piece:
    """All of them as one."""
    result = AT
    for piece in some:
        result = Piece(
            start=some[0].start,
            end=some[-1].end,
            moment=result.moment or piece.moment,
            day=result.day or piece.day,
            sure_day=piece.sure_day if piece.day and not result.day else result.sure_day,
            clock=result.clock or piece.clock,
            part=result.part or piece.part,
            rule=result.rule or piece.rule,
            past=result.past or piece.past,
        )
    return result


def settle(some: Sequence[Piece], now: datetime) -> Coming:
    """The moment that pieces say together, seen from `now` (aware)."""
    said, local = merged(some), now.replace(tzinfo=None)
    if said.past:
        return Coming(None, past=True)
    if said.moment is not None:
        at = (now.astimezone(UTC) + (said.moment - local)).astimezone(
            now.tzinfo
        )  # an hour is an hour, also in summer time
        return Coming(at, past=at <= now)
    if said.rule is not None:
        return _series(said, now)
    if said.day is None and said.clock is None and said.part is None:
        return Coming(None)
    assumed = _assumes(said)
    if said.day is None:
        return _checked(_next_hour(said, local), now, None, assumed=assumed)
    hour = said.clock or said.part
    wall = _at(said.day, _sure(said, local) if hour else Clock(9))
    if said.day == local.date() and said.clock is None and wall <= local:
        later = _soon(local)
        return Coming(None) if later is None else _checked(later, now, None, assumed=True)
    if wall <= local and not said.sure_day:  # "on Sunday at 8", said on a Sunday at 10
        wall += timedelta(days=7)
    return _checked(wall, now, None, assumed=assumed)


def _series(said: Piece, now: datetime) -> Coming:
    assert said.rule is not None
    local = now.replace(tzinfo=None)
    hour = _sure(said, local, series=True) if said.clock or said.part else Clock(9)
    assumed = _assumes(said)
    begin = _at(said.day or local.date(), hour)
    parts = dict(parts_of(said.rule))
    each = ";".join(f"{name}={value}" for name, value in parts.items() if name != "INTERVAL")
    try:
        first = following(begin, each, max(local, begin - timedelta(minutes=1)))
    except (ValueError, BadInput):
        return Coming(None)
    return _checked(first, now, said.rule, assumed=assumed) if first else Coming(None)


def _assumes(said: Piece) -> bool:
    return said.clock is None and not (said.part and said.part.named)


def _checked(wall: datetime, now: datetime, rule: str | None, *, assumed: bool) -> Coming:
    assert now.tzinfo is not None
    at = instant(wall, now.tzinfo).astimezone(now.tzinfo)
    return Coming(at, rule, assumed, past=at <= now)


def _at(day: date, clock: Clock) -> datetime:
    return datetime.combine(day, MIDNIGHT) + timedelta(hours=clock.hour, minutes=clock.minute)


def _soon(local: datetime) -> datetime | None:
    """A whole hour today, at least one hour off; `None` if there is none any more."""
    later = (local + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    return later if later.date() == local.date() else None


def _sure(said: Piece, local: datetime, *, series: bool = False) -> Clock:
    """The hour of a day that is named: by the part of the day, else the one at which people are about."""
    clock, part = said.clock, said.part
    if clock is None:
        assert part is not None
        return part
    if clock.sure or not 1 <= clock.hour <= 12:
        return clock
    if part is not None:
        return in_part(clock, part)
    today = said.day == local.date() and not series
    late = replace(clock, hour=clock.hour % 12 + 12)
    early = replace(clock, hour=clock.hour % 12) if clock.hour != 12 else late
    if today:
        coming = [each for each in (early, late) if _at(local.date(), each) > local and each.hour in WAKING]
        return coming[0] if coming else late
    return early if clock.hour >= 7 and clock.hour != 12 else late


def in_part(clock: Clock, part: Clock) -> Clock:
    """An hour said with a part of the day: 8 in the evening is 20, 12 at night is 24, 2 at night is 2 of the next morning."""
    if clock.sure or not 1 <= clock.hour <= 12:
        return clock
    if part.hour >= 18:
        if clock.hour == 12:
            return replace(clock, hour=24, sure=True)
        return replace(clock, hour=clock.hour + (24 if clock.hour < 5 else 12), sure=True)
    if part.hour >= 12:
        return replace(clock, hour=clock.hour if clock.hour in (11, 12) else clock.hour + 12, sure=True)
    return replace(clock, hour=0 if clock.hour == 12 and part.hour < 9 else clock.hour, sure=True)


def _next_hour(said: Piece, local: datetime) -> datetime:
    """An hour without a day: the next time that clocks show it, when people are about."""
    clock = said.clock
    if clock is None or clock.sure or said.part is not None or not 1 <= clock.hour <= 12:
        sure = _sure(said, local)
        hours = [sure]
    else:
        hours = [replace(clock, hour=hour) for hour in (clock.hour % 12, clock.hour % 12 + 12) if hour in WAKING]
    days = (local.date() + timedelta(days=day) for day in range(3))
    return next(at for day in days for each in hours if (at := _at(day, each)) > local)
