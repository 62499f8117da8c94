import itertools
import random
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import select

from memory.language import stemming
from memory.memories import Memories
from memory.search import candidates, keywords
from memory.search.candidates import Search
from memory.search.scope import Scope
from memory.storage.tables import MemoryRow
from memory.store import Store
from memory.types import NewMemory

NARROW = [Scope(kinds=("note",)), Scope(speaker="Rare"), Scope(kinds=("note",), speaker="Mei"), Scope()]


def test_english_words_are_stemmed_and_stop_words_left_out() -> None:
    assert stemming.words("The dogs were running in Lisbon, and I liked them") == ["dog", "run", "lisbon", "like"]


def test_chinese_is_cut_into_words_of_two_characters_too() -> None:
    found = stemming.words("我对花生过敏，住在里斯本")
    assert {"花生", "过敏", "里斯本"} <= set(found)


@pytest.mark.parametrize("text", ["hello", "Hi there!", "Good morning", "你好", "谢谢你", "早上好！", "ok"])
def test_greetings_have_nothing_to_look_for(text: str) -> None:
    assert stemming.content_words(text) == []
    assert stemming.is_greeting(text)


def test_a_greeting_with_something_in_it_is_no_greeting() -> None:
    assert stemming.content_words("Hello, my dog is Biscuit") == ["hello", "dog", "biscuit"]


def test_surfaces_keep_the_form_that_was_written() -> None:
    assert stemming.surfaces("Moved to Lisbon, moving on") == {"move": "moved", "lisbon": "lisbon"}


def test_only_a_real_user_id_names_a_table() -> None:
    with pytest.raises(ValueError, match="not a user id"):
        keywords.table_for("x; DROP TABLE user")


def test_a_search_of_some_memories_looks_the_words_up_once(store: Store) -> None:
    """SQLite's planner would else take each of the memories in turn and match the words with it: 14 s of 20,000."""
    user = store.user("mei")
    with store.database.read() as session:
        connection, plans = session.connection(), []

        @event.listens_for(connection, "before_cursor_execute")
        def explain(_: object, cursor: Any, statement: str, parameters: Any, *__: object) -> None:
            if not statement.startswith("EXPLAIN"):
                plans.extend(cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall())

        among = select(MemoryRow.seq).where(MemoryRow.user_id == user.id, MemoryRow.kind != "reply")
        keywords.best_matches(session, user.id, ["sail"], 10, among)
    scans = [plan[-1] for plan in plans if "VIRTUAL TABLE" in plan[-1]]
    assert len(scans) == 1
    assert scans[0].endswith(":M2")  # the words alone; ":=M2" is the words with one row


def test_the_best_of_a_scope_are_the_same_whichever_way_they_are_found(store: Store) -> None:
    chance = random.Random(3)
    user = store.user("mei")
    things = ["boat", "pear", "cello", "bread", "ferry", "garden"]
    Memories(store, user).add_many(
        NewMemory(
            f"The {chance.choice(things)} and the {chance.choice(things)} {number}",
            speaker="Rare" if number % 97 == 0 else "Mei",
            kind="import" if number % 3 else "note",
        )
        for number in range(1_000)
    )
    with store.database.read() as session:
        for narrow in NARROW:
            inside = select(MemoryRow.seq).where(MemoryRow.user_id == user.id, *narrow.conditions())
            for word, limit in itertools.product((*things, "number", "nothing"), (1, 5, 60)):
                found = candidates.with_words(session, stemming.words(word), Search(user.id, narrow, limit, 1_000))
                best = keywords.best_matches(session, user.id, stemming.words(word), limit, inside)
                assert sorted(row.seq for row in found.values()) == sorted(best), narrow
