"""A backup holds one moment of everything; a restore puts it back whole, or changes nothing, whenever it is cut off."""

import hashlib
import json
import shutil
import stat
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.backups import Backups
from memory.errors import BadInput, FolderLocked, FolderUnusable, SchemaTooNew, StoreError
from memory.memories import Memories
from memory.storage import backup
from memory.storage.data_folder import DATABASE
from memory.storage.database import Database
from memory.storage.files import scratch
from memory.store import Store
from memory.types import NewMemory
from tests.support import files_holding, zhiji

ROOT = Path(__file__).parent.parent
Reopen = Callable[[], Store]


def texts(store: Store, user: str = "mei") -> set[str]:
    return {memory.text for memory in Memories(store, store.user(user)).list(limit=10_000)}


def remember(store: Store, *said: str, user: str = "mei") -> None:
    Memories(store, store.user(user)).add_many([NewMemory(text) for text in said])


def rewritten(source: Path, target: Path, **changes: object) -> Path:
    """The same backup with another manifest."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        new.writestr(backup.MANIFEST, json.dumps(json.loads(old.read(backup.MANIFEST)) | changes))
        new.writestr(DATABASE, old.read(DATABASE))
    return target


def test_what_was_backed_up_comes_back_and_is_found(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    remember(store, "Mei keeps a tortoise called Bolt", "梅住在里斯本")
    remember(store, "Tom likes rye bread", user="tom")
    path = backup.write(store.folder, tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(found.name for found in tmp_path.iterdir()) == ["data", path.name]
    remember(store, "said after the backup")
    with pytest.raises(FolderLocked):
        backup.restore(store.folder, path)
    folder = store.folder
    store.close()
    found = backup.restore(folder, path)
    assert found.counts["user"] == 2
    assert found.counts["memory"] == 3
    assert files_holding(folder, b"said after the backup") == []
    store = reopen()
    assert texts(store) == {"Mei keeps a tortoise called Bolt", "梅住在里斯本"}
    assert texts(store, "tom") == {"Tom likes rye bread"}
    assert store.flush()
    hit = Memories(store, store.user("mei")).search("tortoise", 1)[0]
    assert hit.memory.text == "Mei keeps a tortoise called Bolt"
    assert store.flush()  # the index is warm now
    assert store.indexer.query(store.user("mei").id, store.embedder.embed(["tortoise"])[0], "hash-64", 5)


def test_a_backup_restores_into_a_folder_that_is_not_there(store: Store, tmp_path: Path) -> None:
    remember(store, "one thing")
    path = backup.write(store.folder, tmp_path / "mine.zip")
    backup.restore(tmp_path / "new" / "place", path)
    opened = Store(tmp_path / "new" / "place", lambda: store.embedder)  # type: ignore[arg-type,return-value]
    assert texts(opened) == {"one thing"}
    opened.close()


def test_a_backup_is_of_one_moment_whoever_writes_meanwhile(store: Store, tmp_path: Path) -> None:
    remember(store, *(f"before {number} {'x' * 4_000}" for number in range(600)))
    began, ended = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not ended.is_set():
            remember(store, f"pair {number} left", f"pair {number} right")  # one commit
            number += 1
            began.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert began.wait(10)
        slowly = lambda *_: time.sleep(0.05)  # noqa: E731
        path = backup.write(store.folder, tmp_path / "moment.zip", slowly)
    finally:
        ended.set()
        writer.join()
    written = len(texts(store))
    backup.restore(tmp_path / "other", path)
    opened = Store(tmp_path / "other", lambda: store.embedder)  # type: ignore[arg-type,return-value]
    found = texts(opened)
    opened.close()
    pairs = {text.rpartition(" ")[0] for text in found if text.startswith("pair")}
    assert len(found) == 600 + 2 * len(pairs)
    assert len(found) < written


def test_what_is_no_whole_backup_is_refused_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    remember(store, "must stay")
    good = backup.write(store.folder, tmp_path / "good.zip")
    folder = tmp_path / "here"
    backup.restore(folder, good)
    (folder / "index").mkdir()
    (folder / "index" / "of-this").write_text("x")
    before = snapshot(folder)
    whole = good.read_bytes()
    bad = tmp_path / "bad"
    bad.mkdir()
    for number, content in enumerate(
        [b"", b"PK", whole[:-30], whole[: len(whole) // 2], bytes(reversed(whole)), b"\0" * 10_000]
    ):
        (bad / f"{number}.zip").write_bytes(content)
    for place in range(100, len(whole) - 1_500, len(whole) // 12):  # one byte in the packed database
        (bad / f"flipped{place}.zip").write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        if unpacked(bad / f"flipped{place}.zip") == unpacked(good):  # zeros copied from elsewhere are zeros
            (bad / f"flipped{place}.zip").unlink()
    assert len(list(bad.glob("flipped*"))) > 5
    described = backup.describe(good)
    rewritten(good, bad / "infinite.zip", size=float("inf"))
    rewritten(good, bad / "counted.zip", counts={**described.counts, "memory": 5})
    with zipfile.ZipFile(bad / "bz2.zip", "w", zipfile.ZIP_BZIP2) as packed:
        packed.writestr(DATABASE, b"x")
        packed.writestr(backup.MANIFEST, b" " * 100_000_000)
    with zipfile.ZipFile(bad / "manifest.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(DATABASE, b"x")
        packed.writestr(backup.MANIFEST, b" " * 100_000_000)
    rewritten(good, bad / "hash.zip", sha256="0" * 64)
    rewritten(good, bad / "short.zip", size=described.size - 1)
    rewritten(good, bad / "long.zip", size=described.size + 1)
    rewritten(good, bad / "type.zip", type="other")
    rewritten(good, bad / "counts.zip", counts=[1])
    rewritten(good, bad / "schema.zip", schema="0001")
    with zipfile.ZipFile(bad / "climbs.zip", "w") as packed:
        packed.writestr("../../climbs", b"x")
        packed.writestr(backup.MANIFEST, b"{}")
    with zipfile.ZipFile(bad / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(DATABASE, b"\0" * 200_000_000)
        with zipfile.ZipFile(good) as old:
            packed.writestr(backup.MANIFEST, old.read(backup.MANIFEST))
    not_ours = b"SQLite format 3\0" + b"\0" * 5_000
    with zipfile.ZipFile(bad / "other.zip", "w") as packed:
        packed.writestr(DATABASE, not_ours)
        manifest = {
            "type": "zhiji-backup",
            "version": 1,
            "zhiji": "1",
            "schema": "x",
            "counts": {},
            "size": len(not_ours),
        }
        manifest |= {"created_at": "2026-01-01T00:00:00+00:00", "sha256": hashlib.sha256(not_ours).hexdigest()}
        packed.writestr(backup.MANIFEST, json.dumps(manifest))
    for path in sorted(bad.iterdir()):
        with pytest.raises(BadInput, match=r"Nothing was changed|cannot be read"):
            backup.restore(folder, path)
        assert snapshot(folder) == before, path.name
    with pytest.raises(SchemaTooNew):
        backup.restore(folder, rewritten(good, tmp_path / "newer.zip", version=2))
    with pytest.raises(BadInput):
        backup.restore(folder, tmp_path / "missing.zip")
    assert snapshot(folder) == before


def unpacked(path: Path) -> bytes | None:
    try:
        with zipfile.ZipFile(path) as packed:
            return packed.read(DATABASE)
    except (zipfile.BadZipFile, zlib.error):
        return None


def snapshot(folder: Path) -> dict[str, bytes]:
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name not in ("lock", "owner")}


def test_a_backup_overwrites_nothing_and_says_what_is_missing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "there.zip").write_text("mine")
    with pytest.raises(BadInput, match="exists"):
        backup.write(store.folder, tmp_path / "there.zip")
    assert (tmp_path / "there.zip").read_text() == "mine"
    with pytest.raises(FolderUnusable, match="nothing has been remembered"):
        backup.write(tmp_path / "nowhere", tmp_path / "new.zip")
    with pytest.raises(FolderUnusable):
        backup.write(store.folder, tmp_path / "no" / "such" / "folder.zip")
    with pytest.raises(RuntimeError):
        backup.write(store.folder, tmp_path / "stopped.zip", broken_off)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "there.zip"]


def broken_off(*_: int) -> None:
    raise RuntimeError


def test_a_damaged_database_is_replaced_by_its_backup(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    remember(store, "in the backup")
    path = backup.write(store.folder, tmp_path)
    folder = store.folder
    store.close()
    whole = (folder / DATABASE).read_bytes()
    (folder / DATABASE).write_bytes(b"\0" * 200 + whole[200 : len(whole) // 2])
    (folder / f"{DATABASE}-wal").write_bytes(b"\7" * 5_000)
    backup.restore(folder, path)
    assert texts(reopen()) == {"in the backup"}


KILLED = """
import os, shutil, sqlite3, sys
from pathlib import Path
from memory.storage import backup
from memory.storage.data_folder import DATABASE, locked
from memory.storage.database import Database

