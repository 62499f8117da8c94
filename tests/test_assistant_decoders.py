"""What every decoder promises, and the graph of each family against transformers, on small models with random weights."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import convert
from assistant.chat_models.base import Sampling
from assistant.chat_models.batching import Batcher, Job
from assistant.chat_models.decoder import Decoder
from assistant.chat_models.openvino_model import BLOCK, OpenVINODecoder
from assistant.chat_models.prefix_cache import Key
from assistant.chat_models.transformers_model import TorchDecoder
from memory.errors import ModelDamaged

SHAPES = {
    "vocab_size": 300, "hidden_size": 128, "intermediate_size": 192, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 512, "initializer_range": 0.3,
}  # fmt: skip
FAMILIES = {
    "llama": {},
    "mistral": {"sliding_window": None},
    "qwen2": {},
    "qwen2 untied": {"tie_word_embeddings": False},
    "qwen3": {"head_dim": 64},
}
IDS = np.random.default_rng(0).integers(1, 300, 200).tolist()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def make(family: str) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"random {family}"
        if not folder.exists():
            import torch
            from transformers import AutoConfig, AutoModelForCausalLM

            torch.manual_seed(1)
            config = AutoConfig.for_model(
                family.split()[0], **{"tie_word_embeddings": True, **SHAPES, **FAMILIES[family]}
            )
            made: Any = AutoModelForCausalLM
            made.from_config(config, dtype=torch.float32).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(params=["openvino", "torch", "torch, fixed steps"], scope="module")
def decoder(request: pytest.FixtureRequest, source: Callable[[str], Path]) -> Decoder[Any]:
    folder = source("qwen2")
    if request.param != "openvino":
        return TorchDecoder(folder, device="cpu", fixed=400 if "fixed" in request.param else 0)
    convert.openvino(folder, folder.with_name("converted"))
    return OpenVINODecoder(folder.with_name("converted"), tokens=4096, threads=2)


def read(decoder: Decoder[Any], ids: list[int], piece: int = 0) -> tuple[Any, Any]:
    return read_on(decoder, decoder.new(), ids, piece)


def read_on(decoder: Decoder[Any], state: Any, ids: list[int], piece: int = 0) -> tuple[Any, Any]:
    """The rest of `ids`, in pieces as the batcher cuts them: none longer than it may be, none of a single token."""
    piece = piece or decoder.most
    while state.length < len(ids):
        end = state.length + piece
        logits = decoder.forward([state], [ids[state.length : end + (len(ids) == end + 1)]])
    return state, logits[0].copy()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_graph_of_each_family_computes_what_transformers_does(
    family: str, source: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = source(family)
    convert.openvino(folder, tmp_path / "converted")
    ours = read(OpenVINODecoder(tmp_path / "converted", tokens=1024), IDS)[1]
    torch = TorchDecoder(folder, device="cpu")
    theirs, swapped = read(torch, IDS)[1], read(torch, [*IDS[-2::-1], IDS[-1]])[1]
    assert np.corrcoef(ours, theirs)[0, 1] > 0.975  # 8 bits of each weight and activation
    assert np.corrcoef(ours, swapped)[0, 1] < 0.95  # the same tokens in another order


def test_pieces_of_any_length_that_it_allows_give_the_same_bits(decoder: Decoder[Any]) -> None:
    for more in range(2, 34):
        ids = IDS[: 3 * BLOCK + more]
        assert np.array_equal(read(decoder, ids)[1], read(decoder, ids, decoder.align)[1]), len(ids)


def test_a_prompt_gives_the_same_bits_whatever_was_kept_and_however_fast_it_was_read(decoder: Decoder[Any]) -> None:
    for length in (33, 64, 65, 66, 96, 97, 98, 128, 129, 130, 200):
        ids, seen = np.random.default_rng(length).integers(1, 300, length).tolist(), []

        def first(logits: Any, _: object, seen: list[Any] = seen) -> int:
            seen.append(logits.copy())
            return 0  # which ends the reply

        model = Batcher(decoder, [0], max_bytes=10**7, at_once=2)
        for speed, key in (
            (0.0, None),
            (1e4, None),
            (1.0, Key("mei", "a")),
            (1.0, Key("mei", "a")),
            (1e4, Key("mei", "b")),
        ):
            model._tokens_per_s = speed
            job = Job(ids, 2, Sampling(temperature=0), key, [threading.Event()])
            job.sampler.choose = first  # type: ignore[method-assign]
            assert list(model.submit(job).tokens()) == []
        assert all(np.array_equal(one, seen[0]) for one in seen), length
        model.close()


def test_what_was_cut_or_copied_goes_on_with_the_same_bits(decoder: Decoder[Any]) -> None:
    whole, kept = read(decoder, IDS)[1], 2 * decoder.align
    state, _ = read(decoder, IDS[: kept + 5])
    for token in (7, 8, 9):
        decoder.forward([state], [[token]])
    other = decoder.copy(state, kept)
    decoder.cut(state, kept)
    assert state.length == other.length == kept
    assert np.array_equal(read_on(decoder, state, IDS)[1], whole)
    assert np.array_equal(read_on(decoder, other, IDS)[1], whole)
    assert decoder.size(state) == decoder.size(other) > 0


def test_replies_written_together_are_as_if_written_alone(decoder: Decoder[Any]) -> None:
    prompts = [IDS[:5], IDS[20:150], IDS[60:93]]
    alone = []
    for prompt in prompts:
        state, _ = read(decoder, prompt)
        alone.append([decoder.forward([state], [[token]])[0].copy() for token in (11, 12, 13, 14, 15, 16)])
    states = [read(decoder, prompt)[0] for prompt in prompts]
    together: list[list[Any]] = [[], [], []]
    for members in [(0, 1), (0, 1), (2,), (2,), (0, 1), (0,), (0, 2), (0, 1, 2)]:  # they come and go
        made = decoder.forward([states[at] for at in members], [[11 + len(together[at])] for at in members])
        for at, logits in zip(members, made, strict=True):
            together[at].append(logits.copy())
    for expected, found in zip(alone, together, strict=True):
        for one, other in zip(expected[: len(found)], found, strict=True):
            assert np.abs(one - other).max() < 0.02 * np.abs(one).max()


def test_a_state_that_ends_leaves_its_room_to_others(source: Callable[[str], Path], tmp_path: Path) -> None:
    convert.openvino(source("llama"), tmp_path / "converted")
    decoder = OpenVINODecoder(tmp_path / "converted", tokens=8 * BLOCK)
    first, logits = read(decoder, IDS)
    with pytest.raises(MemoryError):
        read(decoder, IDS)
    del first
    assert np.array_equal(read(decoder, IDS)[1], logits)
    assert len(decoder._free) == 8


def test_a_model_converted_before_there_were_pages_is_told_so(tmp_path: Path) -> None:
    import openvino as ov
    from openvino import opset13 as op

    ids = op.parameter([-1], ov.Type.i64, name="input_ids")
    ov.save_model(ov.Model([op.result(op.convert(ids, "f32"))], [ids], "old"), tmp_path / "model.xml")
    with pytest.raises(ModelDamaged, match=r"cannot load|older Zhiji"):
        OpenVINODecoder(tmp_path, tokens=64)
