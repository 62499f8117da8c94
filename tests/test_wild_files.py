"""Files as other people's users brought them: further members of each kind of fault of which one was reported."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from assistant import Assistant, Runtime
from memory.errors import BadInput
from memory.exchange import foreign_logs
from memory.exchange.document_text import text_of
from memory.exchange.foreign_logs import Refused, Talk
from memory.exchange.pieces import chunks
from tests.test_memory_document_parts import p, word


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def read(records: object) -> list[Talk | Refused]:
    return list(foreign_logs.read(json.dumps(records).encode()))


def said(record: object) -> list[str]:
    found = read([record])[0]
    assert isinstance(found, Talk), found
    return [one.text for one in found.messages]


def openai(*messages: object) -> dict[str, Any]:
    return {"messages": list(messages)}


def user(content: object) -> dict[str, Any]:
    return openai({"role": "user", "content": content})


def reply(content: str) -> dict[str, Any]:
    return openai({"role": "user", "content": "Hi"}, {"role": "assistant", "content": content})


def claude(*messages: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": "c1", "name": "A talk", "chat_messages": list(messages), **more}


def human(text: str, **more: Any) -> dict[str, Any]:
    return {"uuid": text, "sender": "human", "text": text, "created_at": "2025-01-01T10:00:00Z", **more}


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (user([{"type": "input_text", "text": "I moved to Ghent"}]), "I moved to Ghent"),
        (user([{"type": "text", "text": {"value": "I moved to Ghent", "annotations": []}}]), "I moved to Ghent"),
        (user([{"type": "input_audio", "input_audio": {"data": "UklG", "transcript": "good day"}}]), "good day"),
        (user({"parts": [{"text": "I moved"}, {"text": "to Ghent"}]}), "I moved\nto Ghent"),
        (openai({"role": "user", "parts": [{"text": "I moved to Ghent"}]}), "I moved to Ghent"),
        (reply([{"type": "refusal", "refusal": "I cannot do that."}]), "I cannot do that."),  # type: ignore[arg-type]
        (claude(human("", content=[{"type": "voice_note", "title": "", "text": "I bake"}])), "I bake"),
        (
            claude(human("", content=[{"type": "knowledge", "title": "Bread", "text": "Flour and salt"}])),
            "Flour and salt",
        ),
    ],
)
def test_words_are_taken_in_whatever_they_stand_in(record: object, text: str) -> None:
    assert text in said(record)[-1]


@pytest.mark.parametrize(
    ("record", "texts"),
    [
        (openai({"role": "user", "content": "a"}, None, {"role": "user", "content": "b"}), ["a", "b"]),
        (openai({"role": "user", "content": "a"}, {"role": "assistant", "content": None}), ["a"]),
        (openai({"role": "user", "content": "a"}, {"role": "narrator", "content": "x"}), ["a"]),
        (openai({"role": "user", "content": "a", "timestamp": {"$date": "2024-01-01T00:00:00Z"}}), ["a"]),
        (claude(human("a"), human("b", sender="observer"), human("c")), ["a", "c"]),
        (claude(human("a"), {"sender": "human", "text": "b"}), ["a", "b"]),
        ({"chat_messages": [human("a")], "name": None}, ["a"]),
        ({"mapping": {"n": {"id": "n", "message": {"author": {"role": "user"}, "create_time": "2024-05-06T07:08:09Z",
                                                   "content": {"content_type": "text", "parts": ["a"]}}}}}, ["a"]),
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt"}, {"from": "human", "value": "b"}]}, ["a", "b"]),
    ],
)  # fmt: skip
def test_an_odd_field_costs_no_more_than_its_message(record: object, texts: list[str]) -> None:
    assert said(record) == texts


@pytest.mark.parametrize(
    "text",
    [
        "<|channel|>analysis<|message|>They greet me.<|end|><|start|>assistant<|channel|>final<|message|>Hello there.",
        "[THINK]They greet me.[/THINK]Hello there.",
        "◁think▷They greet me.◁/think▷Hello there.",
        "They greet me, so I greet back.\n</think>\n\nHello there.",
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds</summary>\n> They greet me.\n'
        "</details>\nHello there.",
        '<details type="tool_calls" done="true" id="c1" name="clock" arguments="{}">\n<summary>Used</summary>\n</details>\n'
        "Hello there.",
        '<tool_call>\n{"name": "clock", "arguments": {}}\n</tool_call>\nHello there.',
        '<function_calls><invoke name="clock"></invoke></function_calls>Hello there.',
        "<seed:think>They greet me.</seed:think>Hello there.",
        "Hello there.<|im_end|>",
        "Hello there.</s>",
    ],
)
def test_what_a_model_writes_for_machines_is_no_speech(text: str) -> None:
    assert said(reply(text)) == ["Hi", "Hello there."]


@pytest.mark.parametrize(
    "text",
    ["Write <think> before and </think> after it.", "`</s>` ends a text.", "```\n<tool_call>\n```\nis the mark.",
     "Use <details> in a page."],
)  # fmt: skip
def test_words_about_such_marks_are_speech(text: str) -> None:
    assert said(reply(text)) == ["Hi", text]


RUSSIAN = "роль,текст\nuser,Я живу в Казани и работаю учителем в школе\nassistant,Понятно\n"


@pytest.mark.parametrize(
    ("name", "encoding", "text"),
    [
        ("a.txt", "cp1251", "Я живу в Казани и работаю учителем в школе."),
        ("a.md", "cp932", "私は東京に住んでいます。猫が二匹います。"),
        ("a.txt", "big5", "我住在臺北，養了兩隻貓，每天騎腳踏車上班。"),
        ("a.txt", "cp1252", "J’habite à Liège et j’adore les gâteaux de ma grand-mère."),
        ("a.txt", "cp1250", "Mieszkam w Łodzi i lubię żurek oraz pączki."),
        ("a.txt", "utf-16-be", "I live in Porto with my dog Biscuit."),
        ("a.html", "cp1251", "<p>Я живу в Казани и работаю учителем в школе.</p>"),
        ("a.html", "gb18030", "<p>我住在上海，养了两只猫，每天骑车上班。</p>"),
    ],
)
def test_a_document_is_read_in_the_encoding_it_is_in(name: str, encoding: str, text: str) -> None:
    plain = text.replace("<p>", "").replace("</p>", "")
    assert text_of(name, text.encode(encoding)).strip() == plain


@pytest.mark.parametrize("encoding", ["cp1252", "gb18030", "utf-16", "utf-8-sig", "cp1251"])
def test_a_log_of_another_encoding_is_remembered_as_it_was_written(mei: Assistant, encoding: str) -> None:
    told = {"cp1252": "Ich wohne in Köln und heiße Jürgen.", "cp1251": "Я живу в Казани и работаю учителем."}
    text = told.get(encoding, "我住在上海，养了两只猫。")
    mei.conversations.import_(json.dumps([user(text)], ensure_ascii=False).encode(encoding))
    assert [memory.text for memory in mei.memories.list()] == [text]


def run(text: str, tag: str = "w:t") -> str:
    return f'<w:r><{tag} xml:space="preserve">{text}</{tag}></w:r>'


NOTE = "<w:{0}s {1}><w:{0} w:id='2'>{2}</w:{0}></w:{0}s>"


@pytest.mark.parametrize(
    ("body", "parts", "held", "gone"),
    [
        (f"<w:p><w:moveTo w:id='1'>{run('moved here')}</w:moveTo></w:p>", {}, "moved here", ""),
        (f"<w:p><w:moveFrom w:id='1'>{run('moved away')}</w:moveFrom>{run('stays')}</w:p>", {}, "stays", "moved away"),
        (f"<w:p><w:ins w:id='1'>{run('put in')}</w:ins></w:p>", {}, "put in", ""),
        (f"<w:p><w:del w:id='1'>{run('struck out', 'w:delText')}</w:del>{run('stays')}</w:p>", {}, "stays", "struck out"),
        (f"<w:sdt><w:sdtContent>{p('in a form field')}</w:sdtContent></w:sdt>", {}, "in a form field", ""),
        (f"<w:tbl><w:tr><w:tc>{p('Rent')}</w:tc><w:tc>{p('900')}</w:tc></w:tr></w:tbl>", {}, "| Rent | 900 |", ""),
        (f"<w:p><w:smartTag w:element='place'>{run('in a smart tag')}</w:smartTag></w:p>", {}, "in a smart tag", ""),
    ],
)  # fmt: skip
def test_all_of_a_word_document_is_in_its_text(body: str, parts: dict[str, str], held: str, gone: str) -> None:
    from markitdown import StreamInfo
    from markitdown.converters import DocxConverter

    from memory.exchange import docx

    written = docx.whole(word(body, **parts))
    text = DocxConverter().convert(io.BytesIO(written), StreamInfo(extension=".docx")).markdown
    assert held in text
    assert not gone or gone not in text


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("# Soup\n\n~~~sh\n# stir\n~~~\n\nSimmer it.", "Soup"),
        ("# Soup\n\n````\n```\n# stir\n```\n````\n\nSimmer it.", "Soup"),
        ("# Soup\n\n    # stir\n\nSimmer it.", "Soup"),
        ("# Soup\n\n#hashtag of the day\n\nSimmer it.", "Soup"),
        ("Soup\n====\n\nSimmer it.", "Soup"),
        ("# Soup\n\n- a\n  ```\n  # stir\n  ```\n\nSimmer it.", "Soup"),
    ],
)
def test_a_piece_stands_under_its_own_heading(text: str, heading: str) -> None:
    pieces = [piece for piece in chunks(text) if "Simmer it." in str(piece)]
    assert heading in str(pieces[0])
    assert "stir" not in str(pieces[0]).split("\n")[0]


def test_a_scan_says_that_it_holds_no_text() -> None:
    page = b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj"
    scan = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
    with pytest.raises(BadInput, match="no text"):
        text_of("scan.pdf", scan + page + b"\ntrailer<</Root 1 0 R>>\n%%EOF")
