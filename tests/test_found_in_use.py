"""What two weeks of use found: days in a list, whose fear it is, one wish, a tone of voice, and arguments of the wrong kind."""

from datetime import UTC, datetime

import pytest

from assistant import Assistant, Runtime
from memory.facts.portrait import manner, style
from memory.language.extraction import extract


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def claimed(text: str, *keys: str) -> list[str]:
    return [claim.value for claim in extract(text) if claim.key in keys and claim.subject == "user"]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("I do yoga on Tuesdays, Thursdays and Sundays.", ("Tuesdays", "Thursdays", "Sundays")),
        ("I swim on Tuesdays, Thursdays, and Sundays.", ("Tuesdays", "Thursdays", "Sundays")),
        ("I work Mondays, Wednesdays & Fridays.", ("Mondays", "Wednesdays", "Fridays")),
        ("Tuesdays, Thursdays and Sundays are choir.", ("Tuesdays", "Thursdays", "Sundays")),
        ("Every Tuesday, Thursday and Sunday I play chess.", ("Tuesday", "Thursday", "Sunday")),
        ("On Mondays, Wednesdays and Fridays I teach pottery.", ("Mondays", "Wednesdays", "Fridays")),
        ("I have choir every Monday, Tuesday and Friday.", ("Monday", "Tuesday", "Friday")),
        ("我每周二、周四和周日去游泳。", ("周二", "周四", "周日")),
    ],
)
def test_a_list_of_days_keeps_them_all(text: str, days: tuple[str, ...]) -> None:
    told = " ".join(claimed(text, "schedule"))
    assert all(day in told for day in days), told


@pytest.mark.parametrize(
    "text",
    [
        "My dog is afraid of thunder.",
        "Terrified of fireworks, my dog hides under the bed.",
        "Scared of thunder, poor Rex.",
        "Afraid of thunder, that's my dog.",
        "I have a dog called Rex. He is afraid of thunder.",
        "We have a cat, Mochi, and she's scared of the vacuum.",
        "I have a puppy, allergic to chicken.",
        "I have a cat who is scared of water and allergic to fish.",
        "我的狗怕打雷。",
        "我养了一只狗，很怕打雷。",
        "我养了只猫叫咪咪，它对鱼过敏。",
    ],
)
def test_what_a_pet_fears_or_cannot_bear_is_not_the_owners(text: str) -> None:
    assert claimed(text, "health", "allergies", "dislikes") == []


def test_what_the_owner_fears_beside_the_pet_is_the_owners() -> None:
    assert claimed("My dog is afraid of thunder and I am afraid of spiders.", "health") == ["fear of spiders"]
    assert claimed("I have a dog and I'm allergic to cats.", "allergies") == ["cats"]
    assert claimed("I have two cats, allergic to pollen myself.", "allergies")


@pytest.mark.parametrize(
    ("text", "wishes"),
    [
        ("I hate long answers, keep it short.", 1),
        ("Keep it short, I hate long answers.", 1),
        ("I hate long answers, so please be brief.", 1),
        ("I can't stand long explanations, always keep it short.", 1),
        ("I hate long answers.", 1),
        ("Hate long replies", 1),
        ("Long answers annoy me, keep it short", 1),
        ("Hate long responses. Short please!", 1),
        ("我讨厌长篇大论，请简短点。", 1),
        ("Always answer briefly and use metric units.", 2),
    ],
)
def test_a_wish_said_in_two_ways_is_one(text: str, wishes: int) -> None:
    told = [(claim.key, claim.value) for claim in extract(text)]
    assert len(told) == wishes, told
    assert {key for key, _ in told} == {"style"}
    assert not any(value.startswith("long") for _, value in told)


