"""A chat model on transformers and torch: any causal model of the Hugging Face layout, on CUDA, MPS or the CPU.

Weights are read from safetensors only; no code that comes with a model is ever run.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.chat_models.cached_model import CachedModel
from assistant.chat_models.decoder import Ids, Logits, Row
from memory.errors import ModelDamaged

_DTYPES = {"cuda": "bfloat16", "mps": "float16", "cpu": "float32"}
"""What each device is fast at; bfloat16 on a CPU without AMX runs at 40 % of float32's speed."""


class TorchDecoder:
    """A causal model of transformers that keeps keys and values. A state is a `DynamicCache`; attention is torch's (SDPA)."""

    bytes_per_state = 0

    def __init__(self, folder: Path, *, device: str, dtype: str | None = None) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        self._torch = torch
        self._device = device
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
            self._read(state, [[0]], 0, [0])
            self.bytes_per_token = sum(
                kept.element_size() * kept.numel() for layer in state.layers for kept in (layer.keys, layer.values)
            )
        except (IndexError, AttributeError, TypeError) as error:
            raise ModelDamaged(
                f"The model in {folder} is of a kind that is not supported: it keeps no keys and values."
            ) from error
        except (OSError, ValueError, RuntimeError, AssertionError) as error:  # torch asserts that it was built for CUDA
            raise ModelDamaged(
                f"The model in {folder} cannot be loaded on {device} ({type(error).__name__}: {str(error)[:200]})."
            ) from error

    def new(self) -> Any:
        from transformers import DynamicCache

        return DynamicCache()

    def forward(self, state: Any, ids: Ids, past: int, padding: Sequence[int]) -> Logits:
        logits: Logits = self._read(state, ids.tolist(), past, padding).float().cpu().numpy()
        return logits

    def cut(self, state: Any, tokens: int) -> Any:
        state.crop(tokens - state.get_seq_length())  # a negative number of tokens is taken off the end
        return state

    def join(self, rows: Sequence[Row[Any]]) -> Any:
        torch, longest = self._torch, max(row.length for row in rows)
        made = self.new()
        for number in range(len(rows[0].state.layers)):
            for_each = []
            for row in rows:
                layer = row.state.layers[number]
                held = slice(row.start, row.start + row.length)
                short = (0, 0, longest - row.length, 0)  # zeros before the tokens
                kept = (layer.keys, layer.values)  # each (rows, heads, tokens, head size)
                for_each.append([torch.nn.functional.pad(of[row.row : row.row + 1, :, held], short) for of in kept])
            made.update(*(torch.cat(of) for of in zip(*for_each, strict=True)), number)
        return made

    def _read(self, state: Any, ids: list[list[int]], past: int, padding: Sequence[int]) -> Any:
        torch = self._torch
        tokens = torch.tensor(ids, device=self._device)  # (rows, n)
        places = torch.arange(past + tokens.shape[1], device=self._device)
        skipped = torch.tensor(list(padding), device=self._device)[:, None]
        with torch.inference_mode():
            return self._model(
                input_ids=tokens,
                attention_mask=(places[None, :] >= skipped).long(),
                position_ids=(places[None, past:] - skipped).clamp(min=0),
                past_key_values=state,
                use_cache=True,
                logits_to_keep=1,
            ).logits[:, -1]


class TransformersModel(CachedModel[Any]):
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
