"""What picking among options shows."""

import pytest

from memory.facts.choices import chosen, options, pick

HOTELS = """Here are some hotels:
1. The Grand is a modern high-rise hotel near the park.
2. The Tower is a luxurious high-rise hotel with views.
3. The Marlton is a charming boutique hotel.
4. The Palace is a busy high-rise hotel downtown."""
COURSES = "You could take a paid course, subscribe to a paid platform, or read free open-source tutorials."


def test_options_are_read_from_lists_and_sentences() -> None:
    assert [option.split()[1] for option in options(HOTELS)] == ["Grand", "Tower", "Marlton", "Palace"]
    assert options(COURSES) == [
        "take a paid course",
        "subscribe to a paid platform",
        "read free open-source tutorials",
    ]
    assert options("Ways to get there:\n\nA. Train, 2h\nB. Car, 1h\n") == ["Train, 2h", "Car, 1h"]
    assert options("## Plan 1 – Trello\nCards.\n\n## Plan 2 – Paper\nA list.") == [
        "Plan 1 – Trello Cards.",
        "Plan 2 – Paper A list.",
    ]
    assert options("语气您想要哪种：a)正式 b)亲切 c)直接？") == ["正式", "亲切", "直接？"]
    assert options("午餐可以点麻辣烫、黄焖鸡或者轻食沙拉。") == ["点麻辣烫", "黄焖鸡", "轻食沙拉"]
    assert options("Lisbon is the capital of Portugal.") == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("I'll go with option 2.", 1),
        ("The third one sounds good.", 2),
        ("The last one, please.", 3),
        ("I think I'll go with The Marlton.", 2),
        ("第二个听起来不错", 1),
        ("Thank you, that is helpful.", None),
        ("2", 1),
        ("3 please", 2),
        ("b", 1),
        ("first one", 0),
        ("选2吧，不想排队", 1),
        ("The Marlton, quieter is better for us", 2),
        ("none of these, too expensive", None),
        ("you decide", None),
        ("都行", None),
        ("all fine with me", None),
        ("I'll go with option 9.", None),
        ("I don't want the first one.", None),
        ("In step 2, number 3 fails with TypeError.", None),
        ("Explain number 2 in more detail.", None),
    ],
)
def test_a_pick_goes_by_number_or_by_words(text: str, number: int | None) -> None:
    assert pick(text, options(HOTELS)) == number


def test_what_is_picked_is_liked_and_what_the_others_share_is_not() -> None:
    found = {(claim.key, claim.value) for claim in chosen("I'll go with option 3, thanks.", HOTELS)}
    assert ("likes", "Marlton is a charming boutique hotel") in found
    assert any(key == "dislikes" and "high" in value for key, value in found)


def test_what_is_said_of_the_others_counts_before_what_they_share() -> None:
    text = "I'll go with the free open-source tutorials. The paid options don't really appeal to me."
    found = {(claim.key, claim.value, claim.polarity) for claim in chosen(text, COURSES)}
    assert ("dislikes", "paid", -1) in found
    assert all(claim.quote in text for claim in chosen(text, COURSES))


def test_nothing_is_chosen_where_nothing_was_proposed_or_picked() -> None:
    assert chosen("I'll go with option 2", "How are you today?") == ()
    assert chosen("Which one is the cheapest?", HOTELS) == ()
    assert chosen("2", "Follow these steps:\n1. Install it.\n2. Restart the server.") == ()
    assert chosen("选A", "正确答案是？\nA. 鲁迅\nB. 周树人") == ()
    assert chosen("the last one is wrong", HOTELS) == ()
