"""The commands that write and read files: export, reveal, import, profile, backup, restore, archive, restore-user."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memory.errors import BadInput
from memory.types import ExportFormat
from ui.options import DataDir, Day, Plain, User, ended_gently, given, in_words, opened, quietly

if TYPE_CHECKING:
    from memory.exchange.anonymous_log import AnonymousLog, NamedIn

app = typer.Typer()
profile = typer.Typer(no_args_is_help=True, help="Show, export or import what Zhiji knows about you.")
app.add_typer(profile, name="profile")

Format = Annotated[ExportFormat, typer.Option(help="jsonl is lossless; the others are for reading or training.")]
Corrected = Annotated[bool, typer.Option("--corrected", help="Only conversations with a reply that you corrected.")]
MinChars = Annotated[int, typer.Option(min=0, help="For training: only replies with at least this many characters.")]
System = Annotated[str | None, typer.Option(help="For training: the system prompt to put into each example.")]
Anonymise = Annotated[
    bool,
    typer.Option("--anonymise", help="Replace people, addresses and numbers by pseudonyms; see docs/privacy.md."),
]
Dates = Annotated[bool, typer.Option("--dates", help="With --anonymise: replace dates too, and shift all times.")]
KeyFile = Annotated[
    Path | None, typer.Option(help="With --anonymise: also write who is who to this file, for `zhiji reveal`.")
]


@app.command()
@quietly
def export(
    user: User = None,
    format: Format = "jsonl",
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")] = Path("-"),
    conversation: Annotated[str | None, typer.Option(help="Only the conversation with this id.")] = None,
    since: Day = None,
    until: Day = None,
    text: Annotated[str | None, typer.Option(help="Only conversations in which this was said.")] = None,
    rating: Annotated[str | None, typer.Option(help="Only conversations with a reply rated up, or down.")] = None,
    corrected: Corrected = False,
    min_chars: MinChars = 0,
    system: System = None,
    anonymise: Anonymise = False,
    ages: Annotated[bool, typer.Option("--ages", help="With --anonymise: replace ages too.")] = False,
    dates: Dates = False,
    key: KeyFile = None,
    plain: Plain = False,
    data_dir: DataDir = None,
) -> None:
    """Export a user's conversations: all of them, or those that match. Works while Zhiji is open.

    The formats sharegpt and openai are for training. With --rating, --corrected or --min-chars, each matching reply ends one
    example, and a reply that you corrected appears as you corrected it.
    """
    from memory.exchange.anonymous_log import AnonymousLog
    from memory.exchange.log_export import Target, lines, write, write_whole
    from memory.storage import sealed
    from ui.progress import counting

    database, owner = opened(user, data_dir)
    only: Any = {
        "conversation_id": conversation, "since": since and since.astimezone(), "until": until and until.astimezone(),
        "text": text, "rating": rating, "corrected": corrected, "min_chars": min_chars, "system": system,
    }  # fmt: skip
    if (ages or dates or key) and not anonymise:
        raise BadInput("--ages, --dates and --key go with --anonymise.")
    if key is not None and key == out:
        raise BadInput("The key and the export are to be two files.")
    hidden = AnonymousLog(database, owner, _who_is_named(), ages=ages, dates=dates) if anonymise else None
    key_passphrase = sealed.passphrase_for(database, key, plain=plain) if key else None
    if str(out) == "-":
        for line in lines(database, owner, format, hidden=hidden, **only):
            sys.stdout.write(line)
    else:
        with counting("exporting") as progress:
            written = write(database, owner, Target(out, plain), format, progress, hidden, **only)
        print(f"{written} lines in {out}", file=sys.stderr)
    if hidden:
        _print_replaced(hidden)
        if key:
            write_whole(key, [hidden.key()], key_passphrase)
            print(f"{key} tells who is who. Keep it apart.", file=sys.stderr)


def _who_is_named() -> "NamedIn":
    """By the reader, if it was fetched and is not switched off."""
    from assistant.runtime import load_reader
    from assistant.settings import read_settings
    from memory.facts.hearing import Hearing, named

    settings = read_settings()
    return partial(named, Hearing(lambda: load_reader(settings) if settings.reader else None))


def _print_replaced(hidden: "AnonymousLog") -> None:
    replaced = ", ".join(f"{number} {kind.lower()}" for kind, number in sorted(hidden.texts.counts.items()))
    print(f"Replaced: {replaced or 'nothing'}. Look at it before you give it away.", file=sys.stderr)


@app.command()
def reveal(
    file: Annotated[Path, typer.Argument(help="An export made with --anonymise --key.")],
    key: Annotated[Path, typer.Argument(help="Its key.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
) -> None:
    """Put the real names and numbers back into an anonymised export."""
    from memory.exchange.anonymous_log import revealed
    from memory.exchange.log_export import write_whole
    from memory.storage import sealed

    try:
        with sealed.opened(file) as log, sealed.opened(key) as keys:
            text, known = log.read().decode(), keys.read().decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} or {key} cannot be read as text.") from error
    kind = file.with_suffix("").suffix if file.suffix == sealed.SUFFIX else file.suffix
    write_whole(out, [revealed(text, known, kind)])


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="From ChatGPT or Claude (json or zip), LibreChat, Open WebUI, SillyTavern, Gemini, Telegram, WhatsApp, Zhiji "
            "(jsonl), ShareGPT, OpenAI messages, or a CSV."
        ),
    ],
    user: User = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what the file contains.")] = False,
    remember: Annotated[bool, typer.Option(help="Remember what you said in it, or not.")] = True,
    learn: Annotated[bool, typer.Option(help="Let the profile learn from it, or not.")] = True,
    encoding: Annotated[
        str | None, typer.Option(help="How the file is encoded, such as utf-8; found if not given.")
    ] = None,
    me: Annotated[
        str | None, typer.Option(help="How you are called in a chat between people; found if not given.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Import conversations from elsewhere. Importing the same file again adds nothing."""
    settings = given(data_dir=data_dir, user=user)
    from assistant.runtime import Runtime
    from memory.storage import sealed
    from ui.progress import counting

    with sealed.opened(file) as log, Runtime(settings) as runtime, counting("importing") as progress:
        report = runtime.assistant(settings.user).import_(
            log, dry_run=dry_run, remember=remember, learn=learn, progress=progress, encoding=encoding, me=me
        )
    taken = {
        "conversation": report.conversations,
        "message": report.messages,
        "memory": report.memories,
        "fact": report.facts,
    }
    print(f"{'It holds' if dry_run else 'Taken in'}: {in_words(taken)}; {report.known} known already.")
    for note in report.notes:
        print(f"  {note}", file=sys.stderr)
    if report.left_out:
        print("  left out: " + ", ".join(f"{n} × {what}" for what, n in report.left_out.items()), file=sys.stderr)
    for refused in report.refused:
        print(f"  not taken in: {refused.where}: {refused.why}", file=sys.stderr)


