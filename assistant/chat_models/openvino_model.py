"""A chat model on OpenVINO: the fastest on a CPU for a conversation as a whole, and it needs no torch.

Keys and values lie in blocks of BLOCK tokens that states share (paged attention: Kwon et al. 2023): what several
conversations begin with is there once, replies of any length are written together, and nothing is moved when one comes or
goes. On 2 cores with Qwen2.5-Coder-0.5B in int8 this attention reads 1,000 tokens at 930 a second, where OpenVINO's other
one, with a cache for each request, comes to 470; CTranslate2 reads 500 and reads the whole conversation at every turn.
The other settings, and what they cost (same model):

    keys and values in 16 bits       in 8, the default, one greedy token in seven differs from those of float32 instead
                                     of one in twenty-five
    groups of 128 activations        of 32: 690 tokens/s; of 64: 850; of 896: 660
    float32 for what is not int8     bfloat16, the default where the processor knows it, is no faster without AMX
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant import hardware
from assistant.chat_models.cached_model import CachedModel
from assistant.chat_models.decoder import Logits
from memory.errors import ModelDamaged

BLOCK = 32
"""Tokens in a block; OpenVINO's for CPUs."""


@dataclass(eq=False, slots=True)
class Block:
    """Room for the keys and values of BLOCK tokens. It is free again when no state holds it, in whatever thread."""

    number: int
    free: "deque[int]"

    def __del__(self) -> None:
        self.free.append(self.number)


@dataclass(eq=False)
class Paged:
    """A state: the blocks, in order, that hold its `length` tokens."""

    blocks: list[Block]
    length: int


class OpenVINODecoder:
    """The graph of `chat_models.decoder_graph` in `folder`, with room for the keys and values of `tokens` tokens and for
    `cache_bytes` of them besides. The room takes memory when it is first used, and keeps it: what was let go of is there
    until something else is written over it, and nothing reads it."""

    align = BLOCK
    most = 1024

    def __init__(self, folder: Path, *, tokens: int, cache_bytes: int = 0, threads: int = 0) -> None:
        import openvino
        from openvino._offline_transformations import paged_attention_transformation

        options: dict[str, object] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f16" if hardware.X86 else "f32",  # ARM knows no other with f32
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": 128,
        }
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        core = openvino.Core()
        try:
            graph = core.read_model(folder / "model.xml")
            paged_attention_transformation(graph)
            model = core.compile_model(graph, "CPU", options)
            self._request: Any = model.create_infer_request()
            if not any("wanted" in port.get_names() for port in model.inputs):
                raise ModelDamaged(f"The model in {folder} was converted by an older Zhiji. Convert it again.")
            one = {  # a block of each, (heads, BLOCK, head size)
                port.get_any_name(): np.empty(
                    [size.get_length() for size in list(port.partial_shape)[1:]], port.get_element_type().to_dtype()
                )
                for port in model.inputs
                if port.get_any_name().startswith(("key_cache.", "value_cache."))
            }
            self._block_bytes = sum(block.nbytes for block in one.values())
            blocks = -(-tokens // BLOCK) + cache_bytes // self._block_bytes
            # zeros are taken from the system page by page, as something is written; OpenVINO does not hold what it is given
            self._room = {name: np.zeros((blocks, *block.shape), block.dtype) for name, block in one.items()}
            for name, room in self._room.items():
                self._request.set_tensor(name, openvino.Tensor(room, shared_memory=True))
        except RuntimeError as error:
            raise ModelDamaged(
                f"OpenVINO cannot load the model in {folder}. Run `zhiji models verify`; if that finds nothing, set "
                'engine = "ctranslate2".'
            ) from error
        self._free = deque(range(blocks - 1, -1, -1))

    def new(self) -> Paged:
        return Paged([], 0)

    def forward(self, states: Sequence[Paged], ids: Sequence[Sequence[int]]) -> Logits:
        past = np.array([state.length for state in states], np.int32)
        lengths = past + np.array([len(row) for row in ids], np.int32)
        for state, length in zip(states, lengths, strict=True):
            while len(state.blocks) * BLOCK < length:
                state.blocks.append(self._block())
        ends = np.cumsum(lengths - past, dtype=np.int32)
        inputs = {
            "input_ids": np.concatenate([np.asarray(row, np.int64) for row in ids]),
            "position_ids": np.concatenate(
                [np.arange(*span, dtype=np.int64) for span in zip(past, lengths, strict=True)]
            ),
            "past_lens": past,
            "subsequence_begins": np.concatenate([[0], ends]).astype(np.int32),
            "block_indices": np.array([block.number for state in states for block in state.blocks], np.int32),
            "block_indices_begins": np.cumsum([0, *(len(state.blocks) for state in states)], dtype=np.int32),
            "max_context_len": lengths.max(),
            "wanted": ends - 1,
        }
        self._request.infer(inputs, share_outputs=True)
        for state, length in zip(states, lengths, strict=True):
            state.length = int(length)
        logits: Logits = self._request.get_tensor("logits").data[0]
        return logits

    def cut(self, state: Paged, tokens: int) -> None:
        del state.blocks[tokens // BLOCK :]
        state.length = tokens

    def copy(self, state: Paged, tokens: int) -> Paged:
        return Paged(state.blocks[: tokens // BLOCK], tokens)

    def size(self, state: Paged) -> int:
        return len(state.blocks) * self._block_bytes

    def _block(self) -> Block:
        try:
            return Block(self._free.pop(), self._free)
        except IndexError:
            raise MemoryError("no room is left for keys and values") from None


class OpenVINOModel(CachedModel[Paged]):
    """`folder` holds a converted model with its tokenizer (see `assistant.convert`)."""

    def __init__(self, folder: Path, *, name: str, context_length: int, threads: int = 0, cache_mb: int = 512) -> None:
        decoder = OpenVINODecoder(
            folder,
            tokens=(self.at_once + 1)
            * (context_length + BLOCK),  # of the replies being written, and of what is read ahead
            cache_bytes=cache_mb * 2**20,
            threads=threads,
        )
        super().__init__(folder, decoder, name=name, context_length=context_length, cache_mb=cache_mb)
