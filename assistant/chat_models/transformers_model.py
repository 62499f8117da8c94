"""A chat model on transformers and torch: any causal model of the Hugging Face layout, on CUDA, MPS or the CPU.

Weights are read from safetensors only; no code that comes with a model is ever run.
"""

import logging
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.chat_models.cached_model import CachedModel
from assistant.chat_models.decoder import Logits
from assistant.chat_models.fixed_steps import FixedSteps, Unfit
from memory.errors import ModelDamaged

log = logging.getLogger("zhiji.transformers")

_DTYPES = {"cuda": "bfloat16", "mps": "float16", "cpu": "float32"}
"""What each device is fast at; bfloat16 on a CPU without AMX runs at 40 % of float32's speed."""


@dataclass(eq=False)
class TorchState:
    """`cache` is a `DynamicCache` of what was read; while the state is in the batch, the rest of it is there."""

    cache: Any
    length: int = 0


@dataclass
class Batch:
    """States whose tokens are read together: their rows in one cache of `past` tokens, each after its padding."""

    states: list["weakref.ref[TorchState]"]
    cache: Any
    past: int
    padding: list[int]

    def place(self, state: TorchState) -> tuple[Any, int, int]:
        """The cache that holds a state, the row in it, and where it begins."""
        for row, held in enumerate(self.states):
            if held() is state:
                return self.cache, row, self.padding[row]
        return state.cache, 0, 0


