"""Chats between people. What the user wrote is the user's, and what the others wrote stands as the replies, with their names: it
is kept and found, and never remembered as the user's words. Each month of a chat is a talk, or years of it would be one.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from memory.exchange.foreign_logs.talk import Refused, Said, Talk


@dataclass(frozen=True, slots=True)
class Line:
    """One message; `mine` is the user's."""

    who: str
    text: str
    at: datetime | None
    mine: bool


@dataclass(frozen=True, slots=True)
class Chat:
    """Where its lines were said: `name` is whom it is with; of a program's chat (`with_people` is False) nobody is named."""

    source: str
    id: str
    name: str
    with_people: bool = True
    left_out: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()


def talks(chat: Chat, lines: Iterable[Line]) -> Iterator[Talk]:
    """The talk of each month. What is left out, refused and to be noted of the chat stands with the first."""
    months: dict[str, list[Said]] = {}
    last: datetime | None = None
    for line in lines:
        last = line.at or last
        month = months.setdefault(f"{last.astimezone(UTC):%Y-%m}" if last else "", [])
        text = line.text if line.mine or not chat.with_people else f"{line.who}: {line.text}"
        parent = month[-1].id if month else None
        month.append(Said(str(len(month)), parent, "user" if line.mine else "assistant", text, line.at))
    told = {"left_out": chat.left_out, "refused": chat.refused, "notes": chat.notes}
    for name, said in months.items():
        title = ", ".join(part for part in (chat.name, name) if part)
        talk = Talk(chat.source, f"{chat.id} {name}", title, said, said[-1].id)
        yield replace(talk, **told) if told else talk  # type: ignore[arg-type]
        told = {}
