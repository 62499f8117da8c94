"""The commands for what may be kept, for how long, and for forgetting: privacy, forget, erase, verify-erased, retention."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from memory.errors import BadInput
from ui.options import DataDir, Day, User, given, in_words, opened

if TYPE_CHECKING:
    from assistant.engine import Assistant
    from memory.privacy.receipts import Receipt

app = typer.Typer()

Receipts = Annotated[
    Path | None,
    typer.Option("--receipt", help="Write a receipt to this file; `zhiji verify-erased` checks it."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Days = Annotated[int | None, typer.Option(min=0, help="How many days to keep them; 0 for ever.")]


@app.command()
def privacy(
    user: Annotated[str | None, typer.Argument(help="The user; default: me.")] = None,
    allow: Annotated[
        list[str] | None, typer.Option(help="A purpose to allow: remember, profile, feedback, adapter, statistics.")
    ] = None,
    refuse: Annotated[list[str] | None, typer.Option(help="A purpose to refuse, one of the same.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Show what is kept about a user and where, what they allow and since when, and what was erased.

    Works while Zhiji is open. To allow or refuse something, close Zhiji first, or use its Privacy tab.
    """
    if allow or refuse:
        from assistant.runtime import Runtime

        both = set(allow or ()) & set(refuse or ())
        if both:
            raise BadInput(f"{sorted(both)[0]} is both allowed and refused.")
        settings = given(data_dir=data_dir, user=user)
        with Runtime(settings, asks_first=True) as runtime:
            consents = runtime.assistant(settings.user).consents
            consents.set(**dict.fromkeys(allow or (), True), **dict.fromkeys(refuse or (), False))
    from ui.privacy_report import report

    settings = given(data_dir=data_dir, user=user)
    database, owner = opened(user, data_dir)
    for line in report(database, owner, settings):
        print(line)


