"""The embedder that is chosen, its weights out of the package index's file, and what it finds."""

import json
import logging
import struct
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from assistant import Runtime, Settings, catalog, e5_weights, embedder, embedder_means
from assistant.modelstore import ModelStore
from memory.errors import ModelDamaged, ModelMissing
from memory.language.stemming import words
from memory.search import question, ranker
from memory.search.embedders import CTranslate2Embedder
from memory.search.retrieval import in_another_language
from memory.search.scope import Row
from memory.types import NewMemory
from tests.support import ready

CROSSING = Path(__file__).parent / "data" / "crossing.jsonl"
ACTS = Path(__file__).parent / "data" / "acts" / "train.jsonl"
WIDTH, INNER, VOCABULARY, POSITIONS = 32, 64, 5, 4


def q4(blocks: int, seed: int) -> tuple[bytes, npt.NDArray[np.float32]]:
    """So many blocks of 32 numbers, as they stand in a file and as they are."""
    chance = np.random.default_rng(seed)
    whole = chance.integers(0, 16, (blocks, 32), np.uint8)
    scale = chance.uniform(0.01, 1, blocks).astype(np.float16)
    packed = b"".join(
        one.tobytes() + (numbers[:16] | numbers[16:] << 4).tobytes() for one, numbers in zip(scale, whole, strict=True)
    )
    return packed, ((whole.astype(np.float32) - 8) * scale.astype(np.float32)[:, None]).reshape(-1)


def small_model(path: Path) -> dict[str, npt.NDArray[np.float32]]:
    """Write a model of one layer; returns its tensors by the file's names."""
    quantized = {"emb.word": VOCABULARY * WIDTH, **{f"l0.{name}.w": WIDTH * WIDTH for name in ("q", "k", "v", "ao")}}
    quantized |= {"l0.fi.w": INNER * WIDTH, "l0.fo.w": INNER * WIDTH}
    whole = {"emb.pos": POSITIONS * WIDTH, "emb.type": 2 * WIDTH, "l0.fi.b": INNER}
    whole |= {f"{name}.{kind}": WIDTH for name in ("emb.ln", "l0.aln", "l0.oln") for kind in "wb"}
    whole |= {f"l0.{name}.b": WIDTH for name in ("q", "k", "v", "ao", "fo")}
    stored: dict[str, tuple[int, bytes]] = {}
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for seed, (name, count) in enumerate(quantized.items()):
        packed, tensors[name] = q4(count // 32, seed)
        stored[name] = (1, packed)
    for name, count in whole.items():
        tensors[name] = np.random.default_rng(count).normal(size=count).astype(np.float32)
        stored[name] = (0, tensors[name].tobytes())
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, 1, 2, INNER, VOCABULARY, POSITIONS, 2, 1e-12, 32)
    pieces, text, folded = 2, b"ab", b"\x61\x00\x00\x00\x00"
    head += struct.pack("<5iQ", pieces, 0, 2, 1, 3, len(text)) + bytes(4 * (pieces + 1) + 4 * pieces) + text
    head += struct.pack("<iI", 1, len(folded)) + folded + struct.pack("<i", len(stored))
    names = b"".join(struct.pack("<H", len(name)) + name.encode() + bytes(21) for name in stored)
    at, directory = len(head) + len(names), b""
    for name, (kind, blob) in stored.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", kind, len(tensors[name]), at, len(blob))
        at += len(blob)
    path.write_bytes(head + directory + b"".join(blob for _, blob in stored.values()))
    return tensors


def test_the_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    tensors = small_model(tmp_path / e5_weights.FILE)
    header, found = e5_weights.read(tmp_path / e5_weights.FILE)
    assert header.config() | {"hidden_size": WIDTH, "num_hidden_layers": 1, "layer_norm_eps": 1e-12} == header.config()
    assert len(found) == len(tensors)
    np.testing.assert_array_equal(
        found["embeddings.word_embeddings.weight"], tensors["emb.word"].reshape(VOCABULARY, WIDTH)
    )
    assert found["encoder.layer.0.intermediate.dense.weight"].shape == (INNER, WIDTH)
    assert found["encoder.layer.0.output.dense.weight"].shape == (WIDTH, INNER)
    np.testing.assert_array_equal(found["encoder.layer.0.output.LayerNorm.bias"], tensors["l0.oln.b"])


