"""How often the reliability tests try: `--tier pr` (each run of the tests), `nightly` or `release`; `--results FILE` keeps what
was found as JSON. With no failure in N independent tries the rate of failures is below 1 - 0.05^(1/N), about 3/N, with 95 %
confidence ("rule of three"); it stands beside each.
"""

import json
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

TIERS = ("pr", "nightly", "release")
FOUND = pytest.StashKey[list[dict[str, Any]]]()


@dataclass
class Tries:
    """One test's: how many, and what came of them."""

    tier: str
    _found: list[dict[str, Any]]
    _began: float = field(default_factory=time.monotonic)

    def number(self, pr: int, nightly: int, release: int) -> int:
        return {"pr": pr, "nightly": nightly, "release": release}[self.tier]

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
        self._found.append(entry)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=TIERS, default="pr", help="how often the reliability tests try")
    parser.addoption("--results", type=Path, help="where to keep what the reliability tests found, as JSON")


@pytest.fixture
def tries(request: pytest.FixtureRequest) -> Tries:
    return Tries(request.config.getoption("--tier"), request.config.stash.setdefault(FOUND, []))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    found = config.stash.get(FOUND, [])
    if not found:
        return
    terminalreporter.section(f"reliability, tier {config.getoption('--tier')}")
    for entry in found:
        bound = "" if entry["below_95"] is None else f" (below {100 * entry['below_95']:.1f} % with 95 % confidence)"
        terminalreporter.line(f"{entry['what']}: {entry['failures']} of {entry['tries']} failed{bound}")
    if config.getoption("--results"):
        config.getoption("--results").write_text(json.dumps(_page(config, found), indent=1) + "\n", encoding="utf-8")


def _page(config: pytest.Config, found: list[dict[str, Any]]) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "command": " ".join(["pytest", *config.invocation_params.args]),
        "tier": config.getoption("--tier"),
        "commit": commit.stdout.strip(),
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
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
