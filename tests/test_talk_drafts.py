"""Texts to somebody: to whom, what is said, which facts are in it, who signs; what the model makes up is left out."""

from datetime import UTC, datetime

import pytest

from assistant.talk.drafts import Draft, facts_for, request_of
from memory.language import acts
from memory.language.text import is_chinese
from memory.types import Fact, Hit, Memory

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def hits(*texts: str) -> list[Hit]:
    return [Hit(Memory(text, text, "said", "mei", NOW, NOW), 0.5) for text in texts]


def draft(asked: str, *told: str, name: str = "") -> Draft:
    facts = [Fact("n", "name", name, "active", NOW)] if name else []
    request = request_of(asked, "zh" if is_chinese(asked) else "en", facts, told)
    assert request is not None
    return Draft(request, facts_for(request, hits(*told), UTC))


def by_code(asked: str, *told: str, name: str = "") -> str:
    """The text without a word of the model's."""
    one = draft(asked, *told, name=name)
    return one.opening() + one.ending()


TRAIN = "My train to Leeds leaves on 4 December at 9:15. I am on new tablets."


def test_a_mail_has_the_day_it_asks_for_the_name_and_nothing_private() -> None:
    text = by_code(
        "Write an email to my boss that I am away, put the day of my train", TRAIN, "My boss is Ruth Bell.", name="Ola"
    )
    assert text == "Dear Ruth Bell,\n\nI am away. My train to Leeds leaves on 4 December at 9:15.\n\nKind regards,\nOla"


def test_a_cancellation_says_when_and_with_whom() -> None:
    text = by_code(
        "I need to cancel the vet, write a short message",
        "The vet visit for Max is on 3 December at 10:30 with Dr Hale.",
    )
    assert "I have to cancel" in text
    assert "3 December at 10:30 with Dr Hale" in text


def test_a_relation_is_greeted_by_the_name_that_a_note_gives() -> None:
    assert draft("text my sister that I am late", "My sister Nadia lives in Ghent.").opening() == "Hi Nadia,\n\n"
    assert (
        draft("Write a card to Tom and his wife", "Tom has married his wife Eva.")
        .opening()
        .startswith("Dear Tom and Eva")
    )
    assert draft("给我姑姑写条微信，说我到了").opening() == "姑姑，你好！\n\n"


def test_a_birthday_card_says_the_age_that_was_told() -> None:
    assert "Happy 40th birthday!" in by_code(
        "Write a birthday card for Ines, say how old she is", "Ines is turning 40 on 2 May."
    )
    assert "祝60岁生日快乐！" in by_code("给我妈写张生日贺卡，写上她多大", "我妈今年60了，爱跳舞。")


def test_a_chinese_message_is_signed_and_asks_politely() -> None:
    text = by_code("给楼下老孙写个便条，请他晚上别放音乐，落款写小周")
    assert text == "楼下老孙，你好！\n\n麻烦您晚上别放音乐。\n\n小周"


def test_what_is_to_be_asked_is_said_to_them() -> None:
    assert "Could you tell me if you come?" in by_code("Mail to Ben. I am at the fair. Ask if he comes.")
    assert "Could you please water the plants?" in by_code("Write a note to Ben asking him to water the plants")


def test_the_models_greeting_signature_and_inventions_are_left_out() -> None:
    one = draft("Write an email to Ben that I am away until Friday", name="Ola")
    kept = [
        one.keep(said)
        for said in ("Dear Ben,", "I am away until Friday.", "Call Sandra on 12 May.", "Best regards,", "[Your Name]")
    ]
    assert kept[:4] == ["", "I am away until Friday.", "", ""]
    assert one.ending() == "Kind regards,\nOla"


@pytest.mark.parametrize("text", ["Write me a poem about the sea", "写一首关于海的诗"])
def test_a_poem_is_no_text_to_somebody(text: str) -> None:
    assert acts.act_of(text) != "write" or request_of(text, "en", (), ()) is None
