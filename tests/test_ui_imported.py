"""What the page says of an import, in both languages."""

import pytest

from memory.exchange.foreign_logs import gathering, gemini, parts, stamps
from memory.exchange.foreign_logs.fields import odd
from memory.language.encodings import _NAMES, name_of
from memory.language.text import CJK
from ui import imported, texts


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("conversation 3", "第 3 个对话"),
        ("log.json, line 7, message 2", "log.json，第 7 行，第 2 条消息"),
        (stamps.UNSURE.format(date="03/04/2025"), "03/04/2025 这样的日期按“日在前”读取：文件里看不出日和月哪个在前。"),
        ("The file was read as western European (Windows-1252).", "文件按 Windows-1252 编码读取。"),
        ("The file was read as UTF-16.", "文件按 UTF-16 编码读取。"),
        (odd(ValueError("two messages have the same id")), "内容与预期不符"),
        ("1,200 more", "还有 1,200 处"),
        ("what nobody said yet", "what nobody said yet"),
    ],
)
def test_a_report_is_in_the_readers_language(said: str, told: str) -> None:
    assert imported.worded("zh", said) == told
    assert imported.worded("en", said) == said


@pytest.mark.parametrize(
    "said",
    [
        parts.CALL, parts.RESULT, parts.SYSTEM, parts.THOUGHT, parts.HIDDEN, gathering.NO_TIME, gemini._OTHER, "file", "notice",
        "deleted message", "forwarded message", *(parts._thing(kind) for kind in ("image", "video", "audio_asset_pointer", "x")),
        "it is of no kind that is known", "it holds no text", odd(KeyError("mapping")),
        *(f"The file was read as {name_of(one)}." for one in _NAMES),
    ],
)  # fmt: skip
def test_whatever_is_left_out_or_refused_is_named_in_chinese(said: str) -> None:
    assert CJK.search(imported.worded("zh", said))


def test_a_record_that_is_built_otherwise_is_not_told_of_in_words_of_python() -> None:
    assert odd(AttributeError("'int' object has no attribute 'get'")) == "it is not built as expected"


@pytest.mark.parametrize(
    "said",
    [
        "This text could be Japanese (Shift-JIS) or Korean (EUC-KR). Say its encoding (cp932, cp949), or save it as UTF-8.",
        "It cannot be told how this text is encoded. Save it as UTF-8, or say its encoding.",
        "In this chat speak: Ana, Bo. Say which of them you are (me=…, --me …), and import it again.",
    ],
)
def test_what_stops_an_import_is_told_in_chinese(said: str) -> None:
    assert not {"Say", "save"} & set(texts.error("zh", said).split())
