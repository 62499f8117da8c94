"""The mean vectors that are taken off an embedder's, and where they come from: `make embedder-means`.

    python -m assistant.embedder_means embedder-multilingual tests/data/acts/train.jsonl

embeds every message of our own labelled set, half English and half Chinese, as a memory is embedded and as a question is, and
writes `means/<title>.npy`: (2, 2, 2, dim) float32, for texts and questions, in English and Chinese, the mean vector of the whole
and of the tokens; each vector had length 1 before the mean was taken. Other languages are taken for English, which is nearer to
them than Chinese or nothing. An embedder without such a file keeps its vectors as they are.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from assistant import catalog
from assistant.catalog import Entry
from memory.language.text import is_chinese
from memory.search.embedders import CTranslate2Embedder, Encoded, Made, Mean, Vectors, Way
from memory.search.entries import dense_key

_SPEAKERS = (None, "me", "Ana", "Tom", "小林", "assistant")
"""Who speaks in turn in what the means are taken over: a memory is embedded with its speaker and its day."""
OWN = 0.5
"""How much of a text's own mean is taken off its tokens, where means are taken off at all. LoCoMo's development half, the
conversation left out, R@5 and R@10 with 0: 79.2, 85.3; 0.4: 80.1, 85.3; 0.6: 80.5, 85.5; 1: 80.0, 85.2."""
_FIRST_DAY = datetime(2020, 1, 1)
LANGUAGES = ("en", "zh")


def ways(entry: Entry) -> tuple[Way, Way]:
    """How an embedder of the catalog wants texts and questions."""
    texts, questions = (Way(prefix) for prefix in _prefixes(entry))
    path = _path(entry)
    if not path.exists():
        return texts, questions
    of_texts, of_questions = (
        {language: Mean(*pair) for language, pair in zip(LANGUAGES, one, strict=True)}
        for one in np.load(path, allow_pickle=False)
    )
    texts = replace(texts, means=of_texts, language=_of_key, own=OWN)
    return texts, replace(questions, means=of_questions, language=_of_text, own=OWN)


def measure(embedder: CTranslate2Embedder, messages: Sequence[str]) -> Vectors:
    """As written to the file, from an embedder that takes nothing off yet."""
    keys = [
        dense_key(text, _SPEAKERS[number % len(_SPEAKERS)], _FIRST_DAY + timedelta(days=number % 2000))
        for number, text in enumerate(messages)
    ]
    spoken = [_of_text(text) for text in messages]
    means = [_means(found, spoken) for found in (embedder.encode(keys), embedder.encode_questions(messages))]
    return np.stack(means).astype(np.float32)


def _means(encoded: Sequence[Encoded], spoken: Sequence[str]) -> Vectors:
    """(2, 2, dim): in each language the mean of the vectors and that of the tokens."""
    by_language = [[one for one, its in zip(encoded, spoken, strict=True) if its == wanted] for wanted in LANGUAGES]
    return np.stack(
        [
            [np.mean([one.vector for one in some], axis=0), np.concatenate([one.tokens for one in some]).mean(axis=0)]
            for some in by_language
        ]
    )


def _of_text(text: str) -> str:
    return "zh" if is_chinese(text) else "en"


def _of_key(key: str) -> str:
    """The language of what was said, without who said it and when (`dense_key`)."""
    return _of_text(key.partition("): ")[2] or key)


def _prefixes(entry: Entry) -> tuple[str, str]:
    prefixes = dict(entry.prefixes)
    return prefixes.get("text", ""), prefixes.get("question", "")


def _path(entry: Entry) -> Path:
    return Path(__file__).parent / "means" / f"{entry.title}.npy"


def _main() -> None:
    from assistant.modelstore import ModelStore
    from assistant.settings import Settings

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("embedder")
    parser.add_argument("messages", type=Path)
    given = parser.parse_args()
    entry = catalog.find(given.embedder)
    folder = ModelStore(Settings().models_dir).path(entry.name, "encoder")
    texts, questions = (Way(prefix) for prefix in _prefixes(entry))
    made = Made(entry.title, entry.context_length, entry.languages, texts, questions)
    said = [json.loads(line)["say"] for line in given.messages.read_text(encoding="utf-8").splitlines()]
    means = measure(CTranslate2Embedder(folder, made, threads=2), said)
    _path(entry).parent.mkdir(exist_ok=True)
    np.save(_path(entry), means)
    print(f"Wrote {_path(entry)}: lengths {np.linalg.norm(means, axis=-1).round(3).tolist()}")


if __name__ == "__main__":
    _main()
