"""The report of an import on the page: it stays in its card, speaks the reader's language, and goes with its file."""

from pathlib import Path

import pytest

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.browser import browser, served
from tests.support import HashEmbedder
from tests.test_memory_importing import chatgpt, data, node

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # Gradio's
]


def test_a_report_fits_its_card_and_goes_when_another_file_is_chosen(tmp_path: Path) -> None:
    said = (node("q", None, "user", "Look"), node("t", "q", "tool", "{}"), node("a", "t", "assistant", "Done"))
    log, other = tmp_path / "log.json", tmp_path / "other.json"
    log.write_bytes(data(3, chatgpt(*said, title="without_a_break_" * 20)))
    other.write_text("hello")
    settings = Settings(data_dir=tmp_path / "data", model="scripted")
    with (
        Runtime(settings, model=ScriptedModel(), embedder=HashEmbedder()) as runtime,
        served(runtime) as url,
        browser(url, "zh-CN", viewport={"width": 375, "height": 800}) as page,
    ):
        page.go("history")
        page.tab.set_input_files("#history input[type=file]", log)
        page.tab.wait_for_selector("#import .report")
        page.tab.click("#import summary")
        shown = page.tab.inner_text("#import")
        assert "第 1 个对话：不是已知的格式" in shown
        assert "1 × 工具结果" in shown
        assert page.tab.evaluate(
            "[...document.querySelectorAll('#import *')].every(e => e.getBoundingClientRect().right <= 361)"
        )
        page.tab.set_input_files("#history input[type=file]", other)
        page.tab.wait_for_selector("#import .report", state="detached")
        assert runtime.assistant("mei").conversations.list() == []
