"""A chat model on transformers and torch: any causal model of the Hugging Face layout, on CUDA, MPS or the CPU.

Weights are read from safetensors only; no code that comes with a model is ever run.
"""

import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.chat_models.cached_model import CachedModel
from assistant.chat_models.decoder import Logits
from memory.errors import ModelDamaged

_DTYPES = {"cuda": "bfloat16", "mps": "float16", "cpu": "float32"}
"""What each device is fast at; bfloat16 on a CPU without AMX runs at 40 % of float32's speed."""


@dataclass(eq=False)
class TorchState:
    """`cache` is a `DynamicCache` of what was read alone; what was read together with others is in the batch."""

    cache: Any
    length: int = 0


@dataclass
class Batch:
    """States whose tokens are read together: their rows in one cache of `past` tokens, each after its padding."""

    states: list["weakref.ref[TorchState]"]
    cache: Any
    past: int
    padding: list[int]

    def row(self, state: TorchState) -> int | None:
        return next((row for row, held in enumerate(self.states) if held() is state), None)


class TorchDecoder:
    """A causal model of transformers that keeps keys and values; attention is torch's (SDPA)."""

    def __init__(self, folder: Path, *, device: str, dtype: str | None = None) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        self._torch = torch
        self._device = device
        self._batch: Batch | None = None
        self.align = self.most = 64 if device == "cpu" else 512
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

    def new(self) -> TorchState:
        from transformers import DynamicCache

        return TorchState(DynamicCache())

    def forward(self, states: Sequence[TorchState], ids: Sequence[Sequence[int]]) -> Logits:
        batch = self._batch
        if batch and not any(held() for held in batch.states):
            self._batch = batch = None
        if len(states) == 1 and (batch is None or batch.row(states[0]) is None):
            made = self._read(states[0].cache, ids, states[0].length, [0])
        else:
            batch = self._gathered(states)
            made = self._read(batch.cache, ids, batch.past, batch.padding)
            batch.past += 1
        for state, row in zip(states, ids, strict=True):
            state.length += len(row)
        logits: Logits = made.float().cpu().numpy()
        return logits

    def cut(self, state: TorchState, tokens: int) -> None:
        if (more := state.cache.get_seq_length() - tokens) > 0:
            state.cache.crop(-more)  # a negative number of tokens is taken off the end
        state.length = tokens

    def copy(self, state: TorchState, tokens: int) -> TorchState:
        return TorchState(self._joined([(state.cache, 0, 0, tokens)]), tokens)

    def size(self, state: TorchState) -> int:
        return state.length * self._bytes_per_token

    def _gathered(self, states: Sequence[TorchState]) -> Batch:
        """The batch of these states, made anew when one has come or gone."""
        before = self._batch
        if before is not None and [held() for held in before.states] == list(states):
            return before
        rows = []
        for state in states:
            row = None if before is None else before.row(state)
            if before is None or row is None:
                rows.append((state.cache, 0, 0, state.length))
            else:
                rows.append((before.cache, row, before.padding[row], state.length))
        past = max(state.length for state in states)
        padding = [past - state.length for state in states]
        self._batch = Batch([weakref.ref(state) for state in states], self._joined(rows), past, padding)
        return self._batch

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
        decoder = TorchDecoder(folder, device=device, dtype=dtype)
        super().__init__(folder, decoder, name=name, context_length=context_length, cache_mb=cache_mb)
