"""The form of a reply: what is asked for and wished, and what code makes of a reply that does not have it."""

from datetime import UTC, datetime

import pytest

from assistant.talk.naming import wished_in
from assistant.talk.noting import acknowledged
from assistant.talk.shaping import Shape, Shaper, reworked, reworks, shape_for, wishes_in
from assistant.talk.shaping.units import in_hours, measured, without_emoji
from memory.types import Message

AT = datetime(2026, 11, 29, tzinfo=UTC)
TIDES = "The moon pulls the sea. The sun pulls it too. So there are tides."
LAST = Message("m", "c", None, "assistant", TIDES, "complete", AT, AT)


def shaped(shape: Shape, *sentences: str) -> str:
    shaper = Shaper(shape)
    return "".join([*map(shaper.feed, sentences), shaper.end()])


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("Two sentence answers at most.", Shape(sentences=2)),
        ("24 hour clock, and metric.", Shape(hours=24, degrees="C", units="metric")),
        ("I think in Fahrenheit, no Celsius please.", Shape(degrees="F")),
        ("No emojis ever.", Shape(plain=True)),
        ("回答别超过两句话，别用表情", Shape(sentences=2, plain=True)),
        ("时间用24小时制", Shape(hours=24)),
        ("He got a short sentence of two years.", Shape()),
        ("It was 24 degrees in the garden.", Shape()),
    ],
)
def test_a_standing_wish_is_heard(text: str, shape: Shape) -> None:
    assert wishes_in(text) == shape


@pytest.mark.parametrize(
    ("text", "sentences", "items"),
    [
        ("In one sentence, who was Bach?", 1, 0),
        ("Three bullets on sleep, please.", 0, 3),
        ("bullet points, 3 exactly", 0, 3),
        ("分三点说说喝茶的好处", 0, 3),
        ("列三点，一点一行", 0, 3),
        ("Redis适合干嘛，三个bullet", 0, 3),
        ("用一句话讲讲区块链", 1, 0),
        ("明天三点开会", 0, 0),
    ],
)
def test_the_form_that_a_message_asks_for(text: str, sentences: int, items: int) -> None:
    shape = shape_for(text, "", (), None, ())
    assert (shape.sentences, shape.items) == (sentences, items)


@pytest.mark.parametrize(
    "text",
    [
        "shorter please",
        "That is kind, but please make it shorter, three sentences at the most.",
        "Now in three bullets.",
        "As four numbered lines.",
        "Put that into exactly three bullet points for me, please.",
        "再短点",
        "改成三条列出来",
    ],
)
def test_another_form_of_the_last_reply_is_asked_for(text: str) -> None:
    assert reworks(text, [LAST])
    assert not reworks(text, [])


@pytest.mark.parametrize(
    "text",
    [
        "I am shorter than my brother",
        "In one sentence, who was Bach?",
        "Which is shorter, the Nile or the Rhine?",
        "分三点说说喝茶的好处",
    ],
)
def test_a_question_of_its_own_is_no_other_form(text: str) -> None:
    assert not reworks(text, [LAST])


def test_the_last_reply_is_cut_or_listed_and_nothing_added() -> None:
    assert reworked("shorter please", LAST.text, Shape()) == "The moon pulls the sea."
    listed = reworked("now in three bullets", LAST.text, Shape(items=3, mark="-"))
    assert listed == "- The moon pulls the sea.\n- The sun pulls it too.\n- So there are tides."
    letter = "Dear Ana,\n\nI am away. I am sorry. See you.\n\nLove,\nIda"
    assert reworked("shorter, one sentence", letter, Shape(sentences=1)) == "Dear Ana,\n\nI am away.\n\nLove,\nIda"


def test_what_goes_on_too_long_is_cut_and_a_list_has_its_number() -> None:
    assert shaped(Shape(sentences=1), "One. ", "Two. ") == "One. "
    assert shaped(Shape(items=2, mark="1."), "Sure:\n", "- a\n", "- b\n", "- c\n") == "1. a\n2. b"
    assert shaped(Shape(items=2, mark="-"), "Tea wakes you, and it warms you.") == "- Tea wakes you\n- It warms you"


def test_measures_and_hours_are_those_that_are_wanted() -> None:
    assert measured("Bake at 200°C (392°F).", "F", "imperial") == "Bake at 392°F."
    assert measured("It is 400 km away.", "F", "imperial") == "It is 249 miles away."
    assert measured("It is 400 km away.", "C", "metric") == "It is 400 km away."
    assert in_hours("Half past six in the evening, or 6:45 PM.", 24) == "18:30, or 18:45"
    assert in_hours("下午三点半的会", 24) == "15:30的会"
    assert without_emoji("Good 😀 day") == "Good day"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I am Rosalind, but please call me Rosa.", "Rosa"),
        ("Everyone calls me Gus.", "Gus"),
        ("我叫许文静，你以后叫我静姐就行。", "静姐"),
        ("Don't call me Bob.", ""),
        ("My grandchildren call me Nana.", ""),
        ("Call me back at five.", ""),
        ("他叫我回家吃饭", ""),
    ],
)
def test_what_to_be_called(text: str, name: str) -> None:
    assert wished_in(text) == name


def test_a_telling_is_acknowledged_and_not_agreed_to() -> None:
    assert acknowledged("Yes, Ana is ill.", "en") == "Noted. Ana is ill."
    assert acknowledged("How nice for you!", "en") == "How nice for you!"
    assert acknowledged("是的，小宇当上了班长。", "zh") == "记下了。小宇当上了班长。"
