"""Merges the reader's low-rank adapters (`memory/facts/reader.npz`) into the encoder that they were trained on.

A weight W becomes W + B A (Hu et al., "LoRA", 2021; B is written scaled), and the layers' norms are replaced. What comes of it is
an encoder like the one before, so it runs as fast; a stamp says of which adapters, and with others it is made anew.
"""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from memory.facts.reader_heads import WEIGHTS

STAMP = "reader.sha256"


def stamp() -> str:
    """The sha256 of the adapters and heads of this version."""
    return hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()


def merge(source: Path, destination: Path) -> None:
    """Write the encoder in the folder `source` (safetensors, float32) with the adapters merged into `destination`."""
    from safetensors.numpy import load_file, save_file

    tensors = load_file(source / "model.safetensors")
    with np.load(WEIGHTS, allow_pickle=False) as file:
        for name in file.files:
            if not name.startswith("layers."):
                continue
            kind, at = name.rsplit("/", 1)
            weight = kind.removeprefix("layers.")
            if at == "A":
                change = file[f"{kind}/B"].astype(np.float32) @ file[name].astype(np.float32)
                tensors[f"{weight}.weight"] = tensors[f"{weight}.weight"] + change
            elif at in ("weight", "bias"):
                tensors[f"{weight}.{at}"] = file[name].astype(np.float32)
    save_file(tensors, destination / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    (destination / "config.json").write_text(json.dumps(config), encoding="utf-8")
    shutil.copy(source / "tokenizer.json", destination)
