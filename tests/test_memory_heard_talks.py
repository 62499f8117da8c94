"""What an import hears: each message with what it answers, some dozens at a time, whoever is in the way."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from memory.errors import ModelMissing
from memory.exchange.foreign_logs import Said, Talk
from memory.exchange.heard_talks import MOST_MESSAGES, MOST_PACKED, heard_talks, pack
from memory.exchange.log_import import Into, Report, take_in
from memory.facts.hearing import Hearing, hear
from memory.facts.reader import Mark
from memory.language.reading import Heard
from memory.privacy.consent import Consents
from memory.profile import Profile
from memory.store import Store


class Noting:
    """A reader that marks the word after "town" as a home and notes what it is asked, a list for each time."""

    def __init__(self) -> None:
        self.asked: list[list[tuple[str, str]]] = []

    def read_many(self, messages: Sequence[tuple[str, str]]) -> Sequence[Sequence[Mark]]:
        self.asked.append(list(messages))
        return [self._marks(text) for text, _ in messages]

    def _marks(self, text: str) -> list[Mark]:
        start = text.find("town ") + 5
        return [] if start < 5 else [Mark(start, len(text), "home", None, 1, "holds", "stated", 0.95)]


@pytest.fixture
def reader() -> Noting:
    return Noting()


@pytest.fixture
def into(tmp_path: Path, reader: Noting) -> Into:
    store = Store(tmp_path / "data", _no_embedder, hear=Hearing(lambda: reader))
    return Into(store, store.user("mei"))


def _no_embedder() -> object:
    raise ModelMissing("none is needed")


def log(*talks: Sequence[str]) -> bytes:
    """Turns of user and assistant, a talk each."""
    said = [
        [{"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(talk)]
        for talk in talks
    ]
    return "\n".join(json.dumps({"messages": messages}) for messages in said).encode()


def many(talks: int) -> bytes:
    return log(*[(f"my town Leeds{number}", "Nice", "I like tea", "Good") for number in range(talks)])


def test_a_message_of_a_log_is_read_after_the_reply_that_it_answers(into: Into, reader: Noting) -> None:
    take_in(log(("town Hull", "Do you run?", "Since May", "Well", "bye")), into)
    assert reader.asked == [[("town Hull", ""), ("Since May", "Do you run?"), ("bye", "Well")]]
    assert [fact.value for fact in Profile(into.store, into.user).facts()] == ["Hull"]


@pytest.mark.parametrize(
    ("proposed", "said"),
    [
        ("Three titles:\n1. The Long Road Home\n2. Shadows of Industry\nWhich one?", "The second one"),
        ("Two ways:\n\n1. **Use a hash map**\n2. **Sort the list**\n\nWhich do you prefer?", "Let's go with 1"),
        ("Which language should I write it in?\n- Python\n- JavaScript\n- Go", "python please"),
        ("Options for the tone: formal, friendly, or apologetic. Which one?", "friendly"),
        ("三个标题：\n1. 归途\n2. 静水深流\n3. 人间烟火\n你要哪个？", "第二个"),
        ("One of: A) Paris B) Rome C) Berlin. What is your answer?", "B) Rome"),
    ],
)
def test_an_option_picked_in_a_log_is_no_taste(into: Into, proposed: str, said: str) -> None:
    assert hear(said, proposed).chosen
    assert take_in(log(("Help me", proposed, said)), into).facts == 0


def test_talks_are_heard_together_and_told_of_one_by_one(into: Into, reader: Noting) -> None:
    told: list[tuple[int, int]] = []
    report = take_in(many(100), into, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 100) for done in range(1, 101)]
    assert sum(len(asked) for asked in reader.asked) == report.memories == 200
    assert max(len(asked) for asked in reader.asked) <= MOST_MESSAGES
    assert len(reader.asked) <= 5


def test_an_import_that_is_stopped_goes_on_where_it_was(into: Into, reader: Noting) -> None:
    def stop(done: int, total: int) -> None:  # noqa: ARG001
        if done == 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(many(100), into, progress=stop)
    reader.asked.clear()
    report = take_in(many(100), into)
    assert report.known >= 40  # what was told as done, and what was one commit with it
    assert (report.known + report.conversations, report.memories) == (100, 2 * report.conversations)
    assert sum(len(asked) for asked in reader.asked) == report.memories
    again = take_in(many(100), into)
    assert (again.known, again.conversations) == (100, 0)


def test_what_is_not_learned_from_is_not_heard(into: Into, reader: Noting) -> None:
    looked = take_in(many(3), into, dry_run=True)
    unlearned = take_in(many(3), Into(into.store, into.user, learns=False))
    Consents(into.store.database, into.user.id).set(profile=False)
    refused = take_in(log(("town Hull",)), into)
    assert (looked.memories, unlearned.memories, refused.memories) == (6, 6, 1)
    assert reader.asked == []


def test_facts_are_those_that_one_message_at_a_time_gives(into: Into, tmp_path: Path) -> None:
    content = log(*[(f"I live in Leeds. My sister Ana{n} likes tea", "Oh", f"my town Hull{n}") for n in range(30)])
    store = Store(tmp_path / "other", _no_embedder, hear=_by_itself(Noting()))
    alone = Into(store, store.user("mei"))
    assert _facts(take_in(content, into), into) == _facts(take_in(content, alone), alone)


def _by_itself(reader: Noting) -> object:
    hearing = Hearing(lambda: reader)

    def by_itself(text: str, answers: str) -> Heard:
        return hearing(text, answers)

    return by_itself


def _facts(report: Report, into: Into) -> list[object]:
    facts = Profile(into.store, into.user).facts()
    return [report.facts, *[(fact.key, fact.subject, fact.value, fact.confidence, fact.quote) for fact in facts]]


def test_few_talks_are_unpacked_at_a_time() -> None:
    big = [Talk("openai", str(n), "", [Said("a", None, "user", "x" * 50_000, None)], "a") for n in range(200)]
    unpacked: list[Talk] = []

    def wanted(talk: Talk) -> Sequence[Said]:
        unpacked.append(talk)
        return talk.messages

    handed = 0
    for group in heard_talks([pack(talk) for talk in big], lambda messages: [Heard()] * len(messages), wanted):
        handed += len(group)
        assert len(unpacked) - handed < 2 * MOST_MESSAGES
    assert handed == 200
    assert MOST_PACKED <= 1_000_000
