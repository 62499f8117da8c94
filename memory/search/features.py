"""What speaks for a memory, as numbers: each feature is a function of the frame of one search, one value per memory.

A search looks at n memories: those near in meaning or sharing a word, and the turns right before and after them. Of the
question it knows w words and q tokens. The ranker (`ranker.py`) weighs the features; what each is worth is measured by
leaving it out (docs/findings.md).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.floating]
Indices = npt.NDArray[np.int64]

K1, B, TURN_WORDS = 1.2, 0.75, 13
"""BM25's usual constants, and a fixed average length: LoCoMo's turns have 13 content words."""
SOON_AFTER_S = 21 * 86_400
"""What happened is talked about for some weeks; three is a guess that was not varied."""
BEST_OF_CONVERSATION = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """n memories, w words and q tokens of the question. An index of -1 means that there is none."""

    cosine: Values
    """(n,) of the question's vector and the memory's."""
    likeness: Values
    """(n, q): for each token of the question, its highest cosine with a token of the memory."""
    idf: Values
    """(w,) inverse document frequency of each word of the question among the user's memories."""
    own: Values
    """(n, w): how often the memory has each word."""
    before: Values
    """(n, w): how often the turn before has it."""
    own_length: Values
    before_length: Values
    """(n,) content words."""
    previous: Indices
    following: Indices
    """(n,): where in the frame the turns before and after stand."""
    conversation: Indices
    """(n,): the number of the conversation, or of the day where there is none."""
    speaker: Values
    """(n,): 1 if the question is about what the memory's speaker said, -1 if about another's, 0 if about nobody's."""
    asks: Values
    """(n,): 1 where the memory asks something."""
    occurred: npt.NDArray[np.float64]
    """(n,) POSIX seconds."""
    spans: npt.NDArray[np.float64]
    """(s, 2): the times the question names, from and until, POSIX seconds."""
    says_time: Values
    """(n,): 1 where the question asks for a time and the memory names one; -1 where it asks and it does not."""


def coverage(idf: Values, counts: Values, length: Values, average: float) -> Values:
    """BM25 of each memory divided by the most it could be: (n,) in [0, 1), and the same meaning for every question.

    BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), 3.4.
    """
    most = idf.sum() * (K1 + 1)
    if not most:
        return np.zeros(len(counts), np.float32)
    share = 1 - B + B * length[:, None] / average
    found: Values = (idf * counts * (K1 + 1) / (counts + K1 * share)).sum(axis=1) / most
    return found


def any_word(frame: Frame) -> npt.NDArray[np.bool_]:
    """Whether a memory, or a turn next to it, has a word of the question. Not weighed: for searches by words alone."""
    found: npt.NDArray[np.bool_] = np.maximum(share_with_previous(frame), words_of_following(frame)) > 0
    return found


def at(values: Values, index: Indices) -> Values:
    """`values` where `index` points, 0 where it points nowhere."""
    return np.where(index >= 0, values[np.maximum(index, 0)], 0).astype(np.float32)


def meaning(frame: Frame) -> Values:
    return frame.cosine


def tokens(frame: Frame) -> Values:
    return _mean(frame.likeness)


def tokens_rare(frame: Frame) -> Values:
    """As `tokens`, weighing most what is least like the memories at large: it is what tells them apart."""
    if not frame.likeness.size:
        return tokens(frame)
    weight = np.maximum(1 - frame.likeness.mean(axis=0), 1e-3) ** 2
    rare: Values = frame.likeness @ (weight / weight.sum())
    return rare


def tokens_weakest(frame: Frame) -> Values:
    """The token of the question that is least like any in the memory: low when a part of the question is missing."""
    return frame.likeness.min(axis=1) if frame.likeness.shape[1] else np.zeros(len(frame.cosine), np.float32)


def tokens_with_previous(frame: Frame) -> Values:
    """As `tokens`, taking for each the better of the memory and the turn before."""
    previous = np.where((frame.previous >= 0)[:, None], frame.likeness[np.maximum(frame.previous, 0)], -1)
    return _mean(np.maximum(frame.likeness, previous))


def tokens_of_previous(frame: Frame) -> Values:
    return at(tokens(frame), frame.previous)


def tokens_of_following(frame: Frame) -> Values:
    return at(tokens(frame), frame.following)


def words(frame: Frame) -> Values:
    return coverage(frame.idf, frame.own, frame.own_length, TURN_WORDS)


def words_with_previous(frame: Frame) -> Values:
    return coverage(frame.idf, frame.own + frame.before, frame.own_length + frame.before_length, 2 * TURN_WORDS)


def words_with_following(frame: Frame) -> Values:
    known = (frame.following >= 0)[:, None]
    counts = frame.own + np.where(known, frame.own[np.maximum(frame.following, 0)], 0)
    return coverage(frame.idf, counts, frame.own_length + at(frame.own_length, frame.following), 2 * TURN_WORDS)


def words_of_previous(frame: Frame) -> Values:
    return coverage(frame.idf, frame.before, frame.before_length, TURN_WORDS)


