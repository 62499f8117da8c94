"""The reader in torch: the encoder, frozen but for its norms and adapters, and the heads (`memory.facts.reader_heads`)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from memory.facts.reader_heads import KEYS, MAX_SPAN, PAIR, STANDINGS, TENSES

WIDTH, INNER, LAYERS, HEADS, HEAD = 384, 256, 12, 12, 32
EPSILON = 1e-12
RANK, SCALE, DROP = 32, 1.0, 0.1
"""Of the adapters; SCALE is what LoRA calls alpha over rank."""
FAST = torch.bfloat16 if getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)() else torch.float32
"""What the frozen layers are multiplied in: bfloat16 is four times as fast where the processor knows it, else an eighth."""
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "joined": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
    "norm": "attention.output.LayerNorm",
    "last_norm": "output.LayerNorm",
}
_NORMS = ("norm", "last_norm")


class Adapted(nn.Module):
    """A frozen layer with a low-rank change (Hu et al. 2021), multiplied in FAST."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight.to(FAST), persistent=False)
        self.register_buffer("bias", bias.to(FAST), persistent=False)
        self.A = nn.Parameter(torch.randn(RANK, weight.shape[1]) / math.sqrt(weight.shape[1]))
        self.B = nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def forward(self, inputs: Tensor) -> Tensor:
        """(…, in) to (…, out)."""
        given = inputs.to(FAST)
        change = F.linear(F.linear(given, self.A.to(FAST)), (self.B * SCALE).to(FAST))
        return F.linear(given, self.get_buffer("weight"), self.get_buffer("bias")) + change


