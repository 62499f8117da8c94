"""The formats that are known, in the order in which they are tried. A new one is a file beside this one and a line here."""

from memory.exchange.foreign_logs import chatgpt, claude, json_records, openai, sharegpt, table, zhiji

RECORDS = (chatgpt.FORMAT, claude.FORMAT, openai.FORMAT, sharegpt.FORMAT)
"""Those whose conversations are JSON objects."""
FILES = (zhiji.FORMAT, json_records.of(RECORDS), table.FORMAT)
"""Those that read a file; the last takes any."""
