"""Whether a message changes a reminder: "done with the landlord one", "move the goggles to Thursday", 取消倒垃圾的提醒.

Which one is meant is told by the words that only its text has, or "it" by which was shown last. A message that names no reminder
that there is, and does not speak of reminders, changes nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from assistant.talk.reminding import MARK, MOST_CHARS, Language, Masked, calm, lexicon, masked, read_reminder, sentences
from memory.language.stemming import words
from memory.language.times import coming_chinese, coming_english
from memory.language.times.to_come import Clock, Piece, merged, settle
from memory.reminders import Reminder

Act = Literal["done", "snooze", "move", "delete", "delete all"]
_ACTS: Mapping[str, Act] = {
    "change_delete": "delete",
    "change_snooze": "snooze",
    "change_move": "move",
    "change_done": "done",
}
"""What the patterns of each change stand for, in the order in which they are tried."""
_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """`reminder` is the one that is meant; if `None`, `which` are those that it may be: several, or none at all. `at` is when it
    is to come (aware); `None` of a snooze or a move asks for it. `past`: the time named is over."""

    act: Act
    reminder: Reminder | None = None
    which: tuple[Reminder, ...] = ()
    at: datetime | None = None
    past: bool = False


def asks_for_reminders(text: str, language: Language) -> bool:
    """Whether a message asks which reminders there are."""
    return len(text) <= MOST_CHARS and bool(lexicon(language)["reminders_asked"].match(calm(text)))


def read_change(text: str, language: Language, now: datetime, open_reminders: Sequence[Reminder]) -> Change | None:
    """What a message changes about one of these reminders, seen from `now` (aware); `None` if nothing."""
    if len(text) > MOST_CHARS or len(sentences(text)) > 2 or "\n" in text.strip():
        return None
    there, patterns = masked(text, language, now), lexicon(language)
    for name, act in _ACTS.items():
        match = patterns[name].match(there.text)
        if match is None:
            continue
        change = _changed(act, match, there, language, now, open_reminders)
        if change is not None:
            return change
    return None


def _changed(
    act: Act, match: re.Match[str], there: Masked, language: Language, now: datetime, open_reminders: Sequence[Reminder]
) -> Change | None:
    said = {name: value for name, value in match.groupdict().items() if value is not None}
    if said.get("all"):
        return Change("delete all", which=tuple(open_reminders))
    named = next((said[name] for name in ("which", "which_2", "which_3", "which_4", "which_5") if said.get(name)), "")
    speaks_of_one = bool(re.search(r"\b(?:reminders?|alarms?|remind(?:ing)?)\b|提醒|闹钟|snooze", there.text, re.I))
    found = _meant(named, language, open_reminders, certain=speaks_of_one, whole=act == "delete")
    if found is None or (not found and not speaks_of_one):
        return None
    if len(found) != 1:
        return Change(act, which=tuple(found))
    at, past = _when(act, said, there, language, now, found[0])
    if act == "done" and MARK in there.text:
        return None
    return Change(act, found[0], at=at, past=past)


def _meant(
    named: str, language: Language, open_reminders: Sequence[Reminder], *, certain: bool, whole: bool
) -> Sequence[Reminder] | None:
    """Those that the words fit best; "it" is the one that waits, or the only one there is. `None`: no reminder is
    meant. Unless it is `certain` that one is, half of the words have to fit, or the `whole` of them."""
    patterns = lexicon(language)
    if patterns["change_it"].match(named.strip().lower()):
        waiting = [each for each in open_reminders if each.waits]
        if waiting:
            return [max(waiting, key=lambda each: each.at)]
        return list(open_reminders) if certain or (len(open_reminders) == 1 and named) else None
    wanted = set(words(patterns["change_noise"].sub(" ", named)))
    shared = {each.id: len(wanted & set(words(each.text))) for each in open_reminders}
    if language == "zh":
        plain = patterns["change_noise"].sub("", named)
        shared = {each.id: shared[each.id] + 2 * (bool(plain) and plain in each.text) for each in open_reminders}
    best = max(shared.values(), default=0)
    if not best:
        return [] if certain else None
    if not certain and best * 2 < len(wanted) * (
        1 + whole
    ):  # "I'm done with the long report on ferns" is about no reminder of ferns
        return None
    return [each for each in open_reminders if shared[each.id] == best]


def _when(
    act: Act, said: dict[str, str], there: Masked, language: Language, now: datetime, reminder: Reminder
) -> tuple[datetime | None, bool]:
    """When it is to come, and whether that is over."""
    if act not in ("snooze", "move"):
        return None, False
    words_of_time = next((said[name] for name in ("time", "time_2", "time_3") if said.get(name)), "")
    if words_of_time == MARK:
        coming = settle(_in_its_place(there.times[-1], reminder, moved=act == "move"), now)
        return coming.at, coming.past
    if not words_of_time or words_of_time.lower() == "later" or words_of_time.startswith("一会"):
        return (now + _AN_HOUR if act == "snooze" else None), False
    local = now.replace(tzinfo=None)
    reads = coming_chinese.amount if language == "zh" else coming_english.amount
    try:
        at, _ = reads(words_of_time, local)
    except (ValueError, OverflowError):
        return None, False
    postponed = at - local
    begin = max(now, reminder.at) if re.search(r"postpone|delay|push|put|推|延", there.text, re.I) else now
    return (begin + postponed).astimezone(now.tzinfo), False


def _in_its_place(some: Sequence[Piece], reminder: Reminder, *, moved: bool) -> Sequence[Piece]:
    """What a time leaves open stays as it was: the hour of "to Thursday", the day of "to 5 pm"."""
    said = merged(some)
    if not moved or said.moment or said.rule:
        return some
    if said.day and not said.clock and not said.part:
        return [*some, Piece(0, 0, clock=Clock(reminder.at.hour, reminder.at.minute, sure=True))]
    if said.clock and not said.day:
        return [*some, Piece(0, 0, day=reminder.at.date())]
    return some


def is_command(text: str, language: Language, now: datetime, open_reminders: Sequence[Reminder]) -> bool:
    """Whether a message sets, changes or asks for reminders."""
    return bool(
        asks_for_reminders(text, language)
        or read_reminder(text, language, now)
        or read_change(text, language, now, open_reminders)
    )
