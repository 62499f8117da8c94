"""From settings to a chat model: which one, on which engine, loaded from where.

scripted            ScriptedModel
http(s)://…/v1      OpenAIModel
auto, a name, an id, a folder or a .gguf file
    on a CPU        OpenVINOModel or CTranslate2Model, whichever the self-test found faster on this machine, converted
                    to int8 once; the other if the first does not know it, TransformersModel if neither does
    on cuda, mps    TransformersModel
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant import catalog, hardware, selftest
from assistant.chat_models.base import ChatModel
from assistant.downloads import Report
from assistant.modelstore import Form, ModelStore
from assistant.settings import Settings
from memory.errors import ConfigError, ModelDamaged, ModelError, ModelMissing

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the settings come to: the model's name, the device, and why, as a sentence for a person."""

    name: str
    device: hardware.Device
    why: str


def choose(settings: Settings) -> Choice:
    """Which model the settings mean on this machine. For `auto`: the best one for it, or the next one that is here."""
    machine = hardware.detect()
    device = machine.device if settings.device == "auto" else settings.device
    if settings.model != "auto":
        return Choice(settings.model, device, "it is what the settings name")
    best, why = _best(settings, machine)
    store = ModelStore(settings.models_dir)
    if not store.has(best.name):
        ranked = sorted(catalog.entries().values(), key=lambda entry: -entry.rank)
        for entry in ranked:
            if 0 < entry.rank < best.rank and store.has(entry.name):
                return Choice(entry.name, device, f"{best.name} would be better ({why}) but is not on this machine")
        for entry in reversed(ranked):
            if entry.rank > best.rank and store.has(entry.name):
                return Choice(
                    entry.name, device, f"{best.name} would be better here ({why}) but is not on this machine"
                )
    return Choice(best.name, device, why)


def best(settings: Settings) -> catalog.Entry:
    """What `auto` takes on this machine, whether it is here or not."""
    return _best(settings, hardware.detect())[0]


def _best(settings: Settings, machine: hardware.Machine) -> tuple[catalog.Entry, str]:
    measured = selftest.read(settings.models_dir).models
    return hardware.choose(machine, {name: speed.reply for name, speed in measured.items()})


def learns(settings: Settings) -> bool:
    """Whether the settings' model is to propose facts for the profile: if told so, or measured to be good at it."""
    if settings.learn_with_model != "auto":
        return settings.learn_with_model == "on"
    if settings.model == "scripted" or settings.model.startswith(("http://", "https://")):
        return False
    name = choose(settings).name
    return name in catalog.entries() and catalog.find(name).learns


def load(settings: Settings, report: Report = lambda *_: None) -> ChatModel:
    """The chat model of the settings, loaded. Raises ModelMissing, ModelDamaged, ConfigError, ServerFailed."""
    name = settings.model
    if name == "scripted":
        from assistant.chat_models.scripted_model import ScriptedModel

        return ScriptedModel(context_length=settings.context_tokens)
    if name.startswith(("http://", "https://")):
        return _server(settings)
    choice = choose(settings)
    return _from_folder(settings, choice, _folder(settings, choice, report))


def get(settings: Settings, name: str, report: Report) -> Path:
    """Fetch a model of the catalog or the hub by name, in the form this machine loads."""
    store = ModelStore(settings.models_dir)
    if name not in catalog.entries() and _HUB_ID.fullmatch(name):
        entry = catalog.hub_entry(name)
    else:
        entry = catalog.find(name)
    if entry.kind == "embedder":
        folder = store.get(entry, "encoder", report)
        if name == catalog.READER and settings.reader:
            store.reader(entry, report)
        return folder
    if choose(settings).device != "cpu":
        return store.get(entry, "hf", report)
    path = _converted(lambda form: store.get(entry, form, report), settings, name, report)
    if path is None:
        return store.get(entry, "hf", report)
    engine = _engine_of(path)
    if settings.engine == "auto" and engine is not None:
        return _tested(settings, store, entry, path, engine, report)
    return path


def engine_of_choice(settings: Settings) -> str:
    """What runs chat models on this machine's CPU."""
    return selftest.read(settings.models_dir).best if settings.engine == "auto" else settings.engine


_FORMS: dict[str, tuple[Form, ...]] = {
    "openvino": ("openvino", "ct2"),
    "ctranslate2": ("ct2", "openvino"),
    "transformers": (),
}


def _tested(settings: Settings, store: ModelStore, entry: catalog.Entry, path: Path, used: str, report: Report) -> Path:
    """Compare the engines, once a machine, and measure the model, once; then the folder of the form to load."""
    threads = settings.threads or hardware.cores()
    try:
        if not selftest.read(settings.models_dir).engines:
            report("finding the fastest engine for this machine, once (takes half a minute)", 0, 0)
            best = selftest.compare(settings.models_dir, path, threads).best
            if best != used:
                used, path = best, store.get(entry, _FORMS[best][0], report)
        if entry.name not in selftest.read(settings.models_dir).models:
            report(f"measuring {entry.name}, once", 0, 0)
            selftest.measure(settings.models_dir, entry.name, used, path, threads)
    except ModelError as error:  # a model that was fetched is of use all the same
        report(str(error), 0, 0)
    return path


