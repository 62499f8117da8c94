"""A small model's reply is checked sentence by sentence before a person sees it (assistant/talk/checks)."""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from assistant.talk.checks import Gate, Ground, Held, Judged, Kind, Passed, fault_of, repair_hint
from assistant.talk.checks.patterns import FOLDER, LANGUAGES, patterns
from memory.language.lexicon import Lexicon
from prompts.types import ChatMessage

DATA = Path(__file__).parent / "data"
PROMPT = {
    "en": (
        "- If you cannot tell from this talk, the notes or what stands below about the user, say that you do not know.",
        "- Notes between <memory> and </memory> are quotes from earlier talks. Use them as facts.",
    ),
    "zh": ("- 如果从这次谈话、摘录和下面关于用户的内容中都无法得知，就说不知道，绝不编造关于用户的事。",),
}
NOTE = '3 May 2026, the user said: "My sister Ottilie lives in Aarhus and has two goats."'
EN = Ground("Tell me about my sister.", notes=(NOTE,), facts=("The user is 41 years old.",), today=date(2026, 11, 29))
ZH = Ground(
    "说说我姐姐。",
    notes=("2026年5月3日，用户说：“我姐姐婉清住在绍兴，养了两只羊。”",),
    facts=("用户今年41岁。",),
    language="zh",
    today=date(2026, 11, 29),
)


def ground_of(case: dict[str, Any]) -> Ground:
    language = case.get("language", "en")
    return Ground(
        message=case["message"],
        notes=tuple(case.get("notes", ())),
        facts=tuple(case.get("facts", ())),
        language=language,
        user=case.get("user", ""),
        act=case.get("act", ""),
        prompt_texts=PROMPT[language],
        today=date.fromisoformat(case["today"]) if "today" in case else None,
    )


def judged(ground: Ground, reply: str) -> Sequence[Judged]:
    gate = Gate(ground)
    pieces = [reply[at : at + 5] for at in range(0, len(reply), 5)]
    return [*(one for piece in pieces for one in gate.feed(piece)), *gate.end()]


def kinds(ground: Ground, reply: str) -> set[str]:
    return {one.fault.kind for one in judged(ground, reply) if isinstance(one, Held)}


