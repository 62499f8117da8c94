"""What is older than its user wants it kept goes, what is pinned stays, and a preview says what would go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant import Assistant, Runtime
from assistant.expiry import Expiry
from memory.errors import BadInput
from memory.retention import Ages
from memory.storage.tables import FeedbackRow, MemoryRow, MessageRow
from tests.support import files_holding, zhiji

OLD = "The yellow bicycle leans on the Quizzaciously gate"


def age(runtime: Runtime, table: type[MemoryRow] | type[MessageRow] | type[FeedbackRow], days: int) -> None:
    """Let everything of a kind that is here now be so old."""
    column = "rated_at" if table is FeedbackRow else "recorded_at"
    then = (datetime.now(UTC) - timedelta(days=days)).replace(tzinfo=None).isoformat(" ")
    with runtime.store.database.write() as session:
        session.connection().exec_driver_sql(f"UPDATE {table.__tablename__} SET {column} = ?", (then,))


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    mei = runtime.assistant("mei")
    reply = mei.chat(OLD)
    mei.feedback.rate(str(reply.message_id), "up")
    mei.chat("A pinned chat about the tide tables")
    mei.conversations.pin(mei.conversations.list()[0].id)
    mei.memories.pin(mei.memories.add("A pinned note about the lighthouse").id)
    mei.documents.add("pears.md", b"The pears are ripe in September.")
    for table in (MemoryRow, MessageRow, FeedbackRow):
        age(runtime, table, 40)
    mei.chat("A new chat about the harbour")
    return mei


def test_without_ages_nothing_goes(mei: Assistant) -> None:
    before = mei.memories.count(), len(mei.conversations.list())
    assert (mei.expire(preview=True), mei.expire()) == ({}, {})
    assert (mei.memories.count(), len(mei.conversations.list())) == before


def test_old_conversations_go_and_pinned_ones_and_what_was_remembered_stay(mei: Assistant) -> None:
    memories = mei.memories.count()
    mei.preferences.set(keep_conversations_days=30)
    due = mei.expire(preview=True)
    assert (due["conversations"], due["messages"]) == (1, 2)
    assert len(mei.conversations.list()) == 3, "a preview changes nothing"
    assert mei.expire() == due
    assert mei.expire() == {}
    assert {conversation.title for conversation in mei.conversations.list()} == {
        "A pinned chat about the tide tables",
        "A new chat about the harbour",
    }
    assert mei.memories.count() == memories
    assert [erasure.what for erasure in mei.erasures.list()] == ["retention"]


def test_old_memories_go_and_pinned_ones_and_the_talk_stay(mei: Assistant, runtime: Runtime) -> None:
    mei.preferences.set(keep_memories_days=30)
    assert mei.expire() == {"memories": 5, "documents": 1}
    assert {memory.text for memory in mei.memories.list() if memory.kind != "reply"} == {
        "A pinned note about the lighthouse",
        "A new chat about the harbour",
    }
    assert len(mei.conversations.list()) == 3
    mei.preferences.set(keep_conversations_days=30)
    mei.expire()
    assert runtime.store.flush()
    assert files_holding(runtime.store.folder, b"Quizzaciously", b"quizzaci") == []


def test_old_ratings_go(mei: Assistant) -> None:
    mei.preferences.set(keep_feedback_days=30)
    assert mei.expire() == {"ratings": 1}
    assert mei.feedback.list() == []


def test_another_users_things_are_not_touched(mei: Assistant, runtime: Runtime) -> None:
    li = runtime.assistant("li")
    li.chat("Li was here a long time ago")
    age(runtime, MemoryRow, 400)
    mei.preferences.set(keep_memories_days=30)
    mei.expire()
    assert li.memories.count() == 2


def test_it_happens_by_itself(mei: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.expiry.FIRST_S", 0.01)
    monkeypatch.setattr("assistant.expiry.EVERY_S", 0.01)
    mei.preferences.set(keep_feedback_days=30)
    by_itself = Expiry(lambda: [mei])
    try:
        for _ in range(500):
            if mei.feedback.list() == []:
                break
            by_itself._ended.wait(0.02)
    finally:
        by_itself.close()
    assert mei.feedback.list() == []


@pytest.mark.parametrize("days", [0, -1, 40_000, "soon"])
def test_an_age_that_makes_no_sense_changes_nothing(mei: Assistant, days: object) -> None:
    with pytest.raises(BadInput):
        mei.preferences.set(keep_memories_days=days)
    assert mei.preferences.get().ages() == Ages()


def test_the_command_shows_asks_and_erases(tmp_path: Path) -> None:
    assert zhiji(tmp_path, "chat", "-u", "mei", say=f"{OLD}\n").returncode == 0
    shown = zhiji(tmp_path, "retention", "-u", "mei")
    assert "memories:      kept for ever" in shown.stdout
    kept = zhiji(tmp_path, "retention", "-u", "mei", "--memories", "30")
    assert (kept.returncode, "Too old now: nothing." in kept.stdout) == (0, True), kept.stderr
    assert "kept for 30 days" in zhiji(tmp_path, "retention", "-u", "mei").stdout
    assert "memories 30 days" in zhiji(tmp_path, "privacy", "mei").stdout
    assert "memories:      kept for ever" in zhiji(tmp_path, "retention", "-u", "mei", "--memories", "0").stdout
