"""What one user wants to be reminded of, and when.

A reminder is kept as what clocks on the wall show, with the name of their zone: nine o'clock stays nine o'clock when summer time
begins or ends, and the instant is worked out when it is asked for. Who shows a reminder claims it first, by one UPDATE that names
the time that it had read: of two windows, or of two runs of Zhiji, one gets it.

    next_at ── claimed ── waiting_since ── done, or snoozed: next_at
       └────── by `rule`, the next time after now: what fell due while Zhiji was closed comes once

Nothing wakes the machine: reminders are shown while Zhiji runs, and what fell due before when it is opened next.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from sqlmodel import Session, col

from memory.errors import BadInput, NotFound
from memory.kinds import checked
from memory.language import secrets
from memory.language.text import clean_text, is_chinese
from memory.language.times.recurrence import checked_rule, following, from_wall, to_wall
from memory.language.times.spoken import Language, spoken, spoken_rule
from memory.language.times.zones import instant, machine_zone, name_of, zone_named
from memory.privacy import receipts
from memory.remember import mark_purge
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import PreferenceRow, ReminderRow, utc_now
from memory.store import Store, User

MAX_CHARS = 500
MOST = 2_000
"""Of one user, open or done."""
_WIDEST = timedelta(hours=27)
"""Clocks of two places differ by no more, so what is later than that on the wall is not due anywhere."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """`at` is when it comes next or, while it waits, the time for which it was shown, in its own zone. A series has a `rule`
    (RFC 5545) that counts from `starts`, in local time. `waits`: it was shown and is neither done nor put off."""

    id: str
    text: str
    at: datetime
    zone: str
    rule: str | None
    starts: datetime
    waits: bool
    created_at: datetime
    done_at: datetime | None = None

    def __str__(self) -> str:
        """Its text and its local time, in the language of the text."""
        language: Language = "zh" if is_chinese(self.text) else "en"
        often = spoken_rule(self.rule, self.starts, language) if self.rule else ""
        if language == "zh":
            return f"{self.text}，{spoken(self.at, 'zh')}" + (f"（{often}）" if often else "")
        return f"{self.text}, {spoken(self.at, 'en')}" + (f" ({often})" if often else "")


@checked
class Reminders:
    """One user's. Another's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    @property
    def zone(self) -> str:
        """The zone of a reminder that names none: the one the user has set, or the machine's."""
        with self._store.database.read() as session:
            row = Rows(session, self._user.id).first(PreferenceRow, PreferenceRow.key == "time_zone")
        try:
            chosen = str(json.loads(row.value)) if row else ""
            zone_named(chosen)
        except ValueError:  # of a file that somebody else wrote
            chosen = ""
        return chosen or machine_zone()

    def list(self, done: bool = False) -> Sequence[Reminder]:
        """Those that are open, what comes first first; with `done` those that are over instead, the latest first."""
        return reminders_of(self._store.database, self._user, done=done)

    def get(self, id: str) -> Reminder:
        """Raises NotFound."""
        with self._store.database.read() as session:
            return _to_reminder(self._row(session, id))

    def add(
        self,
        text: str,
        at: datetime,
        *,
        zone: str | None = None,
        rule: str | None = None,
        after: datetime | None = None,
    ) -> Reminder:
        """Remind of `text` at `at`: an aware time is told in `zone`, a naive one is what clocks there show. Without `zone` it is
        that of `at` if it has a name, else the user's. With a `rule` it comes again (FREQ=WEEKLY;BYDAY=FR), first at the first
        such time from `at` on, or of a series that began earlier the first after `after` (aware). "[password]" and the like
        stand in the place of secrets. Raises BadInput.
        """
        words = _checked(text)
        name = zone if zone is not None else name_of(at.tzinfo) or self.zone
        wall = _on_the_wall(at, name)
        if rule is not None:
            rule = checked_rule(rule, wall)
            wall = following(wall, rule, wall - timedelta(minutes=1)) or wall
        comes = wall
        if rule is not None and after is not None:
            comes = following(wall, rule, max(wall - timedelta(minutes=1), _on_the_wall(after, name))) or wall
        with self._store.database.write() as session:
            if Rows(session, self._user.id).count(ReminderRow) >= MOST:
                raise BadInput(f"There are {MOST:,} reminders. Delete some that are done.")
            row = ReminderRow(
                user_id=self._user.id,
                text=words,
                starts=to_wall(wall),
                zone=name,
                rule=rule,
                next_at=to_wall(comes),
                created_at=utc_now(),
            )
            session.add(row)
            session.flush()
        return _to_reminder(row)

    def edit(
        self, id: str, text: str | None = None, at: datetime | None = None, *, rule: str | None = None
    ) -> Reminder:
        """Change its text, its time (as in `add`, in its own zone) or how often it comes; a `rule` of "" ends the series. One
        that waits or is done comes again at the new time. Raises BadInput, NotFound."""
        words = None if text is None else _checked(text)
        with self._store.erasing(self._user, "edit") as session:
            row = self._row(session, id)
            if words is not None and words != row.text:
                receipts.note(session, [row], stays=True, now=words)
                mark_purge(session, self._user.id)
                row.text = words
            if at is not None or rule is not None:
                _put_at(
                    row, _on_the_wall(at, row.zone) if at else from_wall(row.starts), row.rule if rule is None else rule
                )
            session.add(row)
        return _to_reminder(row)

    def snooze(self, id: str, until: datetime) -> Reminder:
        """Show it again at `until`; a series goes on by its rule after that. Raises BadInput, NotFound."""
        with self._store.database.write() as session:
            row = self._row(session, id)
            row.next_at, row.waiting_since, row.done_at = to_wall(_on_the_wall(until, row.zone)), None, None
            session.add(row)
        return _to_reminder(row)

    def done(self, id: str, now: datetime | None = None) -> Reminder:
        """It is done: of a series this time, and the next comes by its rule; a series' last, or a reminder that comes once, is
        over. Raises NotFound."""
        now = now or utc_now()
        with self._store.database.write() as session:
            row = self._row(session, id)
            if row.rule is None:
                row.next_at = None
            elif row.waiting_since is None and row.next_at:  # done before it came
                row.next_at = _next(row, from_wall(row.next_at))
            if row.next_at is None:
                row.done_at = now
            else:
                row.waiting_since = None
            session.add(row)
        return _to_reminder(row)

    def delete(self, id: str) -> None:
        """For good, a series with all its times. Raises NotFound."""
        with self._store.erasing(self._user, "reminder") as session:
            row = self._row(session, id)
            receipts.note(session, [row])
            session.delete(row)
            mark_purge(session, self._user.id)

    def due(self, now: datetime) -> Sequence[Reminder]:
        """Those whose time has come by `now` (aware) and that nobody has shown yet, the oldest first."""
        with self._store.database.read() as session:
            return [_to_reminder(row) for row in _due(Rows(session, self._user.id), now)]

    def waiting(self) -> Sequence[Reminder]:
        """Those that were shown and are neither done nor put off, the oldest first."""
        with self._store.database.read() as session:
            found = Rows(session, self._user.id).all(ReminderRow, col(ReminderRow.waiting_since).is_not(None))
        waits = (_to_reminder(row) for row in found if row.done_at is None)
        return sorted(waits, key=lambda reminder: reminder.at.astimezone(UTC))

    def shown(self, id: str, now: datetime | None = None) -> bool:
        """Claim one that is due, to show it: `False` if another has, or if it is not due. Raises NotFound."""
        now = now or utc_now()
        with self._store.database.write() as session:
            row = self._row(session, id)
            return _is_due(row, now) and _claim(Rows(session, self._user.id), row, now)

    def claim(self, now: datetime) -> Sequence[Reminder]:
        """Those that are due, each for this caller alone to show."""
        if not self.due(now):  # asked for every few seconds: nothing is locked for nothing
            return []
        with self._store.database.write() as session:
            return claim_due(session, self._user.id, now)

    def _row(self, session: Session, id: str) -> ReminderRow:
        row = Rows(session, self._user.id).first(ReminderRow, ReminderRow.id == id)
        if row is None:
            raise NotFound("There is no such reminder.")
        return row


