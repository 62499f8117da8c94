"""When a test runs, and how often the reliability tests try. One notion of tier for both:

    push      each push (`make test`); what has no mark is push
    nightly   each night and before a release (`make nightly`); a reliability test is nightly unless it says otherwise
    release   before a release (`make release`)

`--tier T` runs the tests of that tier, and the reliability tests try as often as T asks. They are in every tier but push, and
in push when what changed can break what they hold (`pulled_in`). Without `--tier` everything that was named runs.

`--results FILE` keeps what the reliability tests found as JSON. With no failure in N independent tries the rate of failures is
below 1 - 0.05^(1/N), about 3/N, with 95 % confidence ("rule of three"); it stands beside each.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import pytest

TIERS = ("push", "nightly", "release")
LONGEST = (
    "test_promise_fault_at_each_step", "test_promise_broken_folder", "test_promise_attacks", "test_promise_many_users",
    "test_promise_remembers", "test_ui_browser", "test_ui_login", "test_ui_cli", "test_promise_same_reply",
)  # fmt: skip
"""Files that take longest: they begin, or one worker would end with them while the other has nothing to do."""
ROOT = Path(__file__).parent.parent
PULL_IN = (
    "memory/storage/", "memory/privacy/", "memory/search/", "memory/exchange/", "memory/access/", "tests/faults/",
    "assistant/engine.py", "assistant/logbook.py", "assistant/runtime.py", "assistant/turn.py",
)  # fmt: skip
"""What is below these, and what lies right in memory/ (the doors that write), has its reliability tests in the push."""
FOUND = "found"
"""Among the properties of a test's report, which come from whatever process ran it."""
IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 2**30
"""Where a push keeps its folders, if there is so much room: nothing in it survives the machine, and nobody waits for a disk."""
COLLECTED = pytest.StashKey[dict[str, str]]()
"""The tier of each test that was collected, chosen or not, by its id."""


def tier_of(marks: Iterable[str]) -> str:
    """Of a test with these marks. Raises ValueError if they name more than one."""
    marks = set(marks)
    named = [tier for tier in TIERS if tier in marks]
    if len(named) > 1:
        raise ValueError(f"is marked {' and '.join(named)}; a test has one tier")
    return named[0] if named else "nightly" if "reliability" in marks else "push"


def runs_in(tier: str, asked: str, *, reliability: bool, pulled_in: bool) -> bool:
    """Whether a test of a tier runs when a tier is asked for."""
    return tier == asked or (reliability and (asked != "push" or pulled_in))


def pulled_in(changed: Sequence[str] | None) -> bool:
    """Whether these files are such that a push runs the reliability tests. `None`, not known, is yes."""
    return changed is None or any(path.startswith(PULL_IN) or Path(path).parent == Path("memory") for path in changed)


def changed_files(root: Path = ROOT) -> Sequence[str] | None:
    """What differs, committed or not, from where this branch left: `ZHIJI_BASE`, or else the newest commit that it shares with
    origin's main branch. `None` if there is neither, or that is where we are, so that nobody knows what was pushed."""
    base = os.environ.get("ZHIJI_BASE") or _left_at(root)
    differing = _git(root, "diff", "--name-only", "--no-renames", base, "--") if base else None
    new = _git(root, "ls-files", "--others", "--exclude-standard")
    if differing is None or new is None or (base == _git(root, "rev-parse", "HEAD") and not differing and not new):
        return None
    return [*differing.splitlines(), *new.splitlines()]


def _left_at(root: Path) -> str | None:
    for main in ("origin/HEAD", "origin/main"):
        base = _git(root, "merge-base", "HEAD", main)
        if base and base != _git(root, "rev-parse", "HEAD"):
            return base
    return None


def _git(root: Path, *arguments: str) -> str | None:
    """`None` if it fails, or there is no Git."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, cwd=root, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@dataclass
class Tries:
    """One test's: how many, and what came of them."""

    tier: str
    _properties: list[tuple[str, Any]]
    _began: float = field(default_factory=time.monotonic)

    def number(self, push: int, nightly: int, release: int) -> int:
        return {"push": push, "nightly": nightly, "release": release}[self.tier]

    def found(self, what: str, tries: int, failures: int, **more: Any) -> None:
        """Note it, whether or not it is then asserted."""
        assert tries > 0
        entry = {
            "what": what,
            "tries": tries,
            "failures": failures,
            "below_95": None if failures else round(1 - 0.05 ** (1 / tries), 5),
            "seconds": round(time.monotonic() - self._began, 1),
            **more,
        }
        self._properties.append((FOUND, entry))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tier", choices=TIERS, help="run the tests of this tier; reliability tests try as often as it asks"
    )
    parser.addoption(
        "--always", action="store_true", help="with --tier push: the reliability tests too, whatever changed"
    )
    parser.addoption("--results", type=Path, help="where to keep what the reliability tests found, as JSON")


@pytest.hookimpl(tryfirst=True)  # before pytest chooses its folder
def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--tier") == "push" and os.access(IN_MEMORY, os.W_OK) and _room() >= ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(IN_MEMORY))


def _room() -> int:
    """Bytes that folders in memory may take: of the memory that is free a half stays for the tests themselves."""
    return min(shutil.disk_usage(IN_MEMORY).free, psutil.virtual_memory().available // 2)


@pytest.hookimpl(tryfirst=True)  # so that `-m push` sees the marks
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tiers: dict[str, str] = {}
    for item in items:
        try:
            tiers[item.nodeid] = tier_of(mark.name for mark in item.iter_markers())
        except ValueError as error:
            raise pytest.UsageError(f"{item.nodeid} {error}") from None
        item.add_marker(tiers[item.nodeid])
    config.stash[COLLECTED] = tiers
    items.sort(key=lambda item: LONGEST.index(item.path.stem) if item.path.stem in LONGEST else len(LONGEST))
    asked = config.getoption("--tier")
    if asked is None:
        return
    pulls = config.getoption("--always") or (asked == "push" and pulled_in(changed_files()))
    left_out = [
        item
        for item in items
        if not runs_in(
            tiers[item.nodeid], asked, reliability=item.get_closest_marker("reliability") is not None, pulled_in=pulls
        )
    ]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


@pytest.fixture
def tries(request: pytest.FixtureRequest) -> Tries:
    return Tries(request.config.getoption("--tier") or "push", request.node.user_properties)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reports = [report for stated in ("passed", "failed") for report in terminalreporter.stats.get(stated, [])]
    called = [report for report in reports if getattr(report, "when", "") == "call"]
    found = [entry for report in called for name, entry in report.user_properties if name == FOUND]
    if not found:
        return
    terminalreporter.section(f"reliability, tier {config.getoption('--tier') or 'push'}")
    for entry in sorted(found, key=lambda entry: str(entry["what"])):  # they come in as workers end
        bound = "" if entry["below_95"] is None else f" (below {100 * entry['below_95']:.1f} % with 95 % confidence)"
        terminalreporter.line(f"{entry['what']}: {entry['failures']} of {entry['tries']} failed{bound}")
    if config.getoption("--results"):
        config.getoption("--results").write_text(json.dumps(_page(config, found), indent=1) + "\n", encoding="utf-8")


def _page(config: pytest.Config, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "command": " ".join(["pytest", *config.invocation_params.args]),
        "tier": config.getoption("--tier") or "push",
        "commit": _git(ROOT, "rev-parse", "--short", "HEAD") or "",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "found": found,
    }


def program(name: str, *arguments: str, timeout_s: float) -> dict[str, Any]:
    """What a program of `tests.faults` found."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.faults.{name}", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
