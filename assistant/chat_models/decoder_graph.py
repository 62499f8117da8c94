"""The OpenVINO graph of a decoder-only model, built from its weights: Llama, Mistral, Qwen2, Qwen2.5, Qwen3 and their like.

    ids ─ embedding ─ [ norm ─ attention ─ + ─ norm ─ gated MLP ─ + ] x layers ─ norm ─ logits of the tokens wanted
                               │
                               └ keys and values are kept: the prefix is computed once

Weights are 8-bit integers with one scale a row, the same rounding as CTranslate2's int8; OpenVINO computes with them
as such where the processor can. Built here because the usual exporter (optimum-intel 2.2) needs transformers below 5.6,
and OpenVINO GenAI's reader of GGUF knows neither Q5_0 nor Q5_1, which the 0.5B model has. The patterns are those that
OpenVINO fuses (rotary embedding, RMS norm) and those that its `paged_attention_transformation` knows: a file cannot hold
paged attention, so each layer has a cache as a variable here, and `openvino_model` has it replaced as the model is loaded.
Of the last layer only what the wanted tokens need is computed, 4 % of the whole.

What it does not know: sliding windows, scaled rotary embeddings (`rope_type` other than `default`), mixtures of experts.
Those raise Unsupported, and another engine takes the model.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import PartialShape, Type
from openvino import opset13 as op
from openvino.op.util import Variable, VariableInfo

FAMILIES = frozenset({"llama", "mistral", "qwen2", "qwen3"})

Array = npt.NDArray[np.float32]
Weights = Callable[[str], Array | None]
"""A tensor by its Hugging Face name, float32, or `None` if the model has none of that name."""


class Unsupported(Exception):
    """A model of a kind the graph does not know."""


def build(config: dict[str, Any], weights: Weights) -> ov.Model:
    """The stateful graph. Inputs, for a batch of `b` rows and `n` new tokens after `p` cached ones: `input_ids` and
    `position_ids` (b, n) int64, `attention_mask` (b, 1, n, p + n) float32 to be added to the scores, `beam_idx` (b,) int32
    that picks cached rows, `wanted` (w,) int32, places among the b x n tokens. Output `logits` (1, w, vocabulary) float32.
    With paged attention there are neither mask nor `beam_idx`, `input_ids` and `position_ids` are (tokens,), and the inputs
    are those of `openvino_model.OpenVINODecoder.forward`. Raises Unsupported."""
    return _Graph(config, weights).model()


def _rope_theta(config: dict[str, Any]) -> float:
    """The base of the rotary embedding, which transformers 5 keeps in `rope_parameters` and earlier ones beside it."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if rope.get("rope_type", rope.get("type", "default")) != "default":
        raise Unsupported(f"rotary embedding of type {rope.get('rope_type', rope.get('type'))}")
    return float(rope.get("rope_theta") or config.get("rope_theta") or 10_000)


