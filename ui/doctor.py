"""`zhiji doctor`: what is here, what was chosen and why, and whether it is sound. Every line is a check."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock, Timeout
from sqlmodel import func, select

from assistant import catalog, embedder, hardware, selftest
from assistant.chat_models.registry import choose, engine_of_choice, load
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.errors import ZhijiError
from memory.search import ranker
from memory.search.inspection import inspect
from memory.storage import backup
from memory.storage.data_folder import DATABASE, owner_of
from memory.storage.tables import ConversationRow, MemoryRow, OutboxRow, UserRow
from memory.store import open_read_only


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` is `None` for plain information."""

    what: str
    said: str
    ok: bool | None = None


def examine(settings: Settings, *, deep: bool = False) -> Iterator[Finding]:
    """With `deep` every page of the database and every entry of the search is looked at."""
    machine = hardware.detect()
    yield Finding("Zhiji", f"{version('zhiji')}, Python {platform.python_version()}, {platform.system()}")
    accelerator = "no graphics card" if machine.device == "cpu" else f"{machine.device}, {machine.device_mb:,} MB"
    yield Finding("Machine", f"{machine.cores} cores, {machine.memory_mb:,} MB of memory, {accelerator}")
    yield from _models(settings)
    yield from _data(settings, deep)
    yield from _backups(settings)


def _models(settings: Settings) -> Iterator[Finding]:
    store = ModelStore(settings.models_dir)
    choice = choose(settings)
    yield Finding("Model", f"{choice.name} on {choice.device}: {choice.why}")
    yield _chat_model(settings, store, choice.name)
    yield from _engine(settings, choice.name, choice.device)
    yield _embedder(settings, store)
    yield Finding("Reader", _reader(settings, store))
    yield Finding("Models folder", f"{settings.models_dir}: {', '.join(store.names()) or 'empty'}")


def _embedder(settings: Settings, store: ModelStore) -> Finding:
    """Which one searches, and whether there are weights that were trained for it."""
    name = embedder.chosen(settings)
    if name in catalog.entries():
        if not store.has(name):
            return Finding("Embedder", f"missing; run: zhiji models get {name}", False)
        better = settings.embedder == "auto" and name != embedder.BEST
        hint = f"; for languages beside English: zhiji models get {embedder.BEST}" if better else ""
        return Finding("Embedder", f"{name}{hint}", True)
    if ranker.find(embedder.title(settings), embedder.own_rankers(settings)) is None:
        return Finding("Embedder", f"your own, {name}. {embedder.UNRANKED}")
    return Finding("Embedder", f"your own, {name}", True)


def _reader(settings: Settings, store: ModelStore) -> str:
    """What hears facts in what is said."""
    if not settings.reader:
        return "rules alone (reader = false)"
    try:
        store.path(catalog.READER, "source")
    except ZhijiError as error:
        return f"rules alone hear facts. {error}"
    made = store.has_reader(catalog.find(catalog.READER))
    return f"rules, and {catalog.find(catalog.READER).title}" + (
        "" if made else ", which is made ready at the first message"
    )


def _engine(settings: Settings, name: str, device: str) -> Iterator[Finding]:
    """What runs the model, and what the self-test measured."""
    if device != "cpu" or name == "scripted" or name.startswith(("http://", "https://")):
        return
    found = selftest.read(settings.models_dir)
    compared = ", ".join(f"{engine} {speed.turn_s:.1f} s" for engine, speed in found.engines.items())
    why = f"a turn in the self-test: {compared}" if compared else "no self-test yet; `zhiji models get` runs it"
    yield Finding("Engine", f"{engine_of_choice(settings)} ({why})")
    for model, speed in found.models.items():
        yield Finding(f"Speed, {model}", f"{speed.prompt:.0f} tokens/s of prompt, {speed.reply:.0f} of reply")


def _chat_model(settings: Settings, store: ModelStore, name: str) -> Finding:
    if name == "scripted":
        return Finding("Chat model", "scripted: for tests")
    if name.startswith(("http://", "https://")):
        try:
            load(settings).close()
        except ZhijiError as error:
            return Finding("Chat model", str(error), False)
        return Finding("Chat model", f"{name} answers", True)
    path = Path(name).expanduser()
    if name not in catalog.entries() and path.exists():
        return Finding("Chat model", f"your own, {path}", True)
    try:
        here = store.has(name)
    except ZhijiError as error:
        return Finding("Chat model", str(error), False)
    return Finding("Chat model", store.source_of(name) if here else f"missing; run: zhiji models get {name}", here)


def _data(settings: Settings, deep: bool) -> Iterator[Finding]:
    folder = settings.data_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // 2**20
    yield Finding("Data folder", f"{folder}, {free_mb:,} MB free", free_mb > 200)
    if not (folder / DATABASE).exists():
        yield Finding("Memories", "none yet")
        return
    try:
        database = open_read_only(folder, as_it_is=True)
    except ZhijiError as error:
        yield Finding("Database", str(error), False)
        return
    with database.read() as session:
        counts = [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (UserRow, ConversationRow, MemoryRow, OutboxRow)
        ]
    yield Finding("Database", f"sound, {'encrypted' if database.encrypted else 'not encrypted (zhiji encrypt)'}", True)
    yield Finding("Memories", "{} users, {} conversations, {} memories, {} waiting for the index".format(*counts))
    if deep:
        for checked in inspect(folder, database):
            yield Finding(checked.what, checked.wrong or checked.said, not checked.wrong)
    database.close()
    lock = FileLock(folder / "lock", blocking=False)
    try:
        lock.acquire()
        lock.release()
        yield Finding("In use", "by nobody")
    except (Timeout, OSError):
        yield Finding("In use", f"by {owner_of(folder) or 'another process'}")


def _backups(settings: Settings) -> Iterator[Finding]:
    if settings.backup_dir is None:
        yield Finding("Backups", "none by themselves; set backup_dir, or run: zhiji backup FILE")
        return
    made = backup.taken(settings.backup_dir, settings.data_dir)
    if not made:
        yield Finding("Backups", f"none yet in {settings.backup_dir}; the first is made when Zhiji is open", False)
        return
    hours = backup.age(made[-1]).total_seconds() / 3600
    yield Finding(
        "Backups",
        f"{len(made)} in {settings.backup_dir}, the newest {hours:.0f} h old",
        -1 < hours < 2 * settings.backup_hours,
    )
