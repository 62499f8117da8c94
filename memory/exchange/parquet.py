"""A conversation log as a Parquet table (https://parquet.apache.org), for pandas, DuckDB or `datasets`: a row for each
message of every branch. Needs the extra `parquet`."""

import json
from collections.abc import Iterator
from typing import IO, Any

from memory.errors import BadInput
from memory.exchange.log import Log

ROWS = 5_000
"""In a group: what is held at once."""
_TEXTS = (
    "conversation_id",
    "title",
    "message_id",
    "parent_id",
    "role",
    "text",
    "status",
    "model",
    "sampling",
    "prompt_id",
    "plan",
)


def write(file: IO[bytes], logs: Iterator[Log]) -> int:
    """Write the table to a file and return its rows. Raises BadInput without pyarrow."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise BadInput("parquet needs pyarrow. Run: pip install 'zhiji[parquet]'") from error
    time, text = pa.timestamp("us", "UTC"), pa.string()
    schema = pa.schema(
        [
            *((name, text) for name in _TEXTS),
            *((name, time) for name in ("occurred_at", "recorded_at")),
            ("shown", pa.bool_()),
            ("rating", pa.int8()),
            *((name, text) for name in ("reason", "corrected", "recalled", "facts_used")),
        ]
    )
    written = 0
    with pq.ParquetWriter(file, schema, compression="zstd") as table:
        rows: list[dict[str, Any]] = []
        for log in logs:
            rows += _rows(log)
            if len(rows) >= ROWS:
                table.write_table(pa.Table.from_pylist(rows, schema))
                written, rows = written + len(rows), []
        table.write_table(pa.Table.from_pylist(rows, schema))
    return written + len(rows)


def _rows(log: Log) -> Iterator[dict[str, Any]]:
    shown = {row.id for row in log.shown}
    for row in log.messages.values():
        given = log.feedback.get(row.id)
        yield {
            "conversation_id": row.conversation_id,
            "title": log.conversation.title,
            "message_id": row.id,
            "parent_id": row.parent_id,
            "role": row.role,
            "text": row.text,
            "status": row.status,
            "model": row.model,
            "sampling": row.sampling,
            "prompt_id": row.prompt_id,
            "plan": row.plan,
            "occurred_at": row.occurred_at,
            "recorded_at": row.recorded_at,
            "shown": row.id in shown,
            "rating": given and given.rating,
            "reason": given and given.reason,
            "corrected": given and given.corrected,
            "recalled": json.dumps([recall.memory_id for recall in log.recalled.get(row.id, ())]),
            "facts_used": json.dumps(list(log.facts_used.get(row.id, ()))),
        }
