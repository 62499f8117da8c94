"""A chat model on transformers and torch: any causal model of the Hugging Face layout, on CUDA, MPS or the CPU.

Weights are read from safetensors only; no code that comes with a model is ever run.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from assistant.chat_models.base import Sampling
from assistant.chat_models.local_model import LocalModel
from memory.errors import ModelDamaged

_DTYPES = {"cuda": "bfloat16", "mps": "float16", "cpu": "float32"}
"""What each device is fast at; bfloat16 on a CPU without AMX runs at 40 % of float32's speed."""


class TransformersModel(LocalModel):
    """`device` is `cuda`, `mps` or `cpu`; `dtype` a torch dtype's name, by default the one the device is fast at."""

    def __init__(self, folder: Path, *, name: str, context_length: int, device: str, dtype: str | None = None) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        super().__init__(folder, name=name, context_length=context_length)
        self._device = device
        try:
            model: Any = AutoModelForCausalLM.from_pretrained(
                folder,
                dtype=getattr(torch, dtype or _DTYPES[device]),
                local_files_only=True,
                use_safetensors=True,
                trust_remote_code=False,
            )
            self._model: Any = model.to(device).eval()
        except (OSError, ValueError, RuntimeError, AssertionError) as error:  # torch asserts that it was built for CUDA
            raise ModelDamaged(
                f"The model in {folder} cannot be loaded on {device} ({type(error).__name__}: {str(error)[:200]})."
            ) from error

    def _unload(self) -> None:
        self._model = None

    def _generate(self, ids: Sequence[int], room: int, sampling: Sampling, stop: threading.Event) -> Iterator[str]:
        """Text as it comes: `generate` runs in a thread and hands over one token at a time."""
        from tokenizers.decoders import DecodeStream

        decoder = DecodeStream(skip_special_tokens=True)
        tokens: SimpleQueue[int | Exception | None] = SimpleQueue()
        with self._turn:
            if stop.is_set() or self._closed.is_set():
                return
            worker = threading.Thread(target=self._run, args=(ids, room, sampling, tokens, stop), daemon=True)
            worker.start()
            try:
                while (token := tokens.get()) is not None:
                    if isinstance(token, Exception):
                        raise token
                    piece = None if token in self._end else decoder.step(self._template.tokenizer, token)
                    if piece:
                        yield piece
            finally:
                stop.set()
                worker.join()

    def _run(
        self,
        ids: Sequence[int],
        room: int,
        sampling: Sampling,
        tokens: "SimpleQueue[int | Exception | None]",
        stop: threading.Event,
    ) -> None:
        import torch
        from transformers import GenerationConfig

        options: dict[str, Any] = {"do_sample": sampling.temperature > 0}
        if sampling.temperature > 0:
            options |= {"temperature": sampling.temperature, "top_k": sampling.top_k, "top_p": sampling.top_p}
        config = GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=room,
            repetition_penalty=sampling.repetition_penalty,
            eos_token_id=self._end,
            pad_token_id=self._end[0],
            **options,
        )
        try:
            if sampling.seed is not None:
                torch.manual_seed(sampling.seed)
            prompt = torch.tensor([list(ids)], device=self._device)  # (1, prompt tokens)
            self._model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                generation_config=config,
                streamer=_Handover(tokens),
                stopping_criteria=[
                    lambda *_, **__: torch.tensor([stop.is_set() or self._closed.is_set()], device=self._device)
                ],
            )
        except Exception as error:  # handed to the thread that reads, which raises it
            tokens.put(error)
        tokens.put(None)


class _Handover:
    """What `generate` calls with each new token; its first call brings the prompt."""

    def __init__(self, tokens: "SimpleQueue[int | Exception | None]") -> None:
        self._tokens = tokens
        self._prompt_seen = False

    def put(self, value: Any) -> None:
        if not self._prompt_seen:
            self._prompt_seen = True
            return
        for token in value.flatten().tolist():
            self._tokens.put(token)

    def end(self) -> None:
        pass
