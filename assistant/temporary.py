"""A chat that stores nothing."""

import threading
from collections.abc import Iterator, Sequence

from assistant.chat_models.base import Sampling
from assistant.composer import Ask, Composer
from assistant.events import Event, Reply
from assistant.shared import Shared
from assistant.traces import Stopwatch
from assistant.turn import Turn, last_reply
from memory.errors import BadInput
from memory.kinds import checked
from memory.language.text import clean_text
from memory.storage.tables import utc_now
from memory.store import User
from memory.types import Message, MessageStatus
from prompts.types import ChatMessage


@checked
class TemporaryChat:
    """A chat that lives in this object only. It never writes; it recalls only if asked to when it was made."""

    def __init__(self, composer: Composer, runtime: Shared, user: User, *, recall: bool) -> None:
        self._composer, self._runtime, self._user = composer, runtime, user
        self._recall = recall
        self.history: list[ChatMessage] = []

    def chat(self, text: str, *, sampling: Sampling | None = None) -> Reply:
        return last_reply(self.stream(text, sampling=sampling))

    def stream(
        self, text: str, *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """As `Assistant.stream`, in memory only."""
        return self._said(text, 0, sampling, stop)

    def regenerate(self, *, sampling: Sampling | None = None, stop: threading.Event | None = None) -> Iterator[Event]:
        """Answer the last message again; the new reply takes the place of the first. Raises BadInput if there is none."""
        if not self.history:
            raise BadInput("There is nothing to answer in this conversation. Send a message first.")
        return self._said(self.history[-2].content, 2, sampling, stop)

    def _said(
        self, text: str, instead_of: int, sampling: Sampling | None, stop: threading.Event | None
    ) -> Iterator[Event]:
        """In the place of the last `instead_of` messages, once the reply is there."""
        runtime, stop, key = self._runtime, stop or threading.Event(), f"temporary {id(self)}"
        text = clean_text(text, max_chars=runtime.settings.max_message_chars)
        with runtime.answering(key, stop):
            watch = Stopwatch()
            kept = self.history[: len(self.history) - instead_of]
            ask = Ask(text, _as_messages(kept), recalls=self._recall, sampling=sampling)
            plan = self._composer.compose(ask, self._composer.snapshot(), watch)
            turn = Turn(plan, runtime, self._user, stop, watch, key=key)

            def log(_status: MessageStatus) -> None:
                self.history = [*kept, ChatMessage("user", text), ChatMessage("assistant", turn.text)]

            yield from turn.run(log)

    def undo(self) -> str:
        """Take back the last message and the reply to it; returns its text. Raises BadInput if there is none."""
        if not self.history:
            raise BadInput("There is nothing to take back in this conversation.")
        text = self.history[-2].content
        del self.history[-2:]
        return text

    def messages(self) -> Sequence[Message]:
        """What was said so far, as messages that are stored nowhere."""
        return _as_messages(self.history)


def _as_messages(history: Sequence[ChatMessage]) -> Sequence[Message]:
    now = utc_now()
    return [
        Message(
            id=str(number),
            conversation_id="",
            parent_id=None,
            role="user" if said.role == "user" else "assistant",
            text=said.content,
            status="complete",
            occurred_at=now,
            recorded_at=now,
        )
        for number, said in enumerate(history)
    ]
