"""Reminders in a chat: set, listed, changed, and a time that is asked for from one message to the next."""

import re
from collections.abc import Sequence

from assistant.talk import follow_ups
from assistant.talk.answer import Answer, Asked, Hands, Said
from assistant.talk.reminder_changes import is_command
from assistant.talk.reminder_replies import completed, set_from_message
from assistant.talk.reminding import asks_loosely, is_set_loosely, read_reminder, times_in
from assistant.talk.texts import say
from memory.language.lexicon import joined
from memory.language.reading import Reading
from memory.types import Message

_HOURLY = re.compile(
    r"\b(?:every|each)\s+(?:\w+\s+)?(?:hours?|minutes?|min|hrs?)\b|\bhourly\b|每隔?[一二两三四五六七八九十半几\d]*个?(?:小时|钟头|分钟)"
)
"""A clock that rings by the hour needs a program that always runs (`memory.language.times.recurrence`)."""
_ALSO = re.compile(r"^\W*(?:(?:and|also|plus|again|too)\b[\s,]*)+|^\W*(?:还有|另外|再|也)+[，,]?", re.I)
REMIND = "remind"
"""The name of what is pending: a reminder that lacks its time, or what it is of."""


def is_about_reminders(reading: Reading, before: Sequence[Message], waits: bool) -> bool:
    """Whether a message sets or asks for reminders, or answers a question about one."""
    if is_command(reading.text, reading.language, reading.at, ()):
        return True
    earlier = _earlier(before, reading) if waits else ""
    return bool(earlier and completed(earlier, reading.text, reading.language, reading.at))


def asks_in_other_words(reading: Reading, *, timeless: bool) -> bool:
    """Whether a message that the classifier takes for one of reminders may be: it speaks of them and tells of none. Unless it may
    be `timeless`, it has to name a time, or a reminder."""
    named = timeless or bool(joined("talk_reminder").search(reading.text))
    named = named or next(times_in(reading.text, reading.language, reading.at), None) is not None
    return named and asks_loosely(reading.text, reading.language)


def goes_on(reading: Reading, before: Sequence[Message]) -> bool:
    """Whether a message asks for one reminder more: "And again on 3 December, to wrap the present."."""
    if "?" in reading.text or "？" in reading.text or not follow_ups.goes_on(reading.text, before, "remind"):
        return False
    return next(times_in(reading.text, reading.language, reading.at), None) is not None


def remind(asked: Asked, waits: bool) -> Answer | None:
    hands = asked.hands
    return None if hands is None else Answer(deed=lambda said: _do(asked, hands, waits, said))


def _do(asked: Asked, hands: Hands, waits: bool, said: Message) -> Said:
    if _HOURLY.search(asked.text):
        return Said(say("remind_hourly", asked.language))
    earlier = _earlier(asked.before, asked.reading) if waits else ""
    text = set_from_message(asked.text, asked.language, asked.reading.at, hands.reminders, earlier=earlier)
    more = goes_on(asked.reading, asked.before)
    if text is None and (more or is_set_loosely(asked.text, asked.language)):
        wish = _ALSO.sub("", asked.text) if more else asked.text
        text = set_from_message(
            _in_so_many_words(asked.reading, wish), asked.language, asked.reading.at, hands.reminders
        )
    if text is None:
        return Said(say("remind_how", asked.language))
    return Said(text, {REMIND: [said.id]} if text.rstrip().endswith(("?", "？")) else {})


def _in_so_many_words(reading: Reading, text: str) -> str:
    """ "alarm for a quarter to five" as the patterns hear it."""
    return ("提醒我" if reading.language == "zh" else "remind me: ") + text


def _earlier(before: Sequence[Message], reading: Reading) -> str:
    """What was asked about, as it was read then."""
    text = next((message.text for message in reversed(before) if message.role == "user"), "")
    heard = not text or read_reminder(text, reading.language, reading.at)
    return text if heard or not is_set_loosely(text, reading.language) else _in_so_many_words(reading, text)