@pytest.mark.parametrize("cut", [0, 3, 40, 300, -1])
def test_other_bytes_are_no_weights(tmp_path: Path, cut: int) -> None:
    small_model(tmp_path / e5_weights.FILE)
    whole = (tmp_path / e5_weights.FILE).read_bytes()
    (tmp_path / e5_weights.FILE).write_bytes(whole[:cut])
    with pytest.raises(ModelDamaged, match="not the weights"):
        e5_weights.read(tmp_path / e5_weights.FILE)


def fetched(models: Path, name: str) -> None:
    """As if it were there, whole."""
    (models / name).mkdir(parents=True, exist_ok=True)
    (models / name / "manifest.json").write_text('{"files": {}}', encoding="utf-8")


def test_auto_takes_the_best_embedder_that_is_here(tmp_path: Path) -> None:
    settings = Settings(models_dir=tmp_path)
    assert settings.embedder == "auto"
    assert embedder.chosen(settings) == embedder.BEST
    with pytest.raises(ModelMissing, match=f"zhiji models get {embedder.BEST}"):
        embedder.load_embedder(settings)
    (tmp_path / "embedder").mkdir()  # half fetched
    assert embedder.chosen(settings) == embedder.BEST
    fetched(tmp_path, "embedder")
    assert embedder.chosen(settings) == embedder.ENGLISH
    fetched(tmp_path, embedder.BEST)
    assert embedder.chosen(settings) == embedder.BEST
    assert embedder.chosen(settings.model_copy(update={"embedder": "embedder"})) == "embedder"


def test_each_embedder_of_the_catalog_has_weights_of_its_own() -> None:
    embedders = [entry for entry in catalog.entries().values() if entry.kind == "embedder"]
    assert {entry.name for entry in embedders} == {embedder.BEST, embedder.ENGLISH}
    for entry in embedders:
        trained = ranker.find(f"{entry.title}@0123456789ab")
        assert trained is not None
        assert set(trained) >= {"all", "words"}
    assert ranker.find("one-of-my-own@0123456789ab") is None


def test_weights_of_ones_own_come_before_those_of_the_package(tmp_path: Path) -> None:
    mine = {name: replace(one, offset=-1.0) for name, one in ranker.load().items()}
    (tmp_path / "mine.json").write_text(ranker.dump(mine), encoding="utf-8")
    found = ranker.find("mine@0123456789ab", tmp_path)
    assert found is not None
    assert found["all"].offset == -1
    assert ranker.find("other@0123456789ab", tmp_path) is None


@pytest.mark.models
@pytest.mark.nightly
def test_an_embedder_of_ones_own_without_weights_is_said_to_find_less(caplog: pytest.LogCaptureFixture) -> None:
    folder = ModelStore(Settings().models_dir).path("embedder", "source")
    with caplog.at_level(logging.WARNING):
        embedder.load_embedder(Settings(embedder=str(folder)))
    assert "zhiji evaluate ranker" in caplog.text


@pytest.fixture(scope="module")
def multilingual() -> Iterator[CTranslate2Embedder]:
    loaded = embedder.load_embedder(Settings(embedder=embedder.BEST))
    assert isinstance(loaded, CTranslate2Embedder)
    yield loaded
    loaded.close()


@pytest.mark.models
def test_the_prefix_leaves_no_token_behind(multilingual: CTranslate2Embedder) -> None:
    (asked,), (told,) = multilingual.encode_questions(["dog"]), multilingual.encode(["dog"])
    assert len(asked.tokens) == len(told.tokens) == 1
    (asked,), (told,) = multilingual.encode_questions(["狗"]), multilingual.encode(["狗"])
    assert len(asked.tokens) == len(told.tokens)