@profile.command("show")
def profile_show(user: User = None, data_dir: DataDir = None) -> None:
    """Print what Zhiji knows, one fact a line, with the words it came from. Works while Zhiji is open."""
    from memory.facts import portrait
    from memory.profile import every_fact, latest_said
    from ui.texts import spoken_fact, spoken_style

    database, owner = opened(user, data_dir)
    known = [fact for fact in every_fact(database, owner) if fact.status == "active"]
    for fact in known:
        said = f"  “{fact.quote}” {fact.valid_from.astimezone():%Y-%m-%d}" if fact.quote else ""
        print(f"{spoken_fact('en', fact)}{said}")
    style = portrait.style(latest_said(database, owner, 200), known)
    if style.messages:
        print(spoken_style(style))


@profile.command("export")
@quietly
def profile_export(
    user: User = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")] = Path("-"),
    plain: Plain = False,
    data_dir: DataDir = None,
) -> None:
    """Export the profile and its history as JSON. Works while Zhiji is open."""
    from memory.exchange.log_export import write_whole
    from memory.facts.profile_file import dump
    from memory.profile import every_fact
    from memory.storage import sealed

    database, owner = opened(user, data_dir)
    written = dump(every_fact(database, owner))
    if str(out) == "-":
        sys.stdout.write(written)
    else:
        write_whole(out, [written], sealed.passphrase_for(database, out, plain=plain))


