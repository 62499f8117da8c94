"""Train the rankers of `memory/search/rankers`: `make train-ranker`.

Two steps, both convex and without chance, so the same data gives the same weights. First the weights: for each question
a softmax over the memories a search looks at, against its evidence (ListNet; Cao et al., "Learning to Rank", 2007),
with weight decay. Then slope and offset, by logistic regression on questions to conversations that the weights have not
seen, each also asked of another conversation, where nothing is evidence, as nothing is for everyday messages.

A pointwise logistic regression on the same features finds 2 points less in the first ten, boosted trees 3.
"""

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.evaluation import metrics
from assistant.evaluation.dialogue import Case, Dialogue
from assistant.runtime import Runtime
from assistant.settings import Settings
from memory.errors import BadInput
from memory.memories import Memories, to_memory
from memory.search import features, reasons, retrieval
from memory.search.features import Feature, Frame, Values
from memory.search.ranker import Ranker, probability
from memory.search.scope import Scope
from memory.types import Hit

SETS: dict[str, tuple[Feature, ...]] = {"all": features.ALL, "words": features.WORDS, "across": features.ALL}
"""`across`: for memories in another language than the question."""
WEIGHT_DECAY = 1e-3
LOOKED_AT = 50
"""The k of the searches that are learned from."""
SHOWN = 30
"""Of each question that names a speaker, the memories whose chances are calibrated."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Example:
    """One question as a search sees it: the feature table (n, f) of the memories looked at, and which are evidence (n,).

    `evidence` is all there is, also what was not looked at; `related` whether the question is to this conversation.
    """

    group: int
    refs: Sequence[str]
    tables: dict[str, Values]
    relevant: npt.NDArray[np.bool_]
    evidence: Collection[str]
    related: bool = True
    named: bool = False
    """Whether it names somebody who speaks in the conversation it is asked of."""
    weighs: bool = True
    """Whether the weights are learned from it, and not only what they mean as a chance."""
    across: bool = False
    """Whether the memories are in another language than the question."""


@dataclass(frozen=True, slots=True)
class Unrelated:
    """What is asked of a conversation that has nothing to do with it: as many questions as it has itself to another, and
    `everyday` messages."""

    stranger: Dialogue | None = None
    everyday: Sequence[str] = ()


def examples(group: int, memories: Memories, dialogue: Dialogue, unrelated: Unrelated = Unrelated()) -> list[Example]:
    """What a search looks at for each question of a dialogue that `memories` holds, and for what is unrelated to it."""
    cases = [case for case in dialogue.cases if case.evidence]
    made = [_example(group, memories, case.asked_at, case.question, case.evidence, related=True) for case in cases]
    others = [case.question for case in unrelated.stranger.cases[: len(cases)]] if unrelated.stranger else []
    made += [
        _example(group, memories, cases[0].asked_at, text, frozenset(), related=False)
        for text in (*others, *unrelated.everyday)
        if cases
    ]
    return made


def held_out(settings: Settings, dialogues: Sequence[Dialogue], progress: Progress | None = None) -> dict[str, Ranker]:
    """For each dialogue, by name, weights trained and calibrated on all the others."""
    made: dict[str, Sequence[Example]] = {}
    with stores(settings, dialogues) as filled:
        for number, (dialogue, memories) in enumerate(filled):
            stranger = dialogues[(number + 1) % len(dialogues)]
            made[dialogue.name] = examples(number, memories, dialogue, Unrelated(stranger))
            if progress:
                progress(number + 1, len(dialogues))
    return {
        name: _calibrated("all", [example for other, group in made.items() if other != name for example in group])
        for name in made
    }


@contextmanager
def stores(settings: Settings, dialogues: Sequence[Dialogue]) -> Iterator[Iterator[tuple[Dialogue, Memories]]]:
    """Each dialogue with the memories of a user who was told it, in a store that is thrown away."""

    def filled() -> Iterator[tuple[Dialogue, Memories]]:
        for number, dialogue in enumerate(dialogues):
            memories = runtime.assistant(f"conversation-{number}").memories
            memories.add_many(dialogue.turns)
            runtime.store.flush()
            yield dialogue, memories

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        Runtime(settings.model_copy(update={"data_dir": Path(folder)})) as runtime,
    ):
        runtime.store.embedder.embed(["load"])
        yield filled()


def ranked(memories: Memories, case: Case, ranker: Ranker, k: int) -> Sequence[Hit]:
    """What a search with these weights would find, best first."""
    scope = Scope()
    asked, found = memories.look_at(case.question, k, case.asked_at, scope)
    logits = ranker.logits(found.frame, named=asked.speaker is not None)
    chances = probability(logits + retrieval.among_log_odds(found.among))
    order = [i for i in np.argsort(-chances, kind="stable") if found.rows[i].words]
    return [
        Hit(
            to_memory(found.rows[i]),
            float(chances[i]),
            not_by=reasons.not_by(asked, found.rows[i]),
            asked=reasons.asked_before(found, i, scope),
        )
        for i in order[:k]
    ]


def _example(
    group: int, memories: Memories, at: datetime, question: str, evidence: Collection[str], *, related: bool
) -> Example:
    asked, found = memories.look_at(question, LOOKED_AT, at, Scope())
    shown = [index for index, row in enumerate(found.rows) if row.words]
    refs = [str(found.rows[index].ref) for index in shown]
    return Example(
        group,
        refs,
        {name: features.table(_as_seen_by(name, found.frame), chosen)[shown] for name, chosen in SETS.items()},
        np.array([ref in evidence for ref in refs]),
        evidence,
        related,
        asked.speaker is not None,
        across=bool(retrieval.in_another_language(asked, found.rows).mean() > 0.5),
    )


def _as_seen_by(name: str, frame: Frame) -> Frame:
    """The ranker of words alone is used where there are no vectors to go by."""
    if name != "words":
        return frame
    nothing = np.zeros((len(frame.cosine), 0), np.float32)
    return replace(frame, cosine=np.zeros_like(frame.cosine), likeness=nothing)


def train(made: Sequence[Example]) -> dict[str, Ranker]:
    """Rankers for all features and for words alone, calibrated on questions held out one group at a time."""
    lessons = {name: lessons_of(name, made) for name in SETS}
    return {name: _calibrated(name, some) for name, some in lessons.items() if some}


def lessons_of(name: str, made: Sequence[Example]) -> Sequence[Example]:
    """What a ranker learns from. There is little to learn `across` languages from, so all of that is."""
    if name == "across":
        return [replace(example, weighs=True) for example in made if example.across]
    return [example for example in made if not example.across]


def left_out(name: str, made: Sequence[Example], cuts: Sequence[int]) -> Sequence[float]:
    """The mean recall at each cut, of each group by weights from the others."""
    lessons = [example for example in lessons_of(name, made) if example.relevant.size and example.evidence]
    found: list[list[float]] = []
    for group in {example.group for example in lessons if example.weighs}:
        ranker = weigh(name, [example for example in lessons if example.group != group])
        for example in (one for one in lessons if one.group == group):
            order = np.argsort(-ranker.sums(example.tables[name]), kind="stable")
            ranked = [example.refs[i] for i in order]
            found.append([metrics.recall_at(cut, ranked, example.evidence) for cut in cuts])
    return [float(mean) for mean in np.mean(found, axis=0)]


def weigh(name: str, made: Sequence[Example]) -> Ranker:
    """The weights alone, from every example that has evidence and is to be learned from."""
    from scipy.optimize import minimize

    useful = [example for example in made if example.weighs and example.relevant.any()]
    if not useful:
        raise BadInput("There is no question whose evidence a search finds: nothing to learn from.")
    stacked = np.concatenate([example.tables[name] for example in useful]).astype(np.float64)
    mean, scale = stacked.mean(axis=0), np.maximum(stacked.std(axis=0), 1e-6)
    stacked = (stacked - mean) / scale
    starts = np.cumsum([0, *(len(example.relevant) for example in useful[:-1])])
    owner = np.repeat(np.arange(len(useful)), [len(example.relevant) for example in useful])
    target = np.concatenate([example.relevant / example.relevant.sum() for example in useful])

    def loss(weight: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        sums = stacked @ weight
        sums -= np.maximum.reduceat(sums, starts)[owner]
        exp = np.exp(sums)
        total = np.add.reduceat(exp, starts)
        value = (np.log(total).sum() - target @ sums) / len(useful) + WEIGHT_DECAY * (weight @ weight)
        slope = stacked.T @ (exp / total[owner] - target) / len(useful) + 2 * WEIGHT_DECAY * weight
        return float(value), slope

    best = minimize(loss, np.zeros(stacked.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    return Ranker(SETS[name], mean, scale, best.x)


def _calibrated(name: str, made: Sequence[Example]) -> Ranker:
    held_out: list[tuple[Example, Values]] = []  # with the sums of its memories
    weights = weigh(name, made)
    learned_from = {example.group for example in made if example.weighs}
    for group in {example.group for example in made}:
        others = [example for example in made if example.group != group]
        ranker = weigh(name, others or made) if group in learned_from else weights
        held_out += [(example, ranker.sums(example.tables[name])) for example in made if example.group == group]
    slope, offset = calibrate([(sums, example.relevant) for example, sums in held_out])
    named = [_best(*one) for one in held_out if one[0].named]
    enough = any(relevant.any() for _, relevant in named)
    named_slope, named_offset = calibrate(named) if enough else (slope, offset)
    numbers = (slope, offset, named_slope, named_offset)
    return Ranker(weights.features, weights.mean, weights.scale, weights.weight, *numbers)


def _best(example: Example, sums: Values) -> tuple[Values, npt.NDArray[np.bool_]]:
    """Of the memories that a search may show: over all that it looks at, the many that nothing speaks for decide."""
    best = np.argsort(-sums, kind="stable")[:SHOWN]
    return sums[best], example.relevant[best]


def calibrate(held_out: Sequence[tuple[Values, npt.NDArray[np.bool_]]]) -> tuple[float, float]:
    """Slope and offset of the log-odds, from the sums of each question's memories and which are relevant (Platt, "Probabilistic
    Outputs for Support Vector Machines", 1999)."""
    from sklearn.linear_model import LogisticRegression

    sums, relevant = (np.concatenate(column) for column in zip(*held_out, strict=True))
    fitted = LogisticRegression(C=1e6).fit(sums[:, None], relevant)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
