"""A configuration is read in whatever encoding an editor saved it, and an error names the file."""

from pathlib import Path

import pytest

from assistant.settings import read_settings
from memory.errors import ConfigError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZHIJI_CONFIG", str(tmp_path / "zhiji.toml"))
    monkeypatch.delenv("ZHIJI_USER", raising=False)
    return tmp_path


SAVED = ("utf-8", "utf-8-sig", "utf-16", "gb18030")


@pytest.mark.parametrize("encoding", SAVED)
def test_a_toml_file_is_read_as_it_was_saved(folder: Path, encoding: str) -> None:
    (folder / "zhiji.toml").write_bytes('# 我的用户名在这里\nuser = "li"\n'.encode(encoding))
    assert read_settings().user == "li"


@pytest.mark.parametrize("encoding", SAVED)
def test_a_dotenv_file_is_read_as_it_was_saved(folder: Path, encoding: str) -> None:
    (folder / ".env").write_bytes("ZHIJI_USER=li\n# 我的用户名在这里\n".encode(encoding))
    assert read_settings().user == "li"


@pytest.mark.parametrize(
    ("name", "content"),
    [("zhiji.toml", b"user = \n"), (".env", bytes(range(128, 256)) * 3), ("zhiji.toml", bytes(range(128, 256)) * 3)],
)
def test_an_error_names_the_file_that_is_wrong(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    with pytest.raises(ConfigError, match=name):
        read_settings()


def test_a_flag_wins_over_the_environment_and_that_over_the_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "zhiji.toml").write_text('user = "toml"\nport = 1\nhost = "a"\n', encoding="utf-8")
    (folder / ".env").write_text("ZHIJI_USER=env\nZHIJI_PORT=2\n", encoding="utf-8")
    monkeypatch.setenv("ZHIJI_USER", "set")
    found = read_settings(user="flag")
    assert (found.user, found.port, found.host) == ("flag", 2, "a")
    assert read_settings().user == "set"
