"""`zhiji evaluate`: the same questions to several systems, kept as they come, and what is made of them."""

import json
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.evaluation import cases, evidence, metrics, prefeval, qa, report, systems
from assistant.evaluation.asking import answers
from assistant.evaluation.dialogue import Case, Dialogue
from assistant.evaluation.results import Results, read
from assistant.evaluation.significance import interval, paired
from memory.errors import BadInput
from memory.types import Hit, NewMemory
from prompts.types import ChatMessage
from ui.cli import app
from ui.cli_evaluate import Sizes, measure

NAMES = ("Ana", "Bo")
ANIMALS = ("zebra", "otter", "heron", "camel", "lynx", "gecko", "raven", "moose")


def locomo(tmp_path: Path, sessions: int = 8) -> Path:
    """Each session names one animal that Ana saw; a question for each, and one that nothing answers."""
    talk: dict[str, object] = {}
    asked: list[dict[str, object]] = []
    for number in range(1, sessions + 1):
        animal = ANIMALS[number - 1]
        talk[f"session_{number}_date_time"] = f"1:56 pm on {number} May, 2023"
        talk[f"session_{number}"] = [
            {"dia_id": f"D{number}:1", "speaker": "Ana", "text": f"I saw a {animal} near river number {number}"},
            {"dia_id": f"D{number}:2", "speaker": "Bo", "text": "That is nice to hear"},
        ]
        question = f"Which animal did Ana see near river number {number}?"
        asked.append({"question": question, "answer": f"a {animal}", "evidence": [f"D{number}:1"], "category": 4})
    asked.append({"question": "Which animal did Bo see?", "evidence": ["D1:1"], "category": 5})
    path = tmp_path / "talk.json"
    path.write_text(json.dumps([{"sample_id": "one", "conversation": talk, "qa": asked}]), encoding="utf-8")
    return path


def longmemeval(tmp_path: Path) -> Path:
    sample = {
        "question_id": "q1",
        "question_type": "multi-session",
        "question": "Which two cities did I visit?",
        "answer": "Rome and Oslo",
        "question_date": "2023/05/30 (Tue) 23:40",
        "haystack_session_ids": ["answer_1", "answer_2", "other"],
        "haystack_dates": ["2023/05/20 (Sat) 02:21", "2023/05/21 (Sun) 02:21", "2023/05/22 (Mon) 02:21"],
        "haystack_sessions": [
            [
                {"role": "user", "content": "I was in Rome", "has_answer": True},
                {"role": "assistant", "content": "Nice"},
            ],
            [{"role": "user", "content": "Oslo was cold", "has_answer": True}],
            [{"role": "user", "content": "What is 2 + 2?"}],
        ],
    }
    other = {**sample, "question_id": "q2_abs"}
    path = tmp_path / "long.json"
    path.write_text(json.dumps([sample, other]), encoding="utf-8")
    return path


def finds_the_note(messages: Sequence[ChatMessage]) -> str:
    """Answers with the animal of the note about the river that is asked for."""
    asked = messages[-1].content
    river = asked.rpartition("number ")[2].rstrip("?")
    found = [line for line in asked.splitlines() if line.endswith(f'river number {river}"')]
    return found[0].split("saw a ")[1].split()[0] if found else "I do not know."


def test_words_are_compared_as_locomo_does() -> None:
    assert metrics.f1("The Running dogs", "a running dog") == 1
    assert metrics.f1("7 May 2023", "May 2023") == pytest.approx(0.8)
    assert metrics.f1("", "x") == 0
    assert metrics.f1_of_parts("pottery, swimming", ["swimming", "camping"]) == 0.5
    assert metrics.f1("他喜欢绿茶", "绿茶") == pytest.approx(2 * 1 * 0.4 / 1.4)
    assert metrics.ndcg_at(2, ["x", "a"], {"a"}) == pytest.approx(0.6309, abs=1e-4)
    assert metrics.f1_of_parts("猫，狗", metrics.parts("猫，狗")) == 1