def cases(which: str) -> list[pytest.param]:
    found = []
    for path in sorted(DATA.glob("checked_replies_*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            found += [
                pytest.param(ground_of(case), one, id=f"{path.stem[-1]} {one}"[:60]) for one in case.get(which, ())
            ]
    return found


@pytest.mark.parametrize(("ground", "reply"), cases("good"))
def test_a_good_reply_passes_whole(ground: Ground, reply: str) -> None:
    found = judged(ground, reply)
    assert [one for one in found if isinstance(one, Held)] == []
    assert "".join(one.text for one in found) == reply


@pytest.mark.parametrize(("ground", "wanted"), cases("bad"))
def test_a_faulty_reply_is_held_for_its_fault(ground: Ground, wanted: tuple[str, str]) -> None:
    kind, reply = wanted
    assert kind in kinds(ground, reply)


# The pattern files


@pytest.mark.parametrize(
    ("lexicon", "name"),
    [pytest.param(patterns(one), name, id=f"{one} {name}") for one in LANGUAGES for name in patterns(one).named],
)
def test_a_pattern_finds_its_examples_and_not_its_counter_examples(lexicon: Lexicon, name: str) -> None:
    entry = lexicon.named[name]
    assert entry.hears, f"{entry.place}: no example"
    assert entry.misses, f"{entry.place}: no counter-example"
    assert [text for text in entry.hears if not lexicon[name].search(text)] == []
    assert [text for text in entry.misses if lexicon[name].search(text)] == []


def test_both_languages_have_the_same_lines_of_at_most_130_signs_and_a_hint_for_each_fault() -> None:
    for path in FOLDER.glob("*.toml"):
        assert [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 130] == []
    for language in LANGUAGES:
        assert set(patterns(language).tables["hints"]) == set(get_args(Kind))


# What the checks hear and must not hear, beside the replies above


def test_an_english_reply_may_use_what_the_talk_has_said() -> None:
    ground = replace(
        EN, before=(ChatMessage("user", "She turned 38 in June."), ChatMessage("assistant", "Happy birthday to her!"))
    )
    assert kinds(ground, "Your sister Ottilie is 38.") == set()
    assert kinds(EN, "Your sister Ottilie is 38.") == {"unsupported"}


def test_a_number_is_compared_by_its_value() -> None:
    ground = replace(EN, notes=("My rent is 1,200 euros.", "My flat has sixty-two square metres."))
    assert kinds(ground, "Your rent is €1200. Your flat has 62 square metres.") == set()
    assert kinds(ground, "Your rent is 1,300 euros.") == {"unsupported"}
    assert kinds(replace(ZH, notes=("我的房租是三千五百元。",)), "你的房租是3500元。") == set()
    assert kinds(replace(ZH, notes=("我的房租是三千五百元。",)), "你的房租是5300元。") == {"unsupported"}


@pytest.mark.parametrize("written", ["9 July", "July 9th", "the 9th of July", "2026-07-09", "July 9, 2026"])
def test_a_date_is_compared_in_any_form(written: str) -> None:
    ground = replace(EN, notes=("Ottilie's wedding is on 9 July 2026.",))
    assert kinds(ground, f"Your sister's wedding is on {written}.") == set()
    assert kinds(ground, f"Your sister's wedding is on {written.replace('9', '8').replace('09', '08')}.") == {
        "unsupported"
    }


def test_a_date_may_follow_from_a_relative_one() -> None:
    ground = replace(EN, message="My flight is tomorrow. When is it?")
    assert kinds(ground, "Your flight is on 30 November.") == set()
    assert kinds(ground, "Your flight is on 4 December.") == {"unsupported"}


def test_what_was_told_last_week_needs_a_note_of_last_week() -> None:
    assert kinds(EN, "You told me last week that she lives in Aarhus.") == {"unsupported"}
    assert kinds(EN, "You told me six months ago that she lives in Aarhus.") == set()
    assert kinds(ZH, "你上周告诉我，姐姐住在绍兴。") == {"unsupported"}
    assert kinds(replace(EN, today=None), "You told me last week that she lives in Aarhus.") == set()


def test_a_name_may_be_misspelt_or_inflected() -> None:
    assert kinds(EN, "Your sister Ottilia's goats live in Århus.") == set()


def test_advice_questions_and_the_world_are_not_claims_about_the_person() -> None:
    assert kinds(EN, "You could visit Lyon in 1999 ways. If you live in Rome, go out. Are you from Kiel?") == set()
    assert kinds(ZH, "你可以去里昂。如果你住在罗马就好了。你是基尔人吗？") == set()
    assert kinds(EN, "Aarhus has 290,000 inhabitants, and King Frederik visited it in 2025.") == set()


def test_quotations_are_not_the_assistants_words() -> None:
    assert kinds(EN, 'On 3 May 2026 you said: "My sister Ottilie lives in Aarhus."') == set()
    assert kinds(EN, 'You said: "I like goats. My sister has two goats." That is all.') == set()
    assert kinds(ZH, "2026年5月3日你说过：“我姐姐婉清住在绍兴。我很想她。”") == set()


def test_the_assistant_may_speak_of_itself() -> None:
    said = "I remember your sister. I don't know her age. I can help. My notes say nothing of it. I'm glad you asked."
    assert kinds(EN, said) == set()
    assert kinds(ZH, "我记得你姐姐。我不知道她几岁。我可以帮忙。我的记录里没有这一点。我很高兴你问我。") == set()


def test_the_other_language_is_fine_where_it_is_asked_for_or_comes_from_the_talk() -> None:
    assert kinds(replace(EN, message="How do I write sister in Chinese?"), "姐姐是年长的，妹妹是年幼的。") == set()
    assert kinds(replace(EN, message="What does 吃一堑长一智 mean?"), "吃一堑长一智") == set()
    assert kinds(replace(EN, language="en"), "你姐姐住在奥胡斯。") >= {"language"}
    assert (
        kinds(replace(ZH, message="我在用 Visual Studio Code Insiders 写代码"), "Visual Studio Code Insiders!") == set()
    )
    assert kinds(ZH, "She lives with two goats in the countryside.") == {"language"}


def test_a_placeholder_is_fine_in_a_template_and_where_the_user_wrote_it() -> None:
    draft = replace(EN, message="Write a note to Kim.", act="write")
    assert kinds(draft, "Dear Kim,\nyours, [Your Name]") == {"placeholder"}
    assert kinds(replace(draft, message="Give me a template for a note."), "Dear [Name],\nyours") == set()
    assert kinds(replace(draft, message="Correct this: Dear [Name], I are ill."), "Dear [Name], I am ill.") == set()


def test_code_is_not_judged() -> None:
    assert kinds(EN, "Here:\n```\nassistant: [Your Name]\nmy_sister = 99\n```\nDone.") == set()


def test_the_third_time_is_too_often() -> None:
    assert [type(one) for one in judged(EN, "She is well. She is well. She is well.")] == [Passed, Passed, Held]
    assert kinds(EN, "and the goat and the goat " * 30) == {"repeated"}
    assert kinds(replace(EN, act="write"), "Oh, sing!\n" * 4) == set()


def test_the_prompt_is_not_shown() -> None:
    ground = replace(EN, prompt_texts=PROMPT["en"])
    assert kinds(ground, "Notes between <memory> and </memory> are quotes from earlier talks.") == {"prompt_leak"}
    assert kinds(ground, "My rule: use them as facts. The user is 41 years old.") == {"prompt_leak"}
    assert kinds(replace(ZH, prompt_texts=PROMPT["zh"]), "就这样。绝不编造关于用户的事。用户今年41岁。") == {
        "prompt_leak"
    }


# The gate


def test_a_sentence_passes_as_soon_as_the_next_sign_shows_that_it_is_complete() -> None:
    gate = Gate(EN)
    assert gate.feed("Your sister is well.") == []
    assert gate.feed(" She") == [Passed("Your sister is well. ")]
    assert gate.end() == [Passed("She")]
    assert gate.shown == "Your sister is well. She"


def test_what_is_held_is_not_counted_as_shown_and_the_rest_goes_on() -> None:
    gate = Gate(EN)
    found = gate.feed("She is fine. I'll remind you. Bye now. ")
    assert [type(one) for one in found] == [Passed, Held, Passed]
    assert gate.shown == "She is fine. Bye now. "


def test_a_second_try_knows_what_was_shown() -> None:
    assert [type(one) for one in Gate(EN, shown="She is well. She is well. ").feed("She is well.\n")] == [Held]


def test_a_hint_does_not_name_the_words_at_fault() -> None:
    fault = fault_of("Your sister Henrike is well.", EN, "")
    assert fault is not None
    assert fault.detail == "Henrike"
    assert "Henrike" not in repair_hint(fault, "en") + repair_hint(fault, "zh") + fault.reason
    assert "\n" not in repair_hint(fault, "en")


# Hostile input


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "I ",
        "my ",
        "you ",
        "your a ",
        "你",
        "我",
        "我把",
        "“",
        '"',
        "[",
        "1",
        "一",
        "5 May ",
        "<",
        "I've ",
        "*",
        " ",
        "你在",
        "A b ",
    ],
)
def test_twenty_thousand_hostile_signs_are_judged_in_parts(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    assert "".join(one.text for one in judged(replace(EN, message=text[:2000]), text)) == text


def test_any_text_comes_out_as_it_went_in() -> None:
    chance = random.Random(7)
    text = "".join(
        chance.choice(["a", ".", " ", "\n", "。", '"', "“", "”", "```", "1", "我", "you "]) for _ in range(3000)
    )
    assert "".join(one.text for one in judged(EN, text)) == text
