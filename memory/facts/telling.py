"""Whether a message is one in which somebody tells of themselves and theirs, or a task, an exam question, somebody's text.

A logistic regression over what the reader marked and how the message looks. Its weights are fitted by `make train-reader` on
messages of people whom the reader was not trained on, and on messages that tell nothing.
"""

import json
import re
from collections.abc import Sequence
from functools import cache
from math import log, log1p, prod
from pathlib import Path

import numpy as np
import numpy.typing as npt

from memory.facts.reader import Mark
from memory.language.text import CJK

WEIGHTS = Path(__file__).parent / "telling.json"
OF_ME = re.compile(r"\b(?:I|I['’]?m|I['’]?ve|im|ive|my|me|mine|we|our|us)\b|[我俺咱]|本人", re.I)
_ODD = re.compile(r"[^\w\s,.!?'’，。！？、；：;:-]|_|\d")
FLOOR = 0.02


def chance(text: str, marks: Sequence[Mark]) -> float:
    """Of a message that it tells something."""
    return float(1 / (1 + np.exp(-features(text, marks) @ _weights())))


def features(text: str, marks: Sequence[Mark]) -> npt.NDArray[np.float64]:
    """The log odds of the surest mark and of any being right, how many there are, whether somebody says "I", and the like."""
    told = [mark for mark in marks if mark.standing == "stated" and mark.key != "style"]
    surest = max((mark.chance for mark in told), default=FLOOR)
    any_right = 1 - prod(1 - mark.chance for mark in told)
    chinese = bool(CJK.search(text))
    of_me = len(OF_ME.findall(text))
    letters = max(1, len(text))
    return np.array(
        [
            _odds(surest), _odds(any_right), log1p(len(told)), float(of_me > 0 or chinese), log1p(of_me) * (not chinese),
            float(chinese), log(letters), "?" in text or "？" in text, len(_ODD.findall(text)) / letters,
            len(marks) and sum(mark.standing != "stated" for mark in marks) / len(marks),
            any(mark.subject is not None for mark in told), 1.0,
        ],
        dtype=np.float64,
    )  # fmt: skip


def _odds(chance: float) -> float:
    kept = min(max(chance, FLOOR), 1 - FLOOR)
    return log(kept / (1 - kept))


@cache
def _weights() -> npt.NDArray[np.float64]:
    return np.array(json.loads(WEIGHTS.read_text(encoding="utf-8")), dtype=np.float64)