@pytest.mark.parametrize(
    ("messages", "tone"),
    [
        (["hey can you help me out please", "thanks!! that's awesome", "please fix this for me, it's broken"], "not formal"),
        (["please write a mail to my boss", "ok cool, shorter please", "thank you so much!!"], "not formal"),
        (["can u please check this", "please tell me a joke lol", "thanks a lot :)"], "not formal"),
        (["i need a recipe please", "please make it vegan, i don't eat meat", "thank you, you're the best"], "not formal"),
        (["请帮我看看这个嘛", "哈哈谢谢啦", "请再来一个呗"], "not formal"),
        (["Would you kindly review the letter below?", "I would appreciate a more precise wording.",
          "Could you please elaborate on the second paragraph?"], "formal"),
        (["烦请您过目这份材料。", "劳驾您再核对一下数字。", "感谢您的耐心指正。"], "formal"),
        (["gonna be late lol", "hey whats up", "nah dont bother"], "casual"),
    ],
)  # fmt: skip
def test_a_tone_is_heard_in_all_that_is_written(messages: list[str], tone: str) -> None:
    said = manner(style(messages * 4, []), "en")
    assert ("formally" in said) == (tone == "formal")
    if tone == "casual":
        assert "casual" in said


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda a: a.chat(None), "text"),
        (lambda a: a.chat(b"hello"), "text"),
        (lambda a: a.stream(3), "text"),
        (lambda a: a.memories.add(None), "text"),
        (lambda a: a.memories.add("x", occurred_at="yesterday"), "occurred_at"),
        (lambda a: a.memories.add_many("abc"), "NewMemory"),
        (lambda a: a.memories.search(None), "query"),
        (lambda a: a.memories.search("x", k="many"), "k"),
        (lambda a: a.memories.search("x", since="May"), "since"),
        (lambda a: a.memories.list(limit="ten"), "limit"),
        (lambda a: a.memories.get(7), "\\w*id"),
        (lambda a: a.memories.edit("nothing", 7), "text"),
        (lambda a: a.memories.pin(None), "\\w*id"),
        (lambda a: a.memories.forget(["a"]), "\\w*id"),
        (lambda a: a.profile.set("home", 7), "value"),
        (lambda a: a.profile.get(7), "key"),
        (lambda a: a.profile.history(None), "key"),
        (lambda a: a.profile.forget(7), "\\w*id"),
        (lambda a: a.profile.render("much"), "max_tokens"),
        (lambda a: a.conversations.get(7), "\\w*id"),
        (lambda a: a.conversations.search(None), "text"),
        (lambda a: a.conversations.rename("x", None), "title"),
        (lambda a: a.conversations.delete(None), "\\w*id"),
        (lambda a: a.conversations.import_(7), "log"),
        (lambda a: a.conversations.import_(None), "log"),
        (lambda a: a.conversations.list(limit="ten"), "limit"),
        (lambda a: a.feedback.rate(None, "up"), "\\w*id"),
        (lambda a: a.feedback.rate("x", 5), "rating"),
        (lambda a: a.documents.add("notes.md", "text"), "content"),
        (lambda a: a.documents.add(7, b"text"), "name"),
        (lambda a: a.reminders.add("call", "tomorrow"), "at"),
        (lambda a: a.reminders.done(None), "\\w*id"),
        (lambda a: a.conversations.import_(b"", progress=7), "progress"),
        (lambda a: a.conversations.export("x", hidden=7), "hidden"),
        (lambda a: a.export("x", progress=b"x"), "progress"),
        (lambda a: a.keys.add(None), "label"),
        (lambda a: a.keys.add("x", scopes="chat"), "scopes"),
        (lambda a: a.keys.revoke(7), "key_id"),
        (lambda a: a.export(7), "path"),
        (lambda a: a.preferences.set(temperature="hot"), "temperature"),
    ],
)
def test_what_is_of_the_wrong_kind_is_named(mei: Assistant, call: object, says: str) -> None:
    from memory.errors import BadInput

    with pytest.raises(BadInput, match=rf"\b{says}\b"):
        list(call(mei) or ())  # type: ignore[operator]


def test_a_log_is_taken_in_by_its_path(mei: Assistant, tmp_path: object) -> None:
    from pathlib import Path

    mei.memories.add("It rains.", occurred_at=datetime(2025, 1, 1, tzinfo=UTC))
    path = Path(str(tmp_path)) / "log.jsonl"
    path.write_text('{"messages": [{"role": "user", "content": "I live in Ghent."}]}\n')
    assert mei.conversations.import_(str(path)).conversations == 1
    assert mei.conversations.import_(path).known == 1
