"""What a message states, beside what it asks or wants done."""

from memory.language.extraction import own_statements
from memory.language.lexicon import joined


def stated(text: str) -> str:
    """The parts of a message that state something: without its questions, requests and greetings."""
    parts = [part.strip() for part in own_statements(text) if len(part.strip()) > 5]
    kept = [part for part in parts if not joined("question").search(part) and not joined("talk_request").search(part)]
    return " ".join(kept)