class Layer(nn.Module):
    def __init__(self, weights: Mapping[str, Tensor], at: str) -> None:
        super().__init__()
        for name, theirs in _PARTS.items():
            weight, bias = weights[f"{at}{theirs}.weight"], weights[f"{at}{theirs}.bias"]
            if name in _NORMS:
                norm = nn.LayerNorm(WIDTH, eps=EPSILON)
                norm.load_state_dict({"weight": weight, "bias": bias})
                self.add_module(name, norm)
            else:
                self.add_module(name, Adapted(weight, bias))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(b, n, width); `mask` (b, 1, 1, n) is added to the scores."""
        size, number, _ = hidden.shape

        def part(name: str, given: Tensor) -> Tensor:
            return self.get_submodule(name)(given)  # type: ignore[no-any-return]

        def by_head(name: str) -> Tensor:
            return part(name, hidden).view(size, number, HEADS, HEAD).transpose(1, 2)

        scores = (by_head("query") @ by_head("key").transpose(-1, -2)).float() / math.sqrt(HEAD) + mask
        seen = (torch.softmax(scores, -1).to(FAST) @ by_head("value")).transpose(1, 2).reshape(size, number, WIDTH)
        hidden = part("norm", hidden + F.dropout(part("joined", seen), DROP, self.training).float())
        wide = F.gelu(part("wide", hidden))
        return part("last_norm", hidden + F.dropout(part("narrow", wide), DROP, self.training).float())


class Network(nn.Module):
    """`folder` holds multilingual-e5-small as safetensors."""

    def __init__(self, folder: Path) -> None:
        from safetensors.torch import load_file

        super().__init__()
        weights = load_file(folder / "model.safetensors")
        for name, theirs in (
            ("words", "word_embeddings"),
            ("places", "position_embeddings"),
            ("kinds", "token_type_embeddings"),
        ):
            self.register_buffer(name, weights[f"embeddings.{theirs}.weight"], persistent=False)
        for name in ("weight", "bias"):
            self.register_buffer(f"embedded_{name}", weights[f"embeddings.LayerNorm.{name}"], persistent=False)
        self.layers = nn.ModuleList([Layer(weights, f"encoder.layer.{at}.") for at in range(LAYERS)])
        self.start, self.end = nn.Linear(WIDTH, 2 * PAIR), nn.Linear(WIDTH, 2 * PAIR)
        self.tok = nn.Linear(WIDTH, 6)
        self.len, self.bias = nn.Parameter(torch.zeros(2, MAX_SPAN)), nn.Parameter(torch.full((2,), -3.0))
        self.rep, self.attr = nn.Linear(3 * WIDTH, INNER), nn.Linear(INNER, len(KEYS) + 2 + len(TENSES))
        self.sq, self.sk, self.s0 = nn.Linear(INNER, PAIR), nn.Linear(WIDTH, PAIR), nn.Linear(INNER, 2)
        self.st = nn.Linear(WIDTH, len(STANDINGS))

    def states(self, ids: Tensor, there: Tensor) -> Tensor:
        """`ids` (b, n) and whether each is `there` (b, n) to (b, n, width)."""
        get = self.get_buffer
        hidden = get("words")[ids] + get("places")[: ids.shape[1]] + get("kinds")[0]
        hidden = F.layer_norm(hidden, (WIDTH,), get("embedded_weight"), get("embedded_bias"), EPSILON)
        mask = torch.zeros(len(ids), 1, 1, ids.shape[1]).masked_fill(~there[:, None, None, :], -1e9)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden

    @torch.no_grad()
    def spread(self, batches: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Let the states of these texts begin with mean 0 and deviation 1 in each direction: this encoder's all point one way
        (mean cosine .72), and heads learn next to nothing from what is common to all. The last norm takes it in."""
        found = torch.cat([self.states(ids, there)[there] for ids, there in batches])
        mean, deviation = found.mean(0), found.std(0)
        norm = self.layers[-1].get_submodule("last_norm")
        weight, bias = norm.get_parameter("weight"), norm.get_parameter("bias")
        bias.copy_((bias - mean) / deviation)
        weight.div_(deviation)

    def spans(self, states: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (b, 2, n, n) of values and of who is spoken of; of each token alone (b, 2, n, 3): begins, ends, is inside."""
        size, number, _ = states.shape
        dropped = F.dropout(states, DROP, self.training)
        begins, ends = (
            head(dropped).view(size, number, 2, PAIR).permute(0, 2, 1, 3) for head in (self.start, self.end)
        )
        alone = self.tok(dropped).view(size, number, 2, 3).permute(0, 2, 1, 3)
        sums = F.pad(alone[..., 2].cumsum(-1), (1, 0))
        place = torch.arange(number)
        length = (place[None] - place[:, None]).clamp(0, MAX_SPAN - 1)
        inside = (sums[..., 1:][:, :, None, :] - sums[..., :-1][:, :, :, None]) / (length + 1)
        pairs = begins @ ends.transpose(-1, -2) / math.sqrt(PAIR)
        logits = pairs + alone[..., 0][..., :, None] + alone[..., 1][..., None, :] + inside + self.len[:, length]
        return logits + self.bias[:, None, None], alone

    def attributes(
        self, states: Tensor, row: Tensor, first: Tensor, last: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Of m values, in the texts `row` (m,): logits of keys (m, keys), polarities (m, 2), tenses (m, 4), owners (m, 2 + n)."""
        sums = F.pad(states.cumsum(1), (0, 0, 1, 0))
        mean = (sums[row, last + 1] - sums[row, first]) / (last - first + 1)[:, None]
        joined = F.dropout(torch.cat([states[row, first], states[row, last], mean], -1), DROP, self.training)
        values = F.dropout(F.gelu(self.rep(joined)), DROP, self.training)
        keys, polarities, tenses = self.attr(values).split([len(KEYS), 2, len(TENSES)], -1)
        pointed = torch.einsum("md,mnd->mn", self.sq(values), self.sk(states)[row]) / math.sqrt(PAIR)
        return keys, polarities, tenses, torch.cat([self.s0(values), pointed], -1)

    @torch.no_grad()
    def take(self, made: Mapping[str, npt.NDArray[np.floating]]) -> None:
        """Go on from what was `exported`."""
        names = {
            f"layers.encoder.layer.{at}.{_PARTS[part]}": f"layers.{at}.{part}"
            for at in range(LAYERS)
            for part in _PARTS
        }
        own = self.state_dict()
        for name, value in made.items():
            whole, _, kind = name.rpartition("/")
            called = f"{names[whole]}.{kind}" if whole else name
            if called in own:
                tensor = torch.from_numpy(value.astype(np.float32))
                own[called].copy_(tensor / SCALE if kind == "B" else tensor)

    def exported(self) -> dict[str, npt.NDArray[np.floating]]:
        """As `assistant.adapters` and `memory.facts.reader_heads` read it: float16, norms float32, the adapters' B scaled."""
        made: dict[str, npt.NDArray[np.floating]] = {}
        for name, tensor in self.state_dict().items():
            value = tensor.detach().float().numpy()
            if not name.startswith("layers."):
                made[name] = value.astype(np.float16)
                continue
            _, layer, part, kind = name.split(".")
            scaled = value * SCALE if kind == "B" else value
            kept = scaled if part in _NORMS else scaled.astype(np.float16)
            made[f"layers.encoder.layer.{layer}.{_PARTS[part]}/{kind}"] = kept
        return made