class _Graph:
    def __init__(self, config: dict[str, Any], weights: Weights) -> None:
        if config.get("model_type") not in FAMILIES:
            raise Unsupported(f"models of type {config.get('model_type')}")
        if config.get("use_sliding_window", config.get("model_type") == "mistral" and config.get("sliding_window")):
            raise Unsupported("a sliding window")
        if config.get("quantization_config"):
            raise Unsupported("weights that are quantised already")
        if config.get("hidden_act", "silu") != "silu":
            raise Unsupported(f"activation {config.get('hidden_act')}")
        self.get = weights
        self.layers = int(config["num_hidden_layers"])
        self.heads = int(config["num_attention_heads"])
        self.kv_heads = int(config.get("num_key_value_heads") or self.heads)
        self.head_size = int(config.get("head_dim") or config["hidden_size"] // self.heads)
        self.epsilon = float(config["rms_norm_eps"])
        self.theta = _rope_theta(config)
        self.variables: list[Any] = []
        self.assigns: list[Any] = []

    def model(self) -> ov.Model:
        ids, positions = (_input(name, [-1, -1], Type.i64) for name in ("input_ids", "position_ids"))
        self.mask = _input("attention_mask", [-1, 1, -1, -1], Type.f32)
        self.beams = _input("beam_idx", [-1], Type.i32)
        self.wanted = _input("wanted", [-1], Type.i32)
        self.batch = op.gather(op.shape_of(ids), _ints(0), _int(0))
        self.cos, self.sin = self._rotations(positions)
        embedding = self._quantized("model.embed_tokens.weight")
        hidden = op.gather(embedding, op.convert(ids, "i32"), op.constant(np.int32(0)))
        for layer in range(self.layers):
            hidden = self._layer(hidden, f"model.layers.{layer}.", layer)
        head = embedding if self.get("lm_head.weight") is None else self._quantized("lm_head.weight")
        logits = op.matmul(self._norm(hidden, "model.norm.weight"), head, False, True)
        logits.output(0).set_names({"logits"})
        return ov.Model(
            [op.result(logits)],
            self.assigns,
            [ids, positions, self.mask, self.beams, self.wanted],
            self.variables,
            "decoder",
        )

    def _layer(self, hidden: Any, at: str, number: int) -> Any:
        normed = self._norm(hidden, f"{at}input_layernorm.weight")
        heads = (self.heads, self.kv_heads, self.kv_heads)
        together = self._linear(normed, *(f"{at}self_attn.{name}_proj" for name in "qkv"))
        parts = op.variadic_split(together, _int(2), _ints(*(self.head_size * count for count in heads)))
        query, key, value = (self._by_head(part, count) for part, count in zip(parts.outputs(), heads, strict=True))
        query = self._rotated(self._norm_if_any(query, f"{at}self_attn.q_norm.weight"))
        key = self._rotated(self._norm_if_any(key, f"{at}self_attn.k_norm.weight"))
        keys, values = self._cached(f"{number}.key", key), self._cached(f"{number}.value", value)
        seen = op.scaled_dot_product_attention(query, self._shared(keys), self._shared(values), self.mask)
        joined = op.reshape(op.transpose(seen, _ints(0, 2, 1, 3)), _ints(0, 0, self.heads * self.head_size), True)
        if number == self.layers - 1:  # what follows is computed for these tokens only
            hidden, joined = self._of_wanted(hidden), self._of_wanted(joined)
        hidden = op.add(hidden, self._linear(joined, f"{at}self_attn.o_proj"))
        normed = self._norm(hidden, f"{at}post_attention_layernorm.weight")
        return op.add(hidden, self._linear(self._gated(normed, at), f"{at}mlp.down_proj"))

    def _gated(self, normed: Any, at: str) -> Any:
        """swish(gate) x up. The added dimension keeps OpenVINO from computing swish within the product, where it is slow, so
        that it goes in one pass with the multiplication: reading is 5 % faster."""
        gate, up = (op.unsqueeze(self._linear(normed, f"{at}mlp.{name}_proj"), _int(2)) for name in ("gate", "up"))
        return op.squeeze(op.multiply(op.swish(gate), up), _int(2))

    def _by_head(self, hidden: Any, heads: int) -> Any:
        """(b, n, width) to (b, heads, n, head size)."""
        return op.transpose(op.reshape(hidden, _ints(0, 0, heads, self.head_size), True), _ints(0, 2, 1, 3))

    def _cached(self, name: str, new: Any) -> Any:
        """The state `name` with `new` at its end, (b, kv heads, p + n, head size)."""
        info = VariableInfo()
        info.data_shape = PartialShape([-1, self.kv_heads, -1, self.head_size])
        info.data_type, info.variable_id = Type.f32, name
        self.variables.append(Variable(info))
        nothing = op.broadcast(
            op.constant(np.float32(0)), op.concat([self.batch, _ints(self.kv_heads, 0, self.head_size)], 0)
        )
        past = op.gather(op.read_value(nothing, self.variables[-1]), self.beams, op.constant(np.int32(0)))
        together = op.concat([past, new], 2)
        self.assigns.append(op.assign(together, self.variables[-1]))
        return together

    def _shared(self, cached: Any) -> Any:
        """Each cached head once for every query head that shares it."""
        if self.kv_heads == self.heads:
            return cached
        times = _ints(1, 1, self.heads // self.kv_heads, 1, 1)
        repeated = op.broadcast(op.unsqueeze(cached, _ints(2)), times, broadcast_spec="BIDIRECTIONAL")
        return op.reshape(repeated, _ints(0, self.heads, -1, self.head_size), True)

    def _rotations(self, positions: Any) -> tuple[Any, Any]:
        """Cosines and sines (b, 1, n, head size) of Su et al. 2021 (RoFormer), halves paired as in GPT-NeoX."""
        speeds = (1 / self.theta ** (np.arange(0, self.head_size, 2) / self.head_size)).astype(np.float32)
        angles = op.matmul(
            op.constant(speeds.reshape(1, -1, 1)), op.unsqueeze(op.convert(positions, "f32"), _ints(1)), False, False
        )
        turned = op.transpose(angles, _ints(0, 2, 1))
        both = op.concat([turned, turned], -1)
        return op.unsqueeze(op.cos(both), _ints(1)), op.unsqueeze(op.sin(both), _ints(1))

    def _rotated(self, heads: Any) -> Any:
        half = self.head_size // 2
        first = op.slice(heads, _ints(0), _ints(half), _ints(1), _ints(3))
        second = op.slice(heads, _ints(half), _ints(2**31 - 1), _ints(1), _ints(3))
        turned = op.concat([op.multiply(second, op.constant(np.float32(-1))), first], -1)
        return op.add(op.multiply(heads, self.cos), op.multiply(turned, self.sin))

    def _of_wanted(self, hidden: Any) -> Any:
        """(b, n, width) to (1, wanted, width)."""
        flat = op.reshape(hidden, _ints(1, -1, int(hidden.get_output_partial_shape(0)[2].get_length())), False)
        return op.gather(flat, self.wanted, _int(1))

    def _linear(self, hidden: Any, *names: str) -> Any:
        """The products with several weights side by side: one large product is faster than three."""
        product = op.matmul(hidden, self._quantized(*(f"{name}.weight" for name in names)), False, True)
        biases = [bias for name in names if (bias := self.get(f"{name}.bias")) is not None]
        if not biases:
            return product
        if len(biases) < len(names):
            raise Unsupported("biases on some of query, key and value")
        return op.add(product, op.constant(np.concatenate(biases).reshape(1, 1, -1)))

    def _norm_if_any(self, heads: Any, name: str) -> Any:
        """Each head normed, in models that do that (Qwen3)."""
        return heads if self.get(name) is None else self._norm(heads, name)

    def _norm(self, hidden: Any, name: str) -> Any:
        """Zhang and Sennrich 2019 (RMSNorm)."""
        weight = self._needed(name)
        mean = op.reduce_mean(op.power(hidden, op.constant(np.float32(2))), _ints(-1), True)
        root = op.sqrt(op.add(mean, op.constant(np.float32(self.epsilon))))
        return op.multiply(op.constant(weight), op.multiply(hidden, op.divide(op.constant(np.float32(1)), root)))

    def _quantized(self, *names: str) -> Any:
        weight = np.concatenate([self._needed(name) for name in names])
        scale = np.abs(weight).max(axis=1, keepdims=True) / 127  # (rows, 1)
        scale[scale == 0] = 1
        rounded = np.clip(np.round(weight / scale), -127, 127).astype(np.int8)
        return op.multiply(op.convert(op.constant(rounded), "f32"), op.constant(scale.astype(np.float32)))

    def _needed(self, name: str) -> Array:
        found = self.get(name)
        if found is None:
            raise Unsupported(f"a model without {name}")
        return found


def _input(name: str, shape: list[int], type: Type) -> Any:
    made = op.parameter(PartialShape(shape), type, name=name)
    made.output(0).set_names({name})
    return made


def _ints(*values: int) -> Any:
    return op.constant(np.array(values, np.int64))


def _int(value: int) -> Any:
    return op.constant(np.int64(value))
