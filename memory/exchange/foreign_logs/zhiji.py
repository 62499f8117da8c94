"""Our own `jsonl`: a header line, then each conversation followed by its messages (see `memory.exchange.log_export`)."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import IO, Any, get_args

from memory.exchange.foreign_logs.fields import ODD, clean, exact, odd
from memory.exchange.foreign_logs.formats import FileFormat
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.lines import lines, parsed
from memory.exchange.foreign_logs.stamps import stamp
from memory.exchange.foreign_logs.talk import Rated, Refused, Said, Talk, checked
from memory.types import MessageStatus

OWN_ID = re.compile(r"[0-9a-f]{32}")
"""What our own rows are called."""


def read(file: IO[bytes], known: Known) -> Iterator[Talk | Refused]:  # noqa: ARG001
    talk: Talk | None = None
    messages: dict[str, Said] = {}
    for number, line in lines(file):
        record = parsed(line, number)
        if isinstance(record, Refused):
            yield record
            continue
        try:
            if record["type"] == "conversation":
                if talk:
                    yield checked(replace(talk, messages=list(messages.values())))
                talk, messages = _conversation(record), {}
            elif record["type"] == "message":
                said = _message(record)
                messages[said.id] = replace(said, parent_id=said.parent_id if said.parent_id in messages else None)
        except ODD as error:
            yield Refused(f"line {number}", odd(error))
    if talk:
        yield checked(replace(talk, messages=list(messages.values())))


def _conversation(record: Mapping[str, Any]) -> Talk:
    remembers, recalls, pinned = (record.get(name) for name in ("remembers", "recalls", "pinned"))
    head = record.get("head_id")
    return Talk(
        "zhiji",
        str(record["id"]),
        str(record["title"]),
        (),
        head if isinstance(head, str) else None,
        created_at=stamp(record.get("created_at")),
        updated_at=stamp(record.get("updated_at")),
        remembers=remembers if isinstance(remembers, bool) else True,
        recalls=recalls if isinstance(recalls, bool) else True,
        pinned=pinned is True,
    )


def _message(record: Mapping[str, Any]) -> Said:
    if record["role"] not in ("user", "assistant") or record["status"] not in get_args(MessageStatus):
        raise ValueError("no such role or status")
    model = record.get("model")
    return Said(
        id=clean(str(record["id"])),
        parent_id=record["parent_id"] and str(record["parent_id"]),
        role=record["role"],
        text=exact(record["text"]),
        at=stamp(record["occurred_at"]),
        status=record["status"] if record["text"] else "forgotten",
        model=clean(str(model)) if model else None,
        recorded_at=stamp(record.get("recorded_at")),
        sampling=json.dumps(sampling) if isinstance(sampling := record.get("sampling"), dict) else None,
        prompt_id=clean(str(prompt_id)) if (prompt_id := record.get("prompt_id")) else None,
        plan=_plan(record.get("plan")),
        recalled=list({hit[0]: hit for hit in map(_recalled, record.get("recalled") or ())}.values()),
        facts_used=list(dict.fromkeys(_id(fact) for fact in record.get("facts_used") or ())),
        rated=_rated(given) if (given := record.get("feedback")) else None,
    )


def _plan(value: object) -> str | None:
    """A plan as we write them; anything else is left out, or an archive of it could not be read."""
    if not isinstance(value, dict) or not all(part is None or isinstance(part, str) for part in value.values()):
        return None
    return json.dumps(value)


def _id(value: object) -> str:
    if not isinstance(value, str) or not OWN_ID.fullmatch(value):
        raise ValueError("an id that is none of ours")
    return value


def _recalled(hit: Mapping[str, Any]) -> tuple[str, float, str]:
    why = json.dumps([clean(reason) for reason in hit["why"]], ensure_ascii=False)
    return _id(hit["memory_id"]), min(1.0, max(0.0, float(hit["score"]))), why


def _rated(given: Mapping[str, Any]) -> Rated:
    if given["rating"] not in (1, -1):
        raise ValueError("no such rating")
    corrected, at = given["corrected"], stamp(given["rated_at"])
    if at is None:
        raise ValueError("no time of the rating")
    return Rated(int(given["rating"]), clean(given["reason"]), clean(corrected) if corrected else None, at)


FORMAT = FileFormat("zhiji", lambda begin: begin[:1] == b"{" and b'"zhiji-log"' in begin[:200], read)
