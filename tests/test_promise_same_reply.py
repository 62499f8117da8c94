"""A reply is the same, letter by letter, whether the model had read the beginning of its prompt before or not."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assistant import Runtime, Sampling, Settings
from assistant.catalog import find
from assistant.chat_models.base import Conversation
from assistant.chat_models.cached_model import CachedModel
from assistant.chat_models.openvino_model import OpenVINOModel
from assistant.chat_models.transformers_model import TransformersModel
from assistant.modelstore import ModelStore
from prompts.types import ChatMessage
from tests.support import HashEmbedder

pytestmark = pytest.mark.models

GREEDY = Sampling(temperature=0, max_new_tokens=24)


class Heard:
    """A model that keeps the prompts it is given in conversations, and passes everything on."""

    def __init__(self, model: CachedModel[object]) -> None:
        self.model = model
        self.prompts: list[Sequence[ChatMessage]] = []
        self.name, self.context_length, self.at_once = model.name, model.context_length, model.at_once
        self.stream, self.count_tokens = model.stream, model.count_tokens
        self.forget, self.close = model.forget, model.close

    def conversation(self, user: str, conversation: str) -> Conversation:
        inner = self.model.conversation(user, conversation)
        passed_on, prompts = inner.stream, self.prompts

        class Told:
            cached_tokens = 0
            warm = staticmethod(inner.warm)

            def stream(
                self, messages: Sequence[ChatMessage], sampling: Sampling, ended: threading.Event | None = None
            ) -> Iterator[str]:
                prompts.append(tuple(messages))
                yield from passed_on(messages, sampling, ended)
                self.cached_tokens = inner.cached_tokens

        return Told()


@pytest.fixture(params=["openvino", pytest.param("transformers", marks=pytest.mark.nightly)])
def heard(request: pytest.FixtureRequest) -> Iterator[Heard]:
    store = ModelStore(Settings().models_dir)
    made: CachedModel[object]
    if request.param == "openvino":
        made = OpenVINOModel(store.get(find("tiny"), "openvino", lambda *_: None), name="tiny", context_length=700)
    else:
        folder = store.get(find("tiny"), "hf", lambda *_: None)
        made = TransformersModel(folder, name="tiny", context_length=700, device="cpu")
    yield Heard(made)
    made.close()


def test_with_and_without_what_was_read_before(heard: Heard, tmp_path: Path) -> None:
    """Through a talk longer than the context, with a profile that is changed and a message that is edited meanwhile."""
    settings = Settings(data_dir=tmp_path, reply_tokens=24)
    replies, reused = [], []
    with Runtime(settings, model=heard, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        mei.memories.add("Mei keeps bees behind the house")
        conversation_id = None
        for turn in range(11):
            if turn == 4:
                mei.profile.set("home", "Lisbon")
            said = f"{turn}. Tell me something about bees, and about the garden behind the old house by the river."
            reply = mei.chat(said, conversation_id=conversation_id, sampling=GREEDY)
            conversation_id = reply.conversation_id
            if turn % 3:
                heard.model.wait()  # else the next message comes while the model reads ahead
            replies.append(reply.text)
            reused.append(reply.usage.cached_tokens / reply.usage.prompt_tokens)
        asked = [message for message in mei.conversations.get(conversation_id or "").messages if message.role == "user"]
        events = list(mei.edit(asked[-2].id, "What do bees drink?", sampling=GREEDY))
        replies.append(events[-1].reply.text)  # type: ignore[union-attr]
        heard.model.wait()
        assert [_alone(heard, prompt) for prompt in heard.prompts] == replies
    assert sum(share > 0.5 for share in reused) > 5
    assert len(heard.prompts[-2]) < 2 * 11  # its beginning has been left out


def _alone(heard: Heard, prompt: Sequence[ChatMessage]) -> str:
    return "".join(heard.model.stream(prompt, GREEDY)).strip()
