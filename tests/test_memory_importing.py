import io
import json
import time
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
from hypothesis import strategies as st

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.conversations import NewMessage
from memory.errors import BadInput
from memory.exchange import foreign_logs, user_archive
from memory.types import Role
from tests.support import HashEmbedder, ready

SPRING = datetime(2025, 4, 1, 12, tzinfo=UTC).timestamp()


def node(id: str, parent: str | None, role: str = "", text: str = "", at: float | None = SPRING) -> dict[str, Any]:
    message = {"author": {"role": role}, "create_time": at, "content": {"content_type": "text", "parts": [text]}}
    return {"id": id, "parent": parent, "children": [], "message": message if role else None}


def chatgpt(*nodes: dict[str, Any], id: str = "c1", title: str = "Moving", head: str | None = None) -> dict[str, Any]:
    mapping = {node["id"]: node for node in nodes}
    return {
        "conversation_id": id, "title": title, "create_time": SPRING, "mapping": mapping,
        "current_node": head or nodes[-1]["id"],
    }  # fmt: skip


MOVING = chatgpt(
    node("root", None),
    node("s", "root", "system", "Be nice"),
    node("q", "s", "user", "I live in Lisbon"),
    node("t", "q", "tool", "{}"),
    node("a", "t", "assistant", "How nice"),
    node("b", "q", "assistant", "Lovely city"),
    node("q2", "b", "user", "My sister is called Ana"),
    head="q2",
)
CLAUDE = {
    "uuid": "k1",
    "name": "Tea",
    "created_at": "2025-05-01T10:00:00Z",
    "chat_messages": [
        {"uuid": "m1", "sender": "human", "text": "I like green tea", "created_at": "2025-05-01T10:00:00.000Z"},
        {"uuid": "m2", "sender": "assistant", "content": [{"type": "text", "text": "Good choice"}], "text": ""},
    ],
}


def data(*records: object) -> bytes:
    return json.dumps(records).encode()


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def test_a_log_of_chatgpt_keeps_branches_times_and_what_was_said_of_oneself(mei: Assistant) -> None:
    looked = mei.import_(data(MOVING), dry_run=True)
    assert (looked.source, looked.conversations, looked.messages, looked.memories) == ("chatgpt", 1, 4, 2)
    assert looked.titles == ("Moving",)
    assert mei.conversations.list() == []
    report = mei.import_(data(MOVING))
    assert (report.conversations, report.messages, report.memories, report.facts) == (1, 4, 2, 2)
    conversation = mei.conversations.get(mei.conversations.list()[0].id)
    assert conversation.title == "Moving"
    assert [m.text for m in conversation.messages] == ["I live in Lisbon", "Lovely city", "My sister is called Ana"]
    assert len(conversation.messages[1].versions) == 2
    assert conversation.messages[0].occurred_at == datetime(2025, 4, 1, 12, tzinfo=UTC)
    assert mei.profile.get("home").valid_from.year == 2025  # type: ignore[union-attr]
    hit = mei.memories.search("Lisbon")[0]
    assert (hit.memory.kind, hit.memory.speaker) == ("import", "mei")
    again = mei.import_(data(MOVING))
    assert (again.conversations, again.known, again.memories) == (0, 1, 0)


def test_a_log_of_claude_as_json_or_zip(mei: Assistant) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("data/conversations.json", data(CLAUDE))
    report = mei.import_(packed.getvalue(), learn=False)
    assert (report.source, report.conversations, report.facts) == ("claude", 1, 0)
    assert mei.profile.facts() == []
    assert mei.import_(data(CLAUDE)).known == 1
    unremembered = mei.import_(data(CLAUDE | {"uuid": "k2"}), remember=False)
    assert (unremembered.conversations, unremembered.memories) == (1, 0)


def test_our_own_log_comes_back_for_another_user_and_adds_nothing_for_the_same(
    mei: Assistant, runtime: Runtime
) -> None:
    reply = mei.chat("My parrot is called Rio")
    list(mei.regenerate(str(reply.conversation_id)))
    log = "".join(mei.export_lines("jsonl")).encode()
    assert mei.import_(log).known == 1
    li = runtime.assistant("li")
    report = li.import_(log)
    assert (report.source, report.conversations, report.messages) == ("zhiji", 1, 3)
    messages = li.conversations.get(li.conversations.list()[0].id).messages
    assert messages[0].text == "My parrot is called Rio"
    assert len(messages[1].versions) == 2


