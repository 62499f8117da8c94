"""WhatsApp's text file of a chat, as phones of many countries write it.

    14.03.25, 21:41 - Ana: Hello              Android
    [14/03/2025, 21:41:05] Ana: Hello         iPhone
    2025/3/14 下午9:41 - 小明: 你好

A line that begins with no time goes on with the message before it. A line without a name is a notice. Pictures and files are
counted, not taken in: they stand in brackets, or behind the mark (U+200E) that the iPhone puts before what it says itself.
The times are in no zone that the file tells.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from memory.errors import BadInput
from memory.exchange.foreign_logs.fields import ODD, clean
from memory.exchange.foreign_logs.formats import UNKNOWN, FileFormat
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.lines import lines
from memory.exchange.foreign_logs.people import Chat, Line, talks
from memory.exchange.foreign_logs.stamps import UNSURE, DayOrder, order_of, stamp
from memory.exchange.foreign_logs.talk import Refused, Talk

_HALVES: Mapping[str, str] = {"오전": "上午", "오후": "下午", "午前": "上午", "午後": "下午"}
_HALF = r"(?:上午|下午|凌晨|早上|晚上|中午|오전|오후|午前|午後)"
_LINE = re.compile(
    r"[\u200e\u200f\ufeff]*\[?(?P<date>\d{1,4}\s?[./-]\s?\d{1,2}\s?[./-]\s?\d{1,4}\.?),?\s+(?:(?:klo|um|à|at|kl\.?|о)\s+)?"
    rf"(?P<time>(?:{_HALF}\s?)?\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}})?(?:\s?[ap]\.?\s?m\b\.?)?)(?:\]\s?|\s?[-–]\s|,\s)(?P<rest>.*)",
    re.I,
)
_WHO = re.compile(r"(?P<who>[^:：\n\"“”„«]{1,60}?)\s?(?:：\s?|:(?:\s|$))(?P<text>.*)", re.S)
_MARK = "\u200e"
_OMITTED = re.compile(r"<[^<>\n]{3,60}>|\S+\.\w{2,4} \([^()\n]{3,40}\)")
_EDITED = re.compile(
    rf"\s*{_MARK}?<[^<>\n]*(?:edit|modif|bearbeit|éditad|bewerkt|已编辑|已編輯|編集)[^<>\n]*>\s*$", re.I
)
_DELETED = re.compile(
    r"(?:This message was deleted|You deleted this message|Diese Nachricht wurde gelöscht|Du hast diese Nachricht gelöscht"
    r"|Se eliminó este mensaje|Eliminaste este mensaje|Ce message a été supprimé|Vous avez supprimé ce message"
    r"|Mensagem apagada|Você apagou esta mensagem|Questo messaggio è stato eliminato|Hai eliminato questo messaggio"
    r"|Dit bericht is verwijderd|Данное сообщение удалено|此消息已删除|你删除了这条消息|您已删除这条消息)\.?",
    re.I,
)
_BY_ME = re.compile(r"You |Du |Eliminaste|Vous |Você |Hai |你|您", re.I)


@dataclass(slots=True)
class _Message:
    when: str
    who: str
    text: str


def read(file: IO[bytes], known: Known) -> Iterator[Talk | Refused]:
    left_out: Counter[str] = Counter()
    messages = list(_messages(file, left_out))
    if not messages:
        raise BadInput(UNKNOWN)
    speakers = list(dict.fromkeys(message.who for message in messages))
    deleted = {one.who for one in messages if _DELETED.fullmatch(_plain(one.text)) and _BY_ME.match(_plain(one.text))}
    me = deleted.pop() if known.me is None and len(deleted) == 1 else known.user_among(speakers)
    order = order_of([message.when for message in messages])
    refused: list[Refused] = []
    said = [line for message in messages if (line := _line(message, order, me, left_out, refused))]
    others = sorted(name for name in speakers if name != me)
    identity = hashlib.sha256("\n".join([*others, "", me]).encode()).hexdigest()
    name = ", ".join(others[:3]) + (" …" if len(others) > 3 else "") or me
    notes = () if order.shown else (UNSURE.format(date=messages[0].when),)
    yield from talks(Chat("whatsapp", identity, name, True, dict(left_out), tuple(refused), notes), said)
    yield from refused


def _messages(file: IO[bytes], left_out: Counter[str]) -> Iterator[_Message]:
    message: _Message | None = None
    for _, line in lines(file):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if not (begins := _LINE.match(text)):
            if message is not None:
                message.text += f"\n{text}"
            continue
        if message is not None:
            yield message
        who = _WHO.match(begins["rest"])
        name = clean(who["who"].replace(_MARK, "").lstrip("~\u202f\u00a0 ")) if who else ""
        message = _Message(f"{begins['date']} {begins['time']}", name, who["text"]) if who and name else None
        left_out["notice"] += message is None
    if message is not None:
        yield message


def _line(message: _Message, order: DayOrder, me: str, left_out: Counter[str], refused: list[Refused]) -> Line | None:
    first, _, more = message.text.partition("\n")
    if _DELETED.fullmatch(_plain(first)):
        left_out["deleted message"] += 1
        return None
    text = _EDITED.sub("", message.text)
    if (first.startswith(_MARK) and not _EDITED.match(first)) or _OMITTED.fullmatch(_plain(first)):
        left_out["file"] += 1
        text = more
    if not (text := clean(text.replace(_MARK, ""))):
        return None
    when = message.when
    for written, other in _HALVES.items():
        when = when.replace(written, other)
    try:
        at = stamp(when, order)
    except ODD as error:
        refused.append(Refused(message.when, f"its time cannot be read ({type(error).__name__})"))
        at = None
    return Line(message.who, text, at, message.who == me)


def _plain(text: str) -> str:
    return text.replace(_MARK, "").strip()


def _fits(begin: bytes) -> bool:
    return bool(_LINE.match(begin.decode("utf-8", "ignore")))


FORMAT = FileFormat("whatsapp", _fits, read)
