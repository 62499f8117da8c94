"""Formats that list who said what, in order and without ids."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memory.exchange.foreign_logs.fields import clean, stamp
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.types import Role

ROLES: Mapping[str, Role] = {
    "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "model": "assistant",
}  # fmt: skip
_NOT_SAID = frozenset({"system", "developer", "tool", "function", "function_call", "function_response", "observation"})


@dataclass(frozen=True, slots=True)
class Keys:
    """What a format calls its list, and in each turn of it who speaks and what is said."""

    turns: str
    role: str
    text: str


def read(record: Mapping[str, Any], source: str, keys: Keys) -> Talk:
    """The same words are the same conversation."""
    said: list[Said] = []
    for number, message in enumerate(record[keys.turns]):
        if message[keys.role] in _NOT_SAID:
            continue
        content = message[keys.text]
        if isinstance(content, list):  # in parts, of which some may be pictures
            content = "\n".join(part["text"] for part in content if part.get("type") == "text")
        if words := clean(content or ""):
            at = stamp(message.get("created_at") or message.get("timestamp") or message.get("time"))
            said.append(Said(str(number), said[-1].id if said else None, ROLES[message[keys.role]], words, at))
    whole = json.dumps(record, sort_keys=True, ensure_ascii=True).encode()
    title = str(record.get("title") or "")
    return Talk(source, hashlib.sha256(whole).hexdigest(), title, said, said[-1].id if said else None)
