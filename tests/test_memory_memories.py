from datetime import UTC, datetime, timedelta

import pytest

from memory.errors import BadInput, NotFound
from memory.memories import Memories
from memory.search.reasons import question_before
from memory.storage.tables import MemoryRow
from memory.store import Store
from memory.types import MemoryKind, NewMemory


@pytest.fixture
def mei(store: Store) -> Memories:
    return Memories(store, store.user("mei"))


def test_what_is_added_is_found_at_once_and_tells_why(mei: Memories) -> None:
    when = datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    added = mei.add("I moved to Lisbon in March", speaker="Mei", occurred_at=when, ref="D1:3")
    (hit,) = mei.search("Who moved to Lisbon?")
    assert hit.memory == added == mei.get(added.id)
    assert (hit.memory.ref, hit.memory.speaker, hit.memory.occurred_at) == ("D1:3", "Mei", when)
    assert hit.memory.recorded_at > when
    assert "same words: moved, lisbon" in hit.why
    assert 0 < hit.score <= 1


def test_both_words_and_the_index_find_it_later(store: Store, mei: Memories) -> None:
    mei.add_many([NewMemory(f"Note number {n} about topic{n}") for n in range(300)])
    mei.search("topic42")  # asks for the index to be warmed
    assert store.flush()
    assert store.indexer.state == "ready"
    assert store.indexer.query(mei._user.id, store.embedder.embed(["topic42"])[0], "hash-64", 5) is not None
    assert mei.search("topic42", 1)[0].memory.text == "Note number 42 about topic42"


@pytest.mark.parametrize("greeting", ["hello", "你好", "thanks!"])
def test_a_greeting_recalls_nothing(mei: Memories, greeting: str) -> None:
    mei.add("hello there, my friend")
    mei.add("hello")
    assert mei.search(greeting) == []


def test_the_turn_before_helps_to_find_the_answer(mei: Memories) -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    mei.add("When did you adopt the hamster?", speaker="Li", occurred_at=noon)
    mei.add("Last Tuesday", speaker="Mei", occurred_at=noon + timedelta(minutes=1))
    mei.add("Something else entirely", speaker="Mei", occurred_at=noon + timedelta(days=2))
    hits = mei.search("hamster adoption", 3)
    found = {hit.memory.text: hit.why for hit in hits[:2]}
    assert found.keys() == {"When did you adopt the hamster?", "Last Tuesday"}
    assert "in answer to: When did you adopt the hamster?" in found["Last Tuesday"]
    assert [hit.asked for hit in hits[:2] if hit.memory.text == "Last Tuesday"] == ["When did you adopt the hamster?"]


def test_what_one_asks_oneself_or_another_day_is_no_question_that_was_answered(mei: Memories) -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    mei.add("Shall I adopt a hamster?", speaker="Mei", occurred_at=noon)
    mei.add("A hamster it is", speaker="Mei", occurred_at=noon + timedelta(minutes=1))
    mei.add("Will you sell the hamster cage?", speaker="Li", occurred_at=noon)
    mei.add("The hamster cage stays", speaker="Mei", occurred_at=noon + timedelta(days=1))
    assert {hit.memory.text: hit.asked for hit in mei.search("hamster", 4)} == {
        "Shall I adopt a hamster?": None,
        "A hamster it is": None,
        "Will you sell the hamster cage?": None,
        "The hamster cage stays": None,
    }


def test_a_question_from_outside_of_what_is_searched_is_not_told(mei: Memories) -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    mei.add("When did you adopt the hamster?", speaker="Li", occurred_at=noon)
    mei.add("Last Tuesday, the hamster", speaker="Mei", occurred_at=noon + timedelta(minutes=1))
    asked = "When did you adopt the hamster?"
    assert [hit.asked for hit in mei.search("hamster", 1, speaker="Mei")] == [asked]
    assert [hit.asked for hit in mei.search("hamster", 1, since=noon + timedelta(seconds=1))] == [None]


@pytest.mark.parametrize(
    ("kind", "speaker", "words", "of", "asked"),
    [
        ("said", "mei", 2, ("reply", "Zhiji"), "Do you?"),
        ("said", "mei", 9, ("reply", "Zhiji"), None),  # says by itself what it is about
        ("note", "Mei", 9, ("note", "Li"), "Do you?"),
        ("note", "Mei", 2, ("note", "Mei"), None),
        ("document", None, 2, ("document", None), None),
    ],
)
def test_which_question_a_memory_is_quoted_with(
    kind: MemoryKind, speaker: str | None, words: int, of: tuple[MemoryKind, str | None], asked: str | None
) -> None:
    answer = MemoryRow(user_id="mei", kind=kind, speaker=speaker, text="I do", words=words)
    before = MemoryRow(user_id="mei", kind=of[0], speaker=of[1], text="Well. Do you?", words=2)
    assert question_before(answer, before) == asked


