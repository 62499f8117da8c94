"""What code is asked, and what it answers.

    Asked ── answering.answer ── Answer (or None: the model's)

An answer is a text, or a deed: something that changes what is remembered. A deed is done after the message is on the disk and
says what it did; what it needs to know from one message to the next (which memories a "yes" is to forget) is kept with the reply,
as ids.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from memory.conversations import Conversations
from memory.language.reading import Language, Reading
from memory.memories import Memories
from memory.profile import Profile
from memory.reminders import Reminders
from memory.types import Fact, Hit, Message

Pending = Mapping[str, Sequence[str]]
"""What a question of the assistant's waits for: a deed's name, and the ids it is about. No word of anybody's."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What a deed may change, all of one user."""

    memories: Memories
    profile: Profile
    conversations: Conversations
    reminders: Reminders

    def with_sources(self, reply: Message) -> Message:
        """A reply with what was recalled for it, which the talk before a message is read without."""
        talk = self.conversations.get(reply.conversation_id)
        return next((message for message in talk.messages if message.id == reply.id), reply)


@dataclass(frozen=True, slots=True)
class Said:
    """What a deed says it did. `pending` is what it asks about instead of doing it; `recalled` and `facts` are what its words
    quote, so that they go when those are forgotten."""

    text: str
    pending: Pending = field(default_factory=dict)
    recalled: Sequence[Hit] = ()
    facts: Sequence[Fact] = ()


Deed = Callable[[Message], Said]
"""Does something, given the message that asked for it, which is on the disk by then. Raises ZhijiError."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A message to answer: what was read of it and what it wants, the talk before it, and what is known. Without `hands` nothing
    may be changed, and without `recalls` nothing that is remembered may be told."""

    reading: Reading
    user: str
    before: Sequence[Message]
    facts: Sequence[Fact]
    memories: Memories
    recalls: bool = True
    remembers: bool = True
    """Whether the message is remembered, if it tells something."""
    hands: Hands | None = None
    leave_out: Collection[str] = ()
    """Messages whose memories are not to be told."""
    greets: bool = False
    """Whether the model answers greetings and thanks itself."""

    @property
    def text(self) -> str:
        return self.reading.text

    @property
    def language(self) -> Language:
        return self.reading.language


@dataclass(frozen=True, slots=True)
class Answer:
    """`text` is ready, or `deed` makes it. `recalled` and `facts` are what it was made of, shown under the reply."""

    text: str = ""
    deed: Deed | None = None
    recalled: Sequence[Hit] = ()
    facts: Sequence[Fact] = ()
