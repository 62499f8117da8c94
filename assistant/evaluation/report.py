"""What a run found: by system, system against system, and by kinds of questions; as text, JSON and one HTML page."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape

from assistant.evaluation import results
from assistant.evaluation.results import Record
from assistant.evaluation.significance import Difference, interval, paired
from memory.errors import BadInput
from memory.exchange.log_export import write_whole
from memory.language.text import is_chinese

MEASURES: Mapping[str, Sequence[str]] = {
    "recall": (
        "recall@1",
        "recall@5",
        "recall@10",
        "recall@25",
        "recall@50",
        "mrr",
        "ndcg@10",
        "session_recall@5",
        *(f"{level}_recall_{kind}@{k}" for level in ("turn", "session") for kind in ("any", "all") for k in (5, 10)),
    ),
    "qa": ("f1", "exact", "unanswerable_abstained", "answerable_abstained", "evidence_read"),
    "preferences": ("delivered", "followed", "chosen"),
    "profile": ("right",),
    "latency": (),
}
COSTS = (
    "notes",
    "notes_tokens",
    "prompt_tokens",
    "cached_tokens",
    "find_ms",
    "seconds",
    *(f"{stage}_ms" for stage in ("recall", "prompt", "store", "wait", "read", "write", "keep")),
    "first_token_ms",
    "reply_ms",
    "tokens_per_s",
)
BY_QUESTION = ("recall@5", "recall@10", "f1", "unanswerable_abstained", "delivered", "followed", "chosen", "right")
"""Measures whose changes are shown question by question; the others move with them."""
PLOTTED = {"recall": "recall@10", "qa": "f1", "preferences": "delivered"}
DAYS = (0, 30, 90, 180)
SIZES = (0, 500, 1_000, 10_000)
MOST_SLICES = 50
FEWEST = 10
"""Of a group that counts when groups are compared."""


def summary(plan: Mapping[str, Any], records: Sequence[Record]) -> dict[str, Any]:
    """The figures of a run. Each measure is a mean over the records that have it, with its 95 % interval."""
    task, seed = plan["task"], plan.get("seed", 0)
    systems = list(dict.fromkeys(record["system"] for record in records))
    measures = [name for name in MEASURES[task] if any(record.get(name) is not None for record in records)]
    costs = [name for name in COSTS if any(record.get(name) is not None for record in records)]
    of = {system: [record for record in records if record["system"] == system] for system in systems}
    alike = task != "profile"  # its kinds of items are measured each in its own way
    return {
        "systems": systems,
        "measures": measures,
        "scores": {system: {name: _mean(of[system], name, seed) for name in measures} for system in systems}
        if alike
        else {},
        "costs": {system: {name: _cost(of[system], name) for name in costs} for system in systems},
        "differences": _differences(of, measures, seed) if alike else [],
        "slices": {name: _sliced(of, tell, measures) for name, tell in SLICES.items()},
        "fairness": {
            name: {system: _worst_over_best(of[system], tell, measures[0]) for system in systems}
            for name, tell in SLICES.items()
        }
        if measures and alike
        else {},
    }


def _mean(records: Sequence[Record], name: str, seed: int) -> dict[str, Any] | None:
    values = [float(record[name]) for record in records if record.get(name) is not None]
    if not values:
        return None
    low, high = interval(values, seed)
    return {"mean": float(np.mean(values)), "low": low, "high": high, "n": len(values)}


def _cost(records: Sequence[Record], name: str) -> dict[str, float] | None:
    values = [float(record[name]) for record in records if record.get(name) is not None]
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95])
    return {"mean": float(np.mean(values)), "p50": float(p50), "p95": float(p95)}


def _differences(of: Mapping[str, Sequence[Record]], measures: Sequence[str], seed: int) -> list[dict[str, Any]]:
    """Zhiji, each way it was asked, or the first where it is not among them, against every other system."""
    ours = [system for system in of if system.startswith("zhiji")] or list(of)[:1]
    found = []
    for to in ours:
        for other in [system for system in of if system not in ours]:
            for name in measures:
                if difference := between(of[other], of[to], name, seed):
                    found.append({"from": other, "to": to, "measure": name, **asdict(difference)})
    return found


def between(before: Sequence[Record], after: Sequence[Record], measure: str, seed: int = 0) -> Difference | None:
    """Of the questions that both have."""
    old = {question_of(record): record[measure] for record in before if record.get(measure) is not None}
    new = {question_of(record): record[measure] for record in after if record.get(measure) is not None}
    both = sorted(old.keys() & new.keys())
    return paired([old[name] for name in both], [new[name] for name in both], seed) if both else None


def question_of(record: Record) -> str:
    """The id without the system."""
    return str(record["id"]).partition("/")[2]


def _sliced(
    of: Mapping[str, Sequence[Record]], tell: Callable[[Record], str | None], measures: Sequence[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """{slice: {system: {measure: mean, "n": records}}}, where there is more than one slice and not very many."""
    names = sorted({name for records in of.values() for record in records if (name := tell(record)) is not None})
    if not 2 <= len(names) <= MOST_SLICES:
        return {}
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in names:
        for system, records in of.items():
            chosen = [record for record in records if tell(record) == name]
            means = {measure: _plain_mean(chosen, measure) for measure in measures}
            found.setdefault(name, {})[system] = {**means, "n": len(chosen)}
    return found


def _worst_over_best(records: Sequence[Record], tell: Callable[[Record], str | None], measure: str) -> float | None:
    """The mean of the worst group over that of the best, of groups in which at least `FEWEST` have the measure."""
    groups: dict[str, list[float]] = {}
    for record in records:
        if (name := tell(record)) is not None and record.get(measure) is not None:
            groups.setdefault(name, []).append(float(record[measure]))
    means = [float(np.mean(values)) for values in groups.values() if len(values) >= FEWEST]
    return min(means) / max(means) if len(means) > 1 and max(means) else None


def _plain_mean(records: Sequence[Record], name: str) -> float | None:
    values = [float(record[name]) for record in records if record.get(name) is not None]
    return float(np.mean(values)) if values else None


def _bin(value: float | None, edges: Sequence[int], unit: str) -> str | None:
    if value is None:
        return None
    for low, high in pairwise(edges):
        if value < high:
            return f"{low:>6,} to {high:,} {unit}"
    return f"{edges[-1]:>6,} {unit} or more"


SLICES: Mapping[str, Callable[[Record], str | None]] = {
    "category": lambda record: record.get("category"),
    "language": lambda record: "Chinese" if is_chinese(record["question"]) else "English",
    "distance in time": lambda record: _bin(record.get("distance_days"), DAYS, "days"),
    "memories": lambda record: _bin(record.get("memories"), SIZES, "memories"),
    "told": lambda record: record.get("told"),
    "conversation": lambda record: record.get("dialogue"),
}


def text(found: Mapping[str, Any]) -> str:
    """The figures of `summary` as Markdown tables for a terminal, in percent."""
    told = found["measures"] and found["scores"]
    lines = [_row(["system", *found["measures"], "n"]), _rule(len(found["measures"]) + 2)] if told else []
    for system, scores in found["scores"].items() if told else ():
        first = next((score["n"] for score in scores.values() if score), 0)
        lines.append(_row([system, *(_percent(score and score["mean"]) for score in scores.values()), str(first)]))
    if found["differences"]:
        lines += ["", _row(["difference", "measure", "points", "95 %", "p", "times", "n"]), _rule(7)]
        for one in found["differences"]:
            if one["measure"] == found["measures"][0] or one["p"] < 0.05:
                bounds = f"{100 * one['low']:+.1f} to {100 * one['high']:+.1f}"
                pair = f"{one['to']} against {one['from']}"
                tested = f"{one['p']:.4f}", _times(one["ratio"]), str(one["n"])
                lines.append(_row([pair, one["measure"], f"{100 * one['mean']:+.1f}", bounds, *tested]))
        lines += [
            "",
            f"Besides {found['measures'][0]}, only measures with p below 0.05 are shown; the report has them all.",
        ]
    names = list(next(iter(found["costs"].values()), {}))
    lines += ["", _row(["system", *(f"{name}, mean (p95)" for name in names)]), _rule(len(names) + 1)]
    for system, costs in found["costs"].items():
        cells = [f"{cost['mean']:.1f} ({cost['p95']:.1f})" if cost else "" for cost in costs.values()]
        lines.append(_row([system, *cells]))
    return "\n".join(lines)


def write(folder: Path, table: str = "") -> dict[str, Any]:
    """report.json and report.html of the results in a folder, with a table of the task's own. Raises BadInput."""
    run, records = results.described(folder), results.read(folder)
    found = summary(run["plan"], records) | {"table": table}
    whole = {**run, **found}
    write_whole(folder / "report.json", iter([json.dumps(whole, ensure_ascii=False, indent=1) + "\n"]))
    environment = Environment(
        loader=PackageLoader("assistant.evaluation", "."),
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "times": _times}
    page = environment.get_template("report.html").render(
        run=run, found=found, plot=_plot(found, PLOTTED.get(run["plan"]["task"], "")), records=len(records)
    )
    write_whole(folder / "report.html", iter([page]))
    return found


