"""The one question that is asked of each sentence of a reply: what is wrong with it, if anything.

Does not judge whether a statement about the world is true, nor style. A sentence that is held back without need costs a second
try and makes the reply poorer, so each check is made to miss rather than to cry wolf.
"""

from assistant.talk.checks.ground import Fault, Ground
from assistant.talk.checks.patterns import patterns
from assistant.talk.checks.sentences import FENCE
from assistant.talk.checks.text import bare, in_code
from assistant.talk.checks.unsupported import unsupported
from assistant.talk.checks.voice import echo, first_person, other_language
from assistant.talk.checks.written import placeholder, promise, prompt_leak, repeated
from prompts.types import Language

__all__ = ["Fault", "Ground", "fault_of", "repair_hint"]


def fault_of(sentence: str, ground: Ground, earlier: str) -> Fault | None:
    """What is wrong with a sentence of a reply, `None` if nothing; `earlier` is the reply before it, as it was shown.

    Code is not judged."""
    if in_code(earlier) or sentence.lstrip().startswith(FENCE) or not bare(sentence):
        return prompt_leak(sentence, ground) if "<" in sentence and not in_code(earlier) else None
    return (
        prompt_leak(sentence, ground)
        or placeholder(sentence, ground)
        or other_language(sentence, ground, earlier)
        or echo(sentence, ground)
        or promise(sentence, ground)
        or first_person(sentence, ground, earlier)
        or repeated(sentence, ground, earlier)
        or unsupported(sentence, ground, earlier)
    )


def repair_hint(fault: Fault, language: Language) -> str:
    """One line for the prompt of a second try. It does not name the words at fault: small models say what they are told to
    avoid (docs/findings.md)."""
    return patterns(language).tables["hints"][fault.kind]
