"""Gemini in Google's Takeout (`MyActivity.json`): a record for each question with its reply, the newest first, and of no talk.

What was asked within an hour of the question before is taken for one talk. A title begins with a word for what was done
("Prompted"), in the language of the account: where that is not known, it is what most titles of the file begin with.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import takewhile
from typing import IO, Any

from memory.exchange import json_stream
from memory.exchange.foreign_logs.fields import clean
from memory.exchange.foreign_logs.formats import FileFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.markup import text_of_html
from memory.exchange.foreign_logs.parts import Words, words_of
from memory.exchange.foreign_logs.talk import Refused, Said, Talk, checked

SITTING = timedelta(hours=1)
_FITS = re.compile(rb'\[\s*\{[^{}]*?"header"\s*:\s*"[^"]{0,40}(?:Gemini|Bard)')
_ASKED = ("Prompted with: ", "Prompted ", "Asked Gemini ", "Asked ", "Said ")
_OTHER = "other activity"


def read(file: IO[bytes], known: Known) -> Iterator[Talk | Refused]:  # noqa: ARG001
    gathered = Gathering()
    records = [record for record in json_stream.records(file) if isinstance(record, Mapping)]
    verb = _verb([str(record.get("title")) for record in records if record.get("safeHtmlItem")])
    turns: list[tuple[datetime | None, list[Said]]] = []
    for number, record in enumerate(reversed(records), 1):
        found = gathered.tried(f"activity {number}", partial(_turn, gathered, record, verb))
        if found:
            turns.append((found[0].at, found))
    sittings = list(_sittings(turns))
    for number, said in enumerate(sittings):
        begun = said[0]
        name = hashlib.sha256(f"{begun.at} {begun.text}".encode()).hexdigest()
        talk = checked(Talk("gemini", name, "", said, said[-1].id))
        yield gathered.talk(talk) if number == 0 else talk
    yield from gathered.refused


def _verb(titles: Sequence[str]) -> str:
    """What most titles begin with before what was asked, "" if a known word, or none."""
    if not titles or any(title.startswith(_ASKED) for title in titles):
        return ""
    for size in (len(titles), max(2, len(titles) * 4 // 5)):
        first = Counter(title.split(" ")[0] for title in titles).most_common(1)[0]
        if first[1] >= size > 1:
            return _shared([title.split(" ") for title in titles if title.split(" ")[0] == first[0]])
    return ""


def _shared(titles: Sequence[Sequence[str]]) -> str:
    """The words that all of them begin with."""
    shared = takewhile(lambda words: len(set(words)) == 1, zip(*titles, strict=False))
    return "".join(f"{words[0]} " for words in shared)


def _turn(gathered: Gathering, record: Mapping[str, Any], verb: str) -> list[Said]:
    title = str(record["title"]).replace("\xa0", " ")
    begins = next((one for one in (*_ASKED, verb) if one and title.startswith(one)), None)
    if begins is None:
        gathered.left_out[_OTHER] += 1
        return []
    at = gathered.time(record.get("time"))
    asked = Words([clean(title.removeprefix(begins))])
    replies = [one.get("html") for one in record.get("safeHtmlItem") or () if isinstance(one, Mapping)]
    reply = words_of([text_of_html(str(html)) for html in replies if html], reply=True)
    found = [gathered.said(asked, "user", at), gathered.said(reply, "assistant", at)]
    return [one for one in found if one]


def _sittings(turns: Sequence[tuple[datetime | None, list[Said]]]) -> Iterator[list[Said]]:
    said: list[Said] = []
    last: datetime | None = None
    for at, turn in turns:
        if said and at and last and at - last > SITTING:
            yield said
            said = []
        last = at or last
        for one in turn:
            said.append(replace(one, id=str(len(said)), parent_id=said[-1].id if said else None))
    if said:
        yield said


FORMAT = FileFormat("gemini", lambda begin: bool(_FITS.match(begin)), read)
