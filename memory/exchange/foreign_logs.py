"""Conversation logs of others and our own, read into one shape:

    chatgpt, claude    their `conversations.json`, or the zip it comes in
    zhiji              our own `jsonl` (see `memory.exchange.log_export`), with all that it holds
    sharegpt           a JSON list, or a line each, of {"conversations": [{"from": "human" | "gpt", "value"}]}
    openai             the same of {"messages": [{"role", "content"}]}
    csv                columns role and text, and if there are such time, conversation_id, title; our own csv too

What is not a text of the user or the assistant (tools, pictures, system prompts) is left out; what follows it is joined to
what came before it.
"""

import csv
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import IO, Any, get_args

from memory.errors import BadInput
from memory.exchange import json_stream
from memory.types import MessageStatus, Role

MAX_BYTES = 300 * 2**20
MAX_TEXT_CHARS = 200_000
MOST_UNKNOWN = 10_000
"""A file that begins with more records of no known kind is no log."""
MAX_LINE, LONG_LINE, MAX_CELL = 32 * 2**20, 2**20, 4 * 2**20
_ODD = (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError, RecursionError)
"""What reading a record that is not as expected may raise."""
_UNKNOWN = (
    "This is no file that can be imported. There is: conversations.json of ChatGPT or Claude, or the zip it comes in, "
    "Zhiji's own jsonl, ShareGPT, OpenAI messages, and CSV with the columns role and text."
)
_ROLES: Mapping[str, Role] = {
    "user": "user", "human": "user", "assistant": "assistant", "gpt": "assistant", "model": "assistant",
}  # fmt: skip
_NOT_SAID = frozenset({"system", "developer", "tool", "function", "function_call", "function_response", "observation"})
OWN_ID = re.compile(r"[0-9a-f]{32}")
"""What our own rows are called."""
_MARK = "'"
"""What our own csv puts before a cell that a spreadsheet would take for a formula."""


