"""What somebody must not or does not want to get: heard in what is known, found in a request and in a reply."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import pytest

from assistant.talk import constraints
from assistant.talk.constraints import (
    Limit,
    at_the_table,
    checks,
    conflicts,
    left_out,
    lexicon,
    limits_in,
    limits_of,
    phrases,
    sentences,
    warning,
)  # fmt: skip
from memory.language.text import is_chinese
from memory.types import Fact, Memory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def data(name: str) -> dict[str, Any]:
    return lexicon.tomllib.loads((files(constraints) / "words" / f"{name}.toml").read_text(encoding="utf-8"))


GROUPS = [
    pytest.param(name, group, id=name)
    for file in ("allergens", "others")
    for name, group in data(file)["groups"].items()
]
PATTERNS = [pytest.param(one, id=one["hears"]) for one in phrases.data()["pattern"]]
NAMES = [
    pytest.param(name, one, id=one)
    for file in ("allergens", "others")
    for inside in data(file)["things"].values()
    for name, names in inside.items()
    for group in lexicon.split_names(names)
    for one in group
]


def limit(value: str, kind: Any = "allergy", whose: str | None = None) -> Limit:
    return Limit(whose, kind, value, value, "m1")


def found(text: str, *limits: Limit) -> list[str]:
    return [one.word for one in conflicts(text, limits, "zh" if is_chinese(text) else "en")]


def fact(key: str, value: str, *, day: int = 0, subject: str = "user", status: Any = "active") -> Fact:
    at = NOON + timedelta(days=day)
    return Fact(f"f{day}", key, value, status, at, subject=subject, polarity=-1 if key == "dislikes" else 1)


def memory(text: str, *, day: int = 0, kind: Any = "said") -> Memory:
    at = NOON + timedelta(days=day)
    return Memory(f"m{day}", text, kind, None, at, at)


def heard(*texts: str) -> list[tuple[str | None, str, str]]:
    limits = limits_of([], [memory(text, day=day) for day, text in enumerate(texts)])
    return [(one.whose, one.kind, one.value) for one in limits]


@pytest.mark.parametrize(("name", "group"), GROUPS)
def test_a_group_hears_its_examples_and_keeps_out_of_the_others(name: str, group: dict[str, Any]) -> None:
    for text in group["hears"]:
        assert found(text, limit(name)), f"{name} does not hear: {text}"
    for text in group["misses"]:
        assert not found(text, limit(name)), f"{name} must not hear: {text}"


@pytest.mark.parametrize(("thing", "name"), NAMES)
def test_each_name_of_a_thing_names_it(thing: str, name: str) -> None:
    assert [(one.start, one.end) for one in lexicon.words().find(name)] == [(0, len(name))]
    known = lexicon.words().nodes[thing].within
    ids = [node.within | node.has for one in lexicon.words().find(name) for node in one.nodes]
    assert any(known & one for one in ids)


def test_what_a_dish_has_and_what_a_diet_excludes_is_known() -> None:
    known = {*lexicon.words().nodes, "meat with milk"}
    contents = {one.strip() for has in data("dishes")["dishes"].values() for one in has.split(",")} - {""}
    assert contents <= known
    assert {one for diet in lexicon.words().diets.values() for one in diet.excludes} <= known


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_way_of_telling_hears_its_example_and_not_the_other(pattern: dict[str, Any]) -> None:
    compiled = phrases.compiled(pattern["pattern"])
    assert compiled.search(pattern["hears"])
    if pattern.get("tells", True) and pattern["means"] != "keeps":
        assert not compiled.search(pattern["not"])


def test_every_name_of_a_diet_is_that_diet() -> None:
    for diet, one in data("rules")["diets"].items():
        for name in (name for names in lexicon.split_names(one["names"]) for name in names):
            heard = lexicon.words().diet(name)
            assert heard is not None, name
        assert heard.id == diet, name


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("My son can't have eggs.", [("son", "diet", "eggs")]),
        ("I'm coeliac.", [(None, "diet", "gluten-free")]),
        ("我对花生过敏。", [(None, "allergy", "花生")]),
        ("我妈不吃香菜。", [("mother", "dislike", "香菜")]),
        ("I am allergic to peanuts and shellfish.", [(None, "allergy", "peanuts"), (None, "allergy", "shellfish")]),
        ("My daughter is vegan. She hates olives.", [("daughter", "diet", "vegan"), ("daughter", "dislike", "olives")]),
        ("我老公对海鲜过敏，他也不吃辣。", [("husband", "allergy", "海鲜"), ("husband", "dislike", "辣")]),
        ("I'm pregnant.", [(None, "health", "pregnant")]),
        ("My budget is 1,200 euros.", [(None, "budget", "1200 EUR")]),
        ("Not on Tuesdays, please.", [(None, "date", "Tuesday")]),
        ("I'm allergic to Mondays.", []),
        ("我对上班过敏。", []),
        ("Is my son allergic to nuts?", []),
        ("我儿子对坚果过敏吗？", []),
        ("If I were allergic to nuts, I would carry an EpiPen.", []),
        ("I have a vegan friend.", []),
        ("I'm not vegan.", []),
        ("She is allergic to wool.", []),
    ],
)
def test_a_remembered_sentence_tells_whose_limit_it_is(text: str, limits: list[tuple[str | None, str, str]]) -> None:
    assert heard(text) == limits


def test_a_retraction_takes_only_what_it_names() -> None:
    assert heard("I'm allergic to shellfish and penicillin.", "Turns out I'm not allergic to penicillin.") == [
        (None, "allergy", "shellfish")
    ]
    assert heard("我对虾和青霉素过敏。", "我其实对青霉素不过敏。") == [(None, "allergy", "虾")]
    assert heard("My son is allergic to eggs.", "I'm not allergic to eggs.") == [("son", "allergy", "eggs")]


def test_of_two_diets_the_later_holds_and_another_kind_stays() -> None:
    said = ("I'm vegan.", "I cannot eat gluten.", "I'm vegetarian now.")
    assert heard(*said) == [(None, "diet", "gluten"), (None, "diet", "vegetarian")]
    assert heard("I'm vegetarian.", "I'm no longer vegetarian.") == []


def test_an_allergy_that_is_spoken_against_stays_and_says_so() -> None:
    [kept] = limits_of([fact("allergies", "peanuts")], [memory("I love peanut butter.", day=3)])
    assert kept.against == "I love peanut butter"
    assert sentences([kept], "en") == [
        "You are allergic to peanuts (although “I love peanut butter” was said too: the allergy counts)."
    ]


def test_facts_that_hold_are_limits_and_others_are_not() -> None:
    facts = [
        fact("allergies", "shellfish"), fact("diet", "halal", day=1, subject="sister"), fact("dislikes", "karaoke", day=2),
        fact("health", "gout", day=3), fact("allergies", "eggs", day=4, status="superseded"), fact("likes", "tea", day=5),
    ]  # fmt: skip
    assert [(one.whose, one.kind, one.value, one.source_id) for one in limits_of(facts, [])] == [
        (None, "allergy", "shellfish", "f0"), ("sister", "diet", "halal", "f1"), (None, "dislike", "karaoke", "f2"),
        (None, "health", "gout", "f3"),
    ]  # fmt: skip


def test_what_the_assistant_or_a_document_said_is_no_limit() -> None:
    assert limits_of([], [memory("I'm vegan.", kind="reply"), memory("I'm vegan.", kind="document")]) == ()


def test_a_request_tells_its_own_budget_and_day() -> None:
    assert [(one.kind, one.value) for one in limits_in("A gift under 50 euros, not on Tuesday?")] == [
        ("budget", "50 EUR"), ("date", "Tuesday"),
    ]  # fmt: skip


MINE, SONS, WIFES = limit("shellfish"), limit("eggs", "diet", "son"), limit("vegan", "diet", "wife")


@pytest.mark.parametrize(
    ("request_", "at_it"),
    [
        ("What should I cook tonight?", (MINE,)),
        ("A cake for my son?", (MINE, SONS)),
        ("Dinner for the family", (MINE, SONS, WIFES)),
        ("A birthday present for my wife", (WIFES,)),
        ("给老婆挑个礼物", (WIFES,)),
        ("今晚全家吃什么", (MINE, SONS, WIFES)),
        ("Are prawns healthy?", (MINE,)),
        ("What is the capital of France?", ()),
    ],
)
def test_the_limits_of_those_at_the_table_matter(request_: str, at_it: tuple[Limit, ...]) -> None:
    assert at_the_table(request_, (MINE, SONS, WIFES)) == at_it


def test_somebody_is_at_the_table_by_the_name_they_were_told_with() -> None:
    limits = limits_of([], [memory("Ines is allergic to walnuts.")])
    assert at_the_table("Lunch with Ines", limits) == limits
    assert at_the_table("Lunch with Tom", limits) == ()


PAIRS = [
    line.split("|", 3) for line in (files("tests") / "data" / "constraints.txt").read_text("utf-8").splitlines() if line
]


@pytest.mark.parametrize(("verdict", "kind", "value", "text"), PAIRS, ids=[pair[3] for pair in PAIRS])
def test_a_sentence_runs_into_a_limit_or_does_not(verdict: str, kind: str, value: str, text: str) -> None:
    assert bool(found(text, limit(value, kind))) == (verdict == "+")


def test_a_conflict_says_where_it_is() -> None:
    text = "Grill the prawns."
    [one] = conflicts(text, [MINE], "en")
    assert (text[one.start : one.end], one.why, one.how) == ("prawns", "shellfish", "is")


def test_masked_food_is_only_what_the_mask_stands_before() -> None:
    vegan = limit("vegan", "diet")
    assert found("Vegan sausage and bacon", vegan) == ["bacon"]
    assert found("Prawns with coconut milk", MINE) == ["Prawns"]
    assert found("不如吃虾", limit("虾")) == ["虾"]


@pytest.mark.parametrize(
    ("text", "of", "en", "zh"),
    [
        ("Prawns are nice.", MINE, "Prawns are shellfish, and you are allergic to shellfish.", None),
        ("来份虾", limit("甲壳类"), None, "虾属于甲壳类，你对甲壳类过敏。"),
        ("Have pesto.", limit("nuts"), "Pesto usually contains nuts, and you are allergic to nuts.", None),
        ("Have an omelette.", SONS, "Omelette usually contains eggs, and your son cannot have eggs.", None),
        ("It is 80 euros.", limit("50 EUR", "budget"), "80 euros is too much: the budget is 50 EUR.", None),
        ("周二见", limit("Tuesday", "date"), None, "你周二不方便。"),
        ("加点香菜", limit("coriander", "dislike"), "You do not like coriander.", "你不喜欢香菜。"),
    ],
)
def test_a_warning_is_a_sentence(text: str, of: Limit, en: str | None, zh: str | None) -> None:
    [one] = conflicts(text, [of], "en")
    assert en is None or warning(one, "en") == en
    assert zh is None or warning(one, "zh") == zh


def test_what_was_left_out_is_said_in_one_line() -> None:
    out = conflicts("Prawns, crab and an omelette.", [MINE, SONS], "en")
    assert left_out(out, "en") == (
        "I left out prawns and crab, because you are allergic to shellfish; and omelette, because your son cannot have eggs."
    )
    assert left_out(conflicts("来份虾", [limit("海鲜")], "zh"), "zh") == "我去掉了虾，因为你对海鲜过敏。"
    assert left_out((), "en") == ""


def test_limits_are_told_as_sentences() -> None:
    assert sentences([MINE, WIFES], "en") == ["You are allergic to shellfish.", "Your wife is vegan."]
    assert sentences([limit("花生"), WIFES], "zh") == ["你对花生过敏。", "你妻子吃纯素。"]


@pytest.mark.parametrize(
    "piece", ["no ", "not on ", "I can't have ", "不", "我对", "我不吃", "vegan ", "without, ", "1,", "€", "prawns "]
)
def test_hostile_input_ends(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    limits_in(text)
    assert isinstance(conflicts(text, [MINE, limit("50 EUR", "budget")], "en"), tuple)
    assert isinstance(at_the_table(text, [MINE, SONS]), tuple)


def lines() -> Iterator[tuple[str, int, int]]:
    for file in (files(constraints) / "words").iterdir():
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            yield file.name, number, sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def test_no_line_of_the_words_is_too_wide() -> None:
    assert [(name, number, width) for name, number, width in lines() if width > 130] == []


def test_a_value_that_no_lexicon_knows_is_looked_for_as_it_was_said() -> None:
    assert found("A karaoke night!", limit("karaoke", "dislike")) == ["karaoke"]
    assert checks.excluded("dislike", "crowded places") == (frozenset(), ("crowded", "place"))


@pytest.mark.parametrize(
    ("subject", "key", "value", "request_"),
    [
        ("老二子萱", "allergies", "鸡蛋", "给子萱弄个早餐，要快，给两个点子"),
        ("daughter 圆圆", "allergies", "牛奶", "圆圆的点心做什么好"),
        ("sister Ana", "diet", "no pork", "What can I cook for Ana?"),
        ("user", "diet", "不吃羊肉", "晚饭吃什么好"),
    ],
)
def test_a_limit_is_of_whom_the_profile_names_however_the_request_calls_them(
    subject: str, key: str, value: str, request_: str
) -> None:
    limits = limits_of([fact(key, value, subject=subject)], ())
    assert len(at_the_table(request_, limits)) == 1
    assert limits[0].kind == ("allergy" if key == "allergies" else "dislike")
    assert limits[0].value in ("鸡蛋", "牛奶", "pork", "羊肉")
