import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from assistant import Assistant, Done, Recalled, Runtime, Sampling, Settings, TextDelta
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.recall import asks_the_assistant
from memory.errors import BadInput, ModelError, NotFound, PromptTooLong
from memory.facts.portrait import estimate_tokens
from memory.facts.vocabulary import word
from prompts.types import ChatMessage
from tests.support import HashEmbedder


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


@pytest.fixture
def with_model(tmp_path: Path) -> Iterator[Callable[[ScriptedModel], Assistant]]:
    opened: list[Runtime] = []

    def make(model: ScriptedModel) -> Assistant:
        opened.append(Runtime(Settings(data_dir=tmp_path / "other"), model=model, embedder=HashEmbedder()))
        return opened[0].assistant("mei")

    yield make
    for runtime in opened:
        runtime.close()


def stored(mei: Assistant) -> tuple[int, int]:
    return len(mei.conversations.list()), mei.memories.count()


def test_a_turn_yields_what_was_recalled_the_text_and_the_reply(mei: Assistant) -> None:
    mei.memories.add("My dog is called Biscuit")
    mei.profile.set("name", "Mei")
    events = list(mei.stream("What is my dog called?"))
    assert isinstance(events[0], Recalled)
    assert [hit.memory.text for hit in events[0].hits] == ["My dog is called Biscuit"]
    assert [fact.value for fact in events[0].facts] == ["Mei"]
    done = events[-1]
    assert isinstance(done, Done)
    assert "".join(event.text for event in events[1:-1] if isinstance(event, TextDelta)) == done.reply.text
    assert done.reply.recalled == events[0].hits
    assert done.reply.usage.prompt_tokens > 0
    messages = mei.conversations.get(str(done.reply.conversation_id)).messages
    assert [message.text for message in messages] == ["What is my dog called?", done.reply.text]
    assert messages[1].recalled == done.reply.recalled


def test_what_was_recalled_is_never_stored_again(mei: Assistant) -> None:
    mei.memories.add("My dog is called Biscuit")
    mei.chat("What is my dog called?")
    assert [memory.text for memory in mei.memories.list()].count("My dog is called Biscuit") == 1
    assert not any("<memory>" in memory.text for memory in mei.memories.list() if memory.kind == "said")


def test_the_conversation_goes_on_and_is_not_recalled_into_itself(mei: Assistant, model: ScriptedModel) -> None:
    first = mei.chat("My zebra is called Stripe")
    second = mei.chat("What is my zebra called?", conversation_id=first.conversation_id)
    assert second.recalled == ()
    assert [message.role for message in model.prompts[-1]][-3:] == ["user", "assistant", "user"]
    assert mei.chat("What is my zebra called?").recalled[0].memory.text == "My zebra is called Stripe"


def test_replies_are_recalled_only_when_asked_for(mei: Assistant) -> None:
    mei.chat("Name a cheese such as gouda")
    assert {hit.memory.kind for hit in mei.chat("Do I like gouda cheese?").recalled} <= {"said"}
    assert "reply" in {hit.memory.kind for hit in mei.chat("Which cheese did you suggest, gouda?").recalled}


def test_hello_recalls_nothing(mei: Assistant) -> None:
    mei.chat("hello my friend, I like tea")
    assert mei.chat("hello").recalled == ()
    assert mei.chat("你好").recalled == ()


@pytest.mark.parametrize("bad", ["", "  \x00 ", "x" * 50_000, "hi \ud800"])
def test_bad_messages_are_refused_and_change_nothing(mei: Assistant, bad: str) -> None:
    with pytest.raises(BadInput):
        mei.chat(bad)
    assert stored(mei) == (0, 0)


def test_a_message_the_context_cannot_hold_changes_nothing(mei: Assistant) -> None:
    with pytest.raises(PromptTooLong, match="Shorten the message"):
        mei.chat("a b " * 4500)
    assert stored(mei) == (0, 0)


def test_a_context_too_small_for_the_profile_drops_facts_and_says_so(
    with_model: Callable[[ScriptedModel], Assistant],
) -> None:
    mei = with_model(ScriptedModel(context_length=600))
    for n in range(12):
        mei.profile.set(f"thing{n}", "word " * 20)
    reply = mei.chat("hi friend")
    assert reply.usage.dropped_facts > 0
    assert len(reply.facts_used) + reply.usage.dropped_facts == 12


