"""The ordinary way: transformers in float32, `generate` on the whole prompt each time, with nothing kept."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM
from transformers.generation.streamers import BaseStreamer

from assistant.chat_models.chat_template import ChatTemplate
from prompts.types import ChatMessage


class Times(BaseStreamer):
    def __init__(self) -> None:
        self.at: list[float] = []

    def put(self, value: object) -> None:  # noqa: ARG002
        self.at.append(time.perf_counter())

    def end(self) -> None:
        pass


class Baseline:
    """`folder` is a Hugging Face folder with the weights of the model that is compared."""

    name = "transformers generate, float32"

    def __init__(self, folder: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self._model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.template = ChatTemplate(folder)
        self._lock = threading.Lock()

    def ids(self, messages: Sequence[ChatMessage]) -> list[int]:
        return self.template.encode(messages)

    def count(self, messages: Sequence[ChatMessage]) -> int:
        return len(self.ids(messages))

    def timed(self, ids: Sequence[int], tokens: int) -> tuple[float, float]:
        """Seconds to the first token, and to the last of exactly `tokens`."""
        with self._lock:
            prompt, times = torch.tensor([list(ids)]), Times()
            began = time.perf_counter()
            self._model.generate(
                prompt,
                attention_mask=torch.ones_like(prompt),
                do_sample=False,
                min_new_tokens=tokens,
                max_new_tokens=tokens,
                pad_token_id=0,
                streamer=times,
            )
        return times.at[1] - began, times.at[-1] - began  # the first call brings the prompt