@dataclass(frozen=True, slots=True)
class Rated:
    """What the user thought of a reply."""

    rating: int
    reason: str
    corrected: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """One message; `parent_id` is that of another in the same talk, `None` at the root. One without text was forgotten.
    What follows `model` only our own log tells; `recalled` is (memory id, score, why as JSON), `sampling` JSON."""

    id: str
    parent_id: str | None
    role: Role
    text: str
    at: datetime | None
    status: MessageStatus = "complete"
    model: str | None = None
    recorded_at: datetime | None = None
    sampling: str | None = None
    prompt_id: str | None = None
    plan: str | None = None
    recalled: Sequence[tuple[str, float, str]] = ()
    facts_used: Sequence[str] = ()
    rated: Rated | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of a log, its messages parents first; `head_id` ends the branch it showed."""

    source: str
    id: str
    title: str
    messages: Sequence[Said]
    head_id: str | None
    remembers: bool = True
    recalls: bool = True
    pinned: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def shown(self) -> frozenset[str]:
        """The ids of the messages of the branch it showed."""
        by_id = {said.id: said for said in self.messages}
        found: dict[str, None] = {}
        current = by_id.get(self.head_id or "")
        while current is not None and current.id not in found:
            found[current.id] = None
            current = by_id.get(current.parent_id or "")
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Refused:
    """Something of a file that cannot be taken in, and why."""

    where: str
    why: str


def read(log: bytes | IO[bytes]) -> Iterator[Talk | Refused]:
    """The conversations of a file, in its order, one at a time: however long it is, no more of it is held. Raises BadInput if
    it is none that is known, or breaks off."""
    with _unpacked(log) as file:
        begin = file.read(4_096).lstrip(b"\xef\xbb\xbf \t\r\n")
        file.seek(0)
        if begin[:1] == b"{" and b'"zhiji-log"' in begin[:200]:
            yield from _own(file)
        elif begin[:1] in (b"[", b"{"):
            yield from _others(file, listed=begin[:1] == b"[")
        else:
            yield from _csv(file)


def _others(file: IO[bytes], *, listed: bool) -> Iterator[Talk | Refused]:
    if listed or not _is_lines(file):
        found = ((f"conversation {number}", record) for number, record in enumerate(json_stream.records(file), start=1))
    else:
        found = ((f"line {number}", _line(line, number)) for number, line in _lines(file))
    some = known = False
    unknown = 0
    for where, record in found:
        reader = _reader(record)
        known = known or reader is not None
        unknown += reader is None
        if not known and (unknown > MOST_UNKNOWN or not (listed or some)):
            raise BadInput(_UNKNOWN)
        some = True
        if isinstance(record, Refused) or reader is None:
            yield record if isinstance(record, Refused) else Refused(where, "it is of no kind that is known")
            continue
        try:
            talk = _checked(reader(record))
        except _ODD as error:
            yield Refused(where, _odd(error))
            continue
        yield talk if talk.messages else Refused(where, "it holds no text")
    if not some:
        raise BadInput(_UNKNOWN)


def _is_lines(file: IO[bytes]) -> bool:
    """Whether a file that begins with an object has one on each line."""
    lines = _lines(file)
    first = _line(next(lines, (1, b""))[1], 1)
    more = next(lines, None) is not None
    file.seek(0)
    return more and not isinstance(first, Refused)


def _lines(file: IO[bytes], most: int = MAX_LINE) -> Iterator[tuple[int, bytes]]:
    """Those with anything on them, by number. Raises BadInput for one that is none."""
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most:
            raise BadInput(f"Line {number} of the file has more than {most // 2**20} MB.")
        if line.strip():
            yield number, line


def _line(line: bytes, number: int) -> Any:
    try:
        if len(line) > LONG_LINE:
            return next(json_stream.records(io.BytesIO(line)))
        return json.loads(line, parse_constant=_no_constant)
    except json_stream.TooMuch:
        raise
    except (BadInput, *_ODD) as error:
        return Refused(f"line {number}", _odd(error))


def _checked(talk: Talk) -> Talk:
    """With names that can be stored, each message once, and a head that is there. Raises ValueError."""
    ids = [said.id for said in talk.messages]
    if len(set(ids)) != len(ids):
        raise ValueError("two messages have the same id")
    head = talk.head_id if talk.head_id in ids else (ids[-1] if ids else None)
    return replace(talk, id=_text(talk.id), title=_text(talk.title), head_id=head)


def _odd(error: Exception) -> str:
    return f"it is not as expected ({type(error).__name__}: {_text(str(error))[:60]})"


@contextmanager
def _unpacked(log: bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    """The log, if need be out of its zip. Raises BadInput."""
    file = io.BytesIO(log) if isinstance(log, bytes) else log
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size > MAX_BYTES:
        raise BadInput(f"The file has {size / 2**20:.0f} MB; the most is {MAX_BYTES // 2**20} MB.")
    packs = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if not packs:
        yield file
        return
    try:
        with zipfile.ZipFile(file) as packed:
            wanted = [info for info in packed.infolist() if info.filename.split("/")[-1] == "conversations.json"]
            if len(wanted) != 1:
                raise BadInput("There is no conversations.json in this zip.")
            if wanted[0].file_size > MAX_BYTES:
                raise BadInput(f"The conversations.json in this zip has more than {MAX_BYTES // 2**20} MB.")
            with packed.open(wanted[0]) as inside:
                yield inside
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise BadInput("This zip cannot be read. Download it again.") from error


def _reader(record: object) -> Callable[[Mapping[str, Any]], Talk] | None:
    if isinstance(record, dict) and isinstance(record.get("mapping"), dict):
        return _chatgpt
    if isinstance(record, dict) and isinstance(record.get("chat_messages"), list):
        return _claude
    if isinstance(record, dict) and isinstance(record.get("messages"), list):
        return lambda each: _plain(each, "openai", each["messages"], "role", "content")
    if isinstance(record, dict) and isinstance(record.get("conversations"), list):
        return lambda each: _plain(each, "sharegpt", each["conversations"], "from", "value")
    return None


def _chatgpt(record: Mapping[str, Any]) -> Talk:
    nodes: Mapping[str, Any] = record["mapping"]
    said: dict[str, Said] = {}
    for name in _parents_first(nodes):
        message = nodes[name].get("message") or {}
        role = (message.get("author") or {}).get("role")
        content = message.get("content") or {}
        parts = content.get("parts") if content.get("content_type") in ("text", "multimodal_text") else None
        text = _text("\n".join(part for part in parts or () if isinstance(part, str)))
        if (
            role in ("user", "assistant")
            and text
            and not (message.get("metadata") or {}).get("is_visually_hidden_from_conversation")
        ):
            parent = _nearest(nodes, nodes[name].get("parent"), said)
            said[name] = Said(name, parent, role, text, _stamp(message.get("create_time") or record.get("create_time")))
    head = _nearest(nodes, record.get("current_node"), said)
    identity = str(record.get("conversation_id") or record["id"])
    return Talk("chatgpt", identity, str(record.get("title") or ""), list(said.values()), head)


def _parents_first(nodes: Mapping[str, Any]) -> list[str]:
    """Each node after its parent; one in a circle, or whose parent is not there, as if it were a root."""
    order: dict[str, None] = {}
    for name in nodes:
        path: dict[str, None] = {}
        current: str | None = name
        while current is not None and current in nodes and current not in order and current not in path:
            path[current] = None
            current = nodes[current].get("parent")
        order |= dict.fromkeys(reversed(path))
    return list(order)


def _nearest(nodes: Mapping[str, Any], name: str | None, said: Mapping[str, Said]) -> str | None:
    """The node itself, or the nearest above it, that is taken in."""
    seen: set[str] = set()
    while name is not None and name in nodes and name not in said and name not in seen:
        seen.add(name)
        name = nodes[name].get("parent")
    return name if name in said else None


def _claude(record: Mapping[str, Any]) -> Talk:
    said: list[Said] = []
    for message in record["chat_messages"]:
        blocks = [block.get("text") for block in message.get("content") or () if block.get("type") == "text"]
        text = _text("\n".join(block for block in blocks if block) or message.get("text") or "")
        role: Role = "user" if message["sender"] == "human" else "assistant"
        if text:
            parent = said[-1].id if said else None
            said.append(Said(_text(str(message["uuid"])), parent, role, text, _stamp(message.get("created_at"))))
    title = str(record.get("name") or "")
    return Talk("claude", str(record["uuid"]), title, said, said[-1].id if said else None)


def _plain(record: Mapping[str, Any], source: str, messages: Sequence[Any], role: str, text: str) -> Talk:
    """One that has no ids: the same words are the same conversation."""
    said: list[Said] = []
    for number, message in enumerate(messages):
        if message[role] in _NOT_SAID:
            continue
        content = message[text]
        if isinstance(content, list):  # in parts, of which some may be pictures
            content = "\n".join(part["text"] for part in content if part.get("type") == "text")
        if words := _text(content or ""):
            at = _stamp(message.get("created_at") or message.get("timestamp") or message.get("time"))
            said.append(Said(str(number), said[-1].id if said else None, _ROLES[message[role]], words, at))
    whole = json.dumps(record, sort_keys=True, ensure_ascii=True).encode()
    title = str(record.get("title") or "")
    return Talk(source, hashlib.sha256(whole).hexdigest(), title, said, said[-1].id if said else None)


def _csv(file: IO[bytes]) -> Iterator[Talk | Refused]:
    """Rows in their order; those with the same `conversation_id` are one conversation. Raises BadInput."""
    whole = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    csv.field_size_limit(10 * MAX_TEXT_CHARS)
    lines = (line.decode("utf-8-sig" if number == 1 else "utf-8") for number, line in _lines(file, MAX_CELL))
    rows = csv.DictReader(lines, strict=True)
    talks: dict[str, Talk] = {}
    try:
        names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
        if not {"role", "text"} <= names.keys():
            raise BadInput(_UNKNOWN)
        ours = {"message_id", "status", "model"} <= names.keys()
        for row in rows:
            try:
                cells = {plain: row[name] or "" for plain, name in names.items()}
                if row[names["text"]] is None:
                    raise ValueError("no text")
                said = _text(_unmarked(cells["text"]) if ours else cells["text"])
                role, at = _ROLES[cells["role"].strip().casefold()], _stamp(cells.get("time", "").strip() or None)
                id = cells.get("conversation_id", "").strip() or whole
                title = _text(_unmarked(cells.get("title", "")) if ours else cells.get("title", ""))
            except _ODD as error:
                yield Refused(f"line {rows.line_num}", _odd(error))
                continue
            if said:
                before = talks.get(id) or Talk("csv", _text(id), title, [], None)
                number = str(len(before.messages))
                message = Said(number, before.head_id, role, said, at)
                assert isinstance(before.messages, list)
                before.messages.append(message)
                talks[id] = replace(before, head_id=number)
    except UnicodeDecodeError as error:
        raise BadInput(_UNKNOWN) from error
    except csv.Error as error:
        if not talks:
            raise BadInput(_UNKNOWN) from error
        yield Refused(f"line {rows.line_num}", _odd(error))
    yield from talks.values()


def _unmarked(cell: str) -> str:
    return cell[1:] if cell.startswith(_MARK) and cell[1:].lstrip()[:1] in tuple("=+-@\t\r＝＋－＠") else cell


def _own(file: IO[bytes]) -> Iterator[Talk | Refused]:
    talk: Talk | None = None
    messages: dict[str, Said] = {}
    for number, line in _lines(file):
        record = _line(line, number)
        if isinstance(record, Refused):
            yield record
            continue
        try:
            if record["type"] == "conversation":
                if talk:
                    yield _checked(replace(talk, messages=list(messages.values())))
                talk, messages = _own_talk(record), {}
            elif record["type"] == "message":
                said = _own_message(record)
                messages[said.id] = replace(said, parent_id=said.parent_id if said.parent_id in messages else None)
        except _ODD as error:
            yield Refused(f"line {number}", _odd(error))
    if talk:
        yield _checked(replace(talk, messages=list(messages.values())))


def _own_talk(record: Mapping[str, Any]) -> Talk:
    switches = {name: record.get(name) for name in ("remembers", "recalls", "pinned")}
    kept = {name: value for name, value in switches.items() if isinstance(value, bool)}
    head = record.get("head_id")
    return Talk(
        "zhiji",
        str(record["id"]),
        str(record["title"]),
        (),
        head if isinstance(head, str) else None,
        created_at=_stamp(record.get("created_at")),
        updated_at=_stamp(record.get("updated_at")),
        **kept,
    )


def _own_message(record: Mapping[str, Any]) -> Said:
    if record["role"] not in ("user", "assistant") or record["status"] not in get_args(MessageStatus):
        raise ValueError("no such role or status")
    model = record.get("model")
    return Said(
        id=_text(str(record["id"])),
        parent_id=record["parent_id"] and str(record["parent_id"]),
        role=record["role"],
        text=_exact(record["text"]),
        at=_stamp(record["occurred_at"]),
        status=record["status"] if record["text"] else "forgotten",
        model=_text(str(model)) if model else None,
        recorded_at=_stamp(record.get("recorded_at")),
        sampling=json.dumps(sampling) if isinstance(sampling := record.get("sampling"), dict) else None,
        prompt_id=_text(str(prompt_id)) if (prompt_id := record.get("prompt_id")) else None,
        plan=json.dumps(plan) if isinstance(plan := record.get("plan"), dict) else None,
        recalled=list({hit[0]: hit for hit in map(_recalled, record.get("recalled") or ())}.values()),
        facts_used=list(dict.fromkeys(_id(fact) for fact in record.get("facts_used") or ())),
        rated=_rated(given) if (given := record.get("feedback")) else None,
    )


def _id(value: object) -> str:
    if not isinstance(value, str) or not OWN_ID.fullmatch(value):
        raise ValueError("an id that is none of ours")
    return value


def _recalled(hit: Mapping[str, Any]) -> tuple[str, float, str]:
    why = json.dumps([_text(reason) for reason in hit["why"]], ensure_ascii=False)
    return _id(hit["memory_id"]), min(1.0, max(0.0, float(hit["score"]))), why


def _rated(given: Mapping[str, Any]) -> Rated:
    if given["rating"] not in (1, -1):
        raise ValueError("no such rating")
    corrected, at = given["corrected"], _stamp(given["rated_at"])
    if at is None:
        raise ValueError("no time of the rating")
    return Rated(int(given["rating"]), _text(given["reason"]), _text(corrected) if corrected else None, at)


def _text(text: str) -> str:
    """Without half characters and of a length that can be shown."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "").strip()[:MAX_TEXT_CHARS]


def _exact(text: str) -> str:
    """What we wrote ourselves. Raises ValueError if we cannot have."""
    if "\x00" in text or len(text) > MAX_TEXT_CHARS:
        raise ValueError("a text that is none of ours")
    text.encode()
    return text


def _stamp(value: object) -> datetime | None:
    """`None` if it is no time, or not of the age of computers: near the ends of the calendar other zones have no date."""
    if isinstance(value, int | float):
        found = datetime.fromtimestamp(value, UTC)
    elif isinstance(value, str):
        found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    else:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)) if 1970 < found.year < 2100 else None


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
