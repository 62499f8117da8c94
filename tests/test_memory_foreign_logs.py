"""Logs as they are in the wild: parts that are no plain strings, branches, odd fields, machine traffic, times."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, Runtime
from memory.errors import BadInput
from memory.exchange import foreign_logs
from memory.exchange.foreign_logs import Refused, Talk
from memory.exchange.foreign_logs.stamps import DayOrder, order_of, stamp
from tests.test_memory_importing import chatgpt, node

ROOT = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def read(*records: object) -> list[Talk | Refused]:
    return list(foreign_logs.read(json.dumps(records).encode()))


def talk(record: object) -> Talk:
    found = read(record)[0]
    assert isinstance(found, Talk), found
    return found


def said(record: object) -> list[tuple[str, str]]:
    return [(one.role, one.text) for one in talk(record).messages]


def gpt(id: str, parent: str | None, role: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "parent": parent, "message": {"author": {"role": role}, "content": content, **more}}


def parts(*given: object) -> dict[str, Any]:
    return {"content_type": "multimodal_text", "parts": list(given)}


VOICE = {"content_type": "audio_transcription", "text": "I live in Porto", "direction": "in"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (parts(VOICE, {"content_type": "real_time_user_audio_video_asset_pointer"}), "I live in Porto"),
        (parts("Look:", {"content_type": "image_asset_pointer"}, "my cat"), "Look:\nmy cat"),
        ({"content_type": "code", "language": "python", "text": "print(1)"}, "print(1)"),
        (parts({"content_type": "audio_asset_pointer", "transcript": "Good morning"}), "Good morning"),
        ({"content_type": "some_new_kind", "parts": ["words of a new kind"]}, "words of a new kind"),
        (
            {"content_type": "tether_quote", "title": "Notes", "text": "the lease ends in May", "url": "file"},
            "[Notes]\nthe lease ends in May",
        ),
    ],
)
def test_whatever_holds_words_is_taken_in(content: dict[str, Any], text: str) -> None:
    assert said(chatgpt(gpt("u", None, "user", content))) == [("user", text)]


def test_what_is_left_out_is_named_and_counted(mei: Assistant) -> None:
    record = chatgpt(
        node("s", None, "system", "Be nice"),
        gpt("p", "s", "user", parts(VOICE, {"content_type": "image_asset_pointer"})),
        gpt("c", "p", "assistant", {"content_type": "text", "parts": ['{"q": 1}']}, recipient="browser"),
        gpt("r", "c", "tool", {"content_type": "execution_output", "text": "out"}),
        gpt("t", "r", "assistant", {"content_type": "thoughts", "thoughts": [{"content": "hm"}]}),
        gpt("h", "t", "user", parts("x"), metadata={"is_visually_hidden_from_conversation": True}),
        gpt("a", "h", "assistant", {"content_type": "text", "parts": ["Lovely"]}, recipient="all"),
    )
    report = mei.import_(json.dumps([record]).encode())
    assert report.messages == 2
    assert dict(report.left_out) == {
        "system prompt": 1, "picture": 1, "tool call": 1, "tool result": 1, "thinking": 1, "hidden message": 1,
    }  # fmt: skip


def test_a_canvas_is_what_the_assistant_wrote() -> None:
    written = {"name": "letter", "type": "document", "content": "Dear Ms Okafor"}
    record = chatgpt(
        gpt("u", None, "user", parts("Write a letter")),
        gpt(
            "c",
            "u",
            "assistant",
            {"content_type": "code", "text": json.dumps(written)},
            recipient="canmore.create_textdoc",
        ),
        gpt("b", "c", "assistant", {"content_type": "text", "parts": ["User writes letters"]}, recipient="bio"),
    )
    assert said(record) == [("user", "Write a letter"), ("assistant", "[letter]\nDear Ms Okafor")]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("It rains \ue200cite\ue202turn0search1\ue201today.", "It rains today."),
        ('Go to \ue200entity\ue202["city","Porto","in Portugal"]\ue201.', "Go to Porto."),
        ("As the guide says【4†source】.", "As the guide says."),
        ("As the guide says【12:3†guide.pdf】.", "As the guide says."),
        ("<think>\nthe user is sad\n</think>\n\nCheer up", "Cheer up"),
        ("<thinking>never closed", ""),
        ("Use <think> as a tag? No: 【重要】 stays", "Use <think> as a tag? No: 【重要】 stays"),
    ],
)
def test_the_marks_and_thoughts_of_a_model_are_no_speech(text: str, spoken: str) -> None:
    found = read({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": text}]})[0]
    assert isinstance(found, Talk)
    assert [one.text for one in found.messages if one.role == "assistant"] == ([spoken] if spoken else [])


@pytest.mark.parametrize(
    "message",
    [
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f"}}]},
        {"role": "tool", "content": "42"},
        {"role": "developer", "content": "Be brief"},
        {"role": "user", "content": [{"type": "tool_result", "content": [{"type": "text", "text": "42"}]}]},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "hm"}, {"type": "tool_use", "input": {"q": 1}}],
        },
        {"role": "function", "content": "42"},
    ],
)
def test_machine_traffic_is_counted_not_taken_in(message: dict[str, Any]) -> None:
    found = talk({"messages": [{"role": "user", "content": "Hi"}, message]})
    assert [one.text for one in found.messages] == ["Hi"]
    assert sum(found.left_out.values()) >= 1
    assert not found.refused


def claude(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": "k", "name": "Home", "chat_messages": list(messages), **more}


def by(id: str, parent: str, who: str, text: str, **more: Any) -> dict[str, Any]:
    return {"uuid": id, "parent_message_uuid": parent, "sender": who, "text": text, **more}


def test_an_edited_question_is_a_branch_and_the_leaf_tells_which_is_shown() -> None:
    record = claude(
        by("1", ROOT, "human", "My name is Alda"), by("2", "1", "assistant", "Hi Alda"),
        by("3", ROOT, "human", "My name is Berta"), by("4", "3", "assistant", "Hi Berta"), by("5", "3", "assistant", "Hello"),
    )  # fmt: skip
    assert talk(record | {"current_leaf_message_uuid": "4"}).shown() == {"3", "4"}
    assert talk(record).shown() == {"3", "5"}
    assert talk(record | {"current_leaf_message_uuid": "gone"}).shown() == {"3", "5"}


def test_a_message_without_words_is_joined_over() -> None:
    record = claude(
        by("1", ROOT, "human", "Hi"), by("2", "1", "assistant", "", content=[{"type": "tool_use", "input": {}}]),
        by("3", "2", "assistant", "Hello"),
    )  # fmt: skip
    assert [(one.id, one.parent_id) for one in talk(record).messages] == [("1", None), ("3", "1")]


def test_a_pasted_file_is_in_the_message_and_no_fact_of_the_user(mei: Assistant) -> None:
    pasted = {
        "file_name": "letter.txt",
        "file_type": "txt",
        "extracted_content": "I live in Oslo. My dog is called Rex.",
    }
    record = claude(
        by("1", ROOT, "human", "I live in Porto", attachments=[pasted], files=[{"file_name": "cat.png"}]),
        by("2", "1", "assistant", "", content=[{"type": "tool_use", "input": {"title": "Plan", "content": "Step one"}}]),
    )  # fmt: skip
    report = mei.import_(json.dumps([record]).encode())
    shown = mei.conversations.get(mei.conversations.list()[0].id).messages
    assert [one.text for one in shown] == [
        "I live in Porto\n[letter.txt]\nI live in Oslo. My dog is called Rex.", "[Plan]\nStep one",
    ]  # fmt: skip
    assert [(fact.key, fact.value) for fact in mei.profile.facts()] == [("home", "Porto")]
    assert dict(report.left_out) == {"file": 1}


@pytest.mark.parametrize("name", ["chatgpt", "bing", "Bard", "CLAUDE", "gemini", "model", "助手"])
def test_the_assistant_has_many_names(name: str) -> None:
    record = {"conversations": [{"from": "Human", "value": "I live in Porto"}, {"from": name, "value": "Nice"}]}
    assert said(record) == [("user", "I live in Porto"), ("assistant", "Nice")]


@pytest.mark.parametrize(
    "odd",
    [
        {"role": "pirate", "content": "arr"},
        {"role": "user"},
        {"role": "user", "content": 5},
        {"content": "whose?"},
        "a string",
        None,
    ],
)
def test_one_bad_message_costs_no_other(odd: object) -> None:
    good = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    found = read({"messages": [good[0], odd, good[1]]})
    assert isinstance(found[0], Talk)
    assert [one.text for one in found[0].messages] == ["Hi", "Hello"]
    assert [one.where for one in found[1:] if isinstance(one, Refused)] == ["conversation 1, message 2"]


def test_one_bad_node_costs_no_other() -> None:
    broken = gpt("b", "u", "assistant", {"content_type": "text", "parts": [5]})
    record = chatgpt(gpt("u", None, "user", parts("Hi")), broken, node("a", "b", "assistant", "Hello"))
    found = read(record)
    assert isinstance(found[0], Talk)
    assert [(one.text, one.parent_id) for one in found[0].messages] == [("Hi", None), ("Hello", "u")]
    assert isinstance(found[1], Refused)


NOON = datetime(2025, 4, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        1743508800, 1743508800.0, 1743508800000, 1743508800000000, "1743508800", "1743508800000", "2025-04-01T12:00:00Z",
        "2025-04-01T14:00:00+02:00", "2025-04-01 12:00", "2025/4/1 12:00", "2025年4月1日 12:00", "Tue, 01 Apr 2025 12:00:00 GMT",
        "Apr 1, 2025, 12:00:00 PM", "April 1, 2025 12:00pm", "1 April 2025, 12:00", "01.04.2025 12:00", "1/4/2025 12:00 PM",
        45748.5, "45748.5",
    ],
)  # fmt: skip
def test_a_time_is_read_however_it_is_written(written: object) -> None:
    assert stamp(written) == NOON


@pytest.mark.parametrize(
    ("written", "order"),
    [
        (["13/04/2025", "01/05/2025"], DayOrder(True)),
        (["04/13/2025", "05/01/2025"], DayOrder(False)),
        (["01/02/2025", "01/03/2025", "01/04/2025", "02/01/2025"], DayOrder(False)),
        (["03/04/2025"], DayOrder(True, shown=False)),
        (["03.04.2025"], DayOrder(True)),
        (["2025-04-03"], DayOrder(True)),
    ],
)
def test_a_file_shows_whether_the_day_or_the_month_is_first(written: list[str], order: DayOrder) -> None:
    assert order_of(written) == order


def test_a_time_that_cannot_be_read_costs_no_words() -> None:
    found = talk({"messages": [{"role": "user", "content": "Hi", "timestamp": "whenever"}]})
    assert (found.messages[0].text, found.messages[0].at, found.left_out) == (
        "Hi",
        None,
        {"time that cannot be read": 1},
    )


def test_dates_of_a_table_are_read_by_what_it_shows_and_else_that_is_said(mei: Assistant) -> None:
    report = mei.import_(b"role;text;time\nuser;one word;04/13/2025 09:00\nuser;two words;05/01/2025 09:00\n")
    assert (report.first, report.notes) == (datetime(2025, 4, 13, 9, tzinfo=UTC), ())
    report = mei.import_(b"role\ttext\ttime\nuser\tthree words\t03/04/2025\n")
    assert report.first == datetime(2025, 4, 3, tzinfo=UTC)
    assert "day first" in report.notes[0]


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, content in files.items():
            file.writestr(name.replace("__", "/") + (".zip" if content[:2] == b"PK" else ".json"), content)
    return packed.getvalue()


def log(number: int) -> bytes:
    return json.dumps([chatgpt(node("u", None, "user", f"Talk number {number}"), id=f"c{number}")]).encode()


@pytest.mark.parametrize(
    ("packed", "found"),
    [
        (zipped(**{"conversations-000": log(0), "conversations-001": log(1), "user": b"{}"}), 2),
        (zipped(export__part1=zipped(conversations=log(0)), export__part2=zipped(conversations=log(1))), 2),
        (zipped(conversations=log(0), shared_conversations=log(0), message_feedback=b"[]"), 1),
        (zipped(**{"conversations-000": log(0), "conversations-001": b"{broken"}), 1),
        (zipped(a__conversations=log(0), b__conversations=log(1)), 2),
    ],
)
def test_every_log_in_a_zip_is_taken_in(mei: Assistant, packed: bytes, found: int) -> None:
    assert mei.import_(packed).conversations == found


def test_a_log_in_another_encoding_is_taken_in_and_that_is_said(mei: Assistant) -> None:
    report = mei.import_("role,text\nuser,我住在上海\nassistant,好的\n".encode("gbk"))
    assert (report.messages, report.notes) == (2, ("The file was read as Chinese (GB18030).",))
    lines = "\r\n".join(
        json.dumps({"messages": [{"role": "user", "content": f"Olá {n}, João"}]}, ensure_ascii=False) for n in range(3)
    )
    report = mei.import_(lines.encode("utf-16"))
    assert (report.conversations, report.notes) == (3, ("The file was read as UTF-16.",))
    assert mei.import_(lines.encode("cp1252"), encoding="cp1252").known == 3


def test_a_log_is_taken_in_by_its_path_and_what_is_no_log_is_said(mei: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "log.json"
    path.write_bytes(log(3))
    assert mei.import_(path).conversations == 1
    assert mei.conversations.import_(str(path)).known == 1
    with pytest.raises(BadInput, match="cannot be read"):
        mei.import_("nowhere.jsonl")
    with pytest.raises(BadInput, match="not int"):
        mei.import_(5)  # type: ignore[arg-type]
