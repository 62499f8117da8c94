"""The commands for reminders: remind add, list, done, snooze, delete, export, import."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memory.errors import BadInput, NotFound
from ui.options import DataDir, User, given, opened

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from memory.reminders import Reminder, Reminders

app = typer.Typer(no_args_is_help=True, help="Set, list and change reminders. They are shown while Zhiji is open.")

AN_HOUR = timedelta(hours=1)
Id = Annotated[str, typer.Argument(help="The id that `zhiji remind list` shows; its beginning will do.")]
At = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="When, in your time zone: 2026-12-01T09:00."),
]


@app.command()
def add(
    text: Annotated[str, typer.Argument(help='What and when: "call the landlord on Monday at nine".')],
    at: At = None,
    rule: Annotated[
        str | None, typer.Option(help="How often, as iCalendar writes it: FREQ=WEEKLY;INTERVAL=2;BYDAY=FR.")
    ] = None,
    user: User = None,
    data_dir: DataDir = None,
) -> None:
    """Set a reminder."""
    with _assistant(user, data_dir) as mei:
        if at is not None:
            print(mei.reminders.add(text, at, rule=rule))
            return
        print(_set_by_words(mei, text))


@app.command("list")
def list_(
    done: Annotated[bool, typer.Option("--done", help="List what is done instead.")] = False,
    user: User = None,
    data_dir: DataDir = None,
) -> None:
    """List your reminders. Works while Zhiji is open."""
    from memory.reminders import reminders_of

    found = reminders_of(*opened(user, data_dir), done=done)
    for one in found:
        print(f"{one.id[:8]}  {one}" + ("  (waiting)" if one.waits else ""))
    if not found:
        print("There are no reminders." if not done else "Nothing is done yet.")


@app.command()
def done(id: Id, user: User = None, data_dir: DataDir = None) -> None:
    """Say that one is done; a series comes again."""
    with _assistant(user, data_dir) as mei:
        one = mei.reminders.done(_called(mei.reminders, id).id)
        print("Done." if one.done_at else f"Done. It comes again: {one}")


@app.command()
def snooze(id: Id, until: At = None, user: User = None, data_dir: DataDir = None) -> None:
    """Put one off, by an hour or until another time."""
    with _assistant(user, data_dir) as mei:
        later = until or datetime.now().astimezone() + AN_HOUR
        print(mei.reminders.snooze(_called(mei.reminders, id).id, later))


@app.command()
def delete(id: Id, user: User = None, data_dir: DataDir = None) -> None:
    """Delete one for good; a series with all its times."""
    with _assistant(user, data_dir) as mei:
        mei.reminders.delete(_called(mei.reminders, id).id)
    print("It is deleted.")


@app.command("export")
def export(
    output: Annotated[Path, typer.Option("--output", "-o", help="The .ics file to write.")],
    user: User = None,
    data_dir: DataDir = None,
) -> None:
    """Write your reminders as a calendar (.ics). Works while Zhiji is open."""
    from memory.exchange.calendar_file import to_calendar
    from memory.reminders import reminders_of

    if output.exists():
        raise BadInput(f"{output} exists. Choose another name.")
    found = reminders_of(*opened(user, data_dir))
    output.write_bytes(to_calendar(found, datetime.now().astimezone()))
    print(f"{len(found)} reminders are in {output}.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="An .ics file.")], user: User = None, data_dir: DataDir = None
) -> None:
    """Set what a calendar (.ics) says is to come."""
    from memory.exchange.calendar_file import MAX_BYTES, import_calendar

    try:
        with file.open("rb") as opened_file:
            data = opened_file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror}).") from error
    with _assistant(user, data_dir) as mei:
        report = import_calendar(mei.reminders, data, datetime.now().astimezone())
    print(
        f"{report.added} reminders are set, {report.left_out} entries were left out (over, without a time, or there)."
    )


def _set_by_words(mei: "Assistant", text: str) -> str:
    """Raises BadInput where a time or a thing is missing."""
    from assistant.talk.reminder_replies import confirmation, say
    from assistant.talk.reminding import Language, read_reminder
    from memory.language.text import is_chinese

    language: Language = "zh" if is_chinese(text) else "en"
    now = datetime.now(mei.preferences.get().zone())
    asked = f"提醒我{text}" if language == "zh" else f"remind me to {text}"
    wanted = read_reminder(text, language, now) or read_reminder(asked, language, now)
    if wanted is None or wanted.past or wanted.missing or wanted.at is None:
        key = "past" if wanted and wanted.past else "ask_what" if wanted and wanted.missing == "what" else "ask_time"
        raise BadInput(say(language, key))
    made = mei.reminders.add(wanted.what, wanted.at, rule=wanted.rule)
    return confirmation(made, language, now, assumed=wanted.assumed)


def _called(reminders: "Reminders", id: str) -> "Reminder":
    """The one whose id begins so. Raises NotFound."""
    found = [one for one in [*reminders.list(), *reminders.list(done=True)] if len(id) >= 4 and one.id.startswith(id)]
    if len(found) != 1:
        raise NotFound("There is no such reminder." if not found else "Several begin so. Give more of the id.")
    return found[0]


@contextmanager
def _assistant(user: str | None, data_dir: Path | None) -> "Iterator[Assistant]":
    from assistant.runtime import Runtime

    settings = given(data_dir=data_dir, user=user)
    with Runtime(settings, asks_first=True) as runtime:
        yield runtime.assistant(settings.user)
