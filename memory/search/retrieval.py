"""From a question to ranked memories.

    question     the text read once: its words, times, and whose words it is after (`question.py`)
    candidates   nearest vectors (Chroma, or exact over SQLite) ∪ entries that share a word (FTS5) ∪ of a time it names
    context      the turns right before and after each candidate: often it is there that the answer stands (`candidates.py`)
    frame        what speaks for each of them, as numbers (`frame.py` fills it, `features.py` reads it)
    probability  the frame weighed by the ranker (`ranker.py`), here
    visible      what SQLite says is this user's, now, and in the scope asked for (`scope.py`)
    reasons      why each was found, in words (`reasons.py`)

The vector of a memory is of "speaker (date): text". Figures are in docs/findings.md.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memory.language.stemming import EMOJI
from memory.search import features, ranker
from memory.search.candidates import COUNTED, Found
from memory.search.features import Values
from memory.search.question import Question
from memory.search.scope import Row

PIN_LOG_ODDS = 1.0
"""A pin is the person's own word that a memory matters: it weighs as much as odds of e to 1."""
EMOJI_LOG_ODDS = 2.0
"""An emoji that both hold is as telling as a name, and embedders read none."""
FIRST_ASIAN = "\u2e80"
"""Chinese, Japanese and Korean characters come from here on."""
FEW = 20
"""As many memories as a user is taken to have at least, when the chance that one of them is the answer is judged."""


@np.errstate(invalid="ignore")  # as in `candidates.gather`
def probabilities(asked: Question, found: Found, own_rankers: Path | None = None) -> Values:
    """(n,) in [0, 1]: how likely each of `found.rows` is an answer, by weights for the embedder (`ranker.find`), or by the
    package's default ones if there are none.

    The ranker was calibrated among some hundred memories. Among fewer, each is likelier to be the one, among more less.
    """
    rankers = ranker.find(asked.embedder or ranker.BY_WORDS, own_rankers) or ranker.load()
    understood = asked.encoded is not None and asked.understood
    by_meaning = np.array([understood and row.embedder == asked.embedder for row in found.rows], np.bool_)
    named = asked.speaker is not None
    if by_meaning.all():
        logits = rankers["all"].logits(found.frame, named=named)
    else:
        logits = rankers["words"].logits(found.frame, named=named)
        if understood:
            logits = np.where(by_meaning, rankers["all"].logits(found.frame, named=named), logits)
    if understood and "across" in rankers:
        across = by_meaning & in_another_language(asked, found.rows)
        if across.any():
            logits = np.where(across, rankers["across"].logits(found.frame, named=named), logits)
    logits += among_log_odds(found.among)
    logits += PIN_LOG_ODDS * np.array([row.pinned for row in found.rows], np.float32)
    if pictures := {word for word in asked.words if word.startswith(EMOJI)}:
        logits += EMOJI_LOG_ODDS * np.array([not pictures.isdisjoint(row.own) for row in found.rows], np.float32)
    # by words alone, a memory that shares none, and none of its neighbours does, has nothing to speak for it
    return np.where(by_meaning | features.any_word(found.frame), ranker.probability(logits), 0)


def in_another_language(asked: Question, rows: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """(n,): whether most words of each memory are Chinese, Japanese or Korean characters and the question is not Chinese, or the
    other way round. A memory without words is in none."""
    chinese = asked.language == "zh"
    return np.array(
        [
            bool(row.own) and (2 * sum(word[0] >= FIRST_ASIAN for word in row.own) > len(row.own)) != chinese
            for row in rows
        ],
        np.bool_,
    )


def among_log_odds(among: int) -> float:
    """By how much a memory of so many is likelier to be the one than where the ranker was calibrated.

    Were all alike the odds would go with the ratio (Saerens, "Adjusting the Outputs of a Classifier to New a Priori
    Probabilities", 2002), but the best of many that are not the one looks better than the best of few. The power of 2/3
    predicts best from 6 to 552 memories (docs/findings.md).
    """
    return 2 / 3 * float(np.log(ranker.TRAINED_AMONG / min(max(among, FEW), COUNTED)))
