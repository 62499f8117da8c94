"""`zhiji evaluate …`: measure on labelled data that one brings along. Results go into a folder, and a run that was cut off goes
on there."""

import random
import sys
from contextlib import AbstractContextManager, ExitStack, closing, nullcontext
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from memory.errors import BadInput
from ui.options import Model, ModelsDir, given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.evaluation.cases import Dialogue
    from assistant.evaluation.results import Progress, Results
    from assistant.evaluation.systems import System
    from assistant.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Measure on labelled data.")

Labelled = Annotated[Path, typer.Argument(help="Conversations with questions, in LoCoMo's or LongMemEval's format.")]
Systems = Annotated[
    list[str] | None,
    typer.Option(
        "--system", "-s", help="none, recent, full, dense, zhiji, oracle, or package.module:Class; repeat it."
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Only so many, drawn by chance.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Of that chance.")]
Out = Annotated[
    Path | None, typer.Option("--out", "-o", help="The folder of the results; evaluation/TASK if not given.")
]
FOLLOWED = 100
"""Of how many preferences a whole run asks the model: a reply to each takes seconds."""
LEFT_OUT_OF = 50
"""Of so many conversations at most: for each the weights are trained anew on the others."""
LeaveOneOut = Annotated[
    bool, typer.Option("--leave-one-out", help="Let Zhiji rank each conversation by weights trained on the others.")
]


@app.command("recall")
def recall(
    file: Labelled,
    system: Systems = None,
    leave_one_out: LeaveOneOut = False,
    limit: Limit = None,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """How much of the evidence a search finds, and how fast."""
    settings = given(models_dir=models_dir)
    from assistant.evaluation import cases, recall

    every = cases.load(file)
    dialogues = cases.sample(every, limit, seed)
    names = list(dict.fromkeys(system or ["zhiji"]))
    plan = {"task": "recall", **_data(file), "systems": names, "limit": limit, "seed": seed}
    plan |= {"leave_one_out": leave_one_out, **_ours(settings)}
    with ExitStack() as stack:
        results, made = _begin(stack, out, plan, settings, every)
        recall.evaluate(results, dialogues, made, stack.enter_context(_counting("questions")))
    _tell(results.folder)


@app.command("qa")
def qa(
    file: Labelled,
    system: Systems = None,
    model: Model = None,
    budget: Annotated[int, typer.Option(min=1, help="The most tokens of notes that the reader gets.")] = 1000,
    leave_one_out: LeaveOneOut = False,
    limit: Limit = None,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """How well a model answers from what each system finds."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.chat_models.registry import load
    from assistant.evaluation import cases, qa

    every = cases.load(file)
    dialogues = cases.sample(every, limit, seed)
    names = list(dict.fromkeys(system or ["none", "recent", "dense", "zhiji", "oracle"]))
    with ExitStack() as stack:
        reader = stack.enter_context(closing(load(settings)))
        plan = {"task": "qa", **_data(file), "systems": names, "model": reader.name, "budget": budget, "limit": limit}
        plan |= {"seed": seed, "leave_one_out": leave_one_out, **_ours(settings)}
        results, made = _begin(stack, out, plan, settings, every)
        qa.evaluate(results, dialogues, made, reader, budget, stack.enter_context(_counting("questions")))
    _tell(results.folder)


@app.command("preferences")
def preferences(
    file: Annotated[Path, typer.Argument(help="PrefEval's preferences, by topic.")],
    fillers: Annotated[Path, typer.Argument(help="PrefEval's conversations on other things.")],
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Measure also what this chat model makes of it; slow.")
    ] = None,
    told: Annotated[Literal["stated", "choice"] | None, typer.Option(help="Only such; both if not given.")] = None,
    after: Annotated[
        list[int] | None, typer.Option("--after", min=0, max=100, help="Exchanges in between; 0, 5 and 20.")
    ] = None,
    generate: Annotated[bool, typer.Option("--generate/--choose", help="Whether the model also writes.")] = True,
    limit: Limit = None,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """Whether a preference is still in the prompt, and heeded, after talk of other things."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.chat_models.registry import load
    from assistant.evaluation import preferences
    from assistant.evaluation.results import Results

    items = preferences.load(file, ("stated", "choice") if told is None else (told,))
    between = preferences.load_fillers(fillers)
    if limit and limit < len(items):
        items = random.Random(seed).sample(items, limit)
    with ExitStack() as stack:
        chat_model = stack.enter_context(closing(load(settings))) if model else None
        plan = {"task": "preferences", **_data(file), "fillers": _data(fillers), "told": told or "stated and choice"}
        numbers = list(dict.fromkeys(after or preferences.FILLERS))
        plan |= {"after": numbers, "limit": limit, "seed": seed, **_ours(settings)}
        plan |= {"model": chat_model.name if chat_model else None, "generate": generate and bool(model)}
        results = stack.enter_context(Results(out or Path("evaluation") / "preferences", plan))
        preferences.evaluate(
            results,
            items,
            between,
            settings=settings,
            model=chat_model,
            numbers=numbers,
            seed=seed,
            generate=generate,
            progress=stack.enter_context(_counting("preferences")),
        )
    _tell(results.folder)


@app.command("profile")
def profile(
    files: Annotated[
        list[Path], typer.Argument(help="PrefEval's preferences or other talk (.json), or labelled messages (.jsonl).")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Where the result of each item goes.")] = Path(
        "profile.json"
    ),
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Measure also what this chat model would propose; slow.")
    ] = None,
    models_dir: ModelsDir = None,
) -> None:
    """What the profile learns from what people say, and what it learns wrongly; by rules, and by a model if named."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.chat_models.registry import load
    from assistant.evaluation import profile as measured
    from memory.archive import write_whole

    with closing(load(settings)) if model else nullcontext() as chat_model, _counting("messages") as progress:
        items = measured.evaluate(files, progress, model=chat_model)
    print(measured.table(items))
    write_whole(out, iter([measured.as_json(items)]))
    print(f"Each item: {out}", file=sys.stderr)


@app.command("latency")
def latency(
    file: Labelled,
    model: Model = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many questions, drawn by chance.")] = 50,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """How long people wait for the first word and for the whole reply, and for what."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.evaluation import cases, latency
    from assistant.evaluation.results import Results
    from assistant.runtime import Runtime

    dialogues = cases.sample(cases.load(file), limit, seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        runtime = stack.enter_context(Runtime(settings.model_copy(update={"data_dir": folder, "reply_tokens": 48})))
        plan = {"task": "latency", **_data(file), "model": runtime.model.name, "limit": limit, "seed": seed}
        plan |= _ours(settings)
        results = stack.enter_context(Results(out or Path("evaluation") / "latency", plan))
        latency.evaluate(results, runtime, dialogues, stack.enter_context(_counting("questions")))
    _tell(results.folder)


@app.command("all")
def everything(
    conversations: Labelled,
    preference_file: Annotated[Path, typer.Argument(metavar="PREFERENCES", help="PrefEval's preferences, by topic.")],
    fillers: Annotated[Path, typer.Argument(help="PrefEval's conversations on other things.")],
    model: Model = "small",
    quick: Annotated[bool, typer.Option("--quick", help="Ten minutes: of each only some, drawn by chance.")] = False,
    leave_one_out: LeaveOneOut = False,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """All of these one after the other, each in a folder of its own; hours. Cut off, it goes on where it was."""
    into = out or Path("evaluation") / ("quick" if quick else "all")
    common: dict[str, Any] = {"seed": seed, "models_dir": models_dir}

    def few(number: int) -> int | None:
        return number if quick else None

    print("\nrecall\n")
    recall(conversations, ["dense", "zhiji"], leave_one_out, few(200), out=into / "recall", **common)
    print("\nprofile\n")
    profile([preference_file], into / "profile.json")
    print("\npreferences in the prompt\n")
    preferences(preference_file, fillers, after=[20] if quick else None, limit=few(60), out=into / "delivery", **common)
    print(f"\nwhat {model} makes of them\n")
    some, to = 5 if quick else FOLLOWED, into / "preferences"
    preferences(preference_file, fillers, model, after=[20], limit=some, out=to, **common)
    print(f"\nlatency of {model}\n")
    latency(conversations, model, 10 if quick else 50, out=into / "latency", **common)
    print(f"\nanswers of {model}\n")
    qa(conversations, None, model, leave_one_out=leave_one_out, limit=few(30), out=into / "qa", **common)


@app.command("compare")
def compare(
    first: Annotated[Path, typer.Argument(help="The folder of a run.")],
    second: Annotated[Path, typer.Argument(help="The folder of another of the same task.")],
    most: Annotated[
        int, typer.Option("--most", min=0, help="How many questions are shown that got better, or worse.")
    ] = 10,
) -> None:
    """What the second run does better and worse than the first, question by question."""
    from assistant.evaluation import report

    print(report.compare(first, second, most))


def _data(file: Path) -> dict[str, Any]:
    from assistant.evaluation.cases import fingerprint

    return {"data": file.name, "sha256": fingerprint(file)}


def _ours(settings: "Settings") -> dict[str, Any]:
    """What the figures depend on besides what the command says."""
    names = ("embedder", "recall_k", "recall_floor", "profile_tokens", "context_tokens")
    return {name: getattr(settings, name) for name in names} | {"zhiji": version("zhiji")}


def _begin(
    stack: ExitStack, out: Path | None, plan: dict[str, Any], settings: "Settings", dialogues: "Sequence[Dialogue]"
) -> "tuple[Results, dict[str, System]]":
    """The folder, and the systems of the plan."""
    from assistant.evaluation import ranking, systems
    from assistant.evaluation.results import Results

    if plan["leave_one_out"] and not 2 <= len(dialogues) <= LEFT_OUT_OF:
        raise BadInput(f"--leave-one-out needs 2 to {LEFT_OUT_OF} conversations, and these are {len(dialogues)}.")
    made = {name: stack.enter_context(closing(systems.make(name, settings))) for name in plan["systems"]}
    results = stack.enter_context(Results(out or Path("evaluation") / plan["task"], plan))
    if plan["leave_one_out"] and isinstance(ours := made.get("zhiji"), systems.Zhiji):
        with _counting("conversations learned from") as progress:
            ours.held_out = ranking.held_out(settings, dialogues, progress)
    return results, made


def _counting(what: str) -> "AbstractContextManager[Progress]":
    from ui.progress import counting

    return counting(what)


def _tell(folder: Path) -> None:
    """Write the report and print its tables."""
    from assistant.evaluation import report

    print(report.text(report.write(folder)))
    print(f"\nReport: {folder / 'report.html'}", file=sys.stderr)
