"""`zhiji evaluate …`: measure on labelled data that you bring. Results go into a folder, from which an interrupted run
continues."""

import random
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from memory.errors import BadInput
from ui.evaluation_run import (
    REPORT,
    begin,
    counting,
    fingerprinted,
    labelled,
    needs,
    settings_of_run,
    write_report,
)
from ui.options import DataDir, Model, ModelsDir, User, ended_gently, given, opened, quietly

if TYPE_CHECKING:
    pass

app = typer.Typer(no_args_is_help=True, help="Measure Zhiji and other systems on labelled data.")

Labelled = Annotated[Path, typer.Argument(help="Conversations with questions, in the format of LoCoMo or LongMemEval.")]
Systems = Annotated[
    list[str] | None,
    typer.Option(
        "--system", "-s", help="none, recent, full, dense, zhiji, oracle, or package.module:Class; may be repeated."
    ),
]
Limit = Annotated[int | None, typer.Option("--limit", "-n", min=1, help="Use only this many, drawn at random.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="The seed of everything random.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="The folder for the results; default: evaluation/TASK.")]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much `all` does of each task, `None` for everything: questions to find the evidence of, preferences to deliver, after
    how many other exchanges; and of the model: questions to answer (`others`: by the systems beside zhiji and oracle),
    preferences to follow (`followed_after` so many other exchanges), questions in chats."""

    found: int | None = None
    delivered: int | None = 400
    after: list[int] | None = None
    answered: int = 300
    others: int = 100
    systems: list[str] | None = None
    followed: int = 24
    awaited: int = 30
    followed_after: int = 20


WHOLE = Sizes()
"""A reader of 0.5B takes 1 to 9 s for each on 2 cores without instructions for 8 bits (AMD EPYC with AVX2)."""
QUICK = Sizes(100, 12, [20], 8, 8, ["none", "recent", "dense", "zhiji", "oracle"], 2, 4)
"""Without `full`, which reads 4,000 tokens of each conversation."""
LeaveOneOut = Annotated[
    bool, typer.Option("--leave-one-out", help="Rank each conversation with weights trained on the others.")
]


@app.command("recall")
@needs(*REPORT)
def recall(
    file: Labelled,
    system: Systems = None,
    leave_one_out: LeaveOneOut = False,
    limit: Limit = None,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """Measure how much of the evidence a search finds, and how fast."""
    settings = given(models_dir=models_dir)
    from assistant.evaluation import cases, evidence

    dialogues = cases.sample(labelled(file, leave_one_out), limit, seed)
    names = list(dict.fromkeys(system or ["zhiji"]))
    plan = {"task": "recall", **fingerprinted(file), "systems": names, "limit": limit, "seed": seed}
    plan |= {"leave_one_out": leave_one_out, **settings_of_run(settings)}
    with ExitStack() as stack:
        results, made = begin(stack, out, plan, settings, file)
        evidence.evaluate(results, dialogues, made, stack.enter_context(counting("questions")))
    write_report(results.folder)


@app.command("ranker")
@needs(*REPORT)
def train_ranker(file: Labelled, models_dir: ModelsDir = None) -> None:
    """Train the weights of the search for your own embedder (the setting `embedder`); from then on searches use them."""
    settings = given(models_dir=models_dir)
    from assistant import embedder
    from assistant.evaluation import cases, evidence, ranking
    from memory.search import ranker

    with counting("conversations learned from") as progress:
        trained = ranking.train(evidence.learned(settings, evidence.Lessons(cases.load(file)), progress))
    folder = embedder.own_rankers(settings)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{embedder.title(settings)}.json"
    target.write_text(ranker.dump(trained), encoding="utf-8")
    print(f"Wrote {target}. To use the weights of the package again, remove it.")


@app.command("qa")
@needs(*REPORT)
def qa(
    file: Labelled,
    system: Systems = None,
    model: Model = None,
    budget: Annotated[int, typer.Option(min=1, help="The most tokens of notes the reader gets.")] = 1000,
    leave_one_out: LeaveOneOut = False,
    limit: Limit = None,
    others: Annotated[
        int | None, typer.Option(min=1, help="Ask the systems beside zhiji and oracle only this many of them.")
    ] = None,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """Measure how well a model answers from what each system finds."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.chat_models.registry import load
    from assistant.evaluation import cases, qa

    dialogues = cases.sample(labelled(file, leave_one_out), limit, seed)
    names = list(dict.fromkeys(system or ["none", "recent", "full", "dense", "zhiji", "oracle"]))
    with ExitStack() as stack:
        reader = stack.enter_context(closing(load(settings)))
        plan = {
            "task": "qa",
            **fingerprinted(file),
            "systems": names,
            "model": reader.name,
            "budget": budget,
            "limit": limit,
        }
        plan |= {"others": others, "seed": seed, "leave_one_out": leave_one_out, **settings_of_run(settings)}
        results, made = begin(stack, out, plan, settings, file)
        beside = {name: one for name, one in made.items() if name not in ("zhiji", "oracle")}
        ours = {name: one for name, one in made.items() if name not in beside}
        for asked, few in ((ours, dialogues), (beside, cases.sample(dialogues, others, seed))):
            if asked:
                with counting("questions") as progress:
                    qa.evaluate(results, few, asked, reader, budget, progress)
    write_report(results.folder)


