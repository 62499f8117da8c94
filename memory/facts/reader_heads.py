"""What the reader makes of an encoder's states: small layers over them, in numpy.

    states (n, width) ─┬─ spans     for each first and last token: is this a fact's value; is this who one is about
                       ├─ standing  of each token: stated, joked, asked, …
                       └─ of each value found: its key, polarity, tense, and whose it is

A span is scored as in Yu et al., "Named Entity Recognition as Dependency Parsing" (2020): the product of what its first and its
last token are turned into; besides a term for its first, its last, the mean of its tokens, and its length. Whose a value is, is a
pointer to the user, to nobody named, or to a token, as in Vinyals et al. 2015. The chance that a mark is right is a logistic
regression over what the heads say (Platt 1999), fitted on people that the heads were not trained on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

KEYS = (
    "name", "age", "birthday", "gender", "nationality", "religion", "relationship", "personality", "home", "origin", "job",
    "employer", "school", "studies", "skills", "people", "pets", "health", "allergies", "diet", "likes", "dislikes", "interests",
    "goals", "plans", "schedule", "possessions", "languages", "style", "new_to", "event", "money", "contact", "other",
)  # fmt: skip
"""In the order of the weights; those of `memory.facts.vocabulary`."""
NAMES = ("name", "people", "pets")
TENSES = ("holds", "future", "past", "ended")
STANDINGS = ("stated", "joked", "asked", "supposed", "quoted", "others", "hypothetical", "negated", "passing")
MAX_SPAN = 40
"""Tokens of a value."""
PAIR = 64
"""Numbers that the first and the last token of a span are compared by."""
FEATURES = 8 + len(KEYS) + 1
"""Of the calibration: see `_features`."""
FLOOR = 0.05
"""A span less likely than this is not looked at."""
WHO_FLOOR, WHO_TOKENS = 0.003, 8
NAMED = 0.15
"""A span likelier than this is taken for words that name somebody; higher loses names, lower takes in more words."""
WEIGHTS = Path(__file__).parent / "reader.npz"


class Found(NamedTuple):
    """A value from token `first` to `last`. `who`: the tokens that name whose it is, `None` for the user; (-1, -1) for somebody
    who is not named in the message. The rest are probabilities and what the calibration needs."""

    first: int
    last: int
    key: str
    who: tuple[int, int] | None
    polarity: int
    tense: str
    standing: str
    chance: float
    features: Array


@dataclass(frozen=True, slots=True)
class Heads:
    """The layers by name, as `assistant.evaluation.reader` trains them; weights (out, in) and biases (out,)."""

    layers: Mapping[str, Array]

    def read(self, states: Array, own: npt.NDArray[np.bool_]) -> list[Found]:
        """The values in the states (n, width) of one passage, in their order; `own` (n,) says which tokens are of the
        message, and not of what it answers."""
        values, who = (_probable(logits) for logits in self._spans(states))
        outside = ~own[:, None] | ~own[None]
        values[outside] = 0
        chosen = _apart(values)
        if not chosen:
            return []
        standing = _softmax(self._linear("st", states))  # (n, standings)
        first, last = np.array([span[:2] for span in chosen]).T
        keys, polarities, tenses, owners = self._attributes(states, first, last)
        found = []
        for at, (begin, end, chance, mass) in enumerate(chosen):
            stands = standing[begin : end + 1].mean(axis=0)
            others = owners[at, 2:]
            by = (owners[at, 0], owners[at, 1], others.sum())
            told = (chance, mass, keys[at].max(), max(by), stands[0], tenses[at].max())
            features = _features(told, by[0], int(keys[at].argmax()), end - begin)
            found.append(
                Found(
                    begin,
                    end,
                    KEYS[keys[at].argmax()],
                    _owner(by, others, who, own),
                    1 if polarities[at, 0] >= 0.5 else -1,
                    TENSES[tenses[at].argmax()],
                    STANDINGS[stands.argmax()],
                    float(_sigmoid(features @ self.layers["calibration"])),
                    features,
                )
            )
        return sorted(found)

    def named(self, states: Array, own: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
        """The first and last tokens of what names somebody, or is a value of one of the keys NAMES."""
        values, who = (_probable(logits) for logits in self._spans(states))
        outside = ~own[:, None] | ~own[None]
        values[outside] = who[outside] = 0
        found = [one[:2] for one in _apart(who) if one[2] > NAMED]
        chosen = [one for one in _apart(values) if one[2] > NAMED]
        if chosen:
            first, last = np.array([span[:2] for span in chosen]).T
            keys = self._attributes(states, first, last)[0].argmax(axis=1)
            found += [one[:2] for one, key in zip(chosen, keys, strict=True) if KEYS[key] in NAMES]
        return found

    def _spans(self, states: Array) -> Array:
        """(2, n, n): logits of values and of who is spoken of, from a first token (rows) to a last."""
        number = len(states)
        begins, ends = (
            self._linear(name, states).reshape(number, 2, PAIR).transpose(1, 0, 2) for name in ("start", "end")
        )
        alone = (
            self._linear("tok", states).reshape(number, 2, 3).transpose(1, 2, 0)
        )  # (2, begins, ends or is inside, n)
        sums = np.concatenate([np.zeros((2, 1), np.float32), alone[:, 2].cumsum(axis=1)], axis=1)
        place = np.arange(number)
        length = np.clip(place[None] - place[:, None], 0, MAX_SPAN - 1)
        inside = (sums[:, None, 1:] - sums[:, :-1, None]) / (length + 1)
        logits = begins @ ends.transpose(0, 2, 1) / np.float32(PAIR**0.5) + alone[:, 0, :, None] + alone[:, 1, None]
        return np.asarray(
            logits + inside + self.layers["len"][:, length] + self.layers["bias"][:, None, None], np.float32
        )

    def _attributes(self, states: Array, first: Array, last: Array) -> tuple[Array, Array, Array, Array]:
        """Of m values: keys (m, keys), polarities (m, 2), tenses (m, 4), owners (m, 2 + n): probabilities."""
        sums = np.concatenate([np.zeros((1, states.shape[1]), np.float32), states.cumsum(axis=0)])
        mean = (sums[last + 1] - sums[first]) / (last - first + 1)[:, None]
        values = _gelu(self._linear("rep", np.concatenate([states[first], states[last], mean], axis=1)))
        kinds = self._linear("attr", values)
        pointed = self._linear("sq", values) @ self._linear("sk", states).T / np.float32(PAIR**0.5)
        owners = np.concatenate([self._linear("s0", values), pointed], axis=1)
        parts = np.split(kinds, [len(KEYS), len(KEYS) + 2], axis=1)
        keys, polarities, tenses = (_softmax(part) for part in parts)
        return keys, polarities, tenses, _softmax(owners)

    def _linear(self, name: str, inputs: Array) -> Array:
        return np.asarray(inputs @ self.layers[f"{name}.weight"].T + self.layers[f"{name}.bias"], np.float32)


def _features(told: tuple[float, ...], of_user: float, key: int, length: int) -> Array:
    """What the calibration weighs: how sure the heads are, as log odds; if it is the user's; how long it is; its key; one."""
    sure = np.array(told, np.float32)
    odds = np.log(sure + 1e-4) - np.log(1 - sure + 1e-4)
    is_key = np.arange(len(KEYS)) == key
    return np.concatenate([odds, [of_user, np.log1p(length)], is_key, [1.0]]).astype(np.float32)


