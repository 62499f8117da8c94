"""Build a prompt that fits: what is known goes in by worth, and what had to stay out is reported.

The order follows the model's prefix cache, stable parts first:

    system      persona, rules, today's date, facts of the profile
    examples    when nothing at all is known and users ask about themselves: an exchange that shows how to admit not
                knowing. It takes a 0.5B model from 0 to 6 of 8 such admissions; beside notes, facts or a history it
                does harm, and so it does for any other message (docs/findings.md)
    history     the conversation so far, oldest first
    user        facts of a large profile that concern this message, what was recalled for it, dated and quoted as data,
                then the message itself; a question of the user about themselves ends with a hint to answer with "you",
                or small models answer "my dog"

When it does not all fit, what goes first is the oldest of the history, then the examples, then the least relevant of
what was recalled, then the facts that concern the message, then those of least worth. The persona, the rules
and the message itself always stay; if even they do not fit, PromptTooLong says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from memory.conversations import ASSISTANT_SPEAKER
from memory.errors import PromptTooLong
from memory.facts import vocabulary
from memory.language.text import visible
from memory.types import Fact, Hit, Memory
from prompts.excerpt import excerpt
from prompts.templates import dialogue, render
from prompts.types import ChatMessage, CountTokens, Language, Prompt
from prompts.wording import asks_about_self, dated, long_date, short_date, speaker_name

MAX_NOTE_CHARS = 500
"""Of a longer memory the part that the message asks about is shown: one text cannot crowd out the others."""


@dataclass(frozen=True, slots=True)
class Material:
    """All that could go into a prompt: facts and hits best first, history oldest first; `manner` says how the user
    writes."""

    message: str
    language: Language
    today: date
    user: str
    history: Sequence[ChatMessage] = ()
    recalled: Sequence[Hit] = ()
    facts: Sequence[Fact] = ()
    relevant: Sequence[Fact] = ()
    """Facts beside those, for this message only."""
    limits: Sequence[str] = ()
    """What must be kept to in this reply, in sentences."""
    wants: str = ""
    """What kind of reply is wanted, where small models go wrong: "suggest", "write"; "" for any other."""
    manner: str = ""
    hint: str = ""
    """What the message ends with in the place of the usual hint."""
    form: str = ""
    """How long the reply is to be, or what list; the last line."""
    persona: str = ""
    """Who the assistant is to be, in the user's words; "" is Zhiji as it is."""
    instructions: str = ""
    """What the user wants heeded in every answer."""
    zone: tzinfo | None = None
    """Where the user is, for dates; `None` is where this machine is."""
    shown: Sequence[ChatMessage] = ()
    """Example exchanges; `build` puts them in."""


def build(material: Material, count: CountTokens, max_tokens: int) -> Prompt:
    """The prompt of at most `max_tokens` by the model's own count. Raises PromptTooLong."""
    history = alternate(material.history)
    known = material.recalled or material.facts or material.relevant or history
    shown = dialogue("examples", material.language) if asks_about_self(material.message) and not known else ()
    kept = replace(material, history=history, shown=shown)
    tokens = count(_messages(kept))
    while tokens > max_tokens:
        kept = _drop(kept, tokens - max_tokens, tokens, max_tokens)
        tokens = count(_messages(kept))
    return Prompt(
        messages=_messages(kept),
        tokens=tokens,
        recalled=tuple(kept.recalled),
        facts=(*kept.facts, *kept.relevant),
        dropped_history=len(history) - len(kept.history),
        dropped_recalled=len(material.recalled) - len(kept.recalled),
        dropped_facts=len(material.facts) + len(material.relevant) - len(kept.facts) - len(kept.relevant),
    )


def prefix(material: Material, count: CountTokens, max_tokens: int) -> tuple[ChatMessage, ...]:
    """What the next prompt will begin with: everything before the message. Raises PromptTooLong."""
    return build(replace(material, message="", recalled=(), relevant=()), count, max_tokens).messages  # "" is left out


def with_hint(messages: Sequence[ChatMessage], hint: str) -> Sequence[ChatMessage]:
    """The same prompt with one more line at its end, "" for none: how to do better at a second try."""
    return [*messages[:-1], replace(messages[-1], content=f"{messages[-1].content}\n{hint}")] if hint else messages