@app.command("preferences")
@needs(*REPORT)
def preferences(
    file: Annotated[Path, typer.Argument(help="PrefEval's preferences, by topic.")],
    fillers: Annotated[Path, typer.Argument(help="PrefEval's conversations on other things.")],
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Also measure what this chat model makes of it; slow.")
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option("--system", "-s", help="none, zhiji or told; default: all of them.")
    ] = None,
    told: Annotated[
        Literal["stated", "choice"] | None, typer.Option(help="Only preferences told this way; default: both.")
    ] = None,
    after: Annotated[
        list[int] | None,
        typer.Option("--after", min=0, max=100, help="How many exchanges lie in between; default: 0, 5 and 20."),
    ] = None,
    generate: Annotated[
        bool, typer.Option("--generate/--choose", help="Let the model also write, or only choose.")
    ] = True,
    limit: Limit = None,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """Measure whether a preference is still in the prompt, and heeded, after talk about other things."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.chat_models.registry import load
    from assistant.evaluation import prefeval
    from assistant.evaluation.results import Results

    names = list(dict.fromkeys(system or prefeval.SYSTEMS))
    if unknown := set(names) - set(prefeval.SYSTEMS):
        raise BadInput(
            f"There is no system {', '.join(sorted(unknown))} of preferences: {', '.join(prefeval.SYSTEMS)}."
        )
    ended_gently()
    items = prefeval.load(file, ("stated", "choice") if told is None else (told,))
    between = prefeval.load_fillers(fillers)
    if limit and limit < len(items):
        items = random.Random(seed).sample(items, limit)
    with ExitStack() as stack:
        chat_model = stack.enter_context(closing(load(settings))) if model else None
        plan = {
            "task": "preferences",
            **fingerprinted(file),
            "fillers": fingerprinted(fillers),
            "told": told or "stated and choice",
        }
        numbers = list(dict.fromkeys(after or prefeval.FILLERS))
        plan |= {"systems": names, "after": numbers, "limit": limit, "seed": seed, **settings_of_run(settings)}
        plan |= {"model": chat_model.name if chat_model else None, "generate": generate and bool(model)}
        results = stack.enter_context(Results(out or Path("evaluation") / "preferences", plan))
        prefeval.evaluate(
            results,
            items,
            between,
            prefeval.Setup(settings, chat_model, names, numbers, seed, generate),
            stack.enter_context(counting("preferences")),
        )
    write_report(results.folder)


@app.command("profile")
@needs(*REPORT)
def profile(
    files: Annotated[
        list[Path], typer.Argument(help="PrefEval's preferences or other talk (.json), or labelled messages (.jsonl).")
    ],
    out: Out = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="Also measure what this chat model would propose; slow.")
    ] = None,
    hears: Annotated[
        str, typer.Option("--hears", help="What hears: rules, reader, both, or all three in turn.")
    ] = "rules",
    models_dir: ModelsDir = None,
) -> None:
    """Measure what the profile learns from what people say, rightly and wrongly: by rules, by the reader (--hears), and, if you
    name one, by a model."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.chat_models.registry import load
    from assistant.evaluation import profile_learning, report
    from assistant.evaluation.results import Results

    with ExitStack() as stack:
        chat_model = stack.enter_context(closing(load(settings))) if model else None
        told = [fingerprinted(file) for file in files]
        plan: dict[str, Any] = {"task": "profile", **{key: [one[key] for one in told] for key in ("data", "sha256")}}
        plan |= {"model": chat_model.name if chat_model else None, **settings_of_run(settings)}
        results = stack.enter_context(Results(out or Path("evaluation") / "profile", plan))
        for system, hear in profile_learning.hearings(settings, hears).items():
            counted = stack.enter_context(counting(f"messages, {system}"))
            profile_learning.evaluate(results, files, counted, model=chat_model, system=system, hear=hear)
    table = profile_learning.table(results.records)
    report.write(results.folder, table)
    print(table)
    print(f"\nReport: {results.folder / 'report.html'}", file=sys.stderr)


