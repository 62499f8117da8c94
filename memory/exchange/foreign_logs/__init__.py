"""Conversation logs of others and our own, read into one shape: `read` gives `Talk`s of `Said`s.

    chatgpt, claude    their `conversations.json`, or the zip it comes in
    zhiji              our own `jsonl` (see `memory.exchange.log_export`), with all that it holds
    sharegpt           a JSON list, or a line each, of {"conversations": [{"from": "human" | "gpt", "value"}]}
    openai             the same of {"messages": [{"role", "content"}]}
    librechat, openwebui, sillytavern, gemini, telegram, whatsapp    their exports of one chat or of all
    csv                columns role and text, and if there are such time, conversation_id, title; our own csv too

What is not a text of the user or the assistant (tools, pictures, system prompts) is left out; what follows it is joined to
what came before it. Each format is a file here and a line in `known_formats`.
"""

from memory.exchange.foreign_logs.detection import read
from memory.exchange.foreign_logs.known import Known
from memory.exchange.foreign_logs.talk import Rated, Refused, Said, Talk

__all__ = ["Known", "Rated", "Refused", "Said", "Talk", "read"]