def circle() -> dict[str, Any]:
    return chatgpt(node("a", "b", "user", "round"), node("b", "a", "assistant", "and round"), id="c2")


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"hello", b'{"type": "other"}', b"[" * 100_000, b"PK\x03\x04 no zip", b"\xff\xfe\x00"],
)
def test_a_file_that_is_no_log_is_refused(mei: Assistant, content: bytes) -> None:
    with pytest.raises(BadInput):
        mei.import_(content)
    assert mei.conversations.list() == []


def test_what_is_wrong_in_a_log_is_named_and_the_rest_taken_in(mei: Assistant) -> None:
    odd = [
        None,
        3,
        {"mapping": {}},
        {"mapping": {"x": 1}, "id": "y"},
        {"chat_messages": [{"sender": "human"}], "uuid": 1},
    ]
    no_number = data(MOVING).replace(str(SPRING).encode(), b"NaN")
    with pytest.raises(BadInput):
        mei.import_(no_number)
    report = mei.import_(data(*odd, circle(), MOVING, MOVING))
    assert [refused.where for refused in report.refused] == [f"conversation {n}" for n in (1, 2, 3, 4, 5)]
    assert (report.conversations, report.known) == (2, 1)


def test_a_log_that_was_cut_off_goes_as_far_as_it_goes(mei: Assistant) -> None:
    mei.chat("Hello over there")
    log = "".join(mei.export_lines("jsonl"))
    found = list(foreign_logs.read(log[:-40].encode()))
    assert [type(part).__name__ for part in found] == ["Refused", "Talk"]


def test_what_was_not_remembered_or_was_forgotten_stays_so_in_another_store(mei: Assistant, runtime: Runtime) -> None:
    id = str(mei.chat("My name is Zorro", remember=False).conversation_id)
    mei.chat("I like secretfruit", conversation_id=id)
    other = str(mei.chat("I live in Oslo").conversation_id)
    mei.chat("My parrot is called Rio", conversation_id=other)
    mei.memories.forget(mei.memories.search("Oslo")[0].memory.id)
    mei.conversations.pin(other)
    li = runtime.assistant("li")
    li.import_("".join(mei.export_lines("jsonl")).encode())
    pinned, unremembered = li.conversations.list()
    assert (pinned.pinned, unremembered.remembers) == (True, False)
    assert [fact.key for fact in li.profile.facts()] == ["pets"]
    statuses = [(message.status, message.text) for message in li.conversations.get(pinned.id).messages]
    assert statuses[0] == ("forgotten", "")
    assert statuses[2][1] == "My parrot is called Rio"


def test_only_the_branch_that_was_shown_is_remembered(mei: Assistant) -> None:
    log = chatgpt(
        node("r", None),
        node("a", "r", "user", "My name is Alice"),
        node("b", "r", "user", "My name is Bobby"),
        head="a",
    )
    mei.import_(data(log))
    assert [fact.value for fact in mei.profile.facts()] == ["Alice"]
    assert mei.memories.count() == 1


