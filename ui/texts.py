"""What the browser app says, in English and Chinese. `gr.I18n` picks by the browser's language."""

from memory.portrait import TONE, Style
from memory.types import Fact
from memory.vocabulary import PEOPLE_ZH

EN = {
    "new_chat": "New chat",
    "temporary_chat": "Temporary chat",
    "conversations": "Conversations",
    "this_chat": "This chat",
    "title": "Title",
    "rename": "Rename",
    "delete": "Delete this chat and its memories",
    "delete_sure": "Delete for good? Click again",
    "message": "Message",
    "placeholder": "Write to Zhiji…",
    "send": "Send",
    "stop": "Stop",
    "welcome": "### I remember what you tell me\nTell me something about yourself, and ask me about it tomorrow.",
    "temporary": "**Temporary chat** · Nothing is remembered, and nothing remembered is used.",
}
ZH = {
    "new_chat": "新对话",
    "temporary_chat": "临时对话",
    "conversations": "对话",
    "this_chat": "当前对话",
    "title": "标题",
    "rename": "改名",
    "delete": "删除此对话及其记忆",
    "delete_sure": "确定永久删除？再点一次",
    "message": "消息",
    "placeholder": "写给知己……",
    "send": "发送",
    "stop": "停止",
    "welcome": "### 你说的话，我会记得\n告诉我一些关于你的事，明天再来问我。",
    "temporary": "**临时对话** · 不记住任何内容，也不使用已记住的内容。",
}

SPOKEN = {
    "en": {
        "remembered": "Remembered",
        "about_you": "Known about you",
        "noted": "Noted about you",
        "no_longer": "no longer",
        "withheld": "A secret, not remembered",
        "loading": "The model is loading. You can write already.",
        "interrupted": "*(stopped)*",
        "failed": "*(the model failed here; try again)*",
        "forgotten": "*(forgotten)*",
        "untitled": "Untitled",
        "no_retry": "A temporary chat cannot answer again. Send the message once more.",
    },
    "zh": {
        "remembered": "记得",
        "about_you": "关于你",
        "noted": "记下了",
        "no_longer": "不再",
        "withheld": "秘密，不会记住",
        "loading": "模型加载中，现在就可以输入。",
        "interrupted": "*（已停止）*",
        "failed": "*（模型出错，请重试）*",
        "forgotten": "*（已遗忘）*",
        "untitled": "无标题",
        "no_retry": "临时对话不能重新回答，请再发送一次。",
    },
}


def language_of(accept_language: str) -> str:
    """`zh` if the browser's first language is Chinese, else `en`."""
    return "zh" if accept_language.strip().lower().startswith("zh") else "en"


def spoken(accept_language: str, key: str) -> str:
    """A text that the server puts together, in the browser's first language."""
    return SPOKEN[language_of(accept_language)][key]


_KEYS_ZH = {
    "name": "名字", "age": "年龄", "birthday": "生日", "gender": "性别", "nationality": "国籍", "religion": "信仰",
    "relationship": "感情状况", "personality": "性格", "home": "住处", "origin": "家乡", "job": "工作", "employer": "单位",
    "school": "学校", "studies": "所学", "skills": "擅长", "people": "身边的人", "pets": "宠物", "health": "健康",
    "allergies": "过敏", "diet": "饮食", "likes": "喜欢", "dislikes": "不喜欢", "interests": "爱好", "goals": "目标",
    "plans": "计划", "schedule": "日程", "possessions": "拥有", "languages": "语言", "style": "回答方式", "new_to": "刚接触",
}  # fmt: skip


def spoken_fact(accept_language: str, fact: Fact) -> str:
    """A fact as it was noted: "allergies: walnuts", "sister · home: Porto", "no longer: job: nurse"."""
    ended = "" if fact.status == "active" else f"{spoken(accept_language, 'no_longer')}: "
    subject, key, colon = fact.subject, fact.key.replace("_", " "), ": "
    if language_of(accept_language) == "zh":
        subject, key, colon = PEOPLE_ZH.get(subject, subject), _KEYS_ZH.get(key, key), "："
    whose = "" if fact.subject == "user" else f"{subject} · "
    return f"{ended}{whose}{key}{colon}{fact.value}"


_REASONS_ZH = {
    "same words: ": "相同的词：",
    "just after: ": "紧接着：",
    "similar meaning": "意思相近",
    "pinned": "已置顶",
    "said by ": "说话人：",
    "time: ": "时间：",
}


def reason(accept_language: str, why: str) -> str:
    """A reason of a search, in the browser's first language."""
    if language_of(accept_language) == "en":
        return why
    for english, chinese in _REASONS_ZH.items():
        if why.startswith(english):
            return chinese + why.removeprefix(english).replace(", ", "、")
    return why


def spoken_style(style: Style) -> str:
    """How a person writes, as a line of the command line."""
    tone = "formal" if style.formality >= TONE else "casual" if style.formality <= -TONE else "plain"
    language = "Chinese" if style.language == "zh" else "English"
    more = "".join(f"; {what}" for what, share in (("emoji", style.emoji), ("lists", style.lists)) if share >= 0.2)
    return f"you write: {language}, {style.length} messages, {tone}{more} (from your last {style.messages})"
