"""What a question is not about: the reply before, if it names something else; a move, if no home moved."""

import pytest

from assistant.talk.answering import act_of
from assistant.talk.asked_about import People, goes_on
from assistant.talk.life import finds, themes_in
from memory.facts.hearing import hear
from memory.language.extraction import asks_not_to_be_remembered
from memory.language.reading import read
from memory.language.text import is_question
from memory.storage.tables import utc_now
from memory.types import Hit, Memory, Message


@pytest.mark.parametrize(
    ("question", "goes"),
    [
        ("Which locker did I get?", False),
        ("What tree is there?", True),  # it points
        ("At what hour?", True),
        ("And on which tram?", True),
        ("我的柜子几号？", False),
        ("几点的？", True),
    ],
)
def test_a_short_question_goes_on_with_a_reply_only_if_that_has_what_it_names(question: str, goes: bool) -> None:
    now = utc_now()
    told = Memory("1", "The tram to choir leaves at six. 合唱团六点开始。", "said", "mei", now, now)
    reply = Message("2", "c", None, "assistant", "…", "complete", now, now, recalled=(Hit(told, 0.5),))
    assert goes_on(question, People([]), [reply]) is goes


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("So we moved the reception to the harbour hall.", False),
        ("I moved my appointment to Friday.", False),
        ("We moved it to June.", False),
        ("We moved to Ghent in May.", True),
        ("I moved back to my mother's flat.", True),
        ("我們搬到安平了", True),
    ],
)
def test_a_home_is_told_where_one_moves_and_not_where_a_date_does(text: str, home: bool) -> None:
    assert ("home" in themes_in(text)) is home


@pytest.mark.parametrize("text", ["We took in a greyhound, a retired racer.", "The retired judge rang again."])
def test_who_else_is_retired_is_not_ones_own_work(text: str) -> None:
    assert "work" not in themes_in(text)


@pytest.mark.parametrize(
    "text",
    ["牛油加熱到幾度會融", "這班車幾點開", "我還在補習嗎", "誰會來吃飯", "哪裡買得到"],
)
def test_a_question_in_traditional_letters_is_one(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["我還住在東區嗎", "我還在上瑜伽課嗎"])
def test_what_still_holds_is_asked_in_traditional_letters_too(text: str) -> None:
    assert finds("asks_still", text)


@pytest.mark.parametrize(
    "text",
    [
        "What I say next must not be kept: Tom is leaving.",
        "The next part should not be stored. Ann is ill.",
        "What follows mustn't be remembered, Ann is ill.",
        "What I tell you now is not to be noted.",
        "The following must not be saved: my code is odd.",
    ],
)
def test_what_comes_next_can_be_kept_out(text: str) -> None:
    assert asks_not_to_be_remembered(text)


@pytest.mark.parametrize("text", ["What comes next in the series?", "The next train must not be missed."])
def test_what_comes_next_is_not_private_by_itself(text: str) -> None:
    assert not asks_not_to_be_remembered(text)


@pytest.mark.parametrize(
    "text", ["Coeliac here, help.", "Vegan here.", "Diabetic here!", "Widower here, sixty.", "Insomniac here again."]
)
def test_what_somebody_is_is_not_what_they_are_called(text: str) -> None:
    assert not [claim for claim in hear(text).claims if claim.key == "name"]


@pytest.mark.parametrize(
    "text",
    [
        "Ann's eating with me on the Thursday. What do I put on the table.",
        "My in-laws come on Sunday at one. What should I cook?",
        "Tom's birthday is on Friday. What could we give him?",
        "周四小王来吃饭，做点啥好",
        "星期天去岳父家，带什么礼物合适？",
    ],
)
def test_what_asks_what_to_do_on_a_day_sets_no_reminder(text: str) -> None:
    assert act_of(read(text, utc_now()), ()) != "remind"
