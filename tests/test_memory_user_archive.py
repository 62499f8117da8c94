"""Everything about one user goes out in one file and comes back byte by byte; another user's is never in it."""

import json
import resource
import stat
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import BadInput, FolderUnusable, SchemaTooNew
from memory.exchange import user_archive
from memory.storage.tables import UserRow
from tests.support import HashEmbedder, zhiji


def lived(runtime: Runtime, name: str) -> None:
    """A user with something in every table."""
    mei = runtime.assistant(name)
    reply = mei.chat("My name is Mei and I love sailing. 我住在上海，喜欢爬山。")
    mei.feedback.rate(reply.message_id, "up", reason="kind", corrected="Hello Mei 😀")
    again = mei.chat("What do I love? Tell me about sailing.")
    for _ in mei.regenerate(again.conversation_id):
        pass
    mei.conversations.pin(reply.conversation_id)
    mei.memories.add("A note\u2028with odd lines", ref="D1:3", speaker="Mei")
    mei.memories.forget(mei.memories.add("a secret that is gone").id)
    mei.memories.add("It was in 1066", occurred_at=datetime(1066, 10, 14, tzinfo=UTC))
    mei.memories.add("0, " * 6_000)
    mei.chat("I keep goats in Porto. My sister is called Ana.")
    mei.chat("Where do I keep goats? And who is Ana?")
    mei.memories.forget(next(m.id for m in mei.memories.list() if m.kind == "said" and "Porto" in m.text))
    mei.profile.forget(mei.profile.facts()[0].id)
    mei.profile.set("home", "Lisbon")
    mei.documents.add("garden.md", b"# Garden\n\nThe pears are ripe in September.")
    mei.preferences.set(**{"language": "zh"})
    mei.reminders.add("water the pears", datetime(2026, 9, 1, 9), zone="Europe/Lisbon", rule="FREQ=WEEKLY;BYDAY=TU")


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.fixture
def other(tmp_path: Path) -> Callable[[str], Runtime]:
    def make(name: str) -> Runtime:
        return Runtime(Settings(data_dir=tmp_path / name), model=ScriptedModel(), embedder=HashEmbedder())

    return make


def test_the_archive_of_a_restored_user_is_the_same(
    runtime: Runtime, other: Callable[[str], Runtime], tmp_path: Path
) -> None:
    lived(runtime, "mei")
    runtime.assistant("tom").chat("Tom keeps bees")
    store = runtime.store
    path = tmp_path / "mei.zhiji"
    made = user_archive.write(store.database, store.user("mei"), path)
    assert all(made.lines.values()), made.lines
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(word in content for content in parts(path).values() for word in (b"bees", b"secret that is gone"))
    with other("second") as second:
        second.assistant("zoe").chat("Zoe is here too")
        assert user_archive.restore(second.store, path).lines == made.lines
        user_archive.write(second.store.database, second.store.user("mei"), tmp_path / "again.zhiji")
        before, after = parts(path), parts(tmp_path / "again.zhiji")
        assert {name for name in before if before[name] != after[name]} == {user_archive.MANIFEST}
        manifests = [json.loads(each.pop(user_archive.MANIFEST)) for each in (before, after)]
        assert manifests[0] | {"created_at": ""} == manifests[1] | {"created_at": ""}
        mei, old = second.assistant("mei"), runtime.assistant("mei")
        assert store.flush()  # both know every memory by its vector
        assert second.store.flush()
        assert mei.memories.search("sailing", 3)[0].memory == old.memories.search("sailing", 3)[0].memory
        assert mei.profile.facts() == old.profile.facts()
        assert [each.messages for each in map(mei.conversations.get, ids(mei))] == [
            each.messages for each in map(old.conversations.get, ids(old))
        ]
        assert second.store.flush()


def ids(assistant: object) -> list[str]:
    return [each.id for each in assistant.conversations.list()]  # type: ignore[attr-defined]


