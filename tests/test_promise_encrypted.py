"""What is encrypted is read by nobody without the passphrase: no byte of it on the disk, in no file beside it, at no moment of
a conversion; and what was there before is all there after."""

import base64
import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import keyring
import keyring.backend
import numpy as np
import pyrage
import pytest
from sqlmodel import select

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory import forget
from memory.access.accounts import Accounts
from memory.erasure import verify
from memory.errors import BadInput, ConfigError, DatabaseDamaged, FolderLocked, Locked, StoreError, WrongPassphrase
from memory.exchange import user_archive
from memory.search.embedders import to_bytes
from memory.search.entries import dense_key
from memory.storage import backup, conversion, encryption, pages, sealed
from memory.storage.data_folder import DATABASE, INDEX
from memory.storage.encryption import KEYS, WrappedKey
from memory.storage.tables import AccountRow
from memory.types import NewMemory
from tests.support import CHEAP, HashEmbedder, files_holding, ready, zhiji
from ui.views import App

ROOT = Path(__file__).parent.parent
CANARY = "Quizzaciously"
SECRET = "correct horse 芝麻开门"
OTHER = "battery staple 42"


@pytest.fixture(autouse=True)
def _nothing_unlocked() -> Iterator[None]:
    encryption.lock()
    yield
    encryption.lock()


def runtime(folder: Path, passphrase: str | None = None, exact_up_to: int = 0) -> Runtime:
    settings = Settings(data_dir=folder, exact_up_to=exact_up_to, passphrase=passphrase)  # type: ignore[arg-type]
    return Runtime(settings, model=ScriptedModel(), embedder=HashEmbedder())


def filled(folder: Path) -> list[bytes]:
    """Fill a folder; returns what tells of it in any of its files."""
    with runtime(ready(folder)) as opened:
        mei = opened.assistant("mei")
        mei.memories.add_many([NewMemory(f"Ordinary note {n} about item{n}") for n in range(60)])
        mei.chat(f"I live in {CANARY} and the safe opens with {CANARY}")
        mei.chat("What opens the safe?")
        mei.profile.set("password_hint", CANARY)
        mei.memories.add(f"{CANARY.lower()} in base64: {base64.b64encode(CANARY.encode()).decode()}")
        assert opened.store.flush()
        memory = next(m for m in mei.memories.list(20) if m.kind == "said" and CANARY in m.text)
        vector = HashEmbedder().embed([dense_key(memory.text, memory.speaker, memory.occurred_at)])[0]
    return [
        CANARY.encode(),
        CANARY.lower().encode(),
        CANARY.encode("utf-16-le"),
        base64.b64encode(CANARY.encode())[:-2],
        memory.id.encode(),
        to_bytes(np.asarray(vector)),
        to_bytes(np.asarray(vector))[:32],
        b"Ordinary",
        b"CREATE TABLE",
    ]


