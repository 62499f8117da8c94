"""What a person, or somebody at their table, must not or does not want to get, checked before a reply is shown.

facts, memories ── limits_of ── at_the_table(request) ── conflicts(sentence) ── warning, left_out
"""

from assistant.talk.constraints.checks import conflicts
from assistant.talk.constraints.reading import limits_in, limits_of
from assistant.talk.constraints.table import at_the_table, concerns
from assistant.talk.constraints.types import Conflict, Limit
from assistant.talk.constraints.wording import left_out, sentences, warning

__all__ = [
    "Conflict",
    "Limit",
    "at_the_table",
    "concerns",
    "conflicts",
    "left_out",
    "limits_in",
    "limits_of",
    "sentences",
    "warning",
]
