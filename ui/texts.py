"""What the browser app says, in English and Chinese. The texts of its pages are in `texts.toml`, both languages side by
side."""

import re
import tomllib
from datetime import datetime
from functools import cache
from pathlib import Path

from memory.facts.portrait import TONE, Style
from memory.facts.vocabulary import PEOPLE_ZH, worded_value
from memory.types import Fact
from prompts.types import Language

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


@cache
def table() -> dict[str, dict[str, str]]:
    """Every text of the pages: {key: {"en": …, "zh": …}}."""
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))


def of(language: Language, key: str, **values: object) -> str:
    return table()[key][language].format(**values) if values else table()[key][language]


def where_kept(language: Language, server: str) -> str:
    """Of what is said: here, or here and at the server that answers."""
    return of(language, "kept_here", address=server) if server else of(language, "stays_here")


def language_of(accept_language: str) -> Language:
    """`zh` if the browser's first language is Chinese, else `en`."""
    return "zh" if accept_language.strip().lower().startswith("zh") else "en"


def day(language: Language, time: datetime) -> str:
    """Not strftime: its names follow the machine's locale, not the reader's language."""
    if language == "zh":
        return f"{time.year}年{time.month}月{time.day}日"
    return f"{time.day} {_MONTHS[time.month - 1]} {time.year}"


_KEYS_ZH = {
    "name": "名字", "age": "年龄", "birthday": "生日", "gender": "性别", "nationality": "国籍", "religion": "信仰",
    "relationship": "感情状况", "personality": "性格", "home": "住处", "origin": "家乡", "job": "工作", "employer": "单位",
    "school": "学校", "studies": "所学", "skills": "擅长", "people": "身边的人", "pets": "宠物", "health": "健康",
    "allergies": "过敏", "diet": "饮食", "likes": "喜欢", "dislikes": "不喜欢", "interests": "爱好", "goals": "目标",
    "plans": "计划", "schedule": "日程", "possessions": "拥有", "languages": "语言", "style": "回答方式", "new_to": "刚接触",
    "event": "经历", "money": "钱", "contact": "联系方式", "other": "其他",
}  # fmt: skip


def key_name(language: Language, key: str) -> str:
    """What a key of the profile is called."""
    return _KEYS_ZH.get(key, key) if language == "zh" else key.replace("_", " ")


def spoken_fact(language: Language, fact: Fact) -> str:
    """A fact as it was noted: "allergies: walnuts", "sister · home: Porto", "no longer: job: nurse"."""
    ended = "" if fact.status == "active" else f"{of(language, 'no_longer')}: "
    return f"{ended}{fact_label(language, fact)}{'：' if language == 'zh' else ': '}{worded_value(fact, language)}"


def fact_label(language: Language, fact: Fact) -> str:
    """What a fact is about: "allergies", "sister · home"."""
    subject = PEOPLE_ZH.get(fact.subject, fact.subject) if language == "zh" else fact.subject
    return ("" if fact.subject == "user" else f"{subject} · ") + key_name(language, fact.key)


_REASONS_ZH = {
    "same words: ": "相同的词：",
    "in answer to: ": "回答的问题：",
    "just after: ": "紧接着：",
    "similar meaning": "意思相近",
    "pinned": "已置顶",
    "said by ": "说话人：",
    "time: ": "时间：",
}


def reason(language: Language, why: str) -> str:
    """A reason of a search, in the reader's language."""
    if language == "en":
        return why
    for english, chinese in _REASONS_ZH.items():
        if why.startswith(english):
            told = why.removeprefix(english)
            return chinese + (told.replace(", ", "、") if english == "same words: " else told)
    return why


def spoken_style(style: Style) -> str:
    """How a person writes, as a line of the command line."""
    tone = "formal" if style.formality >= TONE else "casual" if style.formality <= -TONE else "plain"
    language = "Chinese" if style.language == "zh" else "English"
    more = "".join(f"; {what}" for what, share in (("emoji", style.emoji), ("lists", style.lists)) if share >= 0.2)
    return f"you write: {language}, {style.length} messages, {tone}{more} (from your last {style.messages})"


