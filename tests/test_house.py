"""No file, function or list of parameters of the product grows past what a reader takes in."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_LINES, MOST_OF_A_FUNCTION, MOST_PARAMETERS = 400, 60, 6
FILES = sorted(path for wing in ("memory", "assistant", "prompts", "ui") for path in (ROOT / wing).rglob("*.py"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("wing", ["memory", "assistant", "prompts", "ui"])
def test_nothing_is_too_long_to_read(wing: str) -> None:
    files = [path for path in FILES if path.is_relative_to(ROOT / wing)]
    assert files
    for path in files:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES, path
        for one in functions(path):
            assert (one.end_lineno or 0) - one.lineno < MOST_OF_A_FUNCTION, f"{path}: {one.name}"
            named = {arg.arg for arg in (*one.args.posonlyargs, *one.args.args, *one.args.kwonlyargs)} - {"self", "cls"}
            assert len(named) <= MOST_PARAMETERS or path.name.startswith("cli"), f"{path}: {one.name}"
