"""What a chat model is asked when it is to note facts about its user: to propose some, and whether one is right."""

from memory.facts import vocabulary
from memory.types import Fact
from prompts.templates import dialogue, render
from prompts.types import ChatMessage, Language

_KEYS = ", ".join(key for key in vocabulary.KEYS if key != "style")


def ask(message: str, language: Language) -> tuple[ChatMessage, ...]:
    """Which facts `message` states, to be answered in the form that `memory.facts.proposals` reads."""
    system = ChatMessage("system", render("propose", language, keys=_KEYS))
    return (system, *dialogue("proposed", language), ChatMessage("user", message))


def check(fact: Fact, language: Language) -> tuple[ChatMessage, ...]:
    """Whether a fact's quote states it, to be answered with one word; `agrees` reads it."""
    question = render("check", language, quote=fact.quote, fact=vocabulary.word(fact, language))
    return (ChatMessage("user", question),)


def agrees(answer: str) -> bool:
    return answer.strip(' \n*"“').casefold().startswith(("yes", "是"))
