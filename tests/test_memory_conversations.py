import json

import pytest

from memory.conversations import Conversations, NewMessage
from memory.errors import BadInput, NotFound
from memory.exchange import log_export
from memory.memories import Memories
from memory.store import Store


@pytest.fixture
def mei(store: Store) -> Conversations:
    return Conversations(store, store.user("mei"))


def test_a_conversation_keeps_its_order_and_names_itself(store: Store, mei: Conversations) -> None:
    asked = mei.log(None, NewMessage("user", "What is a fado?  Tell me\nmore"))
    mei.log(asked.conversation_id, NewMessage("assistant", "A song.", parent_id=asked.id, model="small"))
    found = mei.get(asked.conversation_id)
    assert [(m.role, m.text, m.model) for m in found.messages] == [
        ("user", "What is a fado?  Tell me\nmore", None),
        ("assistant", "A song.", "small"),
    ]
    assert found.title == "What is a fado?"  # its first sentence
    memories = Memories(store, store.user("mei"))
    assert [(m.kind, m.speaker, m.message_id) for m in memories.list()] == [
        ("reply", "Zhiji", found.messages[1].id),
        ("said", "mei", asked.id),
    ]


def test_a_second_reply_is_a_branch_and_only_it_is_remembered(store: Store, mei: Conversations) -> None:
    asked = mei.log(None, NewMessage("user", "Suggest a colour"))
    mei.log(asked.conversation_id, NewMessage("assistant", "Crimson", parent_id=asked.id))
    mei.log(asked.conversation_id, NewMessage("assistant", "Turquoise", parent_id=asked.id))
    assert [m.text for m in mei.get(asked.conversation_id).messages] == ["Suggest a colour", "Turquoise"]
    assert [m.text for m in Memories(store, store.user("mei")).list()] == ["Turquoise", "Suggest a colour"]


def test_recalled_memories_stay_with_their_reply(store: Store, mei: Conversations) -> None:
    memories = Memories(store, store.user("mei"))
    memories.add("The spare key is under the blue pot")
    hits = memories.search("spare key")
    asked = mei.log(None, NewMessage("user", "Where is my key?"))
    mei.log(asked.conversation_id, NewMessage("assistant", "Under the pot", parent_id=asked.id, recalled=hits))
    assert mei.get(asked.conversation_id).messages[1].recalled == tuple(hits)
    memories.forget(hits[0].memory.id)
    assert mei.get(asked.conversation_id).messages[1].recalled == ()


def test_stopped_replies_are_logged_and_not_remembered(store: Store, mei: Conversations) -> None:
    asked = mei.log(None, NewMessage("user", "Tell me a story"))
    mei.log(asked.conversation_id, NewMessage("assistant", "Once up", parent_id=asked.id, status="interrupted"))
    assert mei.get(asked.conversation_id).messages[1].status == "interrupted"
    assert [m.kind for m in Memories(store, store.user("mei")).list()] == ["said"]


def test_rename_list_and_delete(store: Store, mei: Conversations) -> None:
    first = mei.log(None, NewMessage("user", "about zebras")).conversation_id
    second = mei.log(None, NewMessage("user", "about lemons")).conversation_id
    mei.rename(first, "Zebras")
    assert [(c.id, c.title) for c in mei.list()] == [(second, "about lemons"), (first, "Zebras")]
    memories = Memories(store, store.user("mei"))
    mei.delete(first)
    assert [m.text for m in memories.list()] == ["about lemons"]
    mei.delete(second, keep_memories=True)
    assert [m.text for m in memories.list()] == ["about lemons"]
    assert mei.list() == []
    with pytest.raises(NotFound):
        mei.get(first)


def test_a_parent_from_elsewhere_is_refused(mei: Conversations) -> None:
    one = mei.log(None, NewMessage("user", "one"))
    two = mei.log(None, NewMessage("user", "two"))
    with pytest.raises(BadInput, match="not in this conversation"):
        mei.log(one.conversation_id, NewMessage("assistant", "x", parent_id=two.id))
    assert len(mei.get(one.conversation_id).messages) == 1


def test_the_export_is_lossless_and_readable(store: Store, mei: Conversations) -> None:
    asked = mei.log(None, NewMessage("user", '你好，世界 \u2028 "x"'))
    mei.log(asked.conversation_id, NewMessage("assistant", "First", parent_id=asked.id, sampling='{"seed": 1}'))
    mei.log(asked.conversation_id, NewMessage("assistant", "Second", parent_id=asked.id))
    records = [json.loads(line) for line in log_export.lines(store.database, store.user("mei"), "jsonl")]
    assert records[0] == {"type": "zhiji-log", "version": 2, "user": "mei"}
    assert [(r["type"], r.get("text")) for r in records[1:]] == [
        ("conversation", None),
        ("message", '你好，世界 \u2028 "x"'),
        ("message", "First"),
        ("message", "Second"),
    ]
    assert records[3]["sampling"] == {"seed": 1}
    assert records[1]["head_id"] == records[4]["id"]
    text = "".join(log_export.lines(store.database, store.user("mei"), "md"))
    assert "First" not in text
    assert "Second" in text
