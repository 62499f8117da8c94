"""Text to vectors. The seam is `Embedder`; vectors have unit length, so a dot product is the cosine.

`CTranslate2Embedder` is the default on a CPU: the same vectors as sentence-transformers (cosine 1.0000 on our texts)
without importing torch, which takes sentence-transformers 11 to 15 s, and in 5 ms a text instead of 39.
`SentenceTransformerEmbedder` runs any sentence-transformers folder, on a GPU where there is one.
"""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from memory.errors import ModelDamaged, ModelError

Vectors = npt.NDArray[np.float32]
BATCH = 64


class Embedder(Protocol):
    """`name` identifies the model and its version: vectors of different names are never compared.

    `languages` are those in which nearness means likeness; in others a search goes by words.
    """

    name: str
    languages: tuple[str, ...]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) float32, each row of length 1, in the order of `texts`."""
        ...


class LazyEmbedder:
    """An embedder that is loaded when it is first needed, once, by whichever thread comes first."""

    def __init__(self, load: Callable[[], Embedder]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: Embedder | None = None

    @property
    def ready(self) -> bool:
        return self._loaded is not None

    @property
    def name(self) -> str:
        return self._get().name

    @property
    def languages(self) -> tuple[str, ...]:
        return self._get().languages

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._get().embed(texts)
        if vectors.shape[0] != len(texts) or not np.isfinite(vectors).all():
            raise ModelError(
                f"The embedder gave {vectors.shape} for {len(texts)} texts, or numbers that are not finite."
            )
        return vectors

    def close(self) -> None:
        """Let go of the embedder, if it was loaded; it is loaded again if it is needed again."""
        with self._lock:
            close = getattr(self._loaded, "close", None)  # an embedder of one's own need not have one
            self._loaded = None
        if close:
            close()

    def _get(self) -> Embedder:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


class CTranslate2Embedder:
    """A BERT-like sentence encoder converted to CTranslate2: mean pooling over the tokens, then unit length.

    `folder` holds CTranslate2's `model.bin` and the tokenizer's `tokenizer.json`; `max_tokens` is where longer texts
    are cut.
    """

    def __init__(
        self, folder: Path, *, name: str, max_tokens: int, languages: tuple[str, ...], threads: int = 0
    ) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        self.name = name
        self.languages = languages
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._encoder: Any = ctranslate2.Encoder(
                str(folder), device="cpu", intra_threads=threads, compute_type="float32"
            )
        except Exception as error:  # both libraries raise bare Exception or RuntimeError on broken files
            raise ModelDamaged(f"The embedder in {folder} cannot be read. Run `zhiji models verify`.") from error
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()

    def close(self) -> None:
        """Give the memory back; left to the end of the process, the encoder's threads abort it now and then."""
        self._encoder = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # alike lengths together: less padding
        parts: list[Vectors | None] = [None] * len(texts)
        for start in range(0, len(order), BATCH):
            chosen = order[start : start + BATCH]
            for index, vector in zip(chosen, self._embed_batch([texts[i] for i in chosen]), strict=True):
                parts[index] = vector
        return np.stack([part for part in parts if part is not None]) if texts else np.zeros((0, 0), np.float32)

    def _embed_batch(self, texts: list[str]) -> Vectors:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        hidden = np.asarray(self._encoder.forward_batch(ids).last_hidden_state)  # (n, longest, dim)
        lengths = np.array([len(row) for row in ids])
        mask = np.arange(hidden.shape[1])[None, :] < lengths[:, None]  # (n, longest)
        return unit((hidden * mask[..., None]).sum(axis=1) / lengths[:, None])


class SentenceTransformerEmbedder:
    """Any sentence-transformers folder; `device` is `cpu`, `cuda` or `mps`. Nothing in it says its languages: all count."""

    languages: tuple[str, ...] = ("en", "zh")

    def __init__(self, folder: Path, *, name: str, device: str = "cpu") -> None:
        from sentence_transformers import SentenceTransformer

        self.name = name
        self._model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": True}
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        return unit(np.asarray(vectors, dtype=np.float32))


def unit(vectors: npt.NDArray[np.floating]) -> Vectors:
    """`vectors` (n, dim) scaled to length 1; a row of zeros stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)


def to_bytes(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()


def from_bytes(blob: bytes) -> Vectors:
    return np.frombuffer(blob, dtype="<f4")
