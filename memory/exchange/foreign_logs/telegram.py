"""Telegram Desktop's `result.json`: one chat, or with `chats.list` all of them, read a message at a time however long they are.

A whole export says whose it is; a chat with one person has that person's id, so the other is the user. In a group of its own the
user is found by name, or asked for. Forwarded messages are somebody else's words, and left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

from memory.exchange import json_stream
from memory.exchange.foreign_logs import parts
from memory.exchange.foreign_logs.fields import clean
from memory.exchange.foreign_logs.formats import FileFormat
from memory.exchange.foreign_logs.gathering import Gathering
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.people import Chat, Line, talks
from memory.exchange.foreign_logs.talk import Refused, Talk

_KINDS = rb"personal_chat|bot_chat|saved_messages|(?:private|public)_(?:group|supergroup|channel)"
_FITS = re.compile(rb'"type"\s*:\s*"(?:' + _KINDS + rb')"|"personal_information"\s*:')
_LISTS = ("", "chats.list.item.", "left_chats.list.item.")
_MESSAGES = frozenset(f"{under}messages.item" for under in _LISTS)
_SHOWN = {"photo": "picture", "sticker": "sticker", "voice_message": "voice message", "video_message": "video"}


@dataclass(slots=True)
class _Chat:
    """One chat as it is read: what the file says of it, and its messages as they stand there."""

    told: dict[str, Any] = field(default_factory=dict)
    messages: list[Mapping[str, Any]] = field(default_factory=list)


def read(file: IO[bytes], known: Known) -> Iterator[Talk | Refused]:
    owner: str | None = None
    chat = _Chat()
    for path, value in json_stream.walk(file, _MESSAGES):
        under = next((one for one in reversed(_LISTS) if path.startswith(one)), "")
        if path == "personal_information.user_id":
            owner = f"user{value}"
        elif path in _MESSAGES:
            chat.messages.append(value)
        elif path in (f"{under}name", f"{under}type", f"{under}id"):
            if chat.messages:
                yield from _talks(chat, owner, known)
                chat = _Chat()
            chat.told[path.removeprefix(under)] = value
    if chat.messages:
        yield from _talks(chat, owner, known)


def _talks(chat: _Chat, owner: str | None, known: Known) -> Iterator[Talk | Refused]:
    kind, id = str(chat.told.get("type")), str(chat.told.get("id"))
    name = clean(str(chat.told.get("name") or ("Saved messages" if kind == "saved_messages" else "")))
    names = {str(one.get("from_id")): _name(one) for one in chat.messages if one.get("type") == "message"}
    if not names:
        return
    me = owner or _owner(kind, id, names, known)
    gathered = Gathering()
    lines: list[Line] = []
    for message in chat.messages:
        line = gathered.tried(f"message {message.get('id')}", partial(_line, message, me, gathered))
        if line is not None:
            lines.append(line)
    left_out, refused = dict(gathered.left_out), tuple(gathered.refused)
    yield from talks(Chat("telegram", f"{kind} {id}", name, kind != "bot_chat", left_out, refused), lines)
    yield from (Refused(f"{name}, {one.where}", one.why) for one in refused)


def _owner(kind: str, id: str, names: Mapping[str, str], known: Known) -> str:
    """The user's id in a chat exported by itself."""
    if kind == "saved_messages":
        return f"user{id}"
    others = [one for one in names if one != f"user{id}"]
    if kind in ("personal_chat", "bot_chat") and len(others) <= 1:
        return others[0] if others else ""
    by_name = {name: one for one, name in names.items()}
    return by_name[known.user_among(list(by_name))]


def _name(message: Mapping[str, Any]) -> str:
    return clean(str(message.get("from") or "deleted account"))


def _line(message: Mapping[str, Any], me: str, gathered: Gathering) -> Line | None:
    if message.get("type") != "message":
        gathered.left_out["notice"] += 1
        return None
    if message.get("forwarded_from"):
        gathered.left_out["forwarded message"] += 1
        return None
    gathered.left_out.update(_media(message))
    text = _text(message.get("text"))
    at = gathered.time(message.get("date_unixtime") or message.get("date"))
    return Line(_name(message), text, at, str(message.get("from_id")) == me) if text else None


def _media(message: Mapping[str, Any]) -> Counter[str]:
    kind = message.get("media_type") or next((one for one in ("photo", "file") if message.get(one)), None)
    return Counter({_SHOWN.get(str(kind), "file"): 1}) if kind else Counter()


def _text(text: object) -> str:
    """A text, or its parts: strings, and objects for links and what is in bold."""
    if isinstance(text, str):
        return clean(text)
    if not isinstance(text, list):
        raise TypeError("a text that is none")
    return clean("".join("".join(parts.words_of(part).said) for part in text))


FORMAT = FileFormat("telegram", lambda begin: begin[:1] == b"{" and bool(_FITS.search(begin)), read)
