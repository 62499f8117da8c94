"""Whose turn it is, replies that outlive their reader, and what a user prefers."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from assistant import Assistant, Runtime, Sampling, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from assistant.events import Event, Recalled, Waiting
from assistant.live import MOST_AT_ONCE, Live, LiveReplies
from assistant.turns import Ticket, Turns
from memory.errors import BadInput, ModelError, NotFound, TooOften
from prompts.types import ChatMessage
from tests.support import HashEmbedder, files_holding


class SlowModel(ScriptedModel):
    """Says one word, then waits until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)

    def stream(self, messages: Sequence[ChatMessage], sampling: Sampling) -> Iterator[str]:  # noqa: ARG002
        self.begun.release()
        yield "One "
        self.go_on.wait(10)
        yield messages[-1].content


@pytest.fixture
def slow(tmp_path) -> Iterator[tuple[Runtime, SlowModel]]:  # type: ignore[no-untyped-def]
    model = SlowModel()
    with Runtime(Settings(data_dir=tmp_path / "slow"), model=model, embedder=HashEmbedder()) as runtime:
        yield runtime, model
        model.go_on.set()


def test_users_are_served_in_turn_and_one_users_requests_one_by_one() -> None:
    turns = Turns()
    places: dict[str, Ticket] = {}
    managers = {}
    for name, user in (("m1", "mei"), ("m2", "mei"), ("l1", "li"), ("j1", "jo"), ("l2", "li")):
        managers[name] = turns.ticket(user)
        places[name] = managers[name].__enter__()
    ahead = {name: place.wait(0) for name, place in places.items()}
    assert ahead == {"m1": 0, "l1": 1, "j1": 2, "m2": 3, "l2": 4}
    served = []
    while places:
        name = next(name for name, place in places.items() if place.wait(0) == 0)
        served.append(name)
        del places[name]
        managers.pop(name).__exit__(None, None, None)
    assert served == ["m1", "l1", "j1", "m2", "l2"]


def test_one_user_cannot_take_all_the_turns() -> None:
    turns = Turns(at_once=2)
    managers = [turns.ticket(user) for user in ("mei", "mei", "mei", "li")]
    places = [manager.__enter__() for manager in managers]
    assert [place.wait(0) for place in places] == [0, 2, 3, 0]  # li is served at once, though mei asked first
    for manager in managers:
        manager.__exit__(None, None, None)
    with turns.ticket("jo") as place:
        assert place.wait(0) == 0


def test_who_waits_is_told_and_can_stop_waiting(slow: tuple[Runtime, SlowModel]) -> None:
    runtime, model = slow
    first = runtime.assistant("mei").stream("Hello")
    next(first)
    next(first)
    stop = threading.Event()
    events = []

    def listen() -> None:
        for event in runtime.assistant("li").stream("And me?", stop=stop):
            events.append(event)

    listener = threading.Thread(target=listen)
    listener.start()
    deadline = time.monotonic() + 5
    while not any(isinstance(event, Waiting) for event in events) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert any(event == Waiting(1) for event in events)
    stop.set()
    listener.join(5)
    assert events[-1].reply.status == "interrupted"
    assert events[-1].reply.text == ""
    model.go_on.set()
    assert list(first)[-1].reply.status == "complete"  # type: ignore[union-attr]


def test_a_reply_goes_on_without_a_reader_and_can_be_picked_up(slow: tuple[Runtime, SlowModel]) -> None:
    runtime, model = slow
    mei = runtime.assistant("mei")
    replies = LiveReplies()
    live = replies.start("mei", lambda stop: mei.stream("Hello out there", stop=stop))
    id = str(live.conversation_id)
    assert mei.conversations.get(id).messages[0].text == "Hello out there"  # on the disk already
    assert replies.get("mei", id) is live
    assert replies.get("li", id) is None
    model.begun.acquire()
    now = live.follow(0, 5)
    while now.stage != "writing":
        now = live.follow(now.version, 5)
    assert now.text == "One "
    model.go_on.set()
    while not now.over:
        now = live.follow(now.version, 5)
    assert now.stage == "done"
    assert now.text == ""  # what is over is in the store alone, where it can be forgotten
    assert mei.conversations.get(id).messages[1].text == "One Hello out there"
    assert replies.get("mei", id) is None
    assert replies.last("mei", id) is live


def test_what_keeps_a_message_from_being_stored_is_raised(runtime: Runtime) -> None:
    mei = runtime.assistant("mei")
    with pytest.raises(BadInput, match="empty"):
        LiveReplies().start("mei", lambda stop: mei.stream("  ", stop=stop))
    with pytest.raises(NotFound):
        LiveReplies().start("mei", lambda stop: mei.stream("hi", conversation_id="no", stop=stop))


