"""One composer makes the plan of every turn, and the plan is kept with the reply."""

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlmodel import Session

from assistant import Assistant, Runtime
from assistant.composer import Ask, Composer
from assistant.traces import Stopwatch
from memory.conversations import Begun, NewMessage
from memory.storage.tables import MessageRow
from memory.types import Fact, Message, NewMemory


@pytest.fixture
def mei(runtime: Runtime) -> Assistant:
    return runtime.assistant("mei")


@pytest.fixture
def composer(runtime: Runtime) -> Composer:
    return Composer(runtime, runtime.store.user("mei"))


def shown(mei: Assistant, conversation_id: str | None) -> list[Message]:
    assert conversation_id
    return list(mei.conversations.get(conversation_id).messages)


def test_the_plan_is_kept_with_the_reply(mei: Assistant) -> None:
    said, reply = shown(mei, mei.chat("I live in Lisbon.").conversation_id)
    assert said.plan is None
    assert json.loads(reply.plan or "") == {"act": None, "strategy": "plain", "adapter": None, "arm": None}


def test_a_chat_an_edit_another_try_and_a_temporary_chat_get_the_same_prompt(mei: Assistant) -> None:
    mei.profile.set("home", "Lisbon")
    mei.preferences.set(instructions="Be brief.")
    first = mei.chat("Where is the harbour?")
    for _ in mei.regenerate(first.conversation_id or ""):
        pass
    again = shown(mei, first.conversation_id)
    for _ in mei.edit(again[0].id, "Where is the harbour?"):
        pass
    edited = shown(mei, first.conversation_id)
    assert len({again[1].prompt_id, edited[1].prompt_id}) == 1
    assert again[1].id != edited[1].id
    assert mei.temporary(recall=True).chat("Where is the harbour?").usage.prompt_tokens == first.usage.prompt_tokens


def test_composing_reads_one_moment_and_writes_nothing(mei: Assistant, runtime: Runtime, composer: Composer) -> None:
    mei.profile.set("home", "Lisbon")
    known = composer.snapshot()
    mei.profile.set("home", "Porto")
    changes = runtime.store.database.changes
    plan = composer.compose(Ask("Where do I live?"), known, Stopwatch())
    assert [fact.value for fact in plan.prompt.facts] == ["Lisbon"]
    assert runtime.store.database.changes == changes


def test_a_plan_without_what_the_message_ended_stays_the_plan_otherwise(mei: Assistant, composer: Composer) -> None:
    home, pet = mei.profile.set("home", "Lisbon"), mei.profile.set("pets", "a cat")
    plan = composer.compose(Ask("I have no cat any more."), composer.snapshot(), Stopwatch())
    less = composer.without(plan, {pet.id})
    assert [fact.id for fact in less.prompt.facts] == [home.id]
    assert (less.reading, less.sampling, less.model) == (plan.reading, plan.sampling, plan.model)
    assert composer.without(plan, set()) is plan


def test_a_message_and_what_is_learned_from_it_are_written_together_or_not_at_all(mei: Assistant) -> None:
    def fails(*_: object) -> Sequence[Fact]:
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        mei.conversations.log_and_learn(None, NewMessage("user", "I live in Lisbon."), Begun(), learn=fails)
    assert mei.conversations.list() == []
    assert mei.memories.list() == []


def test_nothing_is_learned_where_the_user_does_not_let_the_profile_learn(mei: Assistant) -> None:
    called: list[MessageRow] = []

    def note(_: Session, row: MessageRow) -> Sequence[Fact]:
        called.append(row)
        return ()

    mei.consents.set(profile=False)
    message = NewMessage("user", "I live in Lisbon.")
    said, _ = mei.conversations.log_and_learn(None, message, Begun(), learn=note)
    mei.conversations.log_and_learn(said.conversation_id, message, Begun(), learn=note)
    assert called == []
    assert len(mei.conversations.get(said.conversation_id, bare=True).messages) == 1


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    """Every statement of every thread."""
    seen: list[str] = []

    def count(_: object, __: object, statement: str, *___: object) -> None:
        seen.append(statement)

    event.listen(runtime.store.database.engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(runtime.store.database.engine, "before_cursor_execute", count)


@pytest.mark.parametrize(("text", "most"), [("What do I like, topic5 or tea?", 45), ("I live in Lisbon.", 45)])
def test_a_turn_takes_few_statements(mei: Assistant, runtime: Runtime, text: str, most: int) -> None:
    mei.memories.add_many([NewMemory(f"I like topic{n} and tea with number {n % 7}") for n in range(100)])
    talk = mei.chat("My dog is called Biscuit.").conversation_id
    assert runtime.store.flush()
    with counted(runtime) as statements:
        mei.chat(text, conversation_id=talk)
        time.sleep(0.5)  # the indexer looks, too
    assert len(statements) <= most
