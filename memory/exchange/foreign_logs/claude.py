"""Claude's `conversations.json`: each conversation a list of messages, which name the one they answer.

An older export names none: there they answer each other in their order.
"""

from collections.abc import Container, Mapping
from functools import partial
from typing import Any

from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import clean, name_of
from memory.exchange.foreign_logs.formats import RecordFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.exchange.foreign_logs.trees import Node, grown
from memory.types import Role

_ROLES: Mapping[str, Role] = {"human": "user", "user": "user", "assistant": "assistant"}


def read(record: Mapping[str, Any]) -> Talk:
    gathered = Gathering()
    nodes: dict[str, Node] = {}
    before: str | None = None
    for number, message in enumerate(record["chat_messages"], 1):
        node = gathered.tried(f"message {number}", partial(_node, gathered, message, before, nodes))
        if node is not None:
            nodes[node.id] = node
            before = node.id
    leaf = record.get("current_leaf_message_uuid")
    head = clean(str(leaf)) if leaf else None
    found, head_id = grown(nodes.values(), head if head in nodes else before)
    return gathered.talk(Talk("claude", name_of(record, "uuid"), str(record.get("name") or ""), found, head_id))


def _node(gathered: Gathering, message: Mapping[str, Any], before: str | None, known: Container[str]) -> Node:
    name = clean(str(message.get("uuid") or f"{before or ''}+"))
    if name in known:
        raise ValueError("another message has the same id")
    parent = message.get("parent_message_uuid")
    return Node(name, clean(str(parent)) if parent else before, _message(gathered, message))


def _message(gathered: Gathering, message: Mapping[str, Any]) -> Said | None:
    role = _ROLES[message["sender"]]
    words = parts.words_of(message.get("content") or [], reply=role == "assistant")
    if not words.said:
        words.said = parts.words_of(message.get("text"), reply=role == "assistant").said
    for file in [*(message.get("attachments") or ()), *(message.get("files") or ())]:
        words.bring(file.get("file_name"), file.get("extracted_content"))
    return gathered.said(words, role, gathered.time(message.get("created_at")))


FORMAT = RecordFormat("claude", lambda record: isinstance(record.get("chat_messages"), list), read)
