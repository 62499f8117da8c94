"""What a format is to the reader."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.talk import Refused, Talk

UNKNOWN = (
    "This is no file that can be imported. There is: conversations.json of ChatGPT or Claude, or the zip it comes in, chats of "
    "LibreChat, Open WebUI, SillyTavern, Gemini (MyActivity.json), Telegram (result.json) and WhatsApp (txt), Zhiji's own jsonl, "
    "ShareGPT, OpenAI messages, and CSV with the columns role and text."
)


@dataclass(frozen=True, slots=True)
class RecordFormat:
    """One whose conversations are JSON objects: in a list, one a line, or one that is the whole file."""

    name: str
    """The `source` of its talks."""
    fits: Callable[[Mapping[str, Any]], bool]
    """Whether an object is a conversation of this format."""
    read: Callable[[Mapping[str, Any]], Talk]
    """Raises one of `fields.ODD` for one that is not as expected."""


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One that reads the file itself."""

    name: str
    fits: Callable[[bytes], bool]
    """Whether a file that begins with these bytes, without a byte order mark and white space, is of this format."""
    read: Callable[[IO[bytes], Known], Iterator[Talk | Refused]]
    """Raises BadInput for a file that is none after all, or breaks off."""
