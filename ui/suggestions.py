"""What a person might ask first, from what is known of them; for one nobody knows yet, how to begin."""

from collections.abc import Sequence

from memory.types import Fact
from prompts.types import Language
from ui import texts

NUMBER = 4
MAX_CHARS = 40
KEYS = ("diet", "allergies", "goals", "plans", "interests", "likes", "pets", "studies", "job", "skills", "home")
"""The keys a question is made from, the liveliest first."""


def suggestions(facts: Sequence[Fact], language: Language) -> list[str]:
    """At most four, each from another key of the user's own, of the fact of it that came last."""
    mine = {fact.key: fact.value for fact in facts if fact.subject == "user" and fact.polarity > 0}
    keys = [key for key in KEYS if key in mine and len(mine[key]) <= MAX_CHARS]
    if "diet" in keys and "allergies" in keys:
        keys.remove("allergies")  # one question about dinner is enough
    if not keys:
        return [texts.of(language, f"begin_{number}") for number in range(1, NUMBER + 1)]
    return [texts.of(language, f"suggest_{key}", value=mine[key]) for key in keys[:NUMBER]]
