"""What a message wants of the assistant, as far as a few words say it for certain; what they do not say is `None`.

A command counts only at the beginning of a sentence of the person's own: in a quotation, in code, in a text to be translated
or in a story it is somebody else's.
"""

import re
from typing import Literal

from memory.language.lexicon import finds, joined
from memory.language.text import is_question

Act = Literal[
    "forget", "private", "undo", "remember", "correct", "about_me", "summary", "provenance", "who", "clock", "remind", "sum",
    "follow_up", "rework", "ask", "tell", "suggest", "write", "world", "small_talk",
]  # fmt: skip
"""`private`: not to be remembered; `ask`: about what the person may have told; `tell`: a statement to be noted;
`rework`: the last reply in another form."""

MAX_CHARS = 600
"""A longer message is mostly a story or a pasted text, which commands nothing."""

_QUOTED = re.compile(r"\"[^\"\n]*\"|“[^”\n]*”|「[^」\n]*」|『[^』\n]*』|‘[^’\n]{3,}’|```.*?(?:```|$)|`[^`\n]*`", re.S)
_OTHERS = re.compile(r"^\s*(?:[>|*•]|[-–]\s).*$|(?<!\w)'[^'\n]{3,200}'(?!\w)", re.M)
"""Lines that are quoted or listed, and what stands between single quotes."""
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]*")
_BY_NAME: tuple[tuple[Act, str], ...] = (
    ("undo", "act_undo"),
    ("tell", "act_keep"),
    ("forget", "act_forget"),
    ("write", "act_write"),
    ("remember", "act_remember"),
    ("correct", "act_correct"),
    ("who", "act_who"),
    ("summary", "act_summary"),
    ("provenance", "act_provenance"),
    ("about_me", "act_about_me"),
    ("small_talk", "talk_mood"),
    ("small_talk", "talk_greets"),
    ("small_talk", "talk_thanks"),
    ("small_talk", "talk_night"),
)
"""Tried in this order."""


def act_of(text: str, *, private: bool = False) -> Act | None:
    """The act of a message that asks not to be remembered (`private`), or whose words say it."""
    if len(text) > MAX_CHARS:
        return "private" if private else None
    own = own_words(text)
    if is_task(text):
        return None
    if is_unmeant(text):
        return "private" if private else None
    if finds("act_clock", own):
        return "clock"
    parts = sentences(own)
    found = next((act for act, name in _BY_NAME if any(finds(name, one) for one in parts)), None)
    if found == "remember" and is_question(own):
        found = None
    if private and found not in ("forget", "undo"):
        return "private"
    return found


def own_words(text: str) -> str:
    """A message without what it quotes, lists or has pasted in after a line that announces it."""
    own = _OTHERS.sub("“”", _QUOTED.sub("“”", text))
    return own.split(":\n")[0]


def command(text: str, name: str) -> str:
    """The sentences of a message that are a command, found by the pattern of that name, joined; "" if none is."""
    return (
        " ".join(one for one in sentences(own_words(text[:MAX_CHARS])) if finds(name, one))
        if not is_unmeant(text)
        else ""
    )


def is_only(text: str, name: str = "") -> bool:
    """Whether a message is one sentence of its speaker's own that asks nothing, and a command of that name if one is given. Only
    such a one leaves no doubt: "Tom wrote me. Forget what I said about Ana. Bye." may be Tom's."""
    own = own_words(text[:MAX_CHARS])
    parts = sentences(own)
    if len(parts) != 1 or "“”" in own or parts[0].endswith(("?", "？")):
        return False
    return not name or bool(joined(name).search(parts[0]))


def is_task(text: str) -> bool:
    """Whether a message has a text of somebody's to be worked on, or plays a part: what it says commands nothing."""
    return bool(joined("task").search(text))


def is_unmeant(text: str) -> bool:
    """Whether what sounds like a command is none: an order that is told of or asked back, a rhyme, a father's "I am your dad"."""
    return len(text) <= MAX_CHARS and finds("talk_unmeant", own_words(text))


def is_yes(text: str) -> bool:
    """Whether a short message agrees to what was proposed and says nothing else: "yes, but keep part 3" does not."""
    return len(text) <= MAX_CHARS and finds("talk_yes", text)


def is_no(text: str) -> bool:
    """Whether a short message refuses what was proposed and says nothing else: "no, delete them all" does not."""
    return len(text) <= MAX_CHARS and finds("talk_no", text)


def says_it_corrects(text: str) -> bool:
    """Whether a correction is one by more than a "no" at its beginning."""
    return len(text) <= MAX_CHARS and bool(joined("talk_corrects").search(text))


def means_everything(text: str) -> bool:
    """Whether a command to forget is of all there is."""
    return bool(joined("talk_everything").search(_QUOTED.sub("“”", text)))


def sentences(text: str) -> list[str]:
    """In the order of the text, each with its mark."""
    return [one.strip() for one in _SENTENCE.findall(text) if one.strip()]
