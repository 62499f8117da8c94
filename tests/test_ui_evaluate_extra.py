"""Without the extra `evaluate`: all of Zhiji works but the measuring, and that says what to install."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import io, sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"matplotlib", "scipy", "sklearn"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
import assistant
from ui.cli import main

for line in sys.argv[1:]:
    sys.argv = ["zhiji", *line.split()]
    sys.stdin = io.StringIO("My dog is called Biscuit\\n/new\\nWhat is my dog called?\\n")
    print("ran", line, flush=True)
    try:
        main()
    except SystemExit as end:
        print("exit status", end.code or 0, flush=True)
"""
NEEDS_MATPLOTLIB = "zhiji: `zhiji evaluate` needs matplotlib. Run: pip install 'zhiji[evaluate]'"
NEEDS_SCIPY = "zhiji: `zhiji evaluate` needs scipy. Run: pip install 'zhiji[evaluate]'"


def run(folder: Path, *lines: str) -> list[str]:
    """What the program printed, its errors too, for command lines one after the other in one process."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *lines],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={
            "PYTHONPATH": str(Path(__file__).parent.parent),
            "ZHIJI_DATA_DIR": str(folder),
            "ZHIJI_MODEL": "scripted",
            "ZHIJI_GROUNDED": "0",
        },
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return (done.stdout + done.stderr).splitlines()


@pytest.mark.nightly
def test_help_and_a_chat_work_without_the_extra(tmp_path: Path) -> None:
    said = run(tmp_path, "--help", "evaluate recall --help", "chat", "export")
    assert said.count("exit status 0") == 4, said
    assert any("You said: My dog is called Biscuit" in line for line in said)


def test_each_evaluate_command_says_what_to_install(tmp_path: Path) -> None:
    runs = ["recall x", "qa x", "preferences x y", "profile x", "latency x", "all x y z"]
    said = run(tmp_path, *(f"evaluate {line}" for line in runs))
    assert said.count("exit status 78") == len(runs), said
    assert said.count(NEEDS_MATPLOTLIB) == len(runs)
    said = run(tmp_path, "evaluate compare x y", "evaluate satisfaction")
    assert said.count(NEEDS_SCIPY) == 2, said
