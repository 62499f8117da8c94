"""One contract, every chat model, each for real: the smallest model of the catalog on every engine, and the OpenAI
back end against a server that transformers starts on loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from assistant import Runtime, Sampling, Settings
from assistant.catalog import find
from assistant.chat_models.base import ChatModel, ScoringModel, until_stop
from assistant.chat_models.chat_template import ChatTemplate
from assistant.chat_models.ctranslate2_model import CTranslate2Model
from assistant.chat_models.openai_model import OpenAIModel
from assistant.chat_models.openvino_model import OpenVINOModel
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.chat_models.transformers_model import TransformersModel
from assistant.modelstore import ModelStore
from memory.errors import BadInput, ModelDamaged, PromptTooLong, ServerFailed
from prompts.types import ChatMessage
from tests.support import HashEmbedder

CHAT = [ChatMessage("system", "You are helpful."), ChatMessage("user", "Count from one to ten in words.")]
STORE = ModelStore(Settings().models_dir)


def folder(form: str) -> Path:
    return STORE.get(find("tiny"), form, lambda *_: None)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """`transformers serve` with the smallest model, on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(folder("hf"))]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                if httpx.get(f"{url}/health", timeout=1).is_success:
                    break
            except httpx.HTTPError:
                time.sleep(0.5)
        else:
            pytest.fail("transformers serve did not start")
        yield f"{url}/v1"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(
    scope="module",
    params=[
        "scripted",
        pytest.param("openvino", marks=pytest.mark.models),
        pytest.param("ctranslate2", marks=pytest.mark.models),
        pytest.param("transformers", marks=[pytest.mark.models, pytest.mark.nightly]),
        pytest.param("openai", marks=[pytest.mark.models, pytest.mark.nightly]),
    ],
)
def model(request: pytest.FixtureRequest) -> Iterator[ChatModel]:
    if request.param == "scripted":
        made: ChatModel = ScriptedModel(lambda _: "one two three four five six seven eight nine ten " * 20)
    elif request.param == "openvino":
        made = OpenVINOModel(folder("openvino"), name="tiny", context_length=1024, threads=2)
    elif request.param == "ctranslate2":
        made = CTranslate2Model(folder("ct2"), name="tiny", context_length=1024, threads=2)
    elif request.param == "transformers":
        made = TransformersModel(folder("hf"), name="tiny", context_length=1024, device="cpu")
    else:
        made = OpenAIModel(
            request.getfixturevalue("server"), model=str(folder("hf")), context_length=1024, timeout_s=300
        )
    yield made
    made.close()


def text(model: ChatModel, **sampling: object) -> str:
    options = {"temperature": 0.0, "max_new_tokens": 24} | sampling
    return "".join(model.stream(CHAT, Sampling(**options)))  # type: ignore[arg-type]


def test_it_streams_pieces_that_make_one_text(model: ChatModel) -> None:
    pieces = list(model.stream(CHAT, Sampling(temperature=0, max_new_tokens=24)))
    assert len(pieces) > 3
    assert all(pieces)
    assert "".join(pieces) == text(model)


def test_it_keeps_to_the_number_of_tokens(model: ChatModel) -> None:
    assert len(text(model, max_new_tokens=4)) < len(text(model, max_new_tokens=24))


def test_the_same_seed_gives_the_same_text(model: ChatModel) -> None:
    assert text(model, temperature=1.0, seed=11) == text(model, temperature=1.0, seed=11)


def test_a_stop_text_ends_the_reply_and_is_left_out(model: ChatModel) -> None:
    whole = text(model)
    middle = whole[len(whole) // 2 : len(whole) // 2 + 4]
    if isinstance(model, OpenAIModel):
        pytest.skip("transformers serve does not know `stop`; the request carries it for servers that do")
    stopped = text(model, stop=(middle,))
    assert stopped == whole[: whole.index(middle)]


def test_closing_ends_it_and_the_next_request_is_answered(model: ChatModel) -> None:
    stream = model.stream(CHAT, Sampling(temperature=0, max_new_tokens=400))
    next(stream)
    began = time.perf_counter()
    stream.close()  # type: ignore[attr-defined]
    assert time.perf_counter() - began < 5  # 400 tokens would take longer
    assert text(model)


def test_several_at_once_each_get_their_own(model: ChatModel) -> None:
    alone = text(model)
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: text(model), range(3))) == [alone] * 3


def test_more_text_costs_more_tokens(model: ChatModel) -> None:
    short = model.count_tokens(CHAT)
    assert (
        0 < short < model.count_tokens([*CHAT, ChatMessage("assistant", "one two three"), ChatMessage("user", "go on")])
    )
    assert model.context_length >= 1024


@pytest.mark.nightly
@pytest.mark.models
def test_how_likely_a_reply_is_is_what_transformers_says() -> None:
    import torch
    from transformers import AutoModelForCausalLM

    replies = ["One, two, three, four, five.", "The harbour of Lisbon.", "Purple elephants negotiate tax treaties."]
    ours = []
    for model in (
        OpenVINOModel(folder("openvino"), name="tiny", context_length=1024, threads=2),
        TransformersModel(folder("hf"), name="tiny", context_length=1024, device="cpu"),
    ):
        assert isinstance(model, ScoringModel)
        ours.append(model.likelihoods(CHAT, replies))
        model.close()
    template = ChatTemplate(folder("hf"))
    usual = AutoModelForCausalLM.from_pretrained(folder("hf"), dtype=torch.float32).eval()
    asked, expected = template.encode(CHAT), []
    for reply in replies:
        ids = template.encode_plain(reply)
        with torch.inference_mode():
            logits = usual(torch.tensor([[*asked, *ids]])).logits[0, len(asked) - 1 : -1]
        chosen = torch.log_softmax(logits, -1)[range(len(ids)), ids]
        expected.append(float(chosen.mean()))
    assert ours[1] == pytest.approx(expected, abs=0.02)
    assert ours[0] == pytest.approx(expected, abs=0.6)  # in eight bits
    assert [sorted(range(3), key=one.__getitem__) for one in ours] == [sorted(range(3), key=expected.__getitem__)] * 2


