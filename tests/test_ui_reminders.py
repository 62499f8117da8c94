"""Reminders where people and programs meet them: the page, the HTTP API, the command line, the terminal, a calendar."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from rich.console import Console

from assistant import Assistant, Runtime
from memory.errors import BadInput, ZhijiError
from memory.exchange.calendar_file import MAX_BYTES, import_calendar, read_calendar, to_calendar
from memory.reminders import Reminder
from tests.browser import browser, served
from tests.support import CHEAP, zhiji
from ui import api, login, web
from ui.tabs import reminders
from ui.terminal import Chat
from ui.views import App

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")  # the test client's own
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 29, 10, 13, tzinfo=BERLIN)


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


@pytest.fixture
def gate(runtime: Runtime) -> login.Gate:
    app = FastAPI()
    state = app.state.zhiji = App(runtime, costs=CHEAP)
    app.add_exception_handler(ZhijiError, web._say_what_is_wrong)
    app.add_exception_handler(web.RequestValidationError, web._say_what_is_missing)
    app.mount(api.BASE, api.create(state))
    app.include_router(reminders.router)
    return login.Gate(app, lambda: state.accounts, "mei", None)


@pytest.fixture
def page(gate: login.Gate) -> Iterator[TestClient]:
    with TestClient(gate, base_url="http://127.0.0.1") as opened:
        yield opened


@pytest.fixture
def program(gate: login.Gate, mei: Assistant) -> TestClient:
    headers = {"Authorization": f"Bearer {mei.keys.add('test')[1]}"}
    return TestClient(gate, base_url="http://127.0.0.1/api/v1", headers=headers)


def past(mei: Assistant, text: str, *, rule: str | None = None) -> Reminder:
    return mei.reminders.add(text, datetime.now(UTC) - timedelta(minutes=5), rule=rule)


# The page


def test_the_page_shows_what_is_due_until_it_is_done(page: TestClient, mei: Assistant) -> None:
    one = past(mei, "call the landlord")
    shown = page.get("/zhiji/reminders/due")
    assert "call the landlord" in shown.text
    assert "data-new" in shown.text
    again = page.get("/zhiji/reminders/due")
    assert "call the landlord" in again.text
    assert "data-new" not in again.text, "announced once"
    assert page.get(f"/zhiji/reminders/due?have={one.id}").status_code == 204
    done = page.post(f"/zhiji/reminder/{one.id}/done")
    assert "reminders-changed" in done.headers["hx-trigger"]
    assert "landlord" not in page.get("/zhiji/reminders/due").text


def test_two_windows_announce_one_reminder_once(gate: login.Gate, mei: Assistant) -> None:
    past(mei, "call the landlord")
    windows = [TestClient(gate, base_url="http://127.0.0.1") for _ in range(2)]
    assert sum("data-new" in window.get("/zhiji/reminders/due").text for window in windows) == 1


@pytest.mark.parametrize("until", ["hour", "tomorrow"])
def test_the_page_puts_one_off(page: TestClient, mei: Assistant, until: str) -> None:
    one = past(mei, "call the landlord")
    page.get("/zhiji/reminders/due")
    page.post(f"/zhiji/reminder/{one.id}/snooze", data={"until": until})
    later = mei.reminders.get(one.id)
    assert not later.waits
    assert datetime.now(UTC) < later.at < datetime.now(UTC) + timedelta(days=2)


def test_the_page_lists_sets_and_deletes_them(page: TestClient, mei: Assistant) -> None:
    page.post("/zhiji/reminders", data={"text": "return the lab goggles", "at": "2046-12-01T09:00"})
    one = mei.reminders.list()[0]
    listed = page.get("/zhiji/reminders", headers={"accept-language": "en"}).text
    assert "return the lab goggles" in listed
    assert "Saturday, 1 December 2046 at 09:00" in listed
    assert "2046年12月1日星期六 09:00" in page.get("/zhiji/reminders", headers={"accept-language": "zh"}).text
    page.post(f"/zhiji/reminder/{one.id}/delete")
    assert mei.reminders.list() == []


def test_the_page_gives_a_calendar_and_takes_one(page: TestClient, mei: Assistant) -> None:
    mei.reminders.add("return the lab goggles", datetime(2046, 12, 1, 9))
    given = page.get("/zhiji/reminders.ics")
    assert given.headers["content-type"].startswith("text/calendar")
    mei.reminders.delete(mei.reminders.list()[0].id)
    taken = page.post("/zhiji/reminders/import", files={"file": ("a.ics", given.content)})
    assert "1 set, 0 left out." in taken.text
    assert [one.text for one in mei.reminders.list()] == ["return the lab goggles"]
    assert page.post("/zhiji/reminders/import", files={"file": ("a.ics", b"hello")}).status_code == 400


# The HTTP API


def test_a_program_sets_changes_and_deletes_one(program: TestClient) -> None:
    made = program.post(
        "reminders", json={"text": "bins", "at": "2046-12-07T07:00", "zone": "Europe/Berlin", "rule": "FREQ=WEEKLY"}
    ).json()
    assert (made["at"], made["rule"]) == ("2046-12-07T07:00:00+01:00", "FREQ=WEEKLY")
    place = f"reminders/{made['id']}"
    assert program.patch(place, json={"text": "the bins"}).json()["text"] == "the bins"
    assert program.patch(place, json={"done": True}).json()["at"].startswith("2046-12-14")
    assert program.patch(place, json={"snooze_until": "2046-12-15T09:00"}).json()["at"].startswith("2046-12-15T09")
    assert program.patch(place, json={}).status_code == 422
    assert [one["id"] for one in program.get("reminders").json()] == [made["id"]]
    assert program.delete(place).status_code == 204
    assert program.get(place).status_code == 404


def test_a_program_claims_what_it_shows(program: TestClient, mei: Assistant) -> None:
    one = past(mei, "call")
    assert [each["id"] for each in program.get("reminders/due").json()] == [one.id]
    claims = [program.post(f"reminders/{one.id}/shown").json() for _ in range(2)]
    assert claims == [{"shown": True}, {"shown": False}]
    assert program.get("reminders/due").json() == []
    program.patch(f"reminders/{one.id}", json={"done": True})
    assert [each["id"] for each in program.get("reminders?done=true").json()] == [one.id]


@pytest.mark.parametrize(
    "body",
    [
        {"text": "bins", "at": "soon"},
        {"text": "", "at": "2046-12-07T07:00"},
        {"text": "bins", "at": "2046-12-07T07:00", "zone": "Mars"},
        {"text": "bins", "at": "2046-12-07T07:00", "rule": "FREQ=HOURLY"},
        {"text": "bins", "at": "0001-01-01T00:00"},
    ],
)
def test_a_program_that_asks_for_nonsense_is_told(program: TestClient, body: dict[str, str]) -> None:
    assert program.post("reminders", json=body).status_code in (400, 422)


def test_a_key_that_only_reads_sets_none(gate: login.Gate, mei: Assistant) -> None:
    headers = {"Authorization": f"Bearer {mei.keys.add('reader', ['read'])[1]}"}
    reader = TestClient(gate, base_url="http://127.0.0.1/api/v1", headers=headers)
    assert reader.get("reminders").status_code == 200
    assert reader.post("reminders", json={"text": "x", "at": "2046-12-07T07:00"}).status_code == 403


# The command line and the terminal


def test_the_command_line_sets_lists_and_changes_them(tmp_path: Path) -> None:
    said = zhiji(tmp_path, "remind", "add", "call the landlord every Monday at nine")
    assert said.stdout.startswith("I will remind you every Monday, first on Monday, ")
    assert zhiji(tmp_path, "remind", "add", "return the goggles", "--at", "2046-12-01T09:00").stdout == (
        "return the goggles, Saturday, 1 December 2046 at 09:00\n"
    )
    first, second = zhiji(tmp_path, "remind", "list").stdout.splitlines()
    assert first.endswith("(every Monday)")
    assert "It comes again" in zhiji(tmp_path, "remind", "done", first[:8]).stdout
    later = zhiji(tmp_path, "remind", "snooze", second[:8], "--until", "2046-12-02T09:00").stdout
    assert later == "return the goggles, Sunday, 2 December 2046 at 09:00\n"
    assert zhiji(tmp_path, "remind", "export", "-o", str(tmp_path / "mine.ics")).returncode == 0
    for line in (first, second):
        assert zhiji(tmp_path, "remind", "delete", line[:8]).returncode == 0
    assert zhiji(tmp_path, "remind", "list").stdout == "There are no reminders.\n"
    assert zhiji(tmp_path, "remind", "import", str(tmp_path / "mine.ics")).stdout.startswith("2 reminders are set, 0 ")
    assert len(zhiji(tmp_path, "remind", "list").stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "call the landlord"), "When shall I remind you?"),
        (("add", "yesterday"), "That time is over"),
        (("add", "明天"), "要提醒你做什么？"),
        (("done", "abcdef"), "There is no such reminder."),
        (("import", "missing.ics"), "cannot be read"),
    ],
)
def test_the_command_line_says_what_is_missing(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = zhiji(tmp_path, "remind", *arguments)
    assert refused.returncode != 0
    assert said in refused.stderr


def test_the_terminal_shows_what_is_due_at_its_start_and_before_each_line(mei: Assistant) -> None:
    out = io.StringIO()
    chat = Chat(mei, Console(file=out, width=120))
    past(mei, "call [my] mum")

    def lines() -> Iterator[str]:
        assert "Reminder: call [your] mum" in out.getvalue()
        yield "/done"
        assert mei.reminders.list() == []
        past(mei, "还书")
        yield "/reminders"
        assert "提醒：还书" in out.getvalue()
        yield "/done 1"

    chat.run(lines())
    assert out.getvalue().count("Reminder: ") == 1
    assert mei.reminders.list() == []


# A calendar


def test_what_goes_into_a_calendar_comes_back(runtime: Runtime) -> None:
    mei, bo = runtime.assistant("mei").reminders, runtime.assistant("bo").reminders
    mei.add("return; the, lab\\goggles", datetime(2026, 12, 1, 9), zone="Europe/Berlin")
    mei.add("倒垃圾", datetime(2026, 12, 4, 7), zone="Asia/Shanghai", rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR")
    mei.add("floating", datetime(2026, 12, 5, 7), zone="")
    written = to_calendar(mei.list(), NOW)
    assert b"BEGIN:VTIMEZONE" in written
    assert b"BEGIN:VALARM" in written
    assert import_calendar(bo, written, NOW).added == 3
    told = [(one.text, one.starts, one.rule) for one in mei.list()]
    assert [(one.text, one.starts, one.rule) for one in bo.list()] == told
    assert bo.list()[0].zone == "Europe/Berlin"
    again = import_calendar(bo, written, NOW)
    assert (again.added, again.left_out) == (0, 3)


def calendar(*lines: str) -> bytes:
    event = "\r\n".join(["BEGIN:VEVENT", "UID:1@example.com", "SUMMARY:Choir", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{event}\r\nEND:VCALENDAR\r\n".encode()


@pytest.mark.parametrize(
    ("lines", "at", "rule"),
    [
        (["DTSTART:20261201T090000"], "01 09:00", None),
        (["DTSTART:20261201T080000Z"], "01 09:00", None),
        (["DTSTART;TZID=Europe/Lisbon:20261201T090000"], "01 09:00", None),
        (["DTSTART;VALUE=DATE:20261201"], "01 09:00", None),
        (
            ["DTSTART:20261201T190000", "RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z"],
            "01 19:00",
            "FREQ=WEEKLY;UNTIL=20270101T010000",
        ),
        (["DTSTART:20200101T090000"], None, None),
        (["DTSTART:20261201T090000", "RRULE:FREQ=HOURLY"], None, None),
        (["DTSTART:20261201T090000", "STATUS:CANCELLED"], None, None),
        (["DTSTART:18000101T090000"], None, None),
        ([], None, None),
    ],
)
def test_an_event_of_another_program_is_read(lines: list[str], at: str | None, rule: str | None) -> None:
    entries, left_out = read_calendar(calendar(*lines), NOW, "Europe/Berlin")
    assert left_out == (at is None)
    assert [(f"{one.at:%d %H:%M}", one.rule) for one in entries] == ([(at, rule)] if at else [])


def test_a_series_that_began_long_ago_comes_next_in_its_own_time(mei: Assistant) -> None:
    import_calendar(mei.reminders, calendar("DTSTART;TZID=Europe/Berlin:20200106T190000", "RRULE:FREQ=WEEKLY"), NOW)
    assert mei.reminders.list()[0].at == datetime(2026, 11, 30, 19, tzinfo=BERLIN)
    assert not mei.reminders.due(NOW)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"BEGIN:VCALENDAR", b"\xff\xfe\x00", b"x" * (MAX_BYTES + 1), b"BEGIN:VEVENT\r\n" * 5_000]
)
def test_what_is_no_calendar_is_refused(mei: Assistant, data: bytes) -> None:
    with pytest.raises(BadInput):
        import_calendar(mei.reminders, data, NOW)


# In a real browser


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # Gradio's
def test_what_is_due_stands_above_the_chat_until_it_is_done(runtime: Runtime, mei: Assistant) -> None:
    past(mei, "water the orchids")
    with served(runtime) as url, browser(url) as page:
        tab = page.tab
        tab.wait_for_selector("#due .reminder-due:has-text('water the orchids')")
        assert tab.text_content("#announce") == "water the orchids"
        page.reload()
        tab.click("#due button:has-text('In an hour')")
        tab.wait_for_selector("#due .reminder-due", state="detached")
        assert not mei.reminders.list()[0].waits
        tab.click("#side-reminders .reminder button:has-text('Done')")
        tab.wait_for_selector("#side-reminders .reminder", state="detached")
    assert mei.reminders.list() == []
