"""Whatever has become of the data folder: what is damaged is told and left as it is, what can be made anew is, and a full or
read-only disk loses nothing that was acknowledged."""

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import DatabaseDamaged, DiskFull, FolderLocked, FolderUnusable, SchemaTooNew, ZhijiError
from memory.search import indexer
from memory.storage import backup
from memory.storage.data_folder import DATABASE
from memory.store import Store
from tests.support import HashEmbedder, zhiji
from tests.tiers import Tries

MEMORIES = 150
FACT = "home", "Trondheim"


def opened(folder: Path, **more: object) -> Runtime:
    settings = Settings(data_dir=folder, exact_up_to=0, **more)  # type: ignore[arg-type]
    return Runtime(settings, model=ScriptedModel(), embedder=HashEmbedder())


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder as a `kill -9` leaves it, and a backup of it beside it."""
    folder = tmp_path_factory.mktemp("filled") / "data"
    with opened(folder) as runtime:
        mei = runtime.assistant("mei")
        for number in range(MEMORIES):
            mei.memories.add(f"Entry {number} speaks of subject{number}")
        mei.profile.set(*FACT)
        mei.memories.forget(mei.memories.list(1)[0].id)  # which has the collection written anew
        assert runtime.store.flush()
        backup.write(folder, folder.parent)
    (folder / "index" / "dirty").touch()
    return folder


@pytest.fixture
def folder(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "data")
    return tmp_path / "data"


def answers(mei: Assistant) -> list[str]:
    return [mei.memories.search(f"subject{number}", 1)[0].memory.text for number in range(0, MEMORIES - 1, 10)]


EXPECTED = [f"Entry {number} speaks of subject{number}" for number in range(0, MEMORIES - 1, 10)]


# R3: a torn index

PIECES = ("data_level0.bin", "header.bin", "length.bin", "link_lists.bin")
TORN = [
    *((piece, how) for piece in PIECES for how in ("truncate", "zero", "noise", "remove")),
    *(("chroma.sqlite3", how) for how in ("header", "truncate", "empty", "noise", "remove")),
    ("", "remove"),
]


def tear(path: Path, how: str) -> None:
    if path.is_dir():
        shutil.rmtree(path)
        return
    content, chance = path.read_bytes() or b"\0" * 8, random.Random(1)
    path.write_bytes(
        {
            "truncate": content[: len(content) // 2],
            "zero": bytes(len(content)),
            "noise": chance.randbytes(len(content)),
            "header": chance.randbytes(100) + content[100:],
            "empty": b"",
            "remove": b"",
        }[how]
    )
    if how == "remove":
        path.unlink()


@pytest.mark.reliability
def test_a_torn_index_is_made_anew_and_nobody_notices(filled: Path, tmp_path: Path, tries: Tries) -> None:
    wrong = []
    chosen = TORN[::3] if tries.tier == "push" else TORN  # nightly takes all
    for number, (piece, how) in enumerate(chosen):
        folder = tmp_path / str(number)
        shutil.copytree(filled, folder)
        (generation,) = (folder / "index").glob("g*")
        for path in sorted(generation.rglob(piece)) if piece else [generation]:
            tear(path, how)
        with opened(folder) as runtime:
            mei = runtime.assistant("mei")
            at_once = answers(mei)  # while it is being looked at and built
            replied = mei.chat("Are you there?", remember=False).status
            whole = runtime.store.flush()
            index = runtime.store.indexer._index
            with runtime.store.database.engine.connect() as connection:
                ids = set(connection.exec_driver_sql("SELECT id FROM memory").scalars())
            held = index is not None and index.ids(runtime.store.user("mei").id) == ids
            if (at_once, answers(mei), replied, whole, held) != (EXPECTED, EXPECTED, "complete", True, True):
                wrong.append((piece, how))
    tries.found("R3 torn index", len(chosen), len(wrong))
    assert len(TORN) >= 20
    assert wrong == []


def test_an_index_that_hangs_or_crashes_is_left_to_a_child(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for ends in ("import time; time.sleep(60)", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"):
        (folder / "index" / "dirty").touch()

        def probe(_: Path, code: str = ends) -> bool:
            try:
                return subprocess.run([sys.executable, "-c", code], timeout=1, check=False).returncode == 0
            except subprocess.TimeoutExpired:
                return False

        monkeypatch.setattr(indexer, "probe", probe)
        with opened(folder) as runtime:
            assert answers(runtime.assistant("mei")) == EXPECTED
            assert runtime.store.flush()
            assert answers(runtime.assistant("mei")) == EXPECTED


# R4: a damaged database


def of_pages(number: int) -> Callable[[bytearray], None]:
    """The beginning of a page, where SQLite keeps what stands in it, is other than it was."""

    def damage(content: bytearray) -> None:
        page = 4096 * (2 + number * (len(content) // 4096 - 4) // 5)
        content[page : page + 64] = random.Random(number).randbytes(64)

    return damage


def cut(content: bytearray) -> None:
    del content[len(content) // 2 :]


def emptied(content: bytearray) -> None:
    content.clear()


def headless(content: bytearray) -> None:
    content[:100] = random.Random(1).randbytes(100)


def text(content: bytearray) -> None:
    content[:] = b"this is no database at all, sorry" * 500


DAMAGED: list[Callable[[bytearray], None]] = [headless, cut, emptied, text, *(of_pages(number) for number in range(5))]


@pytest.mark.reliability
def test_a_damaged_database_is_left_as_it_is_and_a_backup_takes_its_place(
    filled: Path, tmp_path: Path, tries: Tries
) -> None:
    wrong: list[object] = []
    copy = next(filled.parent.glob("zhiji-*.zip"))
    for number, damage in enumerate([*DAMAGED, None]):
        folder = tmp_path / str(number) / "data"
        shutil.copytree(filled, folder)
        database = folder / DATABASE
        if damage is None:
            with contextlib.closing(sqlite3.connect(database)) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '9999'")
                connection.commit()
        else:
            content = bytearray(database.read_bytes())
            damage(content)
            database.write_bytes(content)
        before = database.read_bytes()
        with pytest.raises(SchemaTooNew if damage is None else DatabaseDamaged) as refused:
            Store(folder, HashEmbedder)
        said = zhiji(folder.parent, "chat", say="hello\n")
        if not (said.returncode == 74 and str(refused.value) in said.stderr and database.read_bytes() == before):
            wrong.append((number, said.returncode, said.stderr))
        if damage is not None and "`zhiji restore FILE`" not in said.stderr:
            wrong.append((number, said.stderr))
        restored = zhiji(folder.parent, "restore", str(copy), "--yes")
        with opened(folder) as runtime:
            if restored.returncode or answers(runtime.assistant("mei")) != EXPECTED:
                wrong.append((number, restored.stderr))
    tries.found("R4 damaged database", len(DAMAGED) + 1, len(wrong))
    assert wrong == []


def test_the_log_of_a_damaged_database_is_left_too(folder: Path) -> None:
    """SQLite writes its log into the database when the last connection closes, which would end every hope of mending it."""
    with opened(folder) as runtime:
        for number in range(20):
            runtime.assistant("mei").memories.add(f"Said at last {number}")
        kept = {name: (folder / name).read_bytes() for name in (DATABASE, f"{DATABASE}-wal")}
    assert kept[f"{DATABASE}-wal"]
    content = bytearray(kept[DATABASE])
    for number in range(5):
        of_pages(number)(content)
    kept[DATABASE] = bytes(content)
    for name, held in kept.items():
        (folder / name).write_bytes(held)
    with pytest.raises(DatabaseDamaged, match="zhiji restore"):
        Store(folder, HashEmbedder)
    assert {name: (folder / name).read_bytes() for name in kept} == kept


def test_who_has_backups_is_told_which_is_the_newest(folder: Path, filled: Path) -> None:
    (folder / DATABASE).write_bytes(b"\7" * 100_000)
    name = backup._tag(folder)
    backups = folder.parent / "backups"
    backups.mkdir()
    for moment in ("20260101-000000", "20260301-000000", "20260201-000000"):
        shutil.copy(next(filled.parent.glob("zhiji-*.zip")), backups / f"zhiji-{name}-{moment}.zip")
    with opened(folder, backup_dir=backups) as runtime, pytest.raises(DatabaseDamaged, match=r"20260301-000000\.zip$"):
        runtime.assistant("mei")


# R5: a full disk


@contextlib.contextmanager
def no_room(folder: Path) -> Iterator[None]:
    """No file may grow beyond what the largest has now: what a full disk is to a program (`EFBIG` for `ENOSPC`)."""
    most = max(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)


WORKS: dict[str, Callable[[Assistant, str], object]] = {
    "add": lambda mei, text: mei.memories.add(text),
    "chat": lambda mei, text: mei.chat(text),
    "document": lambda mei, text: mei.documents.add(f"{text.split()[0]}.txt", text.encode()),
    "fact": lambda mei, text: mei.profile.set("notes", text[:200]),
    "import": lambda mei, text: mei.import_(f"role,text,time\nuser,{text[:5000]},2025-01-02T03:04:05Z\n".encode()),
}


@pytest.mark.reliability
@pytest.mark.parametrize("work", WORKS)
def test_a_full_disk_is_told_and_loses_nothing(folder: Path, tries: Tries, work: str) -> None:
    again = tries.number(1, 4, 10)
    wrong: list[str] = []
    with opened(folder) as runtime:
        mei = runtime.assistant("mei")
        answers(mei)
        assert runtime.store.flush()
        for round_ in range(again):
            acknowledged: list[str] = []
            failed = ""
            with no_room(folder):
                for number in range(3_000):
                    name = f"full{round_}x{number}z"
                    try:
                        WORKS[work](mei, f"{name} " + "filling the disk " * 100)
                        acknowledged.append(name)
                    except ZhijiError as error:
                        failed = f"{type(error).__name__}: {error}"
                        break
                if not failed.startswith("DiskFull"):
                    wrong.append(failed)
                if answers(mei) != EXPECTED:
                    wrong.append("it could not be read")
            mei.memories.add("There is room again")  # without a new start
            if not runtime.store.flush():
                wrong.append("the index was not brought up to date")
            with runtime.store.database.engine.connect() as connection:
                rows = connection.exec_driver_sql(
                    "SELECT text FROM memory UNION ALL SELECT text FROM message"
                ).scalars()
                held = " ".join(rows)
                if work == "fact":
                    held += " ".join(connection.exec_driver_sql("SELECT value FROM fact").scalars())
                sound = connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            lost = [name for name in acknowledged if f"{name} " not in held]
            wrong += [sound] if sound != "ok" else []
            wrong += [f"lost {lost}"] if lost else []
            runtime.store.database.compact()
    tries.found(f"R5 full disk: {work}", again, len(wrong))
    assert wrong == []


# R6: what may not be written

SCRIPT = """
import sys
from pathlib import Path
from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ZhijiError
from tests.support import HashEmbedder
import os

