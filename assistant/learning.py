"""After a reply, in the background, the chat model proposes facts about the user.

    message ── ask ── parse (memory.facts.proposals) ── ask about each by itself ── profile.adopt

The model is the one that chats, so whoever talks comes first: `pause` ends a proposal within one token, and it is begun
again when nobody waits. What fails, or is still waiting when the process ends, costs a proposal and nothing else.

Only models that were measured to do it well do it unasked (`learns` in models.toml, `Settings.learn_with_model`).
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from assistant.chat_models.base import ChatModel, Sampling
from memory.errors import ZhijiError
from memory.facts import proposals
from memory.language.asides import spoken
from memory.language.claims import Claim
from memory.language.extraction import own_statements
from memory.language.text import is_chinese
from memory.profile import Profile
from memory.types import Fact, Message
from prompts.proposing import agrees, ask, check
from prompts.types import ChatMessage, Language

log = logging.getLogger("zhiji.learning")

MAX_WAITING = 100
"""Messages that wait for the model; of more, the oldest are left out."""
PROPOSE_TOKENS = 160
CLOSING_S = 3.0
"""How long `close` waits for a model that does not stop."""


class Interrupted(Exception):
    """Somebody wants the model."""


def propose(model: ChatModel, message: Message, stop: threading.Event | None = None) -> Sequence[Claim]:
    """What the model proposes to note of a message of the user's, and affirms when asked again. Raises Interrupted when
    `stop` is set, and what the model raises."""
    stop = stop or threading.Event()
    if not own_statements(message.text):
        return ()
    language: Language = "zh" if is_chinese(message.text) else "en"
    answer = _said(model, ask(message.text, language), PROPOSE_TOKENS, stop)
    return [
        claim
        for claim in proposals.parse(answer, message.text)
        if agrees(_said(model, check(_as_fact(claim, message), language), 1, stop))
    ]


class Learner:
    """One thread that asks `model()` about one message at a time, while nobody is being answered."""

    def __init__(self, model: Callable[[], ChatModel]) -> None:
        self._model = model
        self._waiting: deque[tuple[Profile, Message]] = deque(maxlen=MAX_WAITING)
        self._turn = threading.Condition()
        self._stop = threading.Event()
        self._talking = 0
        self._working = self._closed = False
        self._thread: threading.Thread | None = None

    def later(self, profile: Profile, message: Message) -> None:
        """Learn from `message` when there is time."""
        with self._turn:
            if self._closed:
                return
            self._waiting.append((profile, message))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="zhiji-learn", daemon=True)
                self._thread.start()
            self._turn.notify_all()

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Leave the model to others until the end of the block."""
        with self._turn:
            self._talking += 1
            self._stop.set()
        try:
            yield
        finally:
            with self._turn:
                self._talking -= 1
                self._turn.notify_all()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until there is nothing left to learn from; `False` if that took too long."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._waiting and not self._working, timeout_s)

    def close(self) -> None:
        with self._turn:
            self._closed = True
            self._waiting.clear()
            self._stop.set()
            self._turn.notify_all()
        if self._thread is not None:
            self._thread.join(CLOSING_S)

    def _run(self) -> None:
        while (task := self._next()) is not None:
            profile, message = task
            try:
                profile.adopt(
                    propose(self._model(), message, self._stop), message_id=message.id, at=message.occurred_at
                )
            except Interrupted:
                with self._turn:
                    if not self._closed and len(self._waiting) < MAX_WAITING:
                        self._waiting.appendleft(task)
            except ZhijiError as error:
                log.warning("nothing was proposed: %s", type(error).__name__)
            except Exception as error:  # a model of one's own may raise anything; what it costs is this one proposal
                log.warning("the model failed while proposing: %s", type(error).__name__)

    def _next(self) -> tuple[Profile, Message] | None:
        with self._turn:
            self._working = False
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._closed or (self._waiting and not self._talking))
            if self._closed:
                return None
            self._stop.clear()
            self._working = True
            return self._waiting.popleft()


def _said(model: ChatModel, messages: Sequence[ChatMessage], tokens: int, stop: threading.Event) -> str:
    pieces: list[str] = []
    stream = model.stream(messages, Sampling(temperature=0, repetition_penalty=1, max_new_tokens=tokens))
    try:
        for piece in stream:
            if stop.is_set():
                raise Interrupted
            pieces.append(piece)
    finally:
        close = getattr(stream, "close", None)
        if close:
            close()
    if stop.is_set():
        raise Interrupted
    return spoken("".join(pieces))[0]


def _as_fact(claim: Claim, message: Message) -> Fact:
    return Fact(
        id="",
        key=claim.key,
        value=claim.value,
        status="active",
        valid_from=message.occurred_at,
        quote=claim.quote,
        subject=claim.subject,
        polarity=claim.polarity,
        origin="inferred",
    )
