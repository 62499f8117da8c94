"""A message is read once: language, secrets, times, claims, and whether it asks not to be remembered."""

from datetime import UTC, datetime

from memory.facts.hearing import hear
from memory.language.reading import read

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def test_a_reading_says_what_is_in_a_message() -> None:
    reading = read("I moved to Lisbon last week. My password is hunter2horse", NOW, hear=hear)
    assert reading.language == "en"
    assert [span.phrase for span in reading.spans] == ["last week"]
    assert [(claim.key, claim.value) for claim in reading.heard.claims] == [("home", "Lisbon")]
    assert not reading.heard.chosen
    assert reading.secret_kinds == ("password",)
    assert reading.secret_words == [("hunter2horse", "password")]
    assert reading.hidden == "I moved to Lisbon last week. My password is [password]"


def test_a_message_that_asks_not_to_be_remembered_is_not_heard() -> None:
    reading = read("I moved to Lisbon. Don't remember this.", NOW, hear=hear)
    assert reading.private
    assert reading.heard.claims == ()


def test_nothing_is_heard_that_nobody_asked_for() -> None:
    assert read("I live in Lisbon.", NOW).heard.claims == ()


def test_a_pick_among_options_is_heard_with_what_it_answers() -> None:
    options = "You could try:\n1. The quiet beach\n2. The crowded market\nWhich one do you like?"
    heard = read("The first one sounds great.", NOW, hear=hear, answers=options).heard
    assert heard.chosen
    assert any("quiet beach" in claim.value for claim in heard.claims)


def test_chinese_is_read_as_chinese() -> None:
    reading = read("我上个月搬到了上海。", NOW, hear=hear)
    assert reading.language == "zh"
    assert [span.phrase for span in reading.spans] == ["上个月"]
    assert [claim.key for claim in reading.heard.claims] == ["home"]
