"""ChatGPT's `conversations.json`: each conversation a tree of nodes, of which some hold a message.

What the model addressed to a tool (`recipient` is not "all") is no reply, but for a canvas, whose text it wrote for the user.
"""

import json
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import name_of
from memory.exchange.foreign_logs.formats import RecordFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.parts import Words
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.exchange.foreign_logs.trees import Node, grown

_CANVAS = "canmore."


def read(record: Mapping[str, Any]) -> Talk:
    nodes: Mapping[str, Any] = record["mapping"]
    gathered = Gathering()
    found = []
    for name, node in nodes.items():
        message = gathered.tried(f"message {name}", partial(_message, gathered, node, record))
        parent = node.get("parent") if isinstance(node, Mapping) else None
        found.append(Node(name, parent if isinstance(parent, str) else None, message))
    head = record.get("current_node")
    messages, head_id = grown(found, head if isinstance(head, str) else None)
    identity = name_of(record, "conversation_id", "id")
    return gathered.talk(Talk("chatgpt", identity, str(record.get("title") or ""), messages, head_id))


def _message(gathered: Gathering, node: Mapping[str, Any], record: Mapping[str, Any]) -> Said | None:
    message = node.get("message") or {}
    role = (message.get("author") or {}).get("role")
    metadata = message.get("metadata") or {}
    if role not in ("user", "assistant"):
        if role:
            gathered.left_out[parts.RESULT if role == "tool" else parts.SYSTEM] += _holds_words(message)
        return None
    if metadata.get("is_visually_hidden_from_conversation") or metadata.get("is_user_system_message"):
        gathered.left_out[parts.HIDDEN] += 1
        return None
    words = _words(message, reply=role == "assistant")
    for name, note in _quoted(metadata):
        words.bring(name, note)
    at = gathered.time(message.get("create_time") or record.get("create_time"))
    return gathered.said(words, role, at)


def _words(message: Mapping[str, Any], *, reply: bool) -> Words:
    content = message.get("content") or {}
    recipient = message.get("recipient") or "all"
    if reply and recipient.startswith(_CANVAS):
        return _canvas(content)
    if reply and recipient != "all":
        return Words(left_out=Counter({parts.CALL: 1}))
    if content.get("content_type") in ("text", "multimodal_text"):
        return parts.words_of(content.get("parts"), reply=reply)
    return parts.words_of(content, reply=reply)


def _canvas(content: Mapping[str, Any]) -> Words:
    """A document that the model wrote beside the talk, whole or as it was changed; other changes name only their places."""
    words = Words()
    written = content.get("text") or "".join(part for part in content.get("parts") or () if isinstance(part, str))
    try:
        given = json.loads(written)
    except ValueError:
        given = {}
    given = given if isinstance(given, Mapping) else {}
    updates = given.get("updates")
    whole = (
        [one.get("replacement") for one in updates if one.get("pattern") == ".*"] if isinstance(updates, list) else []
    )
    text = given.get("content") or next(iter(whole), None)
    if isinstance(text, str):
        words.bring(given.get("name"), text)
    else:
        words.left_out[parts.CALL] += 1
    return words


def _quoted(metadata: Mapping[str, Any]) -> list[tuple[object, object]]:
    """What of files and of earlier replies a question quotes."""
    quoted = metadata.get("targeted_reply")
    found: list[tuple[object, object]] = [("quoted", quoted)] if isinstance(quoted, str) and quoted.strip() else []
    files = metadata.get("attachments")
    for file in files if isinstance(files, list) else ():
        if isinstance(file, Mapping):
            found.append((file.get("name"), file.get("extracted_content") or file.get("text")))
    return found


def _holds_words(message: Mapping[str, Any]) -> int:
    content = message.get("content") or {}
    return int(any(part for part in content.get("parts") or [content.get("text")] if part))


FORMAT = RecordFormat("chatgpt", lambda record: isinstance(record.get("mapping"), dict), read)