original, path, folder = map(Path, sys.argv[1:])
STEPS = ("open", "os.rename", "os.remove", "os.rmdir", "sqlite3.connect", "shutil.rmtree", "os.mkdir")
left, armed = 0, False

def hook(event, arguments):
    global left
    if armed and event in STEPS:
        left -= 1
        if left == 0:
            os._exit(9)

sys.addaudithook(hook)

def killed_at(step, work):
    global left, armed
    child = os.fork()
    if child == 0:
        left, armed = step, True
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def held():
    with locked(folder):
        backup.recover(folder)
        Database(folder / DATABASE).close()
    names = {found.name for found in folder.iterdir()}
    assert names <= {DATABASE, "index", "lock"}, names
    with sqlite3.connect(folder / DATABASE) as opened:
        texts = " ".join(sorted(text for (text,) in opened.execute("SELECT text FROM memory")))
    index = (folder / "index" / "of").read_text() if (folder / "index" / "of").exists() else ""
    assert not index or texts == index, (texts, index)
    return texts

def begin():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, folder)

outcomes, again = [], 0
for step in range(1, 10_000):
    begin()
    code = killed_at(step, lambda: backup.restore(folder, path))
    if code == 0:
        outcomes.append(held())
        break
    shutil.rmtree(folder.with_name("cut"), ignore_errors=True)
    shutil.copytree(folder, folder.with_name("cut"))
    outcomes.append(held())
    for recovering in range(1, 100):
        shutil.rmtree(folder)
        shutil.copytree(folder.with_name("cut"), folder)
        if killed_at(recovering, lambda: backup.recover(folder)) == 0:
            break
        again += 1
        assert held() == outcomes[-1], (step, recovering)
