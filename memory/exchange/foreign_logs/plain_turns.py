"""Formats that list who said what, in order and without ids."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import clean, name_of
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.talk import Said, Talk
from memory.types import Role

_USERS = "user human person me customer prompter 用户 我"
_ASSISTANTS = """
assistant gpt model ai bot chatbot chatgpt gpt4 gpt-4 gpt-3.5 gpt-3.5-turbo bing bard claude gemini copilot llama mistral mixtral
vicuna deepseek qwen grok pi perplexity chatglm kimi ernie 助手 助理 机器人
"""
ROLES: Mapping[str, Role] = {
    **dict.fromkeys(_USERS.split(), "user"), **dict.fromkeys(_ASSISTANTS.split(), "assistant"),
}  # fmt: skip
_TRAFFIC = {
    **dict.fromkeys(("system", "developer", "critic"), parts.SYSTEM),
    **dict.fromkeys(("function_call", "tool_call"), parts.CALL),
    **dict.fromkeys(("tool", "function", "function_response", "tool_response", "observation", "ipython"), parts.RESULT),
}
_TIMES = ("created_at", "timestamp", "time", "createdAt", "create_time", "date")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a format calls its list, and in each turn of it who speaks and what is said."""

    turns: str
    role: str
    text: str


def read(record: Mapping[str, Any], source: str, keys: Keys) -> Talk:
    """The same words are the same conversation."""
    said: list[Said] = []
    gathered = Gathering()
    for number, message in enumerate(record[keys.turns]):
        one = gathered.tried(f"message {number + 1}", partial(_said, gathered, message, keys))
        if one is not None:
            said.append(replace(one, id=str(number), parent_id=said[-1].id if said else None))
    title = str(record.get("title") or "")
    return gathered.talk(Talk(source, name_of(record), title, said, said[-1].id if said else None))


def role_of(written: object) -> Role:
    """Whoever a log calls the assistant. Raises KeyError for a role that is none of the two."""
    return ROLES[str(written).strip().casefold()]


def _said(gathered: Gathering, message: Mapping[str, Any], keys: Keys) -> Said | None:
    written = str(message[keys.role]).strip().casefold()
    if written in _TRAFFIC:
        gathered.left_out[_TRAFFIC[written]] += 1
        return None
    role = role_of(written)
    content = message.get(keys.text, message.get("parts"))
    if message.get("tool_calls") or message.get("function_call"):
        gathered.left_out[parts.CALL] += 1
        if content is None:
            return None
    elif not {keys.text, "parts"} & message.keys():
        raise KeyError(keys.text)
    words = parts.words_of(content, reply=role == "assistant")
    if clean(str(message.get("reasoning_content") or "")):
        gathered.left_out[parts.THOUGHT] += 1
    at = gathered.time(next((message[key] for key in _TIMES if message.get(key) is not None), None))
    return gathered.said(words, role, at)
