"""What asks to be reminded is heard, with its time; what only sounds like it is not. It is Sunday, 29 November 2026, 10:13."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant.talk.reminder_changes import asks_for_reminders, is_command, read_change
from assistant.talk.reminder_replies import completed, due_text, said_back, set_from_message
from assistant.talk.reminding import MOST_CHARS, Language, read_reminder
from memory.language.text import is_chinese
from memory.reminders import Reminders
from memory.store import Store

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 29, 10, 13, tzinfo=BERLIN)
TABLE = [
    json.loads(line)
    for line in Path(__file__).with_name("data").joinpath("reminders.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.fixture
def mei(store: Store) -> Reminders:
    return Reminders(store, store.user("mei"))


def language_of(text: str) -> Language:
    return "zh" if is_chinese(text) else "en"


def said(mei: Reminders, text: str, *, now: datetime = NOW, earlier: str = "") -> str | None:
    return set_from_message(text, language_of(text), now, mei, earlier=earlier)


def test_the_table_is_of_both_languages_and_has_many_near_misses() -> None:
    assert len(TABLE) >= 120
    assert sum(row["what"] is None for row in TABLE) >= 40
    assert sum(is_chinese(row["text"]) for row in TABLE) >= 50


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["text"])
def test_a_sentence_is_read_as_the_table_says(row: dict[str, str]) -> None:
    wanted = read_reminder(row["text"], language_of(row["text"]), NOW)
    if wanted is None:
        assert row["what"] is None
        return
    read = {"text": row["text"], "what": wanted.what} | ({"at": f"{wanted.at:%Y-%m-%d %H:%M}"} if wanted.at else {})
    more = {name: getattr(wanted, name) for name in ("rule", "missing", "past", "assumed") if getattr(wanted, name)}
    assert read | more == row


@pytest.mark.parametrize(
    ("hour", "said_at", "comes"),
    [
        ("at 8", (7, 0), "29 08:00"),
        ("at 8", (10, 0), "29 20:00"),
        ("at 8", (21, 0), "30 08:00"),
        ("at 5", (20, 0), "30 17:00"),
        ("at 12", (13, 0), "30 12:00"),
        ("at 8am", (10, 0), "30 08:00"),
        ("tonight at 7", (10, 0), "29 19:00"),
        ("at midnight", (10, 0), "30 00:00"),
        ("today", (10, 0), "29 12:00"),
        ("in 90 minutes", (23, 0), "30 00:30"),
    ],
)
def test_an_hour_is_the_next_that_makes_sense(hour: str, said_at: tuple[int, int], comes: str) -> None:
    wanted = read_reminder(f"remind me {hour} to stretch", "en", datetime(2026, 11, 29, *said_at, tzinfo=BERLIN))
    assert wanted is not None
    assert f"{wanted.at:%d %H:%M}" == comes


def test_an_hour_from_now_is_an_hour_when_clocks_change() -> None:
    night = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)
    wanted = read_reminder("remind me in 2 hours to feed the goats", "en", night)
    assert wanted is not None
    assert wanted.at is not None
    assert wanted.at.timestamp() - night.timestamp() == 7_200


def test_it_is_confirmed_with_date_weekday_and_hour(mei: Reminders) -> None:
    assert said(mei, "remind me on Monday at nine to call my landlord") == (
        "I will remind you on Monday, 30 November 2026 at 09:00: call your landlord. This works while Zhiji is running; "
        "what falls due before is shown when you open it next."
    )
    assert said(mei, "下周三下午三点提醒我交房租") == (
        "好，2026年12月2日星期三 15:00提醒你：交房租。知己运行时才会提醒；错过的会在下次打开时显示。"
    )
    assert [one.text for one in mei.list()] == ["call my landlord", "交房租"]


def test_an_hour_that_nobody_named_is_said(mei: Reminders) -> None:
    assert "You named no hour, so I chose 09:00." in str(said(mei, "remind me on Friday to call my mum"))
    assert "你没说几点，先定在08:00。" in str(said(mei, "明早提醒我浇花"))


def test_a_series_says_how_often(mei: Reminders) -> None:
    reply = said(mei, "set a reminder: bins every second Friday at 7am")
    assert str(reply).startswith(
        "I will remind you every second Friday, first on Friday, 4 December 2026 at 07:00: bins."
    )


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("remind me to call mum", "When shall I remind you?"),
        ("提醒我给妈妈打电话", "什么时候提醒你？"),
        ("remind me tomorrow", "What shall I remind you of?"),
        ("remind me yesterday to call mum", "That time is over. When shall I remind you?"),
        ("昨天提醒我带伞", "这个时间已经过去了。什么时候提醒你？"),
        ("What reminders do I have?", "You have no reminders."),
    ],
)
def test_what_cannot_be_set_is_asked_for(mei: Reminders, text: str, reply: str) -> None:
    assert said(mei, text) == reply
    assert mei.list() == []


@pytest.mark.parametrize(
    ("earlier", "answer", "what", "at"),
    [
        ("remind me to call mum", "tomorrow at 9", "call mum", "30 09:00"),
        ("remind me tomorrow at 9", "to call mum", "call mum", "30 09:00"),
        ("remind me yesterday to call mum", "sorry, tomorrow at 9", "call mum", "30 09:00"),
        ("提醒我给妈妈打电话", "明天上午九点", "给妈妈打电话", "30 09:00"),
    ],
)
def test_an_answer_completes_what_was_asked(mei: Reminders, earlier: str, answer: str, what: str, at: str) -> None:
    assert said(mei, answer, earlier=earlier)
    assert [(one.text, f"{one.at:%d %H:%M}") for one in mei.list()] == [(what, at)]


def test_an_answer_without_a_time_completes_nothing() -> None:
    assert completed("remind me to call mum", "I do not know", "en", NOW) is None
    assert completed("I like tea", "tomorrow", "en", NOW) is None


CHANGES = [
    ("done with the landlord one", "done", "call the landlord", None),
    ("I've finished the rent", None, None, None),
    ("move the goggles to Thursday", "move", "return the lab goggles", "03 09:00"),
    ("move the goggles to 5pm", "move", "return the lab goggles", "01 17:00"),
    ("snooze it an hour", "snooze", "put out the bins", "29 11:13"),
    ("snooze", "snooze", "put out the bins", "29 11:13"),
    ("postpone the landlord one by 2 days", "snooze", "call the landlord", "02 09:00"),
    ("remind me again in 10 minutes", "snooze", "put out the bins", "29 10:23"),
    ("cancel the bins reminder", "delete", "put out the bins", None),
    ("stop reminding me about the bins", "delete", "put out the bins", None),
    ("cancel the wedding reminder", "delete", None, None),
    ("房租的事搞定了", "done", "交房租", None),
    ("把房租的提醒改到周四", "move", "交房租", "03 15:00"),
    ("过十分钟再提醒我", "snooze", "put out the bins", "29 10:23"),
    ("取消倒垃圾的提醒", "delete", "倒垃圾", None),
    ("不用再提醒我倒垃圾了", "delete", "倒垃圾", None),
    ("I'm done with this job", None, None, None),
    ("delete the landlord from my contacts", None, None, None),
    ("forget the landlord", None, None, None),
    ("cancel my dentist appointment", None, None, None),
    ("move the sofa to the left", None, None, None),
    ("搬家的事下周再说", None, None, None),
]


@pytest.fixture
def five(mei: Reminders) -> Reminders:
    mei.add("put out the bins", NOW - timedelta(minutes=13))
    mei.claim(NOW)
    mei.add("call the landlord", datetime(2026, 11, 30, 9, tzinfo=BERLIN))
    mei.add("return the lab goggles", datetime(2026, 12, 1, 9, tzinfo=BERLIN))
    mei.add("交房租", datetime(2026, 12, 2, 15, tzinfo=BERLIN))
    mei.add("倒垃圾", datetime(2026, 12, 4, 7, tzinfo=BERLIN))
    return mei


@pytest.mark.parametrize(("text", "act", "which", "at"), CHANGES, ids=[change[0] for change in CHANGES])
def test_a_change_is_of_the_reminder_that_is_named(
    five: Reminders, text: str, act: str | None, which: str | None, at: str | None
) -> None:
    change = read_change(text, language_of(text), NOW, five.list())
    if act is None:
        assert change is None
        return
    assert change is not None
    found = change.reminder.text if change.reminder else None
    assert (change.act, found, f"{change.at:%d %H:%M}" if change.at else None) == (act, which, at)


def test_what_is_said_is_done(five: Reminders) -> None:
    assert said(five, "done with the landlord one") == "Done: call the landlord."
    assert said(five, "把房租的提醒改到周四") == "改到2026年12月3日星期四 15:00提醒你：交房租。"
    assert said(five, "cancel the goggles reminder") == "The reminder is deleted: return the lab goggles."
    assert said(five, "What reminders do I have?") == "Your reminders:\n" + "\n".join(f"- {one}" for one in five.list())
    assert said(five, "delete all my reminders") == "All your reminders are deleted (3)."
    assert five.list() == []


def test_of_several_it_is_asked_which(five: Reminders) -> None:
    five.add("call the plumber", datetime(2026, 12, 5, 9, tzinfo=BERLIN))
    reply = str(said(five, "cancel the call reminder"))
    assert reply.startswith("Which one do you mean?\n- call the landlord")
    assert len(five.list()) == 6
    assert said(five, "cancel the wedding reminder") == "I find no such reminder."


def test_a_series_that_is_put_off_goes_on(mei: Reminders) -> None:
    said(mei, "set a reminder: bins every Friday at 7am")
    said(mei, "move the bins reminder to Saturday")
    one = mei.list()[0]
    assert (f"{one.at:%d %H:%M}", one.rule) == ("05 07:00", "FREQ=WEEKLY;BYDAY=FR")


@pytest.mark.parametrize(
    "text", ["What reminders do I have?", "show me my reminders", "我有哪些提醒？", "看看我的提醒"]
)
def test_asking_for_the_list_is_heard(text: str) -> None:
    assert asks_for_reminders(text, language_of(text))
    assert is_command(text, language_of(text), NOW, [])


def test_a_thing_is_said_back_in_the_second_person(mei: Reminders) -> None:
    assert said_back("call my mum, I'm late", "en") == "call your mum, you are late"
    assert said_back("给我妈打电话", "zh") == "给你妈打电话"
    assert due_text(mei.add("call my mum", datetime(2026, 12, 1, 9), zone="Europe/Berlin"), "en") == (
        "Reminder: call your mum (Tuesday, 1 December 2026 at 09:00)"
    )


def test_a_document_is_no_command() -> None:
    page = "Remind me tomorrow to call. " * 40
    assert len(page) > MOST_CHARS
    assert read_reminder(page, "en", NOW) is None
    assert read_reminder("Minutes\n\n\n\n\n\nRemind me tomorrow to call", "en", NOW) is None


@pytest.mark.parametrize(
    "piece",
    [
        "remind me ",
        "please ",
        "，, ",
        "周",
        "◷，",
        "and ",
        "on ",
        "请，",
        "at 9 ",
        "every ",
        "◷",
        "the ",
        "提醒我",
        "明天",
        "每",
        "请",
        '"',
        "a ",
        ", ",
        ",",
        "，",
        "- ",
        "the bins ",
        "了",
    ],
)
def test_hostile_text_is_read_in_a_moment(piece: str) -> None:
    """As much as is ever read of a message, of what the patterns like best."""
    for text in (
        piece * 20_000,
        (piece * MOST_CHARS)[:MOST_CHARS],
        "remind me " + (piece * MOST_CHARS)[: MOST_CHARS - 20],
    ):
        for language in ("en", "zh"):
            read_reminder(text, language, NOW)
            read_change(text, language, NOW, [])
            asks_for_reminders(text, language)