def _probable(logits: Array) -> Array:
    """Probabilities of the spans that can be: from a token to itself or a later one, not too long."""
    place = np.arange(len(logits))
    length = place[None] - place[:, None]
    return np.where((length >= 0) & (length < MAX_SPAN), _sigmoid(logits), 0).astype(np.float32)


def _apart(chances: Array) -> list[tuple[int, int, float, float]]:
    """The likeliest spans that do not overlap: first and last token, the chance of it, and that of it or one that overlaps it."""
    rows, columns = np.nonzero(chances > FLOOR / 2)
    order = np.argsort(-chances[rows, columns], kind="stable")
    chosen: list[list[float]] = []
    for first, last in zip(rows[order].tolist(), columns[order].tolist(), strict=True):
        chance = float(chances[first, last])
        met = next((one for one in chosen if first <= one[1] and one[0] <= last), None)
        if met is not None:
            met[3] = 1 - (1 - met[3]) * (1 - chance)
        elif chance > FLOOR:
            chosen.append([first, last, chance, chance])
    return [(int(one[0]), int(one[1]), one[2], one[3]) for one in chosen]


def _owner(
    by: tuple[float, float, float], others: Array, who: Array, own: npt.NDArray[np.bool_]
) -> tuple[int, int] | None:
    """Whose a value is: the likeliest of the user, nobody named, or the span around the token that is pointed at."""
    if by[0] >= max(by):
        return None
    if by[1] >= by[2]:
        return (-1, -1)
    token = int(others.argmax())
    low, high = max(0, token - WHO_TOKENS + 1), min(len(who), token + WHO_TOKENS)
    around = who[low : token + 1, token:high]
    begin, end = np.unravel_index(int(around.argmax()), around.shape)
    if around[begin, end] < WHO_FLOOR:
        return (token, token)
    return (low + int(begin), token + int(end)) if own[low + int(begin)] == own[token] else (token, token)


def _sigmoid(numbers: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(numbers, -30, 30))), np.float32)


def _softmax(numbers: Array) -> Array:
    raised = np.exp(numbers - numbers.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def _gelu(numbers: Array) -> Array:
    """By its error function, as torch has it; the approximation of Abramowitz and Stegun 7.1.26 is within 2e-7."""
    scaled = np.abs(numbers) / np.float32(2**0.5)
    t = 1 / (1 + 0.3275911 * scaled)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(numbers) * (1 - series * np.exp(-scaled * scaled))
    return np.asarray(0.5 * numbers * (1 + erf), np.float32)


@cache
def load(path: Path = WEIGHTS) -> Heads:
    """The heads of this version; the adapters, which `assistant.convert` merges into the encoder, are left in the file."""
    with np.load(path, allow_pickle=False) as file:
        return Heads({name: file[name].astype(np.float32) for name in file.files if not name.startswith("layers.")})
