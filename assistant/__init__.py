"""Zhiji as a Python object.

    from assistant import Assistant

    mei = Assistant("mei")
    mei.chat("My dog is called Biscuit.")
    print(mei.chat("What is my dog called?").text)

Importing this loads nothing heavy: each name below is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.chat_models.base import ChatModel, Sampling
    from assistant.engine import Assistant
    from assistant.events import Done, Event, Learned, Recalled, Reply, TextDelta, Usage, Waiting
    from assistant.runtime import Runtime
    from assistant.settings import Settings
    from assistant.temporary import TemporaryChat
    from memory.errors import ZhijiError
    from memory.search.embedders import Embedder
    from memory.types import Conversation, Fact, Hit, Memory, Message, NewMemory

_HOME = {
    "Assistant": "assistant.engine",
    "ChatModel": "assistant.chat_models.base",
    "Conversation": "memory.types",
    "Done": "assistant.events",
    "Embedder": "memory.search.embedders",
    "Event": "assistant.events",
    "Fact": "memory.types",
    "Hit": "memory.types",
    "Learned": "assistant.events",
    "Memory": "memory.types",
    "Message": "memory.types",
    "NewMemory": "memory.types",
    "Recalled": "assistant.events",
    "Reply": "assistant.events",
    "Runtime": "assistant.runtime",
    "Sampling": "assistant.chat_models.base",
    "Settings": "assistant.settings",
    "TemporaryChat": "assistant.temporary",
    "TextDelta": "assistant.events",
    "Usage": "assistant.events",
    "Waiting": "assistant.events",
    "ZhijiError": "memory.errors",
}

__all__ = [
    "Assistant",
    "ChatModel",
    "Conversation",
    "Done",
    "Embedder",
    "Event",
    "Fact",
    "Hit",
    "Learned",
    "Memory",
    "Message",
    "NewMemory",
    "Recalled",
    "Reply",
    "Runtime",
    "Sampling",
    "Settings",
    "TemporaryChat",
    "TextDelta",
    "Usage",
    "Waiting",
    "ZhijiError",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