@app.command()
def forget(
    memory: Annotated[list[str] | None, typer.Option(help="The id of a memory.")] = None,
    fact: Annotated[list[str] | None, typer.Option(help="The id of a fact.")] = None,
    message: Annotated[list[str] | None, typer.Option(help="The id of a message.")] = None,
    conversation: Annotated[list[str] | None, typer.Option(help="The id of a conversation.")] = None,
    document: Annotated[list[str] | None, typer.Option(help="The id of a document.")] = None,
    since: Day = None,
    until: Day = None,
    user: User = None,
    receipt: Receipts = None,
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Forget one thing, or everything from a span of time, for good.

    One thing is a memory, a fact, a message, a conversation or a document; everything that came of it goes too. The ids are in
    what `zhiji archive` writes. In the browser each thing has its own button.
    """
    from assistant.runtime import Runtime

    settings = given(data_dir=data_dir, user=user)
    with Runtime(settings) as runtime:
        mine = _existing(runtime.assistant, settings.user, data_dir)
        single = [
            *((mine.memories.forget, id) for id in memory or ()),
            *((mine.profile.forget, id) for id in fact or ()),
            *((mine.conversations.forget, id) for id in message or ()),
            *((mine.conversations.delete, id) for id in conversation or ()),
            *((mine.documents.forget, id) for id in document or ()),
        ]
        if len(single) + (since is not None or until is not None) != 1:
            raise BadInput(
                "Say one thing to forget: an id, or --since and --until. `zhiji erase USER` is for everything."
            )
        if single:
            ((work, id),) = single
            work(id)
        else:
            due = mine.erasures.preview(since, until)
            print(f"In that time: {_counted(due)}.")
            if not due:
                return
            if not yes:
                typer.confirm("Forget it for good?", abort=True)
            mine.erasures.between(since, until)
        if not mine.erasures.receipts():
            print("It was forgotten already.")
            return
        _finish(runtime.store.flush(), mine.erasures.receipts()[-1], receipt)


@app.command()
def erase(
    user: Annotated[str, typer.Argument(help="The user.")],
    receipt: Receipts = None,
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Erase everything about a user for good: conversations, memories, profile, documents, ratings, reminders and settings."""
    from assistant.runtime import Runtime

    settings = given(data_dir=data_dir, user=user)
    with Runtime(settings) as runtime:
        mine = _existing(runtime.assistant, user, data_dir)
        if not yes:
            typer.confirm(f"Erase everything of {user}'s for good? It cannot be brought back.", abort=True)
        before = len(mine.erasures.receipts())
        mine.erase()
        if len(mine.erasures.receipts()) == before:
            print("There was nothing to erase.")
            return
        _finish(runtime.store.flush(), mine.erasures.receipts()[-1], receipt)


@app.command("verify-erased")
def verify_erased(
    receipt: Annotated[Path, typer.Argument(help="A receipt from `--receipt` or the browser.")],
    data_dir: DataDir = None,
) -> None:
    """Search every byte of the data folder for what a receipt says was erased. Exits with 1 if anything is left."""
    from memory.erasure import is_of, verify
    from memory.privacy.receipts import load
    from memory.store import open_read_only
    from ui.progress import counting

    settings = given(data_dir=data_dir)
    try:
        found = load(receipt.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{receipt} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput("This is no receipt of Zhiji's, or it is damaged.") from error
    database = open_read_only(settings.data_dir)
    if not is_of(database, found):
        raise BadInput(f"That receipt is of another data folder than {settings.data_dir}. Name it with --data-dir.")
    with counting("searching") as progress:
        verdict = verify(settings.data_dir, database, found, settings.backup_dir, progress)
    print(f"Erased {found.erased_at.astimezone():%Y-%m-%d %H:%M}, of {found.user}: {_counted(found.counts)}.")
    print(f"Searched {verdict.searched} files, {verdict.bytes / 1e6:.1f} MB, for {len(found.pieces)} pieces of it.")
    if verdict.said_elsewhere:
        print(
            f"  {verdict.said_elsewhere} of them also stand in what was said at another time and is still remembered."
        )
    for backup in verdict.older_backups:
        print(f"  {backup} was made before, and holds it.")
    for left in verdict.left[:20]:
        print(
            f"✗ {left.path}, byte {left.offset}: a piece of {'a ' if left.piece.kind != 'id' else 'an '}{left.piece.kind}"
        )
    if not verdict.gone:
        print(f"✗ {len(verdict.left)} pieces are left. Close Zhiji, start it and check again; else run `zhiji doctor`.")
        raise typer.Exit(1)
    print("✓ It is gone.")


@app.command()
def retention(
    conversations: Days = None,
    memories: Days = None,
    feedback: Days = None,
    user: User = None,
    yes: Yes = False,
    data_dir: DataDir = None,
) -> None:
    """Show how long conversations, memories and ratings are kept, or change it.

    First says what the rule would erase now. What is pinned stays.
    """
    from assistant.runtime import Runtime

    settings = given(data_dir=data_dir, user=user)
    days = {"conversations": conversations, "memories": memories, "feedback": feedback}
    with Runtime(settings) as runtime:
        mine = _existing(runtime.assistant, settings.user, data_dir)
        changed = {f"keep_{kind}_days": value or None for kind, value in days.items() if value is not None}
        ages = mine.preferences.get().model_copy(update=changed).ages()
        for kind in days:
            kept = getattr(ages, kind)
            print(f"{kind + ':':15}{f'kept for {kept} days' if kept else 'kept for ever'}")
        due = mine.expire(ages, preview=True)
        print(f"Too old now: {_counted(due)}.")
        if not changed:
            return
        if due and not yes:
            typer.confirm("Keep it so, and erase what is too old for good?", abort=True)
        mine.preferences.set(**changed)
        if due:
            mine.expire()
            runtime.store.flush()


def _existing(assistant: "type[Assistant] | object", user: str, data_dir: Path | None) -> "Assistant":
    """The assistant of a user who is there; nobody is made by asking for them to be forgotten. Raises NotFound."""
    opened(user, data_dir)
    return assistant(user)  # type: ignore[operator]


def _counted(counts: Mapping[str, int]) -> str:
    return in_words(counts) or "nothing"


def _finish(flushed: bool, found: "Receipt", path: Path | None) -> None:
    from memory.exchange.log_export import write_whole

    print(f"Forgotten: {_counted(found.counts)}.")
    if not flushed:
        print("The files are still being rewritten; that goes on while Zhiji is open.")
    if path is not None:
        write_whole(path, iter([found.dump()]))
        print(f"Receipt: {path}. Check it with: zhiji verify-erased {path}")
