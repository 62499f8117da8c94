"""What a message claims: the value that every way of reading a message comes to."""

import re
from dataclasses import dataclass
from typing import NamedTuple

USER = "user"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a sentence says of `subject` (USER, or a person: "sister", "Anna").

    `quote` is a part of the message. `polarity` is -1 for what is disliked or avoided. `strength` in [0, 1] is how
    strongly a taste is put. `ends` says that it no longer holds; `instead_of` is the value that it corrects; `beside` that
    it may be one part of what is known ("third floor", of a home) and takes the place of nothing; `renews` that
    it takes the place of what was said of the same matter ("the rent is 1,200 now"). `before` are the words before it in the
    message, where the subject is a pronoun.
    """

    key: str
    value: str
    quote: str
    subject: str = USER
    polarity: int = 1
    strength: float = 0.5
    confidence: float = 0.9
    ends: bool = False
    instead_of: str | None = None
    beside: bool = False
    renews: bool = False
    before: str = ""


class Predicate(NamedTuple):
    """A way of saying something of somebody; the value is its group `x`. `split`: a list of things is several claims;
    `eaten`: what ends may have been eaten, and is disliked then."""

    key: str
    pattern: re.Pattern[str]
    polarity: int = 1
    strength: float = 0.5
    split: bool = True
    eaten: bool = False
