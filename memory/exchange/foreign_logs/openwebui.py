"""Open WebUI's export of chats: each a row of its table, with the chat in it; an older chat is a list, not a tree."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import clean, name_of
from memory.exchange.foreign_logs.formats import RecordFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.plain_turns import role_of
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.exchange.foreign_logs.trees import Node, grown


def _fits(record: Mapping[str, Any]) -> bool:
    chat = record.get("chat")
    return isinstance(chat, dict) and (isinstance(chat.get("history"), dict) or isinstance(chat.get("messages"), list))


def read(record: Mapping[str, Any]) -> Talk:
    chat: Mapping[str, Any] = record["chat"]
    history = chat.get("history") or {}
    tree = history.get("messages") or {}
    gathered = Gathering()
    nodes: list[Node] = []
    for message in tree.values() if tree else chat.get("messages") or ():
        before = nodes[-1].id if nodes else None
        node = gathered.tried(f"message {len(nodes) + 1}", partial(_node, gathered, message, None if tree else before))
        if node is not None:
            nodes.append(node)
    head = history.get("currentId") if tree else None
    found, head_id = grown(nodes, clean(str(head)) if head else nodes[-1].id if nodes else None)
    title = str(record.get("title") or chat.get("title") or "")
    return gathered.talk(Talk("openwebui", name_of(record, "id"), title, found, head_id))


def _node(gathered: Gathering, message: Mapping[str, Any], before: str | None) -> Node:
    parent = message.get("parentId") or before
    name = clean(str(message.get("id") or f"{before or ''}+"))
    return Node(name, clean(str(parent)) if parent else None, _said(gathered, message))


def _said(gathered: Gathering, message: Mapping[str, Any]) -> Said | None:
    if message.get("role") == "system":
        gathered.left_out[parts.SYSTEM] += 1
        return None
    role = role_of(message["role"])
    words = parts.words_of(message.get("content"), reply=role == "assistant")
    for file in message.get("files") or ():
        held = file.get("file") or {}
        words.bring(file.get("name") or held.get("filename"), (held.get("data") or {}).get("content"))
    return gathered.said(words, role, gathered.time(message.get("timestamp")))


FORMAT = RecordFormat("openwebui", _fits, read)
