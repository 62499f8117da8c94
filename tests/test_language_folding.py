"""The same word is the same however it is written; a date and an emoji are words."""

import unicodedata

import pytest

from assistant import Assistant, Runtime
from memory.conversations import NewMessage
from memory.language import dates, stemming
from memory.language.folding import folded
from memory.search import entries


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("café", unicodedata.normalize("NFD", "café")),
        ("STRASSE", "straße"),
        ("ΑΘΗΝΑ", "αθηνα"),
        ("МОСКВА", "москва"),
        ("Ｐｏｒｔｏ", "porto"),
        ("ﾀﾏ", "タマ"),
        ("電腦與資料庫", "电脑与资料库"),
        ("牠很愛睡覺", "它很爱睡觉"),
        ("臺灣", "台湾"),
        ("Anna’s", "anna's"),
        ("well‑known", "well-known"),
        ("👍🏽", "👍"),
        ("❤️", "❤"),
        ("ﬁsh", "fish"),
        ("２０２４年", "2024年"),
    ],
)
def test_what_is_the_same_word_is_compared_as_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("café", "cafe"), ("猫", "狗"), ("ä", "a"), ("🦊", "🐺")])
def test_what_is_another_word_stays_one(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2024-02-14", {"on0214", "on20240214", "in202402"}),
        ("2024/2/14", {"on0214", "on20240214", "in202402"}),
        ("on 14 February 2024", {"on0214", "on20240214", "in202402"}),
        ("the 14th of Feb. 2024", {"on0214", "on20240214", "in202402"}),
        ("Feb 14, 2024", {"on0214", "on20240214", "in202402"}),
        ("14.02.2024", {"on0214", "on20240214", "in202402"}),
        ("2/14/2024", {"on0214", "on20240214", "in202402"}),
        ("2024年2月14日", {"on0214", "on20240214", "in202402"}),
        ("二〇二四年二月十四日", {"on0214", "on20240214", "in202402"}),
        ("二月十四号", {"on0214"}),
        ("十二月廿一日", {"on1221"}),
        ("十一月三十号", {"on1130"}),
        ("in February 2024", {"in202402"}),
        ("2024年2月", {"in202402"}),
        ("03/04/2024", {"on0304", "on0403", "on20240304", "on20240403", "in202403", "in202404"}),
        ("room 14, may I come", set()),
        ("192.168.1.20", set()),
        ("2024-13-40", set()),
        ("一个月", set()),
    ],
)
def test_a_date_is_the_same_word_however_it_is_written(text: str, days: set[str]) -> None:
    found = {word for word, _ in dates.written(folded(text))}
    assert found == days
    assert all(map(dates.is_date, found))


def test_hostile_texts_hold_few_dates() -> None:
    for text in ("1/" * 10_000, "2024-" * 4_000, "二" * 20_000, "may " * 5_000, "1 " * 10_000):
        assert len(list(dates.written(text))) < 10


def test_an_emoji_is_a_word_and_a_smile_is_a_greeting() -> None:
    assert stemming.words("The 🦊 folder") == ["emoji1f98a", "folder"]
    assert stemming.words("🇵🇹") == ["emoji1f1f51f1f9"]
    assert stemming.is_greeting("hi 👋🏽 😀")
    assert not stemming.is_greeting("🦊")


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


@pytest.mark.parametrize(
    ("said", "sought"),
    [
        (unicodedata.normalize("NFD", "We met at café Zoë"), "café"),
        ("Жил в МОСКВЕ", "москве"),
        ("我住在臺北", "台北"),
        ("It is Anna’s", "anna's"),
        ("Ｐｏｒｔｏ it is", "porto"),
    ],
)
def test_a_conversation_is_found_however_its_words_are_written(mei: Assistant, said: str, sought: str) -> None:
    mei.conversations.log(None, NewMessage("user", said))
    assert len(mei.conversations.search(sought)) == 1
    assert mei.memories.search(sought)


def test_keywords_of_an_older_version_are_made_anew_once(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    mei.memories.add("我住在臺北")
    with runtime.store.database.write() as session:
        assert entries.is_up_to_date(session)
        session.connection().exec_driver_sql("DELETE FROM meta WHERE key = 'keywords'")
        assert not entries.is_up_to_date(session)
        entries.bring_up_to_date(session)
        assert entries.is_up_to_date(session)
    assert mei.memories.search("台北")
