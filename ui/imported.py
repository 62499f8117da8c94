"""What a report of an import says beside its numbers, in the reader's language: how a file was read, what of it was left out or
cannot be read. The log itself says it in English (`memory.exchange.foreign_logs`)."""

import re

from prompts.types import Language

_ZH = (
    ("tool call", "工具调用"),
    ("tool result", "工具结果"),
    ("thinking", "模型的思考"),
    ("system prompt", "系统提示"),
    ("hidden message", "隐藏的消息"),
    ("deleted message", "已删除的消息"),
    ("forwarded message", "转发的消息"),
    ("notice", "系统通知"),
    ("other activity", "其他活动"),
    ("other part", "其他内容"),
    ("time that cannot be read", "无法识别的时间"),
    ("picture|photo", "图片"),
    ("video", "视频"),
    ("audio", "音频"),
    ("sticker", "贴纸"),
    ("file|document", "文件"),
    (r"conversation (\d+)", r"第 \1 个对话"),
    (r"message (\d+)", r"第 \1 条消息"),
    (r"line (\d+)", r"第 \1 行"),
    ("further on", "后面"),
    (r"([\d,]+) more", r"还有 \1 处"),
    ("it is of no kind that is known", "不是已知的格式"),
    ("it is not built as expected", "结构与预期不符"),
    (r"it is not as expected \(.*", "内容与预期不符"),
    (r"its time cannot be read.*", "时间无法识别"),
    ("it holds no text", "没有文字"),
    (
        r"Dates such as (.*) were read with the day first: .*",
        r"\1 这样的日期按“日在前”读取：文件里看不出日和月哪个在前。",
    ),
    (r"The file was read as .*?\(?([\w-]+)\)?\.", r"文件按 \1 编码读取。"),
)


def worded(language: Language, said: str) -> str:
    """In Chinese if that is the reader's language, as far as it is known there; a place as "log.json, line 3" part by part."""
    if language != "zh":
        return said
    whole = _known(said)
    return whole or "，".join(_known(part) or part for part in said.split(", "))


def _known(said: str) -> str | None:
    found = ((re.fullmatch(english, said, re.S), chinese) for english, chinese in _ZH)
    return next((match.expand(chinese) for match, chinese in found if match), None)
