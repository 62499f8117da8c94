"""Which engine is fastest on this machine's processor, and how fast each model is on it: measured once, kept, shown by
`zhiji doctor`.

    python -m assistant.selftest engines FOLDER THREADS       every engine, on a model with FOLDER's shapes
    python -m assistant.selftest speed ENGINE FOLDER THREADS  one engine, on the model itself

Engines differ by processor (int8 instructions, memory), hardly by model. So they are compared once a machine, on 6 layers of
random weights, which takes half a minute and no second conversion of a large model.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant import hardware
from assistant.chat_models.base import CachingModel, ChatModel, Conversation, Sampling
from memory.errors import ModelError
from prompts.types import ChatMessage

FILE = "selftest.json"
LAYERS = 6
REPLY_TOKENS = 100
ENGINES = ("openvino", "ctranslate2")
UNTESTED = "openvino" if hardware.X86 else "ctranslate2"
"""What is taken where nothing was measured; OpenVINO's paged attention is young on ARM."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second of prompt and of reply, and how many seconds a reply of 100 tokens takes, to a short message after
    about 1,000 tokens of talk: what engines are chosen by."""

    prompt: float
    reply: float
    turn_s: float


@dataclass(frozen=True, slots=True)
class SelfTest:
    """`engines` as compared on this machine, and `models` as measured with the best of them."""

    engines: Mapping[str, Speed]
    models: Mapping[str, Speed]

    @property
    def best(self) -> str:
        return min(self.engines, key=lambda name: self.engines[name].turn_s, default=UNTESTED)


def read(models_dir: Path) -> SelfTest:
    """What was measured on this machine; empty if nothing was, or on another one."""
    try:
        kept = json.loads((models_dir / FILE).read_text(encoding="utf-8"))
        if kept["machine"] == _machine():
            engines, models = (
                {name: Speed(**speed) for name, speed in kept[part].items()} for part in ("engines", "models")
            )
            return SelfTest(engines, models)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # it is measured again
    return SelfTest({}, {})


def compare(models_dir: Path, folder: Path, threads: int) -> SelfTest:
    """Compare the engines on the shapes of the converted model in `folder`, and keep the result. Raises ModelError."""
    engines = {name: Speed(**speed) for name, speed in _child("engines", str(folder), str(threads)).items()}
    return _keep(models_dir, SelfTest(engines, {}))


def measure(models_dir: Path, name: str, engine: str, folder: Path, threads: int) -> SelfTest:
    """Measure a model and keep the result. Raises ModelError."""
    found = read(models_dir)
    speed = Speed(**_child("speed", engine, str(folder), str(threads)))  # type: ignore[arg-type]
    return _keep(models_dir, SelfTest(found.engines, {**found.models, name: speed}))


def speed_of(model: ChatModel) -> Speed:
    """Measured on greedy replies; the first one, which warms the engine up, does not count."""
    talk = [ChatMessage("system", "You are brief."), *_talk(8)]
    one, many = (Sampling(temperature=0, max_new_tokens=tokens) for tokens in (1, 33))
    timed(model, [*talk[:1], ChatMessage("user", "Hello")], one)
    tokens = model.count_tokens([*talk, ChatMessage("user", "Count from one to fifty in words.")])
    first_s, _, _ = timed(model, [*talk, ChatMessage("user", "Count from one to fifty in words.")], one)
    begun_s, whole_s, pieces = timed(model, [*talk[:1], ChatMessage("user", "Count from one to fifty in words.")], many)
    reply = (pieces - 1) / max(whole_s - begun_s, 1e-6) if pieces > 1 else tokens / first_s
    again_s = first_s
    if isinstance(model, CachingModel):
        chat = model.conversation("selftest", "selftest")
        chat.warm(talk)
        timed(chat, [*talk, ChatMessage("user", "Go on.")], one)
        again_s, _, _ = timed(chat, [*talk, ChatMessage("user", "And what else is there to tell about it?")], one)
        model.forget("selftest")
    return Speed(round(tokens / first_s, 1), round(reply, 1), round(again_s + REPLY_TOKENS / reply, 2))


def _talk(exchanges: int) -> list[ChatMessage]:
    said = "It was a bright cold day in April, and the clocks were striking thirteen. " * 4
    return [ChatMessage(role, f"{number}. {said}") for number in range(exchanges) for role in ("user", "assistant")]


def timed(model: ChatModel | Conversation, messages: list[ChatMessage], sampling: Sampling) -> tuple[float, float, int]:
    """Seconds to the first piece and to the last, and how many pieces came."""
    began = time.perf_counter()
    times = [time.perf_counter() - began for _ in model.stream(messages, sampling)]
    whole_s = time.perf_counter() - began
    return times[0] if times else whole_s, whole_s, len(times)


def _machine() -> list[object]:
    return [hardware.processor(), hardware.cores()]


def _keep(models_dir: Path, result: SelfTest) -> SelfTest:
    models_dir.mkdir(parents=True, exist_ok=True)
    written = models_dir / f"{FILE}.new"
    kept = {
        "machine": _machine(),
        "engines": {name: asdict(speed) for name, speed in result.engines.items()},
        "models": {name: asdict(speed) for name, speed in result.models.items()},
    }
    written.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    written.replace(models_dir / FILE)
    return result


def _child(*arguments: str) -> dict[str, dict[str, float]]:
    """In a process of its own, so that what it loads is given back."""
    command = [sys.executable, "-m", "assistant.selftest", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ModelError(f"The self-test failed: {last[:300]}")
    found: dict[str, dict[str, float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _speed(engine: str, folder: Path, threads: int) -> Speed:
    from assistant.chat_models.ctranslate2_model import CTranslate2Model
    from assistant.chat_models.openvino_model import OpenVINOModel

    engines = {"openvino": OpenVINOModel, "ctranslate2": CTranslate2Model}
    model = engines[engine](folder, name=engine, context_length=4096, threads=threads)
    try:
        return speed_of(model)
    finally:
        model.close()


def _engines(folder: Path, threads: int) -> dict[str, Speed]:
    from assistant import convert

    found = {}
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "source"
        _random_model(folder, source)
        for engine, make in zip(ENGINES, (convert.openvino, convert.ct2), strict=True):
            try:
                make(source, Path(scratch) / engine)
                found[engine] = _speed(engine, Path(scratch) / engine, threads)
            except Exception as error:  # an engine that cannot do it, for whatever reason, is not the fastest
                print(f"{engine}: {type(error).__name__}: {error}", file=sys.stderr)
    return found


def _random_model(folder: Path, destination: Path) -> None:
    """A model of the same shapes with few layers and random weights, with the same tokenizer."""
    import shutil

    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    from assistant.convert import TOKENIZER_FILES

    config = json.loads((folder / "source_config.json").read_text(encoding="utf-8"))
    config["num_hidden_layers"] = LAYERS
    if config.get("layer_types"):
        config["layer_types"] = config["layer_types"][:LAYERS]
    torch.manual_seed(0)
    make: Any = AutoModelForCausalLM
    model = make.from_config(AutoConfig.for_model(**config), dtype=torch.float32)
    model.save_pretrained(destination)
    for name in TOKENIZER_FILES:
        if (folder / name).exists():
            shutil.copy(folder / name, destination)


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    if what == "engines":
        print(json.dumps({name: asdict(speed) for name, speed in _engines(Path(given[0]), int(given[1])).items()}))
    else:
        print(json.dumps(asdict(_speed(given[0], Path(given[1]), int(given[2])))))
