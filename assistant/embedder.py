"""Which embedder a search uses, and loading it."""

import hashlib
import logging
from pathlib import Path

from assistant import catalog, embedder_means, hardware
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.errors import ModelMissing
from memory.search import ranker
from memory.search.embedders import CTranslate2Embedder, Embedder, Made, SentenceTransformerEmbedder

log = logging.getLogger("zhiji.embedder")

BEST, ENGLISH = "embedder-multilingual", "embedder"
"""What `auto` takes: the first of these that is on this machine. The first finds about as much in English (LoCoMo, R@5 80.2 for
79.7, R@10 85.3 for 85.9) and far more in Chinese (MemoryBank, R@5 95.0 for 86.8) and across the two
(92 for 0): docs/findings.md."""

UNRANKED = (
    "No weights were trained for it, so it finds less: with other weights than its own another embedder found 58 of 100 where "
    "it finds 81. To train them from conversations with labelled evidence: zhiji evaluate ranker DATA"
)


def chosen(settings: Settings) -> str:
    """A name of the catalog or a folder; where `auto` finds none, the one to be fetched."""
    if settings.embedder != "auto":
        return settings.embedder
    store = ModelStore(settings.models_dir)
    return next((name for name in (BEST, ENGLISH) if store.has(name)), BEST)


def title(settings: Settings) -> str:
    """What its weights are called by: the part of its name before the "@"."""
    name = chosen(settings)
    return catalog.find(name).title if name in catalog.entries() else Path(name).expanduser().name


def own_rankers(settings: Settings) -> Path:
    """The folder of the weights that were trained on this machine (`zhiji evaluate ranker`)."""
    return settings.models_dir / "rankers"


def load_embedder(settings: Settings) -> Embedder:
    """The embedder of the settings. The best one, chosen by itself, takes over what another has embedded. Raises ModelMissing."""
    name = chosen(settings)
    if name in catalog.entries():
        folder = ModelStore(settings.models_dir).path(name, "encoder")
        entry = catalog.find(name)
        texts, questions = embedder_means.ways(entry)
        made = Made(
            f"{entry.title}@{_fingerprint(folder)}",
            entry.context_length,
            entry.languages,
            texts,
            questions,
            own_rankers(settings),
            takes_over=settings.embedder == "auto" and name == BEST,
        )
        return CTranslate2Embedder(folder, made, threads=settings.threads or hardware.detect().cores)
    folder = Path(name).expanduser()
    if not folder.is_dir():
        raise ModelMissing(f"There is no embedder {name!r}: neither in the catalog nor a folder.")
    device = hardware.detect().device if settings.device == "auto" else settings.device
    title = f"{folder.name}@{_fingerprint(folder)}"
    if ranker.find(title, own_rankers(settings)) is None:
        log.warning("The embedder %s. %s", folder.name, UNRANKED)
    return SentenceTransformerEmbedder(folder, name=title, device=device, own_rankers=own_rankers(settings))


def _fingerprint(folder: Path) -> str:
    """Tells two embedders apart whatever their folders are called: their weights' sizes and beginnings, their settings."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".safetensors", ".bin"} or path.name in {"config.json", "modules.json", "tokenizer.json"}:
            with path.open("rb") as file:
                digest.update(f"{path.relative_to(folder)} {path.stat().st_size}".encode() + file.read(2**20))
    return digest.hexdigest()[:12]