@pytest.mark.parametrize(
    "said",
    [
        "I don't know.",
        "我不知道",
        "我不清楚",
        "It is not mentioned.",
        "It isn't mentioned.",
        "That wasn’t specified in the notes",
        "I can't tell.",
        "I can’t find that.",
        "I cannot say",
        "The notes do not contain this information",
        "There's nothing in the notes about that.",
        "I am unable to determine that",
        "Unknown",
        "I have no idea.",
        "I don't remember.",
        "I am not aware of that.",
        "That is not in the notes.",
        "There is no answer in the notes.",
        "The notes do not indicate this.",
        "Don't know",
        "The date was not given.",
        "Her age is not given in the notes.",
        "The answer is not clear.",
        "The exact date is not told.",
        "The reason isn't clear",
        "Sorry, not sure.",
        "I really do not know.",
        "They do not know",
        "She did not say.",
    ],
)
def test_a_reply_that_does_not_know_is_told(said: str) -> None:
    assert metrics.abstains(said)


@pytest.mark.parametrize(
    "said",
    [
        "She knows Bo.",
        "Not on Monday",
        "He could not find a job",
        "Nothing",
        "I can't swim",
        "She was not given the award",
        "He does not know how to swim",
        "He was not sure about moving",
        "It was not told to Bo but to Ana",
        "We did not see the movie",
        "She did not tell her parents",
        "The cake doesn't contain nuts",
        "He didn't say goodbye",
        "Nothing in particular",
        "An unknown author",
    ],
)
def test_an_answer_is_not_taken_for_one_that_does_not_know(said: str) -> None:
    assert not metrics.abstains(said)


def test_a_difference_is_told_from_chance() -> None:
    worse, better = [0.0, 0.2, 0.1, 0.3, 0.2] * 20, [0.5, 0.6, 0.5, 0.9, 0.4] * 20
    found = paired(worse, better)
    assert found.p < 0.001
    assert 0.38 < found.low < found.mean < found.high < 0.46
    assert found.n == 100
    assert found.ratio == pytest.approx(0.58 / 0.16)
    assert paired([0, 0], [0, 1]).ratio is None
    assert paired(better, better).p == 1
    up, down = paired([0] * 10, [1] * 10), paired([1] * 10, [0] * 10)
    assert 0.6 < up.low < up.high == 1
    assert (down.low, down.high) == (-up.high, -up.low)
    assert paired([0], [1]).p == 1  # of one pair nothing can be said
    mixed = paired([0, 1] * 30, [1, 0] * 30)
    assert mixed.p > 0.9
    assert mixed.low < 0 < mixed.high
    low, high = interval([0, 1] * 50)
    assert low == pytest.approx(0.4, abs=0.03)
    assert high == pytest.approx(0.6, abs=0.03)


def test_longmemeval_is_read_and_scored_by_its_own_rules(tmp_path: Path) -> None:
    first, second = cases.load(longmemeval(tmp_path))
    (case,) = first.cases
    assert case.evidence == {"answer_1#0:1", "answer_2#1:1"}
    assert second.cases[0].answer is None
    found = evidence.record("x", first, case, ["answer_1#0:1", "answer_1#0:2", "other#2:1"], 1.0)
    assert (found["turn_recall_any@5"], found["turn_recall_all@5"]) == (1, 0)
    assert (found["session_recall_any@5"], found["session_recall_all@5"], found["recall@5"]) == (1, 0, 0.5)
    assert found["found"] == ["answer_1#0:1", "other#2:1"]  # what the assistant said is not ranked
    assert found["distance_days"] == pytest.approx(10.9)
    with Results(tmp_path / "run", {"task": "recall"}) as results:
        evidence.evaluate(results, [first, second], {"oracle": systems.make("oracle", Settings())})
        assert [record["id"] for record in results.records] == ["oracle/q1"]  # nothing answers the other


def test_the_oracle_gives_what_the_assistant_said_and_a_search_is_not_asked_for_it(tmp_path: Path) -> None:
    path = longmemeval(tmp_path)
    samples = json.loads(path.read_text(encoding="utf-8"))
    for turn in (turn for session in samples[0]["haystack_sessions"] for turn in session):
        turn["has_answer"] = turn["role"] == "assistant"
    path.write_text(json.dumps(samples), encoding="utf-8")
    (told, _) = cases.load(path)
    oracle = systems.make("oracle", Settings())
    oracle.tell(told)
    assert [hit.memory.text for hit in oracle.find(told.cases[0], 5)] == ["Nice"]
    with Results(tmp_path / "run", {"task": "recall"}) as results:
        evidence.evaluate(results, [told], {"oracle": oracle})
        assert not results.records