@profile.command("import")
def profile_import(
    file: Annotated[Path, typer.Argument(help="A profile in JSON; each fact needs only a key and a value.")],
    user: User = None,
    data_dir: DataDir = None,
) -> None:
    """Add the facts in a file to the profile. If one is wrong, none is added and you are told why."""
    settings = given(data_dir=data_dir, user=user)
    from assistant.runtime import Runtime
    from memory.storage import sealed

    try:
        with sealed.opened(file) as found:
            text = found.read().decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not a text in UTF-8.") from error
    with Runtime(settings) as runtime:
        print(f"{runtime.assistant(settings.user).profile.import_(text)} facts added.")


@app.command()
def backup(
    out: Annotated[Path, typer.Argument(help="The file to write, or a folder to put it in.")] = Path(),
    data_dir: DataDir = None,
) -> None:
    """Back up everything about all users in one file. Works while Zhiji is open."""
    from memory.storage import backup
    from ui.progress import copying

    ended_gently()
    with copying("backing up") as progress:
        path = backup.write(given(data_dir=data_dir).data_dir, out, progress)
    made = backup.describe(path)
    readers = "The passphrase of now opens it" if made.key else "Whoever has this file can read all of it"
    print(f"{path}: {in_words(made.counts)}. {readers}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup to restore.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Allow an unencrypted backup to replace encrypted data.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Replace everything that is remembered now by a backup."""
    from memory.storage import backup
    from ui.progress import copying

    folder, found = given(data_dir=data_dir).data_dir, backup.describe(file)
    print(f"Of {found.created_at.astimezone():%Y-%m-%d %H:%M}: {in_words(found.counts)}.")
    if backup.holds_anything(folder) and not yes:
        print(f"It replaces all that is in {folder} now. What was forgotten since then comes back.")
        typer.confirm("Restore it?", abort=True)
    ended_gently()
    with copying("restoring") as progress:
        backup.restore(folder, file, progress, plain=plain)
    print(f"It is in {folder}.")


@app.command("archive")
def archive_user(
    user: Annotated[str, typer.Argument(help="The user.")],
    out: Annotated[Path, typer.Argument(help="The file to write, for example mei.zhiji.")],
    plain: Plain = False,
    data_dir: DataDir = None,
) -> None:
    """Write everything about one user to a file that any program can read. Works while Zhiji is open."""
    from memory.exchange import user_archive
    from ui.progress import counting

    database, owner = opened(user, data_dir)
    ended_gently()
    with counting("archiving") as progress:
        made = user_archive.write(database, owner, out, progress, plain=plain)
    print(f"{out}: {in_words(made.lines)}.")


@app.command("restore-user")
def restore_user(
    file: Annotated[Path, typer.Argument(help="A file written by `zhiji archive`.")],
    name: Annotated[str | None, typer.Option("--as", help="Another name for the user.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Restore a user from an archive, completely or not at all. Other users are not touched."""
    settings = given(data_dir=data_dir)
    from assistant.runtime import Runtime
    from memory.exchange import user_archive
    from ui.progress import counting

    with Runtime(settings) as runtime, counting("restoring") as progress:
        found = user_archive.restore(runtime.store, file, name=name, progress=progress)
    print(f"{name or found.user} is back: {in_words(found.lines)}.")
