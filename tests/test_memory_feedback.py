import json

import pytest

from assistant import Assistant, Runtime
from memory.errors import BadInput, NotFound


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


def test_a_rating_is_kept_with_what_made_the_reply(mei: Assistant) -> None:
    reply = mei.chat("What is a fado?")
    given = mei.feedback.rate(str(reply.message_id), "down", "too short", "A Portuguese song, often sad.")
    assert (given.rating, given.reason, given.corrected) == (-1, "too short", "A Portuguese song, often sad.")
    assert given.model == "scripted"
    assert json.loads(str(given.sampling))["temperature"] == 0.3
    assert given.prompt_id == mei.conversations.get(str(reply.conversation_id)).messages[1].prompt_id
    mei.feedback.rate(str(reply.message_id), 1)
    assert [found.rating for found in mei.feedback.list()] == [1]  # the later takes its place
    assert mei.conversations.get(str(reply.conversation_id)).messages[1].rating == 1


def test_a_rating_is_exported_and_goes_with_the_reply(mei: Assistant) -> None:
    reply = mei.chat("My parrot is called Rio")
    mei.feedback.rate(str(reply.message_id), "up", "nice")
    lines = [json.loads(line) for line in mei.export_lines("jsonl")]
    assert lines[-1]["feedback"]["reason"] == "nice"
    mei.memories.forget(mei.memories.search("parrot")[0].memory.id)
    assert mei.feedback.list() == []


def test_what_makes_no_sense_is_refused(mei: Assistant, runtime: Runtime) -> None:
    reply = mei.chat("Hello there")
    question = mei.conversations.get(str(reply.conversation_id)).messages[0]
    with pytest.raises(BadInput, match="'up' or 'down'"):
        mei.feedback.rate(str(reply.message_id), "five")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="Only a reply"):
        mei.feedback.rate(question.id, "up")
    with pytest.raises(NotFound):
        runtime.assistant("li").feedback.rate(str(reply.message_id), "up")
    with pytest.raises(NotFound):
        mei.feedback.withdraw(str(reply.message_id))
