"""Every test has a tier, and what a push may break is tested in it."""

import subprocess
from pathlib import Path

import pytest

from tests.tiers import COLLECTED, TIERS, changed_files, pulled_in, runs_in, tier_of


def test_every_test_that_was_collected_has_exactly_one_tier(request: pytest.FixtureRequest) -> None:
    """A test with two ends the collection (`tier_of`); here, that none slipped by and that a mark for each is known."""
    tiers = request.config.stash[COLLECTED]
    assert request.node.nodeid in tiers
    assert set(tiers.values()) <= set(TIERS)
    known = {line.partition(":")[0] for line in request.config.getini("markers")}
    assert set(TIERS) <= known
    for item in request.session.items:
        assert [mark.name for mark in item.iter_markers() if mark.name in TIERS].count(tiers[item.nodeid]) >= 1


@pytest.mark.parametrize(
    ("marks", "tier"),
    [
        ([], "push"),
        (["models", "browser"], "push"),
        (["nightly", "models"], "nightly"),
        (["nightly", "nightly"], "nightly"),
        (["reliability"], "nightly"),
        (["reliability", "release"], "release"),
        (["push", "reliability"], "push"),
    ],
)
def test_a_tier_comes_from_the_marks(marks: list[str], tier: str) -> None:
    assert tier_of(marks) == tier


def test_a_test_of_two_tiers_is_refused() -> None:
    with pytest.raises(ValueError, match="marked push and nightly; a test has one tier"):
        tier_of(["nightly", "push"])


def test_a_reliability_test_is_tried_in_every_tier_but_a_push_that_cannot_break_it() -> None:
    def ran(tier: str, *, reliability: bool = False, pulled_in: bool = False) -> list[str]:
        return [asked for asked in TIERS if runs_in(tier, asked, reliability=reliability, pulled_in=pulled_in)]

    assert ran("push") == ["push"]
    assert ran("nightly") == ["nightly"]
    assert ran("release") == ["release"]
    assert ran("nightly", reliability=True) == ["nightly", "release"]
    assert ran("nightly", reliability=True, pulled_in=True) == ["push", "nightly", "release"]


@pytest.mark.parametrize(
    ("changed", "runs"),
    [
        (None, True),
        ([], False),
        (["README.md", "ui/web.py", "memory/language/times.py", "tests/test_ui_cli.py"], False),
        (["memory/storage/pages.py"], True),
        (["memory/privacy/consent.py"], True),
        (["memory/search/ranker.json"], True),
        (["memory/remember.py"], True),
        (["tests/faults/kills.py"], True),
    ],
)
def test_a_change_to_storage_privacy_or_search_pulls_the_reliability_tests_in(
    changed: list[str] | None, runs: bool
) -> None:
    assert pulled_in(changed) is runs


def test_what_changed_is_told_by_git_and_what_git_does_not_know_is_not_guessed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        who = "-c", "user.name=x", "-c", "user.email=x@example.com"
        return subprocess.run(
            ["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
        ).stdout.strip()

    monkeypatch.delenv("ZHIJI_BASE", raising=False)
    assert changed_files(tmp_path) is None  # not a repository
    git("init", "-q", "-b", "work")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "store.py").write_text("1")
    (tmp_path / "README.md").write_text("1")
    git("add", ".")
    git("commit", "-qm", "first")
    first = git("rev-parse", "HEAD")
    assert changed_files(tmp_path) is None  # no main branch to compare with
    git("update-ref", "refs/remotes/origin/main", first)
    assert changed_files(tmp_path) is None  # that is where we are: what was pushed is not known
    (tmp_path / "README.md").write_text("2")
    git("commit", "-qam", "second")
    assert changed_files(tmp_path) == ["README.md"]
    (tmp_path / "memory" / "store.py").write_text("2")
    (tmp_path / "memory" / "new.py").write_text("")
    assert changed_files(tmp_path) == ["README.md", "memory/store.py", "memory/new.py"]
    monkeypatch.setenv("ZHIJI_BASE", "HEAD")
    assert changed_files(tmp_path) == ["memory/store.py", "memory/new.py"]
    monkeypatch.setenv("ZHIJI_BASE", "nonsense")
    assert changed_files(tmp_path) is None
