"""ShareGPT: {"conversations": [{"from": "human" | "gpt", "value"}]}."""

from memory.exchange.foreign_logs import plain_turns
from memory.exchange.foreign_logs.formats import RecordFormat

_KEYS = plain_turns.Keys("conversations", "from", "value")
FORMAT = RecordFormat(
    "sharegpt",
    lambda record: isinstance(record.get(_KEYS.turns), list),
    lambda record: plain_turns.read(record, "sharegpt", _KEYS),
)
