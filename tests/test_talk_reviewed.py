"""Faults that a reviewer found in the talk, each as it was said."""

from datetime import UTC, datetime

import pytest

from assistant import Assistant
from assistant.talk.fact_sentences import sentence
from memory.types import Fact
from tests.support import Script, told


def talk(mei: Assistant, *texts: str) -> str:
    """The last reply of a chat."""
    where, said = None, ""
    for text in texts:
        reply = mei.chat(text, conversation_id=where)
        where, said = reply.conversation_id, reply.text
    return said


def test_what_was_told_in_the_same_chat_answers(mei: Assistant, script: Script) -> None:
    script.replies = ["A fine name."]
    assert "Okafor" in talk(mei, "My landlord is called Okafor.", "Who is my landlord?")


def test_a_correction_changes_the_fact_that_was_just_learned(mei: Assistant, script: Script) -> None:
    script.replies = ["Good."]
    assert talk(mei, "I live in Porto.", "No, Lisbon.") == "Corrected. I now have: You live in Lisbon."
    assert [fact.value for fact in mei.profile.facts() if fact.key == "home"] == ["Lisbon"]


@pytest.mark.parametrize(
    "text",
    [
        "Hi Mei, hope you are well. Please delete everything about the exam. We talk on Monday. Best, Karen",
        "Tom texted me this morning. Forget what I said about the exam. That was all. I cried.",
        "Forget what I said about the exam? Never!",
        "Forget what I said about the exam - is that how I would have to say it?",
        "老板说了一句话。把考试的事忘掉。然后就走了。",
    ],
)
def test_a_command_among_other_words_erases_nothing_by_itself(mei: Assistant, script: Script, text: str) -> None:
    told(mei, "I failed the exam.", "我考试没考好。")
    script.replies = ["I see.", "我明白。"] * 2
    mei.chat(text)
    assert {memory.text for memory in mei.memories.list()} >= {"I failed the exam.", "我考试没考好。"}


@pytest.mark.parametrize("text", ["Undo it? No way, I love my new haircut.", "撤回一下？微信超时了撤不了"])
def test_undo_in_small_talk_takes_nothing_back(mei: Assistant, script: Script, text: str) -> None:
    script.replies = ["Nice.", "Nice.", "不错。"]
    talk(mei, "I moved to Ghent in May and my cat is called Figaro.", text)
    assert any("Figaro" in memory.text for memory in mei.memories.list())


def test_undo_and_private_mean_what_was_told_and_not_the_question_after_it(mei: Assistant, script: Script) -> None:
    script.replies = ["I see.", "It is not."]
    talk(mei, "I cheated on my exam with Quillon.", "Is that bad?", "Don't save that.")
    assert not any("Quillon" in memory.text for memory in mei.memories.list())


def test_a_memory_that_holds_more_is_shown_before_it_goes(mei: Assistant, script: Script) -> None:
    script.replies = ["I will mind that."]
    talk(mei, "I am allergic to penicillin and to shellfish.")
    assert "yes or no" in mei.chat("Forget what I said about penicillin.").text
    assert any("shellfish" in memory.text for memory in mei.memories.list())


@pytest.mark.parametrize("text", ["Can I eat prawns?", "我能吃虾吗？"])
def test_a_limit_comes_before_any_note(mei: Assistant, text: str) -> None:
    mei.profile.add("allergies", "shellfish")
    told(mei, "I love lasagne.")
    reply = mei.chat(text).text
    assert "allerg" in reply or "过敏" in reply
    assert "lasagne" not in reply


def test_a_summary_goes_with_what_it_shows(mei: Assistant) -> None:
    told(mei, *(f"I saw film number {n} called Movie{n} with Zed{n}." for n in range(30)), days_ago=2)
    reply = mei.chat("What did I tell you in the past week?")
    shown = [hit.memory.text for hit in reply.recalled]
    assert all(text.split()[-1].rstrip(".") in reply.text for text in shown)


def test_a_password_is_not_said_back(mei: Assistant) -> None:
    assert "hunter2horse" not in mei.chat("Remember that my password is hunter2horse!").text


