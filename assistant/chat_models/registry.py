"""From settings to a chat model: which one, on which engine, loaded from where.

scripted            ScriptedModel
http(s)://…/v1      OpenAIModel
auto, a name, an id, a folder or a .gguf file
    on a CPU        CTranslate2Model, converted to int8 once; TransformersModel if CTranslate2 does not know it
    on cuda, mps    TransformersModel
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from assistant import catalog, hardware
from assistant.chat_models.base import ChatModel
from assistant.downloads import Report
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.errors import ConfigError, ModelDamaged, ModelMissing

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the settings come to: the model's name, the device, and why, as a sentence for a person."""

    name: str
    device: hardware.Device
    why: str


def choose(settings: Settings) -> Choice:
    """Which model the settings mean on this machine. For `auto`: the best one for it, or the next one that is here."""
    machine = hardware.look()
    device = machine.device if settings.device == "auto" else settings.device
    if settings.model != "auto":
        return Choice(settings.model, device, "it is what the settings name")
    best, why = hardware.choose(machine)
    store = ModelStore(settings.models_dir)
    if not store.has(best.name):
        ranked = sorted(catalog.entries().values(), key=lambda entry: -entry.rank)
        for entry in ranked:
            if 0 < entry.rank < best.rank and store.has(entry.name):
                return Choice(entry.name, device, f"{best.name} would be better ({why}) but is not on this machine")
    return Choice(best.name, device, why)


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
        return store.get(entry, "encoder", report)
    device = choose(settings).device
    return store.get(entry, "ct2" if device == "cpu" else "hf", report)


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
    store, form = ModelStore(settings.models_dir), "ct2" if choice.device == "cpu" else "hf"
    path = Path(choice.name).expanduser()
    if choice.name in catalog.entries():
        if not store.has(choice.name):
            return store.path(choice.name, "source")  # raises, with the command that gets it
        return store.get(catalog.find(choice.name), form, report)  # type: ignore[arg-type]
    if path.is_file():
        if path.suffix != ".gguf":
            raise ConfigError(f"{path} is not a .gguf file. Give a .gguf file or a folder with safetensors.")
        return store.adopt(path, form, report)  # type: ignore[arg-type]
    if path.is_dir():
        return _own_folder(store, path, form, report)
    if _HUB_ID.fullmatch(choice.name) and store.has(choice.name):
        try:
            return store.get(catalog.hub_entry(choice.name), form, report)  # type: ignore[arg-type]
        except ModelDamaged:
            report(f"CTranslate2 cannot convert {choice.name}; using transformers", 0, 0)
            return store.path(choice.name, "source")
    if _HUB_ID.fullmatch(choice.name):
        return store.path(choice.name, "source")
    raise ModelMissing(
        f"There is no model {choice.name!r}: not in the catalog ({', '.join(catalog.entries())}), and no such file or folder."
    )


def _own_folder(store: ModelStore, path: Path, form: str, report: Report) -> Path:
    if (path / "model.bin").exists() and (path / "vocabulary.json").exists():
        return path  # converted for CTranslate2 already
    whole = (path / "model.safetensors").exists() or (path / "model.safetensors.index.json").exists()
    if not (path / "config.json").exists() or not whole:
        raise ModelDamaged(
            f"{path} has no config.json with model.safetensors. Other formats are refused: they can run code."
        )
    if form == "hf":
        return path
    try:
        return store.adopt(path, "ct2", report)
    except ModelDamaged:
        report(f"CTranslate2 cannot convert {path.name}; using transformers", 0, 0)
        return path


def _from_folder(settings: Settings, choice: Choice, folder: Path) -> ChatModel:
    converted = (folder / "model.bin").exists() and (folder / "vocabulary.json").exists()
    longest = _context_length(choice.name, folder)
    context = min(settings.context_tokens, longest) if longest else settings.context_tokens
    name = Path(choice.name).name
    if converted:
        from assistant.chat_models.ctranslate2_model import CTranslate2Model

        threads = settings.threads or hardware.look().cores
        return CTranslate2Model(folder, name=name, context_length=context, threads=threads)
    from assistant.chat_models.transformers_model import TransformersModel

    return TransformersModel(folder, name=name, context_length=context, device=choice.device)


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
