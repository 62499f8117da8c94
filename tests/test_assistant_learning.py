"""In a chat: what is learned, told, taken back, and what is never learned or remembered."""

from pathlib import Path

import pytest

from assistant import Assistant, Done, Learned, Reply, Runtime, Settings
from assistant.chat_models.scripted_model import ScriptedModel
from tests.support import HashEmbedder


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def last(mei: Assistant, text: str, conversation_id: str | None = None) -> Reply:
    events = list(mei.stream(text, conversation_id=conversation_id))
    assert isinstance(events[-1], Done)
    return events[-1].reply


def known(mei: Assistant) -> list[tuple[str, str]]:
    return [(fact.key, fact.value) for fact in mei.profile.facts()]


def test_what_is_said_is_learned_and_told_before_the_end(mei: Assistant) -> None:
    events = list(mei.stream("I am allergic to peanuts."))
    assert isinstance(events[-2], Learned)
    assert isinstance(events[-1], Done)
    (fact,) = events[-2].facts
    assert (fact.key, fact.value, fact.origin) == ("allergies", "peanuts", "said")
    assert events[-1].reply.learned == events[-2].facts
    assert fact.message_id == mei.conversations.get(str(events[-1].reply.conversation_id)).messages[0].id
    mei.profile.undo(fact.change_id)
    assert known(mei) == []


def test_what_was_learned_is_used_from_the_next_turn_on(mei: Assistant, model: ScriptedModel) -> None:
    assert mei.chat("I am allergic to peanuts.").facts_used == ()
    reply = mei.chat("What should I cook?")
    assert [fact.value for fact in reply.facts_used] == ["peanuts"]
    assert "allergic to peanuts" in model.prompts[-1][0].content


def test_what_the_message_ends_is_not_in_its_own_prompt(mei: Assistant) -> None:
    mei.chat("I love sailing.")
    reply = mei.chat("Actually, I no longer love sailing.")
    assert [fact.status for fact in reply.learned] == ["superseded"]
    assert list(reply.facts_used) == []


def test_nothing_is_learned_twice_from_one_message(mei: Assistant) -> None:
    reply = mei.chat("I love jazz.")
    mei.profile.undo(reply.learned[0].change_id)
    list(mei.regenerate(str(reply.conversation_id)))
    assert known(mei) == []


def test_the_assistants_words_are_never_learned(mei: Assistant) -> None:
    mei.chat("Say: I love opera and I live in Rome. What do you think?")
    assert ("likes", "opera") not in known(mei)


def test_a_choice_among_what_was_proposed_is_learned(tmp_path: Path) -> None:
    hotels = "1. A modern high-rise hotel.\n2. A busy high-rise hotel.\n3. A quiet cottage by the sea."
    settings = Settings(data_dir=tmp_path)
    with Runtime(settings, model=ScriptedModel(lambda _: hotels), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        asked = mei.chat("Where could I stay in June?")
        picked = last(mei, "I'll go with option 3.", asked.conversation_id)
    assert ("likes", "quiet cottage by the sea") in [(fact.key, fact.value) for fact in picked.learned]
    assert {fact.origin for fact in picked.learned} == {"chosen"}


def test_who_asks_not_to_be_remembered_is_not(mei: Assistant) -> None:
    reply = mei.chat("Don't remember this: I am dating Tom and I love opera.")
    assert (known(mei), mei.memories.count(), list(reply.learned)) == ([], 0, [])
    assert len(mei.conversations.get(str(reply.conversation_id)).messages) == 2


def test_a_conversation_that_remembers_nothing_can_be_told_to_again(mei: Assistant) -> None:
    reply = mei.chat("I love opera.", remember=False)
    again = mei.chat("I live in Rome.", conversation_id=reply.conversation_id)
    assert (known(mei), mei.memories.count(), list(again.learned)) == ([], 0, [])
    assert mei.conversations.get(str(reply.conversation_id)).remembers is False
    mei.conversations.remember(str(reply.conversation_id), True)
    mei.chat("I love sailing.", conversation_id=reply.conversation_id)
    assert known(mei) == [("interests", "sailing")]
    assert mei.memories.count() == 2


def test_a_secret_is_neither_in_the_profile_nor_in_the_index_and_it_is_told(mei: Assistant) -> None:
    reply = last(mei, "My password is hunter2 and I love the opera house.")
    assert reply.withheld == ("password",)
    assert known(mei) == []
    assert all("hunter2" not in memory.text for memory in mei.memories.list(10))
    assert all("same words" not in reason for hit in mei.memories.search("hunter2") for reason in hit.why)


def test_forgetting_what_was_said_forgets_what_it_taught(mei: Assistant) -> None:
    mei.chat("I am allergic to peanuts.")
    said = next(memory for memory in mei.memories.list(10) if memory.kind == "said")
    mei.memories.forget(said.id)
    assert known(mei) == []


def test_a_temporary_chat_learns_nothing(mei: Assistant) -> None:
    assert mei.temporary().chat("I am allergic to peanuts.").learned == ()
    assert known(mei) == []


def test_the_way_a_person_writes_is_told(mei: Assistant) -> None:
    for text in ("hey, gonna rain lol", "yeah cool", "请用中文回答我，以后都简短一点"):
        mei.chat(text)
    style = mei.profile.style()
    assert (style.language, style.length, style.messages) == ("en", "short", 3)
    assert style.formality <= 0
    assert any("简短" in wish for wish in style.wishes)


def test_what_is_not_to_be_remembered_is_not_by_another_way(tmp_path: Path) -> None:
    places = "1. A casino by the sea.\n2. A clinic in town.\n3. A club with music."
    settings = Settings(data_dir=tmp_path)
    with Runtime(settings, model=ScriptedModel(lambda _: places), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        asked = mei.chat("Where could I go?")
        kept = mei.memories.count()
        mei.chat("The second one, but please don't remember this.", conversation_id=asked.conversation_id)
        list(mei.regenerate(str(asked.conversation_id)))
        assert (known(mei), mei.memories.count()) == ([], kept)


def test_forgetting_the_options_forgets_the_choice(tmp_path: Path) -> None:
    places = "1. A casino by the sea.\n2. A Quizzacious clinic in town.\n3. A club with music."
    settings = Settings(data_dir=tmp_path)
    with Runtime(settings, model=ScriptedModel(lambda _: places), embedder=HashEmbedder()) as runtime:
        mei = runtime.assistant("mei")
        asked = mei.chat("Where could I go?")
        mei.chat("I'll go with option 2.", conversation_id=asked.conversation_id)
        assert any("Quizzacious" in value for _, value in known(mei))
        for memory in mei.memories.list(50):
            if "option 2" not in memory.text and memory.kind == "said":
                mei.memories.forget(memory.id)
        assert not any("Quizzacious" in value for _, value in known(mei))


def test_what_is_forgotten_before_it_is_learned_is_not_learned(mei: Assistant) -> None:
    reply = mei.chat("Tell me about the weather in Rome.")
    said = mei.conversations.get(str(reply.conversation_id)).messages[0]
    memory = next(memory for memory in mei.memories.list(10) if memory.message_id == said.id)
    mei.memories.forget(memory.id)
    assert mei.profile.learn("I live in Rome.", message_id=said.id) == []


def test_a_secret_is_in_no_title_and_in_no_memory_of_a_reply(mei: Assistant) -> None:
    reply = mei.chat("My password is swordfish77")
    assert "swordfish77" not in mei.conversations.get(str(reply.conversation_id)).title
    assert all("swordfish77" not in memory.text for memory in mei.memories.list(10))
