"""How fast each engine reads a prompt and writes a reply."""

from collections.abc import Callable
from pathlib import Path

from rich.progress import Progress

from assistant import Settings, catalog, hardware
from assistant.chat_models.base import ChatModel, Sampling
from assistant.chat_models.ctranslate2_model import CTranslate2Model
from assistant.chat_models.openvino_model import OpenVINOModel
from assistant.chat_models.transformers_model import TransformersModel
from assistant.modelstore import Form, ModelStore
from assistant.selftest import timed
from bench.baseline import Baseline
from bench.figures import Figures
from prompts.types import ChatMessage

RUNS = 5
REPLY = 32
SAID = "It was a bright cold day in April, and the clocks were striking thirteen. "
COUNT = [ChatMessage("user", "Count from one to one hundred in English words, without stopping, one number a line.")]


def greedy(tokens: int) -> Sampling:
    return Sampling(temperature=0, max_new_tokens=tokens)


def folder(name: str, form: Form) -> Path:
    store = ModelStore(Settings().models_dir)
    return store.get(catalog.find(name), form, lambda what, *_: print(what))


def prompt(count: Callable[[list[ChatMessage]], int], tokens: int, run: int) -> list[ChatMessage]:
    """A prompt of about `tokens` tokens that begins differently in each run."""
    times = 1
    while count(made := [ChatMessage("user", f"{run}. {SAID * times}")]) < tokens:
        times += 1
    return made


def measure(figures: Figures, models: list[str], progress: Progress) -> None:
    threads = hardware.cores()
    for name in models:
        part = f"engines, {name}"
        engines: dict[str, Callable[[], ChatModel]] = {
            "openvino int8": lambda name=name: OpenVINOModel(  # type: ignore[misc]
                folder(name, "openvino"), name=name, context_length=4096, threads=threads
            ),
            "ctranslate2 int8": lambda name=name: CTranslate2Model(  # type: ignore[misc]
                folder(name, "ct2"), name=name, context_length=4096, threads=threads
            ),
            "transformers float32, ours": lambda name=name: TransformersModel(  # type: ignore[misc]
                folder(name, "hf"), name=name, context_length=4096, device="cpu"
            ),
        }
        bar = progress.add_task(part, total=len(engines) + 1)
        baseline = Baseline(folder(name, "hf"), threads)
        asked = [baseline.ids(prompt(baseline.count, 1000, run)) for run in range(RUNS)]
        baseline.timed(baseline.ids(prompt(baseline.count, 1000, RUNS)), 1)  # the first one is slower, here as below
        first = [len(ids) / baseline.timed(ids, 1)[0] for ids in asked]
        figures.add(part, "prompt of 1,000 tokens", Baseline.name, first, "tokens/s")
        times = [baseline.timed(baseline.ids(COUNT), REPLY) for _ in range(RUNS)]
        figures.add(part, "reply", Baseline.name, [(REPLY - 1) / (end - begin) for begin, end in times], "tokens/s")
        del baseline
        progress.advance(bar)
        for engine, make in engines.items():
            model = make()
            timed(model, prompt(model.count_tokens, 1000, RUNS), greedy(8))
            rates = []
            for run in range(RUNS):
                said = prompt(model.count_tokens, 1000, run)
                rates.append(model.count_tokens(said) / timed(model, said, greedy(1))[0])
            figures.add(part, "prompt of 1,000 tokens", engine, rates, "tokens/s")
            writing = [timed(model, COUNT, greedy(REPLY)) for _ in range(RUNS)]
            figures.add(part, "reply", engine, [(n - 1) / (end - begin) for begin, end, n in writing], "tokens/s")
            for what in ("prompt of 1,000 tokens", "reply"):
                ours, theirs = figures.of(part, what, engine), figures.of(part, what, Baseline.name)
                assert ours is not None
                assert theirs is not None
                figures.add(part, f"{what}, times the ordinary way", engine, [ours / theirs], "x")
            model.close()
            progress.advance(bar)
