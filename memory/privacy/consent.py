"""What a user lets Zhiji do with what they say: a switch for each purpose, and when each was set, by whom.

The rows are a log: the newest of a purpose holds, none is changed, and erasing everything leaves them. Without a row for a
purpose it is refused, so nothing of a kind happens before its switch. A user made by a program that embeds Zhiji is taken to
have been asked by it (origin "program"); `zhiji chat` and `zhiji ui` ask the person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from memory.errors import BadInput
from memory.kinds import checked
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import ConsentRow, utc_now

Purpose = Literal["remember", "profile", "feedback", "adapter", "statistics"]
"""remember    what the user says becomes memories that later replies may use
profile     facts about the user are noted from what they say, and how they write is heeded
feedback    ratings and corrections change later replies
adapter     a personal adapter of the model is trained on what they said
statistics  how replies go (their speed) is counted
"""
Origin = Literal["person", "program", "before"]
"""Who chose: the person, the program that embeds Zhiji, or nobody, as there was no choice when they began ("before")."""
PURPOSES: Sequence[Purpose] = get_args(Purpose)
BEGUN_BY_PROGRAM: Mapping[Purpose, bool] = {"remember": True, "profile": True}


@dataclass(frozen=True, slots=True)
class Consent:
    purpose: Purpose
    granted: bool
    origin: Origin
    chosen_at: datetime


@checked
class Consents:
    """Of one user."""

    def __init__(self, database: Database, user_id: str) -> None:
        self._database = database
        self._user_id = user_id

    def granted(self, purpose: Purpose) -> bool:
        with self._database.read() as session:
            return granted(session, self._user_id, purpose)

    def all(self) -> Mapping[Purpose, bool]:
        """Each purpose, and whether it is granted."""
        newest = {choice.purpose: choice.granted for choice in self.history()}
        return {purpose: newest.get(purpose, False) for purpose in PURPOSES}

    @property
    def asked(self) -> bool:
        """Whether the person chose whether anything may be remembered; a program that began the user did not."""
        return any(choice.purpose in BEGUN_BY_PROGRAM and choice.origin == "person" for choice in self.history())

    def set(self, /, **choices: bool) -> Mapping[Purpose, bool]:
        """The person grants (`remember=True`) or refuses purposes, in one commit; what they chose before is not recorded
        again. Raises BadInput for a purpose that there is not."""
        unknown = [name for name in choices if name not in PURPOSES]
        if unknown:
            raise BadInput(f"There is no purpose {unknown[0]!r}; there is {', '.join(PURPOSES)}.")
        with self._database.write() as session:
            chosen = {row.purpose: (row.granted, row.origin) for row in _choices(session, self._user_id)}
            for purpose, yes in choices.items():
                if chosen.get(purpose) != (yes, "person"):
                    record(session, self._user_id, {purpose: yes}, "person")  # type: ignore[dict-item]
        return self.all()

    def history(self) -> Sequence[Consent]:
        """Every choice, the oldest first."""
        with self._database.read() as session:
            return [
                Consent(row.purpose, row.granted, row.origin, row.chosen_at)  # type: ignore[arg-type]
                for row in _choices(session, self._user_id)
            ]


def granted(session: Session, user_id: str, purpose: Purpose) -> bool:
    """Whether the newest choice of a purpose allows it; without one it is refused."""
    return bool(session.exec(newest(Rows(session, user_id), purpose)).first())


def newest(rows: Rows, purpose: Purpose) -> SelectOfScalar[bool]:
    """Selects whether a purpose is granted: one row, or none if there was no choice yet."""
    choices = rows.column(ConsentRow, ConsentRow.granted, ConsentRow.purpose == purpose)
    return choices.order_by(col(ConsentRow.chosen_at).desc(), col(ConsentRow.seq).desc()).limit(1)


def all_granted(session: Session, user_id: str) -> frozenset[Purpose]:
    """Every purpose that is granted."""
    chosen = {row.purpose: row.granted for row in _choices(session, user_id)}
    return frozenset(purpose for purpose in PURPOSES if chosen.get(purpose))


def record(session: Session, user_id: str, choices: Mapping[Purpose, bool], origin: Origin) -> None:
    for purpose, yes in choices.items():
        session.add(ConsentRow(user_id=user_id, purpose=purpose, granted=yes, origin=origin, chosen_at=utc_now()))
        session.flush()


def _choices(session: Session, user_id: str) -> Sequence[ConsentRow]:
    """Every one, the oldest first."""
    mine = Rows(session, user_id).select(ConsentRow)
    return session.exec(mine.order_by(col(ConsentRow.chosen_at), col(ConsentRow.seq))).all()