def test_a_model_that_dies_ends_the_reply_and_keeps_the_question(tmp_path) -> None:  # type: ignore[no-untyped-def]
    def die(_: Sequence[ChatMessage]) -> str:
        raise RuntimeError("boom")

    settings = Settings(data_dir=tmp_path / "dead")
    with Runtime(settings, model=ScriptedModel(die), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        live: Live = LiveReplies().start("mei", lambda stop: mei.stream("Are you there?", stop=stop))
        now = live.follow(0, 5)
        while not now.over:
            now = live.follow(now.version, 5)
        assert now.stage == "failed"
        assert "model failed" in now.error
        question, reply = mei.conversations.get(str(live.conversation_id)).messages
        assert (question.text, reply.status) == ("Are you there?", "failed")
        with pytest.raises(ModelError):
            list(mei.regenerate(question.conversation_id))


def test_preferences_reach_the_prompt_and_the_sampling(runtime: Runtime, model: ScriptedModel) -> None:
    mei = runtime.assistant("mei")
    mei.preferences.set(persona="a pirate", instructions="Use metric units.", temperature=1.5, reply_tokens=64)
    reply = mei.chat("Hello")
    system = model.prompts[-1][0].content
    assert "a pirate" in system
    assert "Use metric units." in system
    sampling = mei.conversations.get(str(reply.conversation_id)).messages[1].sampling
    assert '"temperature": 1.5' in str(sampling)
    assert '"max_new_tokens": 64' in str(sampling)
    mei.preferences.reset("temperature")
    assert mei.preferences.get().temperature is None
    assert runtime.assistant("li").preferences.get().persona == ""


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": 3}, {"time_zone": "Mars/Olympus"}, {"language": "fr"}, {"persona": "x" * 1001}, {"nothing": 1}],
)
def test_a_preference_that_makes_no_sense_changes_nothing(runtime: Runtime, wrong: dict[str, object]) -> None:
    mei = runtime.assistant("mei")
    with pytest.raises(BadInput, match="cannot be set"):
        mei.preferences.set(instructions="Be brief.", **wrong)
    assert mei.preferences.get().instructions == ""


def test_erase_leaves_nothing_of_a_user_and_everything_of_others(runtime: Runtime) -> None:
    mei, li = runtime.assistant("mei"), runtime.assistant("li")
    for user in (mei, li):
        reply = user.chat(f"{user.user}'s secret is xylophone-{user.user}, I live in Oslo")
        user.feedback.rate(str(reply.message_id), "up", f"because-{user.user}")
        user.documents.add("notes.txt", f"paper-{user.user}".encode())
        user.preferences.set(persona=f"persona-{user.user}")
    kept = list(li.export_lines("jsonl"))
    mei.erase()
    assert mei.conversations.list() == []
    assert mei.profile.facts() == []
    assert mei.preferences.get().persona == ""
    words = [f"{word}-mei".encode() for word in ("xylophone", "because", "paper", "persona")]
    assert files_holding(runtime.settings.data_dir, *words) == []
    assert list(li.export_lines("jsonl")) == kept
    mei.chat("A new beginning")
    assert mei.memories.search("beginning")


def test_a_temporary_chat_can_be_taken_back_and_answered_again(runtime: Runtime) -> None:
    mei: Assistant = runtime.assistant("mei")
    chat = mei.temporary()
    chat.chat("One")
    chat.chat("Two")
    list(chat.regenerate())
    assert [said.text for said in chat.messages()] == ["One", "You said: One", "Two", "You said: Two"]
    assert chat.undo() == "Two"
    assert chat.undo() == "One"
    with pytest.raises(BadInput):
        chat.undo()


def test_a_conversation_takes_one_message_at_a_time(slow: tuple[Runtime, SlowModel]) -> None:
    runtime, model = slow
    mei = runtime.assistant("mei")
    first = mei.stream("Hello")
    id = str(next(first).conversation_id)  # type: ignore[union-attr]
    for busy in (
        lambda: mei.stream("Me too", conversation_id=id),
        lambda: mei.regenerate(id),
        lambda: mei.edit(mei.conversations.get(id).messages[0].id, "Hello!"),
    ):
        with pytest.raises(BadInput, match="A reply is being written"):
            next(busy())
    model.go_on.set()
    assert list(first)[-1].reply.status == "complete"  # type: ignore[union-attr]
    assert mei.chat("Now", conversation_id=id).status == "complete"


def test_a_temporary_chat_keeps_its_question_when_answering_again_fails(runtime: Runtime, model: ScriptedModel) -> None:
    chat = runtime.assistant("mei").temporary()
    chat.chat("What is a fado?")

    def fail(_: Sequence[ChatMessage]) -> int:
        raise ModelError("no")

    model.count_tokens = fail  # type: ignore[method-assign]
    with pytest.raises(ModelError):
        list(chat.regenerate())
    assert chat.messages()[0].text == "What is a fado?"


def test_a_reply_can_be_stopped_by_its_key_before_it_has_a_conversation(slow: tuple[Runtime, SlowModel]) -> None:
    runtime, _ = slow
    mei = runtime.assistant("mei")
    replies = LiveReplies()
    loading = threading.Event()

    def start(stop: threading.Event) -> Iterator[object]:
        loading.wait(5)  # as a model that is being loaded
        yield from mei.stream("Hello", stop=stop)

    starting = threading.Thread(target=lambda: replies.start("mei", start, "key"))  # type: ignore[arg-type]
    starting.start()
    deadline = time.monotonic() + 5
    while replies.get("mei", "key") is None and time.monotonic() < deadline:
        time.sleep(0.01)
    replies.get("mei", "key").stop()  # type: ignore[union-attr]
    loading.set()
    starting.join(5)
    live = replies.last("mei", "key")
    assert live is not None
    while not live.follow(0, 1).over:
        pass
    assert mei.conversations.get(str(live.conversation_id)).messages[1].status == "interrupted"


def test_one_user_has_only_so_many_replies_under_way() -> None:
    go_on, lives = threading.Event(), LiveReplies()

    def start(_: threading.Event) -> Iterator[Event]:
        yield Recalled((), (), None)
        go_on.wait(60)

    running = [lives.start("mei", start, f"key {number}") for number in range(MOST_AT_ONCE)]
    with pytest.raises(TooOften):
        lives.start("mei", start)
    lives.start("li", start)
    go_on.set()
    for live in running:
        while not live.follow(-1, 1).over:
            pass
    deadline = time.monotonic() + 10
    while lives._under_way["mei"] and time.monotonic() < deadline:
        time.sleep(0.01)
    lives.start("mei", start)