@app.command("latency")
@needs(*REPORT)
def latency(
    file: Labelled,
    model: Model = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many questions, drawn at random.")] = 50,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """Measure how long people wait for the first word and the whole reply, and what they wait for."""
    settings = given(model=model, models_dir=models_dir)
    from assistant.evaluation import cases, latency
    from assistant.evaluation.results import Results
    from assistant.runtime import Runtime

    dialogues = cases.sample(cases.load(file), limit, seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True)))
        runtime = stack.enter_context(Runtime(settings.model_copy(update={"data_dir": folder, "reply_tokens": 48})))
        plan = {"task": "latency", **fingerprinted(file), "model": runtime.model.name, "limit": limit, "seed": seed}
        plan |= settings_of_run(settings)
        results = stack.enter_context(Results(out or Path("evaluation") / "latency", plan))
        latency.evaluate(results, runtime, dialogues, stack.enter_context(counting("questions")))
    write_report(results.folder)


@app.command("satisfaction")
@needs("scipy")
@quietly
def satisfaction(user: User = None, data_dir: DataDir = None) -> None:
    """Count how many of a user's own ratings are good, by the model that wrote the replies. Works while Zhiji is open."""
    from assistant.evaluation.significance import interval
    from memory.feedback import of_user

    database, owner = opened(user, data_dir)
    with database.read() as session:
        rated = of_user(session, owner)
    print("| model | ratings | good | 95 % |\n|---|---|---|---|")
    for model in sorted({one.model or "" for one in rated}):
        good = [float(one.rating > 0) for one in rated if (one.model or "") == model]
        low, high = interval(good)
        print(f"| {model} | {len(good)} | {100 * sum(good) / len(good):.1f} | {100 * low:.1f} to {100 * high:.1f} |")


@app.command("all")
@needs(*REPORT)
def everything(
    conversations: Labelled,
    preference_file: Annotated[Path, typer.Argument(metavar="PREFERENCES", help="PrefEval's preferences, by topic.")],
    fillers: Annotated[Path, typer.Argument(help="PrefEval's conversations on other things.")],
    model: Model = "small",
    quick: Annotated[
        bool, typer.Option("--quick", help="Take minutes: measure only a part of most, drawn at random.")
    ] = False,
    leave_one_out: LeaveOneOut = False,
    seed: Seed = 0,
    out: Out = None,
    models_dir: ModelsDir = None,
) -> None:
    """Measure all of these in turn, each into a folder of its own. It takes hours; an interrupted run continues."""
    into = out or Path("evaluation") / ("quick" if quick else "all")
    common: dict[str, Any] = {"seed": seed, "models_dir": models_dir}
    files = conversations, preference_file, fillers
    measure(files, model, QUICK if quick else WHOLE, into, leave_one_out=leave_one_out, **common)


def measure(
    files: tuple[Path, Path, Path],
    model: str | None,
    some: Sizes,
    into: Path,
    *,
    leave_one_out: bool = False,
    **common: Any,
) -> None:
    """Every task at these sizes, each in a folder of its own below `into`. `files`: conversations, preferences, fillers;
    `common` goes to every task: the seed, the folder of the models."""
    conversations, preference_file, fillers = files
    print("\nrecall\n")
    recall(conversations, ["dense", "zhiji"], leave_one_out, some.found, out=into / "recall", **common)
    print("\nprofile\n")
    profile([preference_file], into / "profile", models_dir=common.get("models_dir"))
    print("\npreferences in the prompt\n")
    delivery = into / "delivery"
    preferences(preference_file, fillers, after=some.after, limit=some.delivered, out=delivery, **common)
    print(f"\nwhat {model} makes of them\n")
    followed = into / "preferences"
    preferences(
        preference_file, fillers, model, after=[some.followed_after], limit=some.followed, out=followed, **common
    )
    print(f"\nlatency of {model}\n")
    latency(conversations, model, some.awaited, out=into / "latency", **common)
    print(f"\nanswers of {model}\n")
    common |= {"limit": some.answered, "others": some.others, "leave_one_out": leave_one_out}
    qa(conversations, some.systems, model, out=into / "qa", **common)


@app.command("compare")
@needs("scipy")
def compare(
    first: Annotated[Path, typer.Argument(help="The folder of a run.")],
    second: Annotated[Path, typer.Argument(help="The folder of another run of the same task.")],
    most: Annotated[
        int, typer.Option("--most", min=0, help="How many questions to show that got better, and that got worse.")
    ] = 10,
) -> None:
    """Compare two runs question by question: what the second does better and worse."""
    from assistant.evaluation import report

    print(report.compare(first, second, most))
