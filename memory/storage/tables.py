"""The SQLite tables: the truth about every user. The vector index and the keyword tables are made from these.

Rows keep two keys: `seq`, the order of writing (it never goes back, whatever the clock does), and `id`, a random
name that may leave the process. Every row carries its user, and every query names the user first.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import DateTime, Dialect, Index, LargeBinary, TypeDecorator
from sqlmodel import Column, Field, SQLModel


def new_id() -> str:
    return uuid4().hex


def utc_now() -> datetime:
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in, an aware UTC time out; SQLite itself keeps no zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return (value if value.tzinfo else value.astimezone()).astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)


def time_of(stored: str) -> datetime:
    """A time as SQLite has it."""
    return datetime.fromisoformat(stored + "+00:00")  # to replace the zone takes ten times as long


def _time(*, nullable: bool = False) -> Any:
    return Field(default=None, sa_column=Column(UtcTime, nullable=nullable))


class PersonalRow(SQLModel):
    """A row that belongs to one user: how each such table is swept is registered in `memory.storage.personal`, and its rows are
    read and changed through `memory.storage.rows`."""

    if TYPE_CHECKING:  # each table says where among its columns it stands
        user_id: str


class UserRow(SQLModel, table=True):
    __tablename__ = "user"

    id: str = Field(default_factory=new_id, primary_key=True)
    name: str = Field(unique=True)
    created_at: datetime = _time()
    purge_due: int = 0
    """How many times something was forgotten whose traces are still to be rewritten out of the files."""


class ConversationRow(PersonalRow, table=True):
    __tablename__ = "conversation"

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    title: str = ""
    title_from: str | None = None
    """The message whose words became the title; `None` once a person has named the conversation."""
    head_id: str | None = None
    """The last message of the branch now shown."""
    remembers: bool = True
    """Whether what is said in it is remembered and learned from."""
    recalls: bool = True
    """Whether what is remembered is used in it."""
    pinned: bool = False
    created_at: datetime = _time()
    updated_at: datetime = _time()


class MessageRow(PersonalRow, table=True):
    __tablename__ = "message"
    __table_args__ = {"sqlite_autoincrement": True}

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    conversation_id: str = Field(foreign_key="conversation.id", index=True)
    parent_id: str | None = Field(default=None, index=True)
    role: str
    text: str
    status: str = "complete"
    model: str | None = None
    sampling: str | None = None
    """The sampling settings of a reply, as JSON."""
    prompt_id: str | None = None
    """Tells the prompt of a reply from others (see `prompts.types.Prompt.id`)."""
    plan: str | None = None
    """How a reply was planned, as JSON (see `assistant.plan.Plan.logged`)."""
    occurred_at: datetime = _time()
    recorded_at: datetime = _time()


class MemoryRow(PersonalRow, table=True):
    __tablename__ = "memory"
    __table_args__ = (
        Index("memory_by_user", "user_id", "seq"),
        Index("memory_by_speaker", "user_id", "speaker"),
        Index("memory_by_time", "user_id", "occurred_at"),
        Index("memory_by_message", "user_id", "message_id"),
        Index("memory_by_conversation", "user_id", "conversation_id"),
        Index("memory_by_previous", "user_id", "previous_id"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id")
    kind: str
    text: str
    speaker: str | None = None
    occurred_at: datetime = _time()
    recorded_at: datetime = _time()
    ref: str | None = None
    pinned: bool = False
    message_id: str | None = None
    conversation_id: str | None = None
    previous_id: str | None = None
    """The memory of the turn before; its words are part of this one's keyword entry."""
    document_id: str | None = Field(default=None, index=True)
    words: int = 0
    """How many content words the text has; with none ("hello") there is nothing in it to recall."""
    vector: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """(dim,) float32, unit length, little-endian; `None` until the embedder has run."""
    tokens: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """The signs of its tokens' vectors, a row of `embedders.sign_bytes(dim)` for each (see `embedders.signs`)."""
    embedder: str | None = Field(default=None, index=True)