def alternate(history: Sequence[ChatMessage]) -> tuple[ChatMessage, ...]:
    """`history` as user and assistant in turns, as many chat templates demand.

    Neighbours of one role become one message; an empty message, or a reply before any question, is left out.
    """
    merged: list[ChatMessage] = []
    for message in history:
        if not message.content:
            continue
        if merged and merged[-1].role == message.role:
            merged[-1] = replace(merged[-1], content=f"{merged[-1].content}\n\n{message.content}")
        elif merged or message.role == "user":
            merged.append(message)
    return tuple(merged)


def _drop(material: Material, excess: int, tokens: int, max_tokens: int) -> Material:
    """Take away the least worthy part; of a long history as much at once as the excess is of the whole."""
    if material.history:
        share = max(1, len(material.history) * excess // tokens)
        return replace(material, history=material.history[share + share % 2 :])
    if material.shown:
        return replace(material, shown=())
    if material.recalled:
        return replace(material, recalled=material.recalled[:-1])
    if material.relevant:
        return replace(material, relevant=material.relevant[:-1])
    if material.facts:
        return replace(material, facts=material.facts[:-1])
    raise PromptTooLong(
        f"The message needs {tokens:,} tokens with the instructions, and the model can take {max_tokens:,}. "
        "Shorten the message, or choose a model with a longer context."
    )


def _messages(material: Material) -> tuple[ChatMessage, ...]:
    system = render(
        "system",
        material.language,
        today=long_date(material.today, material.language),
        facts=[vocabulary.word(fact, material.language) for fact in material.facts],
        manner=material.manner,
        persona=material.persona,
        instructions=material.instructions,
    )
    said = (*material.shown, *material.history, ChatMessage("user", _question(material)))
    told = (ChatMessage("system", system), *alternate(said))
    return tuple(ChatMessage(message.role, visible(message.content)) for message in told)


def _question(material: Material) -> str:
    parts = [material.message]
    if material.recalled:
        parts.insert(0, render("recalled", material.language, notes=_notes(material)))
    if material.relevant or material.limits:
        worded = [*material.limits, *(vocabulary.word(fact, material.language) for fact in material.relevant)]
        parts.insert(0, render("relevant", material.language, facts=worded))
    return "\n\n".join(parts) + _hint(material) + (f"\n{material.form}" if material.form and material.message else "")


def _hint(material: Material) -> str:
    """How to answer from what was recalled, where small models go wrong."""
    if material.hint:
        return "\n" + material.hint
    if material.wants:
        return "\n" + render(material.wants, material.language)
    if not material.recalled:
        return ""
    if person := _not_told_of(material.recalled):
        return "\n" + render("doubt", material.language, person=person)
    return "\n" + render("hint", material.language) if asks_about_self(material.message) else ""


def _not_told_of(recalled: Sequence[Hit]) -> str | None:
    """Who is asked about, if the first note is of somebody else. A note that is nothing but the question which another is
    told with does not count."""
    quoted = {hit.asked for hit in recalled}
    return next((hit.not_by for hit in recalled if hit.memory.text not in quoted), recalled[0].not_by)


def _notes(material: Material) -> list[dict[str, str]]:
    return [
        {
            "date": short_date(hit.memory.occurred_at, material.language, material.zone),
            "speaker": _quoted(speaker_name(hit.memory, material.user, ASSISTANT_SPEAKER, material.language)),
            "asked": _quoted(hit.asked or ""),
            "text": _text(hit.memory, material),
        }
        for hit in material.recalled
    ]


def _text(memory: Memory, material: Material) -> str:
    """A document was written at another time than it was added."""
    text = _quoted(excerpt(memory.text, material.message, MAX_NOTE_CHARS))
    return text if memory.kind == "document" else dated(text, memory.occurred_at, material.zone)


def _quoted(text: str) -> str:
    """One line of bounded length that cannot close the quotation or the block it stands in."""
    line = " ".join(text.split()).replace("<", "‹").replace(">", "›").replace('"', "'").replace("”", "’")
    return line if len(line) <= MAX_NOTE_CHARS else line[: MAX_NOTE_CHARS - 1] + "…"
