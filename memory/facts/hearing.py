"""What a message says of people, by rules. Another way to read it takes this one's place where a Reading is made."""

from memory.facts.choices import chosen
from memory.language.extraction import extract, is_fit
from memory.language.reading import Heard


def hear(text: str, answers: str = "") -> Heard:
    """The claims of a message that may enter the profile: by picking one of the options in `answers`, the message that it
    replies to, or else by what it states."""
    picked = chosen(text, answers) if answers else ()
    if picked:
        return Heard(tuple(claim for claim in picked if is_fit(claim)), chosen=True)
    return Heard(tuple(extract(text)))
