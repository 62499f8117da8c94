"""LibreChat's JSON of a conversation: its messages in a list, or ("recursive") each with its answers in it."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import clean, name_of
from memory.exchange.foreign_logs.formats import RecordFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.exchange.foreign_logs.trees import Node, grown


def _messages(record: Mapping[str, Any]) -> list[Any]:
    messages = record.get("messagesTree", record.get("messages"))
    return messages if isinstance(messages, list) else []


def _fits(record: Mapping[str, Any]) -> bool:
    messages = _messages(record)
    ours = any(isinstance(one, dict) and "isCreatedByUser" in one for one in messages)
    return ours and ("conversationId" in record or "messagesTree" in record)


def read(record: Mapping[str, Any]) -> Talk:
    gathered = Gathering()
    nodes: list[Node] = []
    for number, message in enumerate(_every(_messages(record)), 1):
        node = gathered.tried(f"message {number}", partial(_node, gathered, message))
        if node is not None:
            nodes.append(node)
    found, head = grown(nodes, nodes[-1].id if nodes else None)
    identity = name_of(record, "conversationId")
    return gathered.talk(Talk("librechat", identity, str(record.get("title") or ""), found, head))


def _every(messages: list[Any]) -> Iterator[Any]:
    """The messages and those within them, the ones before first."""
    waiting = list(reversed(messages))
    while waiting:
        message = waiting.pop()
        yield message
        if isinstance(message, Mapping) and isinstance(message.get("children"), list):
            waiting += reversed(message["children"])


def _node(gathered: Gathering, message: Mapping[str, Any]) -> Node:
    parent = message.get("parentMessageId")
    said = None if message.get("error") else _said(gathered, message)
    return Node(clean(str(message["messageId"])), clean(str(parent)) if parent else None, said)


def _said(gathered: Gathering, message: Mapping[str, Any]) -> Said | None:
    mine = bool(message["isCreatedByUser"])
    words = parts.words_of(message.get("content") or message.get("text"), reply=not mine)
    return gathered.said(words, "user" if mine else "assistant", gathered.time(message.get("createdAt")))


FORMAT = RecordFormat("librechat", _fits, read)
