import csv
import io
import json

import pytest

from assistant import Assistant, Runtime
from memory.errors import NotFound


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    mei = runtime.assistant("mei")
    mei.chat("=HYPERLINK(1) is <b>bold</b>")
    mei.chat("第二个对话")
    return mei


def exported(mei: Assistant, format: str, **more: str) -> str:
    return "".join(mei.export_lines(format, **more))  # type: ignore[arg-type]


def test_a_cell_is_never_a_formula(mei: Assistant) -> None:
    rows = list(csv.reader(io.StringIO(exported(mei, "csv").removeprefix("\ufeff"))))
    assert len(rows) == 1 + 4
    assert rows[1][4] == "'=HYPERLINK(1) is <b>bold</b>"
    assert not any(cell[:1] in "=+-@" for row in rows for cell in row if cell)


def test_the_html_is_one_file_with_nothing_to_load_and_nothing_to_run(mei: Assistant) -> None:
    page = exported(mei, "html")
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "src=" not in page
    assert "http" not in page


def test_what_is_for_training_is_as_others_read_it(mei: Assistant) -> None:
    shared = json.loads(exported(mei, "sharegpt"))
    assert [[said["from"] for said in talk["conversations"]] for talk in shared] == [["human", "gpt"]] * 2
    lines = [json.loads(line) for line in exported(mei, "openai").splitlines()]
    assert lines[1]["messages"][0] == {"role": "user", "content": "第二个对话"}


def test_one_conversation_alone_and_always_the_same_bytes(mei: Assistant, runtime: Runtime) -> None:
    id = mei.conversations.list()[0].id
    for format in ("jsonl", "md", "html", "csv", "sharegpt", "openai"):
        assert exported(mei, format) == exported(mei, format)
        assert "HYPERLINK" not in exported(mei, format, conversation_id=id)
        assert "第二个对话" in exported(mei, format, conversation_id=id)
    with pytest.raises(NotFound):
        exported(runtime.assistant("li"), "md", conversation_id=id)
