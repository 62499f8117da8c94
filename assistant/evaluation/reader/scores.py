"""How right the reader is on labelled messages.

A mark is right if it is of the same person as a label (the user or not), of one of its keys, and half of the words of the shorter
value are in the longer, as in `assistant.evaluation.profile_learning`.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from assistant import e5_weights
from assistant.catalog import READER
from assistant.evaluation.profile_learning import alike, one_of
from assistant.evaluation.reader.examples import Example, Label
from assistant.evaluation.reader.network import Network
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from memory.facts.reader_heads import FEATURES, Array, Found, Heads

UNCALIBRATED = np.eye(1, FEATURES, dtype=np.float32)[0]
LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
Read = tuple[Example, Sequence[Found]]
States = Callable[[Example], tuple[Array, npt.NDArray[np.bool_]]]


@contextmanager
def encoder(folder: Path | None) -> Iterator[Path]:
    """A folder with the encoder as safetensors: the one named, or what was fetched, unpacked for as long as it is needed."""
    if folder is not None:
        yield folder
        return
    source = ModelStore(Settings().models_dir).path(READER, "source")
    if not (source / e5_weights.FILE).exists():
        yield source
        return
    with tempfile.TemporaryDirectory() as scratch:
        e5_weights.unpack(source, Path(scratch))
        yield Path(scratch)


def tokenizer(folder: Path) -> Any:
    from tokenizers import Tokenizer

    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    return made


def states_of(network: Network) -> States:
    """What gives of one message the states (n, width), and which tokens are its own (n,)."""

    @torch.no_grad()
    def states(example: Example) -> tuple[Array, npt.NDArray[np.bool_]]:
        ids = torch.tensor([example.tokens.ids])
        found = network.states(ids, torch.ones_like(ids, dtype=torch.bool))[0].numpy()
        return found, np.array([place[0] >= 0 for place in example.tokens.places])

    return states


def calibrated(made: dict[str, Any], examples: Sequence[Example], states: States) -> dict[str, Any]:
    """The weights with the logistic regression (Platt 1999) of whether a mark is right, over what was found in `examples`."""
    from sklearn.linear_model import LogisticRegression

    heads = Heads({name: value.astype(np.float32) for name, value in made.items()} | {"calibration": UNCALIBRATED})
    pairs = [(one, found) for one in examples for found in heads.read(*states(one))]
    right = [any(matches(one, found, fact) for fact in one.facts) for one, found in pairs]
    fitted = LogisticRegression(C=0.3, fit_intercept=False, max_iter=2_000)
    fitted.fit(np.stack([found.features for _, found in pairs]), right)
    return made | {"calibration": fitted.coef_[0].astype(np.float32)}


def value_of(example: Example, found: Found) -> str:
    places = example.tokens.places
    return example.text[places[found.first][0] : places[found.last][1]]


def matches(example: Example, found: Found, fact: Label, *, any_key: bool = False) -> bool:
    of_user = fact["subject"] == "user" or (found.key in ("people", "pets") and fact["key"] in ("people", "pets"))
    same_subject = (found.who is None) == (fact["subject"] == "user") or (found.who is None and of_user)
    same_key = any_key or bool({found.key} & one_of(fact))
    return same_subject and same_key and alike(value_of(example, found), fact["value"])


def table(read: Sequence[Read]) -> str:
    """Precision and recall at some levels of chance, and at one by key, language and register, in Markdown."""
    lines = [
        "| chance | precision | its key aside | recall | of core facts | never facts learned |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {level} | {' | '.join(_row(read, level))} |" for level in LEVELS]
    groups: list[tuple[str, Callable[[Example], str]]] = [
        ("language", lambda one: one.language),
        ("register", lambda one: one.register),
    ]
    for name, of in groups:
        for value in sorted({of(one) for one, _ in read}):
            some = [pair for pair in read if of(pair[0]) == value]
            lines.append(f"| {name} {value} at 0.6 | {' | '.join(_row(some, 0.6))} |")
    return "\n".join(lines)


def _row(read: Sequence[Read], level: float) -> list[str]:
    sure = [(example, [one for one in found if one.chance >= level]) for example, found in read]
    learned = [(example, one) for example, found in sure for one in found]
    right = sum(any(matches(example, one, fact) for fact in example.facts) for example, one in learned)
    aside = sum(any(matches(example, one, fact, any_key=True) for fact in example.facts) for example, one in learned)
    wanted = [(example, found, fact) for example, found in sure for fact in example.facts if not fact.get("optional")]
    hits = [any(matches(example, one, fact, any_key=True) for one in found) for example, found, fact in wanted]
    core = [hit for hit, (_, _, fact) in zip(hits, wanted, strict=True) if fact.get("core")]
    never = [(example, found, other) for example, found in sure for other in example.not_facts]
    wrong = sum(any(_within(example, one, other) for one in found) for example, found, other in never)
    return [
        f"{right / max(1, len(learned)):.3f} of {len(learned)}",
        f"{aside / max(1, len(learned)):.3f}",
        f"{sum(hits) / max(1, len(hits)):.3f} of {len(hits)}",
        f"{sum(core) / max(1, len(core)):.3f} of {len(core)}",
        f"{wrong} of {len(never)}",
    ]


def _within(example: Example, found: Found, other: Label) -> bool:
    """Whether a mark lies in words that are not to be learned, and is no fact by another label."""
    start = example.text.find(other["quote"])
    places = example.tokens.places
    inside = start <= places[found.first][0] and places[found.last][1] <= start + len(other["quote"])
    return inside and not any(matches(example, found, fact, any_key=True) for fact in example.facts)
