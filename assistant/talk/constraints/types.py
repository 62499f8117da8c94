"""A limit on what a person may get, and what runs into it."""

from dataclasses import dataclass
from typing import Literal

from memory.language.reading import Language

__all__ = ["Conflict", "How", "Kind", "Language", "Limit"]

Kind = Literal["allergy", "diet", "dislike", "health", "budget", "date"]

How = Literal["named", "is", "has", "over", "on"]
"""The word names the limit; is one of its kind; usually contains it; an amount over a budget; a day that does not suit."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What `whose` (`None`: the user; else "son", "Anna") must not or does not want to get.

    `value` is as it was said ("shellfish", "vegan", "50 EUR", "Tuesday"), `quote` the words it comes from and `source_id` the
    fact or memory, `called` how the profile names the person ("sister Ana"). `against` quotes what was said against it later, if
    an allergy stayed because it is the stricter.
    """

    whose: str | None
    kind: Kind
    value: str
    quote: str
    source_id: str
    against: str = ""
    called: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """`word` at `start:end` of the text runs into `limit`; `why` is the id of what it is or has ("crustaceans"), or the limit's
    own value."""

    limit: Limit
    word: str
    why: str
    start: int
    end: int
    how: How = "named"