def test_an_unknown_conversation_is_not_found(mei: Assistant) -> None:
    with pytest.raises(NotFound):
        mei.chat("hi there friend", conversation_id="0" * 32)
    assert stored(mei) == (0, 0)


def test_stop_keeps_what_was_said(mei: Assistant) -> None:
    stop = threading.Event()
    seen = ""
    for event in mei.stream("one two three four five six seven", stop=stop):
        if isinstance(event, TextDelta):
            seen += event.text
            stop.set()
        if isinstance(event, Done):
            assert event.reply.status == "interrupted"
            assert event.reply.text == seen.rstrip()
    (conversation,) = mei.conversations.list()
    assert mei.conversations.get(conversation.id).messages[1].status == "interrupted"


def test_a_reader_that_goes_away_leaves_a_marked_reply(mei: Assistant) -> None:
    events = mei.stream("one two three four five")
    for event in events:
        if isinstance(event, TextDelta):
            break
    events.close()  # type: ignore[attr-defined]
    (conversation,) = mei.conversations.list()
    assert [m.status for m in mei.conversations.get(conversation.id).messages] == ["complete", "interrupted"]


class Failing(ScriptedModel):
    """Fails after `after` pieces, until `healthy`."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.after, self.healthy = after, False

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:
        for number, piece in enumerate(super().stream(messages, sampling)):
            if number == self.after and not self.healthy:
                raise ModelError("The model failed.")
            yield piece


@pytest.mark.parametrize("after", [0, 3])
def test_a_failing_model_keeps_the_message_and_can_be_asked_again(
    with_model: Callable[[ScriptedModel], Assistant], after: int
) -> None:
    model = Failing(after)
    mei = with_model(model)
    with pytest.raises(ModelError):
        mei.chat("I keep a tortoise in the garden")
    (conversation,) = mei.conversations.list()
    messages = mei.conversations.get(conversation.id).messages
    assert [(m.role, m.status) for m in messages] == [("user", "complete"), ("assistant", "failed")]
    assert [m.kind for m in mei.memories.list()] == ["said"]
    model.healthy = True
    *_, done = mei.regenerate(conversation.id)
    assert isinstance(done, Done)
    assert [m.status for m in mei.conversations.get(conversation.id).messages] == ["complete", "complete"]


def test_regenerating_answers_the_same_message_again(mei: Assistant) -> None:
    first = mei.chat("Suggest a colour for my zebra")
    *_, done = mei.regenerate(str(first.conversation_id), sampling=Sampling(max_new_tokens=3))
    assert isinstance(done, Done)
    messages = mei.conversations.get(str(first.conversation_id)).messages
    assert [message.id for message in messages][1] == done.reply.message_id != first.message_id
    assert done.reply.recalled == ()
    with pytest.raises(NotFound):
        list(mei.regenerate("0" * 32))


def test_a_temporary_chat_neither_writes_nor_recalls_unless_asked(mei: Assistant, model: ScriptedModel) -> None:
    mei.memories.add("My dog is called Biscuit")
    mei.profile.set("name", "Mei")
    before = stored(mei)
    chat = mei.temporary()
    reply = chat.chat("What is my dog called?")
    assert (reply.recalled, reply.facts_used, reply.message_id, reply.conversation_id) == ((), (), None, None)
    chat.chat("And what did I just ask?")
    assert [message.content for message in model.prompts[-1] if message.role == "user"][-2:] == [
        "What is my dog called?",
        "And what did I just ask?",
    ]
    assert not any("Biscuit" in m.content or "Mei" in m.content for prompt in model.prompts for m in prompt)
    knowing = mei.temporary(recall=True).chat("What is my dog called?")
    assert [hit.memory.text for hit in knowing.recalled] == ["My dog is called Biscuit"]
    assert stored(mei) == before


def test_the_prompt_follows_the_language_of_the_message(mei: Assistant, model: ScriptedModel) -> None:
    mei.chat("我喜欢喝茶")
    mei.chat("I like tea")
    assert "你是知己" in model.prompts[0][0].content
    assert "You are Zhiji" in model.prompts[1][0].content


def test_two_users_at_once_get_only_their_own(runtime: Runtime) -> None:
    users = [runtime.assistant(name) for name in ("mei", "li", "ana", "tom")]
    problems: list[str] = []

    def talk(mine: Assistant) -> None:
        for turn in range(6):
            mine.chat(f"My secret word number {turn} is {mine.user}-{turn}-canary")
            reply = mine.chat("What is my secret word?")
            foreign = [
                h.memory.text
                for h in reply.recalled
                if f"{mine.user}-" not in h.memory.text and "canary" in h.memory.text
            ]
            problems.extend(foreign)

    threads = [threading.Thread(target=talk, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    for user in users:
        assert user.memories.count() == 24
        foreign = next(other for other in users if other is not user).memories.list(1)[0]
        for call in (user.memories.get, user.memories.forget, user.memories.pin):
            with pytest.raises(NotFound):
                call(foreign.id)
        with pytest.raises(NotFound):
            user.conversations.get(str(foreign.conversation_id))


def test_the_export_is_whole_or_not_there(mei: Assistant, tmp_path: Path) -> None:
    mei.chat("hello zebra")
    assert mei.export(tmp_path / "log.jsonl") == 4
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 4
    with pytest.raises(BadInput, match="cannot be written"):
        mei.export(tmp_path / "no" / "log.jsonl")
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_a_reader_that_sleeps_keeps_nobody_waiting(mei: Assistant, runtime: Runtime) -> None:
    sleeping = mei.stream("one two three four five")
    for event in sleeping:
        if isinstance(event, TextDelta):
            break
    assert mei.chat("something else").status == "complete"
    runtime.close()  # comes back, the sleeping reader notwithstanding
    assert isinstance(sleeping, Iterator)


def test_two_turns_in_one_conversation_are_not_begun_at_once(mei: Assistant) -> None:
    first = mei.chat("hello zebra friend")
    running = mei.stream("tell me more of zebras", conversation_id=first.conversation_id)
    next(running)
    with pytest.raises(BadInput, match="being written in this conversation"):
        mei.chat("and of lions", conversation_id=first.conversation_id)
    list(running)
    assert mei.chat("and of lions", conversation_id=first.conversation_id).status == "complete"
    assert len(mei.conversations.get(str(first.conversation_id)).messages) == 6


def test_a_message_forgotten_while_it_is_answered_leaves_no_reply(mei: Assistant) -> None:
    events = mei.stream("The safe opens with Quizzaciously")
    next(events)
    mei.memories.forget(mei.memories.list(1)[0].id)
    list(events)
    (conversation,) = mei.conversations.list()
    assert [(m.text, m.status) for m in mei.conversations.get(conversation.id).messages] == [("", "forgotten")] * 2
    assert mei.memories.count() == 0


class Odd(ScriptedModel):
    """Raises what no model of ours raises, or says what no database can hold."""

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:  # noqa: ARG002
        yield "half \ud83d"
        if "break" in messages[-1].content:
            raise KeyError("surprise")


def test_whatever_a_model_raises_or_says_the_turn_ends_in_order(
    with_model: Callable[[ScriptedModel], Assistant],
) -> None:
    mei = with_model(Odd())
    assert mei.chat("please say something").text == "half ?"
    with pytest.raises(ModelError, match="KeyError"):
        mei.chat("please break")
    assert [m.status for m in mei.conversations.get(mei.conversations.list()[0].id).messages] == ["complete", "failed"]


def test_a_failed_second_try_leaves_the_good_reply(with_model: Callable[[ScriptedModel], Assistant]) -> None:
    model = Failing(2)
    model.healthy = True
    mei = with_model(model)
    good = mei.chat("I keep a tortoise in the garden")
    model.healthy = False
    with pytest.raises(ModelError):
        list(mei.regenerate(str(good.conversation_id)))
    assert mei.conversations.get(str(good.conversation_id)).messages[-1].id == good.message_id


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        ("What did you recommend?", True),
        ("Which cheese did you suggest last time?", True),
        ("You told me about a book", True),
        ("What was your advice?", True),
        ("你上次推荐了什么？", True),
        ("你说过的那本书叫什么", True),
        ("Can you tell me what my dog is called?", False),
        ("Could you suggest a dinner?", False),
        ("What do I do for work?", False),
        ("请你推荐一家餐厅", False),
    ],
)
def test_replies_are_searched_only_for_what_the_assistant_said(message: str, asks: bool) -> None:
    assert asks_the_assistant(message) == asks


class Caching(ScriptedModel):
    """A scripted model that keeps what it has read, or says so; `warmed` is what it was to read ahead."""

    cached_tokens = 7

    def __init__(self) -> None:
        super().__init__(lambda _: "They like lavender, and thyme. " * 4, context_length=3_000)
        self.warmed: list[tuple[str, str, bool, Sequence[ChatMessage]]] = []
        self.forgotten: list[str | None] = []

    def conversation(self, user: str, conversation: str) -> "Caching":
        self.at = user, conversation
        return self

    def stream(  # type: ignore[override]
        self,
        messages: Sequence[ChatMessage],
        sampling: Sampling,
        ended: threading.Event | None = None,  # noqa: ARG002
    ) -> Iterator[str]:
        return super().stream(messages, sampling)

    def warm(self, messages: Sequence[ChatMessage], *, ahead: bool = False) -> None:
        self.warmed.append((*self.at, ahead, messages))

    def forget(self, user: str | None = None) -> None:
        self.forgotten.append(user)


def test_what_is_read_ahead_is_what_the_next_prompt_begins_with(
    with_model: Callable[[ScriptedModel], Assistant],
) -> None:
    model = Caching()
    mei = with_model(model)
    mei.memories.add("Bees like lavender best of all")
    conversation_id, ahead_was_right = None, 0
    for turn in range(36):
        if turn == 20:
            mei.profile.set("home", "Lisbon")
            mei.warm(conversation_id)  # as the page does when it is looked at
        reply = mei.chat(f"{turn}. What do bees like best? " + "word " * 30, conversation_id=conversation_id)
        assert reply.usage.cached_tokens == 7
        conversation_id = reply.conversation_id
        prompt = model.prompts[-1]
        if turn:
            user, conversation, ahead, read = [found for found in model.warmed if not found[2]][-2]
            known_ahead = [tuple(found[3]) for found in model.warmed if found[2]]
            assert (user, conversation, ahead) == ("mei", conversation_id, False)
            assert list(read) == list(prompt[: len(read)])
            assert len(prompt) == len(read) + 1
            ahead_was_right += any(tuple(prompt[: len(early)]) == early for early in known_ahead)
    assert ahead_was_right >= 1  # the beginning after the oldest was left out had been read before that


def test_reading_ahead_writes_nothing_and_breaks_nothing(with_model: Callable[[ScriptedModel], Assistant]) -> None:
    model = Caching()
    mei = with_model(model)
    mei.warm()
    assert stored(mei) == (0, 0)
    assert [message.role for message in model.warmed[-1][3]] == ["system"]
    with pytest.raises(NotFound):
        mei.warm("0" * 32)
    model.warm = lambda *_, **__: (_ for _ in ()).throw(ModelError("no"))  # type: ignore[method-assign]
    assert mei.chat("hello there").text
    mei.erase()
    assert model.forgotten == ["mei"]


def test_a_large_profile_is_told_in_part_and_what_concerns_the_message_beside_it(
    with_model: Callable[[ScriptedModel], Assistant],
) -> None:
    model = Caching()
    model.context_length = 4_000
    mei = with_model(model)
    for n in range(60):
        mei.profile.set(f"pet_{n}", f"a hamster called Number{n} with a long brown coat")
    first, second = (mei.chat(said) for said in ("Tell me about Number3", "Tell me about Number58"))
    systems = [prompt[0].content for prompt in model.prompts[-2:]]
    assert systems[0] == systems[1]
    for reply, name in ((first, "Number3 "), (second, "Number58 ")):
        told = " ".join(message.content for message in model.prompts[-2 if reply is first else -1])
        assert name in told
        assert len({fact.id for fact in reply.facts_used}) == len(reply.facts_used)
        assert told.count("a hamster called Number") == len(reply.facts_used) < 60
        worded = [word(fact, "en") for fact in reply.facts_used]
        assert sum(map(estimate_tokens, worded)) <= 400  # profile_tokens


def test_a_stop_is_heeded_while_the_prompt_is_being_read(with_model: Callable[[ScriptedModel], Assistant]) -> None:
    class Reading(Caching):
        def stream(  # type: ignore[override]
            self, messages: Sequence[ChatMessage], sampling: Sampling, ended: threading.Event | None = None
        ) -> Iterator[str]:
            assert ended is not None
            assert ended.wait(20), f"nobody ended {messages} {sampling}"
            yield from ()

    mei, stop = with_model(Reading()), threading.Event()
    events = mei.stream("Tell me about bees", stop=stop)
    assert isinstance(next(events), Recalled)
    threading.Timer(0.1, stop.set).start()
    done = list(events)[-1]
    assert isinstance(done, Done)
    assert (done.reply.status, done.reply.text) == ("interrupted", "")
