"""Each feature says what its name says. Three turns of one talk: a question, its answer, and something else."""

from dataclasses import replace

import numpy as np
import pytest

from memory.search import features, ranker
from memory.search.features import Frame


def values(*numbers: float) -> features.Values:
    return np.array(numbers, np.float32)


@pytest.fixture
def frame() -> Frame:
    """ "When did you adopt the hamster?" "Last Tuesday." "The soup is good." asked: "hamster adoption" """
    return Frame(
        cosine=values(0.8, 0.2, 0.1),
        likeness=np.array([[0.9, 0.7], [0.3, 0.1], [0.0, 0.2]], np.float32),
        idf=values(3, 1),
        own=np.array([[1, 1], [0, 0], [0, 0]], np.float32),
        before=np.array([[0, 0], [1, 1], [0, 0]], np.float32),
        own_length=values(2, 1, 2),
        before_length=values(0, 2, 1),
        previous=np.array([-1, 0, 1]),
        following=np.array([1, 2, -1]),
        conversation=np.array([0, 0, 1]),
        speaker=values(-1, 1, 0),
        asks=values(1, 0, 0),
        occurred=np.array([100.0, 200.0, 10_000_000.0]),
        spans=np.array([[150.0, 250.0]]),
        says_time=values(-1, 1, -1),
    )


def test_words_count_where_they_stand(frame: Frame) -> None:
    assert list(features.words(frame) > 0) == [True, False, False]
    assert list(features.words_with_previous(frame) > 0) == [True, True, False]
    assert list(features.words_of_previous(frame) > 0) == [False, True, False]
    assert list(features.words_of_following(frame) > 0) == [False, False, False]
    assert list(features.words_with_following(frame) > 0) == [True, False, False]
    assert features.share_of_words(frame) == pytest.approx([1, 0, 0])
    assert features.share_with_previous(frame) == pytest.approx([1, 1, 0])
    assert features.rarest_word(frame) == pytest.approx([1, 0, 0])
    assert list(features.any_word(frame)) == [True, True, False]
    assert (features.words(frame) < 1).all()


def test_a_rare_word_weighs_more_than_a_common_one(frame: Frame) -> None:
    one_each = replace(frame, own=np.array([[1, 0], [0, 1], [0, 0]], np.float32), own_length=values(1, 1, 1))
    rare, common, neither = features.words(one_each)
    assert rare > common > neither == 0


def test_tokens_are_averaged_each_with_its_best(frame: Frame) -> None:
    assert features.tokens(frame) == pytest.approx([0.8, 0.2, 0.1])
    assert features.tokens_weakest(frame) == pytest.approx([0.7, 0.1, 0.0])
    assert features.tokens_with_previous(frame) == pytest.approx([0.8, 0.8, 0.25])
    assert features.tokens_of_previous(frame) == pytest.approx([0, 0.8, 0.2])
    assert features.tokens_of_following(frame) == pytest.approx([0.2, 0.1, 0])
    assert features.tokens_rare(frame)[0] == pytest.approx(0.79, abs=0.02)
    assert features.meaning(frame)[0] == pytest.approx(0.8)


def test_what_stands_around_a_memory_speaks_for_it(frame: Frame) -> None:
    judged = features.likely(frame)
    assert features.likely_previous(frame) == pytest.approx([0, judged[0], judged[1]])
    assert features.likely_following(frame) == pytest.approx([judged[1], judged[2], 0])
    assert features.after_a_question(frame) == pytest.approx([0, 1, 0])
    assert features.answers_a_likely_question(frame) == pytest.approx([0, judged[0], 0])
    whole = features.conversation_as_a_whole(frame)
    assert whole[0] == whole[1] == pytest.approx((judged[0] + judged[1]) / 2)
    assert whole[2] == pytest.approx(judged[2])


def test_who_asks_and_who_speaks(frame: Frame) -> None:
    assert features.speaker(frame) == pytest.approx([-1, 1, 0])
    assert features.speaker_and_tokens(frame) == pytest.approx([-0.8, 0.2, 0])
    assert features.asks(frame) == pytest.approx([1, 0, 0])
    assert features.length(frame)[0] == pytest.approx(np.log(3))


def test_times_are_within_soon_after_or_another(frame: Frame) -> None:
    assert features.in_time(frame) == pytest.approx([0, 1, 0])
    later = replace(frame, occurred=np.array([260.0, 200.0, 10_000_000.0]))
    assert features.soon_after_time(later) == pytest.approx([1, 0, 0])
    assert features.at_another_time(later) == pytest.approx([0, 0, 1])
    nowhere = replace(frame, spans=np.zeros((0, 2)))
    for feature in (features.in_time, features.soon_after_time, features.at_another_time):
        assert feature(nowhere) == pytest.approx([0, 0, 0])
    assert features.says_time(frame) == pytest.approx([-1, 1, -1])


def test_a_question_without_words_or_tokens_gives_finite_numbers(frame: Frame) -> None:
    empty = np.zeros((3, 0), np.float32)
    bare = replace(frame, likeness=empty, own=empty, before=empty, idf=values(), spans=np.zeros((0, 2)))
    assert np.isfinite(features.table(bare, features.ALL)).all()


def test_the_shipped_ranker_prefers_question_and_answer_to_the_rest(frame: Frame) -> None:
    for name in ("all", "words"):
        chances = ranker.probability(ranker.load()[name].logits(frame))
        assert ((chances > 0) & (chances < 1)).all()
        assert chances[2] < min(chances[0], chances[1])


@pytest.mark.parametrize("name", ["all", "words"])
def test_what_looks_unlikely_is_likelier_where_a_question_names_who_speaks(name: str, frame: Frame) -> None:
    shipped = ranker.load()[name]
    sums = shipped.sums(features.table(frame, shipped.features))
    moved = replace(shipped, offset=-5 - shipped.slope * sums.max(), named_offset=-5 - shipped.named_slope * sums.max())
    assert moved.logits(frame).max() == pytest.approx(moved.logits(frame, named=True).max()) == pytest.approx(-5)
    assert moved.logits(frame, named=True).min() > moved.logits(frame).min()
    unlikely = (-5 - shipped.offset) / shipped.slope
    assert shipped.named_slope * unlikely + shipped.named_offset > -4.5


def test_a_ranker_reads_back_as_it_was_written() -> None:
    shipped = ranker.load()
    assert set(shipped) == {"all", "words"}
    assert [f.__name__ for f in shipped["all"].features] == [f.__name__ for f in features.ALL]
    assert [f.__name__ for f in shipped["words"].features] == [f.__name__ for f in features.WORDS]
    assert '"tokens"' in ranker.dump(shipped)