def words_of_following(frame: Frame) -> Values:
    return at(words(frame), frame.following)


def share_of_words(frame: Frame) -> Values:
    """The share of the question's words, weighed by their rarity, however often and among however many."""
    return _share(frame.idf, frame.own)


def share_with_previous(frame: Frame) -> Values:
    return _share(frame.idf, frame.own + frame.before)


def rarest_word(frame: Frame) -> Values:
    """How rare the rarest word in common is, beside the rarest of the question."""
    if not frame.idf.size:
        return np.zeros(len(frame.own), np.float32)
    rarest: Values = ((frame.own > 0) * frame.idf).max(axis=1) / frame.idf.max()
    return rarest


def likely(frame: Frame) -> Values:
    """A first judgement, from meaning, tokens and words: what features about the surroundings are made from."""
    return frame.cosine + 2 * words_with_previous(frame) + tokens(frame)


def likely_previous(frame: Frame) -> Values:
    return at(likely(frame), frame.previous)


def likely_following(frame: Frame) -> Values:
    return at(likely(frame), frame.following)


def after_a_question(frame: Frame) -> Values:
    return at(frame.asks, frame.previous)


def answers_a_likely_question(frame: Frame) -> Values:
    """The turn before asks something like the question: then this one is likely its answer."""
    return after_a_question(frame) * likely_previous(frame)


def conversation_as_a_whole(frame: Frame) -> Values:
    """The mean of the three likeliest memories of the conversation."""
    judged = likely(frame)
    order = np.lexsort((-judged, frame.conversation))
    grouped = frame.conversation[order]
    place = np.arange(len(order)) - np.searchsorted(grouped, grouped)
    best = order[place < BEST_OF_CONVERSATION]
    total, number = np.bincount(frame.conversation[best], judged[best]), np.bincount(frame.conversation[best])
    mean: Values = (total / np.maximum(number, 1))[frame.conversation].astype(np.float32)
    return mean


def speaker(frame: Frame) -> Values:
    return frame.speaker


def speaker_and_tokens(frame: Frame) -> Values:
    return frame.speaker * tokens(frame)


def asks(frame: Frame) -> Values:
    return frame.asks


def length(frame: Frame) -> Values:
    return np.log1p(frame.own_length).astype(np.float32)


def in_time(frame: Frame) -> Values:
    """1 if it was said in a time the question names. A part of `at_another_time`."""
    inside = (frame.spans[:, 0] <= frame.occurred[:, None]) & (frame.occurred[:, None] < frame.spans[:, 1])
    named: Values = np.max(inside, axis=1, initial=False).astype(np.float32)
    return named


def soon_after_time(frame: Frame) -> Values:
    """1 if it was said in the weeks after a time the question names: one tells of what has happened."""
    since = frame.occurred[:, None] - frame.spans[:, 1]
    soon = (since >= 0) & (since < SOON_AFTER_S)
    named: Values = np.max(soon, axis=1, initial=False).astype(np.float32)
    return named


def at_another_time(frame: Frame) -> Values:
    if not frame.spans.size:
        return np.zeros(len(frame.cosine), np.float32)
    return 1 - np.maximum(in_time(frame), soon_after_time(frame))


def says_time(frame: Frame) -> Values:
    return frame.says_time


def _mean(likeness: Values) -> Values:
    if not likeness.shape[1]:
        return np.zeros(len(likeness), np.float32)
    return likeness @ np.full(likeness.shape[1], 1 / likeness.shape[1], np.float32)


def _share(idf: Values, counts: Values) -> Values:
    total = idf.sum()
    if not total:
        return np.zeros(len(counts), np.float32)
    shared: Values = (counts > 0) @ (idf / total)
    return shared


Feature = Callable[[Frame], Values]

WORDS: tuple[Feature, ...] = (
    words, words_with_previous, words_with_following, words_of_previous, words_of_following, share_of_words,
    share_with_previous, rarest_word, likely_previous, likely_following, after_a_question, answers_a_likely_question,
    conversation_as_a_whole, speaker, asks, length, soon_after_time, at_another_time, says_time,
)  # fmt: skip
"""The features there are without an embedder, or in a language it does not know."""

ALL: tuple[Feature, ...] = (
    words_with_previous, words_with_following, words_of_previous, share_with_previous, rarest_word, likely_previous,
    answers_a_likely_question, conversation_as_a_whole, speaker, asks, length, soon_after_time, at_another_time, says_time,
    meaning, tokens, tokens_rare, tokens_weakest, tokens_with_previous, tokens_of_previous, tokens_of_following,
    speaker_and_tokens,
)  # fmt: skip
"""With an embedder. Each was left out in turn until none could be without loss (docs/findings.md)."""


@np.errstate(invalid="ignore")  # BLAS raises that flag now and then over numbers that are all finite
def table(frame: Frame, features: tuple[Feature, ...]) -> Values:
    """(n, len(features))."""
    return np.stack([feature(frame) for feature in features], axis=1).astype(np.float32)
