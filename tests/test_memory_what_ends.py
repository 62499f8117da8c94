"""A home is the place alone, a pronoun is no taste, and the end of a job, a love or a dislike ends the fact."""

import pytest

from assistant import Assistant, Runtime
from memory.language.extraction import extract
from memory.language.text import is_chinese


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("I live in Lyon with my wife and we both work at Airbus.", "Lyon"),
        ("I live in Turin, not Milan as I said.", "Turin"),
        ("I just moved back to Porto from Braga.", "Porto"),
        ("I moved to Graz to be near my mother.", "Graz"),
        ("I live in Tromsø and work at the harbour.", "Tromsø"),
        ("I live in Cork with two cats.", "Cork"),
        ("I moved to Bilbao for work.", "Bilbao"),
        ("I live in Ghent, and my brother is in Bruges.", "Ghent"),
        ("I live in Oulu alone.", "Oulu"),
        ("I live in a small house near the sea.", "a small house near the sea"),
        ("I live in Aix-en-Provence.", "Aix-en-Provence"),
    ],
)
def test_a_home_is_the_place_alone(text: str, home: str) -> None:
    assert [claim.value for claim in extract(text) if claim.key == "home" and claim.subject == "user"] == [home]


@pytest.mark.parametrize(
    "text", ["I love them now.", "I like him a lot.", "I hate them.", "I love you so much.", "I like her."]
)
def test_a_pronoun_is_no_taste(text: str) -> None:
    assert [claim.value for claim in extract(text) if not claim.ends] == []


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ("我在腾讯上班。", "我从腾讯辞职了，现在在字节跳动。", ("employer", "腾讯")),
        ("我在海尔上班。", "我被海尔裁了。", ("employer", "海尔")),
        ("我在海尔上班。", "上个月我从海尔离职了。", ("employer", "海尔")),
        ("I work at Initech.", "I got laid off from Initech yesterday.", ("employer", "Initech")),
        ("I work at Initech.", "I was let go by Initech.", ("employer", "Initech")),
        ("I work at Initech.", "I resigned from Initech last week.", ("employer", "Initech")),
        ("I work at Initech.", "I left my job at Initech.", ("employer", "Initech")),
        ("I work at Initech.", "I handed in my notice at Initech.", ("employer", "Initech")),
        ("I hate olives.", "I have come around to olives, I love them now.", ("dislikes", "olives")),
        ("I hate opera.", "I have grown fond of opera.", ("dislikes", "opera")),
        ("I dislike okra.", "I've learned to love okra.", ("dislikes", "okra")),
    ],
)
def test_what_is_over_no_longer_holds(mei: Assistant, before: str, after: str, gone: tuple[str, str]) -> None:
    mei.chat(before)
    assert gone in [(fact.key, fact.value) for fact in mei.profile.facts()]
    mei.chat(after)
    assert gone not in [(fact.key, fact.value) for fact in mei.profile.facts()]


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("My name is 李雷.", False),
        ("I met 欧阳子轩 today", False),
        ("李雷 is my friend", False),
        ("What does 我爱你 mean?", False),
        ("私は東京に住んでいます", False),
        ("猫が好きです", False),
        ("我的狗叫 Biscuit", True),
        ("OK 我知道了 thanks", True),
        ("请帮我翻译 I love you", True),
        ("I think 我们明天应该去看电影", True),
        ("这个 is 我的", True),
        ("鲜の味很好吃", True),
        ("日本", True),
        ("Python 怎么学", True),
    ],
)
def test_a_language_is_told_by_the_words_it_is_built_with(text: str, chinese: bool) -> None:
    assert is_chinese(text) is chinese
