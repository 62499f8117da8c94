"""The nouns a user of the package meets. All are frozen; all times are UTC-aware."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

MemoryKind = Literal["said", "reply", "note", "import", "document"]
"""`said`: the user's own words in a chat. `reply`: the assistant's. The others were added outside a chat."""

Role = Literal["user", "assistant"]

ExportFormat = Literal["jsonl", "md", "html", "csv", "sharegpt", "openai", "parquet"]
"""Of a conversation log; see `memory.exchange.log_export`."""

MessageStatus = Literal["complete", "interrupted", "failed", "forgotten"]
"""`interrupted` keeps what had been said when it was stopped; `forgotten` has no text any more."""

FactStatus = Literal["active", "superseded", "rejected"]
"""`superseded` no longer holds; `rejected` was learned and then denied by the user."""

FactOrigin = Literal["said", "chosen", "set", "inferred"]
"""`said` in a message; `chosen` among what the assistant proposed; `set` by hand; `inferred` by the chat model."""


@dataclass(frozen=True, slots=True)
class NewMemory:
    """A memory to add. `occurred_at` is when it was said or happened (default: now); `ref` is the caller's own id.

    Successive memories that name a speaker and happen within an hour of each other count as one conversation: the
    one before helps to find the one after.
    """

    text: str
    speaker: str | None = None
    occurred_at: datetime | None = None
    ref: str | None = None
    kind: MemoryKind = "note"


@dataclass(frozen=True, slots=True)
class Memory:
    """One remembered text of one user. `occurred_at` is when it was said, `recorded_at` when we stored it."""

    id: str
    text: str
    kind: MemoryKind
    speaker: str | None
    occurred_at: datetime
    recorded_at: datetime
    pinned: bool = False
    ref: str | None = None
    message_id: str | None = None
    conversation_id: str | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A memory found by a search: `score` in [0, 1], higher is better; `why` is in words a person understands."""

    memory: Memory
    score: float
    why: tuple[str, ...] = ()
    not_by: str | None = None
    """Whom the query asks about by name, if this was said by somebody else."""
    asked: str | None = None
    """What another asked right before, word by word: "Rex." says little without "What is your dog called?"."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said in a conversation. `parent_id` is the message it answers, so regenerated replies are siblings."""

    id: str
    conversation_id: str
    parent_id: str | None
    role: Role
    text: str
    status: MessageStatus
    occurred_at: datetime
    recorded_at: datetime
    model: str | None = None
    sampling: str | None = None
    """As JSON, of a reply."""
    prompt_id: str | None = None
    plan: str | None = None
    """How a reply was planned, as JSON."""
    recalled: tuple[Hit, ...] = field(default=())
    facts_used: "tuple[Fact, ...]" = field(default=())
    versions: tuple[str, ...] = ()
    """The ids of the versions of it that there are, oldest first, itself among them."""
    rating: int | None = None
    """1 if the user liked a reply, -1 if not."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; `messages` is the branch now shown, oldest first, and empty in a listing."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    messages: tuple[Message, ...] = ()
    remembers: bool = True
    """Whether what is said in it is remembered and learned from."""
    recalls: bool = True
    """Whether what is remembered is used in it."""
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One slot of the profile. `valid_to` is `None` while it holds; `quote` is the words it came from, if any.

    `subject` is "user", or the person in their life whom it is about ("sister"). `polarity` is -1 for what is disliked or
    avoided; `strength` in [0, 1] is how strongly it was put, `confidence` in [0, 1] how sure we are that it was meant.
    `change_id` is what `profile.undo` takes: the change that ended the fact if one did, else the one that brought it.
    """

    id: str
    key: str
    value: str
    status: FactStatus
    valid_from: datetime
    valid_to: datetime | None = None
    quote: str | None = None
    message_id: str | None = None
    subject: str = "user"
    polarity: int = 1
    strength: float = 0.5
    confidence: float = 1.0
    origin: FactOrigin = "set"
    times_said: int = 1
    last_said_at: datetime | None = None
    change_id: str = ""
