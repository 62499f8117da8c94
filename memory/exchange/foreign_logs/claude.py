"""Claude's `conversations.json`: each conversation a list of messages."""

from collections.abc import Mapping
from typing import Any

from memory.exchange.foreign_logs.fields import clean, stamp
from memory.exchange.foreign_logs.formats import RecordFormat
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.types import Role


def read(record: Mapping[str, Any]) -> Talk:
    said: list[Said] = []
    for message in record["chat_messages"]:
        blocks = [block.get("text") for block in message.get("content") or () if block.get("type") == "text"]
        text = clean("\n".join(block for block in blocks if block) or message.get("text") or "")
        role: Role = "user" if message["sender"] == "human" else "assistant"
        if text:
            parent = said[-1].id if said else None
            said.append(Said(clean(str(message["uuid"])), parent, role, text, stamp(message.get("created_at"))))
    title = str(record.get("name") or "")
    return Talk("claude", str(record["uuid"]), title, said, said[-1].id if said else None)


FORMAT = RecordFormat("claude", lambda record: isinstance(record.get("chat_messages"), list), read)