def rows(folder: Path) -> dict[str, list[str]]:
    """Every row of every table."""
    with closing(encryption.connect(folder / DATABASE)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        kept = [name for name in tables if not name.startswith("sqlite_stat")]
        return {name: sorted(map(repr, opened.execute(f'SELECT * FROM "{name}"'))) for name in kept}


@pytest.mark.push
@pytest.mark.reliability
def test_nothing_of_it_is_on_the_disk_while_it_is_open_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, temporary = tmp_path / "data", tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    needles = filled(data)
    control = [bool(files_holding(data, needle)) for needle in needles]
    assert control == [True, True, False, True, True, True, True, True, True], "the search finds what is there"
    was = rows(data)
    conversion.encrypt(data, SECRET, costs=CHEAP)
    assert files_holding(tmp_path, *needles) == []
    assert not (data / INDEX).exists()
    assert rows(data) == was
    encryption.lock()
    with runtime(data, SECRET) as opened:
        mei = opened.assistant("mei")
        assert opened.store.flush()
        again = mei.chat(f"The other safe opens with {CANARY} too")
        assert again.recalled
        assert opened.store.flush()
        assert opened.store.indexer.state == "ready"
        found = opened.store.embedder.embed(["safe"])[0]
        assert mei.memories.search("safe")
        assert opened.store.flush()
        assert opened.store.indexer.query(opened.store.user("mei").id, found, "hash-64", 5), "Chroma is at work"
        assert (data / f"{DATABASE}-wal").stat().st_size > 0
        assert files_holding(tmp_path, *needles) == []
        backup.write(data, tmp_path)
        mei.export(tmp_path / "log.jsonl.age")
        mei.export(tmp_path / "log.parquet.age", "parquet")
        user_archive.write(opened.store.database, opened.store.user("mei"), tmp_path / "mei.zhiji.age")
        assert files_holding(tmp_path, *needles) == []
    assert files_holding(tmp_path, *needles) == []
    with zipfile.ZipFile(next(tmp_path.glob("zhiji-*.zip"))) as packed:
        assert not any(needle in packed.read(DATABASE) for needle in needles)
    secret = encryption.key_of(data / DATABASE)
    assert secret
    told = [secret.secret, secret.secret.hex().encode(), base64.b64encode(secret.secret), SECRET.encode()]
    assert files_holding(tmp_path, *told) == []
    conversion.decrypt(data)
    assert files_holding(data, CANARY.encode()) == [DATABASE]
    assert not (data / KEYS).exists()


def test_a_wrong_passphrase_is_told_and_changes_nothing(tmp_path: Path) -> None:
    filled(tmp_path)
    conversion.encrypt(tmp_path, SECRET, costs=CHEAP)
    encryption.lock()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"}
    for wrong in ("", "x", SECRET[:-1], SECRET.upper(), "p" * 100_000, "\ud800"):
        with pytest.raises(WrongPassphrase, match="not the passphrase"), runtime(tmp_path, wrong) as opened:
            opened.assistant("mei")
    with pytest.raises(Locked, match="ZHIJI_PASSPHRASE"), runtime(tmp_path) as opened:
        opened.assistant("mei")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"} == before
    with runtime(tmp_path, SECRET.replace("horse", "ｈｏｒｓｅ")) as opened:  # a Chinese keyboard's wide letters
        assert opened.assistant("mei").memories.count() > 60


def test_what_is_forgotten_leaves_no_page_and_the_check_can_fail(tmp_path: Path) -> None:
    filled(tmp_path)
    conversion.encrypt(tmp_path, SECRET, costs=CHEAP)
    for secure in (True, False):
        with runtime(tmp_path) as opened:
            mei = opened.assistant("mei")
            store = opened.store
            assert store.flush()
            kept = mei.memories.add(f"A drawer that holds the {CANARY} of the house, number {secure}")
            assert store.flush()
            if not secure:
                store.indexer.close()  # nobody rewrites the files
            with store.erasing(store.user("mei"), "memory") as session:
                session.connection().exec_driver_sql(f"PRAGMA secure_delete = {'ON' if secure else 'OFF'}")
                forget.memories(session, store.user("mei").id, [kept.id])
            assert store.flush() is secure
            receipt = mei.erasures.receipts()[-1]
            verdict = verify(tmp_path, store.database, receipt)
            assert verdict.gone is secure
            held = b"".join(b"".join(pages.pieces(path)) for path in tmp_path.glob(f"{DATABASE}*"))
            assert (f"number {secure}".encode() in held) is not secure
            assert b"Ordinary" in held


def test_another_key_and_back_again(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    was = rows(data)
    conversion.encrypt(data, SECRET, costs=CHEAP)
    old = backup.write(data, tmp_path / "old.zip")
    first = (data / DATABASE).read_bytes()[:16]
    conversion.rekey(data, OTHER, costs=CHEAP)
    assert (data / DATABASE).read_bytes()[:16] != first
    assert list(encryption.keys(data)) == [(data / DATABASE).read_bytes()[:16].hex()]
    encryption.lock()
    with pytest.raises(WrongPassphrase):
        encryption.unlock(data / DATABASE, SECRET)
    encryption.unlock(data / DATABASE, OTHER)
    assert rows(data) == was
    for wrong, said in ((conversion.encrypt, "is encrypted"),):
        with pytest.raises(BadInput, match=said):
            wrong(data, SECRET)
    with pytest.raises(BadInput, match="at least 8"):
        conversion.rekey(data, "short", costs=CHEAP)
    assert rows(data) == was
    # A backup has the passphrase of its day, in a folder of any key
    with encryption.ask_with(lambda _: iter([OTHER, SECRET])):
        backup.restore(data, old)
    assert list(encryption.keys(data)) == [first.hex()]
    assert rows(data) == was
    conversion.decrypt(data)
    assert rows(data) == was
    for wrong in (conversion.decrypt, lambda folder: conversion.rekey(folder, OTHER, costs=CHEAP)):
        with pytest.raises(BadInput, match="not encrypted"):
            wrong(data)


def test_a_backup_is_never_a_way_into_the_clear_or_into_a_wrong_key(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    plain = backup.write(data, tmp_path / "plain.zip")
    conversion.encrypt(data, SECRET, costs=CHEAP)
    good = backup.write(data, tmp_path / "good.zip")
    was, keys = rows(data), (data / KEYS).read_bytes()
    with pytest.raises(BadInput, match="--plain"):
        backup.restore(data, plain)
    key = backup.describe(good).key
    assert key
    with zipfile.ZipFile(good) as packed, zipfile.ZipFile(plain) as clear:
        manifest, whole = json.loads(packed.read(backup.MANIFEST)), packed.read(DATABASE)
        of_plain, in_clear = json.loads(clear.read(backup.MANIFEST)), clear.read(DATABASE)
    bad = {
        "no-key": (manifest | {"key": None}, whole),
        "clear": (of_plain | {"key": asdict(key)}, in_clear),
        "costs": (manifest | {"key": asdict(key) | {"memory_kib": 2**40}}, whole),
        "time": (manifest | {"key": asdict(key) | {"time": 10**9}}, whole),
        "extra": (manifest | {"key": asdict(key) | {"extra": 1}}, whole),
        "salt": (manifest | {"key": asdict(key) | {"salt": "00" * 16}}, whole),
        "type": (manifest | {"key": [1]}, whole),
    }
    for name, (record, database) in bad.items():
        path = tmp_path / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as packed:
            packed.writestr(DATABASE, database)
            packed.writestr(backup.MANIFEST, json.dumps(record))
        with pytest.raises(BadInput, match=r"damaged|--plain"):
            backup.restore(data, path)
        assert (data / KEYS).read_bytes() == keys, name
        assert rows(data) == was, name
    bits = key.wrapped[:-2] + ("A" if key.wrapped[-2] != "A" else "B") + key.wrapped[-1]
    for record, database in ((manifest, whole), (of_plain, in_clear)):  # another wrapping of the same salt
        with zipfile.ZipFile(tmp_path / "bits.zip", "w") as packed:
            packed.writestr(DATABASE, database)
            packed.writestr(backup.MANIFEST, json.dumps(record | {"key": asdict(key) | {"wrapped": bits}}))
        with pytest.raises(BadInput, match="Nothing was changed"):
            backup.restore(data, tmp_path / "bits.zip")
        assert (data / KEYS).read_bytes() == keys
    encryption.lock()
    with pytest.raises(WrongPassphrase), encryption.ask_with(lambda _: iter(["not it"])):
        backup.restore(tmp_path / "new", good)
    assert not (tmp_path / "new" / DATABASE).exists()
    assert not (tmp_path / "new" / KEYS).exists()
    with encryption.ask_with(lambda _: iter([SECRET])):
        backup.restore(tmp_path / "new", good)
    assert rows(tmp_path / "new") == was
    backup.restore(data, plain, plain=True)
    assert not (data / KEYS).exists()
    assert rows(data) == was


def test_a_lost_or_damaged_key_is_told_and_nothing_is_begun_anew(tmp_path: Path) -> None:
    filled(tmp_path)
    conversion.encrypt(tmp_path, SECRET, costs=CHEAP)
    encryption.lock()
    whole, keys = (tmp_path / DATABASE).read_bytes(), (tmp_path / KEYS).read_text()
    key = next(iter(encryption.keys(tmp_path).values()))
    for text in ("", "{", "[]", "{}", keys.replace('"version": 1', '"version": 9'), keys[:-20], '{"keys": ' * 9_000):
        (tmp_path / KEYS).write_text(text)
        with pytest.raises(DatabaseDamaged, match="holds the key"), runtime(tmp_path, SECRET) as opened:
            opened.assistant("mei")
    for odd in ({"time": 0}, {"time": True}, {"lanes": 99}, {"memory_kib": 1}, {"salt": "zz"}, {"wrapped": "x"}):
        with pytest.raises((ValueError, TypeError)):
            replace(key, **odd)  # type: ignore[arg-type]
    (tmp_path / KEYS).unlink()
    with pytest.raises(DatabaseDamaged, match=r"not in encryption\.json"), runtime(tmp_path) as opened:
        opened.assistant("mei")
    (tmp_path / KEYS).write_text(keys)
    for gone in (None, b""):
        (tmp_path / DATABASE).unlink(missing_ok=True)
        if gone is not None:
            (tmp_path / DATABASE).write_bytes(gone)
        with pytest.raises(DatabaseDamaged, match="was encrypted"), runtime(tmp_path, SECRET) as opened:
            opened.assistant("mei")
    (tmp_path / DATABASE).write_bytes(whole)
    with runtime(tmp_path, SECRET) as opened:
        assert opened.assistant("mei").memories.count() > 60


@pytest.mark.reliability  # each sealing and opening costs a second, which age asks for
def test_what_leaves_it_is_sealed_or_asked_for_in_the_clear(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    with runtime(data) as opened, pytest.raises(BadInput, match="no passphrase"):
        opened.assistant("mei").export(tmp_path / "a.jsonl.age")
    conversion.encrypt(data, SECRET, costs=CHEAP)
    with runtime(data) as opened:
        mei = opened.assistant("mei")
        for work in (
            lambda: mei.export(tmp_path / "b.jsonl"),
            lambda: mei.export(tmp_path / "b.parquet", "parquet"),
            lambda: user_archive.write(opened.store.database, opened.store.user("mei"), tmp_path / "b.zhiji"),
        ):
            with pytest.raises(BadInput, match=r"Name the file b\.\w+\.age"):
                work()
        assert not list(tmp_path.glob("*b.*"))
        mei.export(tmp_path / "c.jsonl.age")
        mei.export(tmp_path / "c.jsonl", plain=True)
        clear = (tmp_path / "c.jsonl").read_bytes()
        assert CANARY.encode() in clear
        assert pyrage.passphrase.decrypt((tmp_path / "c.jsonl.age").read_bytes(), encryption.normal(SECRET)) == clear
        user_archive.write(opened.store.database, opened.store.user("mei"), tmp_path / "c.zhiji.age")
        with sealed.opened(tmp_path / "c.jsonl.age") as log:
            report = opened.assistant("tom").import_(log)
        assert (report.conversations, report.messages) == (2, 4)
    with runtime(tmp_path / "other") as opened:
        user_archive.restore(opened.store, tmp_path / "c.zhiji.age")
        assert opened.assistant("mei").memories.count() > 60
    for content in (b"age-encryption.org/v1\n", (tmp_path / "c.jsonl.age").read_bytes()[:-9]):
        with pytest.raises(BadInput, match="damaged"):
            sealed.unsealed(content, "bad.age")
    encryption.lock()
    with pytest.raises(WrongPassphrase), encryption.ask_with(lambda _: iter(["no", "nor this"])):
        sealed.unsealed((tmp_path / "c.jsonl.age").read_bytes(), "c.jsonl.age")


def test_it_is_not_converted_while_it_is_open(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    with runtime(data) as opened:
        opened.assistant("mei")
        with pytest.raises(FolderLocked):
            conversion.encrypt(data, SECRET, costs=CHEAP)
    with closing(sqlite3.connect(data / DATABASE)) as reader:  # an export under way
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM memory").fetchone()
        with pytest.raises(StoreError, match="nother program"):
            conversion.encrypt(data, SECRET, costs=CHEAP)
    assert not (data / KEYS).exists()
    conversion.encrypt(data, SECRET, costs=CHEAP)


KILLED = """
import os, shutil, sys
from contextlib import closing
from pathlib import Path
from memory.storage import backup, conversion, encryption
from memory.storage.costs import Costs
from memory.storage.data_folder import DATABASE, locked
from memory.storage.database import Database

CHEAP = Costs(1, 64, 4)
original, folder = map(Path, sys.argv[1:])
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

def held(*passphrases):
    encryption.lock()
    with locked(folder), encryption.ask_with(lambda _: iter(passphrases)):
        backup.recover(folder)
        conversion.recover(folder)
        with closing(Database(folder / DATABASE)) as opened, opened.read() as session:
            found = session.connection().exec_driver_sql("SELECT count(*) FROM memory").scalar()
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".zhiji-scratch")}
    assert names <= {DATABASE, "index", "lock", "encryption.json", DATABASE + "-wal", DATABASE + "-shm"}, names
    key = encryption.salt_of(folder / DATABASE)
    assert key is None or not (folder / "index").exists()
    said = [p for p in passphrases if key and opens(p)]
    return found, said[0] if said else "clear"

def opens(passphrase):
    try:
        encryption.unlock(folder / DATABASE, passphrase)
        return True
    except encryption.WrongPassphrase:
        return False

def begin():
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(original, folder)

def all_of(work, first):
    seen = []
    for step in range(1, 10_000):
        begin()
        first()
        code = killed_at(step, work)
        seen.append(held("one passphrase", "two passphrases"))
        if code == 0:
            return seen

def encrypted():
    conversion.encrypt(folder, "one passphrase", costs=CHEAP)

nothing = lambda: None
for work, first in (
    (encrypted, nothing),
    (lambda: conversion.rekey(folder, "two passphrases", costs=CHEAP), encrypted),
    (lambda: conversion.decrypt(folder), encrypted),
):
    seen = all_of(work, first)
    print(len(seen), *sorted({which for _, which in seen}), seen[-1][1], *{count for count, _ in seen}, sep="|")
"""


@pytest.mark.reliability
def test_a_conversion_killed_at_any_step_leaves_all_of_it_with_its_key(tmp_path: Path) -> None:
    filled(tmp_path / "data")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "data"), str(tmp_path / "killed")],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for line, (before, after) in zip(
        done.stdout.splitlines(),
        [("clear", "one passphrase"), ("one passphrase", "two passphrases"), ("one passphrase", "clear")],
        strict=True,
    ):
        steps, *which, last, count = line.split("|")
        assert int(steps) > 12
        assert which == sorted([before, after])
        assert last == after
        assert int(count) > 60


class InMemory(keyring.backend.KeyringBackend):
    """A real back end of `keyring` without a system behind it."""

    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def own_keyring() -> Iterator[InMemory]:
    before, ours = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def test_the_keyring_opens_it_and_the_passphrase_it_keeps_does_elsewhere(tmp_path: Path, own_keyring: InMemory) -> None:
    filled(tmp_path)
    made = encryption.new_passphrase()
    conversion.encrypt(tmp_path, made, keyring=True, costs=CHEAP)
    encryption.lock()
    with runtime(tmp_path) as opened:
        assert opened.assistant("mei").memories.count() > 60
    assert files_holding(tmp_path, made.encode()) == []
    own_keyring.kept.clear()
    encryption.lock()
    with pytest.raises(Locked), runtime(tmp_path) as opened:
        opened.assistant("mei")
    with runtime(tmp_path, made) as opened:
        assert opened.assistant("mei").memories.count() > 60


def test_without_a_keyring_nothing_is_encrypted(tmp_path: Path) -> None:
    filled(tmp_path)
    before = keyring.get_keyring()
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(ConfigError, match="passphrase instead"):
            conversion.encrypt(tmp_path, encryption.new_passphrase(), keyring=True, costs=CHEAP)
    finally:
        keyring.set_keyring(before)
    assert not (tmp_path / KEYS).exists()
    assert files_holding(tmp_path, CANARY.encode())


def test_nothing_is_encrypted_where_nothing_is(tmp_path: Path) -> None:
    for work in (lambda folder: conversion.encrypt(folder, SECRET, costs=CHEAP), conversion.decrypt):
        with pytest.raises(BadInput, match="nothing in"):
            work(tmp_path / "typo")
    with pytest.raises(BadInput, match="at least 8"):
        conversion.encrypt(tmp_path / "typo", "short", costs=CHEAP)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_a_folder_that_is_converted_meanwhile_is_none(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    with pytest.raises(StoreError, match="meanwhile"):
        backup.write(data, tmp_path / "b.zip", lambda *_: encrypted_once(data))
    assert not (tmp_path / "b.zip").exists()
    assert encryption.is_encrypted(data / DATABASE)


def encrypted_once(folder: Path) -> None:
    """What `zhiji encrypt` does at last, while somebody reads: the new file takes the name of the old."""
    if not encryption.is_encrypted(folder / DATABASE):
        other = folder.with_name("other")
        shutil.copytree(folder, other)
        conversion.encrypt(other, SECRET, costs=CHEAP)
        shutil.copy(other / KEYS, folder / KEYS)
        (other / DATABASE).replace(folder / DATABASE)


@pytest.mark.push
@pytest.mark.reliability
def test_what_a_guess_costs_is_no_less_than_the_standard_asks(tmp_path: Path) -> None:
    """Of whatever is made without saying what it is to cost: a key, a conversion, another passphrase, an account."""
    filled(tmp_path)
    _, of_a_key = encryption.new_key(SECRET)
    assert WrappedKey(**asdict(of_a_key)).opened(SECRET).secret != encryption.new_key(SECRET)[0].secret
    conversion.encrypt(tmp_path, SECRET)
    (converted,) = encryption.keys(tmp_path).values()
    conversion.rekey(tmp_path, OTHER)
    (changed,) = encryption.keys(tmp_path).values()
    for wrapped in (of_a_key, converted, changed):
        assert (wrapped.time, wrapped.lanes) >= (3, 4)
        assert wrapped.memory_kib >= 65_536  # RFC 9106, the second recommended choice
    with runtime(tmp_path) as opened:
        for number, accounts in enumerate((Accounts(opened.store), App(opened).accounts)):
            accounts.add(f"user{number}", SECRET)
        with opened.store.database.read() as session:
            kept = session.exec(select(AccountRow.password)).all()
    assert len(kept) == 2
    assert all(hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$") for hashed in kept)


def test_nothing_but_an_argument_makes_a_guess_cheaper() -> None:
    """No setting, environment variable or command does, and no code of ours passes less."""
    weaker = re.compile(r"\bCosts\(|\bcosts=(?!(?:self\.)?costs\b)")
    found = {
        str(path.relative_to(ROOT))
        for folder in ("assistant", "memory", "prompts", "ui")
        for path in (ROOT / folder).rglob("*.py")
        if weaker.search(path.read_text(encoding="utf-8"))
    }
    assert found == {"memory/storage/costs.py", "memory/storage/encryption.py"}
    assert not [name for name in Settings.model_fields if "cost" in name]


def typed(home: Path, *arguments: str, answers: list[str]) -> tuple[int, str]:
    """Run a command in a terminal of its own, answering each prompt that ends in ': '."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")}
    environment |= {
        "ZHIJI_DATA_DIR": str(home / "data"),
        "ZHIJI_CONFIG": str(home / "none.toml"),
        "ZHIJI_MODEL": "scripted",
        "ZHIJI_USER": "mei",
    }
    terminal, theirs = pty.openpty()
    command = [sys.executable, "-m", "ui", *arguments]
    child = subprocess.Popen(
        command, cwd=home, env=environment | {"PYTHONPATH": str(ROOT)}, stdin=theirs, stdout=theirs, stderr=theirs,
        start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said, left = b"", list(answers)
    while True:
        try:
            got = os.read(terminal, 4096)
        except OSError:
            break
        if not got:
            break
        said += got
        if left and got.endswith(b": "):
            os.write(terminal, left.pop(0).encode() + b"\n")
    os.close(terminal)
    return child.wait(), said.decode(errors="replace")


@pytest.mark.reliability  # ten commands in processes of their own
def test_the_commands_ask_in_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    data = tmp_path / "data"
    filled(data)
    code, said = typed(tmp_path, "encrypt", answers=[SECRET, OTHER])
    assert (code, "not the same" in said) == (65, True)
    code, said = typed(tmp_path, "encrypt", answers=[SECRET, SECRET])
    assert code == 0, said
    assert SECRET not in said
    assert "is encrypted" in said
    encryption.unlock(data / DATABASE, SECRET)
    conversion.rekey(data, SECRET, costs=CHEAP)  # each of the commands below opens it
    encryption.lock()
    code, said = typed(tmp_path, "profile", "show", answers=["wrong", SECRET])
    assert code == 0, said
    assert "That is not the passphrase" in said
    assert CANARY in said
    code, said = typed(tmp_path, "profile", "show", answers=["a", "b", "c"])
    assert code == 77
    found = zhiji(tmp_path, "export")
    assert (found.returncode, "terminal" in found.stderr) == (77, True)
    known = {"ZHIJI_PASSPHRASE": SECRET, "ZHIJI_USER": "mei"}
    assert CANARY in zhiji(tmp_path, "export", env=known).stdout
    assert "sound, encrypted" in zhiji(tmp_path, "doctor", env=known).stdout
    assert "is encrypted. Run this in a terminal" in zhiji(tmp_path, "doctor").stdout
    assert "data, encrypted" in zhiji(tmp_path, "privacy", env=known).stdout
    assert zhiji(tmp_path, "backup", "b.zip", env=known).returncode == 0
    assert zhiji(tmp_path, "export", "-o", "x.md", "--format", "md", env=known).returncode == 65
    assert zhiji(tmp_path, "export", "-o", "x.md.age", "--format", "md", env=known).returncode == 0
    opened = zhiji(tmp_path, "unseal", "x.md.age", "-o", "-", env=known)
    assert CANARY in opened.stdout
    for bad in (("x.md.age", "-o", "x.md.age"), ("b.zip", "-o", "new"), ("x.md.age", "-o", "b.zip")):
        refused = zhiji(tmp_path, "unseal", *bad, env=known)
        assert (refused.returncode, (tmp_path / "new").exists()) == (65, False)
    assert sealed.is_sealed((tmp_path / "x.md.age").read_bytes())
    done = zhiji(tmp_path, "rekey", say=f"{OTHER}\n", env=known)
    assert done.returncode == 0, done.stderr
    assert zhiji(tmp_path, "export", env=known).returncode == 77
    assert zhiji(tmp_path, "restore", "b.zip", "--yes", env=known).returncode == 0
    assert zhiji(tmp_path, "decrypt", "--yes", env=known).returncode == 0
    assert CANARY in zhiji(tmp_path, "export", "-u", "mei").stdout


def test_an_assistant_says_no_word_more_or_less(tmp_path: Path) -> None:
    """The same searches find the same, with the same scores, before and after."""
    filled(tmp_path)

    def searched(mei: Assistant) -> list[tuple[str, float]]:
        return [(hit.memory.text, round(hit.score, 6)) for hit in mei.memories.search("which note is about item7?", 10)]

    with runtime(tmp_path) as opened:
        assert opened.store.flush()
        before = searched(opened.assistant("mei"))
    conversion.encrypt(tmp_path, SECRET)
    with runtime(tmp_path) as opened:
        assert opened.store.flush()
        assert searched(opened.assistant("mei")) == before