@pytest.mark.models
@pytest.mark.parametrize("engine", ["openvino", "ctranslate2", pytest.param("transformers", marks=pytest.mark.nightly)])
def test_a_prompt_that_leaves_no_room_says_so(engine: str) -> None:
    if engine == "openvino":
        made: ChatModel = OpenVINOModel(folder("openvino"), name="tiny", context_length=16, threads=1)
    elif engine == "ctranslate2":
        made = CTranslate2Model(folder("ct2"), name="tiny", context_length=16, threads=1)
    else:
        made = TransformersModel(folder("hf"), name="tiny", context_length=16, device="cpu")
    with pytest.raises(PromptTooLong, match="context 16"):
        list(made.stream(CHAT, Sampling()))
    made.close()


@pytest.mark.models
@pytest.mark.parametrize("name", ["tiny", pytest.param("small", marks=pytest.mark.nightly)])
def test_no_text_becomes_a_control_token_and_other_text_is_encoded_as_usual(name: str) -> None:
    from transformers import AutoTokenizer

    place = STORE.get(find(name), "ct2", lambda *_: None)
    template, usual = ChatTemplate(place), AutoTokenizer.from_pretrained(place)
    added = template.tokenizer.get_added_tokens_decoder()

    def controls(content: str) -> int:
        said = [ChatMessage("system", content), ChatMessage("user", content), ChatMessage("assistant", content)]
        return sum(token in added for token in template.encode([*said, ChatMessage("user", content)]))

    calm = controls("Hello there")
    for token in added.values():
        assert controls(f"a {token.content}b\n{token.content}{token.content} system") == calm
    for content in ("Hi!", "你好，世界 🌍", "x = 1\n\n    y = [2]\n", "naïve café № 5", "3.14 <b>bold</b>"):
        said = [ChatMessage("system", "Be brief."), ChatMessage("user", content), ChatMessage("assistant", "Ok.")]
        said.append(ChatMessage("user", content))
        expected = usual.apply_chat_template(
            [{"role": message.role, "content": message.content.strip()} for message in said],
            add_generation_prompt=True,
            tokenize=True,
            return_dict=False,
        )
        assert template.encode(said) == expected


def test_a_server_that_does_not_answer_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    model = OpenAIModel(f"http://127.0.0.1:{port}/v1", model="x", retries=0, timeout_s=2)
    with pytest.raises(ServerFailed, match=f"127.0.0.1:{port}/v1 does not answer. Check"):
        list(model.stream(CHAT, Sampling()))
    with pytest.raises(ServerFailed):
        OpenAIModel(f"http://127.0.0.1:{port}/v1", retries=0, timeout_s=2)


def test_broken_model_files_are_named(tmp_path: Path) -> None:
    for name in ("model.bin", "config.json", "vocabulary.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes(b"garbage")
    with pytest.raises(ModelDamaged, match="cannot be read"):
        CTranslate2Model(tmp_path, name="x", context_length=100)
    (tmp_path / "model.xml").write_bytes(b"garbage")
    with pytest.raises(ModelDamaged, match="cannot load"):
        OpenVINOModel(tmp_path, name="x", context_length=100)


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": -1}, {"temperature": 3}, {"top_p": 0}, {"top_k": -1}, {"max_new_tokens": 0}, {"seed": -1}],
)
def test_sampling_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadInput, match="it must be"):
        Sampling(**wrong)  # type: ignore[arg-type]


def test_a_stop_text_may_be_split_over_pieces() -> None:
    assert "".join(until_stop(iter(["ab", "cS", "TO", "Pde"]), ["STOP"])) == "abc"
    assert "".join(until_stop(iter(["ab", "ST", "xx"]), ["STOP"])) == "abSTxx"
    assert "".join(until_stop(iter(["ST"]), ["STOP"])) == "ST"


@pytest.mark.nightly
@pytest.mark.models
def test_a_server_is_sent_prompts_that_begin_alike_and_tells_how_much_it_had_read(tmp_path: Path) -> None:
    import xllamacpp

    options = xllamacpp.CommonParams()
    options.model.path = str(STORE.path("tiny", "source") / "model.gguf")
    options.n_ctx, options.n_parallel, options.port, options.use_jinja = 4096, 1, 0, True
    options.verbosity = 0
    server = xllamacpp.Server(options)  # llama.cpp's own
    with Runtime(
        Settings(data_dir=tmp_path, model=f"{server.listening_address}/v1", reply_tokens=24), embedder=HashEmbedder()
    ) as runtime:
        mei, conversation_id, kept = runtime.assistant("mei"), None, []
        for said in ("My dog is called Biscuit.", "Tell me about dogs.", "And about cats?"):
            reply = mei.chat(said, conversation_id=conversation_id)
            conversation_id = reply.conversation_id
            kept.append(reply.usage.cached_tokens)
    assert 100 < kept[1] < kept[2]
