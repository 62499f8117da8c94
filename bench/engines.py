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
READING, WRITING = "prompt of 1,000 tokens", "reply"
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
        bar = progress.add_task(part, total=len(engines))
        baseline = Baseline(folder(name, "hf"), threads)
        ordinary: dict[str, list[float]] = {READING: [], WRITING: []}
        for engine, make in engines.items():
            model = make()
            asked = prompt(model.count_tokens, 1000, RUNS)
            timed(model, asked, greedy(8))  # the first one is slower, here as below
            baseline.timed(baseline.ids(asked), 1)
            rates: dict[str, list[float]] = {READING: [], WRITING: []}
            for run in range(RUNS):  # in turns: the machine is not as fast at every minute
                asked = prompt(model.count_tokens, 1000, run)
                tokens = model.count_tokens(asked)
                ordinary[READING].append(tokens / baseline.timed(baseline.ids(asked), 1)[0])
                rates[READING].append(tokens / timed(model, asked, greedy(1))[0])
                begin, end = baseline.timed(baseline.ids(COUNT), REPLY)
                ordinary[WRITING].append((REPLY - 1) / (end - begin))
                begin, end, count = timed(model, COUNT, greedy(REPLY))
                rates[WRITING].append((count - 1) / (end - begin))
            for what, ours in rates.items():
                figures.add(part, what, engine, ours, "tokens/s")
                ratios = [mine / theirs for mine, theirs in zip(ours, ordinary[what][-RUNS:], strict=True)]
                figures.add(part, f"{what}, times the ordinary way", engine, ratios, "x")
            model.close()
            progress.advance(bar)
        for what, theirs in ordinary.items():
            figures.add(part, what, Baseline.name, theirs, "tokens/s")
