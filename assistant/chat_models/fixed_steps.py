"""Token after token from a cache of fixed size: on CUDA one captured graph, started once a token instead of once a kernel.

A small model's kernels run shorter than it takes to start them, hundreds a token, so a GPU waits for the CPU. A captured
graph takes that away without a compiler; compiling as well (Inductor) would need a minute and a C compiler at the person's.
"""

from typing import Any


class Unfit(Exception):
    """A model whose cache is not of fixed size."""


class FixedSteps:
    """Room for one reply of at most `tokens` tokens, prompt included. Raises Unfit."""

    def __init__(self, model: Any, device: str, tokens: int) -> None:
        import torch
        from transformers import StaticCache
        from transformers.cache_utils import StaticLayer

        self.tokens = tokens
        self.cache: Any = StaticCache(config=model.config, max_cache_len=tokens)
        if not all(type(layer) is StaticLayer for layer in self.cache.layers):
            raise Unfit("its layers do not see all tokens")
        self._torch = torch
        self._model = model
        self._token, self._place = (torch.zeros((1, 1), dtype=torch.long, device=device) for _ in range(2))
        self._seen = torch.zeros((1, 1, 1, tokens), dtype=torch.bool, device=device)  # what attention may look at
        self._graph: Any = None
        self._logits = self._compute()
        if device == "cuda":
            self._capture()

    def load(self, cache: Any, tokens: int) -> None:
        """Go on from the first `tokens` tokens of a cache of one row."""
        with self._torch.inference_mode():
            for mine, kept in zip(self.cache.layers, cache.layers, strict=True):
                mine.keys[:, :, :tokens] = kept.keys[:, :, :tokens]
                mine.values[:, :, :tokens] = kept.values[:, :, :tokens]
                mine.cumulative_length.fill_(tokens)
            self._seen.zero_()
            self._seen[..., :tokens] = True

    def step(self, token: int, past: int) -> Any:
        """Logits (1, vocabulary) after one more token, the `past`-th counted from 0; they hold until the next call."""
        with self._torch.inference_mode():
            self._token.fill_(token)
            self._place.fill_(past)
            self._seen[..., past] = True
            if self._graph is None:
                return self._compute()
            self._graph.replay()
            return self._logits

    def _compute(self) -> Any:
        with self._torch.inference_mode():
            return self._model(
                input_ids=self._token,
                attention_mask=self._seen,
                position_ids=self._place,
                past_key_values=self.cache,
                use_cache=True,
            ).logits[:, -1]

    def _capture(self) -> None:
        cuda = self._torch.cuda
        side = cuda.Stream()
        side.wait_stream(cuda.current_stream())
        with cuda.stream(side):  # what is set up at first use must be there before
            for _ in range(3):
                self._compute()
        cuda.current_stream().wait_stream(side)
        graph = cuda.CUDAGraph()
        with cuda.graph(graph, capture_error_mode="thread_local"):  # others may use the device
            self._logits = self._compute()
        self._graph = graph