def test_a_rubric_is_not_compared_word_by_word(tmp_path: Path) -> None:
    path = longmemeval(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace("multi-session", "single-session-preference"), "utf-8")
    case = cases.load(path)[0].cases[0]
    assert qa.scores(case, "Rome and Oslo") == {
        "f1": None,
        "exact": None,
        "unanswerable_abstained": None,
        "answerable_abstained": 0.0,
    }


@pytest.mark.parametrize("wrong", [{"evidence": "D1:1"}, {"question": None}, {"answer": None, "category": "x"}])
def test_a_malformed_question_is_refused_with_the_place(tmp_path: Path, wrong: dict[str, object]) -> None:
    path = locomo(tmp_path)
    (sample,) = json.loads(path.read_text(encoding="utf-8"))
    sample["qa"][0] |= wrong
    if "answer" in wrong:
        del sample["qa"][0]["answer"]
    path.write_text(json.dumps([sample]), encoding="utf-8")
    with pytest.raises(BadInput, match="conversation 1"):
        cases.load(path)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"category": 4}, "KeyError 'answer'"),
        ({"category": "5"}, "ValueError `category` must be a number"),
        ({"category": 4, "answer": None}, "ValueError `answer` must be a text"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_the_question(tmp_path: Path, wrong: dict[str, object], told: str) -> None:
    path = locomo(tmp_path)
    (sample,) = json.loads(path.read_text(encoding="utf-8"))
    sample["qa"] = [{"question": "Who?", "evidence": ["D1:1"], **wrong}]
    path.write_text(json.dumps([sample]), encoding="utf-8")
    with pytest.raises(BadInput, match=f"conversation 1: in question 1: {told}"):
        cases.load(path)


def test_a_turn_twice_or_without_words(tmp_path: Path) -> None:
    path = locomo(tmp_path)
    (sample,) = json.loads(path.read_text(encoding="utf-8"))
    turns = sample["conversation"]["session_1"]
    turns[1]["text"] = " "
    path.write_text(json.dumps([sample]), encoding="utf-8")
    assert len(cases.load(path)[0].turns) == 15
    turns[1] = turns[0]
    path.write_text(json.dumps([sample]), encoding="utf-8")
    with pytest.raises(BadInput, match=f"more than one turn has the `dia_id` {turns[0]['dia_id']}"):
        cases.load(path)


def test_a_session_that_is_missing_hides_none_after_it(tmp_path: Path) -> None:
    path = locomo(tmp_path)
    (sample,) = json.loads(path.read_text(encoding="utf-8"))
    del sample["conversation"]["session_3"]
    path.write_text(json.dumps([sample]), encoding="utf-8")
    assert len(cases.load(path)[0].turns) == 14


def test_two_conversations_of_one_name_are_refused(tmp_path: Path) -> None:
    path = locomo(tmp_path)
    path.write_text(json.dumps(2 * json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    with pytest.raises(BadInput, match="2 conversations are called 'one'"):
        cases.load(path)


def test_what_is_drawn_depends_on_the_seed_alone(tmp_path: Path) -> None:
    dialogues = cases.load(locomo(tmp_path))

    def drawn(seed: int) -> list[str]:
        return [case.id for told in cases.sample(dialogues, 4, seed) for case in told.cases]

    assert len(drawn(1)) == 4
    assert drawn(1) == drawn(1) != drawn(3)
    assert cases.sample(dialogues, 100, 1) == dialogues


class Own:
    """The shortest system there is: the turns that hold the question's last word."""

    def __init__(self, _: Settings) -> None:
        self.turns: Sequence[NewMemory] = ()

    def tell(self, dialogue: Dialogue) -> None:
        self.turns = dialogue.turns

    def find(self, case: Case, k: int) -> Sequence[Hit]:
        assert not case.evidence  # it is not told what it should find
        assert k
        word = case.question.rstrip("?").split()[-1]
        found = [systems.hit(turn) for turn in self.turns if word in turn.text.split()]
        return [hit for hit in found for _ in range(3)]  # neither twice nor more than asked for is counted

    def close(self) -> None:
        pass


def test_a_system_of_ones_own_takes_part(tmp_path: Path) -> None:
    name = f"{__name__}:Own"
    made = {"none": systems.make("none", Settings()), name: systems.make(name, Settings())}
    with Results(tmp_path / "run", {"task": "recall"}) as results:
        evidence.evaluate(results, cases.load(locomo(tmp_path)), made)
        found = report.summary({"task": "recall"}, results.records)
    assert found["scores"][name]["recall@1"]["mean"] == pytest.approx(8 / 9)
    assert found["scores"]["none"]["recall@50"]["mean"] == 0
    (difference,) = [one for one in found["differences"] if one["measure"] == "recall@1"]
    assert difference["p"] < 0.05
    assert "| 0.00 | 9 |" in report.text(found)  # none finds 0.00 times as much, of nine questions
    with pytest.raises(BadInput, match=r"package\.module:Class"):
        systems.make("nothing.like:It", Settings())


def test_every_system_gets_the_same_room_and_full_the_whole_context(tmp_path: Path) -> None:
    dialogues = cases.load(locomo(tmp_path))
    model = ScriptedModel(finds_the_note)
    made = {name: systems.make(name, Settings()) for name in ("none", "recent", "full", "oracle")}
    with Results(tmp_path / "run", {"task": "qa"}) as results:
        qa.evaluate(results, dialogues, made, model, budget=90)
        of = {name: [record for record in results.records if record["system"] == name] for name in made}
    assert all(0 < record["notes_tokens"] <= 90 for record in of["recent"])
    assert all(record["notes"] == 16 and record["notes_tokens"] > 90 for record in of["full"])
    assert all(record["notes"] == 1 for record in of["oracle"])
    made["recent"].notes = 2  # type: ignore[attr-defined]  # a system may give fewer
    with Results(tmp_path / "fewer", {"task": "qa"}) as results:
        qa.evaluate(results, dialogues, {"recent": made["recent"]}, model, budget=90)
        assert all(record["notes"] == 2 for record in results.records)
    answered = {name: [record["f1"] for record in of[name] if record["wanted"]] for name in made}
    assert answered["oracle"] == answered["full"] == [1.0] * 8
    assert answered["none"] == [0.0] * 8
    assert 0 < sum(answered["recent"]) < 8
    (unanswerable,) = [record for record in of["none"] if record["wanted"] is None]
    assert (unanswerable["f1"], unanswerable["unanswerable_abstained"]) == (None, 1)


class First(Own):
    """Finds always the same: what Ana saw."""

    def find(self, case: Case, k: int) -> Sequence[Hit]:  # noqa: ARG002
        return [systems.hit(self.turns[0])]


def test_the_evidence_comes_with_the_doubt_of_a_chat_and_what_others_find_without_it(tmp_path: Path) -> None:
    """What Ana saw is not what Bo saw."""
    model = ScriptedModel(finds_the_note)
    made = {"oracle": systems.make("oracle", Settings()), "own": First(Settings())}
    with Results(tmp_path / "run", {"task": "qa"}) as results:
        qa.evaluate(results, cases.load(locomo(tmp_path)), made, model, budget=200)
    asked = [prompt[-1].content for prompt in model.prompts if "Which animal did Bo see?" in prompt[-1].content]
    assert ["I do not know that of Bo" in question for question in asked] == [True, False]


def test_a_run_that_was_cut_off_goes_on_and_another_is_not_mixed_in(tmp_path: Path) -> None:
    dialogues = cases.load(locomo(tmp_path))
    plan = {"task": "qa", "seed": 0}

    def run(plan: dict[str, object]) -> int:
        model = ScriptedModel(finds_the_note)
        with Results(tmp_path / "run", plan) as results:
            qa.evaluate(results, dialogues, {"oracle": systems.make("oracle", Settings())}, model, budget=90)
        return len(model.prompts)

    assert run(plan) == 9
    kept = tmp_path / "run" / "results.jsonl"
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2])
    asked = run(plan)
    assert 4 <= asked <= 6
    assert {record["id"] for record in read(tmp_path / "run")} == {f"oracle/one/{number}" for number in range(9)}
    assert run(plan) == 0
    with pytest.raises(BadInput, match="another run"):
        run({**plan, "seed": 1})
    with pytest.raises(BadInput, match="Give another --out"):
        Results(kept, plan)
    kept.write_text("{}\n")
    with pytest.raises(BadInput, match="line 1"):
        read(tmp_path / "run")


def test_results_can_be_read_while_they_are_written_and_hold_any_text(tmp_path: Path) -> None:
    with Results(tmp_path / "run", {"task": "qa"}) as results:
        results.add({"id": "one", "said": "a line\u2028and a paragraph\u2029end\x85"})
        results._file.write('{"id": "two')
        results._file.flush()
        assert read(tmp_path / "run") == results.records
        results._file.write('"}\n')
        results._file.flush()
        assert [record["id"] for record in read(tmp_path / "run")] == ["one", "two"]


def test_two_runs_are_compared_question_by_question(tmp_path: Path) -> None:
    dialogues = cases.load(locomo(tmp_path))
    for name, script in (("first", lambda _: "I do not know."), ("second", finds_the_note)):
        with Results(tmp_path / name, {"task": "qa", "seed": 0}) as results:
            oracle = {"oracle": systems.make("oracle", Settings())}
            qa.evaluate(results, dialogues, oracle, ScriptedModel(script), budget=90)
    told = report.compare(tmp_path / "first", tmp_path / "second", most=3)
    assert "| oracle | f1 | 0.0 | 100.0 | +100.0 |" in told
    assert "| 8 | 0 |" in told
    assert told.count("second: ") == 3
    assert "Worse" not in told
    back = report.compare(tmp_path / "second", tmp_path / "first", most=3)
    assert "Worse, f1:" in back
    with pytest.raises(BadInput, match=r"no run\.json|no results"):
        report.compare(tmp_path / "first", tmp_path)
    with Results(tmp_path / "other", {"task": "qa", "sha256": "x"}), pytest.raises(BadInput, match="different data"):
        report.compare(tmp_path / "first", tmp_path / "other")
    (tmp_path / "run.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BadInput, match="does not describe a run"):
        report.compare(tmp_path / "first", tmp_path)


def test_waits_and_deliveries_are_compared_too(tmp_path: Path) -> None:
    for name, ms in (("first", 300.0), ("second", 200.0)):
        with Results(tmp_path / name, {"task": "latency"}) as results:
            results.add({"id": "zhiji/1", "system": "zhiji", "question": "x", "first_token_ms": ms})
    told = report.compare(tmp_path / "first", tmp_path / "second")
    assert "| zhiji | first_token_ms | 300.0 (300.0) | 200.0 (200.0) |" in told
    for name, heeded in (("bare", {}), ("asked", {"said": "Tea", "followed": 1.0})):
        with Results(tmp_path / name, {"task": "preferences"}) as results:
            results.add(
                {"id": "told/1", "system": "told", "question": "x", "delivered": float(name == "asked"), **heeded}
            )
    assert "+100  told/1  x" in report.compare(tmp_path / "bare", tmp_path / "asked")


def test_the_worst_group_stands_beside_the_best() -> None:
    def asked(conversation: str, f1: float | None) -> dict[str, object]:
        return {"id": "x", "system": "x", "question": "Who?", "dialogue": conversation, "f1": f1}

    few = [asked("few", None)] * 9 + [asked("few", 0.0)]  # one answer is no group
    records = [asked("good", 0.8)] * 10 + [asked("bad", 0.2)] * 10 + few
    fairness = report.summary({"task": "qa"}, records)["fairness"]
    assert fairness["conversation"]["x"] == pytest.approx(0.25)
    assert fairness["language"]["x"] is None


def test_the_report_is_one_file_that_loads_nothing(tmp_path: Path) -> None:
    with Results(tmp_path / "run", {"task": "qa", "model": "<b>x</b>", "seed": 0}) as results:
        made = {name: systems.make(name, Settings()) for name in ("none", "recent", "oracle")}
        qa.evaluate(results, cases.load(locomo(tmp_path)), made, ScriptedModel(finds_the_note), budget=90)
    found = report.write(tmp_path / "run")
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<svg" in page
    assert "http-equiv" not in page
    assert "src=" not in page
    assert "@import" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page
    assert "single-hop" in page
    assert json.loads((tmp_path / "run" / "report.json").read_text(encoding="utf-8"))["scores"] == found["scores"]
    assert "| oracle | 100.0 |" in report.text(found)


PREFERENCES = {
    "food": {
        "mcq": [
            {
                "preference": "I hate mushrooms and never want them.",
                "question": "What pizza should I order?",
                "classification_task_options": ["Margherita", "Funghi", "Truffle and mushrooms", "Mushroom calzone"],
            }
        ],
        "implicit_choice": [
            {
                "preference": "I hate mushrooms and never want them.",
                "question": "What pizza should I order?",
                "conversation": {
                    "query": "What could I cook tonight?",
                    "assistant_options": "1. Mushroom risotto\n2. Tomato soup",
                    "user_selection": "The tomato soup. I cannot stand mushrooms.",
                    "assistant_acknowledgment": "Tomato soup it is.",
                },
            }
        ],
    }
}
FILLERS = [
    {"conversation": [{"role": "user", "content": f"Tell me about {a}s"}, {"role": "assistant", "content": f"A {a}."}]}
    for a in ANIMALS
]


@pytest.mark.models
def test_a_preference_is_lived_through_in_the_product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefeval, "IN_ONE_STORE", 3)
    given, fillers = tmp_path / "given.json", tmp_path / "fillers.json"
    given.write_text(json.dumps(PREFERENCES), encoding="utf-8")
    fillers.write_text(json.dumps(FILLERS), encoding="utf-8")
    items = prefeval.load(given, ("stated", "choice"))
    assert [item.told for item in items] == ["stated", "choice"]
    model = ScriptedModel(lambda _: "Margherita")
    with Results(tmp_path / "run", {"task": "preferences"}) as results:
        prefeval.evaluate(
            results, items, prefeval.load_fillers(fillers), prefeval.Setup(Settings(), model, numbers=(0, 3))
        )
        found = {record["id"]: record for record in results.records}
        differences = report.summary({"task": "preferences"}, results.records)["differences"]
    assert found["none/food.0.stated"]["delivered"] == 0
    assert all(
        found[f"zhiji after {after}/food.0.{told}"]["delivered"] == 1
        for told in ("stated", "choice")
        for after in (0, 3)
    )
    assert found["zhiji after 3/food.0.stated"]["followed"] == 1
    assert any("mushrooms" in message.content for message in model.prompts[-2])
    assert {(one["to"], one["from"]) for one in differences} == {
        (f"zhiji after {after}", other) for after in (0, 3) for other in ("none", "told")
    }
    with Results(tmp_path / "run2", {}) as results, pytest.raises(BadInput, match="There are 8 exchanges"):
        prefeval.evaluate(
            results, items, prefeval.load_fillers(fillers), prefeval.Setup(Settings(), None, numbers=(9,))
        )


@pytest.mark.nightly
@pytest.mark.models
def test_what_processes_find_delivered_is_what_one_finds_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefeval, "IN_ONE_STORE", 2)
    given, fillers = tmp_path / "given.json", tmp_path / "fillers.json"
    given.write_text(json.dumps(PREFERENCES), encoding="utf-8")
    fillers.write_text(json.dumps(FILLERS), encoding="utf-8")
    items, between = prefeval.load(given, ("stated", "choice")), prefeval.load_fillers(fillers)
    found = {}
    for name, model in (("apart", None), ("one", ScriptedModel())):
        with Results(tmp_path / name, {}) as results:
            for some in (items[:1], items):
                prefeval.evaluate(
                    results, some, between, prefeval.Setup(Settings(), model, numbers=(0, 3), generate=False)
                )
            found[name] = sorted((record["id"], record["delivered"]) for record in results.records)
    assert len(found["one"]) == 8
    assert found["apart"] == found["one"]


