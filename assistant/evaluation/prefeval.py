"""Does the assistant still heed a preference after talk of other things? PrefEval (Zhao et al., "Do LLMs Recognize Your
Preferences?", 2025).

A person states a preference, or shows it by a choice; then come so many exchanges on other things; then, in a new
conversation, they ask something that the preference bears upon. For each system:

    delivered   whether the preference stands in the prompt of that question: what the person said, word by word, or a fact that
                was learned from it; of a stated preference with the right sign, of a choice sharing a word with the
                preference that it shows
    chosen      whether of four answers the one that heeds it is the likeliest to the model, by the mean log-probability of its
                tokens
    followed    whether what the model writes is nearer to that answer than to the other three, by the cosine of the embedder

What memory can do is `delivered`; the other two measure what a model makes of it.
"""

import random
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from itertools import pairwise
from multiprocessing import active_children, get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant import Assistant, hardware
from assistant.chat_models.base import ChatModel, Sampling, ScoringModel
from assistant.embedder import load_embedder
from assistant.evaluation import cases
from assistant.evaluation.asking import answers, reply
from assistant.evaluation.profile_learning import TASTES, shares_a_word, states
from assistant.evaluation.results import Progress, Record, Results
from assistant.runtime import Runtime
from assistant.settings import Settings
from memory.errors import BadInput, ZhijiError
from memory.search.embedders import Embedder, Encoded, LazyEmbedder, Vectors
from memory.types import Fact, Hit
from prompts.builder import Material, build
from prompts.types import ChatMessage

Told = Literal["stated", "choice"]
FILLERS = (0, 5, 20)
REPLY_TOKENS = 200
IN_ONE_STORE = 50
"""Each item is a person of its own, and SQLite slows down with thousands of their tables."""
KEPT = 2_000
"""Texts whose vectors are kept, about 0.3 MB each."""
SYSTEMS = ("none", "zhiji", "told")
ACKNOWLEDGED = "Thank you for telling me. I will keep it in mind."


@dataclass(frozen=True, slots=True)
class Item:
    """A preference as one said it, and the question it bears upon. `options[0]` is the answer that heeds it."""

    id: str
    topic: str
    told: Told
    preference: str
    talk: Sequence[ChatMessage]
    """What was said when it was told; the message that tells it is the last of the user's."""
    question: str
    options: Sequence[str]

    @property
    def message(self) -> str:
        return next(said.content for said in reversed(self.talk) if said.role == "user")


@dataclass(frozen=True, slots=True)
class Filler:
    """An exchange on something else."""

    user: str
    assistant: str


def load(path: Path, told: Sequence[Told]) -> Sequence[Item]:
    """PrefEval's preferences by topic. Raises BadInput, naming the place."""
    data = cases.read(path)
    if not isinstance(data, dict) or not data:
        raise BadInput(f"{path} is not a table of topics; PrefEval's preferences are.")
    items: list[Item] = []
    for topic, kinds in data.items():
        for kind in told:
            place = f"{path}, {topic}, {kind}"
            try:
                for number, record in enumerate(kinds["mcq" if kind == "stated" else "implicit_choice"]):
                    place = f"{path}, {topic}, {kind} {number + 1}"
                    items.append(_item(f"{topic}.{number}.{kind}", topic, kind, record, kinds["mcq"]))
            except (KeyError, TypeError, ValueError, StopIteration) as error:
                raise BadInput(f"{place}: {type(error).__name__} {error}.") from error
    return items


def _item(name: str, topic: str, kind: Told, record: Any, choices: Sequence[Any]) -> Item:
    preference, question = record["preference"], record["question"]
    options = next(
        choice["classification_task_options"]
        for choice in choices
        if (choice["preference"], choice["question"]) == (preference, question)
    )
    texts = {option for option in options if isinstance(option, str) and option.strip()}
    if len(options) < 2 or len(texts) != len(options):
        raise ValueError("`classification_task_options` must be different texts, the first the one that heeds it")
    if kind == "stated":
        talk = [ChatMessage("user", preference), ChatMessage("assistant", ACKNOWLEDGED)]
    else:
        said = record["conversation"]
        talk = [
            ChatMessage("user", said["query"]),
            ChatMessage("assistant", said["assistant_options"]),
            ChatMessage("user", said["user_selection"]),
            ChatMessage("assistant", said["assistant_acknowledgment"]),
        ]
    return Item(name, topic, kind, preference, talk, question, options)


def load_fillers(path: Path) -> Sequence[Filler]:
    """PrefEval's conversations on other things, as exchanges. Raises BadInput."""
    conversations = cases.read(path)
    if not isinstance(conversations, list):
        raise BadInput(f"{path} is not a list of conversations; PrefEval's fillers are.")
    found = []
    for number, conversation in enumerate(conversations, 1):
        try:
            said = [(message["role"], message["content"].strip()) for message in conversation["conversation"]]
        except (KeyError, TypeError, AttributeError) as error:
            raise BadInput(f"{path}, conversation {number}: {type(error).__name__} {error}.") from error
        for (role, text), (next_role, answer) in pairwise(said):
            if (role, next_role) == ("user", "assistant") and text and answer:
                found.append(Filler(text, answer))
    if not found:
        raise BadInput(f"{path} has no exchange of a user and an assistant.")
    return found


