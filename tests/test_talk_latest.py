"""What was told last of a thing answers for it, and what was asked is no telling."""

import pytest

from assistant import Assistant
from tests.support import Script, told


@pytest.mark.parametrize(
    ("notes", "question", "says", "not_"),
    [
        (
            ["The viva is on the 13th at ten.", "My viva was moved, it is now on the 15th."],
            "When is my viva?",
            "15th",
            "13th",
        ),
        (
            ["I drive a Saab called Olga.", "Olga went to the scrapyard, I got a new bike instead."],
            "Do I still drive Olga?",
            "scrapyard",
            "a Saab",
        ),
        (["竖琴课是星期二晚上。", "竖琴课改到星期四了。"], "我竖琴课是哪天？", "星期四", "星期二"),
    ],
)
def test_a_change_is_the_answer(mei: Assistant, notes: list[str], question: str, says: str, not_: str) -> None:
    for note in notes:
        told(mei, note)
    reply = mei.chat(question).text
    assert says in reply
    assert not_ not in reply


def test_a_change_of_something_else_of_the_same_person_is_none(mei: Assistant) -> None:
    told(mei, "My brother Aurel has the number 0151 7700.")
    told(mei, "My brother Aurel moved to Cluj and changed his job.")
    assert "0151" in mei.chat("What is the number of my brother Aurel?").text


def test_a_change_of_somebody_elses_is_none(mei: Assistant) -> None:
    told(mei, "My exam is on the 13th.")
    told(mei, "My brother's exam was moved to the 20th.")
    assert "13th" in mei.chat("When is my exam?").text


def test_of_two_questions_both_are_answered(mei: Assistant) -> None:
    told(mei, "The viva is on the 13th.", "My landlord is called Okafor.", "The viva was moved, it is now on the 15th.")
    assert "Okafor" in mei.chat("When is my viva, and who is my landlord?").text


@pytest.mark.parametrize(
    "text",
    [
        "I'm coeliac. When I eat bread I get ill.",
        "I am a baker. What I love is sourdough.",
        "I have changed my job and address.",
    ],
)
def test_what_tells_is_no_question(mei: Assistant, script: Script, text: str) -> None:
    script.replies = ["Good to know."]
    mei.chat(text)
    assert text.split()[-1].rstrip(".") in mei.chat("What have I told you this week?").text


def test_what_tells_beside_a_question_is_kept(mei: Assistant, script: Script) -> None:
    script.replies = ["Yes."]
    mei.chat("Do you remember where my aunt lives? She is bringing a borzoi on Friday.")
    assert "borzoi" in mei.chat("What have I told you this week?").text


def test_what_was_asked_is_not_told_as_a_telling(mei: Assistant) -> None:
    told(mei, "I sold the caravan.")
    for question in ("what colour was my caravan", "my aunt's bloke what is it he does", "现在几点"):
        mei.chat(question)
    summary = mei.chat("What have I told you this week?").text
    assert "sold the caravan" in summary
    assert not any(asked in summary for asked in ("colour", "bloke", "几点"))


def test_a_question_without_a_mark_is_not_noted(mei: Assistant) -> None:
    reply = mei.chat("my aunt's fella what is it he does and where's he from")
    assert not reply.learned
    assert "Noted" not in reply.text


def test_a_request_for_a_number_forgets_nothing(mei: Assistant) -> None:
    told(mei, "The plumber Petra has the number 0151 7700.")
    assert "forget" not in mei.chat("Petra's number, please.").text


def test_times_and_texts_in_traditional_letters(mei: Assistant, script: Script) -> None:
    told(mei, "今天把琴修好了。")
    assert "琴" in mei.chat("這一週我跟你說了哪些事").text
    assert "提醒" in mei.chat("每個禮拜天晚上八點提醒我算帳").text
    assert [reminder.rule for reminder in mei.reminders.list()] == ["FREQ=WEEKLY;BYDAY=SU"]
    script.replies = ["祝好。"]
    assert mei.chat("幫我寫封訊息給伯母，說喜餅改放馬林糖，署名我的名字").text.startswith("伯母")
