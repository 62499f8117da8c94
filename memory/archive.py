"""Export a user's conversation log, line by line, in constant memory.

`jsonl` is lossless: a header line, then each conversation followed by its messages (every branch), in the order they
were written. `md` is for reading: the branch each conversation shows.

    {"type": "zhiji-log", "version": 1, "user": "mei"}
    {"type": "conversation", "id", "title", "created_at", "updated_at", "head_id"}
    {"type": "message", "id", "conversation_id", "parent_id", "role", "text", "status", "model", "sampling",
     "occurred_at", "recorded_at", "recalled": [{"memory_id", "score", "why"}]}
"""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from sqlmodel import col, select

from memory.database import Database
from memory.store import User
from memory.tables import ConversationRow, MessageRow, RecallRow

ExportFormat = Literal["jsonl", "md"]
Progress = Callable[[int, int], None]
VERSION = 1


def lines(database: Database, user: User, format: ExportFormat, progress: Progress | None = None) -> Iterator[str]:
    """The lines of the export, each with its line end; `progress(done, total)` counts conversations."""
    with database.read() as session:
        ids = list(
            session.exec(
                select(ConversationRow.id).where(ConversationRow.user_id == user.id).order_by(col(ConversationRow.seq))
            )
        )
    if format == "jsonl":
        yield _line({"type": "zhiji-log", "version": VERSION, "user": user.name})
    for done, conversation_id in enumerate(ids, start=1):
        yield from (_jsonl if format == "jsonl" else _markdown)(database, user, conversation_id)
        if progress:
            progress(done, len(ids))


def _jsonl(database: Database, user: User, conversation_id: str) -> Iterator[str]:
    conversation, messages = _load(database, user, conversation_id)
    yield _line(
        {
            "type": "conversation",
            "id": conversation.id,
            "title": conversation.title,
            "created_at": _iso(conversation.created_at),
            "updated_at": _iso(conversation.updated_at),
            "head_id": conversation.head_id,
        }
    )
    for message, recalled in messages:
        yield _line(
            {
                "type": "message",
                "id": message.id,
                "conversation_id": message.conversation_id,
                "parent_id": message.parent_id,
                "role": message.role,
                "text": message.text,
                "status": message.status,
                "model": message.model,
                "sampling": json.loads(message.sampling) if message.sampling else None,
                "occurred_at": _iso(message.occurred_at),
                "recorded_at": _iso(message.recorded_at),
                "recalled": [
                    {"memory_id": row.memory_id, "score": row.score, "why": json.loads(row.why)} for row in recalled
                ],
            }
        )


def _markdown(database: Database, user: User, conversation_id: str) -> Iterator[str]:
    conversation, messages = _load(database, user, conversation_id)
    by_id = {message.id: message for message, _ in messages}
    branch: list[MessageRow] = []
    current = by_id.get(conversation.head_id or "")
    while current is not None:
        branch.append(current)
        current = by_id.get(current.parent_id or "")
    yield f"# {conversation.title or 'Conversation'}\n\n"
    for message in reversed(branch):
        name = user.name if message.role == "user" else "Zhiji"
        mark = "" if message.status == "complete" else f" ({message.status})"
        yield f"**{name}**, {message.occurred_at:%Y-%m-%d %H:%M} UTC{mark}\n\n{message.text}\n\n"


def _load(
    database: Database, user: User, conversation_id: str
) -> tuple[ConversationRow, list[tuple[MessageRow, list[RecallRow]]]]:
    with database.read() as session:
        conversation = session.exec(
            select(ConversationRow).where(ConversationRow.user_id == user.id, ConversationRow.id == conversation_id)
        ).one()
        messages = list(
            session.exec(
                select(MessageRow)
                .where(MessageRow.user_id == user.id, MessageRow.conversation_id == conversation_id)
                .order_by(col(MessageRow.seq))
            )
        )
        recalls = session.exec(
            select(RecallRow)
            .where(RecallRow.user_id == user.id, col(RecallRow.message_id).in_([row.id for row in messages]))
            .order_by(col(RecallRow.rank))
        )
        by_message: dict[str, list[RecallRow]] = {}
        for recall in recalls:
            by_message.setdefault(recall.message_id, []).append(recall)
    return conversation, [(message, by_message.get(message.id, [])) for message in messages]


def _line(record: dict[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"


def _iso(time: datetime) -> str:
    return time.isoformat()
