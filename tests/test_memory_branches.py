"""Versions of questions and replies, the branch that is shown, and taking a turn back."""

import json
import time

import pytest

from assistant import Assistant, Done, Reply, Runtime
from memory.errors import BadInput, NotFound
from tests.support import files_holding


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def edited(mei: Assistant, message_id: str, text: str) -> Reply:
    *_, done = mei.edit(message_id, text)
    assert isinstance(done, Done)
    return done.reply


def texts(mei: Assistant, conversation_id: str) -> list[str]:
    return [message.text for message in mei.conversations.get(conversation_id).messages]


def test_an_edited_question_is_a_version_and_both_can_be_shown(mei: Assistant) -> None:
    first = mei.chat("My dog is called Biscuti")
    id = str(first.conversation_id)
    mei.chat("What next?", conversation_id=id)
    question = mei.conversations.get(id).messages[0]
    edited(mei, question.id, "My dog is called Biscuit")
    assert len(texts(mei, id)) == 2
    assert texts(mei, id)[0] == "My dog is called Biscuit"
    now = mei.conversations.get(id).messages[0]
    assert now.versions == (question.id, now.id)
    assert mei.conversations.show(question.id) == id
    assert texts(mei, id)[0] == "My dog is called Biscuti"
    assert len(texts(mei, id)) == 4  # with what followed it
    mei.conversations.show(now.id)
    assert len(texts(mei, id)) == 2


def test_only_the_version_last_sent_is_remembered_and_learned_from(mei: Assistant) -> None:
    mei.profile.set("home", "Porto")
    id = str(mei.chat("I live in Lisbom").conversation_id)
    assert [fact.value for fact in mei.profile.facts()] == ["Lisbom"]
    question = mei.conversations.get(id).messages[0]
    edited(mei, question.id, "I like tea")
    assert [(fact.key, fact.value) for fact in mei.profile.facts()] == [("home", "Porto"), ("likes", "tea")]
    remembered = [memory.text for memory in mei.memories.list()]
    assert remembered == ["You said: I like tea", "I like tea"]
    assert mei.conversations.get(id).title == "I like tea"


def test_a_reply_given_again_is_a_version(mei: Assistant) -> None:
    id = str(mei.chat("Hello there, Zhiji").conversation_id)
    list(mei.regenerate(id))
    reply = mei.conversations.get(id).messages[1]
    assert len(reply.versions) == 2
    mei.conversations.show(reply.versions[0])
    assert mei.conversations.get(id).messages[1].id == reply.versions[0]


def test_what_cannot_be_edited_says_so(mei: Assistant, runtime: Runtime) -> None:
    id = str(mei.chat("Hello").conversation_id)
    question, reply = mei.conversations.get(id).messages
    with pytest.raises(BadInput, match="yours"):
        list(mei.edit(reply.id, "no"))
    with pytest.raises(NotFound):
        list(runtime.assistant("li").edit(question.id, "no"))
    with pytest.raises(NotFound):
        runtime.assistant("li").conversations.show(question.id)


def test_undo_takes_back_the_turn_and_what_came_of_it(mei: Assistant, runtime: Runtime) -> None:
    mei.profile.set("home", "Porto")
    id = str(mei.chat("Good evening, how are you?").conversation_id)
    mei.chat("I live in Zanzibar", conversation_id=id)
    assert mei.profile.get("home").value == "Zanzibar"  # type: ignore[union-attr]
    assert mei.conversations.undo(id) == "I live in Zanzibar"
    assert len(texts(mei, id)) == 2
    assert mei.profile.get("home").value == "Porto"  # type: ignore[union-attr]
    assert not any("Zanzibar" in memory.text for memory in mei.memories.list())
    assert mei.conversations.undo(id) == "Good evening, how are you?"
    assert mei.conversations.list() == []  # it held nothing else
    assert runtime.store.flush()
    assert files_holding(runtime.settings.data_dir, b"Zanzibar", b"zanzibar") == []


def test_undo_of_a_version_shows_the_other(mei: Assistant) -> None:
    id = str(mei.chat("First question, put badly").conversation_id)
    question = mei.conversations.get(id).messages[0]
    edited(mei, question.id, "First question, put well")
    mei.conversations.undo(id)
    assert texts(mei, id)[0] == "First question, put badly"