@pytest.mark.nightly
@pytest.mark.models
def test_every_task_is_measured_and_a_second_call_only_tells(tmp_path: Path) -> None:
    """As `zhiji evaluate all`, of each task the least there is; with `--quick`: the next."""
    given, fillers = tmp_path / "given.json", tmp_path / "fillers.json"
    given.write_text(json.dumps(PREFERENCES), encoding="utf-8")
    fillers.write_text(json.dumps(FILLERS), encoding="utf-8")
    least = Sizes(2, 1, [2], 1, 1, ["none", "zhiji"], 1, 1, 2)

    def kept() -> dict[str, bytes]:
        measure((locomo(tmp_path), given, fillers), "tiny", least, tmp_path / "out", seed=0, models_dir=None)
        return {path.parent.name: path.read_bytes() for path in (tmp_path / "out").glob("*/results.jsonl")}

    first = kept()
    assert set(first) == {"recall", "profile", "delivery", "preferences", "latency", "qa"}
    assert all(first.values())
    assert kept() == first


@pytest.mark.nightly
@pytest.mark.models
def test_all_is_measured_by_one_command_and_a_second_call_only_tells(tmp_path: Path) -> None:
    given, fillers = tmp_path / "given.json", tmp_path / "fillers.json"
    given.write_text(json.dumps(PREFERENCES), encoding="utf-8")
    fillers.write_text(json.dumps(FILLERS * 10), encoding="utf-8")
    out = tmp_path / "out"
    command = [
        "evaluate",
        "all",
        *map(str, (locomo(tmp_path), given, fillers)),
        "--quick",
        "--model",
        "tiny",
        "-o",
        str(out),
    ]
    first = CliRunner().invoke(app, command)
    assert first.exit_code == 0, first.output
    tasks = ("recall", "profile", "delivery", "preferences", "latency", "qa")
    kept = {task: (out / task / "results.jsonl").read_bytes() for task in tasks}
    assert all(kept.values())
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 0, again.output
    assert {task: (out / task / "results.jsonl").read_bytes() for task in tasks} == kept


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "not a table"),
        ('{"food": {}}', "food, stated: KeyError"),
        ('{"food": {"mcq": [{}]}}', "food, stated 1: KeyError"),
        ('{"food": {"mcq": 5}}', "food, stated: TypeError"),
        (json.dumps(PREFERENCES).replace("Funghi", "Margherita"), "food, stated 1: .*different texts"),
    ],
)
def test_malformed_preferences_are_refused_with_the_place(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "given.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        prefeval.load(path, ("stated",))


@pytest.mark.parametrize("content", ["5", '[{"conversation": [{"role": "user", "content": null}]}]', "[]"])
def test_malformed_fillers_are_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "fillers.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=r"fillers\.json"):
        prefeval.load_fillers(path)


@pytest.mark.nightly
@pytest.mark.models
def test_the_other_systems_can_be_asked_fewer(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["evaluate", "qa", str(locomo(tmp_path)), "-s", "none", "-s", "oracle", "--others", "3", "-m", "tiny"]
    ran = CliRunner().invoke(app, [*command, "-o", str(out)])
    assert ran.exit_code == 0, ran.output
    asked = [record["system"] for record in read(out)]
    assert (asked.count("none"), asked.count("oracle")) == (3, 9)


def test_a_system_that_knows_no_preferences_is_refused(tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text(json.dumps(PREFERENCES), encoding="utf-8")
    with pytest.raises(BadInput, match="no system dense of preferences: none, zhiji, told"):
        CliRunner().invoke(
            app, ["evaluate", "preferences", str(given), str(given), "-s", "dense"], catch_exceptions=False
        )


def test_answers_come_in_order_and_what_has_not_begun_is_left_out() -> None:
    begun: list[int] = []

    def ask(number: int) -> int:
        begun.append(number)
        time.sleep(0.02 if number % 2 else 0)
        return number * 2

    assert list(answers(None, ask, range(5))) == [0, 2, 4, 6, 8]
    begun.clear()
    with closing(answers(None, ask, range(1000))) as found:
        assert next(found) == 0
    assert len(begun) < 10
