"""The formats that are known, in the order in which they are tried. A new one is a file beside this one and a line here."""

from memory.exchange.foreign_logs import (
    chatgpt,
    claude,
    gemini,
    json_records,
    librechat,
    openai,
    openwebui,
    sharegpt,
    sillytavern,
    table,
    telegram,
    whatsapp,
    zhiji,
)

RECORDS = (chatgpt.FORMAT, claude.FORMAT, openwebui.FORMAT, librechat.FORMAT, openai.FORMAT, sharegpt.FORMAT)
"""Those whose conversations are JSON objects."""
FILES = (
    zhiji.FORMAT, telegram.FORMAT, sillytavern.FORMAT, gemini.FORMAT, whatsapp.FORMAT, json_records.of(RECORDS), table.FORMAT,
)  # fmt: skip
"""Those that read a file; the last takes any."""
