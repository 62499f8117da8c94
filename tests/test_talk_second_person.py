"""What the user said, said back to them, and what a model says of "the user"."""

import pytest

from assistant.talk.second_person import second_person, spoken_to


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("My sister moved in with me.", "Your sister moved in with you."),
        ("I am a nurse and I was late.", "you are a nurse and you were late."),
        ("i'm off dairy", "you're off dairy"),
        ("We sold our boat, it was mine.", "You sold your boat, it was yours."),
        ('She said "I am fine" to me.', 'She said "I am fine" to you.'),
        ("The US team came.", "The US team came."),
    ],
)
def test_english_is_turned(said: str, back: str) -> None:
    assert second_person(said, "en") == back


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("我妹妹住在都灵", "你妹妹住在都灵"),
        ("我们家的猫", "你们家的猫"),
        ("这是自我介绍", "这是自我介绍"),
        ("他说「我很好」", "他说「我很好」"),
    ],
)
def test_chinese_is_turned(said: str, back: str) -> None:
    assert second_person(said, "zh") == back


@pytest.mark.parametrize(
    ("sentence", "spoken"),
    [
        ("The user lives in Porto.", "You live in Porto."),
        ("The user's dog is Rex.", "Your dog is Rex."),
        ("I think the user has two cats.", "I think you have two cats."),
        ("The user is tired.", "You are tired."),
    ],
)
def test_the_user_is_spoken_to(sentence: str, spoken: str) -> None:
    assert spoken_to(sentence, "Where do I live?", "en") == spoken


def test_users_that_the_message_speaks_of_stay() -> None:
    assert spoken_to("The user logs in.", "How does a user log in?", "en") == "The user logs in."
    assert spoken_to("用户住在都灵。", "我住哪？", "zh") == "你住在都灵。"
