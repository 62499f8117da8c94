"""A profile as a file: JSON that a person can read, write by hand, and load.

    {"format": "zhiji-profile", "version": 1, "facts": [
      {"key": "home", "value": "Lisbon", "since": "2026-03-01", "quote": "I moved to Lisbon", "origin": "said"},
      {"key": "likes", "value": "jazz", "subject": "sister"}
    ]}

Only `key` and `value` are needed. `subject` is "user" unless it is about someone else; `polarity` is 1, or -1 for what is
disliked or avoided; `strength` and `confidence` are in [0, 1]; `status` is "active" or "superseded"; `since` and `until` are
dates or times, by ISO 8601; `origin` is said, chosen, set or inferred. The schema is `SCHEMA`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args

from memory.errors import BadInput
from memory.facts import vocabulary
from memory.language import secrets
from memory.language.text import clean_text
from memory.types import Fact, FactOrigin

VERSION = 1
MAX_VALUE_CHARS = 500
MAX_QUOTE_CHARS = 2_000
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["facts"],
    "properties": {
        "format": {"const": "zhiji-profile"},
        "version": {"const": VERSION},
        "facts": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "value"],
                "additionalProperties": False,
                "properties": {
                    "key": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
                    "value": {"type": "string", "minLength": 1, "maxLength": MAX_VALUE_CHARS},
                    "subject": {"type": "string", "minLength": 1, "maxLength": 100},
                    "polarity": {"enum": [1, -1]},
                    "strength": {"type": "number", "minimum": 0, "maximum": 1},
                    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                    "status": {"enum": ["active", "superseded"]},
                    "origin": {"enum": list(get_args(FactOrigin))},
                    "quote": {"type": ["string", "null"], "maxLength": MAX_QUOTE_CHARS},
                    "since": {"type": "string"},
                    "until": {"type": ["string", "null"]},
                },
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact of a file, checked."""

    key: str
    value: str
    subject: str = "user"
    polarity: int = 1
    strength: float = 0.5
    confidence: float = 1.0
    status: str = "active"
    origin: str = "set"
    quote: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def dump(facts: Sequence[Fact]) -> str:
    """Every fact that holds or held, in order; the same facts give the same bytes."""
    records = [
        {
            "key": fact.key, "value": fact.value, "subject": fact.subject, "polarity": fact.polarity,
            "strength": fact.strength, "confidence": fact.confidence, "status": fact.status, "origin": fact.origin,
            "quote": fact.quote, "since": fact.valid_from.isoformat(),
            "until": fact.valid_to.isoformat() if fact.valid_to else None,
        }
        for fact in facts
        if fact.status != "rejected"
    ]  # fmt: skip
    profile = {"format": "zhiji-profile", "version": VERSION, "facts": records}
    return json.dumps(profile, ensure_ascii=False, indent=1) + "\n"


def load(text: str) -> Sequence[Entry]:
    """Raises BadInput, naming the line and what is wrong with it."""
    try:
        profile = json.loads(text)
    except RecursionError as error:
        raise BadInput("The profile is nested too deep; a profile is one list of facts.") from error
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else "the file"
        raise BadInput(f"The profile is not JSON: {where}: {error}.") from error
    if not isinstance(profile, dict) or not isinstance(profile.get("facts"), list):
        raise BadInput('The profile has no list of "facts". See memory/facts/profile_file.py for the form.')
    if profile.get("format", "zhiji-profile") != "zhiji-profile" or profile.get("version", VERSION) != VERSION:
        found = f"{profile.get('format')!r}, version {profile.get('version')!r}"
        raise BadInput(f"The profile says it is {found}; this reads 'zhiji-profile', version {VERSION}.")
    try:
        lines = _lines(text, len(profile["facts"]))
    except ValueError:  # an unusual way of writing it: the place in the list must do
        lines = list(range(1, len(profile["facts"]) + 1))
    return [_entry(fact, line) for fact, line in zip(profile["facts"], lines, strict=True)]


def _entry(fact: Any, line: int) -> Entry:
    allowed = SCHEMA["properties"]["facts"]["items"]["properties"]
    if not isinstance(fact, dict):
        raise BadInput(f"Line {line}: a fact is an object with a key and a value.")
    for name in fact:
        if name not in allowed:
            raise BadInput(f"Line {line}: a fact has no {name!r}; it has {', '.join(allowed)}.")
    try:
        entry = Entry(
            key=vocabulary.checked_key(_text(fact, "key", 32)),
            value=_text(fact, "value", MAX_VALUE_CHARS),
            subject=_text(fact, "subject", 100, "user"),
            polarity=_one_of(fact, "polarity", (1, -1), -1 if fact.get("key") == "dislikes" else 1),
            strength=_share(fact, "strength", 0.5),
            confidence=_share(fact, "confidence", 1.0),
            status=_one_of(fact, "status", ("active", "superseded"), "active"),
            origin=_one_of(fact, "origin", get_args(FactOrigin), "set"),
            quote=_text(fact, "quote", MAX_QUOTE_CHARS) if fact.get("quote") is not None else None,
            since=_time(fact, "since"),
            until=_time(fact, "until"),
        )
        if entry.since and entry.until and entry.until < entry.since:
            raise BadInput(f"until ({entry.until:%Y-%m-%d}) is before since ({entry.since:%Y-%m-%d}).")
        if entry.key in ("likes", "dislikes", "interests") and (entry.key == "dislikes") != (entry.polarity < 0):
            raise BadInput(f"polarity of {entry.key} is {entry.polarity}; dislikes have -1, the others 1.")
        return entry
    except BadInput as error:
        raise BadInput(f"Line {line}: {error}") from error


def _text(fact: dict[str, Any], name: str, most: int, default: str | None = None) -> str:
    value = fact.get(name, default)
    if not isinstance(value, str):
        raise BadInput(f"{name} is {value!r}; it must be text.")
    value = clean_text(value, max_chars=most, what=name)
    if secrets.find(value):
        raise BadInput(f"{name} holds a secret ({secrets.find(value)[0].kind}), which is not kept in the profile.")
    return value


def _one_of(fact: dict[str, Any], name: str, allowed: Sequence[Any], default: Any) -> Any:
    value = fact.get(name, default)
    if value not in allowed:
        raise BadInput(f"{name} is {value!r}; it must be one of {', '.join(map(str, allowed))}.")
    return value


def _share(fact: dict[str, Any], name: str, default: float) -> float:
    value = fact.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise BadInput(f"{name} is {value!r}; it must be a number from 0 to 1.")
    return float(value)


def _time(fact: dict[str, Any], name: str) -> datetime | None:
    value = fact.get(name)
    if value is None:
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"{name} is {value!r}; give a date such as 2026-03-01.") from error


def _lines(text: str, number: int) -> list[int]:
    """On which line each fact begins."""
    decoder = json.JSONDecoder()
    at = text.index("[", text.index('"facts"')) + 1
    lines = []
    for _ in range(number):
        while text[at] in " \t\r\n,":
            at += 1
        lines.append(text.count("\n", 0, at) + 1)
        _, at = decoder.raw_decode(text, at)
    return lines


def checked_value(value: str) -> str:
    """A value as it is kept. Raises BadInput for one that is too long or holds a secret."""
    value = clean_text(value, max_chars=MAX_VALUE_CHARS, what="value")
    found = secrets.find(value)
    if found:
        raise BadInput(f"That holds a secret ({found[0].kind}), which is not kept in the profile. Leave it out.")
    return value


def checked_subject(subject: str) -> str:
    return " ".join(clean_text(subject, max_chars=100, what="subject").split())