_ERRORS_ZH = (
    (r"The message is empty.*", "消息是空的。请先写点什么再发送。"),
    (r"The (\w+) is empty.*", "内容是空的，请填写后再试。"),
    (r"The message has ([\d,]+) characters; the most is ([\d,]+).*", r"消息有 \1 个字符，最多 \2 个。请缩短或分几次发送。"),
    (r"The \w+ has ([\d,]+) characters; the most is ([\d,]+).*", r"内容有 \1 个字符，最多 \2 个。请缩短。"),
    (r"A reply is being written in this conversation.*", "这个对话正在回答。请等它结束，或先停止它。"),
    (r"(\d+) replies are being written for you.*", r"已有 \1 个回答在进行。请等一个结束，或停止一个。"),
    (r"A key without a scope.*", "密钥至少要有一项权限。"),
    (r"There is no such key.*", "找不到这个密钥，可能已被撤销。"),
    (r"There is no such reminder.*", "找不到这个提醒，可能已被删除。"),
    (r"This is no calendar.*", "这不是日历文件，请选择 .ics 文件。"),
    (r"This temporary chat has ended.*", "这个临时对话已结束，请重新开始一个。"),
    (r"There is no such (?:conversation|message).*", "找不到这个对话或消息，可能已被删除。"),
    (r"There is no such memory.*", "找不到这条记忆，可能已被遗忘。"),
    (r"There is no such (?:fact|change).*", "找不到这条信息，可能已被删除。"),
    (r"There is nothing to take back.*", "没有可以撤回的内容。"),
    (r"There is nothing to answer.*", "还没有可以回答的内容，请先发一条消息。"),
    (r"The message needs ([\d,]+) tokens .* can take ([\d,]+).*", r"消息加上说明需要 \1 个词元，模型最多 \2 个。请缩短消息。"),
    (r"The model has said nothing for (\S+) s.*", r"模型已有 \1 秒没有回应。请再试；如果一直这样，请重新启动知己。"),
    (r"The model failed while answering.*", "模型回答时出错。你的问题已保存，请点“重新回答”。"),
    (r"The model .*is not on this machine yet\. Run: (.*)", r"这台电脑上还没有这个模型。请运行：\1"),
    (r"(\S+) is of a kind that cannot be read\. There is: (.*)", r"\1 的格式无法读取。支持：\2"),
    (r"(\S.*) cannot be read: it is damaged.*", r"\1 无法读取：文件已损坏、受保护，或与扩展名不符。"),
    (r"(\S.*) has (\d+) MB; the most is (\d+) MB\.", r"\1 有 \2 MB，最大 \3 MB。"),
    (r"There is no text in (\S.*?)\. .*", r"\1 中没有文字。"),
    (r"That document is remembered already, as (.*)\.", r"这份文件已经记住了：\1。"),
    (
        r"This is no file that can be imported.*",
        "无法导入这个文件。支持 ChatGPT 或 Claude 的 conversations.json（或其 zip），LibreChat、Open WebUI、SillyTavern、Gemini、"
        "Telegram、WhatsApp 的聊天，知己的 jsonl、ShareGPT、OpenAI 消息，以及含 role 和 text 两列的 CSV。",
    ),
    (r"This text could be .* Say its encoding \((.*)\).*", r"看不出这个文件的编码，可能是：\1。请另存为 UTF-8 后再试。"),
    (r"In this chat speak: (.*)\. Say which.*", r"这个聊天里有：\1。请填写您在其中的名字，再选一次文件。"),
    (r"It cannot be told how this text is encoded.*", "看不出这个文件的编码。请另存为 UTF-8 后再试。"),
    (r"Nothing is selected.*", "没有选中任何内容。请先勾选要遗忘的记忆。"),
    (r"To delete everything, type (.*) in the field\.", r"要删除全部内容，请在框中输入“\1”。"),
    (r"That holds a secret .*", "其中含有密码一类的秘密，不会写入档案。请去掉后再试。"),
    (r"That cannot be set: (.*)", r"无法这样设置：\1"),
    (r"The search index is being built \((\d+) %\).*", r"正在建立搜索索引（\1%）。期间仍可搜索，稍慢一些。"),
    (r"The search index was damaged and is being rebuilt.*", "搜索索引已损坏，正在重建。期间仍可搜索，稍慢一些。"),
    (r".* is sealed with another passphrase.*", "这个文件是用另一个密码加密的。请在终端运行 zhiji import。"),
    (r"That name and password do not go together\.", "名字或密码不对。"),
    (r"That was tried too often\. Wait (\d+) seconds\.", r"尝试太频繁，请等 \1 秒。"),
    (r"That is not the code that the terminal shows\.", "代码不对，请看终端里显示的。"),
    (r"The two passwords are not the same\.", "两次输入的密码不一样。"),
    (r"A password has at least (\d+) characters.*", r"密码至少 \1 个字符，最好用几个词。"),
    (r"Only an owner can do that\.", "只有所有者可以这样做。"),
    (r"'(.*)' has an account\..*", r"\1 已有账户。"),
    (r"The disk that holds .* is full.*", "磁盘已满，没有任何改动。请腾出空间后再试。"),
)  # fmt: skip


def error(language: Language, said: str) -> str:
    """What went wrong, in Chinese if that is the reader's language and the text is known there."""
    if language == "zh":
        for english, chinese in _ERRORS_ZH:
            found = re.fullmatch(english, said, re.S)
            if found:
                return found.expand(chinese)
    return said