def work(folder):
    with Runtime(Settings(data_dir=folder), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        runtime.assistant("mei").memories.add("hello")
        runtime.assistant("mei").memories.search("hello")

work(Path(sys.argv[2]))  # imports all, from where perhaps only root may read
os.setuid(65534)  # root may write everywhere
try:
    work(Path(sys.argv[1]))
    print("it worked")
except ZhijiError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.reliability
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_may_not_be_written_is_told(folder: Path, tries: Tries) -> None:
    def kind(change: Callable[[], None]) -> str:
        for path in folder.parents:
            if path.owner() == "root" and path != Path("/"):
                path.chmod(
                    path.stat().st_mode | 0o055
                )  # pytest's own are for their owner alone, again with each pytest begun
        for path in (folder.parent, *folder.parent.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        change()
        root = Path(__file__).parent.parent
        command = [sys.executable, "-c", SCRIPT, str(folder), str(folder.parent / "before")]
        done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
        return done.stdout.split(" ", 1)[0] or done.stderr[-500:]

    before = (folder / DATABASE).stat().st_size
    found = {
        "database": kind(lambda: (folder / DATABASE).chmod(0o444)),
        "no right to read it": kind(lambda: (folder / DATABASE).chmod(0o000)),
        "folder": kind(lambda: folder.chmod(0o555)),
        "lock": kind(lambda: (folder / "lock").chmod(0o444)),
        "no right to enter": kind(lambda: folder.chmod(0o000)),
        "nothing wrong": kind(lambda: None),
    }
    wrong = [what for what, said in found.items() if said != ("it" if what == "nothing wrong" else "FolderUnusable")]
    tries.found("R6 not to be written", len(found), len(wrong), said=found)
    assert wrong == [], found
    assert (folder / DATABASE).stat().st_size >= before


def test_a_disk_that_fails_to_sync_is_told(folder: Path) -> None:
    with opened(folder) as runtime:
        mei = runtime.assistant("mei")

        def fails(*_: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        from sqlalchemy import event

        event.listen(runtime.store.database.engine, "commit", fails)
        with pytest.raises(DiskFull):
            mei.memories.add("lost")
        event.remove(runtime.store.database.engine, "commit", fails)
        assert "lost" not in [memory.text for memory in mei.memories.list(1)]
        assert mei.memories.add("kept").text == "kept"


# R7: a second process


def test_a_second_process_is_refused_at_once_and_told_whose_it_is(folder: Path, tries: Tries) -> None:
    code = (
        "import sys, time; from pathlib import Path; from memory.store import Store; from tests.support import HashEmbedder\n"
        f"store = Store(Path({str(folder)!r}), HashEmbedder); print('open', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parent.parent
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root) as first:
        assert first.stdout
        assert first.stdout.readline() == "open\n"
        began = time.monotonic()
        with pytest.raises(FolderLocked, match=f"process {first.pid}"):
            Store(folder, HashEmbedder)
        refused_s = time.monotonic() - began
        first.kill()
    Store(folder, HashEmbedder).close()  # the lock goes with the process
    tries.found("R7 second process", 1, 0, refused_s=round(refused_s, 3))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnusable):
        Store(tmp_path / "file" / "data", HashEmbedder)