class TorchDecoder:
    """A causal model of transformers that keeps keys and values; attention is torch's (SDPA). With `fixed`, a reply that is
    written alone is written by FixedSteps of so many tokens, on CUDA if that is faster there."""

    def __init__(self, folder: Path, *, device: str, dtype: str | None = None, fixed: int = 0) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        self._torch = torch
        self._device = device
        self._batch = Batch([], None, 0, [])
        self._fixed: FixedSteps | None = None
        self.align = self.most = 512 if device == "cuda" else 64  # which CUDA reads in the time of 64
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=getattr(torch, dtype or _DTYPES[device]),
                attn_implementation="sdpa",
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
            )
            self._model: Any = model.to(device).eval()
            state = self.new()
            self.forward([state], [[0]])
            self._bytes_per_token: int = sum(
                kept.element_size() * kept.numel()
                for layer in state.cache.layers
                for kept in (layer.keys, layer.values)
            )
        except (IndexError, AttributeError, TypeError) as error:
            raise ModelDamaged(
                f"The model in {folder} is of a kind that is not supported: it keeps no keys and values."
            ) from error
        except (OSError, ValueError, RuntimeError, AssertionError) as error:  # torch asserts that it was built for CUDA
            raise ModelDamaged(
                f"The model in {folder} cannot be loaded on {device} ({type(error).__name__}: {str(error)[:200]})."
            ) from error
        if fixed:
            self._fixed = self._fixed_steps(fixed)

    def new(self) -> TorchState:
        from transformers import DynamicCache

        return TorchState(DynamicCache())

    def forward(self, states: Sequence[TorchState], ids: Sequence[Sequence[int]]) -> Logits:
        if len(states) == len(ids[0]) == 1 and self._fixed and 0 < states[0].length < self._fixed.tokens:
            made = self._write_alone(self._fixed, states[0], ids[0][0])
        elif len(states) == 1:
            self._release(states[0])
            made = self._read(states[0].cache, ids, states[0].length, [0])
        else:
            self._gather(states)
            made = self._read(self._batch.cache, ids, self._batch.past, self._batch.padding)
            self._batch.past += 1
        for state, row in zip(states, ids, strict=True):
            state.length += len(row)
        logits: Logits = made.float().cpu().numpy()
        return logits

    def cut(self, state: TorchState, tokens: int) -> None:
        self._release(state)
        if state.length > tokens:
            state.cache.crop(tokens - state.length)  # a negative number of tokens is taken off the end
        state.length = tokens

    def copy(self, state: TorchState, tokens: int) -> TorchState:
        return TorchState(self._joined([(*self._batch.place(state), tokens)]), tokens)

    def size(self, state: TorchState) -> int:
        return state.length * self._bytes_per_token

    def _write_alone(self, fixed: FixedSteps, state: TorchState, token: int) -> Any:
        if self._batch.cache is not fixed.cache or self._batch.states[0]() is not state:
            self._gather([])
            fixed.load(state.cache, state.length)
            state.cache = None
            self._batch = Batch([weakref.ref(state, self._ended)], fixed.cache, state.length, [0])
        self._batch.past += 1
        return fixed.step(token, state.length)

    def _fixed_steps(self, tokens: int) -> FixedSteps | None:
        try:
            fixed = FixedSteps(self._model, self._device, tokens)
            if self._device != "cuda":
                return fixed
            ordinary_s, self._fixed = self._seconds(), fixed
            faster = self._seconds() < ordinary_s
            self._batch = Batch([], None, 0, [])
            return fixed if faster else None
        except (Unfit, RuntimeError, ValueError, TypeError, AttributeError, IndexError, AssertionError) as error:
            log.info("replies are written without a captured graph: %s: %s", type(error).__name__, error)
            return None

    def _seconds(self, steps: int = 16) -> float:
        """Of a few tokens, the first of which is not counted."""
        state = self.new()
        self.forward([state], [[0] * 64])
        self.forward([state], [[0]])
        began = time.perf_counter()
        for _ in range(steps):
            self.forward([state], [[0]])
        return time.perf_counter() - began

    def _release(self, state: TorchState) -> None:
        """Have a state by itself, and only those in the batch that are still of use."""
        self._gather([member for held in self._batch.states if (member := held()) not in (None, state)])

    def _gather(self, states: Sequence[TorchState]) -> None:
        """Make these the batch, unless they are."""
        before = self._batch
        members = [held() for held in before.states]
        if members == list(states):
            return
        rows = [(*before.place(state), state.length) for state in states]
        past = max((state.length for state in states), default=0)
        padding = [past - state.length for state in states]
        together = self._joined(rows) if states else None
        for member in members:
            if member is not None and member not in states:
                member.cache = self._joined([(*before.place(member), member.length)])
        for state in states:
            state.cache = None
        self._batch = Batch([weakref.ref(state, self._ended) for state in states], together, past, padding)

    def _ended(self, _: object) -> None:
        """What nobody is to go on from is not kept until the next call."""
        if not any(held() for held in self._batch.states):
            self._batch = Batch([], None, 0, [])

    def _joined(self, rows: Sequence[tuple[Any, int, int, int]]) -> Any:
        """A cache of `length` tokens from `start` on of one row of each (cache, row, start, length), padded on the left."""
        from transformers import DynamicCache

        pad, longest = self._torch.nn.functional.pad, max(length for *_, length in rows)
        made: Any = DynamicCache()
        for number in range(len(rows[0][0].layers)):
            for_each = []
            for cache, row, start, length in rows:
                layer = cache.layers[number]
                kept = (layer.keys, layer.values)  # each (rows, heads, tokens, head size)
                short = (0, 0, longest - length, 0)  # zeros before the tokens
                for_each.append([pad(of[row : row + 1, :, start : start + length], short) for of in kept])
            made.update(*(self._torch.cat(of) for of in zip(*for_each, strict=True)), number)
        return made

    def _read(self, cache: Any, ids: Sequence[Sequence[int]], past: int, padding: Sequence[int]) -> Any:
        """Logits (rows, vocabulary) of the token after the last."""
        torch = self._torch
        tokens = torch.tensor([list(row) for row in ids], device=self._device)  # (rows, n)
        places = torch.arange(past + tokens.shape[1], device=self._device)
        skipped = torch.tensor(list(padding), device=self._device)[:, None]
        with torch.inference_mode():
            return self._model(
                input_ids=tokens,
                attention_mask=(places[None, :] >= skipped).long(),
                position_ids=(places[None, past:] - skipped).clamp(min=0),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]


class TransformersModel(CachedModel[TorchState]):
    """`device` is `cuda`, `mps` or `cpu`; `dtype` a torch dtype's name, by default the one the device is fast at."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        context_length: int,
        device: str,
        dtype: str | None = None,
        cache_mb: int = 512,
    ) -> None:
        decoder = TorchDecoder(folder, device=device, dtype=dtype, fixed=context_length if device == "cuda" else 0)
        super().__init__(folder, decoder, name=name, context_length=context_length, cache_mb=cache_mb)
