"""Acknowledged work survives `kill -9`: what was said is in its conversation and found by a search, what was forgotten is gone
from the files, nothing is half done, and the store opens."""

from pathlib import Path

import pytest

from tests.tiers import Tries, program


@pytest.mark.reliability
def test_kills_lose_nothing_and_bring_nothing_back(tmp_path: Path, tries: Tries) -> None:
    kills = tries.number(8, 200, 1_000)
    found = program("kills", str(tmp_path), "--kills", str(kills), "--seed", "7", timeout_s=60 + 10 * kills)
    wrong = found.pop("wrong")
    tries.found("R1 kill -9 in mixed work", found.pop("kills"), len(wrong), **found)
    assert wrong == []
    assert found["acknowledged"] > 2 * kills
    assert found["forgotten"] > kills // 4
