"""What is answered to a message about reminders, and what it does. The texts are in `reminders.toml`."""

import re
import tomllib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from assistant.talk.reminder_changes import Change, asks_for_reminders, read_change
from assistant.talk.reminding import Language, Wanted, lexicon, read_reminder, times_in
from memory.language.times.spoken import spoken, spoken_rule
from memory.language.times.to_come import settle
from memory.reminders import Reminder, Reminders

_AGAIN = re.compile(r"\b(?:again|it|that|this|snooze|later|one|reminder)\b|再|那个|这个|推迟|它", re.I)


def set_from_message(
    text: str, language: Language, now: datetime, reminders: Reminders, *, earlier: str = ""
) -> str | None:
    """Do what a message asks for with reminders, and return the reply; `None` if it asks for nothing of the kind. `now` is aware,
    in the zone of the person. `earlier`: the message before, if Zhiji asked "When shall I remind you?" about it."""
    if asks_for_reminders(text, language):
        return list_text(reminders.list(), language)
    wanted = read_reminder(text, language, now)
    if wanted is None and earlier:
        wanted = completed(earlier, text, language, now)
    change = read_change(text, language, now, reminders.list()) if wanted is None or not wanted.what else None
    if change is not None and (wanted is None or _puts_off(change, text)):
        return _do(change, language, reminders)
    return None if wanted is None else _set(wanted, language, now, reminders)


def completed(earlier: str, answer: str, language: Language, now: datetime) -> Wanted | None:
    """What an earlier message wanted, with the time or the thing that the answer adds; `None` if it adds neither."""
    asked = read_reminder(earlier, language, now)
    if asked is None or not (asked.missing or asked.past):
        return None
    if asked.missing == "what":
        what = answer.strip(" .!。！")
        return None if not what or len(what) > 200 else _replaced(asked, what, language, now)
    for some in times_in(answer, language, now):
        coming = settle(some, now)
        if coming.at or coming.past:
            return Wanted(asked.what, coming.at, coming.rule, past=coming.past, assumed=coming.assumed)
    return None


def _puts_off(change: Change, text: str) -> bool:
    """Whether "remind me at nine", which names no thing, means a reminder that there is: one that has come, or "again"."""
    one = change.reminder
    return bool(_AGAIN.search(text) and (one or change.which)) or (one is not None and one.waits)


def _replaced(asked: Wanted, what: str, language: Language, now: datetime) -> Wanted:
    what = re.sub(r"^(?:to|about|of)\s+", "", what, flags=re.I)
    if asked.at is not None:
        return Wanted(what, asked.at, asked.rule, assumed=asked.assumed)
    again = read_reminder(f"提醒我{what}" if language == "zh" else f"remind me to {what}", language, now)
    return again if again is not None and again.what else Wanted(what, missing="time")


def _set(wanted: Wanted, language: Language, now: datetime, reminders: Reminders) -> str:
    if wanted.past:
        return say(language, "past")
    if wanted.missing:
        return say(language, "ask_time" if wanted.missing == "time" else "ask_what")
    assert wanted.at is not None
    made = reminders.add(wanted.what, wanted.at, rule=wanted.rule)
    return confirmation(made, language, now, assumed=wanted.assumed)


def confirmation(reminder: Reminder, language: Language, now: datetime, *, assumed: bool = False) -> str:
    """That it is set, for when, and that Zhiji has to run for it."""
    local = reminder.at if now.tzinfo is None else reminder.at.astimezone(now.tzinfo)
    values = {"time": spoken(local, language), "what": said_back(reminder.text, language)}
    if reminder.rule:
        parts = [say(language, "set_often", often=spoken_rule(reminder.rule, reminder.starts, language), **values)]
    else:
        parts = [say(language, "set", **values)]
    if assumed:
        parts.append(say(language, "assumed", hour=f"{local:%H:%M}"))
    parts.append(say(language, "only_while_running"))
    return ("" if language == "zh" else " ").join(parts)


def list_text(open_reminders: Sequence[Reminder], language: Language) -> str:
    """All of them with their times, as they were typed."""
    if not open_reminders:
        return say(language, "none")
    return "\n".join([say(language, "list"), *(f"- {one}" for one in open_reminders)])


def due_text(reminder: Reminder, language: Language) -> str:
    """What is shown when its time has come."""
    return say(language, "due", what=said_back(reminder.text, language), time=spoken(reminder.at, language))


def _do(change: Change, language: Language, reminders: Reminders) -> str:
    one = change.reminder
    if change.act == "delete all":
        for each in change.which:
            reminders.delete(each.id)
        return say(language, "deleted_all", number=len(change.which)) if change.which else say(language, "none")
    if one is None:
        return f"{say(language, 'which')}\n{_listed(change.which)}" if change.which else say(language, "not_found")
    what = said_back(one.text, language)
    if change.act == "delete":
        reminders.delete(one.id)
        return say(language, "deleted", what=what)
    if change.act == "done":
        done = reminders.done(one.id)
        return say(language, "done" if done.done_at else "done_next", what=what, time=spoken(done.at, language))
    if change.past or change.at is None:
        return say(language, "past" if change.past else "until_when")
    snoozes = change.act == "snooze" or one.rule is not None  # a series is put off this once
    moved = reminders.snooze(one.id, change.at) if snoozes else reminders.edit(one.id, at=change.at)
    return say(language, "snoozed" if change.act == "snooze" else "moved", what=what, time=spoken(moved.at, language))


def _listed(some: Sequence[Reminder]) -> str:
    return "\n".join(f"- {one}" for one in some)


def said_back(what: str, language: Language) -> str:
    """A thing to do as it is said to the person: "my mum" is "your mum"."""
    yours = lexicon("en").tables["remind_yours"]
    if language == "zh":
        return lexicon("zh")["remind_mine"].sub("你", what)
    return lexicon("en")["remind_mine"].sub(lambda found: yours[found[0].lower().replace("’", "'")], what)


def say(language: Language, key: str, **values: object) -> str:
    return _texts()[key][language].format(**values)


@cache
def _texts() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("reminders.toml").read_text(encoding="utf-8"))