class RecallRow(PersonalRow, table=True):
    """What was recalled for a reply. It points at the memory and copies none of it."""

    __tablename__ = "recall"

    message_id: str = Field(primary_key=True)
    memory_id: str = Field(primary_key=True, index=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    rank: int
    score: float
    why: str


class FactRow(PersonalRow, table=True):
    """What is known of the user, or of `subject`, a person in their life. See `memory.types.Fact`."""

    __tablename__ = "fact"
    __table_args__ = (Index("fact_by_key", "user_id", "key"),)

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id")
    key: str
    value: str
    status: str = "active"
    quote: str | None = None
    message_id: str | None = Field(default=None, index=True)
    valid_from: datetime = _time()
    valid_to: datetime | None = _time(nullable=True)
    recorded_at: datetime = _time()
    subject: str = "user"
    polarity: int = 1
    strength: float = 0.5
    confidence: float = 1.0
    origin: str = "set"
    times_said: int = 1
    last_said_at: datetime = _time()
    also_from: str | None = Field(default=None, index=True)
    """Another message whose words are in it: the options chosen from, or what was first said and then corrected."""
    change_id: str = Field(default_factory=new_id, index=True)
    """The change that brought it."""
    ended_by: str | None = Field(default=None, index=True)
    """The change that ended it."""


class FactUseRow(PersonalRow, table=True):
    """Which facts a reply's prompt told. It points at the fact and copies none of it."""

    __tablename__ = "fact_use"

    message_id: str = Field(primary_key=True)
    fact_id: str = Field(primary_key=True, index=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    rank: int


class FeedbackRow(PersonalRow, table=True):
    """What a person thought of a reply. Its model, sampling and prompt id stand with the message."""

    __tablename__ = "feedback"

    message_id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    rating: int
    reason: str = ""
    corrected: str | None = None
    rated_at: datetime = _time()


class DocumentRow(PersonalRow, table=True):
    """A file whose text is remembered, in memories that name it."""

    __tablename__ = "document"

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    name: str
    sha256: str
    size_bytes: int
    added_at: datetime = _time()


class ReminderRow(PersonalRow, table=True):
    """What a user wants to be reminded of. Times are what clocks in `zone` show, "2026-12-01T09:00", so that nine o'clock stays
    nine o'clock whatever becomes of summer time. See `memory.reminders`."""

    __tablename__ = "reminder"

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    text: str
    starts: str
    """The first time, from which `rule` counts."""
    zone: str
    """The zone's name; "" is the machine's own."""
    rule: str | None = None
    """When it comes again, as iCalendar writes it (RFC 5545)."""
    next_at: str | None = None
    """When it is to be shown next; `None` if it is not."""
    waiting_since: str | None = None
    """The time for which it was shown, until that is done or put off."""
    created_at: datetime = _time()
    done_at: datetime | None = _time(nullable=True)


class PreferenceRow(PersonalRow, table=True):
    """What a user has set for themselves, as JSON. See `assistant.preferences`."""

    __tablename__ = "preference"

    user_id: str = Field(foreign_key="user.id", primary_key=True)
    key: str = Field(primary_key=True)
    value: str


class ConsentRow(PersonalRow, table=True):
    """A choice of what may be done with what a user says. The newest of each purpose holds. See `memory.privacy.consent`."""

    __tablename__ = "consent"

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    purpose: str
    granted: bool
    origin: str
    chosen_at: datetime = _time()


class AccountRow(PersonalRow, table=True):
    """Who may log in, and how. `password` is Argon2id's own form, with its salt and costs. See `memory.access.accounts`."""

    __tablename__ = "account"

    user_id: str = Field(foreign_key="user.id", primary_key=True)
    role: str
    password: str
    created_at: datetime = _time()


class SessionRow(PersonalRow, table=True):
    """A page that has logged in; `token` is the SHA-256 of what it has."""

    __tablename__ = "session"

    id: str = Field(default_factory=new_id, primary_key=True)
    token: str = Field(unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    created_at: datetime = _time()
    seen_at: datetime = _time()


class ApiKeyRow(PersonalRow, table=True):
    """With what a program comes in; `token` is the SHA-256 of what it has, `scopes` are separated by blanks."""

    __tablename__ = "api_key"

    id: str = Field(default_factory=new_id, primary_key=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    label: str
    token: str = Field(unique=True)
    scopes: str
    created_at: datetime = _time()
    used_at: datetime | None = _time(nullable=True)


class ErasureRow(PersonalRow, table=True):
    """That something was erased: what kind of thing, how much of it, when. It holds and names nothing of it."""

    __tablename__ = "erasure"

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(default_factory=new_id, unique=True)
    user_id: str = Field(foreign_key="user.id", index=True)
    what: str
    counts: str
    """As JSON: {"memories": 3}."""
    erased_at: datetime = _time()


class OutboxRow(PersonalRow, table=True):
    """A memory whose index entry is to be looked at again. It names the memory and holds nothing of it."""

    __tablename__ = "outbox"

    seq: int | None = Field(default=None, primary_key=True)
    user_id: str
    memory_id: str = Field(index=True)


class MetaRow(SQLModel, table=True):
    __tablename__ = "meta"

    key: str = Field(primary_key=True)
    value: str
