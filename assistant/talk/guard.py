"""Between the model and a person: sentences come out as they are judged, the others are held.

    pieces ── Gate (talk/checks) ── conflicts (talk/constraints) ── shown
                 └─ a fault before anything was shown: once more, with the reason; later, or again: left out

What is shown is never taken back. A reply of which nothing could be shown falls back on what code can say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.talk.checks.faults import repair_hint
from assistant.talk.checks.gate import Gate, Held, Judged
from assistant.talk.checks.ground import Ground
from assistant.talk.constraints import Conflict, Limit, conflicts, left_out
from assistant.talk.second_person import spoken_to
from memory.language.lexicon import joined
from prompts.types import Language

_ABOUT_USER = frozenset({"ask", "tell", "follow_up", "suggest", "correct", "remember"})
"""Acts whose reply speaks of the person; elsewhere "the user" may be anybody's."""


@dataclass
class Guard:
    """Of one try at a reply. `hint` is what the model is to be told for a second one, "" so far; `kinds` are the faults found."""

    ground: Ground
    limits: Sequence[Limit] = ()
    instead: str = ""
    """What is told in the place of a reply that begins by not knowing."""
    declined: bool = False
    hint: str = ""
    kinds: list[str] = field(default_factory=list)
    broken: list[Conflict] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._gate = Gate(self.ground)
        self._begun = False

    @property
    def shown(self) -> str:
        return self._gate.shown

    def feed(self, piece: str) -> Iterator[str]:
        """The sentences that may be shown."""
        yield from self._passed(self._gate.feed(piece))

    def end(self) -> Iterator[str]:
        yield from self._passed(self._gate.end())

    @property
    def language(self) -> Language:
        return self.ground.language

    def why_left_out(self) -> str:
        """A line that says what was left out for a limit, or ""."""
        return left_out(self.broken, self.language) if self.broken else ""

    def _passed(self, judged: Sequence[Judged]) -> Iterator[str]:
        for one in judged:
            if self.instead and not self.declined and not self._begun and joined("talk_declines").search(one.text):
                self.declined = True
            if self.declined:
                continue
            if isinstance(one, Held):
                self.kinds.append(one.fault.kind)
                self.hint = self.hint or repair_hint(one.fault, self.language)
                continue
            found = conflicts(one.text, self.limits, self.language) if self.limits else ()
            if found:
                self.kinds.append("constraint")
                self.broken += found
                self.hint = self.hint or left_out(found, self.language)
                continue
            self._begun = True
            about_user = self.ground.act in _ABOUT_USER
            yield spoken_to(one.text, self.ground.message, self.language) if about_user else one.text
