"""What is forgotten is gone: a raw search of every file finds neither its words, nor its id, nor its vector."""

import base64
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from assistant import Assistant, Recalled, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from memory.search.embedders import Vectors, to_bytes
from memory.search.entries import dense_key
from memory.store import Store
from memory.types import NewMemory
from prompts.types import ChatMessage
from tests.support import HashEmbedder, files_holding

CANARY = "Quizzaciously"


@pytest.mark.parametrize(("others", "exact_up_to"), [(0, 0), (50, 0), (1200, 0), (50, 2000), (50, 52)])
def test_a_forgotten_turn_leaves_no_byte(tmp_path: Path, others: int, exact_up_to: int) -> None:
    data = tmp_path / "data"
    with Runtime(
        Settings(data_dir=data, exact_up_to=exact_up_to), model=ScriptedModel(), embedder=HashEmbedder()
    ) as runtime:
        mei, li = runtime.assistant("mei"), runtime.assistant("li")
        mei.memories.add_many([NewMemory(f"Ordinary note {n} about item{n}") for n in range(others)])
        li.memories.add("Li keeps a lemon tree")
        said = mei.chat(f"The safe opens with {CANARY} and nothing else")
        mei.chat("Thanks, that was all about the safe", conversation_id=said.conversation_id)
        asked = mei.chat("What opens the safe?")
        assert asked.recalled
        assert runtime.store.flush()
        memory = next(m for m in mei.memories.list(20) if m.kind == "said" and CANARY in m.text)
        vector = HashEmbedder().embed([dense_key(memory.text, memory.speaker, memory.occurred_at)])[0]
        needles = [
            CANARY.encode(),
            CANARY.lower().encode(),
            CANARY.encode("utf-16-le"),
            base64.b64encode(CANARY.encode())[:-2],
            memory.id.encode(),
            to_bytes(np.asarray(vector)),
        ]
        found_before = files_holding(data, *needles)
        assert any("sqlite" in name for name in found_before), "the search must find what is still there"
        # The reply to it goes with it. This model repeats prompts, so the later reply that had it recalled goes too.
        mei.memories.forget(memory.id)
        for other in [m for m in mei.memories.list(20) if CANARY in m.text]:
            mei.memories.forget(other.id)
        assert runtime.store.flush()
        assert files_holding(data, *needles) == []
        assert mei.memories.search(CANARY) == [] or all(
            CANARY not in hit.memory.text for hit in mei.memories.search(CANARY)
        )
        assert [h.memory.text for h in li.memories.search("lemon tree")] == ["Li keeps a lemon tree"]
        assert mei.memories.count() >= others
    assert files_holding(data, *needles) == []