def test_who_is_here_already_is_not_written_over(
    runtime: Runtime, other: Callable[[str], Runtime], tmp_path: Path
) -> None:
    lived(runtime, "mei")
    store, path = runtime.store, tmp_path / "mei.zhiji"
    user_archive.write(store.database, store.user("mei"), path)
    with pytest.raises(BadInput, match="something here already"):
        user_archive.restore(store, path)
    with pytest.raises(BadInput, match="here already, under another name"):
        user_archive.restore(store, path, name="ann")
    with store.database.read() as session:
        assert list(session.exec(select(UserRow.name))) == ["mei"]
    with other("second") as second:
        user_archive.restore(second.store, path, name="ann")
        assert second.assistant("mei").conversations.list() == []
        assert second.assistant("ann").profile.get("home")
    with pytest.raises(BadInput, match="exists"):
        user_archive.write(store.database, store.user("mei"), path)
    with pytest.raises(FolderUnusable):
        user_archive.write(store.database, store.user("mei"), tmp_path / "no" / "such.zhiji")


def repacked(source: dict[str, bytes], target: Path, *, honest: bool = True) -> Path:
    """With a manifest that fits what is in it."""
    import hashlib

    record = json.loads(source[user_archive.MANIFEST])
    for name, content in source.items():
        if honest and name in record["files"]:
            record["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "lines": content.count(b"\n")}
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in source.items():
            packed.writestr(name, json.dumps(record) if name == user_archive.MANIFEST else content)
    return target


def changed(content: bytes, line: int, **values: object) -> bytes:
    lines = content.splitlines(keepends=True)
    lines[line] = (json.dumps(json.loads(lines[line]) | values) + "\n").encode()
    return b"".join(lines)


def test_an_archive_made_before_plans_were_kept_comes_back(
    runtime: Runtime, other: Callable[[str], Runtime], tmp_path: Path
) -> None:
    lived(runtime, "mei")
    path = tmp_path / "mei.zhiji"
    user_archive.write(runtime.store.database, runtime.store.user("mei"), path)
    older = parts(path)
    name = next(name for name in older if name.startswith("messages"))
    lines = [json.loads(line) for line in older[name].splitlines()]
    assert any(line["plan"] for line in lines)
    older[name] = b"".join(
        json.dumps({key: value for key, value in line.items() if key != "plan"}).encode() + b"\n" for line in lines
    )
    with other("there") as there:
        user_archive.restore(there.store, repacked(older, tmp_path / "older.zhiji"))
        mei = there.assistant("mei")
        talks = [mei.conversations.get(talk.id) for talk in mei.conversations.list()]
        assert sum(len(talk.messages) for talk in talks) > 4
        assert {message.plan for talk in talks for message in talk.messages} == {None}


def test_what_is_no_whole_archive_is_refused_and_changes_nothing(
    runtime: Runtime, other: Callable[[str], Runtime], tmp_path: Path
) -> None:
    lived(runtime, "mei")
    store, path = runtime.store, tmp_path / "mei.zhiji"
    user_archive.write(store.database, store.user("mei"), path)
    good, whole = parts(path), path.read_bytes()
    messages, conversations = good["messages.jsonl"], good["conversations.jsonl"]
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "empty").write_bytes(b"")
    (bad / "short").write_bytes(whole[:-100])
    (bad / "flipped").write_bytes(whole[:2_000] + bytes([whole[2_000] ^ 1]) + whole[2_001:])
    (bad / "not a zip").write_bytes(b"hello" * 100)
    for what, replaced in {
        "extra": {"../../evil": b"x"},
        "nested": {"messages.jsonl": b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"},
        "not a number": {"facts.jsonl": good["facts.jsonl"].replace(b'"confidence": 1.0', b'"confidence": NaN')},
        "half a character": {"messages.jsonl": messages.replace(b"sailing", b"\\ud800", 1)},
        "another type": {"messages.jsonl": changed(messages, 0, text=["a"])},
        "a truth": {"facts.jsonl": changed(good["facts.jsonl"], 0, times_said=True)},
        "other columns": {"messages.jsonl": changed(messages, 0, user_id="someone")},
        "a zone that is none": {"reminders.jsonl": changed(good["reminders.jsonl"], 0, zone="../../etc/passwd")},
        "a rule that never ends": {"reminders.jsonl": changed(good["reminders.jsonl"], 0, rule="FREQ=SECONDLY")},
        "no time": {"reminders.jsonl": changed(good["reminders.jsonl"], 0, next_at="soon")},
        "twice": {"messages.jsonl": messages + messages.splitlines(keepends=True)[-1]},
        "a circle": {"messages.jsonl": changed(messages, 0, parent_id=json.loads(messages.splitlines()[1])["id"])},
        "another's": {"messages.jsonl": changed(messages, 0, conversation_id="f" * 32)},
        "no head": {"conversations.jsonl": changed(conversations, 0, head_id="f" * 32)},
        "a role": {"messages.jsonl": changed(messages, 0, role="system")},
        "a time": {"messages.jsonl": changed(messages, 0, occurred_at="9999-12-31T23:59:59+00:00")},
        "no zone": {"messages.jsonl": changed(messages, 0, occurred_at="2026-01-01T00:00:00")},
        "null": {"messages.jsonl": changed(messages, 0, text=None)},
        "why": {"recalls.jsonl": changed(good["recalls.jsonl"], 0, why="[")},
        "why not a list": {"recalls.jsonl": changed(good["recalls.jsonl"], 0, why="5")},
        "told twice": {"recalls.jsonl": good["recalls.jsonl"] + good["recalls.jsonl"]},
        "said never": {"facts.jsonl": changed(good["facts.jsonl"], 0, times_said=0)},
        "said often": {"facts.jsonl": changed(good["facts.jsonl"], 0, times_said=10**30)},
        "strong": {"facts.jsonl": good["facts.jsonl"].replace(b'"confidence": 1.0', b'"confidence": 1e400')},
        "no id": {"memories.jsonl": changed(good["memories.jsonl"], 0, id="")},
        "nothing": {"memories.jsonl": changed(good["memories.jsonl"], 0, text="a\0b")},
        "long": {"memories.jsonl": changed(good["memories.jsonl"], 0, text="x" * 300_000)},
        "latin-1": {"messages.jsonl": messages.replace("上海".encode(), b"\xff\xfe")},
        "a bomb": {"messages.jsonl": b" " * 300_000_000},
        "a long line": {"messages.jsonl": b"x" * 5_000_000},
    }.items():
        repacked(good | replaced, bad / what)
    repacked(good | {"facts.jsonl": b""}, bad / "facts gone", honest=False)
    with zipfile.ZipFile(bad / "bz2", "w", zipfile.ZIP_BZIP2) as packed:
        for name, content in good.items():
            packed.writestr(name, content if name != user_archive.MANIFEST else b" " * 200_000_000)
    with other("second") as second:
        second.assistant("zoe").chat("Zoe is here too")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for each in sorted(bad.iterdir()):
            began = time.process_time()
            with pytest.raises(BadInput, match="Nothing was changed") as told:
                user_archive.restore(second.store, each)
            assert time.process_time() - began < 5, each.name
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            assert peak - before < 100_000, each.name  # KiB
            assert second.assistant("mei").conversations.list() == [], (each.name, told.value)
            assert second.assistant("mei").memories.list() == [], each.name
        with pytest.raises(BadInput, match="cannot be read"):
            user_archive.restore(second.store, tmp_path / "missing")
        good[user_archive.MANIFEST] = json.dumps(json.loads(good[user_archive.MANIFEST]) | {"version": 4}).encode()
        with pytest.raises(SchemaTooNew):
            user_archive.restore(second.store, repacked(good, tmp_path / "newer", honest=False))


def test_the_commands_archive_and_restore(tmp_path: Path) -> None:
    assert zhiji(tmp_path, "chat", "-u", "mei", say="I keep a tortoise\n").returncode == 0
    made = zhiji(tmp_path, "archive", "mei", "mei.zhiji")
    assert made.returncode == 0, made.stderr
    assert "2 messages" in made.stdout
    back = zhiji(tmp_path, "restore-user", "mei.zhiji", "--data-dir", str(tmp_path / "new"))
    assert "mei is back: 1 conversation, 2 messages" in back.stdout, back.stderr
    assert "tortoise" in zhiji(tmp_path, "export", "-u", "mei", "--data-dir", str(tmp_path / "new")).stdout
    assert "no user 'nobody'" in zhiji(tmp_path, "archive", "nobody", "x.zhiji").stderr
