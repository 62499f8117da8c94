"""Nothing of a kind happens before its switch, and every choice is recorded."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.events import Reply, Usage
from memory.errors import BadInput
from memory.storage.data_folder import DATABASE
from memory.storage.migrations.run import upgrade
from tests.support import HashEmbedder, zhiji

SAID = "I live in Lisbon and I love sailing."


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Runtime]:
    """A runtime that asks a person first, as `zhiji ui` does."""
    with Runtime(
        Settings(data_dir=tmp_path / "asking"), model=ScriptedModel(), embedder=HashEmbedder(), asks_first=True
    ) as runtime:
        yield runtime


def test_nothing_is_remembered_or_noted_until_it_is_allowed(asking: Runtime) -> None:
    mei = asking.assistant("mei")
    assert not mei.consents.asked
    first = mei.chat(SAID)
    assert (mei.memories.count(), mei.profile.facts(), first.learned) == (0, [], ())
    mei.consents.set(profile=True)
    mei.chat(SAID, conversation_id=first.conversation_id)
    assert mei.memories.count() == 0
    assert {fact.value for fact in mei.profile.facts()} == {"Lisbon", "sailing"}
    mei.consents.set(remember=True)
    mei.chat("My dog is called Biscuit", conversation_id=first.conversation_id)
    assert [memory.text for memory in mei.memories.list() if memory.kind == "said"] == ["My dog is called Biscuit"]
    mei.consents.set(remember=False, profile=False)
    mei.chat("I moved to Porto.", conversation_id=first.conversation_id)
    assert [memory.text for memory in mei.memories.list() if memory.kind == "said"] == ["My dog is called Biscuit"]
    assert {fact.value for fact in mei.profile.facts()} == {"Lisbon", "sailing", "dog Biscuit"}


def test_how_one_writes_is_heeded_only_if_a_profile_is_allowed(asking: Runtime) -> None:
    mei = asking.assistant("mei")
    reply = mei.chat("hey whats up lol 😀😀")
    for _ in range(24):
        reply = mei.chat("lol gonna eat now 😀 brb", conversation_id=reply.conversation_id)
    without = asking.model.prompts[-1][0].content  # type: ignore[attr-defined]
    mei.consents.set(profile=True)
    mei.chat("lol gonna eat now 😀 brb", conversation_id=reply.conversation_id)
    assert asking.model.prompts[-1][0].content != without  # type: ignore[attr-defined]


def test_an_import_is_remembered_and_learned_from_only_as_far_as_allowed(asking: Runtime, runtime: Runtime) -> None:
    other = runtime.assistant("li")
    other.chat(SAID)
    log = "".join(other.export_lines()).encode()
    mei = asking.assistant("mei")
    report = mei.import_(log)
    assert (report.conversations, report.memories, report.facts) == (1, 0, 0)
    assert (mei.memories.count(), mei.profile.facts()) == (0, [])


def test_every_change_is_recorded_with_its_time_and_what_is_as_it_was_is_not(asking: Runtime) -> None:
    mei = asking.assistant("mei")
    mei.consents.set(remember=True)
    mei.consents.set(remember=True, statistics=True)
    mei.consents.set(remember=False)
    history = mei.consents.history()
    assert [(choice.purpose, choice.granted, choice.origin) for choice in history] == [
        ("remember", True, "person"),
        ("statistics", True, "person"),
        ("remember", False, "person"),
    ]
    assert all(abs((datetime.now(UTC) - choice.chosen_at).total_seconds()) < 60 for choice in history)
    assert mei.consents.all() == {
        "remember": False, "profile": False, "feedback": False, "adapter": False, "statistics": True,
    }  # fmt: skip
    with pytest.raises(BadInput, match="no purpose"):
        mei.consents.set(everything=True)
    assert mei.consents.history() == history


def test_a_program_that_embeds_it_has_asked_and_that_is_on_record(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    assert [(choice.purpose, choice.granted, choice.origin) for choice in mei.consents.history()] == [
        ("remember", True, "program"),
        ("profile", True, "program"),
    ]
    mei.consents.set(profile=False)
    assert runtime.assistant("li").consents.granted("profile")
    mei.erase()
    assert not mei.consents.granted("profile"), "erasing everything must not switch anything on"


def test_how_fast_replies_come_is_counted_only_if_allowed(asking: Runtime) -> None:
    mei = asking.assistant("mei")
    reply = Reply("…", "complete", "m", "c", (), (), (), Usage(10, reply_tokens=100, first_token_s=0.1, total_s=5.1))
    asking.note_speed("mei", reply)
    assert asking.speeds() == {}
    mei.consents.set(statistics=True)
    asking.note_speed("mei", reply)
    assert list(asking.speeds().values()) == [20.0]


def test_who_was_here_before_there_was_a_choice_goes_on_as_they_had_set_it(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE}")
    with engine.begin() as connection:
        upgrade(connection, "0003")
        for name in ("ann", "bob"):
            connection.exec_driver_sql(
                "INSERT INTO user (id, name, created_at, purge_due) VALUES (?, ?, '2026-01-01 00:00:00.000000', 0)",
                (name * 8, name),
            )
        connection.exec_driver_sql(
            "INSERT INTO preference (user_id, key, value) VALUES ('bobbobbobbobbobbobbobbob', 'learns', 'false')"
        )
    engine.dispose()
    with Runtime(Settings(data_dir=tmp_path), model=ScriptedModel(), embedder=HashEmbedder(), asks_first=True) as again:
        ann, bob = again.assistant("ann"), again.assistant("bob")
        assert {choice.origin for choice in ann.consents.history()} == {"before"}
        assert (ann.consents.granted("profile"), bob.consents.granted("profile")) == (True, False)
        assert bob.consents.granted("remember")
        bob.preferences.get()


def test_the_command_shows_and_sets_it(tmp_path: Path) -> None:
    assert zhiji(tmp_path, "chat", "-u", "mei", say="I live in Lisbon.\n").returncode == 0
    shown = zhiji(tmp_path, "privacy", "mei").stdout
    assert "1 conversation, 2 messages, 2 memories, 1 fact" in shown
    assert "yes remember" in shown
    assert "no  adapter" in shown
    assert "by the program that began it" in shown
    changed = zhiji(tmp_path, "privacy", "mei", "--refuse", "profile", "--allow", "statistics").stdout
    assert "no  profile" in changed
    assert "profile refused, by you" in changed
    assert "yes statistics" in changed
    wrong = zhiji(tmp_path, "privacy", "mei", "--allow", "everything")
    assert (wrong.returncode, "no purpose 'everything'" in wrong.stderr) == (65, True)
    nobody = zhiji(tmp_path, "privacy", "nobody")
    assert nobody.returncode != 0
    assert "mei" in nobody.stderr


def test_who_was_begun_by_a_program_is_asked_by_the_page_until_they_choose(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    assert mei.consents.granted("remember")
    assert not mei.consents.asked
    mei.consents.set(statistics=True)
    assert not mei.consents.asked
    mei.consents.set(remember=True, profile=True)
    assert mei.consents.asked
    assert [choice.origin for choice in mei.consents.history()] == ["program"] * 2 + ["person"] * 3
    mei.consents.set(remember=True)
    assert len(mei.consents.history()) == 5
