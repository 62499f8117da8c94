"""The yardsticks themselves, and what happens to a file that is not what it should be."""

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.evaluation import cases, metrics, profile_learning, ranking
from assistant.evaluation.ranking import Example
from assistant.evaluation.results import Results
from memory.errors import BadInput

SAMPLE = {
    "sample_id": "one",
    "conversation": {
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [{"dia_id": "D1:1", "speaker": "Mei", "text": "Hi", "blip_caption": "a boat"}],
    },
    "qa": [
        {"question": "What?", "evidence": ["D1:1; D9:17"], "category": 1, "answer": "x"},
        {"question": "Nothing?", "evidence": [], "category": 5},
    ],
}


def test_recall_counts_the_share_of_the_evidence() -> None:
    assert metrics.recall_at(2, ["a", "b", "c"], ["b", "c"]) == 0.5
    assert metrics.reciprocal_rank(["a", "b", "c"], {"b", "c"}) == 0.5
    assert metrics.reciprocal_rank(["a"], {"b"}) == 0
    assert metrics.distinct(["D1", "D2", "D1"]) == ["D1", "D2"]


def test_a_dialogue_is_read_with_its_malformed_evidence(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([SAMPLE]), encoding="utf-8")
    (dialogue,) = cases.load(path)
    (turn,) = dialogue.turns
    assert (turn.text, turn.ref, f"{turn.occurred_at:%Y-%m-%d %H:%M}") == ("Hi a boat", "D1:1", "2023-05-08 13:56")
    (case,) = dialogue.cases
    assert (case.evidence, case.category) == ({"D1:1", "D9:17"}, "multi-hop")
    assert f"{case.asked_at:%Y-%m-%d}" == "2023-05-09"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "cannot be read as JSON"),
        ("{}", "not a list"),
        ("[1]", "not a list of conversations"),
        ('[{"qa": []}]', "conversation 1: KeyError 'conversation'"),
        ('[{"haystack_sessions": []}]', "conversation 1: KeyError 'haystack_session_ids'"),
    ],
)
def test_a_malformed_file_is_refused_with_the_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        cases.load(path)


def test_training_finds_the_feature_that_tells_and_calibrates_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two features the first marks the evidence, the second is noise."""
    chance = np.random.default_rng(0)
    monkeypatch.setattr(ranking, "SETS", {"all": ranking.SETS["all"][:2]})
    made = []
    for number in range(60):
        relevant = np.arange(20) == number % 20
        table = np.stack([relevant + chance.normal(0, 0.3, 20), chance.normal(0, 1, 20)], axis=1).astype(np.float32)
        made.append(Example(number % 3, [str(i) for i in range(20)], {"all": table}, relevant, {str(number % 20)}))
    ranker = ranking.train(made)["all"]
    assert ranker.weight[0] > 5 * abs(ranker.weight[1])
    logits = np.concatenate([ranker.slope * ranker.sums(example.tables["all"]) + ranker.offset for example in made])
    chances = 1 / (1 + np.exp(-logits))
    assert chances.mean() == pytest.approx(1 / 20, abs=0.01)  # as often as it is so


DATA = Path(__file__).parent / "data"


def test_the_profile_learns_from_labelled_messages_what_it_must(tmp_path: Path) -> None:
    """Labelled and written before the rules were; how, and which half the rules were made on, is in data/README.md."""
    files = [DATA / "profile_en.jsonl", DATA / "profile_zh.jsonl", DATA / "profile_hard.jsonl"]
    with Results(tmp_path / "run", {"task": "profile"}) as results:
        profile_learning.evaluate(results, files)
        items = list(results.records)
        profile_learning.evaluate(results, files)
    assert len(results.records) == len(items)  # nothing is done twice
    print(profile_learning.table(items))
    for language in ("en", "zh"):
        labelled = [item for item in items if item["category"] == f"labelled {language} (profile_{language})"]
        assert sum(item["good"] for item in labelled) / sum(len(item["learned"]) for item in labelled) >= 0.9
        assert sum(item["hit"] for item in labelled) / sum(len(item["wanted"]) for item in labelled) >= 0.7
    hard = [item for item in items if item["category"].startswith("hard")]
    assert sum(item["right"] for item in hard) / len(hard) >= 0.85


def test_a_file_that_is_not_what_it_should_be_is_told_with_the_line(tmp_path: Path) -> None:
    broken = tmp_path / "labels.jsonl"
    broken.write_text('{"user": "a", "text": "x", "facts": []}\n{"text": ')
    with Results(tmp_path / "run", {"task": "profile"}) as results:
        with pytest.raises(BadInput, match="line 2"):
            profile_learning.evaluate(results, [broken])
        with pytest.raises(BadInput, match="nothing"):
            profile_learning.evaluate(results, [tmp_path / "nothing.json"])
