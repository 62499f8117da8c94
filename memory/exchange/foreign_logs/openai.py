"""OpenAI's messages, as fine-tuning takes them: {"messages": [{"role", "content"}]}."""

from memory.exchange.foreign_logs import plain_turns
from memory.exchange.foreign_logs.formats import RecordFormat

_KEYS = plain_turns.Keys("messages", "role", "content")
FORMAT = RecordFormat(
    "openai",
    lambda record: isinstance(record.get(_KEYS.turns), list),
    lambda record: plain_turns.read(record, "openai", _KEYS),
)
