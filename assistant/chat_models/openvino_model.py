"""A chat model on OpenVINO: the fastest on a CPU for a conversation as a whole, and it needs no torch.

On 2 cores with Qwen2.5-Coder-0.5B in int8: 450 tokens/s of prompt, 37 to 40 of reply. CTranslate2 reads 490 and writes 25,
but it reads the whole conversation again at every turn.
Keys and values are kept in 16 bits: in 8, which is OpenVINO's default, one greedy token in seven differs from those of
float32 instead of one in twenty-five (420 tokens of talk, 0.5B). On x86 what is not int8 is computed in float32: bfloat16,
the default where the processor knows it, was no faster without AMX (40 tokens/s of reply against 37) and less exact.
"""

from collections.abc import Sequence
from pathlib import Path
from platform import machine
from typing import Any

import numpy as np

from assistant.chat_models.cached_model import CachedModel
from assistant.chat_models.decoder import Ids, Logits, Row
from memory.errors import ModelDamaged


class OpenVINODecoder:
    """The graph of `chat_models.decoder_graph` in `folder`. A state is an inference request, whose weights are shared."""

    bytes_per_state = 10 * 2**20

    def __init__(self, folder: Path, threads: int = 0) -> None:
        import openvino

        core = openvino.Core()
        options: dict[str, object] = {
            "PERFORMANCE_HINT": "LATENCY",
            "KV_CACHE_PRECISION": "f16",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128,  # of activations; the default of 32 reads 15 % slower
        }
        if machine() in ("x86_64", "AMD64"):
            options["INFERENCE_PRECISION_HINT"] = "f32"
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        try:
            self._model: Any = core.compile_model(folder / "model.xml", "CPU", options)
            shapes = [state.state.shape for state in self.new().query_state()]
        except RuntimeError as error:
            raise ModelDamaged(f"The model in {folder} cannot be read. Run `zhiji models verify`.") from error
        self._tensor = openvino.Tensor
        self.bytes_per_token = sum(heads * size * 2 for _, heads, _, size in shapes)

    def new(self) -> Any:
        return self._model.create_infer_request()

    def forward(self, state: Any, ids: Ids, past: int, padding: Sequence[int]) -> Logits:
        rows, count = ids.shape
        places = np.arange(past + count)
        mask = (places[None, :] >= np.array(padding)[:, None]).astype(np.int64)  # (rows, past + count)
        positions = np.maximum(places[None, past:] - np.array(padding)[:, None], 0)  # (rows, count)
        state.infer(
            {
                "input_ids": ids,
                "attention_mask": mask,
                "position_ids": positions,
                "beam_idx": np.arange(rows, dtype=np.int32),
            }
        )
        logits: Logits = state.get_tensor("logits").data[:, -1].copy()
        return logits

    def cut(self, state: Any, tokens: int) -> Any:
        for held in state.query_state():
            held.state = self._tensor(np.ascontiguousarray(held.state.data[:, :, :tokens]))
        return state

    def join(self, rows: Sequence[Row[Any]]) -> Any:
        longest = max(row.length for row in rows)
        made = self.new()
        kept = [row.state.query_state() for row in rows]
        for number, target in enumerate(made.query_state()):
            first = kept[0][number].state.data  # (rows, heads, tokens, head size)
            joined = np.zeros((len(rows), first.shape[1], longest, first.shape[3]), first.dtype)
            for at, row in enumerate(rows):
                held = kept[at][number].state.data[row.row, :, row.start : row.start + row.length]
                joined[at, :, longest - row.length :] = held
            target.state = self._tensor(joined)
        return made


class OpenVINOModel(CachedModel[Any]):
    """`folder` holds a converted model with its tokenizer (see `assistant.convert`)."""

    def __init__(self, folder: Path, *, name: str, context_length: int, threads: int = 0, cache_mb: int = 512) -> None:
        decoder = OpenVINODecoder(folder, threads)
        super().__init__(folder, decoder, name=name, context_length=context_length, cache_mb=cache_mb)
