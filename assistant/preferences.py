"""What a user has set for themselves, kept in the database: how replies are written, what is remembered, how the page looks.

What is not set follows the settings of the machine (`assistant.settings`).
"""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlmodel import Session, col

from assistant.chat_models.base import Sampling
from memory.errors import BadInput
from memory.language.text import clean_text
from memory.language.times import here
from memory.retention import Ages
from memory.storage.database import Database
from memory.storage.rows import Rows
from memory.storage.tables import PreferenceRow
from memory.store import Store, User

MAX_WORDS = 1_000
"""Characters of a persona or of instructions: both stand in every prompt."""


class Preferences(BaseModel):
    """`None` and "" mean: as the machine's settings have it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    persona: str = Field(default="", max_length=MAX_WORDS)
    """Who the assistant is to be: "a dry-witted butler"."""
    instructions: str = Field(default="", max_length=MAX_WORDS)
    """What it is to heed in every answer."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_k: int | None = Field(default=None, ge=0, le=1000)
    top_p: float | None = Field(default=None, gt=0, le=1)
    reply_tokens: int | None = Field(default=None, ge=16, le=8192)
    recalls: bool = True
    """Whether what is remembered is used in a new conversation."""
    keep_conversations_days: int | None = Field(default=None, ge=1, le=36_500)
    """Older ones are deleted, unless they are pinned (see `memory.retention`); `None` keeps them for ever."""
    keep_memories_days: int | None = Field(default=None, ge=1, le=36_500)
    keep_feedback_days: int | None = Field(default=None, ge=1, le=36_500)
    time_zone: str = ""
    """An IANA name, "Europe/Lisbon"."""
    language: Literal["auto", "en", "zh"] = "auto"
    """Of the page."""
    model: str = Field(default="", max_length=500)
    """Which chat model `zhiji ui` loads, if the settings leave it open."""

    @field_validator("persona", "instructions", mode="before")
    @classmethod
    def _clean(cls, text: object) -> object:
        if not isinstance(text, str):
            return text
        return clean_text(text, max_chars=MAX_WORDS, what="text") if text.strip() else ""

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        if name and name not in available_timezones():
            raise ValueError("is no time zone, as Europe/Lisbon is")
        return name

    def sampling(self, default: Sampling) -> Sampling:
        """`default` with what is set here."""
        chosen = {
            "temperature": self.temperature,
            "top_k": self.top_k,
            "top_p": self.top_p,
            "max_new_tokens": self.reply_tokens,
        }
        return replace(default, **{name: value for name, value in chosen.items() if value is not None})  # type: ignore[arg-type]

    def ages(self) -> Ages:
        """How long what is kept is kept."""
        return Ages(self.keep_conversations_days, self.keep_memories_days, self.keep_feedback_days)

    def zone(self) -> tzinfo:
        """The time zone set, or the machine's."""
        return ZoneInfo(self.time_zone) if self.time_zone else here()


class UserPreferences:
    """One user's; each change is one commit."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
        self._user = user

    def get(self) -> Preferences:
        return stored(self._store.database, self._user)

    def set(self, **changes: object) -> Preferences:
        """All of the changes or, with BadInput that names what is wrong, none."""
        changed = self.checked(**changes)
        with self._store.database.write() as session:
            for key in changes:
                value = json.dumps(getattr(changed, key), ensure_ascii=False)
                session.merge(PreferenceRow(user_id=self._user.id, key=key, value=value))
        return changed

    def checked(self, **changes: object) -> Preferences:
        """What `set` would make of it; nothing is changed. Raises BadInput."""
        try:
            return Preferences.model_validate(self.get().model_dump() | changes)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BadInput(f"That cannot be set: {wrong}.") from error

    def reset(self, *names: str) -> Preferences:
        """Back to the machine's settings: these, or with no name all."""
        these = [col(PreferenceRow.key).in_(names)] if names else []
        with self._store.database.write() as session:
            Rows(session, self._user.id).delete(PreferenceRow, *these)
        return self.get()


def stored(database: Database, user: User) -> Preferences:
    """What a user has set."""
    with database.read() as session:
        return stored_in(session, user.id)


def stored_in(session: Session, user_id: str) -> Preferences:
    rows = Rows(session, user_id).all(PreferenceRow)
    known = Preferences()
    for row in rows:
        if row.key in Preferences.model_fields:
            with suppress(ValueError):  # of a file that somebody else wrote
                known = Preferences.model_validate(known.model_dump() | {row.key: json.loads(row.value)})
    return known
