"""Text to vectors. The seam is `Embedder`; vectors have unit length, so a dot product is the cosine.

An embedder that has `encode` gives, beside the vector of the whole text, one for each of its tokens in its context.
They come from the same pass, so they cost nothing, and comparing token by token finds much that the mean of the tokens
hides: on the LoCoMo development set 75 % of the evidence in the first ten against 49 % (late interaction, Khattab and
Zaharia, "ColBERT", 2020, here without any training). Of a token only the signs are kept, 48 bytes for 384 dimensions:
that costs half a point.

`CTranslate2Embedder` is the default on a CPU: in int8, nearly the vectors of sentence-transformers (cosine 0.997), with
the same recall, without importing torch, which takes sentence-transformers 11 to 15 s, and in 1.3 ms a question.
`SentenceTransformerEmbedder` runs any sentence-transformers folder, on a GPU where there is one.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from memory.errors import ModelDamaged, ModelError, ZhijiError

Vectors = npt.NDArray[np.float32]
BATCH = 32


@dataclass(frozen=True, slots=True)
class Encoded:
    """A text's vector (dim,) and its tokens' vectors (n, dim), all float32 of length 1."""

    vector: Vectors
    tokens: Vectors


class Embedder(Protocol):
    """`name` identifies the model and its version: vectors of different names are never compared.

    `languages` are those in which nearness means likeness; in others a search goes by words. An embedder may also have
    `encode` and `encode_questions` (this module's docstring; `CTranslate2Embedder`), `own_rankers`, a folder of weights trained
    for it (`ranker.find`), and `takes_over`, whether vectors of another embedder are made anew without being asked for.
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
        self._dim = 0

    @property
    def ready(self) -> bool:
        return self._loaded is not None

    @property
    def name(self) -> str:
        return self._get().name

    @property
    def languages(self) -> tuple[str, ...]:
        return self._get().languages

    @property
    def own_rankers(self) -> Path | None:
        """Of the embedder, if it is loaded; as `takes_over`."""
        return getattr(self._loaded, "own_rankers", None)

    @property
    def takes_over(self) -> bool:
        return bool(getattr(self._loaded, "takes_over", False))

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Raises ModelError, whatever the embedder raises or gives that are no vectors."""
        with _failures():
            vectors = self._get().embed(texts)
            self._check([*vectors], len(texts))
        return vectors

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Vectors of the texts and of their tokens. For an embedder without tokens, the text is its own only token. Raises as
        `embed`."""
        encode = getattr(self._get(), "encode", None)
        if encode is None:
            return [Encoded(vector, vector[None]) for vector in self.embed(texts)]
        with _failures():
            encoded: list[Encoded] = encode(texts)
            self._check([one.vector for one in encoded], len(texts))
        return encoded

    def encode_question(self, text: str) -> Encoded:
        """As `encode`, of a question: some embedders tell questions from what is to be found. Raises as `embed`."""
        encode = getattr(self._get(), "encode_questions", None)
        if encode is None:
            return self.encode([text])[0]
        with _failures():
            encoded: Encoded = encode([text])[0]
            self._check([encoded.vector], 1)
        return encoded

    def _check(self, vectors: Sequence[Vectors], wanted: int) -> None:
        """They are to be as many as the texts, finite, and as wide as all before."""
        if len(vectors) != wanted or not all(np.isfinite(vector).all() for vector in vectors):
            raise ModelError(f"The embedder gave {len(vectors)} for {wanted} texts, or numbers that are not finite.")
        for vector in vectors:
            self._dim = self._dim or len(vector)
            if len(vector) != self._dim:
                raise ModelError(f"The embedder gave {len(vector)} numbers for a text, and {self._dim} before.")

    def close(self) -> None:
        """Let go of the embedder, if it was loaded; it is loaded again if it is needed again."""
        with self._lock:
            close = getattr(self._loaded, "close", None)  # an embedder of one's own need not have one
            self._loaded, self._dim = None, 0
        if close:
            close()

    def _get(self) -> Embedder:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded


@contextmanager
def _failures() -> Iterator[None]:
    """Whatever the libraries raise, or an embedder of one's own, is a ModelError: a search can do without."""
    try:
        yield
    except ZhijiError:
        raise
    except Exception as error:
        raise ModelError(f"The embedder failed ({type(error).__name__}).") from error


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean vectors (dim,) of texts and of tokens, each of length 1 before the mean was taken."""

    vector: Vectors
    token: Vectors


def _one_language(_: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Way:
    """How texts of one kind are put to a model: with these words before them, and with the mean of their language taken off.

    Some models' vectors all point one way (multilingual-e5-small: mean cosine .83 between sentences, .72 between tokens), each
    language another. Without the mean they tell texts apart by what is left (Mu and Viswanath, "All-but-the-Top", 2018), and
    without that of their own language they are alike across languages too: of 50 questions in another language than what was
    told, among 500 memories, 14 % were found in the first five with one mean, 88 % with one for each of the two.
    A text of a `language` without a mean keeps its vectors as they are.
    `own` is how much of the mean of a text's own tokens is taken off each of them besides: what all tokens of a text share says
    little about one of them.
    """

    prefix: str = ""
    means: Mapping[str, Mean] = field(default_factory=dict)
    language: Callable[[str], str] = _one_language
    own: float = 0.0


@dataclass(frozen=True, slots=True)
class Made:
    """What is said of a model beside its weights: where longer texts are cut, how it wants texts and questions, and the rest as
    in `Embedder`."""

    name: str
    max_tokens: int
    languages: tuple[str, ...]
    texts: Way = field(default_factory=Way)
    questions: Way = field(default_factory=Way)
    own_rankers: Path | None = None
    takes_over: bool = False


class CTranslate2Embedder:
    """A BERT-like sentence encoder converted to CTranslate2: mean pooling over the tokens, then unit length.

    `folder` holds CTranslate2's `model.bin` and the tokenizer's `tokenizer.json`. Each batch runs on one thread, and `threads`
    batches side by side: two threads on one question take 9.7 ms where one takes 3.4, and many texts run as fast either way.
    """

    def __init__(self, folder: Path, made: Made, *, threads: int = 1) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        self.name = made.name
        self.languages = made.languages
        self.own_rankers, self.takes_over = made.own_rankers, made.takes_over
        self._texts, self._questions = made.texts, made.questions
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._encoder: Any = ctranslate2.Encoder(
                str(folder), device="cpu", inter_threads=threads, intra_threads=1, compute_type="int8_float32"
            )
        except Exception as error:  # both libraries raise bare Exception or RuntimeError on broken files
            raise ModelDamaged(f"The embedder in {folder} cannot be read. Run `zhiji models verify`.") from error
        self._tokenizer.enable_truncation(made.max_tokens)
        self._tokenizer.no_padding()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="zhiji-embed")

    def close(self) -> None:
        """Give the memory back; left to the end of the process, the encoder's threads abort it now and then."""
        self._pool.shutdown()
        self._encoder = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([one.vector for one in self.encode(texts)]) if texts else np.zeros((0, 0), np.float32)

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """The tokens are without the marks at the beginning and the end, and without the prefix."""
        return self._encode(texts, self._texts)

    def encode_questions(self, texts: Sequence[str]) -> list[Encoded]:
        """As `encode`, of questions."""
        return self._encode(texts, self._questions)

    def _encode(self, texts: Sequence[str], way: Way) -> list[Encoded]:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # alike lengths together: less padding
        parts = [[texts[i] for i in order[start : start + BATCH]] for start in range(0, len(order), BATCH)]
        run = map if len(parts) == 1 else self._pool.map  # a question need not wait behind a long import
        encoded = [one for part in run(lambda part: self._encode_batch(part, way), parts) for one in part]
        return [one for _, one in sorted(zip(order, encoded, strict=True), key=lambda pair: pair[0])]

    def _encode_batch(self, texts: list[str], way: Way) -> list[Encoded]:
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch([way.prefix + text for text in texts])]
        before = len(self._tokenizer.encode(way.prefix.rstrip()).ids) - 1  # with the mark at the beginning
        hidden = np.asarray(self._encoder.forward_batch(ids).last_hidden_state)  # (n, longest, dim)
        return [
            Encoded(
                _without(states[: len(row)].mean(axis=0, keepdims=True), mean.vector if mean else None)[0],
                _apart(_without(states[before : len(row) - 1], mean.token if mean else None), way.own),
            )
            for states, row, mean in zip(
                hidden, ids, (way.means.get(way.language(text)) for text in texts), strict=True
            )
        ]


