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
from memory import backup
from memory.data_folder import DATABASE
from memory.errors import BadInput, FolderLocked, FolderUnusable, SchemaTooNew
from memory.memories import Memories
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
    remember(store, *(f"before {number} {'x' * 4_000}" for number in range(2_000)))
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
    assert len(found) == 2_000 + 2 * len(pairs)
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
from memory import backup
from memory.data_folder import DATABASE, locked
from memory.database import Database

original, path, folder = map(Path, sys.argv[1:])
left, armed = 0, False

def hook(event, arguments):
    global left
    if armed and event in ("open", "os.rename", "os.remove", "os.rmdir", "sqlite3.connect", "shutil.rmtree", "os.mkdir"):
        left -= 1
        if left == 0:
            os._exit(9)

sys.addaudithook(hook)
outcomes = []
for step in range(1, 10_000):
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, folder)
    child = os.fork()
    if child == 0:
        left, armed = step, True
        backup.restore(folder, path)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with locked(folder):
        backup.recover(folder)
        Database(folder / DATABASE).close()
    names = sorted(found.name for found in folder.iterdir())
    assert set(names) <= {DATABASE, "index", "lock"}, names
    with sqlite3.connect(folder / DATABASE) as opened:
        held = sorted(text for (text,) in opened.execute("SELECT text FROM memory"))
    outcomes.append(" ".join(held))
    if code == 0:
        break
print(len(outcomes), *sorted(set(outcomes)), outcomes[-1], sep="|")
"""


def test_a_restore_killed_at_any_step_leaves_all_of_the_old_or_all_of_the_new(reopen: Reopen, tmp_path: Path) -> None:
    store = reopen()
    remember(store, "new")
    path = backup.write(store.folder, tmp_path)
    Memories(store, store.user("mei")).forget(Memories(store, store.user("mei")).list()[0].id)
    remember(store, "old")
    assert store.flush()
    folder = store.folder
    store.close()
    shutil.rmtree(folder / "index")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(path), str(tmp_path / "killed")],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    steps, *seen, last = done.stdout.strip().split("|")
    assert int(steps) > 15
    assert seen == ["new", "old"]
    assert last == "new"


def test_backups_by_themselves_are_made_when_due_and_the_oldest_go(store: Store, tmp_path: Path) -> None:
    into = tmp_path / "kept"
    into.mkdir()
    remember(store, "one thing")
    for day in (1, 2, 3):
        (into / f"zhiji-2026010{day}-000000.zip").write_text("old")
    (into / "zhiji-mine.zip").write_text("another's")
    backups = Backups(store.folder, into, hours=24, keep=2)
    eventually(lambda: len(backup.taken(into)) == 2)
    backups.close()
    oldest, newest = backup.taken(into)
    assert oldest.name == "zhiji-20260103-000000.zip"
    assert backup.describe(newest).counts["memory"] == 1
    assert backup.age(newest) < timedelta(minutes=1)
    assert (into / "zhiji-mine.zip").exists()
    again = Backups(store.folder, into, hours=24, keep=2)
    time.sleep(0.2)
    again.close()
    assert backup.taken(into) == [oldest, newest]  # none was due


def test_a_backup_that_fails_by_itself_is_told_and_ends_with_the_program(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    backups = Backups(store.folder, tmp_path / "file", hours=24, keep=2)
    eventually(lambda: backups.trouble is not None)
    assert "No backup was made" in str(backups.trouble)
    backups.close()


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