def test_a_deleted_conversation_and_a_forgotten_fact_leave_no_byte(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Runtime(Settings(data_dir=data), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        said = mei.chat(f"The safe opens with {CANARY}")
        mei.conversations.rename(str(said.conversation_id), f"About {CANARY}")
        fact = mei.profile.set("password_hint", CANARY)
        assert runtime.store.flush()
        assert files_holding(data, CANARY.encode())
        mei.conversations.delete(str(said.conversation_id))
        mei.profile.forget(fact.id)
        assert runtime.store.flush()
        assert files_holding(data, CANARY.encode(), CANARY.lower().encode()) == []


def test_a_reply_that_knew_it_from_the_profile_goes_with_what_was_said(tmp_path: Path) -> None:
    model = ScriptedModel(lambda _: f"Good evening! How is it at {CANARY}?")
    with Runtime(Settings(data_dir=tmp_path), model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        mei.chat(f"I work at {CANARY}.")
        greeted = mei.chat("Guten Abend")
        assert (greeted.recalled, len(greeted.facts_used)) == ((), 1)
        mei.memories.forget(next(memory.id for memory in mei.memories.list() if memory.text.startswith("I work")))
        shown = mei.conversations.get(str(greeted.conversation_id)).messages
        assert [message.text for message in shown] == ["Guten Abend", ""]
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode(), CANARY.lower().encode()) == []


def test_later_replies_that_only_heard_it_in_the_same_talk_go_too(tmp_path: Path) -> None:
    replies = iter(
        [
            "I see.",
            f"Wine goes with the tortoise {CANARY}.",
            "A tortoise eats lettuce.",
            "Wine from Porto is sweet.",
            "Good night, Porto is sweet.",
        ]
    )
    model = ScriptedModel(lambda _: next(replies))
    with Runtime(Settings(data_dir=tmp_path, recall_k=0), model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        mei.consents.set(remember=True, profile=False)
        first = mei.chat(f"My tortoise is {CANARY}, he drinks water")
        talk = str(first.conversation_id)
        for text in ("What goes with wine?", "What does a tortoise eat?", "And wine?"):
            mei.chat(text, conversation_id=talk)
        assert not any(message.recalled for message in mei.conversations.get(talk).messages)
        memory = next(memory for memory in mei.memories.list() if CANARY in memory.text and memory.kind == "said")
        mei.memories.forget(memory.id)
        assert [message.text for message in mei.conversations.get(talk).messages] == [
            "",
            "",
            "What goes with wine?",
            "",  # it has the name, which only the forgotten message had brought
            "What does a tortoise eat?",
            "A tortoise eats lettuce.",  # "tortoise" was said again, and is still remembered
            "And wine?",
            "Wine from Porto is sweet.",
        ]
        assert runtime.store.flush()
        assert files_holding(tmp_path, CANARY.encode(), CANARY.lower().encode()) == []


def test_a_message_that_was_never_remembered_takes_its_echoes_along(tmp_path: Path) -> None:
    model = ScriptedModel(lambda _: f"How is {CANARY}?")
    with Runtime(Settings(data_dir=tmp_path), model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        mei.consents.set(remember=False, profile=False)
        first = mei.chat(f"My tortoise is {CANARY}")
        mei.chat("Good evening to you", conversation_id=first.conversation_id)
        messages = mei.conversations.get(str(first.conversation_id)).messages
        mei.conversations.forget(messages[0].id)
        assert [m.text for m in mei.conversations.get(str(first.conversation_id)).messages] == [
            "",
            "",
            messages[2].text,
            "",
        ]
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode()) == []


def test_replies_that_were_told_a_fact_set_by_hand_go_with_it(tmp_path: Path) -> None:
    model = ScriptedModel(lambda _: f"As {CANARY}, you may like this.")
    with Runtime(Settings(data_dir=tmp_path), model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        fact = mei.profile.set("nickname", CANARY)
        reply = mei.chat("Hello, what may I like?")
        assert reply.facts_used
        mei.profile.forget(fact.id)
        assert [m.text for m in mei.conversations.get(str(reply.conversation_id)).messages] == [
            "Hello, what may I like?",
            "",
        ]
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode(), CANARY.lower().encode()) == []


def test_what_is_forgotten_while_a_later_reply_is_written_is_not_in_it(tmp_path: Path) -> None:
    model = ScriptedModel(lambda _: f"Surely {CANARY} is well.")
    with Runtime(Settings(data_dir=tmp_path), model=model, embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        mei.consents.set(remember=False, profile=False)
        first = mei.chat(f"My tortoise is {CANARY}")
        talk = str(first.conversation_id)
        events = mei.stream("How is he?", conversation_id=talk)
        next(events)
        next(events)
        mei.conversations.forget(mei.conversations.get(talk).messages[0].id)
        list(events)
        assert [message.text for message in mei.conversations.get(talk).messages] == ["", "", "How is he?", ""]
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode()) == []


def test_a_purge_cut_off_by_a_crash_is_finished_at_the_next_start(tmp_path: Path) -> None:
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    user = store.user("mei")
    from memory.memories import Memories

    memory = Memories(store, user).add(f"word {CANARY} word")
    assert store.flush()
    store.indexer.close()  # the writer dies before it can purge
    Memories(store, user).forget(memory.id)
    assert files_holding(tmp_path / "index", memory.id.encode())
    store.close()
    store = Store(tmp_path, HashEmbedder, exact_up_to=0)
    assert store.flush()
    assert files_holding(tmp_path, memory.id.encode(), CANARY.encode(), CANARY.lower().encode()) == []
    store.close()


def test_a_reason_that_quoted_a_forgotten_turn_is_gone_too(tmp_path: Path) -> None:
    with Runtime(Settings(data_dir=tmp_path), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
        question = mei.memories.add(f"Is the clinic in {CANARY}? For Lisbon I mean.", speaker="Mei", occurred_at=noon)
        mei.memories.add("It opens on Tuesday", speaker="Li", occurred_at=noon)
        asked = mei.chat("Lisbon clinic")
        assert any(CANARY in reason for hit in asked.recalled for reason in hit.why)
        mei.memories.forget(question.id)
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode()) == []


def test_what_is_forgotten_while_a_search_runs_is_not_found_by_it(tmp_path: Path) -> None:
    embedding, forgotten = threading.Event(), threading.Event()

    class Slow(HashEmbedder):
        def embed(self, texts: Sequence[str]) -> Vectors:
            if texts == ["Where is the umbrella?"]:
                embedding.set()
                assert forgotten.wait(10)
            return super().embed(texts)

    with Runtime(Settings(data_dir=tmp_path), model=ScriptedModel(), embedder=Slow()) as runtime:
        memories = runtime.assistant("mei").memories
        kept = memories.add("The umbrella stand is by the door")
        gone = memories.add(f"The umbrella is in {CANARY}")
        runtime.store.flush()
        with ThreadPoolExecutor(1) as other:
            search = other.submit(memories.search, "Where is the umbrella?")
            assert embedding.wait(10)
            memories.forget(gone.id)
            forgotten.set()
            assert [hit.memory.id for hit in search.result()] == [kept.id]


def asking(messages: Sequence[ChatMessage]) -> str:
    """Asks back with the last word; or, given a note with a question, about what that was about."""
    said = messages[-1].content
    if "asked “" in said:
        return f"Is it about {CANARY}?"
    return f"Really? Why is {said.split()[-1]} so dear to you?"


@pytest.fixture
def harp(tmp_path: Path) -> Iterator[Assistant]:
    """Mei said that they polished CANARY, was asked why it is dear, and answered that grandmother built that harp."""
    settings = Settings(data_dir=tmp_path, recall_k=1)
    with Runtime(settings, model=ScriptedModel(asking), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        first = mei.chat(f"Yesterday they polished {CANARY}")
        mei.chat("Because grandmother built that harp", conversation_id=first.conversation_id)
        yield mei
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode(), CANARY.lower().encode()) == []


def remembered(mei: Assistant, text: str) -> str:
    return next(memory.id for memory in mei.memories.list(50) if memory.text == text)


def tell_of_the_harp(mei: Assistant) -> None:
    later = mei.chat("Who built the harp?")
    assert [hit.asked for hit in later.recalled] == [f"Why is {CANARY} so dear to you?"]
    assert CANARY in later.text


def test_a_reply_goes_that_was_given_the_question_of_a_forgotten_exchange_with_the_answer_to_it(
    harp: Assistant,
) -> None:
    tell_of_the_harp(harp)
    harp.memories.forget(remembered(harp, f"Yesterday they polished {CANARY}"))
    assert remembered(harp, "Because grandmother built that harp")


def test_such_a_reply_goes_too_when_the_answer_is_forgotten_first(harp: Assistant) -> None:
    tell_of_the_harp(harp)
    harp.memories.forget(remembered(harp, "Because grandmother built that harp"))
    harp.memories.forget(remembered(harp, f"Yesterday they polished {CANARY}"))


def test_what_such_a_reply_asked_is_followed_further(harp: Assistant) -> None:
    told = harp.chat("Who built the harp?")
    harp.chat("Something quite unlike that flute", conversation_id=told.conversation_id)
    again = harp.chat("What is unlike that flute?")
    assert [hit.asked for hit in again.recalled] == [f"Is it about {CANARY}?"]
    assert CANARY in again.text
    harp.memories.forget(remembered(harp, f"Yesterday they polished {CANARY}"))


def test_such_a_reply_goes_when_the_conversation_had_been_deleted_and_its_memories_kept(harp: Assistant) -> None:
    tell_of_the_harp(harp)
    harp.conversations.delete(harp.conversations.list()[-1].id, keep_memories=True)
    harp.memories.forget(remembered(harp, f"Yesterday they polished {CANARY}"))
    assert remembered(harp, "Because grandmother built that harp")


def test_a_reply_does_not_repeat_a_question_that_is_forgotten_before_it_ends(harp: Assistant) -> None:
    events = harp.stream("Who built the harp?")
    recalled = next(events)
    assert isinstance(recalled, Recalled)
    assert [hit.asked for hit in recalled.hits] == [f"Why is {CANARY} so dear to you?"]
    next(events)
    harp.memories.forget(remembered(harp, f"Yesterday they polished {CANARY}"))
    for _ in events:
        pass


def test_a_reply_stays_whose_words_the_answer_has_and_not_only_the_question(tmp_path: Path) -> None:
    def dogs(messages: Sequence[ChatMessage]) -> str:
        return "Your dog is Rex." if "<memory>" in messages[-1].content else "Do you have a dog?"

    settings = Settings(data_dir=tmp_path, recall_k=1)
    with Runtime(settings, model=ScriptedModel(dogs), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        first = mei.chat("Yesterday they closed the park")
        mei.chat("My dog is Rex", conversation_id=first.conversation_id)
        later = mei.chat("What is my dog called?")
        assert [hit.asked for hit in later.recalled] == ["Do you have a dog?"]
        mei.memories.forget(remembered(mei, "Yesterday they closed the park"))
        assert mei.conversations.get(later.conversation_id or "").messages[-1].text == "Your dog is Rex."


def test_a_reply_to_which_something_was_recalled_that_is_forgotten_before_it_ends_repeats_none_of_it(
    tmp_path: Path,
) -> None:
    with Runtime(Settings(data_dir=tmp_path), model=ScriptedModel(), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        note = mei.memories.add(f"The safe opens with {CANARY}")
        events = mei.stream("What opens the safe?")
        recalled = next(events)
        assert isinstance(recalled, Recalled)
        assert [hit.memory.id for hit in recalled.hits] == [note.id]
        next(events)
        mei.memories.forget(note.id)
        for _ in events:
            pass
        assert runtime.store.flush()
    assert files_holding(tmp_path, CANARY.encode(), CANARY.lower().encode(), note.id.encode()) == []
