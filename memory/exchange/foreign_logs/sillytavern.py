"""SillyTavern's chats: a line that says who talks, then a message a line. Swipes are versions of the message they stand at."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import IO, Any

from memory.errors import BadInput
from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import clean
from memory.exchange.foreign_logs.formats import UNKNOWN, FileFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.lines import lines, parsed
from memory.exchange.foreign_logs.talk import Refused, Said, Talk, checked

_FITS = re.compile(rb'\{[^\n]*"(?:user_name|character_name|chat_metadata)"\s*:')


def read(file: IO[bytes], known: Known) -> Iterator[Talk | Refused]:
    gathered = Gathering()
    head: Mapping[str, Any] | None = None
    said: list[Said] = []
    shown: str | None = None
    for number, line in lines(file):
        record = parsed(line, number)
        if isinstance(record, Refused):
            gathered.refused.append(record)
        elif head is None:
            head = record if isinstance(record, Mapping) else {}
        else:
            found = gathered.tried(f"line {number}", partial(_versions, gathered, record))
            for version, one in enumerate(found or ()):
                said.append(replace(one, id=f"{number}.{version}", parent_id=shown))
            if found:
                shown = f"{number}.{_shown(record, len(found))}"
    if head is None:
        raise BadInput(UNKNOWN)
    title = clean(str(head.get("character_name") or known.file.removesuffix(".jsonl")))
    if said:
        yield checked(gathered.talk(Talk("sillytavern", _identity(head), title, said, shown)))
    yield from gathered.refused


def _identity(head: Mapping[str, Any]) -> str:
    metadata = head.get("chat_metadata")
    if isinstance(metadata, Mapping) and metadata.get("integrity"):
        return clean(str(metadata["integrity"]))
    told = [str(head.get(key)) for key in ("user_name", "character_name", "create_date")]
    return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()


def _versions(gathered: Gathering, record: Mapping[str, Any]) -> list[Said]:
    """What was said, in each of its versions; none if it is hidden or without words."""
    if record.get("is_system"):
        gathered.left_out[parts.HIDDEN] += 1
        return []
    at, mine = gathered.time(record.get("send_date")), bool(record.get("is_user"))
    swipes = record.get("swipes")
    texts = swipes if isinstance(swipes, list) and not mine and record["mes"] in swipes else [record["mes"]]
    words = [parts.words_of(text, reply=not mine) for text in texts]
    return [one for each in words if (one := gathered.said(each, "user" if mine else "assistant", at))]


def _shown(record: Mapping[str, Any], versions: int) -> int:
    at = record.get("swipe_id")
    return at if isinstance(at, int) and 0 <= at < versions else versions - 1


FORMAT = FileFormat("sillytavern", lambda begin: bool(_FITS.match(begin)), read)
