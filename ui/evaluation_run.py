"""What the commands that measure have in common: the extra they need, the data, the folder of a run and its report."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from functools import cache, wraps
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec

from memory.errors import BadInput
from ui.options import given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.evaluation.dialogue import Dialogue
    from assistant.evaluation.results import Progress, Results
    from assistant.evaluation.systems import System
    from assistant.settings import Settings
    from memory.search.ranker import Ranker

LEFT_OUT_OF = 50
"""Of so many conversations at most: for each the weights are trained anew on the others."""
P = ParamSpec("P")
REPORT = ("matplotlib", "scipy", "sklearn")
"""What a run needs in the end, for its intervals and its report."""


def needs(*packages: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """For commands that use the extra `evaluate`: whoever lacks it hears so at once, not after hours of work."""

    def checked(command: Callable[P, None]) -> Callable[P, None]:
        @wraps(command)
        def run(*args: P.args, **kwargs: P.kwargs) -> None:
            from assistant.evaluation.extra import check_installed

            check_installed(*packages)
            command(*args, **kwargs)

        return run

    return checked


def fingerprinted(file: Path) -> dict[str, Any]:
    """A file of data, as the plan of a run names it."""
    from assistant.evaluation.cases import fingerprint

    return {"data": file.name, "sha256": fingerprint(file)}


def settings_of_run(settings: "Settings") -> dict[str, Any]:
    """What the figures depend on besides what the command says."""
    from assistant.embedder import chosen
    from assistant.evaluation.cases import fingerprint_of

    names = ("recall_k", "recall_floor", "profile_tokens", "context_tokens")
    ours = {name: getattr(settings, name) for name in names} | {"zhiji": version("zhiji"), "embedder": chosen(settings)}
    return ours | {package: fingerprint_of(package) for package in ("assistant", "memory", "prompts")}


def begin(
    stack: ExitStack, out: Path | None, plan: dict[str, Any], settings: "Settings", file: Path
) -> "tuple[Results, dict[str, System]]":
    """The folder, and the systems of the plan."""
    from assistant.evaluation import systems
    from assistant.evaluation.results import Results

    made = {name: stack.enter_context(closing(systems.make(name, settings))) for name in plan["systems"]}
    results = stack.enter_context(Results(out or Path("evaluation") / plan["task"], plan))
    if plan["leave_one_out"] and isinstance(ours := made.get("zhiji"), systems.Zhiji):
        ours.held_out = _held_out(file, settings.embedder, settings.models_dir)
    return results, made


@cache
def _held_out(file: Path, embedder: str, models_dir: Path) -> "dict[str, Ranker]":
    """For each conversation of the file, weights that have not seen it; kept, as they take minutes."""
    from assistant.evaluation import cases, ranking

    settings, dialogues = given(embedder=embedder, models_dir=models_dir), cases.load(file)
    with counting("conversations learned from") as progress:
        return ranking.held_out(settings, dialogues, progress)


def labelled(file: Path, leave_one_out: bool) -> "Sequence[Dialogue]":
    """The conversations of a file. Raises BadInput for too few, or too many, to leave one out."""
    from assistant.evaluation import cases

    dialogues = cases.load(file)
    if leave_one_out and not 2 <= len(dialogues) <= LEFT_OUT_OF:
        raise BadInput(f"--leave-one-out needs 2 to {LEFT_OUT_OF} conversations, and these are {len(dialogues)}.")
    return dialogues


def counting(what: str) -> "AbstractContextManager[Progress]":
    """A line that counts what is done."""
    from ui import progress

    return progress.counting(what)


def write_report(folder: Path) -> None:
    """Write the report and print its tables."""
    from assistant.evaluation import report

    print(report.text(report.write(folder)))
    print(f"\nReport: {folder / 'report.html'}", file=sys.stderr)
