"""The command line as scripts and people use it, with the scripted model: in processes of its own where the claim is about a
process, else in this one, which says the same (`test_in_a_process_of_its_own_a_command_says_and_does_the_same`)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from assistant import Settings
from assistant.runtime import Runtime
from tests.support import HashEmbedder, ScriptedModel, zhiji, zhiji_process

HEAVY = {"torch", "transformers", "chromadb", "gradio", "ctranslate2", "sqlmodel", "sentence_transformers", "alembic"}


def test_help_and_import_load_nothing_heavy() -> None:
    for statement in ("import assistant", "import ui.cli; ui.cli.app(['--help'], standalone_mode=False)"):
        code = f"import sys; {statement}; print('LOADED', *sorted(sys.modules))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        loaded = set(done.stdout.rpartition("LOADED")[2].split())
        assert loaded & HEAVY == set()


def test_a_chat_in_a_pipe_is_logged_and_exported(tmp_path: Path) -> None:
    talk = "My dog is called Biscuit\n/new\nWhat is my dog called?\n/quit\n"
    done = zhiji(tmp_path, "chat", "--user", "mei", say=talk, env={"ZHIJI_GROUNDED": "0"})
    assert done.returncode == 0, done.stderr
    assert "You said: My dog is called Biscuit" in done.stdout
    assert "remembered 20" in done.stdout
    exported = zhiji(tmp_path, "export", "--user", "mei", "--format", "jsonl")
    records = [json.loads(line) for line in exported.stdout.splitlines()]
    assert [r["text"] for r in records if r.get("role") == "user"] == [
        "My dog is called Biscuit",
        "What is my dog called?",
    ]
    assert zhiji(tmp_path, "export", "-u", "mei", "--format", "md", "-o", str(tmp_path / "log.md")).returncode == 0
    assert "**mei**" in (tmp_path / "log.md").read_text(encoding="utf-8")


def test_in_a_process_of_its_own_a_command_says_and_does_the_same(tmp_path: Path) -> None:
    """What is said, on which stream, the status, and the rights of what is written."""
    found = []
    for number, run in enumerate((zhiji, zhiji_process)):
        home = tmp_path / str(number)
        home.mkdir()
        talk = "I keep a tortoise called Tolstoy\n/profile name Mei Li\n/nonsense\n"
        ran = [
            run(home, "export", "-u", "mei"),
            run(home, "chat", "-u", "mei", say=talk),
            run(home, "profile", "show", "-u", "mei"),
            run(home, "export", "-u", "li"),
            run(home, "config", "show", env={"ZHIJI_TEMPERATURE": "hot"}),
        ]
        rights = sorted((path.name, path.stat().st_mode & 0o777) for path in (home / "data").glob("zhiji.sqlite3"))
        said = [(done.returncode, done.stdout, done.stderr) for done in ran]
        found.append((rights, [tuple(str(part).replace(str(home), "HOME") for part in each) for each in said]))
    assert found[0] == found[1]
    assert [code for code, _, _ in found[0][1]] == ["77", "65", "0", "66", "78"]


def test_the_terminal_lists_and_forgets(tmp_path: Path) -> None:
    talk = "I keep a tortoise\n/memories tortoise\n/forget 2\n/memories\n/forget 9\n/nonsense\n/profile name Mei Li\n"
    done = zhiji(tmp_path, "chat", say=talk)
    assert done.returncode == 0
    assert "me: I keep a tortoise" in done.stdout
    assert "Forgotten" in done.stdout
    assert "Give a number of the list" in done.stdout
    assert "There is no command /nonsense" in done.stdout
    assert "name: Mei Li" in done.stdout


def test_what_is_noted_in_the_terminal_can_be_taken_back_and_carried_elsewhere(tmp_path: Path) -> None:
    talk = "I am allergic to walnuts\nI live in Lisbon and my password is hunter22\nI love sailing\n/undo\n/undo\n"
    done = zhiji(tmp_path, "chat", "-u", "mei", say=talk)
    assert "noted: allergies: walnuts" in done.stdout
    assert "not remembered: a secret (password)" in done.stdout
    assert "taken back: interests: sailing" in done.stdout
    assert "Nothing was noted that could be taken back" in done.stdout
    assert zhiji(tmp_path, "profile", "show", "-u", "mei").stdout.startswith("allergies: walnuts  “I am allergic")
    file = tmp_path / "profile.json"
    assert zhiji(tmp_path, "profile", "export", "-u", "mei", "-o", str(file)).returncode == 0
    assert zhiji(tmp_path, "profile", "import", str(file), "-u", "li").stdout == "1 facts added.\n"
    assert zhiji(tmp_path, "profile", "export", "-u", "li").stdout == file.read_text(encoding="utf-8")
    file.write_text('{"facts": [\n{"key": "home"}]}', encoding="utf-8")
    refused = zhiji(tmp_path, "profile", "import", str(file), "-u", "li")
    assert (refused.returncode, refused.stderr) == (65, "zhiji: Line 2: value is None; it must be text.\n")


def test_how_many_of_ones_ratings_are_good_is_told_by_model(tmp_path: Path) -> None:
    with Runtime(Settings(data_dir=tmp_path / "data"), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        for user, ratings in (("mei", ("up", "up", "down")), ("bo", ("down",))):
            mei = runtime.assistant(user)
            for rating in ratings:
                mei.feedback.rate(mei.chat("Hello").message_id, rating)
    told = zhiji(tmp_path, "evaluate", "satisfaction", "-u", "mei")
    assert told.returncode == 0, told.stderr
    assert "| scripted | 3 | 66.7 |" in told.stdout
    assert "nobody" in zhiji(tmp_path, "evaluate", "satisfaction", "-u", "nobody").stderr


def test_reindex_and_doctor(tmp_path: Path) -> None:
    zhiji(tmp_path, "chat", say="The kettle is red\n")
    done = zhiji(tmp_path, "reindex", "--models-dir", str(tmp_path / "none"))
    assert done.returncode == 69
    assert "zhiji models get embedder" in done.stderr
    done = zhiji(tmp_path, "doctor", "--models-dir", str(tmp_path / "none"))
    assert done.returncode == 1
    assert "zhiji models get embedder" in done.stdout
    assert "1 users, 1 conversations, 2 memories" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["export"], 77, "nothing has been remembered there yet"),
        (["chat", "--user", "Mei!"], 65, "A user name is"),
        (["chat", "--model", "http://127.0.0.1:9/v1"], 69, "does not answer"),
        (["models", "path", "tiny", "--models-dir", "/nonexistent"], 69, "zhiji models get tiny"),
        (["models", "remove", "tiny", "--models-dir", "/nonexistent"], 69, "not on this machine"),
        (["models", "get", "nonsense"], 69, "no model 'nonsense' in the catalog"),
    ],
)
def test_what_goes_wrong_is_one_sentence_and_a_status(
    tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    scripted = () if "--model" in arguments else ("scripted",)
    done = zhiji(tmp_path, *arguments, say="hello there\n", model=scripted[0] if scripted else None)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unknown_user_is_told_who_there_is(tmp_path: Path) -> None:
    zhiji(tmp_path, "chat", "--user", "mei", say="hi there\n")
    done = zhiji(tmp_path, "export", "--user", "li")
    assert done.returncode == 66
    assert "There is no user 'li'. There is: mei." in done.stderr


def test_settings_come_from_flags_then_environment_then_env_file_then_toml(tmp_path: Path) -> None:
    (tmp_path / "zhiji.toml").write_text('user = "toml"\nseed = 1\ntop_k = 2\nport = 4\n')
    (tmp_path / ".env").write_text("ZHIJI_USER=dotenv\nZHIJI_SEED=2\n")
    env = {"ZHIJI_CONFIG": str(tmp_path / "zhiji.toml"), "ZHIJI_USER": "environment"}
    shown = zhiji(tmp_path, "config", "show", env=env).stdout
    for expected in ("user = environment", "seed = 2", "top_k = 2", "port = 4", "temperature = 0.3"):
        assert f"{expected}\n" in shown
    assert zhiji(tmp_path, "config", "path", env=env).stdout.strip() == str(tmp_path / "zhiji.toml")


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    done = zhiji(tmp_path, "config", "show", env={"ZHIJI_TEMPERATURE": "hot"})
    assert done.returncode == 78
    assert "temperature" in done.stderr
    (tmp_path / "broken.toml").write_text("user = [")
    done = zhiji(tmp_path, "config", "show", env={"ZHIJI_CONFIG": str(tmp_path / "broken.toml")})
    assert done.returncode == 78
    assert "broken.toml cannot be read" in done.stderr


def test_the_key_of_a_server_is_never_shown(tmp_path: Path) -> None:
    shown = zhiji(tmp_path, "config", "show", env={"ZHIJI_SERVER_KEY": "sk-secret"}).stdout
    assert "server_key = **********" in shown
    assert "sk-secret" not in shown


@pytest.mark.push
@pytest.mark.reliability
def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """RLIMIT_FSIZE stands for a full disk: writes beyond it fail in the same place."""
    zhiji(tmp_path, "chat", say="The kettle is red\n")
    code = """
import resource, signal, sys
from pathlib import Path
from assistant import Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.errors import ZhijiError
from tests.support import HashEmbedder
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Runtime(Settings(data_dir=Path(sys.argv[1])), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
    me = runtime.assistant("me")
    size = (Path(sys.argv[1]) / "zhiji.sqlite3").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, resource.RLIM_INFINITY))
    try:
        for n in range(1000):
            me.chat("word " * 500)
            said = n
    except ZhijiError as error:
        print("SAID", type(error).__name__, error)
    print("FOUND", me.memories.search("kettle", kinds=["said"])[0].memory.text)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("AGAIN", me.chat("The lamp is green").text)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "data")],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert "SAID DiskFull" in done.stdout, done.stdout + done.stderr
    assert "Free some space" in done.stdout
    assert "FOUND The kettle is red" in done.stdout
    assert "AGAIN You said: The lamp is green" in done.stdout