def reminders_of(database: Database, user: User, *, done: bool = False) -> Sequence[Reminder]:
    """As `Reminders.list`, for who only reads."""
    with database.read() as session:
        over = col(ReminderRow.done_at)
        found = Rows(session, user.id).all(ReminderRow, over.is_not(None) if done else over.is_(None))
    if done:
        return [_to_reminder(row) for row in sorted(found, key=lambda row: (row.done_at, row.seq), reverse=True)]
    return sorted((_to_reminder(row) for row in found), key=lambda reminder: reminder.at.astimezone(UTC))


def claim_due(session: Session, user_id: str, now: datetime) -> Sequence[Reminder]:
    """As `Reminders.claim`, within the caller's transaction."""
    rows = Rows(session, user_id)
    mine = [row for row in _due(rows, now) if _claim(rows, row, now)]
    for row in mine:
        session.refresh(row)
    return [_to_reminder(row) for row in mine]


def _due(rows: Rows, now: datetime) -> Sequence[ReminderRow]:
    """By strings first: they sort as the times they stand for."""
    latest = to_wall(now.astimezone(UTC) + _WIDEST)
    found = rows.all(ReminderRow, col(ReminderRow.next_at) <= latest, col(ReminderRow.done_at).is_(None))
    return sorted((row for row in found if _is_due(row, now)), key=lambda row: (row.next_at, row.seq))