class Rehearsed:
    """A model that answers as it is told to, then as `model` does; without one it says nothing more."""

    def __init__(self, model: ChatModel | None, context_length: int) -> None:
        self.name = model.name if model else "rehearsed"
        self.context_length = model.context_length if model else context_length
        self.answers: list[str] = []
        self.prompt: Sequence[ChatMessage] = ()
        self._model = model

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:  # noqa: ARG002
        self.prompt = messages
        yield self.answers.pop(0) if self.answers else "…"

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        if self._model:
            return self._model.count_tokens(messages)
        return sum(4 + len(message.content) // 3 for message in messages)

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of an item, asked of a system after so many exchanges on other things (`None`: it does not remember)."""

    item: Item
    system: str
    number: int | None
    between: Sequence[Filler]

    @property
    def id(self) -> str:
        return f"{self.system}/{self.item.id}"


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured, and with what. Zhiji is asked after each of these `numbers` of fillers; the other systems, which do not
    remember, once. Without a model only `delivered` is measured, without `generate` everything but `followed`."""

    settings: Settings
    model: ChatModel | None
    systems: Sequence[str] = SYSTEMS
    numbers: Sequence[int] = FILLERS
    seed: int = 0
    generate: bool = True


def evaluate(
    results: Results,
    items: Sequence[Item],
    fillers: Sequence[Filler],
    setup: Setup,
    progress: Progress | None = None,
) -> None:
    """Measure what `results` does not have yet. Raises BadInput if there are not as many fillers as asked for."""
    systems, numbers = setup.systems, setup.numbers
    if "zhiji" in systems and max(numbers) > len(fillers):
        raise BadInput(f"There are {len(fillers)} exchanges to put in between, and {max(numbers)} are asked for.")
    after = {f"zhiji after {number}": number for number in numbers} if "zhiji" in systems else {}
    named = {"none": None, **after, "told": None}
    due = [
        Asked(item, name, number, random.Random(f"{setup.seed} {item.id} {number}").sample(fillers, number or 0))
        for item in items
        for name, number in named.items()
        if (name in after or name in systems) and f"{name}/{item.id}" not in results.done
    ]
    settings, model = setup.settings.model_copy(update={"learn_with_model": "off", "learn": True}), setup.model
    with closing(_answered(due, settings, model, setup.generate) if model else _delivered(due, settings)) as records:
        for done, record in enumerate(records, 1):
            results.add(record)
            if progress:
                progress(done, len(due))


def _answered(
    due: Sequence[Asked], settings: Settings, model: ChatModel, generate: bool
) -> Generator[Record, None, None]:
    with (
        closing(LazyEmbedder(partial(load_embedder, settings))) as loaded,
        closing(
            _prompts(due, settings, Rehearsed(model, settings.context_tokens), embedder := Keeping(loaded))
        ) as prompts,
        closing(answers(model, partial(_heeded, model, embedder, generate), prompts)) as records,
    ):
        yield from records


def _delivered(due: Sequence[Asked], settings: Settings) -> Generator[Record, None, None]:
    """Without a model a turn is work for one core: as many processes as there are cores."""
    if not due:
        return
    processes = hardware.cores()
    size = min(IN_ONE_STORE, -(-len(due) // processes))
    shares = [due[begin : begin + size] for begin in range(0, len(due), size)]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        pool = ProcessPoolExecutor(min(processes, len(shares)), get_context("spawn"))
        try:
            for records in pool.map(partial(_share, settings, folder), shares):
                yield from records
            pool.shutdown()
        finally:  # a share takes a minute or two: when this is cut off, none is waited for
            pool.shutdown(wait=False, cancel_futures=True)
            for process in active_children():
                process.terminate()


def _share(settings: Settings, folder: str, due: Sequence[Asked]) -> Sequence[Record]:
    tempfile.tempdir = folder  # of this process; whoever began it clears up
    rehearsed = Rehearsed(None, settings.context_tokens)
    with closing(_prompts(due, settings, rehearsed, _keeping(settings.embedder, settings.models_dir))) as prompts:
        return [prompted.record for prompted in prompts]


@cache
def _keeping(embedder: str, models_dir: Path) -> "Keeping":
    """One for all shares of a process."""
    settings = Settings(embedder=embedder, models_dir=models_dir, threads=1)
    return Keeping(LazyEmbedder(partial(load_embedder, settings)))


class Keeping:
    """An embedder that keeps what it made of a text: the same exchanges are put before many questions."""

    def __init__(self, embedder: LazyEmbedder) -> None:
        self.name, self.languages = embedder.name, embedder.languages
        self._one = lru_cache(KEPT)(lambda text: embedder.encode([text])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._one(text).vector for text in texts])

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        return [self._one(text) for text in texts]


@dataclass(frozen=True, slots=True)
class Prompted:
    """The prompt of it, and its record so far."""

    item: Item
    prompt: Sequence[ChatMessage]
    record: Record


def _prompts(
    due: Sequence[Asked], settings: Settings, rehearsed: Rehearsed, embedder: Embedder
) -> Generator[Prompted, None, None]:
    for begin in range(0, len(due), IN_ONE_STORE):
        with _store(settings, rehearsed, embedder) as runtime:
            for place, asked in enumerate(due[begin : begin + IN_ONE_STORE]):
                prompted = _prompted(runtime.assistant(f"person-{place}"), rehearsed, asked)
                if trouble := runtime.status.trouble:  # else a search by words alone would be measured
                    raise ZhijiError(f"{asked.id} cannot be measured: {trouble}")
                yield prompted


def _prompted(mei: Assistant, rehearsed: Rehearsed, asked: Asked) -> Prompted:
    item = asked.item
    if asked.number is None:
        prompt, delivered = _plain(rehearsed, item, told=asked.system == "told")
    else:
        prompt, delivered = _through(mei, rehearsed, item, asked.between)
    record: Record = {
        "id": asked.id,
        "system": asked.system,
        "category": item.topic,
        "told": item.told,
        "question": item.question,
        "preference": item.preference,
        "delivered": float(delivered),
        "prompt_tokens": rehearsed.count_tokens(prompt),
    }
    return Prompted(item, prompt, record)


@contextmanager
def _store(settings: Settings, model: ChatModel, embedder: Embedder) -> Iterator[Runtime]:
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Runtime(settings.model_copy(update={"data_dir": Path(folder)}), model=model, embedder=embedder) as runtime,
    ):
        yield runtime


def _through(
    mei: Assistant, rehearsed: Rehearsed, item: Item, between: Sequence[Filler]
) -> tuple[Sequence[ChatMessage], bool]:
    """Live through it as one person in the product; the prompt of the question, and whether the preference stands in it."""
    conversation = None
    rehearsed.answers = [said.content for said in item.talk if said.role == "assistant"]
    for said in item.talk:
        if said.role == "user":
            reply = mei.chat(said.content, conversation_id=conversation)
            conversation = reply.conversation_id
    assert conversation
    told = next(said.id for said in mei.conversations.get(conversation).messages[::-1] if said.role == "user")
    for filler in between:
        rehearsed.answers = [filler.assistant]
        mei.chat(filler.user, conversation_id=conversation)
    asked = mei.chat(item.question)
    return rehearsed.prompt, delivers(item, told, asked.recalled, asked.facts_used)


def delivers(item: Item, message_id: str, recalled: Sequence[Hit], facts: Sequence[Fact]) -> bool:
    """Whether what a prompt holds says the preference: see the head of this file."""
    word_by_word = any(hit.memory.message_id == message_id for hit in recalled)
    learned = [fact for fact in facts if fact.message_id == message_id]
    if item.told == "stated":
        return word_by_word or any(states(fact, item.message) for fact in learned)
    on_the_point = shares_a_word(item.message, item.preference)
    return (word_by_word and on_the_point) or any(
        fact.key in TASTES and shares_a_word(fact.value, item.preference) for fact in learned
    )


def _plain(rehearsed: Rehearsed, item: Item, *, told: bool) -> tuple[Sequence[ChatMessage], bool]:
    """The same prompt without memory; `told`: right after the preference was told. A choice may not tell it even then."""
    material = Material(
        message=item.question,
        language="en",
        today=datetime.now(UTC).date(),
        user="someone",
        history=item.talk if told else (),
    )
    prompt = build(material, rehearsed.count_tokens, rehearsed.context_length - REPLY_TOKENS)
    tells = item.told == "stated" or any(shares_a_word(said.content, item.preference) for said in item.talk)
    return prompt.messages, told and tells


def _heeded(model: ChatModel, embedder: Embedder, generate: bool, prompted: Prompted) -> Record:
    """The record with what the model makes of the prompt."""
    item, made = prompted.item, dict(prompted.record)
    began = time.perf_counter()
    if isinstance(model, ScoringModel):
        likely = model.likelihoods(prompted.prompt, item.options)
        made["chosen"] = float(int(np.argmax(likely)) == 0)
    if generate:
        sampling = Sampling(temperature=0, max_new_tokens=REPLY_TOKENS, seed=0)
        said = reply(model, str(made["id"]), prompted.prompt, sampling)
        vectors = embedder.embed([said or "…", *item.options])
        made |= {"said": said, "followed": float(int(np.argmax(vectors[1:] @ vectors[0])) == 0)}
    return made | {"seconds": round(time.perf_counter() - began, 2)}
