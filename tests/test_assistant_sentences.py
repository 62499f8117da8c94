"""A stream of text is cut into sentences as it comes."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.talk.checks import Sentences
from assistant.talk.checks.sentences import MAX_CHARS

SAMPLE = (
    'Hello there. I met Dr. Smith, e.g. at 3.5 km. It costs $3.50! "Really?" he said. At 9 a.m. we go. Not at 9 p.m. You see?\n'
    "1. Buy milk\n2. Buy eggs. Or not\n\n- One\n```py\nx = 1. + 2\nprint('a. b')\n```\n你好。今天很冷！！她说：“走吧。”然后走了。"
)


def cut(pieces: list[str]) -> list[str]:
    sentences = Sentences()
    return [*(one for piece in pieces for one in sentences.feed(piece)), sentences.rest()]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Yes. No! Why? So", ["Yes. ", "No! ", "Why? ", "So"]),
        ("Dr. Hall and Mrs. Bell, e.g. here. Next", ["Dr. Hall and Mrs. Bell, e.g. here. ", "Next"]),
        ("It is 3.5 km. Go", ["It is 3.5 km. ", "Go"]),
        ("Come at 9 a.m. or at 10 a.m. You may", ["Come at 9 a.m. or at 10 a.m. ", "You may"]),
        ("See No. 5 there. No. Not", ["See No. 5 there. ", "No. ", "Not"]),
        ("John F. Kennedy spoke. You and I. Then", ["John F. Kennedy spoke. ", "You and I. ", "Then"]),
        ('He said "Go." Then left', ['He said "Go." ', "Then left"]),
        ("1. Milk\n2. Eggs\n\n  - Salt\n", ["1. Milk\n", "2. Eggs\n\n", "  - Salt\n", ""]),
        ("你好。走吧！真的？！好", ["你好。", "走吧！", "真的？！", "好"]),
        ("她说：“走吧。”我走了。好", ["她说：“走吧。”", "我走了。", "好"]),
        ("他问“好吗？”\n我说好。", ["他问“好吗？”\n", "我说好。"]),
        ("See\n```\na. b. c\n```\nIt is. So", ["See\n", "```\n", "a. b. c\n", "```\n", "It is. ", "So"]),
        ("Well... maybe. Well... Then", ["Well... maybe. ", "Well... ", "Then"]),
        ("www.a.org is it. 好的OK. 好", ["www.a.org is it. ", "好的OK. ", "好"]),
    ],
)
def test_a_text_is_cut_where_a_reader_would(text: str, wanted: list[str]) -> None:
    assert cut([text]) == wanted


def test_a_sentence_is_handed_on_at_the_sign_after_its_end() -> None:
    sentences = Sentences()
    assert sentences.feed("It is so.") == []
    assert sentences.feed(" ") == ["It is so. "]
    assert sentences.feed("好。") == []
    assert sentences.feed("”那") == ["好。”"]
    assert sentences.feed("\n") == ["那\n"]


def test_how_a_text_comes_in_pieces_does_not_matter() -> None:
    chance = random.Random(3)
    whole = [one.strip() for one in cut([SAMPLE]) if one.strip()]
    for _ in range(200):
        ends = [0, *sorted(chance.sample(range(len(SAMPLE)), 40)), len(SAMPLE)]
        found = cut([SAMPLE[a:b] for a, b in pairwise(ends)])
        assert "".join(found) == SAMPLE
        assert [one.strip() for one in found if one.strip()] == whole


@given(st.lists(st.text(alphabet='ab1I .!?\n。！“”"`-)e.g你我', max_size=9), max_size=40))
def test_joined_the_sentences_are_the_text(pieces: list[str]) -> None:
    assert "".join(cut(pieces)) == "".join(pieces)


@pytest.mark.parametrize("unit", ["a", ".", "e.g. ", "\n", '"', "Mr.  ", "。", "`", "1. "])
def test_no_sentence_is_much_longer_than_the_limit(unit: str) -> None:
    text = unit * 4000
    found = cut([text[at : at + 7] for at in range(0, len(text), 7)])
    assert "".join(found) == text
    assert max(len(one) for one in found) <= MAX_CHARS + 8


def test_a_million_letters_in_small_pieces_come_out_in_parts() -> None:
    sentences = Sentences()
    parts = [part for _ in range(20_000) for part in sentences.feed("a" * 50)]
    assert {len(part) for part in parts} == {MAX_CHARS}
    assert sum(map(len, parts)) + len(sentences.rest()) == 1_000_000
