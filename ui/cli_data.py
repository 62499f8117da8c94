"""The commands for what goes out and comes in: export, reveal, import, profile, backup, restore, archive, restore-user."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from memory.errors import BadInput
from memory.types import ExportFormat
from ui.options import DataDir, Day, Plain, User, ended_gently, given, held, opened, quietly

app = typer.Typer()
profile = typer.Typer(no_args_is_help=True, help="What is known about you: look, write to a file, read from one.")
app.add_typer(profile, name="profile")


@app.command()
@quietly
def export(
    user: User = None,
    format: Annotated[
        ExportFormat, typer.Option(help="jsonl is lossless; the others are for reading or training.")
    ] = "jsonl",
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - is standard output.")] = Path("-"),
    conversation: Annotated[str | None, typer.Option(help="The id of one conversation, if not all.")] = None,
    since: Day = None,
    until: Day = None,
    text: Annotated[str | None, typer.Option(help="Conversations in which this was said.")] = None,
    rating: Annotated[str | None, typer.Option(help="up or down: conversations with a reply so rated.")] = None,
    corrected: Annotated[
        bool, typer.Option("--corrected", help="Conversations with a reply that you corrected.")
    ] = False,
    min_chars: Annotated[int, typer.Option(min=0, help="For training: replies of at least so many characters.")] = 0,
    system: Annotated[str | None, typer.Option(help="For training: the system prompt of each example.")] = None,
    anonymise: Annotated[
        bool,
        typer.Option("--anonymise", help="With pseudonyms for people, addresses and numbers; see docs/privacy.md."),
    ] = False,
    ages: Annotated[bool, typer.Option("--ages", help="With --anonymise: ages too.")] = False,
    dates: Annotated[bool, typer.Option("--dates", help="With --anonymise: dates too, and times are moved.")] = False,
    key: Annotated[
        Path | None, typer.Option(help="With --anonymise: a file that tells who is who, for `zhiji reveal`.")
    ] = None,
    plain: Plain = False,
    data_dir: DataDir = None,
) -> None:
    """Write a user's conversation log, or the conversations with a message that fits. Works while Zhiji is open.

    sharegpt and openai are for training: with --rating, --corrected or --min-chars an example ends at each reply that fits,
    and a reply that you corrected stands as corrected.
    """
    from memory.exchange.anonymous_log import AnonymousLog
    from memory.exchange.log_export import lines, write, write_whole
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
    hidden = AnonymousLog(database, owner, ages=ages, dates=dates) if anonymise else None
    key_passphrase = sealed.passphrase_for(database, key, plain=plain) if key else None
    if str(out) == "-":
        for line in lines(database, owner, format, hidden=hidden, **only):
            sys.stdout.write(line)
    else:
        with counting("exporting") as progress:
            written = write(database, owner, out, format, progress, hidden, plain=plain, **only)
        print(f"{written} lines in {out}", file=sys.stderr)
    if hidden:
        replaced = ", ".join(f"{number} {kind.lower()}" for kind, number in sorted(hidden.texts.counts.items()))
        print(f"Replaced: {replaced or 'nothing'}. Look at it before you give it away.", file=sys.stderr)
        if key:
            write_whole(key, [hidden.key()], key_passphrase)
            print(f"{key} tells who is who. Keep it apart.", file=sys.stderr)


@app.command()
def reveal(
    file: Annotated[Path, typer.Argument(help="An export made with --anonymise --key.")],
    key: Annotated[Path, typer.Argument(help="Its key.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write.")],
) -> None:
    """Put back who is who in an anonymous export."""
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
        typer.Argument(help="Of ChatGPT or Claude (json or zip), Zhiji's jsonl, ShareGPT, OpenAI messages, or a CSV."),
    ],
    user: User = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is in it.")] = False,
    remember: Annotated[bool, typer.Option(help="Whether what you said in it is remembered.")] = True,
    learn: Annotated[bool, typer.Option(help="Whether the profile learns from it.")] = True,
    data_dir: DataDir = None,
) -> None:
    """Take in conversations from elsewhere. The same file again adds nothing."""
    settings = given(data_dir=data_dir, user=user)
    from assistant.runtime import Runtime
    from memory.storage import sealed
    from ui.progress import counting

    with sealed.opened(file) as log, Runtime(settings) as runtime, counting("importing") as progress:
        report = runtime.assistant(settings.user).import_(
            log, dry_run=dry_run, remember=remember, learn=learn, progress=progress
        )
    taken = {
        "conversation": report.conversations,
        "message": report.messages,
        "memory": report.memories,
        "fact": report.facts,
    }
    print(f"{'It holds' if dry_run else 'Taken in'}: {held(taken)}; {report.known} known already.")
    for refused in report.refused:
        print(f"  not taken in: {refused.where}: {refused.why}", file=sys.stderr)


@profile.command("show")
def profile_show(user: User = None, data_dir: DataDir = None) -> None:
    """What is known now, a fact a line, with the words it came from. Works while Zhiji is open."""
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
    out: Annotated[Path, typer.Option("--out", "-o", help="The file to write; - is standard output.")] = Path("-"),
    plain: Plain = False,
    data_dir: DataDir = None,
) -> None:
    """Write the profile as JSON, its history too. Works while Zhiji is open."""
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
    file: Annotated[Path, typer.Argument(help="A profile in JSON; only key and value of each fact are needed.")],
    user: User = None,
    data_dir: DataDir = None,
) -> None:
    """Add the facts of a file to the profile: all of them, or none and the reason."""
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
    """Back up everything that is remembered, of all users, in one file. Works while Zhiji is open."""
    from memory.storage import backup
    from ui.progress import copying

    ended_gently()
    with copying("backing up") as progress:
        path = backup.write(given(data_dir=data_dir).data_dir, out, progress)
    made = backup.describe(path)
    readers = "The passphrase of now opens it" if made.key else "Whoever has this file can read all of it"
    print(f"{path}: {held(made.counts)}. {readers}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Though it is not encrypted and what is here is.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Put a backup in the place of everything that is remembered now."""
    from memory.storage import backup
    from ui.progress import copying

    folder, found = given(data_dir=data_dir).data_dir, backup.describe(file)
    print(f"Of {found.created_at.astimezone():%Y-%m-%d %H:%M}: {held(found.counts)}.")
    if backup.holds_anything(folder) and not yes:
        print(f"It replaces all that is in {folder} now. What was forgotten since then comes back.")
        typer.confirm("Restore it?", abort=True)
    ended_gently()
    with copying("restoring") as progress:
        backup.restore(folder, file, progress, plain=plain)
    print(f"It is in {folder}.")


@app.command("archive")
def archive_user(
    user: Annotated[str, typer.Argument(help="Whose.")],
    out: Annotated[Path, typer.Argument(help="The file to write, say mei.zhiji.")],
    plain: Plain = False,
    data_dir: DataDir = None,
) -> None:
    """Write everything about one user to one file that any program can read. Works while Zhiji is open."""
    from memory.exchange import user_archive
    from ui.progress import counting

    database, owner = opened(user, data_dir)
    ended_gently()
    with counting("archiving") as progress:
        made = user_archive.write(database, owner, out, progress, plain=plain)
    print(f"{out}: {held(made.lines)}.")


@app.command("restore-user")
def restore_user(
    file: Annotated[Path, typer.Argument(help="An archive of a user.")],
    name: Annotated[str | None, typer.Option("--as", help="Under another name.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Bring back a user from an archive: all of them, or nothing and the reason. Other users stay as they are."""
    settings = given(data_dir=data_dir)
    from assistant.runtime import Runtime
    from memory.exchange import user_archive
    from ui.progress import counting

    with Runtime(settings) as runtime, counting("restoring") as progress:
        found = user_archive.restore(runtime.store, file, name=name, progress=progress)
    print(f"{name or found.user} is back: {held(found.lines)}.")
