"""R13: a process that goes on and on keeps no more than it began with."""

from pathlib import Path

import pytest

from tests.tiers import Tries, program


@pytest.mark.reliability
def test_very_many_turns_leave_nothing_behind(tmp_path: Path, tries: Tries, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = tries.number(200, 2_000, 20_000)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    found = program("soak", str(tmp_path / "data"), "--turns", str(turns), timeout_s=300 + turns)
    limits = {
        "open files": abs(found["files"][1] - found["files"][0]) <= 2,
        "threads": abs(found["threads"][1] - found["threads"][0]) <= 2,
        "temporary files": found["temporary_mb"] <= 10,
    }
    if turns >= 20_000:  # with fewer, memory has not settled
        limits["memory"] = found["rss_kb_a_turn"] <= 1
    wrong = [what for what, held in limits.items() if not held]
    tries.found("R13 turns in one process", found.pop("turns"), len(wrong), **found)
    assert wrong == [], found
