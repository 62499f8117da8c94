"""The fields of a foreign record, made safe to store, and what is said of one that is not as expected."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

MAX_TEXT_CHARS = 200_000
ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError)
"""What reading a record that is not as expected may raise."""


def clean(text: str) -> str:
    """Without half characters and of a length that can be shown."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "").strip()[:MAX_TEXT_CHARS]


def exact(text: str) -> str:
    """What we wrote ourselves. Raises ValueError if we cannot have."""
    if "\x00" in text or len(text) > MAX_TEXT_CHARS:
        raise ValueError("a text that is none of ours")
    text.encode()
    return text


def name_of(record: Mapping[str, Any], *keys: str) -> str:
    """What a conversation is called by the first of `keys` that it has, else by its words: the same each time."""
    named = next((clean(str(record[key])) for key in keys if record.get(key)), "")
    return named or hashlib.sha256(json.dumps(record, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def odd(error: Exception) -> str:
    if not isinstance(error, ValueError):  # what Python says of a field that is missing tells a reader nothing
        return "it is not built as expected"
    return f"it is not as expected ({type(error).__name__}: {clean(str(error))[:60]})"