def test_the_turn_before_is_named_where_it_asks_nothing(mei: Memories) -> None:
    noon = datetime(2024, 1, 1, 12, tzinfo=UTC)
    mei.add("So you adopted the hamster.", speaker="Li", occurred_at=noon)
    mei.add("Last Tuesday", speaker="Mei", occurred_at=noon + timedelta(minutes=1))
    found = {hit.memory.text: hit for hit in mei.search("hamster adoption", 2)}
    assert any(reason.startswith("just after: ") for reason in found["Last Tuesday"].why)
    assert found["Last Tuesday"].asked is None


def test_kinds_and_the_floor_narrow_a_search(mei: Memories) -> None:
    mei.add("The piano is in the hall")
    mei.add("The piano was tuned", kind="document")
    assert {hit.memory.kind for hit in mei.search("piano", kinds=["document"])} == {"document"}
    assert mei.search("piano", floor=1) == []
    assert len(mei.search("piano", floor=0.01)) == 2


def test_listing_goes_back_from_the_newest(mei: Memories) -> None:
    added = mei.add_many([NewMemory(f"memory {n}") for n in range(5)])
    newest = mei.list(2)
    assert [memory.text for memory in newest] == ["memory 4", "memory 3"]
    assert [memory.text for memory in mei.list(2, before=newest[-1].id)] == ["memory 2", "memory 1"]
    assert mei.count() == len(added) == 5


def test_progress_counts_every_commit(mei: Memories) -> None:
    seen: list[tuple[int, int]] = []
    mei.add_many(
        [NewMemory(f"memory {n}") for n in range(600)], progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(256, 600), (512, 600), (600, 600)]


def test_one_bad_item_adds_none(mei: Memories) -> None:
    with pytest.raises(BadInput):
        mei.add_many([NewMemory("good"), NewMemory("   ")])
    assert mei.count() == 0


def test_an_edited_memory_is_found_by_its_new_words_only(store: Store, mei: Memories) -> None:
    memory = mei.add("I live in Porto")
    assert mei.edit(memory.id, "I live in Lisbon").text == "I live in Lisbon"
    assert store.flush()
    assert [hit.memory.text for hit in mei.search("Lisbon")] == ["I live in Lisbon"]
    assert not any("porto" in reason for hit in mei.search("Porto") for reason in hit.why)


def test_a_pinned_memory_is_preferred(mei: Memories) -> None:
    first, second = mei.add("tea is fine"), mei.add("tea is great")
    mei.pin(first.id)
    assert mei.search("tea")[0].memory.id == first.id
    mei.pin(first.id, False)
    mei.pin(second.id)
    assert mei.search("tea")[0].memory.id == second.id


def test_what_is_not_there_is_not_found(mei: Memories) -> None:
    for call in (mei.get, mei.pin, mei.forget, lambda memory_id: mei.edit(memory_id, "x")):
        with pytest.raises(NotFound):
            call("0" * 32)
    with pytest.raises(BadInput):
        mei.search("x", 0)


def test_chinese_is_found_by_words(mei: Memories) -> None:
    mei.add("我的狗叫饼干，我对花生过敏")
    mei.add("我喜欢看电影")
    assert mei.search("对花生过敏吗？")[0].memory.text == "我的狗叫饼干，我对花生过敏"


NOON = datetime(2023, 5, 8, 12, tzinfo=UTC)


def test_a_search_can_be_narrowed_to_a_speaker_and_a_time(mei: Memories) -> None:
    mei.add("The boat is blue", speaker="Mei", occurred_at=NOON)
    mei.add("The boat is red", speaker="Li", occurred_at=NOON + timedelta(days=30))
    assert [hit.memory.speaker for hit in mei.search("boat", speaker="Li")] == ["Li"]
    assert [hit.memory.speaker for hit in mei.search("boat", since=NOON + timedelta(days=1))] == ["Li"]
    assert [hit.memory.speaker for hit in mei.search("boat", until=NOON + timedelta(days=1))] == ["Mei"]
    assert mei.search("boat", speaker="Ann") == []


def test_a_narrow_search_finds_one_among_many(store: Store, mei: Memories) -> None:
    mei.add_many([NewMemory(f"The boat number {n}", kind="import") for n in range(600)])
    wanted = mei.add("The boat in the manual", kind="document")
    mei.search("boat")
    assert store.flush()
    assert [hit.memory for hit in mei.search("boat", 5, kinds=["document"])] == [wanted]


