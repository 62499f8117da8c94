"""What every decoder promises, and the graph of each family against transformers, on small models with random weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import convert
from assistant.chat_models.decoder import Decoder
from assistant.chat_models.openvino_model import BLOCK, OpenVINODecoder, Pool
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
        folder = tmp_path_factory.mktemp("models") / family.replace(" ", "-")
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


@pytest.fixture(params=["openvino", "torch"], scope="module")
def decoder(request: pytest.FixtureRequest, source: Callable[[str], Path]) -> Decoder[Any]:
    folder = source("qwen2")
    if request.param == "torch":
        return TorchDecoder(folder, device="cpu")
    convert.openvino(folder, folder.with_name("converted"))
    return OpenVINODecoder(folder.with_name("converted"), tokens=4096, threads=2)


def read(decoder: Decoder[Any], ids: list[int], piece: int = 0) -> tuple[Any, Any]:
    state = decoder.new()
    for begin in range(0, len(ids), piece or decoder.most):
        logits = decoder.forward([state], [ids[begin : begin + (piece or decoder.most)]])
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
    whole = read(decoder, IDS)[1]
    for piece in range(decoder.align, decoder.most + 1, decoder.align):
        assert np.array_equal(read(decoder, IDS, piece)[1], whole)


def test_what_was_cut_or_copied_goes_on_with_the_same_bits(decoder: Decoder[Any]) -> None:
    whole, kept = read(decoder, IDS)[1], 2 * decoder.align
    state, _ = read(decoder, IDS[: kept + 5])
    for token in (7, 8, 9):
        decoder.forward([state], [[token]])
    other = decoder.copy(state, kept)
    decoder.cut(state, kept)
    assert state.length == other.length == kept
    assert np.array_equal(decoder.forward([state], [IDS[kept:]])[0], whole)
    assert np.array_equal(decoder.forward([other], [IDS[kept:]])[0], whole)
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


def test_blocks_are_shared_and_come_back() -> None:
    pool = Pool(4)
    mine = [pool.take() for _ in range(3)]
    pool.share(mine[:2])
    pool.give(mine)
    assert pool.free == 2
    pool.give(mine[:2])
    assert pool.free == 4
    for _ in range(4):
        pool.take()
    with pytest.raises(MemoryError, match="no room"):
        pool.take()


def test_a_state_that_ends_leaves_its_room_to_others(source: Callable[[str], Path], tmp_path: Path) -> None:
    convert.openvino(source("llama"), tmp_path / "converted")
    decoder = OpenVINODecoder(tmp_path / "converted", tokens=8 * BLOCK)
    first, logits = read(decoder, IDS)
    with pytest.raises(MemoryError):
        read(decoder, IDS)
    del first
    assert np.array_equal(read(decoder, IDS)[1], logits)
    assert decoder._pool.free == 8


def test_a_model_converted_before_there_were_pages_is_told_so(tmp_path: Path) -> None:
    import openvino as ov
    from openvino import opset13 as op

    ids = op.parameter([-1], ov.Type.i64, name="input_ids")
    ov.save_model(ov.Model([op.result(op.convert(ids, "f32"))], [ids], "old"), tmp_path / "model.xml")
    with pytest.raises(ModelDamaged, match=r"cannot be read|older Zhiji"):
        OpenVINODecoder(tmp_path, tokens=64)