HOSTILE = [
    chatgpt(node("a", None, "user", "x"), id="\ud800", title="\ud800 title"),
    chatgpt(node("a", None, "user", "x", at=1e300), id="c3"),
    {"uuid": "k3", "name": "\ud800", "chat_messages": [{"uuid": "\ud800", "sender": "human", "text": "\ud800"}]},
    {"uuid": "k4", "name": "", "chat_messages": [{"uuid": 1, "sender": "human", "text": "a"}] * 2},
    {
        "uuid": "k5",
        "chat_messages": [{"uuid": 1, "sender": "human", "text": "a", "created_at": "0001-01-01T00:00:00+14:00"}],
    },
    {
        "uuid": "k6",
        "chat_messages": [{"uuid": 1, "sender": "human", "text": "a", "created_at": "9999-12-31T23:59:59-14:00"}],
    },
    {"uuid": "k7", "chat_messages": [{"uuid": 1, "sender": "human", "text": 5}]},
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_an_odd_conversation_costs_no_other(mei: Assistant, number: int) -> None:
    content = json.dumps([HOSTILE[number], MOVING]).encode()
    looked = mei.import_(content, dry_run=True)
    report = mei.import_(content)
    assert (looked.conversations, looked.messages) == (report.conversations, report.messages)
    assert "Moving" in report.titles
    for found in mei.conversations.list():
        assert 1970 < found.updated_at.year < 2100


def test_an_import_does_not_bring_back_what_is_erased_meanwhile(mei: Assistant) -> None:
    logs = [chatgpt(node("q", None, "user", f"Talk {number}"), id=f"c{number}") for number in range(50)]

    def progress(done: int, _: int) -> None:
        if done == 5:
            mei.erase()

    with pytest.raises(BadInput, match="deleted meanwhile"):
        mei.import_(data(*logs), progress=progress)
    assert mei.conversations.list() == []
    assert mei.memories.count() == 0


def log_of(assistant: Assistant) -> str:
    return "".join(assistant.export_lines("jsonl"))


def lived(runtime: Runtime) -> Assistant:
    mei = runtime.assistant("mei")
    first = mei.chat("I love sailing and my name is Mei")
    mei.feedback.rate(first.message_id, "down", reason="dull", corrected="Hello Mei 😀")
    again = mei.chat("What do I love? Sailing?")
    for _ in mei.regenerate(again.conversation_id):
        pass
    mei.conversations.pin(again.conversation_id)
    mei.conversations.rename(first.conversation_id, "船 and\u2028lines")
    mei.memories.forget(mei.memories.search("sailing", 1)[0].memory.id)
    return mei


def test_our_own_log_taken_into_an_empty_store_is_exported_byte_by_byte_the_same(
    runtime: Runtime, tmp_path: Path
) -> None:
    before = log_of(lived(runtime))
    settings = Settings(data_dir=tmp_path / "second")
    with Runtime(settings, model=ScriptedModel(), embedder=HashEmbedder()) as second:
        mei = second.assistant("mei")
        report = mei.import_(before.encode())
        assert (report.conversations, report.refused) == (2, ())
        assert log_of(mei) == before
        assert mei.import_(before.encode()).known == 2
        assert log_of(mei) == before
        li = second.assistant("li")  # whose ids cannot be the same
        li.import_(before.encode())
        assert [record["text"] for record in messages(log_of(li))] == [record["text"] for record in messages(before)]
        assert {record["id"] for record in messages(log_of(li))} & {
            record["id"] for record in messages(before)
        } == set()
        assert not any(record["recalled"] or record["facts_used"] for record in messages(log_of(li)))
        assert [record["feedback"] for record in messages(log_of(li))] == [r["feedback"] for r in messages(before)]


def messages(log: str) -> list[dict[str, Any]]:
    return [record for line in log.splitlines() if (record := json.loads(line))["type"] == "message"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60).filter(
    str.strip
)


@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["user", "assistant"]), TEXT), min_size=1, max_size=6)
)
def test_any_text_comes_back_as_it_was(runtime: Runtime, tmp_path: Path, said: list[tuple[bool, Role, str]]) -> None:
    mei = runtime.assistant(f"u{uuid4().hex[:12]}")
    conversation: str | None = None
    for begins, role, text in said:
        conversation = mei.conversations.log(None if begins else conversation, NewMessage(role, text)).conversation_id
    before = log_of(mei)
    settings = Settings(data_dir=ready(tmp_path / uuid4().hex))
    with Runtime(settings, model=ScriptedModel(), embedder=HashEmbedder()) as second:
        report = second.assistant(mei.user).import_(before.encode(), learn=False)
        assert report.refused == ()
        assert log_of(second.assistant(mei.user)) == before


OPENAI = {"messages": [
    {"role": "system", "content": "Be nice"}, {"role": "user", "content": "I live in Lisbon"},
    {"role": "assistant", "content": [{"type": "text", "text": "How nice"}, {"type": "image_url", "image_url": {}}]},
]}  # fmt: skip
SHARED = {
    "id": "x",
    "conversations": [{"from": "human", "value": "I live in Lisbon"}, {"from": "gpt", "value": "How nice"}],
}


