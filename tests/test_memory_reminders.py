"""Reminders: kept on the clock of their place, shown once, gone when deleted."""

import json
import threading
import zipfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import BadInput, NotFound
from memory.exchange import user_archive
from memory.language.times.recurrence import checked_rule, following
from memory.language.times.spoken import spoken_rule
from memory.language.times.zones import machine_zone, zone_named
from memory.reminders import MAX_CHARS, Reminder, Reminders, claim_due
from memory.storage.data_folder import DATABASE
from memory.storage.database import Database
from memory.store import Store
from tests.support import HashEmbedder, files_holding

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def mei(store: Store) -> Reminders:
    return Reminders(store, store.user("mei"))


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[misc, arg-type]


def shown_at(mei: Reminders, *moments: datetime) -> list[datetime]:
    """At which of these moments something is shown."""
    return [moment for moment in moments if mei.claim(moment)]


def test_a_reminder_says_its_text_and_its_local_time(mei: Reminders) -> None:
    assert str(mei.add("return the lab goggles", datetime(2026, 12, 1, 9), zone="Europe/Lisbon")) == (
        "return the lab goggles, Tuesday, 1 December 2026 at 09:00"
    )
    assert str(mei.add("还实验室的护目镜", datetime(2026, 12, 1, 9), zone="Asia/Shanghai")) == (
        "还实验室的护目镜，2026年12月1日星期二 09:00"
    )
    often = mei.add("put out the bins", datetime(2026, 12, 1, 9), rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR")
    assert str(often) == "put out the bins, Friday, 4 December 2026 at 09:00 (every second Friday)"


def test_what_is_open_is_listed_by_its_time_and_what_is_done_apart(mei: Reminders) -> None:
    late = mei.add("late", datetime(2026, 12, 2, 9), zone="Europe/Berlin")
    east = mei.add("early, for it is in Tokyo", datetime(2026, 12, 2, 10), zone="Asia/Tokyo")
    assert [one.id for one in mei.list()] == [east.id, late.id]
    assert mei.done(east.id).done_at is not None
    assert ([one.id for one in mei.list()], [one.id for one in mei.list(done=True)]) == ([late.id], [east.id])
    assert mei.get(late.id) == late


def test_an_aware_time_is_told_in_the_zone_that_is_named(mei: Reminders) -> None:
    made = mei.add("call", datetime(2026, 12, 1, 9, tzinfo=UTC), zone="Asia/Shanghai")
    assert (made.at.hour, made.zone) == (17, "Asia/Shanghai")
    assert mei.add("call", berlin(2026, 12, 1, 9)).zone == "Europe/Berlin"


def test_without_a_zone_it_is_the_users_or_the_machines(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    assert mei.reminders.add("call", datetime(2026, 12, 1, 9)).zone == machine_zone()
    mei.preferences.set(time_zone="Asia/Tokyo")
    made = mei.reminders.add("call", datetime(2026, 12, 1, 9))
    assert made.at.astimezone(UTC) == datetime(2026, 12, 1, 0, tzinfo=UTC)


def test_the_machines_own_zone_is_one() -> None:
    assert zone_named("").utcoffset(datetime(2026, 1, 1)) is not None
    with pytest.raises(ValueError, match="no time zone"):
        zone_named("Mars/Olympus")


@pytest.mark.parametrize(("before", "after"), [((2026, 3, 27), (2026, 3, 30)), ((2026, 10, 23), (2026, 10, 26))])
def test_nine_stays_nine_when_summer_time_begins_and_ends(
    mei: Reminders, before: tuple[int, int, int], after: tuple[int, int, int]
) -> None:
    made = mei.add("stretch", datetime(*before, 9), zone="Europe/Berlin", rule="FREQ=DAILY")
    seen = []
    for day in range(5):
        nine = berlin(*before, 9) + timedelta(days=day)
        early = nine.astimezone(UTC) - timedelta(minutes=1)
        seen += [bool(mei.claim(early)), bool(mei.claim(nine)), mei.done(made.id).at.hour == 9]
    assert seen == [False, True, True] * 5
    assert mei.get(made.id).at > berlin(*after, 9)


def test_one_set_before_the_change_comes_at_nine_after_it(mei: Reminders) -> None:
    mei.add("call", berlin(2026, 10, 26, 9))
    assert shown_at(mei, datetime(2026, 10, 26, 7, 59, tzinfo=UTC), datetime(2026, 10, 26, 8, tzinfo=UTC)) == [
        datetime(2026, 10, 26, 8, tzinfo=UTC)
    ]


def test_a_time_that_clocks_skip_comes_right_after_and_one_shown_twice_comes_once(mei: Reminders) -> None:
    mei.add("in the gap", datetime(2026, 3, 29, 2, 30), zone="Europe/Berlin")
    gap = [datetime(2026, 3, 29, 1, minute, tzinfo=UTC) for minute in (29, 30)]
    assert shown_at(mei, *gap) == gap[1:]
    twice = mei.add("twice", datetime(2026, 10, 24, 2, 30), zone="Europe/Berlin", rule="FREQ=DAILY")
    night = [datetime(2026, 10, 24 + day, hour, 30, tzinfo=UTC) for day, hour in ((0, 0), (1, 0), (1, 1), (2, 1))]
    assert shown_at(mei, *night) == [night[0], night[1], night[3]]
    assert mei.get(twice.id).waits


def test_who_travels_is_reminded_by_the_clock_of_the_place_it_was_set_for(mei: Reminders) -> None:
    mei.add("call home", datetime(2026, 12, 1, 9), zone="Asia/Shanghai")
    assert not mei.due(berlin(2026, 12, 1, 1, 59))
    assert mei.due(berlin(2026, 12, 1, 2))


def test_one_is_due_until_it_is_shown_and_waits_until_it_is_done(mei: Reminders) -> None:
    one, now = mei.add("call", berlin(2026, 12, 1, 9)), berlin(2026, 12, 1, 9, 5)
    assert not mei.shown(one.id, one.at - timedelta(minutes=1))
    assert [due.id for due in mei.due(now)] == [one.id]
    assert (mei.shown(one.id, now), mei.shown(one.id, now)) == (True, False)
    assert (mei.due(now), [each.id for each in mei.waiting()]) == ([], [one.id])
    assert mei.get(one.id).at == one.at
    assert mei.done(one.id).done_at
    assert (mei.waiting(), mei.list(), mei.due(now)) == ([], [], [])


def test_a_snoozed_one_comes_again(mei: Reminders) -> None:
    one = mei.add("call", berlin(2026, 12, 1, 9))
    mei.claim(berlin(2026, 12, 1, 9))
    assert not mei.snooze(one.id, berlin(2026, 12, 1, 10)).waits
    assert shown_at(mei, berlin(2026, 12, 1, 9, 59), berlin(2026, 12, 1, 10)) == [berlin(2026, 12, 1, 10)]


def test_a_snoozed_series_goes_on_by_its_rule(mei: Reminders) -> None:
    one = mei.add("stretch", berlin(2026, 12, 1, 9), rule="FREQ=DAILY")
    mei.claim(berlin(2026, 12, 1, 9))
    mei.snooze(one.id, berlin(2026, 12, 1, 11))
    assert mei.claim(berlin(2026, 12, 1, 11))
    assert mei.done(one.id).at == berlin(2026, 12, 2, 9)


def test_what_fell_due_while_it_was_closed_comes_once(mei: Reminders) -> None:
    one = mei.add("stretch", berlin(2026, 12, 1, 9), rule="FREQ=DAILY")
    assert [due.at for due in mei.claim(berlin(2026, 12, 8, 12))] == [berlin(2026, 12, 1, 9)]
    assert not mei.claim(berlin(2026, 12, 8, 12))
    assert mei.done(one.id).at == berlin(2026, 12, 9, 9)


def test_every_second_friday_is_every_second_friday(mei: Reminders) -> None:
    one = mei.add("bins", berlin(2026, 12, 4, 7), rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR")
    days = [one.at.day]
    for _ in range(3):
        days.append(mei.done(one.id).at.day)
    assert days == [4, 18, 1, 15]


def test_a_series_that_ends_is_done_at_its_end(mei: Reminders) -> None:
    one = mei.add("pill", berlin(2026, 12, 1, 9), rule="FREQ=DAILY;COUNT=2")
    assert mei.done(one.id).done_at is None
    mei.claim(berlin(2026, 12, 2, 9))
    assert mei.done(one.id).done_at is not None
    assert not mei.due(berlin(2027, 1, 1, 9))


def test_a_series_that_is_edited_begins_anew(mei: Reminders) -> None:
    one = mei.add("bins", berlin(2026, 12, 4, 7), rule="FREQ=WEEKLY")
    mei.claim(berlin(2026, 12, 4, 7))
    assert mei.edit(one.id, "the bins", berlin(2026, 12, 5, 8)).text == "the bins"
    assert (mei.get(one.id).at, mei.get(one.id).waits) == (berlin(2026, 12, 5, 8), False)
    assert mei.edit(one.id, rule="").rule is None
    assert mei.edit(one.id, rule="freq=monthly").rule == "FREQ=MONTHLY"


def test_a_restart_shows_nothing_again(reopen: Callable[[], Store]) -> None:
    store = reopen()
    mei = Reminders(store, store.user("mei"))
    once = mei.add("once", berlin(2026, 12, 1, 9))
    mei.add("daily", berlin(2026, 12, 1, 9), rule="FREQ=DAILY")
    assert len(mei.claim(berlin(2026, 12, 1, 9))) == 2
    store = reopen()
    mei = Reminders(store, store.user("mei"))
    assert not mei.claim(berlin(2026, 12, 1, 9, 1))
    assert once.id in {one.id for one in mei.waiting()}
    assert [one.text for one in mei.claim(berlin(2026, 12, 2, 9))] == ["daily"]


def test_of_many_threads_one_shows_it(mei: Reminders) -> None:
    for number in range(10):
        mei.add(f"number {number}", berlin(2026, 12, 1, 9), rule="FREQ=DAILY" if number % 2 else None)
    begin = threading.Barrier(4)

    def window(_: int) -> list[Reminder]:
        begin.wait()
        return list(mei.claim(berlin(2026, 12, 1, 9)))

    with ThreadPoolExecutor(4) as pool:
        shown = [one.text for window in pool.map(window, range(4)) for one in window]
    assert sorted(shown) == [f"number {number}" for number in range(10)]


def claims(path: Path, user_id: str) -> list[str]:
    """In a process of its own."""
    database = Database(path)
    with database.write() as session:
        found = [one.text for one in claim_due(session, user_id, berlin(2026, 12, 1, 9))]
    database.close()
    return found


def test_of_two_processes_one_shows_it(store: Store, mei: Reminders) -> None:
    for number in range(20):
        mei.add(f"number {number}", berlin(2026, 12, 1, 9), rule="FREQ=DAILY" if number % 2 else None)
    path, user_id = store.folder / DATABASE, store.user("mei").id
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        shown = [text for found in pool.map(claims, [path] * 2, [user_id] * 2) for text in found]
    assert sorted(shown) == sorted(f"number {number}" for number in range(20))


def test_two_hundred_at_once_are_shown_once_each(mei: Reminders) -> None:
    made = [mei.add(f"number {number}", berlin(2026, 12, 1, 9)).id for number in range(200)]
    assert [one.id for one in mei.claim(berlin(2026, 12, 1, 9))] == made
    assert not mei.claim(berlin(2026, 12, 1, 9))
    assert len(mei.waiting()) == 200


def test_users_never_see_each_others(store: Store, mei: Reminders) -> None:
    one, ann = mei.add("call", berlin(2026, 12, 1, 9)), Reminders(store, store.user("ann"))
    assert (ann.list(), ann.claim(berlin(2026, 12, 2, 9))) == ([], [])
    for call in (ann.get, ann.done, ann.delete, ann.shown):
        with pytest.raises(NotFound):
            call(one.id)


def test_a_deleted_one_is_gone_from_every_file_and_the_receipt_says_so(store: Store, mei: Reminders) -> None:
    one = mei.add("collect the marmalade spoons from Quillfeather", berlin(2026, 12, 1, 9))
    assert files_holding(store.folder, b"Quillfeather")
    mei.delete(one.id)
    assert store.flush()
    assert not files_holding(store.folder, b"Quillfeather")
    receipt = store.receipts(store.user("mei"))[-1]
    assert (receipt.what, receipt.counts) == ("reminder", {"reminders": 1})


def test_what_it_said_before_it_was_edited_is_gone(store: Store, mei: Reminders) -> None:
    one = mei.add("collect the spoons from Quillfeather", berlin(2026, 12, 1, 9))
    mei.edit(one.id, "collect the spoons")
    assert store.flush()
    assert not files_holding(store.folder, b"Quillfeather")


def test_erasing_a_time_or_everything_takes_reminders_along(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    before = mei.reminders.add("call", berlin(2026, 12, 1, 9)).created_at - timedelta(minutes=1)
    assert mei.erasures.preview(before, None) == {"reminders": 1}
    assert mei.erasures.between(before, None) == {"reminders": 1}
    mei.reminders.add("call", berlin(2026, 12, 1, 9))
    mei.erase()
    assert mei.reminders.list() == []


def test_an_archive_brings_them_back_as_they_were(runtime: Runtime, tmp_path: Path) -> None:
    mei, store = runtime.assistant("mei"), runtime.store
    mei.reminders.add("daily", berlin(2026, 12, 1, 9), rule="FREQ=DAILY")
    mei.reminders.done(mei.reminders.add("once", berlin(2026, 12, 1, 9)).id)
    mei.reminders.claim(berlin(2026, 12, 3, 9))
    kept = mei.reminders.list(), mei.reminders.list(done=True)
    user_archive.write(store.database, store.user("mei"), tmp_path / "mei.zhiji")
    with Runtime(Settings(data_dir=tmp_path / "other"), model=ScriptedModel(), embedder=HashEmbedder()) as other:
        user_archive.restore(other.store, tmp_path / "mei.zhiji")
        mine = other.assistant("mei").reminders
        assert (mine.list(), mine.list(done=True)) == kept
        assert not mine.claim(berlin(2026, 12, 3, 9))


def rewritten(path: Path, to: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """An archive with other files, and a manifest that says so."""
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    change(files)
    with zipfile.ZipFile(to, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return to


def test_an_archive_from_before_there_were_reminders_is_read(runtime: Runtime, tmp_path: Path) -> None:
    store = runtime.store
    runtime.assistant("mei").memories.add("I keep bees")
    user_archive.write(store.database, store.user("mei"), tmp_path / "new.zhiji")

    def as_it_was(files: dict[str, bytes]) -> None:
        del files["reminders.jsonl"]
        manifest = json.loads(files[user_archive.MANIFEST])
        del manifest["files"]["reminders.jsonl"]
        files[user_archive.MANIFEST] = json.dumps(manifest | {"version": 2}).encode()

    old = rewritten(tmp_path / "new.zhiji", tmp_path / "old.zhiji", as_it_was)
    with Runtime(Settings(data_dir=tmp_path / "other"), model=ScriptedModel(), embedder=HashEmbedder()) as other:
        user_archive.restore(other.store, old)
        assert [memory.text for memory in other.assistant("mei").memories.list()] == ["I keep bees"]
        assert other.assistant("mei").reminders.list() == []


@pytest.mark.parametrize(
    ("text", "at", "more", "said"),
    [
        ("  ", (2026, 12, 1, 9), {}, "The reminder is empty"),
        ("x" * (MAX_CHARS + 1), (2026, 12, 1, 9), {}, "the most is 500"),
        ("call", (2026, 12, 1, 9), {"zone": "Mars/Olympus"}, "no time zone"),
        ("call", (1066, 10, 14), {}, "from 2000 to 2199"),
        ("call", (2026, 12, 1), {"rule": "FREQ=SECONDLY"}, "cannot be part"),
        ("call", (2026, 12, 1), {"rule": "FREQ=DAILY;BYMONTH=2"}, "does not go with that"),
        ("call", (2026, 12, 1), {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "There is no day"),
        ("call", (2026, 12, 1), {"rule": "FREQ=DAILY;COUNT=2;UNTIL=20270101"}, "How often"),
        ("call", (2026, 12, 1), {"rule": "every Friday"}, "cannot be part"),
    ],
)
def test_what_makes_no_reminder_is_refused(
    mei: Reminders, text: str, at: tuple[int, ...], more: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        mei.add(text, datetime(*at), **more)  # type: ignore[arg-type]
    assert mei.list() == []


def test_secrets_are_not_kept_in_it(mei: Reminders) -> None:
    made = mei.add("log in, my password is hunter2abc", berlin(2026, 12, 1, 9))
    assert "hunter2abc" not in made.text


@pytest.mark.parametrize(
    ("rule", "en", "zh"),
    [
        ("FREQ=DAILY", "every day", "每天"),
        ("FREQ=DAILY;INTERVAL=3", "every 3 days", "每3天"),
        ("FREQ=WEEKLY", "every Tuesday", "每周二"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=FR", "every second Friday", "每两周的星期五"),
        ("FREQ=WEEKLY;BYDAY=MO,WE", "every week on Monday and Wednesday", "每周一、三"),
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday", "每个工作日"),
        ("FREQ=MONTHLY;BYMONTHDAY=3", "every month on the 3rd", "每个月的3日"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "every month on the last day", "每个月的最后一天"),
        ("FREQ=MONTHLY;BYDAY=1MO", "every month on the first Monday", "每个月的第一个星期一"),
        ("FREQ=YEARLY", "every year on 1 December", "每年12月1日"),
    ],
)
def test_a_rule_is_told_in_words(rule: str, en: str, zh: str) -> None:
    starts = datetime(2026, 12, 1, 9)
    assert (spoken_rule(rule, starts, "en"), spoken_rule(rule, starts, "zh")) == (en, zh)


def test_a_rule_counts_from_its_first_day() -> None:
    first = datetime(2026, 12, 1, 9)
    assert checked_rule("interval=2;freq=daily", first) == "FREQ=DAILY;INTERVAL=2"
    assert following(first, "FREQ=DAILY;INTERVAL=2", datetime(2026, 12, 2, 9)) == datetime(2026, 12, 3, 9)
    assert following(first, "FREQ=MONTHLY;BYMONTHDAY=31", first) == datetime(2026, 12, 31, 9)
    assert following(first, None, first) is None