print(len(outcomes), again, *sorted(set(outcomes)), outcomes[-1], sep="|")
"""


@pytest.mark.reliability
@pytest.mark.parametrize("logged", [False, True])
def test_a_restore_killed_at_any_step_leaves_all_of_the_old_or_all_of_the_new(
    reopen: Reopen, tmp_path: Path, logged: bool
) -> None:
    store = reopen()
    remember(store, "new")
    path = backup.write(store.folder, tmp_path)
    Memories(store, store.user("mei")).forget(Memories(store, store.user("mei")).list()[0].id)
    assert store.flush()
    remember(store, "old")
    folder = tmp_path / "original"
    if logged:  # as a program that reads leaves it, or one that was killed: what was said last is in the log alone
        shutil.copytree(store.folder, folder, ignore=shutil.ignore_patterns("index", "*-shm"))
        assert (folder / f"{DATABASE}-wal").stat().st_size > 0
    else:
        store.close()
        shutil.copytree(store.folder, folder, ignore=shutil.ignore_patterns("index"))
    (folder / "index").mkdir()
    (folder / "index" / "of").write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(path), str(tmp_path / "killed")],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps, again, *seen, last = done.stdout.strip().split("|")
    assert int(steps) > 15
    assert int(again) > 15
    assert seen == ["new", "old"]
    assert last == "new"


def test_a_backup_whose_tables_cannot_be_brought_up_to_date_changes_nothing(
    reopen: Reopen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = reopen()
    remember(store, "precious")
    path = backup.write(store.folder, tmp_path)
    store.close()
    before = snapshot(store.folder)

    def fails(_: object) -> None:
        raise StoreError("no")

    monkeypatch.setattr(Database, "_migrate", fails)
    with pytest.raises(StoreError):
        backup.restore(store.folder, path)
    monkeypatch.undo()
    assert snapshot(store.folder) == before
    assert texts(reopen()) == {"precious"}


def test_odd_names_and_links(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    remember(store, "one thing")
    for name in (DATABASE, "copy", "packed", "lock", "知己 backup"):
        (tmp_path / "out").mkdir(exist_ok=True)
        backup.restore(tmp_path / f"of {name}", backup.write(store.folder, tmp_path / "out" / name))
        assert (tmp_path / f"of {name}" / DATABASE).exists()
    with pytest.raises(FolderUnusable, match="cannot be written"):
        backup.write(store.folder, tmp_path / ("x" * 300))
    with pytest.raises(FolderUnusable, match="No such file"):
        backup.write(store.folder, tmp_path / "nofull" / "a.zip")
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / DATABASE).symlink_to(tmp_path / f"of {DATABASE}" / DATABASE)
    with pytest.raises(BadInput, match="is a link"):
        backup.restore(linked, tmp_path / "out" / "copy")


def test_what_a_killed_backup_left_goes_with_the_next(store: Store, tmp_path: Path) -> None:
    remember(store, "one thing")
    left = tmp_path / ".zhiji-scratch-left"
    left.mkdir()
    (left / "copy").write_text("private")
    with scratch(tmp_path / "other.zip") as used:
        backup.write(store.folder, tmp_path / "mine.zip")
        assert used.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "mine.zip"]


def test_backups_by_themselves_are_made_when_due_and_the_oldest_go(store: Store, tmp_path: Path) -> None:
    into = tmp_path / "kept"
    into.mkdir()
    remember(store, "one thing")
    tag = backup._tag(store.folder)
    for name in (
        *(f"{tag}-2026010{day}-000000" for day in (1, 2, 3)),
        "ffffff-20260101-000000",
        f"{tag}-20269999-999999",
    ):
        (into / f"zhiji-{name}.zip").write_text("old")
    backups = Backups(store.folder, into, hours=24, keep=2)
    eventually(lambda: len(backup.taken(into, store.folder)) == 2)
    backups.close()
    oldest, newest = backup.taken(into, store.folder)
    assert oldest.name == f"zhiji-{tag}-20260103-000000.zip"
    assert backup.describe(newest).counts["memory"] == 1
    assert timedelta() <= backup.age(newest) < timedelta(minutes=1)
    assert len(list(into.iterdir())) == 4  # those of another folder, and what is no time, are left alone
    again = Backups(store.folder, into, hours=24, keep=1)
    eventually(lambda: backup.taken(into, store.folder) == [newest])  # it looked, and none was due
    again.close()


def test_a_backup_from_the_future_is_no_reason_to_make_none(store: Store, tmp_path: Path) -> None:
    (tmp_path / f"zhiji-{backup._tag(store.folder)}-20990101-000000.zip").write_text("the clock was wrong")
    backups = Backups(store.folder, tmp_path, hours=24, keep=2)
    eventually(lambda: len(backup.taken(tmp_path, store.folder)) == 2)
    backups.close()


def test_a_backup_that_fails_by_itself_is_told_and_ends_with_the_program(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    for into in (tmp_path / "file", tmp_path / "no" / "drive"):
        backups = Backups(store.folder, into, hours=24, keep=2)
        eventually(lambda: backups.trouble is not None)  # noqa: B023
        assert "No backup was made" in str(backups.trouble)
        backups.close()
    assert not (tmp_path / "no").exists()


def eventually(true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_the_commands_back_up_and_restore(tmp_path: Path) -> None:
    assert zhiji(tmp_path, "chat", "-u", "mei", say="I keep a tortoise\n").returncode == 0
    made = zhiji(tmp_path, "backup", "mine.zip")
    assert made.returncode == 0, made.stderr
    assert "1 user, 1 conversation, 2 messages" in made.stdout
    assert zhiji(tmp_path, "chat", "-u", "mei", say="I keep a parrot\n").returncode == 0
    refused = zhiji(tmp_path, "restore", "mine.zip", say="n\n")
    assert refused.returncode != 0
    assert "replaces all" in refused.stdout
    assert "parrot" in zhiji(tmp_path, "export", "-u", "mei", "--format", "md").stdout
    assert zhiji(tmp_path, "restore", "mine.zip", say="y\n").returncode == 0
    log = zhiji(tmp_path, "export", "-u", "mei", "--format", "md").stdout
    assert "tortoise" in log
    assert "parrot" not in log
    assert zhiji(tmp_path, "restore", "none.zip", "--yes").stderr.startswith("zhiji: none.zip cannot be read")