def test_a_conversation_can_leave_memory_unused(mei: Assistant) -> None:
    mei.chat("My dog is called Biscuit")
    plain = mei.chat("What is my dog called?")
    assert plain.recalled
    assert plain.facts_used
    mei.conversations.recall(str(plain.conversation_id), False)
    without = mei.chat("What is my dog called, again?", conversation_id=plain.conversation_id)
    assert not without.recalled
    assert not without.facts_used
    *_, done = mei.stream("What is my dog called?", recall=False)
    assert isinstance(done, Done)
    assert not done.reply.recalled


def test_the_facts_of_a_reply_are_known_after_a_reload(mei: Assistant) -> None:
    mei.profile.set("name", "Mei")
    reply = mei.chat("Hello")
    stored = mei.conversations.get(str(reply.conversation_id)).messages[1]
    assert [fact.value for fact in stored.facts_used] == ["Mei"]
    assert stored.prompt_id
    mei.profile.forget(stored.facts_used[0].id)
    assert mei.conversations.get(str(reply.conversation_id)).messages[1].facts_used == ()


def test_conversations_are_searched_pinned_and_paged(mei: Assistant) -> None:
    first = mei.chat("Tell me about sourdough bread")
    for number in range(3):
        mei.chat(f"Chat number {number} of today")
    found = mei.conversations.search("SOURDOUGH bread")
    assert [passage.conversation.id for passage in found] == [first.conversation_id]
    assert mei.conversations.search("数字") == []
    assert mei.conversations.search("said: Chat 2")[0].message_id  # in a reply
    assert mei.conversations.search("100%_") == []
    mei.conversations.pin(str(first.conversation_id))
    assert mei.conversations.list(1)[0].id == first.conversation_id
    assert len(mei.conversations.list(2, skip=2)) == 2


def test_a_title_is_the_first_sentence_without_its_greeting(mei: Assistant) -> None:
    def title(text: str) -> str:
        return mei.conversations.get(str(mei.chat(text).conversation_id)).title

    assert title("Hi Zhiji! Can you plan a trip to Porto? I have three days.") == "Can you plan a trip to Porto?"
    assert title("你好，帮我写一首诗。关于秋天的。") == "帮我写一首诗"
    assert title("Hello") == "Hello"


def test_deleting_a_conversation_can_keep_its_memories_and_facts(mei: Assistant) -> None:
    reply = mei.chat("I live in Lisbon")
    mei.conversations.delete(str(reply.conversation_id), keep_memories=True)
    assert mei.conversations.list() == []
    assert mei.memories.search("Lisbon")
    assert mei.profile.get("home").value == "Lisbon"  # type: ignore[union-attr]


def test_a_fact_corrected_elsewhere_stays_when_the_first_conversation_goes(mei: Assistant) -> None:
    first = mei.chat("My name is Anne")
    mei.chat("Sorry, my name is Hanna, not Anne")
    mei.conversations.delete(str(first.conversation_id), keep_memories=True)
    assert mei.profile.get("name").value == "Hanna"  # type: ignore[union-attr]


def test_a_long_conversation_is_read_in_one_go(mei: Assistant) -> None:
    parts = [
        {"type": "zhiji-log", "version": 2, "user": "x"},
        {"type": "conversation", "id": "c", "title": "Long", "head_id": "3999"},
    ]
    for number in range(4_000):
        parts.append(
            {
                "type": "message",
                "id": str(number),
                "parent_id": str(number - 1) if number else None,
                "text": "word",
                "role": "assistant" if number % 2 else "user",
                "status": "complete",
                "occurred_at": "2026-01-01T00:00:00Z",
            }
        )  # fmt: skip
    mei.import_("\n".join(json.dumps(part) for part in parts).encode(), remember=False)
    id = mei.conversations.list()[0].id
    began = time.monotonic()
    assert len(mei.conversations.get(id).messages) == 4_000
    assert time.monotonic() - began < 10  # not a speed limit: it took 20 s when it grew with the square
