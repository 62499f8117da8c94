"""R16: whatever the clock says, what was said later comes later, and nothing breaks."""

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from assistant import Assistant, Runtime
from memory.retention import Ages
from memory.storage.tables import utc_now
from tests.tiers import Tries

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the clock that Zhiji goes by."""
    now = [NOON]
    for module in [
        module for name, module in sys.modules.items() if name.split(".")[0] in ("memory", "assistant", "ui")
    ]:
        if getattr(module, "utc_now", None) is utc_now:
            monkeypatch.setattr(module, "utc_now", lambda: now[0])
    return lambda moment: now.__setitem__(0, moment)


def told(mei: Assistant, words: str) -> None:
    reply = mei.chat(f"I live in {words}")
    assert reply.status == "complete"
    mei.conversations.get(str(reply.conversation_id))


MOMENTS = {
    "a day back": lambda: NOON - timedelta(days=1),
    "ten years on": lambda: NOON + timedelta(days=3653),
    "the epoch": lambda: datetime(1970, 1, 1, tzinfo=UTC),
    "the same moment": lambda: NOON,
    "an hour that comes twice": lambda: datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    "the end of the calendar": lambda: datetime(9990, 1, 1, tzinfo=UTC),
}


@pytest.mark.parametrize("name", MOMENTS)
def test_what_is_said_later_comes_later(
    runtime: Runtime, clock: Callable[[datetime], None], tries: Tries, name: str
) -> None:
    mei = runtime.assistant("mei")
    told(mei, "Lisbon")
    first = mei.conversations.list()[0].id
    clock(MOMENTS[name]())
    told(mei, "Porto")
    assert [memory.text for memory in mei.memories.list(kinds=["said"])] == ["I live in Porto", "I live in Lisbon"]
    home = mei.profile.get("home")
    assert home is not None
    assert home.value == "Porto"
    assert [fact.value for fact in mei.profile.history("home")] in (["Lisbon", "Porto"], ["Porto", "Lisbon"])
    for question in ("Where do I live?", "Where did I live last month?", "我上周住在哪里？"):
        assert mei.memories.search(question, 5) is not None
    mei.chat("And now?", conversation_id=first)
    assert [message.role for message in mei.conversations.get(first).messages] == ["user", "assistant"] * 2
    assert mei.profile.interests() is not None
    mei.expire(Ages(memories=30, conversations=30), preview=True)
    assert all(line for line in mei.export_lines("jsonl"))
    tries.found(f"R16 the clock: {name}", 1, 0)


@pytest.mark.parametrize("number", [100, pytest.param(1_000, marks=pytest.mark.nightly)])
def test_a_thousand_in_one_moment_keep_their_order(
    runtime: Runtime, clock: Callable[[datetime], None], tries: Tries, number: int
) -> None:
    turns, noted = number // 5, number - number // 5
    clock(NOON)
    mei = runtime.assistant("mei")
    id = mei.chat("turn 0").conversation_id
    for turn in range(1, turns):
        mei.chat(f"turn {turn}", conversation_id=id, remember=None)
    said = [message.text for message in mei.conversations.get(str(id)).messages if message.role == "user"]
    assert said == [f"turn {turn}" for turn in range(turns)]
    for note in range(noted):
        mei.memories.add(f"note {note}")
    notes = [memory.text for memory in mei.memories.list(2_000, kinds=["note"])]
    assert notes == [f"note {note}" for note in reversed(range(noted))]
    tries.found("R16 one moment", number, 0)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has no tzset")
def test_another_time_zone_changes_no_time(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, tries: Tries) -> None:
    mei = runtime.assistant("mei")
    before = mei.memories.add("A note", occurred_at=NOON)
    try:
        for zone in ("Asia/Shanghai", "America/St_Johns", "Pacific/Kiritimati"):
            monkeypatch.setenv("TZ", zone)
            time.tzset()
            assert mei.memories.get(before.id).occurred_at == NOON
            naive = mei.memories.add("A note of here", occurred_at=datetime(2026, 6, 1, 12))
            assert naive.occurred_at == datetime(2026, 6, 1, 12).astimezone(UTC)
            told(mei, "Lisbon")
            assert mei.memories.search("What did I say today?", 3, since=NOON - timedelta(days=1))
    finally:
        monkeypatch.undo()
        os.environ.pop("TZ", None)
        time.tzset()
    tries.found("R16 time zones", 3, 0)
