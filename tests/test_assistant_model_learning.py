"""The model layer: what is kept of a model's proposals, when it is asked, and that its failures cost nothing."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant import Assistant, Runtime, Settings, catalog
from assistant.chat_models.base import Sampling
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.learning import Interrupted, Learner, propose
from memory.facts.proposals import parse
from memory.types import Message
from prompts.types import ChatMessage
from tests.support import HashEmbedder

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
MESSAGE = "My knees are shot, so I swim laps instead. Should I buy fins?"


def said(text: str) -> Message:
    return Message("m1", "c1", None, "user", text, "complete", AT, AT)


def proposing(answer: str, agrees: str = "yes") -> ScriptedModel:
    """A model that proposes `answer` and answers `agrees` when asked about a proposal; it echoes in a chat."""

    def script(messages: Sequence[ChatMessage]) -> str:
        if messages[0].content.startswith("You note down"):
            return answer
        return agrees if "as a lasting fact" in messages[-1].content else "I see."

    return ScriptedModel(script)


def runtime_of(tmp_path: Path, model: ScriptedModel, **settings: object) -> Runtime:
    chosen = Settings(data_dir=tmp_path, learn_with_model="on", **settings)  # type: ignore[arg-type]
    return Runtime(chosen, model=model, embedder=HashEmbedder())


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("user | interests | swim laps | I swim laps instead", True),
        ("- user | interests | swim laps | “I swim laps instead.”", True),
        ("sister | interests | swim laps | I swim laps instead", False),  # she is not spoken of
        ("user | interests | swimming pools | I swim laps instead", False),  # not what the quote says
        ("user | interests | swim laps | I love to swim laps", False),  # not the user's words
        ("user | possessions | fins | Should I buy fins", False),  # asked, not stated
        ("user | hobby | swim laps | I swim laps instead", False),  # no key of the vocabulary
        ("user | interests | swim laps", False),
        ("user | allergies | laps | I swim laps instead", False),  # no allergy is spoken of
        ("I think the user likes to swim.", False),
        ("none", False),
        ("", False),
    ],
)
def test_a_proposal_is_kept_only_if_the_users_own_words_bear_it_out(line: str, kept: bool) -> None:
    assert bool(parse(line, MESSAGE)) == kept


def test_words_that_are_not_the_users_bear_nothing_out() -> None:
    line = "user | job | pilot | I am a pilot"
    assert parse(line, "I am a pilot.")
    for text in (
        'He said "I am a pilot".',
        "Translate: I am a pilot.",
        "If I am a pilot, can I fly?",
        "I am a pilot. Don't remember this.",
    ):
        assert not parse(line, text)


def test_a_proposal_about_somebody_needs_their_name_in_the_message() -> None:
    assert parse("mother | job | a pilot | my mum is a pilot", "I love planes, my mum is a pilot.")
    assert parse("mother | job | 飞行员 | 我妈是飞行员", "我妈是飞行员。")
    assert parse("anna | job | a pilot | Anna is a pilot", "I love planes, Anna is a pilot.")


def test_a_proposal_must_be_affirmed() -> None:
    line = "user | interests | swim laps | I swim laps instead"
    assert [claim.value for claim in propose(proposing(line), said(MESSAGE))] == ["swim laps"]
    assert propose(proposing(line, agrees="no"), said(MESSAGE)) == []


def test_what_the_model_proposes_is_learned_after_the_reply_and_can_be_undone(tmp_path: Path) -> None:
    with runtime_of(tmp_path, proposing("user | interests | swim laps | I swim laps instead")) as runtime:
        mei = runtime.assistant("mei")
        reply = mei.chat(MESSAGE)
        assert runtime.learner.wait(20)
        message = mei.conversations.get(str(reply.conversation_id)).messages[0]
        fact = next(fact for fact in mei.profile.learned_from(message.id) if fact.origin == "inferred")
        assert (fact.key, fact.value, fact.quote) == ("interests", "swim laps", "I swim laps instead")
        assert "The model took this" in mei.profile.explain(fact.id)
        mei.profile.undo(fact.change_id)
        assert fact.id not in [known.id for known in mei.profile.facts()]


def test_what_the_user_said_or_denied_outranks_a_proposal(tmp_path: Path) -> None:
    answer = (
        "user | home | Berlin | my Berlin\nuser | interests | chess | my chess\nuser | interests | rowing | my rowing"
    )
    with runtime_of(tmp_path, proposing(answer)) as runtime:
        mei = runtime.assistant("mei")
        mei.profile.set("home", "Porto")
        mei.profile.reject(mei.profile.add("interests", "chess").id)
        mei.chat("There was my Berlin, my chess, my rowing: what a week.")
        assert runtime.learner.wait(20)
        assert [(fact.key, fact.value) for fact in mei.profile.facts()] == [("home", "Porto"), ("interests", "rowing")]


def test_what_is_forgotten_or_over_does_not_come_back_with_a_late_proposal(mei: Assistant) -> None:
    claims = parse("user | allergies | peanuts | I am allergic to peanuts", "I am allergic to peanuts.")
    assert claims
    forgotten = mei.chat("I am allergic to peanuts.").learned[0]
    mei.profile.forget(forgotten.id)
    assert mei.profile.adopt(claims, message_id=forgotten.message_id, at=AT) == []
    fond = mei.chat("I love chess.").learned[0]
    mei.chat("I no longer love chess.")
    late = parse("user | interests | chess | I love chess", "I love chess.")
    assert mei.profile.adopt(late, message_id=fond.message_id, at=AT) == []
    assert mei.profile.facts() == []


@pytest.mark.parametrize("text", ["I swim laps. Don't remember this.", "What is the capital of Peru?"])
def test_nothing_is_proposed_of_what_is_not_to_be_remembered(tmp_path: Path, text: str) -> None:
    model = proposing("user | interests | swim laps | I swim laps")
    with runtime_of(tmp_path, model) as runtime:
        mei = runtime.assistant("mei")
        mei.chat(text)
        mei.chat("I swim laps.", remember=False)
        assert runtime.learner.wait(20)
        assert mei.profile.facts() == []


@pytest.mark.parametrize("answer", ["|||", "{]", "user | interests", "user | interests | x" * 500])
def test_a_broken_answer_costs_nothing(tmp_path: Path, answer: str) -> None:
    with runtime_of(tmp_path, proposing(answer)) as runtime:
        mei = runtime.assistant("mei")
        assert mei.chat(MESSAGE).text == "I see."
        assert runtime.learner.wait(20)
        assert mei.chat("And now?").text == "I see."


def test_a_model_that_fails_while_proposing_costs_nothing(tmp_path: Path) -> None:
    def script(messages: Sequence[ChatMessage]) -> str:
        if messages[0].content.startswith("You note down"):
            raise RuntimeError("no")
        return "I see."

    with runtime_of(tmp_path, ScriptedModel(script)) as runtime:
        mei = runtime.assistant("mei")
        mei.chat("I love jazz.")
        assert runtime.learner.wait(20)
        mei.chat("And hiking? I love hiking.")
        assert runtime.learner.wait(20)
        assert [fact.value for fact in mei.profile.facts()] == ["jazz", "hiking"]


class Slow(ScriptedModel):
    """Says nothing until it is let go, and counts how often it was begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Semaphore(0)
        self.go = threading.Event()

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:  # noqa: ARG002
        self.begun.release()
        self.go.wait(20)
        yield "user | interests | swim laps | I swim laps instead" if len(messages) > 1 else "yes"


def test_whoever_talks_comes_first_and_the_proposal_is_made_afterwards(mei: Assistant) -> None:
    model = Slow()
    learner = Learner(lambda: model)
    reply = mei.chat(MESSAGE)
    message = mei.conversations.get(str(reply.conversation_id)).messages[0]
    learner.later(mei.profile, message)
    assert model.begun.acquire(timeout=20)
    with learner.pause():
        model.go.set()
        assert not learner.wait(0.2)
        assert "swim laps" not in [fact.value for fact in mei.profile.facts()]
    assert learner.wait(20)
    assert "swim laps" in [fact.value for fact in mei.profile.facts()]
    learner.close()


def test_a_stop_ends_a_proposal() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        propose(proposing("none"), said(MESSAGE), stop)


def test_no_model_proposes_unless_it_was_measured_to_be_good_at_it(tmp_path: Path) -> None:
    assert not any(entry.learns for entry in catalog.entries().values())
    model = proposing("user | interests | swim laps | I swim laps instead")
    with Runtime(Settings(data_dir=tmp_path), model=model, embedder=HashEmbedder()) as runtime:
        runtime.assistant("mei").chat(MESSAGE)
        assert runtime.learner.wait(20)
    assert len(model.prompts) == 1


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")
