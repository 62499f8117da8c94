"""ChatGPT's `conversations.json`: each conversation a tree of nodes, of which some hold a message."""

from collections.abc import Mapping
from typing import Any

from memory.exchange.foreign_logs.fields import clean, stamp
from memory.exchange.foreign_logs.formats import RecordFormat
from memory.exchange.foreign_logs.talk import Said, Talk


def read(record: Mapping[str, Any]) -> Talk:
    nodes: Mapping[str, Any] = record["mapping"]
    said: dict[str, Said] = {}
    for name in _parents_first(nodes):
        message = nodes[name].get("message") or {}
        role = (message.get("author") or {}).get("role")
        content = message.get("content") or {}
        parts = content.get("parts") if content.get("content_type") in ("text", "multimodal_text") else None
        text = clean("\n".join(part for part in parts or () if isinstance(part, str)))
        if (
            role in ("user", "assistant")
            and text
            and not (message.get("metadata") or {}).get("is_visually_hidden_from_conversation")
        ):
            parent = _nearest(nodes, nodes[name].get("parent"), said)
            said[name] = Said(name, parent, role, text, stamp(message.get("create_time") or record.get("create_time")))
    head = _nearest(nodes, record.get("current_node"), said)
    identity = str(record.get("conversation_id") or record["id"])
    return Talk("chatgpt", identity, str(record.get("title") or ""), list(said.values()), head)


def _parents_first(nodes: Mapping[str, Any]) -> list[str]:
    """Each node after its parent; one in a circle, or whose parent is not there, as if it were a root."""
    order: dict[str, None] = {}
    for name in nodes:
        path: dict[str, None] = {}
        current: str | None = name
        while current is not None and current in nodes and current not in order and current not in path:
            path[current] = None
            current = nodes[current].get("parent")
        order |= dict.fromkeys(reversed(path))
    return list(order)


def _nearest(nodes: Mapping[str, Any], name: str | None, said: Mapping[str, Said]) -> str | None:
    """The node itself, or the nearest above it, that is taken in."""
    seen: set[str] = set()
    while name is not None and name in nodes and name not in said and name not in seen:
        seen.add(name)
        name = nodes[name].get("parent")
    return name if name in said else None


FORMAT = RecordFormat("chatgpt", lambda record: isinstance(record.get("mapping"), dict), read)