def _is_due(row: ReminderRow, now: datetime) -> bool:
    return row.next_at is not None and instant(from_wall(row.next_at), _zone(row)) <= now


def _claim(rows: Rows, row: ReminderRow, now: datetime) -> bool:
    """Whether this caller is the first: the one UPDATE names the time that is taken."""
    assert row.next_at is not None
    taken = row.next_at
    after = max(from_wall(taken), now.astimezone(_zone(row)).replace(tzinfo=None))
    still_there = ReminderRow.id == row.id, ReminderRow.next_at == taken
    return rows.update(ReminderRow, *still_there, waiting_since=taken, next_at=_next(row, after)) == 1


def _next(row: ReminderRow, after: datetime) -> str | None:
    """When a series comes after `after`; `None` for what comes once."""
    time = following(from_wall(row.starts), row.rule, after) if row.rule else None
    return to_wall(time) if time else None


def _put_at(row: ReminderRow, wall: datetime, rule: str | None) -> None:
    """Begin anew at `wall`."""
    row.rule = checked_rule(rule, wall) if rule else None
    if row.rule:
        wall = following(wall, row.rule, wall - timedelta(minutes=1)) or wall
    row.starts = row.next_at = to_wall(wall)
    row.waiting_since = row.done_at = None


def _checked(text: str) -> str:
    """On one line, without secrets."""
    cleaned = " ".join(clean_text(text, max_chars=MAX_CHARS, what="reminder").split())
    return secrets.hide(cleaned, secrets.find(cleaned))


def _on_the_wall(at: datetime, zone: str) -> datetime:
    """What clocks in `zone` show at `at`, to the minute. Raises BadInput."""
    try:
        there = zone_named(zone)
        wall = at.astimezone(there).replace(tzinfo=None) if at.tzinfo else at
    except (ValueError, OverflowError) as error:
        raise BadInput(f"That is no time for a reminder: {error}.") from error
    if not 2000 <= wall.year < 2200:
        raise BadInput(f"A reminder comes in a year from 2000 to 2199; this one is in {wall.year}.")
    return wall.replace(second=0, microsecond=0, fold=0)


def _zone(row: ReminderRow) -> tzinfo:
    return zone_named(row.zone)


def _to_reminder(row: ReminderRow) -> Reminder:
    wall = from_wall(row.waiting_since or row.next_at or row.starts)
    return Reminder(
        id=row.id,
        text=row.text,
        at=wall.replace(tzinfo=_zone(row)),
        zone=row.zone,
        rule=row.rule,
        starts=from_wall(row.starts),
        waits=row.waiting_since is not None and row.done_at is None,
        created_at=row.created_at,
        done_at=row.done_at,
    )
