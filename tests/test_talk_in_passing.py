"""What a question or a request says in passing is no telling; what is to be forgotten may be named in passing, too."""

import pytest

from assistant import Assistant
from tests.support import told


@pytest.mark.parametrize(
    "text",
    [
        "I'm the one who is allergic to bees, right?",
        "Who lives in Ghent, me or my sister?",
        "对坚果过敏的是我吗？",
        "Write a text to Mrs. Diaz that I live in Ghent now and love the new oven.",
        "Delete what I said about living in Ghent.",
    ],
)
def test_what_stands_in_a_question_or_a_request_teaches_nothing(mei: Assistant, text: str) -> None:
    assert [fact.value for fact in mei.chat(text).learned] == []
    assert list(mei.profile.facts()) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I'm allergic to bees. Who do I know with an allergy?", "bees"),
        ("I live in Ghent now, which tram do I take?", "Ghent"),
        ("我对坚果过敏，我能吃什么？", "坚果"),
    ],
)
def test_what_is_stated_beside_it_does(mei: Assistant, text: str, value: str) -> None:
    mei.chat(text)
    assert any(value in fact.value for fact in mei.profile.facts())


@pytest.mark.parametrize(
    ("notes", "text", "gone", "stays"),
    [
        (
            ["Milo hit a boy called Anders at school.", "The recital of Milo is on Friday."],
            "That row of Milo's, the Anders thing. Remove it. The recital can stay.",
            "Anders", "recital",
        ),
        (["Been seeing a man, Henk.", "The roof leaks."], "Take Henk out. All of him.", "Henk", "roof"),
        (["欠着老陆四千块", "老陆请我吃面"], "欠老陆四千的事全忘了嘛 一条都不留", "四千", "面"),
        (["存款还有两万，先撑着", "买了新车"], "存款有多少那个也忘掉", "两万", "新车"),
    ],
)  # fmt: skip
def test_what_is_to_go_is_found_however_it_is_wrapped(
    mei: Assistant, notes: list[str], text: str, gone: str, stays: str
) -> None:
    for note in notes:
        told(mei, note)
    shown = mei.chat(text)
    if any(gone in memory.text for memory in mei.memories.list(20, kinds=["said", "note"]) if memory.text in notes):
        assert gone in shown.text, "or it is shown first"
        mei.chat("yes" if text.isascii() else "是", conversation_id=shown.conversation_id)
    left = [memory.text for memory in mei.memories.list(20) if memory.text in notes]
    assert not any(gone in one for one in left)
    assert any(stays in one for one in left)
