import pytest

from memory import keywords


def test_english_words_are_stemmed_and_stop_words_left_out() -> None:
    assert keywords.words("The dogs were running in Lisbon, and I liked them") == ["dog", "run", "lisbon", "like"]


def test_chinese_is_cut_into_words_of_two_characters_too() -> None:
    found = keywords.words("我对花生过敏，住在里斯本")
    assert {"花生", "过敏", "里斯本"} <= set(found)


@pytest.mark.parametrize("text", ["hello", "Hi there!", "Good morning", "你好", "谢谢你", "早上好！", "ok"])
def test_greetings_have_nothing_to_look_for(text: str) -> None:
    assert keywords.content_words(text) == []
    assert keywords.is_greeting(text)


def test_a_greeting_with_something_in_it_is_no_greeting() -> None:
    assert keywords.content_words("Hello, my dog is Biscuit") == ["hello", "dog", "biscuit"]


def test_surfaces_keep_the_form_that_was_written() -> None:
    assert keywords.surfaces("Moved to Lisbon, moving on") == {"move": "moved", "lisbon": "lisbon"}


def test_only_a_real_user_id_names_a_table() -> None:
    with pytest.raises(ValueError, match="not a user id"):
        keywords.table_for("x; DROP TABLE user")