def _converted(get: Callable[[Form], Path], settings: Settings, name: str, report: Report) -> Path | None:
    """The folder in the first form that can be made, for the engine of the settings; `None` if none can."""
    for form in _FORMS[engine_of_choice(settings)]:
        try:
            return get(form)
        except ModelDamaged as error:
            report(f"{name}: {error} Trying another engine.", 0, 0)
    return None


def _engine_of(folder: Path) -> str | None:
    """Whose form a folder holds."""
    if (folder / "model.xml").exists():
        return "openvino"
    if (folder / "model.bin").exists() and (folder / "vocabulary.json").exists():
        return "ctranslate2"
    return None


def _server(settings: Settings) -> ChatModel:
    from assistant.chat_models.openai_model import OpenAIModel

    return OpenAIModel(
        settings.model,
        model=settings.server_model,
        api_key=settings.server_key.get_secret_value() if settings.server_key else None,
        context_length=settings.context_tokens,
        timeout_s=settings.server_timeout_s,
    )


def _folder(settings: Settings, choice: Choice, report: Report) -> Path:
    """The folder to load from, converted for the device if it has not been yet."""
    store = ModelStore(settings.models_dir)
    path = Path(choice.name).expanduser()
    if choice.name in catalog.entries() or (_HUB_ID.fullmatch(choice.name) and not path.exists()):
        store.path(choice.name, "source")  # raises, with the command that gets it
        known = choice.name in catalog.entries()
        entry = catalog.find(choice.name) if known else catalog.hub_entry(choice.name)
        converted = None
        if choice.device == "cpu":
            converted = _converted(lambda form: store.get(entry, form, report), settings, choice.name, report)
        return converted or store.get(entry, "hf", report)
    if path.is_file():
        if path.suffix != ".gguf":
            raise ConfigError(f"{path} is not a .gguf file. Give a .gguf file or a folder with safetensors.")
        converted = None
        if choice.device == "cpu":
            converted = _converted(lambda form: store.adopt(path, form, report), settings, path.name, report)
        return converted or store.adopt(path, "hf", report)
    if path.is_dir():
        return _own_folder(settings, store, path, choice, report)
    raise ModelMissing(
        f"There is no model {choice.name!r}: not in the catalog ({', '.join(catalog.entries())}), and no such file or folder."
    )


def _own_folder(settings: Settings, store: ModelStore, path: Path, choice: Choice, report: Report) -> Path:
    if _engine_of(path) is not None:
        return path  # converted already
    whole = (path / "model.safetensors").exists() or (path / "model.safetensors.index.json").exists()
    if not (path / "config.json").exists() or not whole:
        raise ModelDamaged(
            f"{path} has no config.json with model.safetensors. Other formats are refused: they can run code."
        )
    if choice.device != "cpu":
        return path
    return _converted(lambda form: store.adopt(path, form, report), settings, path.name, report) or path


def _from_folder(settings: Settings, choice: Choice, folder: Path) -> ChatModel:
    longest = _context_length(choice.name, folder)
    context = min(settings.context_tokens, longest) if longest else settings.context_tokens
    name, held = Path(choice.name).name, _engine_of(folder)
    if choice.name not in catalog.entries():
        from assistant.chat_models import chat_template

        chat_template.probe(folder)
    threads = settings.threads or hardware.cores()
    if held == "openvino":
        from assistant.chat_models.openvino_model import OpenVINOModel

        return OpenVINOModel(folder, name=name, context_length=context, threads=threads, cache_mb=settings.cache_mb)
    if held == "ctranslate2":
        from assistant.chat_models.ctranslate2_model import CTranslate2Model

        return CTranslate2Model(folder, name=name, context_length=context, threads=threads)
    from assistant.chat_models.transformers_model import TransformersModel

    return TransformersModel(
        folder, name=name, context_length=context, device=choice.device, cache_mb=settings.cache_mb
    )


def _context_length(name: str, folder: Path) -> int:
    """How many tokens the model takes; 0 if nothing says so."""
    if name in catalog.entries():
        return catalog.find(name).context_length
    for config in (folder / "source_config.json", folder / "config.json"):
        if config.exists():
            try:
                found = json.loads(config.read_text(encoding="utf-8")).get("max_position_embeddings")
            except (ValueError, AttributeError) as error:
                raise ModelDamaged(f"{config} cannot be read. Put a good copy in its place.") from error
            if found:
                return int(found)
    return 0
