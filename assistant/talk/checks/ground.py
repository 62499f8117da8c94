"""What a reply may build on, and what is wrong with a sentence of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from assistant.talk.checks.patterns import either
from assistant.talk.checks.sentences import sentences_of
from assistant.talk.checks.support import Support
from assistant.talk.checks.text import FILLERS, bare, comparable, latin_words
from memory.language.stemming import words
from memory.language.text import CJK
from prompts.types import ChatMessage, Language

Kind = Literal["echo", "first_person", "language", "unsupported", "placeholder", "prompt_leak", "promise", "repeated"]
MAX_TEXT_CHARS = 4_000
"""So much of each text is read: a longer message is mostly pasted text."""

MAX_ECHOED_CHARS = 2_000
"""So much of a message a reply may give back."""
MIN_PIECE_WORDS, MIN_PIECE_SIGNS = 5, 8
"""A shorter piece of the prompt may be said by chance."""


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason` says what is wrong without private text; `detail` is the words at fault."""

    kind: Kind
    reason: str
    detail: str


@dataclass(frozen=True)
class Ground:
    """What the model was given for one reply.

    `before` is the talk so far, oldest first; `notes` and `facts` as they stand in the prompt, notes with their dates; `user`
    is the person's name; `act` what the message wants ("ask", "tell", "write", "world" …). `prompt_texts` are the instructions
    of the prompt, which must not be repeated. Without `today` no relative time ("last week") is checked.
    """

    message: str
    before: Sequence[ChatMessage] = ()
    notes: Sequence[str] = ()
    facts: Sequence[str] = ()
    language: Language = "en"
    user: str = ""
    act: str = ""
    prompt_texts: Sequence[str] = ()
    today: date | None = None

    @cached_property
    def of_user(self) -> tuple[str, ...]:
        """What the user said, and what is known of them."""
        said = [one.content for one in self.before if one.role == "user"]
        return tuple(text[:MAX_TEXT_CHARS] for text in (self.message, *said, *self.notes, *self.facts))

    @cached_property
    def everything(self) -> tuple[str, ...]:
        """All that supports a claim: what the assistant said before and the prompt's own texts too."""
        said = [one.content for one in self.before if one.role != "user"]
        return (*self.of_user, *(text[:MAX_TEXT_CHARS] for text in (*said, *self.prompt_texts)), self.user)

    @cached_property
    def user_words(self) -> frozenset[str]:
        """The stems of the English content words in `of_user`."""
        return frozenset(stem for text in self.of_user for stem in words(latin_words(text)))

    @cached_property
    def user_signs(self) -> str:
        """`of_user` without punctuation and FILLERS, for Chinese, a line each."""
        return "\n".join(FILLERS.sub("", bare(text)) for text in self.of_user)

    @cached_property
    def repeat_asked(self) -> bool:
        """Whether the message asks for its own words: "repeat", "translate", "correct"."""
        return self.writes or self.act == "rework" or either("repeat_asked", self.message)

    @cached_property
    def message_sentences(self) -> tuple[str, ...]:
        """The message and each of its sentences."""
        return (self.message, *sentences_of(self.message[:MAX_ECHOED_CHARS]))

    @cached_property
    def other_language_asked(self) -> bool:
        """Whether words of another language are wanted, by the message, one shortly before, or a fact."""
        said = [one.content for one in self.before if one.role == "user"][-2:]
        return self.act == "translate" or any(
            either("other_language_asked", text) for text in (self.message, *said, *self.facts)
        )

    @cached_property
    def prompt_pieces(self) -> tuple[str, ...]:
        """The sentences of `prompt_texts` that are long enough to be known again, and are not the user's, as `comparable`."""
        said = comparable(self.message)
        pieces = [comparable(one) for text in self.prompt_texts for one in sentences_of(text)]
        return tuple(one for one in pieces if _long_enough(one) and one not in said)

    @cached_property
    def support(self) -> Support:
        """What `everything` says of numbers, dates and names."""
        return Support(self.everything, self.of_user, self.language, self.today)

    @cached_property
    def writes(self) -> bool:
        """Whether the reply is a text in another's voice."""
        return self.act in ("write", "translate")


def _long_enough(piece: str) -> bool:
    return len(piece) >= MIN_PIECE_SIGNS if CJK.search(piece) else piece.count(" ") + 1 >= MIN_PIECE_WORDS
