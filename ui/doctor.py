"""`zhiji doctor`: what is here, what was chosen and why, and whether it is sound. Every line is a check."""

import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from sqlmodel import func, select

from assistant import catalog, hardware
from assistant.chat_models.registry import choose
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.errors import FolderUnusable, ZhijiError
from memory.store import DATABASE, open_read_only, owner_of
from memory.tables import ConversationRow, MemoryRow, OutboxRow, UserRow


@dataclass(frozen=True, slots=True)
class Finding:
    """`ok` is `None` for plain information."""

    what: str
    said: str
    ok: bool | None = None


def examine(settings: Settings) -> Iterator[Finding]:
    machine = hardware.look()
    yield Finding("Zhiji", f"{version('zhiji')}, Python {platform.python_version()}, {platform.system()}")
    accelerator = "no graphics card" if machine.device == "cpu" else f"{machine.device}, {machine.device_mb:,} MB"
    yield Finding("Machine", f"{machine.cores} cores, {machine.memory_mb:,} MB of memory, {accelerator}")
    yield from _models(settings)
    yield from _data(settings)


def _models(settings: Settings) -> Iterator[Finding]:
    store = ModelStore(settings.models_dir)
    choice = choose(settings)
    yield Finding("Model", f"{choice.name} on {choice.device}: {choice.why}")
    known = choice.name not in catalog.entries()
    here = known or store.has(choice.name)
    yield Finding(
        "Chat model", store.source_of(choice.name) if here else f"missing; run: zhiji models get {choice.name}", here
    )
    embedder = settings.embedder not in catalog.entries() or store.has(settings.embedder)
    yield Finding("Embedder", settings.embedder if embedder else "missing; run: zhiji models get embedder", embedder)
    yield Finding("Models folder", f"{settings.models_dir}: {', '.join(store.names()) or 'empty'}")


def _data(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free_mb = shutil.disk_usage(existing).free // 2**20
    yield Finding("Data folder", f"{folder}, {free_mb:,} MB free", free_mb > 200)
    if not (folder / DATABASE).exists():
        yield Finding("Memories", "none yet")
        return
    try:
        database = open_read_only(folder)
    except FolderUnusable as error:
        yield Finding("Database", str(error), False)
        return
    except ZhijiError as error:
        yield Finding("Database", str(error), False)
        return
    with database.read() as session:
        counts = [
            session.exec(select(func.count()).select_from(table)).one()
            for table in (UserRow, ConversationRow, MemoryRow, OutboxRow)
        ]
    database.close()
    yield Finding("Database", "sound", True)
    yield Finding("Memories", "{} users, {} conversations, {} memories, {} waiting for the index".format(*counts))
    owner = owner_of(folder)
    yield Finding("In use", f"by {owner}" if owner else "by nobody")
