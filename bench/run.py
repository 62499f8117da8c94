"""Everything a person waits for, compared with the ordinary way of doing it: `make bench`.

    python -m bench.run [PART …] [--models small,medium] [--quick] [--stores FOLDER]

The parts are engines, talk, people, memories, startup and recall; all of them take about an hour and a half on 2 cores.
Results: bench/results/latest.json, .md and .png. Absolute figures are this machine's; ratios travel.
"""

import argparse
import tempfile
from functools import partial
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from assistant import hardware
from bench.figures import Figures

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "locomo_dev.json"
RESULTS = Path(__file__).parent / "results"
PARTS = ("engines", "talk", "people", "memories", "startup", "recall")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all")
    parser.add_argument("--models", default="small,medium")
    parser.add_argument("--quick", action="store_true", help="20 turns, no 100,000 memories, no baseline")
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--pauses", default="3,0", help="seconds between a reply and the next message")
    parser.add_argument("--stores", type=Path, help="keep the stores of the part memories here, and use them again")
    parser.add_argument("--name", default="latest")
    given = parser.parse_args()
    models, figures = given.models.split(","), Figures()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns) as progress:
        for part in given.parts or PARTS:
            _measure(part, figures, models, given, progress)
            figures.save(RESULTS, given.name)  # what is there is kept if the rest is cut off
    print(figures.table())
    print(f"Written to {RESULTS / given.name}.json")


def _measure(part: str, figures: Figures, models: list[str], given: argparse.Namespace, progress: Progress) -> None:
    if part == "engines":
        from bench import engines

        engines.measure(figures, models, progress)
    elif part in ("talk", "people"):
        from bench import people, talk
        from bench.baseline import Baseline
        from bench.engines import folder

        for name in models:
            baseline = None if given.quick or name != models[0] else Baseline(folder(name, "hf"), hardware.cores())
            if part == "people":
                people.measure(figures, name, baseline, progress)
                continue
            turns = 20 if given.quick else given.turns
            for pause_s in [float(pause) for pause in given.pauses.split(",")]:
                talk.measure(figures, name, baseline, progress, turns=turns, pause_s=pause_s)
                baseline = None  # it does not depend on pauses
    elif part == "startup":
        from bench import startup
        from bench.engines import folder

        startup.measure(figures, models, None if given.quick else folder(models[0], "hf"), progress)
    elif not DATA.exists():
        print(f"No figures of {part}: {DATA} is not there.")
    elif part == "memories":
        _memories(figures, [1_000, 10_000] if given.quick else [1_000, 10_000, 100_000], given.stores, progress)
    elif part == "recall":
        from bench import recall

        progress.stop()
        recall.measure(DATA)
        progress.start()


def _memories(figures: Figures, numbers: list[int], stores: Path | None, progress: Progress) -> None:
    from bench import scale

    for number in numbers:
        bar = progress.add_task(f"{number:,} memories", total=number)
        with tempfile.TemporaryDirectory() as temporary:
            place = stores / f"n{number}" if stores else Path(temporary)
            found = scale.measure(DATA, number, place, partial(_show, progress, bar))
        progress.update(bar, completed=number)
        for what, values in found.items():
            figures.add(
                "memories", what, f"{number:,}", values, "ms" if what in ("search", "recall in a chat", "add") else ""
            )


def _show(progress: Progress, bar: TaskID, done: int, _: int) -> None:
    progress.update(bar, completed=done)


if __name__ == "__main__":
    main()