@pytest.mark.models
def test_what_has_nothing_to_do_with_each_other_is_far_apart_and_languages_meet(
    multilingual: CTranslate2Embedder,
) -> None:
    told = ["My dog is called Biscuit", "The boiler was repaired in May", "我对花生过敏", "妹妹在大阪学医"]
    asked = [
        "我的狗叫什么名字？",
        "Wann wurde die Heizung repariert?",
        "What am I allergic to?",
        "Where does my sister study?",
    ]
    texts = np.stack([one.vector for one in multilingual.encode(told)])
    questions = np.stack([one.vector for one in multilingual.encode_questions(asked)])
    likeness = questions @ texts.T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert likeness[~np.eye(4, dtype=bool)].mean() < 0.2  # 0.75 before the means are taken off


@pytest.mark.models
@pytest.mark.nightly
def test_the_means_that_are_shipped_are_those_of_the_messages() -> None:
    """Of a tenth of them, so not quite the same."""
    entry = catalog.find(embedder.BEST)
    plain = replace(entry, title="no means of its own")
    texts, questions = embedder_means.ways(plain)
    made = embedder.Made(entry.title, entry.context_length, entry.languages, texts, questions)
    folder = ModelStore(Settings().models_dir).path(entry.name, "encoder")
    said = [json.loads(line)["say"] for line in ACTS.read_text(encoding="utf-8").splitlines()][::10]
    found = embedder_means.measure(CTranslate2Embedder(folder, made), said)
    shipped = np.array(
        [[[way.means[one].vector, way.means[one].token] for one in ("en", "zh")] for way in embedder_means.ways(entry)]
    )
    alike = (found * shipped).sum(axis=-1) / np.linalg.norm(found, axis=-1) / np.linalg.norm(shipped, axis=-1)
    assert alike.min() > 0.99


def test_a_memory_is_of_the_language_of_what_was_said() -> None:
    texts, questions = embedder_means.ways(catalog.find(embedder.BEST))
    assert texts.language("Ana (3 May 2023): 我的狗叫饼干") == "zh"
    assert texts.language("小林 (3 May 2023): My dog is called Biscuit") == "en"
    assert questions.language("我的狗叫什么？") == "zh"
    assert set(texts.means) == set(questions.means) == {"en", "zh"}


AT = datetime(2026, 11, 29, tzinfo=UTC)


def row(text: str) -> Row:
    about: tuple[None, None, None, None] = (None, None, None, None)
    return Row(1, "id", "said", text, "me", AT, AT, None, False, *about, 2, None, None, None, words(text), ())


def test_which_memories_are_in_another_language_than_the_question() -> None:
    rows = [row("My dog is called Biscuit"), row("我的狗叫饼干"), row("昨天flight delay了四个小时,人都麻了"), row("!")]
    english, chinese = (question.read(text, AT, ()) for text in ("What is my dog called?", "我的狗叫什么？"))
    assert in_another_language(english, rows).tolist() == [False, True, True, False]
    assert in_another_language(chinese, rows).tolist() == [True, False, False, False]


@pytest.mark.models
def test_a_question_in_one_language_finds_what_was_told_in_another(tmp_path: Path) -> None:
    """The bound is for the half that is called unseen (tests/data/README.md)."""
    pairs = [json.loads(line) for line in CROSSING.read_text(encoding="utf-8").splitlines()]
    acts = [json.loads(line) for line in ACTS.read_text(encoding="utf-8").splitlines()]
    others = [message["say"] for message in acts if message["act"] == "tell"][: 500 - len(pairs)]
    found: dict[str, list[bool]] = {}
    settings = Settings(data_dir=ready(tmp_path / "data"), embedder=embedder.BEST)
    with Runtime(settings) as runtime:
        runtime.store.embedder.embed(["load"])
        memories = runtime.assistant("mei").memories
        memories.add_many([NewMemory(text) for text in (*others, *(pair["told"] for pair in pairs))])
        for pair in pairs:
            hits = [hit.memory.text for hit in memories.search(pair["asked"], 5)]
            found.setdefault(pair["half"], []).append(pair["told"] in hits)
    shares = {half: sum(one) / len(one) for half, one in found.items()}
    print({half: f"{100 * share:.0f} of 100" for half, share in shares.items()})
    assert shares["unseen"] > 0.8
