"""A kill, a full disk or a failing index at each step of each kind of work: all of it is there, or nothing of it."""

import threading
from pathlib import Path
from typing import Any

import pytest

from tests.tiers import Tries, program

TOGETHER = 2


def at_each_step(folder: Path, *arguments: str) -> dict[str, Any]:
    """The works are shared out among as many processes as a small machine has cores."""
    found: list[dict[str, Any]] = []

    def part(number: int) -> None:
        here = folder / str(number)
        here.mkdir(parents=True)
        shared = "--part", str(number), "--of", str(TOGETHER)
        found.append(program("steps", str(here), *arguments, *shared, timeout_s=3_000))

    threads = [threading.Thread(target=part, args=(number,)) for number in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == TOGETHER
    works = {name: steps for each in found for name, steps in each["works"].items()}
    return {"steps": sum(works.values()), "works": works, "wrong": [what for each in found for what in each["wrong"]]}


@pytest.mark.reliability
@pytest.mark.parametrize("how", ["kill", "once", "lasting"])
def test_nothing_is_ever_between(tmp_path: Path, tries: Tries, how: str) -> None:
    arguments = ["--how", how]
    if tries.tier != "push":
        arguments += ["--statements"]
    else:  # a sample; nightly takes every step of every work
        arguments += ["--every", "6"] if how == "kill" else ["--work", "forget a memory", "--every", "2"]
    found = at_each_step(tmp_path, *arguments)
    wrong = found.pop("wrong")
    tries.found(f"R2 {how} at each step", found.pop("steps"), len(wrong), **found)
    assert wrong == []
    assert "forget a memory" in found["works"]
    assert all(steps > 1 for steps in found["works"].values())
