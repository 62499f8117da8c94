"""One conversation of a log, whoever wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from memory.exchange.foreign_logs.fields import clean
from memory.types import MessageStatus, Role


@dataclass(frozen=True, slots=True)
class Rated:
    """What the user thought of a reply."""

    rating: int
    reason: str
    corrected: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One message; `parent_id` is that of another in the same talk, `None` at the root. One without text was forgotten.
    What follows `model` only our own log tells; `recalled` is (memory id, score, why as JSON), `sampling` JSON."""

    id: str
    parent_id: str | None
    role: Role
    text: str
    at: datetime | None
    status: MessageStatus = "complete"
    model: str | None = None
    recorded_at: datetime | None = None
    sampling: str | None = None
    prompt_id: str | None = None
    plan: str | None = None
    recalled: Sequence[tuple[str, float, str]] = ()
    facts_used: Sequence[str] = ()
    rated: Rated | None = None
    own_text: str | None = None
    """What of the text the speaker said himself, where files or quotations came with it; `None`: all of it."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of a log, its messages parents first; `head_id` ends the branch it showed."""

    source: str
    id: str
    title: str
    messages: Sequence[Said]
    head_id: str | None
    remembers: bool = True
    recalls: bool = True
    pinned: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    refused: "Sequence[Refused]" = ()
    """Messages that are not as expected."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What is no speech, counted by what it is: "tool call", "picture"."""
    notes: Sequence[str] = ()
    """What a person should know of how it was read."""

    def shown(self) -> frozenset[str]:
        """The ids of the messages of the branch it showed."""
        by_id = {said.id: said for said in self.messages}
        found: dict[str, None] = {}
        current = by_id.get(self.head_id or "")
        while current is not None and current.id not in found:
            found[current.id] = None
            current = by_id.get(current.parent_id or "")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Refused:
    """Something of a file that cannot be taken in, and why."""

    where: str
    why: str


def checked(talk: Talk) -> Talk:
    """With names that can be stored, each message once, and a head that is there. Raises ValueError."""
    ids = [said.id for said in talk.messages]
    if len(set(ids)) != len(ids):
        raise ValueError("two messages have the same id")
    head = talk.head_id if talk.head_id in ids else (ids[-1] if ids else None)
    return replace(talk, id=clean(talk.id), title=clean(talk.title), head_id=head)
