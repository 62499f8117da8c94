"""Fetch what a first chat needs: the embedder, and the chat model that suits the machine."""

from collections.abc import Sequence
from pathlib import Path

from assistant import catalog, embedder, hardware
from assistant.chat_models import registry
from assistant.downloads import Report
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.errors import ModelError

Got = tuple[str, Path]


def get_named(settings: Settings, name: str, report: Report) -> Got:
    return name, registry.get(settings, name, report)


def get_default(settings: Settings, report: Report) -> list[Got]:
    """The embedder and the settings' chat model; for `auto`, the next best one if the best cannot be had."""
    got = _embedder(settings, report)
    if settings.model in catalog.entries():
        return [*got, get_named(settings, settings.model, report)]
    if settings.model != "auto":
        return got  # a folder, a file, a server: nothing to fetch
    best, _ = hardware.choose(hardware.detect())
    ranked = sorted(catalog.entries().values(), key=lambda entry: -entry.rank)
    candidates = [entry for entry in ranked if 0 < entry.rank <= best.rank]
    store = ModelStore(settings.models_dir)
    here = next((entry for entry in candidates if store.has(entry.name)), None)
    if here:  # a second run asks nobody; a better one is fetched by its name
        got.append(get_named(settings, here.name, report))
    else:
        got.append(_first(settings, candidates, report))
    better = registry.best(settings).name  # the self-test may have found that one too slow
    if candidates and not store.has(better) and better in {entry.name for entry in candidates} and not here:
        try:
            got.append(get_named(settings, better, report))
        except ModelError as error:
            report(f"{error} Staying with {got[-1][0]}.", 0, 0)
    return got


def _embedder(settings: Settings, report: Report) -> list[Got]:
    """For `auto` the best one, or the English one if that is here and the best cannot be had; nothing for one's own folder."""
    if settings.embedder != "auto":
        own = settings.embedder not in catalog.entries()
        return [] if own else [get_named(settings, settings.embedder, report)]
    try:
        return [get_named(settings, embedder.BEST, report)]
    except ModelError as error:
        if not ModelStore(settings.models_dir).has(embedder.ENGLISH):
            raise
        report(f"{error} Staying with {embedder.ENGLISH}.", 0, 0)
        return [get_named(settings, embedder.ENGLISH, report)]


def _first(settings: Settings, candidates: Sequence[catalog.Entry], report: Report) -> Got:
    for entry in candidates[:-1]:
        try:
            return get_named(settings, entry.name, report)
        except ModelError as error:
            report(f"{error} Trying the next smaller one.", 0, 0)
    return get_named(settings, candidates[-1].name, report)