def _plot(found: Mapping[str, Any], measure: str) -> str:
    """An SVG of one measure, by system, with its interval."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    scores = {system: scores.get(measure) for system, scores in found["scores"].items()}
    shown = {system: score for system, score in scores.items() if score}
    if not shown:
        return ""
    figure, axes = plt.subplots(figsize=(7, 0.5 * len(shown) + 1))
    means = [100 * score["mean"] for score in shown.values()]
    spans = [
        [100 * (score["mean"] - score["low"]) for score in shown.values()],
        [100 * (score["high"] - score["mean"]) for score in shown.values()],
    ]
    axes.barh(list(shown), means, xerr=spans, color="#5b8def", ecolor="#555555", capsize=3)
    axes.invert_yaxis()
    axes.set_xlabel(f"{measure}, %, with 95 % interval")
    axes.spines[["top", "right"]].set_visible(False)
    drawn = io.StringIO()
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "zhiji"}):
        figure.savefig(drawn, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)
    return drawn.getvalue()[drawn.getvalue().index("<svg") :]


def compare(before: Path, after: Path, most: int = 10) -> str:
    """What the second run does better and worse than the first, question by question: at most `most` of each. Raises
    BadInput if they have no question in common."""
    old, new = (_by_id(folder) for folder in (before, after))
    plans = [results.described(folder)["plan"] for folder in (before, after)]
    if any(plans[0].get(key) != plans[1].get(key) for key in ("task", "sha256")):
        raise BadInput(f"{before} and {after} hold results of different tasks or of different data.")
    task = plans[1]["task"]
    both = [name for name in new if name in old]
    if not both:
        raise BadInput(f"{before} and {after} have no question in common, asked of the same system.")
    lines = [_row(["system", "measure", "first", "second", "points", "95 %", "p", "better", "worse"]), _rule(9)]
    lines = lines if MEASURES[task] else []
    changes: dict[str, list[tuple[float, str]]] = {}
    for system in dict.fromkeys(record["system"] for record in new.values()):
        for measure in MEASURES[task]:
            names = [
                name
                for name in both
                if new[name]["system"] == system and None not in (old[name].get(measure), new[name].get(measure))
            ]
            if not names:
                continue
            first, second = ([float(run[name][measure]) for name in names] for run in (old, new))
            change = paired(first, second)
            moved = [after_ - before_ for before_, after_ in zip(first, second, strict=True)]
            lines.append(
                _row(
                    [
                        system,
                        measure,
                        _percent(float(np.mean(first))),
                        _percent(float(np.mean(second))),
                        f"{100 * change.mean:+.1f}",
                        f"{100 * change.low:+.1f} to {100 * change.high:+.1f}",
                        f"{change.p:.4f}",
                        str(sum(one > 0 for one in moved)),
                        str(sum(one < 0 for one in moved)),
                    ]
                )
            )
            if measure in BY_QUESTION:
                changes.setdefault(measure, []).extend(zip(moved, names, strict=True))
    for measure, changed in changes.items():
        for title, chosen in (
            ("Better", [one for one in sorted(changed, reverse=True)[:most] if one[0] > 0]),
            ("Worse", [one for one in sorted(changed)[:most] if one[0] < 0]),
        ):
            lines += ["", f"{title}, {measure}:"] if chosen else []
            for one, name in chosen:
                lines += _shown(one, name, old[name], new[name])
    return "\n".join([*lines, *_costs_compared(old, new)])


def _shown(points: float, name: str, old: Record, new: Record) -> list[str]:
    lines = [f"  {100 * points:+.0f}  {name}  {new['question']}"]
    if "said" in new and "said" in old:
        lines += [f"      wanted: {new['wanted']}"] if new.get("wanted") else []
        lines += [f"      first:  {old['said']}", f"      second: {new['said']}"]
    return lines


def _costs_compared(old: Mapping[str, Record], new: Mapping[str, Record]) -> list[str]:
    lines = ["", _row(["system", "cost", "first, mean (p95)", "second, mean (p95)"]), _rule(4)]
    for system in dict.fromkeys(record["system"] for record in new.values()):
        chosen = [name for name in new if name in old and new[name]["system"] == system]
        for cost in COSTS:
            pair = [_cost([run[name] for name in chosen], cost) for run in (old, new)]
            if all(pair):
                lines.append(_row([system, cost, *(f"{one['mean']:.1f} ({one['p95']:.1f})" for one in pair if one)]))
    return lines


def _by_id(folder: Path) -> dict[str, Record]:
    results.described(folder)
    return {record["id"]: record for record in results.read(folder)}


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _rule(cells: int) -> str:
    return "|---" * cells + "|"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
