"""What a benchmark measured: figures with their spread, as JSON, as tables and as a plot."""

import json
import platform
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from assistant import hardware


@dataclass(frozen=True)
class Figure:
    """`values` are the repeated measurements of one thing; `unit` is s, ms, tokens/s, MB …"""

    part: str
    what: str
    case: str
    values: tuple[float, ...]
    unit: str

    @property
    def median(self) -> float:
        return median(self.values)


class Figures:
    def __init__(self) -> None:
        self.all: list[Figure] = []

    def add(self, part: str, what: str, case: str, values: Sequence[float], unit: str) -> Figure:
        figure = Figure(part, what, case, tuple(round(value, 4) for value in values), unit)
        self.all.append(figure)
        return figure

    def of(self, part: str, what: str, case: str) -> float | None:
        found = [figure.median for figure in self.all if (figure.part, figure.what, figure.case) == (part, what, case)]
        return found[0] if found else None

    def table(self) -> str:
        """One table a part: median, spread, and how many times were measured."""
        parts: defaultdict[str, list[Figure]] = defaultdict(list)
        for figure in self.all:
            parts[figure.part].append(figure)
        lines = []
        for part, figures in parts.items():
            lines += [
                f"### {part}",
                "",
                "| what | case | median | lowest to highest | times |",
                "|---|---|---|---|---|",
            ]
            for figure in figures:
                spread = f"{_short(min(figure.values))} to {_short(max(figure.values))}"
                middle = f"{_short(figure.median)} {figure.unit}"
                lines.append(f"| {figure.what} | {figure.case} | {middle} | {spread} | {len(figure.values)} |")
            lines.append("")
        return "\n".join(lines)

    def save(self, folder: Path, name: str) -> None:
        """NAME.json, NAME.md and, where matplotlib is there, NAME.png."""
        folder.mkdir(parents=True, exist_ok=True)
        machine = hardware.detect()
        kept = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cores": machine.cores, "memory_mb": machine.memory_mb, "device": machine.device},
            "python": platform.python_version(),
            "figures": [asdict(figure) | {"median": figure.median} for figure in self.all],
        }
        (folder / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        (folder / f"{name}.md").write_text(self.table() + "\n", encoding="utf-8")
        self._plot(folder / f"{name}.png")

    def _plot(self, path: Path) -> None:
        """Time to the first token by turn, one line a way of working."""
        try:
            import matplotlib

            matplotlib.use("Agg")
            import matplotlib.pyplot as plt
        except ImportError:
            return
        lines: defaultdict[str, list[tuple[int, Figure]]] = defaultdict(list)
        for figure in self.all:
            if figure.part.startswith("conversation") and figure.what == "first token":
                way, _, turn = figure.case.rpartition(", turn ")
                lines[f"{figure.part.removeprefix('conversation, ')}, {way}"].append((int(turn), figure))
        if not lines:
            return
        fig, axes = plt.subplots(figsize=(8, 4.5))
        for way, points in lines.items():
            points.sort(key=lambda point: point[0])
            low = [figure.median - min(figure.values) for _, figure in points]
            high = [max(figure.values) - figure.median for _, figure in points]
            turns, medians = [turn for turn, _ in points], [figure.median for _, figure in points]
            axes.errorbar(turns, medians, yerr=[low, high], marker="o", capsize=3, label=way)
        axes.set(xlabel="turn of the conversation", ylabel="seconds to the first token", yscale="log")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7)
        fig.tight_layout()
        fig.savefig(path, dpi=120)


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
