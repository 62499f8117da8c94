"""A note answers what is asked for by name only if it has a thing of that sort; a bad day gets a kind word, not a note."""

import pytest

from assistant.talk.retelling import has_what_is_asked
from memory.language import acts

ANSWERS = [
    ("What colour is Ida's coat?", "Ida's coat is green."), ("How old is Ida?", "Ida turned 12 in May."),
    ("What is Ida's phone number?", "Ida: 555 123 456 78901"), ("What's the name of Ida's husband?", "Ida is married to Per."),
    ("小美多大了", "小美今年8岁"), ("小美的电话是多少", "小美的电话13800000000"), ("小美老家哪儿的", "小美老家在绍兴"),
    ("Where does Ida live?", "Ida lives in Oslo."),
]  # fmt: skip
ONLY_NEAR = [
    ("What colour is Ida's coat?", "Ida bought a coat."), ("How old is Ida?", "Ida plays the harp."),
    ("What is Ida's phone number?", "Ida lives at number 9."), ("What's Ida's husband called?", "Ida lives with her cat."),
    ("小美多大了", "小美会弹琴"), ("小美的对象叫什么", "小美在银行工作"), ("我是什么血型", "我不吃辣"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "note"), ANSWERS)
def test_a_note_that_has_it_answers(asked: str, note: str) -> None:
    assert has_what_is_asked(asked, note)


@pytest.mark.parametrize(("asked", "note"), ONLY_NEAR)
def test_a_note_without_it_only_comes_near(asked: str, note: str) -> None:
    assert not has_what_is_asked(asked, note)


@pytest.mark.parametrize("text", ["I'm so tired today.", "what a week", "今天好累啊", "唉，烦死了"])
def test_a_bad_day_is_small_talk(text: str) -> None:
    assert acts.act_of(text) == "small_talk"