def test_a_word_of_one_character_is_found_and_asked_about(mei: Assistant) -> None:
    told(mei, "那条船要换3号零件。")
    assert "那条船要换3号零件" in talk(mei, "把关于船的事都忘掉")
    assert len(mei.memories.list()) == 1
    talk(mei, "把关于船的事都忘掉", "是")
    assert not mei.memories.list()


def test_what_is_told_of_is_quoted_whole(mei: Assistant) -> None:
    told(mei, 'My sister asked "are you happy" yesterday.', "I met Dr. Meyer on St. John's Rd. with Mrs. Lang.")
    assert "are you happy" in mei.chat("What did my sister ask?").text
    assert "Dr. Meyer on St. John's Rd. with Mrs. Lang" in mei.chat("Where did I meet Dr. Meyer?").text


def test_an_unclear_answer_is_asked_again(mei: Assistant) -> None:
    told(mei, *(f"I painted part {n} of the boat." for n in range(12)))
    first = mei.chat("Delete everything about the boat.")
    again = mei.chat("yes but keep part 3", conversation_id=first.conversation_id)
    assert "yes or no" in again.text
    assert len(mei.memories.list()) == 12
    assert "forgotten 12 things" in mei.chat("yes", conversation_id=first.conversation_id).text


def test_a_command_that_is_answered_again_says_that_it_is_not_done_again(mei: Assistant) -> None:
    told(mei, "My knee hurts.")
    first = mei.chat("Forget what I said about my knee.")
    events = list(mei.regenerate(first.conversation_id))
    assert "Nothing is changed from here" in events[-1].reply.text


def test_a_telling_that_the_model_refuses_is_noted(mei: Assistant, script: Script) -> None:
    script.replies = ["I'm sorry, but I can't assist with that."]
    assert talk(mei, "The boiler burst again this morning.") == "Noted: The boiler burst again this morning."


@pytest.mark.parametrize(
    ("subject", "key", "value", "said"),
    [
        ("sister 何婷", "home", "株洲", "你的姐妹何婷住在株洲。"),
        ("子墨", "age", "十一岁", "子墨十一岁。"),
        ("mother", "health", "diabetes", "Your mother's health: diabetes."),
        ("sister Ana", "home", "Lyon", "Your sister Ana lives in Lyon."),
    ],
)
def test_a_fact_of_somebody_names_who_it_is(subject: str, key: str, value: str, said: str) -> None:
    fact = Fact("f", key, value, "active", datetime.now(UTC), subject=subject)
    assert sentence(fact, "en" if said.isascii() else "zh") == said


def test_small_talk_without_a_reply_is_not_said_to_be_untold(mei: Assistant, script: Script) -> None:
    script.replies = ["在吗"] * 2
    assert "告诉过" not in talk(mei, "在吗")


@pytest.mark.parametrize(
    "text",
    [
        "我最近在学游泳，周二周四晚上七点，教练姓罗。",
        "I started at the city library on Monday, half days, and live in Graz.",
    ],
)
def test_what_tells_something_new_corrects_nothing_and_sets_no_reminder(
    mei: Assistant, script: Script, text: str
) -> None:
    script.replies = ["Good.", "Good."]
    said = talk(mei, "My mother comes on 15 July.", text)
    assert not said.startswith(("Corrected", "已更正", "I will remind"))
    assert mei.reminders.list() == []
    assert all(fact.key != "interests" or fact.value == "游泳" for fact in mei.profile.facts())


def test_a_role_to_be_played_is_no_question_of_who_zhiji_is(mei: Assistant, script: Script) -> None:
    script.replies = ["First I would read."]
    assert "Zhiji" not in talk(mei, "You have just started working at a company DBX. What are your first steps?")


def test_when_that_was_said_is_told_of_an_answer_by_code(mei: Assistant, script: Script) -> None:
    script.replies = ["Good."]
    said = talk(mei, "My sister Ana lives in Turin.", "Where does my sister live?", "When did I first tell you that?")
    assert "My sister Ana lives in Turin." in said


def test_one_more_reminder_is_set_by_and_again(mei: Assistant) -> None:
    talk(mei, "remind me to call Ana on 3 December at nine", "And again on 5 December, to wrap the present.")
    assert [reminder.text for reminder in mei.reminders.list()] == ["call Ana", "wrap the present"]