class SentenceTransformerEmbedder:
    """Any sentence-transformers folder; `device` is `cpu`, `cuda` or `mps`. Nothing in it says its languages: all count."""

    languages: tuple[str, ...] = ("en", "zh")

    def __init__(self, folder: Path, *, name: str, device: str = "cpu", own_rankers: Path | None = None) -> None:
        from sentence_transformers import SentenceTransformer

        self.name, self.own_rankers = name, own_rankers
        self._model = SentenceTransformer(
            str(folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": True}
        )

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True)
        return unit(np.asarray(vectors, dtype=np.float32))

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        found: Any = self._model.encode(list(texts), batch_size=BATCH, show_progress_bar=False, output_value=None)
        return [self._encoded(one) for one in found]

    @staticmethod
    def _encoded(found: dict[str, Any]) -> Encoded:
        """A model may have no tokens, or tokens of another width than its texts; then the text is its only token."""
        vector = unit(found["sentence_embedding"].float().cpu().numpy()[None])[0]
        tokens, mask = found.get("token_embeddings"), found.get("attention_mask")
        if tokens is None or mask is None or tokens.shape[-1] != len(vector):
            return Encoded(vector, vector[None])
        return Encoded(vector, unit(tokens[mask.bool()].float().cpu().numpy()[1:-1]))


def unit(vectors: npt.NDArray[np.floating]) -> Vectors:
    """`vectors` (n, dim) scaled to length 1; a row of zeros stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms == 0, 1, norms), dtype=np.float32)


def _without(vectors: npt.NDArray[np.floating], mean: Vectors | None) -> Vectors:
    """`vectors` (n, dim) of length 1, then without their `mean` (dim,) and of length 1 again."""
    return unit(vectors) if mean is None else unit(unit(vectors) - mean)


def _apart(tokens: Vectors, own: float) -> Vectors:
    """`tokens` (n, dim) of one text without so much of their mean, of length 1 again."""
    return tokens if not own or not len(tokens) else unit(tokens - own * tokens.mean(axis=0))


def to_bytes(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()


def from_bytes(blob: bytes) -> Vectors:
    return np.frombuffer(blob, dtype="<f4")


def signs(tokens: Vectors) -> bytes:
    """The signs of token vectors (n, dim), one bit each: n rows of `sign_bytes(dim)`."""
    packed = np.packbits(tokens > 0, axis=1)
    return np.pad(packed, ((0, 0), (0, sign_bytes(tokens.shape[1]) - packed.shape[1]))).tobytes()


def sign_bytes(dim: int) -> int:
    """How many bytes the signs of `dim` numbers take: whole words of 64 bits."""
    return (dim + 63) // 64 * 8
