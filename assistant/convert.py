"""Make the forms of a model that the engines load. Run as a child process, so that its memory is given back:

    python -m assistant.convert FORM SOURCE DESTINATION

    encoder   sentence-transformers folder      -> CTranslate2 float32 with the tokenizer; int8 if it is large
              or e5-small-q4.bin (assistant.e5_weights)
    ct2       safetensors folder or model.gguf  -> CTranslate2 int8 with the tokenizer
    openvino  safetensors folder or model.gguf  -> OpenVINO int8 with the tokenizer (see chat_models.decoder_graph)
    hf        model.gguf                        -> safetensors folder (bfloat16)
    reader    as for encoder, multilingual-e5   -> CTranslate2 int8 with our adapters merged, and the tokenizer

Only safetensors and GGUF are read; no code that comes with a model is run.
"""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant import e5_weights

if TYPE_CHECKING:
    from assistant.chat_models.decoder_graph import Array, Weights

LARGE = 200 * 2**20
"""Bytes of weights from which an encoder is kept in int8: multilingual-e5-small takes 121 MB instead of 456, and its vectors
keep a cosine of 0.9988. MiniLM's 87 MB stay as they were: other weights would be another embedder to every store."""
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json")


def encoder(source: Path, destination: Path) -> None:
    with _encoder_folder(source, destination) as folder:
        size = (folder / "model.safetensors").stat().st_size
        _to_ctranslate2(folder, destination, quantization="int8" if size > LARGE else None)
        for name in ("tokenizer.json", "sentence_bert_config.json"):
            if (folder / name).exists():
                shutil.copy(folder / name, destination)


def reader(source: Path, destination: Path) -> None:
    from assistant import adapters

    with _encoder_folder(source, destination) as folder, tempfile.TemporaryDirectory(dir=destination.parent) as scratch:
        adapters.merge(folder, Path(scratch))
        _to_ctranslate2(Path(scratch), destination, quantization="int8")
        shutil.copy(folder / "tokenizer.json", destination)
        (destination / adapters.STAMP).write_text(adapters.stamp(), encoding="utf-8")


def ct2(source: Path, destination: Path) -> None:
    with _unpacked(source, destination) as folder:
        _to_ctranslate2(folder, destination, quantization="int8")
        _copy_tokenizer(folder, destination)


def openvino(source: Path, destination: Path) -> None:
    import openvino

    from assistant.chat_models.decoder_graph import build

    with _unpacked(source, destination) as folder:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        graph = build(config, _safetensors(folder))
        destination.mkdir()
        openvino.save_model(graph, destination / "model.xml", compress_to_fp16=True)
        _copy_tokenizer(folder, destination)


def hf(source: Path, destination: Path) -> None:
    _unpack_gguf(source, destination, dtype="bfloat16")


@contextmanager
def _unpacked(source: Path, destination: Path) -> Iterator[Path]:
    """A safetensors folder: the source itself, or what its GGUF holds, beside the destination until the end."""
    if not (source / "model.gguf").exists():
        yield source
        return
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f"{destination.name}.") as scratch:
        _unpack_gguf(source, Path(scratch), dtype="float16")  # in float32 1.5B would take 7 GB of disk
        yield Path(scratch)


@contextmanager
def _encoder_folder(source: Path, destination: Path) -> Iterator[Path]:
    """As `_unpacked`, of an encoder."""
    if not (source / e5_weights.FILE).exists():
        yield source
        return
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=f"{destination.name}.") as scratch:
        e5_weights.unpack(source, Path(scratch))
        yield Path(scratch)


def _copy_tokenizer(folder: Path, destination: Path) -> None:
    for name in TOKENIZER_FILES:
        if (folder / name).exists():
            shutil.copy(folder / name, destination)
    shutil.copy(folder / "config.json", destination / "source_config.json")  # CTranslate2's own has that name


def _safetensors(folder: Path) -> "Weights":
    """The tensors of a folder by name, read when asked for: a whole model in float32 need not fit the memory."""
    from safetensors import safe_open

    files: list[Any] = [safe_open(path, framework="pt") for path in sorted(folder.glob("*.safetensors"))]
    holding = {name: file for file in files for name in file.offset_keys()}

    def tensor(name: str) -> "Array | None":
        if name not in holding:
            return None
        values: Array = holding[name].get_tensor(name).float().numpy()
        return values

    return tensor


def _unpack_gguf(source: Path, destination: Path, *, dtype: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model: Any = AutoModelForCausalLM.from_pretrained(
        source, gguf_file="model.gguf", dtype=getattr(torch, dtype), trust_remote_code=False
    )
    model.hf_quantizer, model.is_quantized = (
        None,
        False,
    )  # or save_pretrained refuses a model that was quantised
    model.config.__dict__.pop("quantization_config", None)
    model.save_pretrained(destination)
    AutoTokenizer.from_pretrained(source, gguf_file="model.gguf").save_pretrained(destination)


def _to_ctranslate2(source: Path, destination: Path, *, quantization: str | None) -> None:
    from ctranslate2.converters import TransformersConverter

    converter = TransformersConverter(str(source), trust_remote_code=False, low_cpu_mem_usage=True)
    converter.convert(str(destination), quantization=quantization, force=True)


if __name__ == "__main__":
    os.environ["HF_HUB_OFFLINE"] = "1"
    form, source_path, destination_path = sys.argv[1:]
    {"encoder": encoder, "ct2": ct2, "openvino": openvino, "hf": hf, "reader": reader}[form](
        Path(source_path), Path(destination_path)
    )
