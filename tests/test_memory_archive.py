import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, Runtime
from memory.errors import BadInput, NotFound


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    mei = runtime.assistant("mei")
    mei.chat("=HYPERLINK(1) is <b>bold</b>")
    mei.chat("第二个对话")
    return mei


def exported(mei: Assistant, format: str, **more: Any) -> str:
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


@pytest.fixture
def rated(runtime: Runtime) -> Assistant:
    mei = runtime.assistant("mei")
    liked = mei.chat("Which tree has pears?")
    mei.feedback.rate(liked.message_id, "up")
    wrong = mei.chat("And which has plums?", conversation_id=liked.conversation_id)
    mei.feedback.rate(wrong.message_id, "down", corrected="A plum tree.")
    mei.chat("How are you?")
    return mei


def test_only_what_is_asked_for_is_exported(rated: Assistant) -> None:
    def titles(**only: Any) -> list[str]:
        records = map(json.loads, exported(rated, "jsonl", **only).splitlines())
        return [record["title"] for record in records if record["type"] == "conversation"]

    now, hour = datetime.now(UTC), timedelta(hours=1)
    assert len(titles()) == 2
    assert titles(text="PLUMS") == ["Which tree has pears?"]
    assert titles(text="50%") == []
    assert titles(rating="up") == titles(rating="down") == titles(corrected=True) == ["Which tree has pears?"]
    assert titles(since=now - hour, until=now + hour) == titles()
    assert titles(since=now + hour) == titles(until=now - hour) == []
    assert titles(rating="up", text="plums") == []  # one message must fit all of it
    with pytest.raises(BadInput, match="'up' or 'down'"):
        titles(rating="sideways")


def test_training_examples_end_at_the_replies_asked_for_as_corrected(rated: Assistant) -> None:
    def examples(**only: Any) -> list[list[str]]:
        records = map(json.loads, exported(rated, "openai", **only).splitlines())
        return [[said["content"] for said in record["messages"]] for record in records]

    whole = examples()
    assert [len(each) for each in whole] == [4, 2]
    assert whole[0][-1] == "A plum tree."
    assert examples(rating="up") == [whole[0][:2]]
    assert examples(corrected=True) == [whole[0]]
    assert examples(min_chars=10**6) == []
    assert len(examples(min_chars=1)) == 3
    assert [each[0] for each in examples(system="Be kind.")] == ["Be kind."] * 2
    talks = json.loads(exported(rated, "sharegpt", rating="up", system="Be kind."))
    assert [said["from"] for said in talks[0]["conversations"]] == ["system", "human", "gpt"]


def test_pandas_reads_the_tables(rated: Assistant, tmp_path: Path) -> None:
    import pandas

    assert rated.export(tmp_path / "log.parquet", "parquet") == 6
    table = pandas.read_parquet(tmp_path / "log.parquet")
    assert list(table[table.rating == -1].corrected) == ["A plum tree."]
    assert table.occurred_at.dt.tz is not None
    rated.export(tmp_path / "log.csv", "csv")
    cells = pandas.read_csv(tmp_path / "log.csv")
    assert list(cells.text[:1]) == ["Which tree has pears?"]
    rated.export(tmp_path / "log.jsonl", "jsonl")
    assert len(pandas.read_json(tmp_path / "log.jsonl", lines=True)) == 1 + 2 + 6
    with pytest.raises(BadInput, match="Write it to a file"):
        exported(rated, "parquet")
    with pytest.raises(BadInput, match="cannot be written"):
        rated.export(tmp_path / "no" / "log.parquet", "parquet")
    assert sorted(path.name for path in tmp_path.glob("log.*")) == ["log.csv", "log.jsonl", "log.parquet"]


def test_a_markdown_parser_reads_what_was_said_and_by_whom(rated: Assistant) -> None:
    from markdown_it import MarkdownIt

    rated.chat("A line\nand another, <b>bold</b> *here*")
    tokens = MarkdownIt("commonmark").parse("".join(rated.export_lines("md")))
    headings = [tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open"]
    assert headings == [conversation.title for conversation in reversed(rated.conversations.list())]
    spoken = [token.content for token in tokens if token.type == "inline" and token.content.startswith("**")]
    messages = [message for c in rated.conversations.list() for message in rated.conversations.get(c.id).messages]
    assert len(spoken) == len(messages)


def test_training_files_load_line_by_line_as_datasets_does(rated: Assistant, tmp_path: Path) -> None:
    """`datasets.load_dataset("json", …)` reads them with pyarrow, as here: one schema for all lines."""
    from pyarrow import json as arrow

    rated.chat("你好，我喜欢帆船。 😀")
    path = tmp_path / "train.jsonl"
    rated.export(path, "openai")
    table = arrow.read_json(path)
    assert table.column_names == ["messages"]
    for messages in table["messages"].to_pylist():
        assert [set(message) for message in messages] == [{"role", "content"}] * len(messages)
        assert {message["role"] for message in messages} <= {"user", "assistant"}


@pytest.mark.browser
def test_a_browser_shows_the_html_and_loads_nothing(rated: Assistant, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    from tests.browser import chromium

    rated.chat('<script>document.title = "hacked"</script><img src="http://evil.example/x.png"> & "quotes"')
    path = tmp_path / "log.html"
    rated.export(path, "html")
    asked: list[str] = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        tab = opened.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(path.as_uri())
        shown = tab.inner_text("body")
        articles, title = tab.locator("article").count(), tab.title()
        printed = tab.pdf()
        opened.close()
    assert asked == [path.as_uri()]
    assert '<script>document.title = "hacked"</script>' in shown
    assert title == "Zhiji"
    messages = [message for c in rated.conversations.list() for message in rated.conversations.get(c.id).messages]
    assert articles == len(messages)
    assert printed.startswith(b"%PDF")