def test_the_speaker_and_the_time_a_question_names_are_reasons(store: Store, mei: Memories) -> None:
    mei.add("I painted the boat", speaker="Mei", occurred_at=NOON)
    mei.add("I painted the boat", speaker="Li", occurred_at=NOON + timedelta(days=90))
    assert store.flush()  # or only one of the two has its vector by now, as the embedder has just been loaded
    best = mei.search("What did Mei paint in May 2023?", at=datetime(2023, 12, 1, tzinfo=UTC))[0]
    assert best.memory.speaker == "Mei"
    assert "said by Mei" in best.why
    assert "time: May 2023" in best.why


@pytest.mark.parametrize("query", ["", "   ", "😀", "of the and", "的", "\u200b"])
def test_a_query_with_nothing_to_look_for_finds_nothing_and_is_no_error(mei: Memories, query: str) -> None:
    mei.add("The boat is blue")
    assert mei.search(query) == []


def test_a_very_long_query_is_cut_and_says_so(mei: Memories) -> None:
    mei.add("The boat is blue")
    (hit,) = mei.search("boat " * 10_000)
    assert "only the first 2,000 characters of the question were read" in hit.why


def test_what_a_search_cannot_mean_is_refused(mei: Memories) -> None:
    with pytest.raises(BadInput, match="at least 1"):
        mei.search("boat", 0)
    with pytest.raises(BadInput, match="no kind 'poem'"):
        mei.search("boat", kinds=["poem"])  # type: ignore[list-item]
    with pytest.raises(BadInput, match="Swap them"):
        mei.search("boat", since=NOON, until=NOON - timedelta(days=1))


def test_a_pin_lifts_a_memory_over_its_equal(mei: Memories) -> None:
    first = mei.add("The boat is blue", occurred_at=NOON)
    second = mei.add("The boat is blue", occurred_at=NOON)
    mei.pin(second.id)
    hits = mei.search("boat")
    assert [hit.memory.id for hit in hits] == [second.id, first.id]
    assert "pinned" in hits[0].why


def test_a_speaker_whose_name_is_also_a_word_is_named_only_as_a_name(mei: Memories) -> None:
    for day, speaker in enumerate(("me", "Will", "Emma Stone")):
        mei.add("I bought a grey stone for the garden", speaker=speaker, occurred_at=NOON + timedelta(days=day))
    for query in ("Which stone did you show me?", "Which stone will I buy?", "Which stone is grey?"):
        hits = mei.search(query)
        assert len(hits) == 3
        assert all("stone" in hit.why[0] and not hit.why[-1].startswith("said by") for hit in hits)
    said = {hit.memory.speaker: hit.why for hit in mei.search("Which stone did Will buy?")}
    assert "said by Will" in said["Will"]
    assert "said by me" not in said["me"]


@pytest.mark.parametrize("query", ["\x07", "\u202e"])
def test_a_query_of_invisible_signs_finds_nothing(mei: Memories, query: str) -> None:
    assert mei.search(query) == []


def test_a_time_out_of_range_is_refused(mei: Memories) -> None:
    with pytest.raises(BadInput, match="out of range"):
        mei.search("boat", since=datetime.min)


def test_a_question_that_only_names_a_time_finds_what_was_said_then(mei: Memories) -> None:
    mei.add_many(
        [NewMemory(f"Remark {n}", "Mei", datetime(2022, 1, 1, tzinfo=UTC) + timedelta(days=n)) for n in range(300)]
    )
    kept = mei.add("Porridge with honey", speaker="Mei", occurred_at=datetime(2023, 5, 3, 12, tzinfo=UTC))
    hits = mei.search("What happened on 3 May 2023?", 3)
    assert kept.id in [hit.memory.id for hit in hits]
    assert any("time: 3 May 2023" in reason for hit in hits for reason in hit.why)


def test_it_is_told_when_another_said_it_than_the_one_who_is_asked_about(mei: Memories) -> None:
    mei.add("I love climbing in the Alps", speaker="Ana", kind="import")
    mei.add("Hey Ana! My boat is moored in Porto", speaker="Bo", kind="import")
    mei.add("Ana sold her bicycle in June", speaker="Bo", kind="import")

    def first(query: str) -> tuple[str, str | None]:
        hit = mei.search(query, 1)[0]
        return hit.memory.text, hit.not_by

    assert first("Where does Ana love climbing?") == ("I love climbing in the Alps", None)
    assert first("Where is Ana's boat moored?") == ("Hey Ana! My boat is moored in Porto", "Ana")
    assert first("Where is Bo's boat moored?")[1] is None
    assert first("When did Ana sell her bicycle?")[1] is None  # it is said of her
    assert first("Whose boat is moored in Porto?")[1] is None  # nobody is named
