"""What the parts of an assistant need of its runtime; `assistant.runtime.Runtime` has it, and more."""

import threading
from contextlib import AbstractContextManager
from typing import Protocol

from assistant.chat_models.base import ChatModel
from assistant.settings import Settings
from assistant.traces import Traces
from assistant.turns import Turns
from memory.profile import Profile
from memory.store import Store
from memory.types import Message


class Shared(Protocol):
    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def model(self) -> ChatModel: ...
    @property
    def loaded(self) -> ChatModel | None: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def traces(self) -> Traces: ...
    def answering(self, conversation_id: str, stop: threading.Event) -> AbstractContextManager[None]: ...
    def learn_later(self, profile: Profile, message: Message) -> None: ...