@pytest.mark.parametrize(
    ("source", "content"),
    [
        ("openai", json.dumps(OPENAI).encode()),
        ("openai", json.dumps([OPENAI, OPENAI]).encode()),
        ("openai", (json.dumps(OPENAI) + "\n" + json.dumps(OPENAI) + "\n").encode()),
        ("sharegpt", json.dumps([SHARED]).encode()),
        ("sharegpt", (json.dumps(SHARED) + "\n" + json.dumps(SHARED) + "\n").encode()),
        ("csv", b"\xef\xbb\xbfTime,Role,Text\r\n2025-04-01 12:00,user,I live in Lisbon\r\n,assistant,How nice\r\n"),
    ],
)
def test_logs_of_other_kinds(mei: Assistant, source: str, content: bytes) -> None:
    report = mei.import_(content)
    assert (report.source, report.conversations, report.messages, report.memories) == (source, 1, 2, 1)
    assert report.refused == ()
    assert mei.profile.get("home").value == "Lisbon"  # type: ignore[union-attr]
    shown = mei.conversations.get(mei.conversations.list()[0].id).messages
    assert [(said.role, said.text) for said in shown] == [("user", "I live in Lisbon"), ("assistant", "How nice")]
    assert source != "csv" or shown[0].occurred_at == datetime(2025, 4, 1, 12, tzinfo=UTC)
    again = mei.import_(content)
    assert (again.conversations, again.known > 0) == (0, True)


def test_our_own_csv_sharegpt_and_openai_come_back(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.chat("=1+1 is what?")
    mei.chat("'quoted' and 第二个")
    for format in ("csv", "sharegpt", "openai"):
        li = runtime.assistant(f"li-{format}")
        report = li.import_("".join(mei.export_lines(format)).encode())  # type: ignore[arg-type]
        assert (report.conversations, report.refused) == (2, ())
        said = {m["text"] for m in messages(log_of(li))}
        assert said == {m["text"] for m in messages(log_of(mei))}


def test_what_is_wrong_in_a_line_is_named(mei: Assistant) -> None:
    lines = [json.dumps(OPENAI), "{broken", '{"messages": [{"role": "pirate", "content": "arr"}]}', '{"other": 1}']
    report = mei.import_("\n".join(lines).encode())
    assert report.conversations == 1
    assert [refused.where for refused in report.refused] == ["line 2", "line 3", "line 4"]
    table = b"role,text,time\nuser,hello there,\npirate,arr,\nuser,again,not a time\nuser\n"
    report = mei.import_(table)
    assert (report.conversations, report.messages) == (1, 1)
    assert [refused.where for refused in report.refused] == ["line 3", "line 4", "line 5"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\0\0\0", b"hello", b"a,b\n1,2\n", b"role|text\nuser|hi\n", b"[" * 100_000, b'{"messages": ' * 50_000,
        b"[NaN]", b'{"messages": 5}', b"role,text\nuser," + b"x" * 3_000_000, b'role,text\n"user,hi', b"\xff\xferole,text",
        b'{"a": 1}\n{"b": 2}\n', b"[[]]" , b"null", b"PK\x03\x04" + b"\0" * 100,
    ],
)  # fmt: skip
def test_hostile_files_change_nothing(mei: Assistant, content: bytes) -> None:
    began = time.process_time()
    with suppress(BadInput):
        report = mei.import_(content)
        assert report.conversations == 0
        assert report.refused
    assert time.process_time() - began < 5
    assert mei.conversations.list() == []


def test_a_plan_that_is_none_of_ours_is_left_out_and_an_archive_still_comes_back(
    runtime: Runtime, tmp_path: Path
) -> None:
    mei = runtime.assistant("mei")
    mei.chat("I like pears.")
    log = tmp_path / "log.jsonl"
    mei.export(log)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    odd = [line | {"plan": {"act": 1}} if line["type"] == "message" else line for line in lines]
    li = runtime.assistant("li")
    assert li.import_("\n".join(map(json.dumps, odd)).encode()).messages == 2
    assert {message.plan for message in li.conversations.get(li.conversations.list()[0].id).messages} == {None}
    path = tmp_path / "li.zhiji"
    user_archive.write(runtime.store.database, runtime.store.user("li"), path)
    with Runtime(Settings(data_dir=tmp_path / "there"), model=ScriptedModel(), embedder=HashEmbedder()) as there:
        user_archive.restore(there.store, path)
        assert len(there.assistant("li").conversations.list()) == 1
