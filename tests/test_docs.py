"""What the READMEs and docs/*.md name exists: commands, make targets, files; and a README stays short."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from ui.cli import app

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
PAGES = [*READMES, *sorted((ROOT / "docs").glob("*.md"))]
MOST_LINES = 180
NOT_OURS = {
    "encryption.json", "my_module.py", "profile.json", "report.html", "report.json", "results.jsonl", "run.json",
    "zhiji.toml", "index/",
}  # fmt: skip
"""Files that a user makes, or that a command writes."""
CODE = re.compile(r"`([^`\n]+)`")
ZHIJI = r"(?:\.venv/bin/)?zhiji"
WORDS = r"[a-z][a-z-]*(?: [a-z][a-z-]*)*(?![\w/.])"
FOLDERS = ("assistant", "bench", "docs", "memory", "prompts", "tests", "ui")
OURS = rf"(?:{'|'.join(FOLDERS)})/[\w./-]+"
FILE = r"[\w-]+(?:/[\w-]+)*\.(?:py|toml|md|json|html|js|css)|\w+/"


def code(page: Path) -> Iterator[str]:
    """Each line of an indented block, and each span in backticks outside of such blocks."""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            yield line.strip()
        else:
            yield from CODE.findall(line)


def named(page: Path, command: str) -> list[list[str]]:
    """The words after each mention of a command, up to its first option or argument that is no word."""
    begins = re.compile(rf"(?:^|# ){command} ({WORDS})")
    return [found.split() for text in code(page) for found in begins.findall(text)]


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_a_readme_fits_on_a_few_screens_and_begins_with_the_two_commands(page: Path) -> None:
    lines = page.read_text(encoding="utf-8").splitlines()
    assert len(lines) < MOST_LINES
    first_screen = "\n".join(lines[:20])
    assert "    make chat " in first_screen
    assert "    make test " in first_screen


def test_each_make_target_exists() -> None:
    rules = re.findall(r"^([a-z -]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    seen = [(page.name, words[0]) for page in PAGES for words in named(page, "make")]
    assert len(seen) > 10
    assert [one for one in seen if one[1] not in targets] == []


def test_each_command_exists() -> None:
    seen = [(page.name, words) for page in PAGES for words in named(page, ZHIJI)]
    assert len(seen) > 50
    assert [one for one in seen if _command(one[1]) is None] == []


def test_each_option_in_a_block_of_commands_exists() -> None:
    """Of lines such as `.venv/bin/zhiji export --user me`: every --option is one of that command's."""
    for page in PAGES:
        for line in code(page):
            begins = re.match(rf"{ZHIJI} ({WORDS})(.*)", line)
            command = _command(begins[1].split()) if begins else None
            if begins and command:
                known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
                for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", begins[2].split("#")[0]):
                    assert option in known | {"--help"}, f"{page.name}: {line}"


def test_each_file_exists() -> None:
    """With its folder, it is there; by its name alone, there is one so called in some folder of ours."""
    ours = [path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    ours += [path.relative_to(ROOT) for path in ROOT.iterdir()]
    ends = {"/".join(path.parts[at:]) for path in ours for at in range(len(path.parts))}
    missing = []
    for page in PAGES:
        for text in code(page):
            paths = [path.rstrip(".") for path in re.findall(rf"(?<![\w/]){OURS}", text)]
            missing += [(page.name, path) for path in paths if not (ROOT / path).exists()]
            if re.fullmatch(FILE, text) and not paths and text not in NOT_OURS and text.rstrip("/") not in ends:
                missing.append((page.name, text))
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_link_to_another_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), target


def _command(words: list[str]) -> Any | None:
    """The command that words lead to, `None` if there is none; what follows a command is its arguments."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if not isinstance(command, TyperGroup):
            break
        command = command.commands.get(word)
    return command
