"""Memories that have no vector yet, or one of another embedder: making theirs a batch at a time, and saying how far that is."""

from memory.search import entries
from memory.search.embedders import BATCH, LazyEmbedder
from memory.search.stored_vectors import StoredVectors

_TAKING_OVER = (
    "The memories are being read anew by {} ({} %). Meanwhile those that are not yet are found by their words."
)
_STRANGERS = (
    "Memories embedded by {} are searched by words alone, as the embedder now is {}. "
    "Run `zhiji reindex` to embed them anew, or set the embedder back."
)


def embed(stored: StoredVectors, embedder: LazyEmbedder, *, reembed: bool) -> int:
    """Embed one batch, with `reembed` also of what another embedder has embedded; returns how many there were."""
    rows = stored.due(embedder.name, BATCH, reembed=reembed)
    if not rows:
        return 0
    encoded = embedder.encode([entries.dense_key(row.text, row.speaker, row.occurred_at) for row in rows])
    stored.write(rows, encoded, embedder.name)
    return len(rows)


def progress(stored: StoredVectors, embedder: LazyEmbedder) -> str | None:
    """How far it is, in words for a person; `None` when all is done."""
    left, total = stored.unembedded(embedder.name), stored.count()
    title = embedder.name.partition("@")[0]
    return _TAKING_OVER.format(title, 100 * (total - left) // max(total, 1)) if left else None


def strangers(embedder: LazyEmbedder, another: str | None) -> str | None:
    """What to say of memories that `another` embedder has embedded and this one will not by itself."""
    return _STRANGERS.format(another, embedder.name) if another else None
