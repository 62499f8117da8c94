"""What goes through a pipe is UTF-8, whatever code page the console is in, both ways."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.support import HashEmbedder, zhiji

pytestmark = pytest.mark.nightly  # a process each

SAID = "Łukasz says 你好 😀"
TYPED = "My friend Łukasz says 你好 often"


def piped(home: Path, *arguments: str, say: bytes = b"", page: str = "cp1252") -> "subprocess.CompletedProcess[bytes]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ZHIJI_")}
    ours = {"ZHIJI_DATA_DIR": str(home / "data"), "ZHIJI_MODEL": "scripted", "ZHIJI_CONFIG": str(home / "zhiji.toml"),
            "PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONIOENCODING": page, "PYTHONUTF8": "0"}  # fmt: skip
    command = [sys.executable, "-m", "ui", *arguments]
    return subprocess.run(command, input=say, capture_output=True, cwd=home, env=clean | ours, check=False, timeout=180)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Runtime(Settings(data_dir=tmp_path / "data"), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        mei.chat(SAID)
        mei.profile.set("employer", SAID)
    return tmp_path


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (("export", "-u", "mei"), 0),
        (("export", "-u", "mei", "--format", "csv"), 0),
        (("profile", "export", "-u", "mei"), 0),
        (("profile", "show", "-u", "mei"), 0),
        (("import", "没有 Ł.json", "-u", "mei"), None),
    ],
)
def test_what_a_command_says_to_a_pipe_is_utf_8(home: Path, command: tuple[str, ...], status: int | None) -> None:
    ran = piped(home, *command)
    told = (ran.stdout + ran.stderr).decode()
    if command[0] == "profile" and command[1] == "export":
        told = json.loads(told)["facts"][0]["value"]
    assert ("没有 Ł.json" if status is None else SAID) in told
    assert status is None or ran.returncode == status


@pytest.mark.parametrize(
    ("said", "page"),
    [
        (TYPED.encode(), "cp1252"),
        (TYPED.encode(), "gbk"),
        (TYPED.encode("utf-8-sig"), "cp1252"),
        (b"My friend Ren\xe9 lives in Besan\xe7on", "cp1252"),
        ("我的朋友小芳住在南京".encode("gbk"), "gbk"),
    ],
)
def test_what_is_piped_to_the_chat_is_remembered_as_it_was_written(home: Path, said: bytes, page: str) -> None:
    ran = piped(home, "chat", "-u", "li", say=said + b"\n", page=page)
    assert ran.returncode == 0, ran.stderr.decode()
    kept = zhiji(home, "export", "-u", "li").stdout
    as_written = said.decode("utf-8-sig" if said[-5:] in TYPED.encode() else page)
    assert as_written in [json.loads(line).get("text") for line in kept.splitlines()]
