"""What sounds like a command and is none, and what is one in other words: reminders, a yes, a secret, a wish to forget."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from assistant import Assistant, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.talk.answering import act_of
from assistant.talk.reminding import Language, asks_loosely, is_set_loosely, read_reminder
from memory.language import acts
from memory.language.extraction import asks_not_to_be_remembered
from memory.language.reading import read
from memory.language.text import is_chinese
from memory.types import NewMemory
from tests.support import HashEmbedder, ready

NOW = datetime(2026, 11, 29, 10, 13, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def mei(tmp_path: Path) -> Iterator[Assistant]:
    settings = Settings(data_dir=ready(tmp_path / "data"), grounded=True)
    model = ScriptedModel(lambda _: "I see.")
    with Runtime(settings, model=model, embedder=HashEmbedder()) as runtime:
        yield runtime.assistant("mei")


def act(text: str) -> str | None:
    return act_of(read(text, NOW), ())


@pytest.mark.parametrize(
    "text",
    [
        "My phone reminds me every Monday at nine to stretch",
        "She reminded me to call the dentist at five",
        "I set an alarm for 7 tomorrow",
        "Karen mailed: remind me on Friday at 9 to send you the slides.",
        "Mum wrote me. Remind me tomorrow at 8 to bring the cake. Isn't she sweet?",
        "If I ask you to remind me at 5 to eat, would you?",
        "Drop the dog off at the vet tomorrow",
        "The meeting is tomorrow at 3, remind me of nothing",
        "My alarm went off at 5 today",
        "The doctor told me to set an alarm for 7",
        "妈妈提醒我明天带伞",
        "媽媽提醒我明天帶傘",
        "提醒我的人总是妹妹",
        "提醒我的人總是妹妹",
        "手机每天八点提醒我喝水",
        "如果我让你五点提醒我吃饭，你会吗",
        "我訂了明天七點的鬧鐘",
        "明天送狗去看兽医",
    ],
)
def test_a_reminder_that_is_told_of_is_not_set(mei: Assistant, text: str) -> None:
    assert act(text) != "remind"
    mei.chat(text)
    assert mei.reminders.list() == []


@pytest.mark.parametrize(
    "text",
    [
        "alarm for a quarter to five",
        "cn u remnd me tmrw to call mum",
        "She reminded me that the rent is due. Remind me tomorrow at 8 to pay it.",
        "My boss just texted. Remind me at 5 to call him.",
        "I want to be reminded at five to eat",
        "I got a new alarm clock, remind me tomorrow at 9 to set it",
        "明天三点开会提醒我带电脑",
        "7点的闹钟",
        "妈妈生日快到了，明天提醒我买蛋糕",
    ],
)
def test_one_that_is_asked_for_in_other_words_still_is(text: str) -> None:
    language: Language = "zh" if is_chinese(text) else "en"
    assert read_reminder(text, language, NOW) or is_set_loosely(text, language)
    assert act(text) == "remind"


def test_no_more_reminders_is_no_reminder() -> None:
    assert asks_loosely("dont remind me abt the dentist anymore ugh", "en")
    assert not is_set_loosely("dont remind me abt the dentist anymore ugh", "en")
    assert not is_set_loosely("不用再提醒我浇花了", "zh")


def test_a_reminder_of_nothing_asks_of_what_and_moves_no_other(mei: Assistant) -> None:
    mei.chat("Remind me on Friday at 9 to water the ferns")
    before = [one.at for one in mei.reminders.list()]
    asked = mei.chat("Can you remind me tomorrow at 9?")
    assert "What shall I remind you of?" in asked.text
    assert [one.at for one in mei.reminders.list()] == before
    mei.chat("to call mum", conversation_id=asked.conversation_id)
    assert sorted(one.text for one in mei.reminders.list()) == ["call mum", "water the ferns"]


def test_what_was_asked_about_in_other_words_takes_its_time_from_the_answer(mei: Assistant) -> None:
    asked = mei.chat("Alert me 30 min before the dentist")
    assert "When shall I remind you?" in asked.text
    mei.chat("tomorrow at 3 pm", conversation_id=asked.conversation_id)
    assert len(mei.reminders.list()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Yes, forget all of that", "yes delete everything", "right", "ya", "go for it", "hmm, okay", "Correct", "Yes!", "ok 👍",
        "delete them", "对", "對", "嗯删吧", "嗯刪吧", "好，都删了吧", "好吧",
    ],
)  # fmt: skip
def test_a_plain_yes(text: str) -> None:
    assert acts.is_yes(text)
    assert not acts.is_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "No.", "nope, keep them", "don't delete any of it", "No, never mind.", "no, I want to keep them", "keep everything",
        "不用了", "不，都留着吧", "別刪", "先不删", "不用了，谢谢",
    ],
)  # fmt: skip
def test_a_plain_no(text: str) -> None:
    assert acts.is_no(text)
    assert not acts.is_yes(text)


@pytest.mark.parametrize(
    "text",
    [
        "no, delete them all", "do not keep them", "nope, go on and delete", "don't keep any of it", "Yes?", "No?",
        "yes but keep part 3", "Not yet", "yes and no", "no problem", "不要了，都删掉", "不要了，都刪掉", "不用留了，删吧",
        "不用留了，刪吧", "好吗？", "好，但留下小王",
    ],
)  # fmt: skip
def test_neither_a_plain_yes_nor_a_plain_no(text: str) -> None:
    assert not acts.is_yes(text)
    assert not acts.is_no(text)


@pytest.mark.parametrize("text", ["嗯" * 590 + "x", "先别" * 290 + "x", "no, " * 149 + "x?", "我是谁" * 190])
def test_what_repeats_is_read_at_once(text: str) -> None:
    assert not acts.is_yes(text)
    assert not acts.is_no(text)
    assert acts.act_of(text) != "forget"


@pytest.mark.parametrize(
    "text",
    [
        "Between us, I quit my job.", "Between you and me, I like her.", "off the record, I hate my boss",
        "delete this message after reading: I owe Tom 300", "Don't tell anyone, but I am moving.",
        "别告诉别人，我怀孕了", "別告訴別人，我懷孕了", "这个是秘密，我要辞职", "這個是秘密，我要辭職", "悄悄告诉你，我喜欢小王",
        "悄悄告訴你，我喜歡小王", "这话到你这儿为止，我要离婚", "這話到你這兒為止，我要離婚", "只跟你说，我欠了钱",
        "只跟你說，我欠了錢", "我要离婚，保密", "保密：我要離婚",
    ],
)  # fmt: skip
def test_what_is_said_in_confidence_is_private(mei: Assistant, text: str) -> None:
    assert asks_not_to_be_remembered(text)
    mei.chat(text)
    assert mei.memories.list() == []
    assert mei.profile.facts() == []


@pytest.mark.parametrize(
    "text",
    [
        "The distance between us and the sea", "The distance between you and me is 3 km.", "I kept it a secret from her",
        "I don't tell anyone my age", "Please don't forget what I said about Tom", "She told me to forget what I said about Tom.",
        "我签了保密协议", "她让我别告诉别人", "他悄悄告诉我他要走", "我只跟你说过一次", "别忘了我说过小王", "別忘了我說過小王",
        "过年群发的祝福，不要跟人家雷同",
    ],
)  # fmt: skip
def test_what_only_sounds_like_a_confidence_is_not(text: str) -> None:
    assert not asks_not_to_be_remembered(text)


@pytest.mark.parametrize(
    "text",
    [
        "Forget Tom", "Please forget that Giulia is a nurse", "What I said about Tom, forget it.",
        "Please don't remember my salary anymore", "can you forget where I live?", "I don't want you to remember my knee.",
        "我不想让你记得我的膝盖", "我不想讓你記得我的膝蓋", "别再记得小王。", "別再記得小王",
    ],
)  # fmt: skip
def test_a_wish_to_forget(text: str) -> None:
    assert act(text) == "forget"
    assert acts.command(text, "act_forget")


@pytest.mark.parametrize(
    "text",
    [
        "Please don't forget what I said about Tom", "Forget what I said about Tom? Never!",
        "Delete my dog pictures? How could I?", "She told me to forget what I said about Tom.",
        "Tom says: forget what I said about Tom", "Note to self: forget about Tom", "别忘了我说过小王", "別忘了我說過小王",
        "忘掉我说过的小王？不可能！", "她說：把我的事忘掉",
    ],
)  # fmt: skip
def test_no_wish_to_forget(mei: Assistant, text: str) -> None:
    mei.memories.add_many([NewMemory("Tom has a dog.", "mei", NOW), NewMemory("小王有一只狗。", "mei", NOW)])
    assert act(text) not in ("forget", "private")
    mei.chat(text)
    assert {"Tom has a dog.", "小王有一只狗。"} <= {memory.text for memory in mei.memories.list(50)}


@pytest.mark.parametrize("text", ["我是你爸爸", "我是谁不重要", "我是誰不重要"])
def test_no_question_about_oneself(text: str) -> None:
    assert act(text) != "about_me"


@pytest.mark.parametrize("text", ["我是谁？", "我是誰", "你知道我是谁不"])
def test_a_question_about_oneself(text: str) -> None:
    assert act(text) == "about_me"


@pytest.mark.parametrize(
    "text",
    ["Remember, remember the fifth of November", "别忘了我爱你", "別忘了我愛你", "Note to self: forget about Tom"],
)
def test_nothing_to_be_noted(text: str) -> None:
    assert act(text) != "remember"


@pytest.mark.parametrize(
    "text", ["不对，这道题怎么做？", "不對，這道題怎麼做？", "No, how do I solve this one?", "我纠正了老师一个错别字"]
)
def test_no_correction(text: str) -> None:
    assert act(text) != "correct"


@pytest.mark.parametrize("text", ["不对，是波尔图", "更正一下，房子是三室的", "No, Porto.", "欸更正，期中考是11/5"])
def test_a_correction(text: str) -> None:
    assert act(text) == "correct"
