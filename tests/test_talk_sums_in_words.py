"""Sums as people put them, and sums of which a part is in a note; asked on Sunday 29 November 2026 at 10:40."""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from assistant.talk.sums import Note, may_need_notes, solve, solve_with
from assistant.talk.sums.formulas import postfix
from assistant.talk.sums.frames import Frame, frames
from assistant.talk.sums.values import Language

NOW = datetime(2026, 11, 29, 10, 40, tzinfo=timezone(timedelta(hours=1)))
DATA = Path(__file__).parent / "data"
CASES = [json.loads(line) for line in (DATA / "sums.jsonl").read_text(encoding="utf-8").splitlines()]
NOTED = [json.loads(line) for line in (DATA / "sums_noted.jsonl").read_text(encoding="utf-8").splitlines()]
FRAMES: list[tuple[Language, Frame]] = [
    (language, frame) for language in ("en", "zh") for frame in frames(language).frames
]
AT_LEAST = 0.97
"""Of the sums of the data that are answered."""


def plain(text: str) -> str:
    """With its numbers in one form: 1,250.50 and 1250.5 are one."""
    joined = text.replace("−", "-").replace(",", "").replace(" ", "").lower()
    return re.sub(r"(\d+\.\d*?)0+(?!\d)", lambda match: match[1].rstrip("."), joined)


def says(text: str, answer: list[str]) -> bool:
    """Whether an answer has every figure and word that it must have; a yes or no is its first word."""
    found = plain(text)
    for part in map(plain, answer):
        if part in ("yes", "no", "是", "不是"):
            right = found.startswith(part)
        elif re.fullmatch(r"[\d.:]+", part):
            right = re.search(rf"(?<![\d.])(?<!\d:)0?{re.escape(part)}(?![\d:]|\.\d)", found) is not None
        else:
            right = part in found
        if not right:
            return False
    return True


def test_the_sums_of_the_data_are_answered_and_none_wrongly() -> None:
    sums = [case for case in CASES if case["answer"]]
    found = [(case, solve(case["say"], case["language"], NOW)) for case in sums]
    wrong = [(case["say"], one.text) for case, one in found if one and not says(one.text, case["answer"])]
    assert wrong == []
    assert sum(one is not None for _, one in found) >= AT_LEAST * len(sums)


@pytest.mark.parametrize("case", [case for case in CASES if not case["answer"]], ids=lambda case: case["say"])
def test_a_message_with_numbers_that_asks_for_no_sum_has_no_answer(case: dict[str, Any]) -> None:
    assert solve(case["say"], case["language"], NOW) is None


@pytest.mark.parametrize(("language", "frame"), FRAMES, ids=lambda one: getattr(one, "name", one))
def test_each_frame_hears_its_examples_and_not_the_others(language: Language, frame: Frame) -> None:
    assert frame.hears
    assert [text for text in frame.hears if solve(text, language, NOW) is None] == []
    assert [text for text in frame.ignores if solve(text, language, NOW)] == []


@pytest.mark.parametrize("case", NOTED, ids=lambda case: case["say"])
def test_what_is_missing_of_a_sum_is_taken_from_a_note(case: dict[str, Any]) -> None:
    notes = [
        Note(str(n), text, datetime.fromisoformat(f"{day}T09:00+01:00")) for n, (day, text) in enumerate(case["notes"])
    ]
    found = solve_with(case["say"], case["language"], NOW, notes, case["before"])
    if not case["answer"]:
        assert found is None
    else:
        assert found is not None
        assert says(found.text, case["answer"])
        assert found.used


def test_the_answer_names_the_note_and_its_day_in_the_second_person() -> None:
    note = Note("n", "My eye test is on 15 December at the clinic", datetime.fromisoformat("2026-11-03T09:00+01:00"))
    found = solve_with("how many days until my eye test?", "en", NOW, [note])
    assert found is not None
    assert found.used == ("n",)
    assert found.text.endswith("You told me on 3 November 2026: your eye test is on 15 December at the clinic.")


def test_small_talk_needs_no_notes() -> None:
    assert not may_need_notes("I had a lovely walk by the river", "en")
    assert not may_need_notes("今天天气真好", "zh")


def test_a_formula_is_worked_out_by_precedence() -> None:
    assert list(postfix("n * (b - a) + y")) == ["n", "b", "a", "-", "*", "y", "+"]
