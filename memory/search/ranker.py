"""How likely it is that a memory answers a question: a weighed sum of features, made a probability.

The weights are data, for each embedder its own (`rankers/<title>.json`, or in a folder of one's own), trained by
`make train-ranker` on conversations with labelled evidence: they make the evidence stand first (softmax over the memories of
a question), and then two numbers, slope and offset, turn the sum into a probability (Platt scaling, on questions to
conversations that the weights had not seen, half of them asked of a conversation that has nothing to do with them, and on
everyday messages). So 0.3 means the same for every question, and one floor serves all.
A question that names somebody who speaks in the memories has a slope and an offset of its own: it is hardly ever asked of a
conversation that has nothing to do with it, so what looks unlikely by its words is likelier than elsewhere (docs/findings.md).
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from memory.search import features
from memory.search.features import Feature, Frame, Values

FOLDER, DEFAULT = "rankers", "all-MiniLM-L6-v2"
"""Where the package keeps its weights, and whose serve an embedder that none were trained for."""
BY_WORDS = "multilingual-e5-small"
"""Whose serve where there are no vectors. Its weights of words were learned without any; those of MiniLM beside its vectors, and
find 78.6 of LoCoMo's development half without them where these find 81.7 (R@10, the conversation left out)."""
TRAINED_AMONG = 552
"""The mean number of memories in the conversations the ranker was calibrated on."""


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights for standardised features: the logit is `slope * sum(weight * (feature - mean) / scale) + offset`."""

    features: tuple[Feature, ...]
    mean: Values
    scale: Values
    weight: Values
    slope: float = 1.0
    offset: float = 0.0
    named_slope: float = 1.0
    named_offset: float = 0.0
    """Those of questions that name somebody who speaks in the memories."""

    def sums(self, table: Values) -> Values:
        """(n,) weighed sums of a feature table (n, len(features)): an order, without meaning between questions."""
        sums: Values = ((table - self.mean) / self.scale) @ self.weight
        return sums

    def logits(self, frame: Frame, *, named: bool = False) -> Values:
        """(n,) log-odds that each memory of the frame is relevant; `named`: to a question that names who speaks there."""
        slope, offset = (self.named_slope, self.named_offset) if named else (self.slope, self.offset)
        return slope * self.sums(features.table(frame, self.features)) + offset


def probability(logits: Values) -> Values:
    chances: Values = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return chances


def dump(rankers: dict[str, Ranker]) -> str:
    """As `load` reads it."""
    described = {
        name: {
            "slope": round(ranker.slope, 6),
            "offset": round(ranker.offset, 6),
            "named_slope": round(ranker.named_slope, 6),
            "named_offset": round(ranker.named_offset, 6),
            "features": {
                feature.__name__: [round(float(x), 6) for x in (ranker.mean[i], ranker.scale[i], ranker.weight[i])]
                for i, feature in enumerate(ranker.features)
            },
        }
        for name, ranker in rankers.items()
    }
    return json.dumps(described, indent=1) + "\n"


def load(title: str = DEFAULT) -> dict[str, Ranker]:
    """The rankers of the package for an embedder: "all" features, and those of "words" alone. Raises FileNotFoundError."""
    return _read(Path(str(files("memory.search"))) / FOLDER / f"{title}.json")


def find(embedder: str, own: Path | None = None) -> dict[str, Ranker] | None:
    """The rankers trained for an embedder (its `name`, "title@fingerprint"): one's own in the folder `own`, else the package's;
    `None` if there are none."""
    title = embedder.partition("@")[0]
    for folder in (own, Path(str(files("memory.search"))) / FOLDER):
        if folder is not None and (folder / f"{title}.json").is_file():
            return _read(folder / f"{title}.json")
    return None


@cache
def _read(path: Path) -> dict[str, Ranker]:
    described = json.loads(path.read_text(encoding="utf-8"))
    rankers: dict[str, Ranker] = {}
    for name, ranker in described.items():
        numbers = np.array(list(ranker["features"].values()), np.float32)
        named = tuple(getattr(features, feature) for feature in ranker["features"])
        mean, scale, weight = numbers.T
        platt = [ranker[number] for number in ("slope", "offset", "named_slope", "named_offset")]
        rankers[name] = Ranker(named, mean, scale, weight, *platt)
    return rankers
