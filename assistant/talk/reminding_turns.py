"""Reminders in a chat: set, listed, changed, and a time that is asked for from one message to the next."""

import re
from collections.abc import Sequence

from assistant.talk.answer import Answer, Asked, Hands, Said
from assistant.talk.reminder_changes import is_command
from assistant.talk.reminder_replies import completed, set_from_message
from assistant.talk.reminding import times_in
from assistant.talk.texts import say
from memory.language.reading import Reading
from memory.types import Message

_HOURLY = re.compile(
    r"\b(?:every|each)\s+(?:\w+\s+)?(?:hours?|minutes?|min|hrs?)\b|\bhourly\b|每隔?[一二两三四五六七八九十半几\d]*个?(?:小时|钟头|分钟)"
)
"""A clock that rings by the hour needs a program that always runs (`memory.language.times.recurrence`)."""
REMIND = "remind"
"""The name of what is pending: a reminder that lacks its time, or what it is of."""


def is_about_reminders(reading: Reading, before: Sequence[Message], waits: bool) -> bool:
    """Whether a message sets or asks for reminders, or answers a question about one."""
    if is_command(reading.text, reading.language, reading.at, ()):
        return True
    earlier = _earlier(before) if waits else ""
    return bool(earlier and completed(earlier, reading.text, reading.language, reading.at))


def names_a_time(reading: Reading) -> bool:
    return next(times_in(reading.text, reading.language, reading.at), None) is not None


def remind(asked: Asked, waits: bool) -> Answer | None:
    hands = asked.hands
    return None if hands is None else Answer(deed=lambda said: _do(asked, hands, waits, said))


def _do(asked: Asked, hands: Hands, waits: bool, said: Message) -> Said:
    if _HOURLY.search(asked.text):
        return Said(say("remind_hourly", asked.language))
    earlier = _earlier(asked.before) if waits else ""
    text = set_from_message(asked.text, asked.language, asked.reading.at, hands.reminders, earlier=earlier)
    if text is None:  # not in so many words: "alarm for a quarter to five"
        said_so = ("提醒我" if asked.language == "zh" else "remind me: ") + asked.text
        text = set_from_message(said_so, asked.language, asked.reading.at, hands.reminders)
    if text is None:
        return Said(say("remind_how", asked.language))
    return Said(text, {REMIND: [said.id]} if text.rstrip().endswith(("?", "？")) else {})


def _earlier(before: Sequence[Message]) -> str:
    return next((message.text for message in reversed(before) if message.role == "user"), "")
