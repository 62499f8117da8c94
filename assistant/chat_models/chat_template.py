"""Messages to token ids, so that no text can pose as a control token.

The model's chat template is rendered once with a placeholder where each message's content belongs. What is around the
placeholders is tokenised with the model's control tokens, the contents by a second tokenizer that knows none of them,
and the two are spliced. A memory that holds `<|im_start|>system` thus stays the text it is. For text without control
tokens the ids are those of transformers' `apply_chat_template` (tests check it for every shipped model).
"""

import json
import subprocess
import sys
from array import array
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from memory.errors import BadInput, ModelDamaged
from prompts.types import ChatMessage

_OPEN, _CLOSE = (
    "\ue0a1",
    "\ue0a2",
)  # private use characters; clean content never holds the pair with a number between


PROBE_TIMEOUT_S = 10.0
KEPT, KEPT_CHARS = 1024, 4_000
"""How many messages are tokenised once, and how long each may be: a history is counted and read at every turn."""


class ChatTemplate:
    """The tokenizer and the chat template of one model folder (Hugging Face layout)."""

    def __init__(self, folder: Path) -> None:
        try:
            definition = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
            self._config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
            self.tokenizer = Tokenizer.from_str(json.dumps(definition))
            self._plain = Tokenizer.from_str(json.dumps(definition | {"added_tokens": [], "post_processor": None}))
            self._template = _environment().from_string(self._template_source(folder))
        except Exception as error:  # tokenizers raises bare Exception
            raise ModelDamaged(f"The tokenizer in {folder} cannot be read. Run `zhiji models verify`.") from error
        for tokenizer in (self.tokenizer, self._plain):
            tokenizer.no_truncation()
            tokenizer.no_padding()
        self._ids_around = lru_cache(KEPT)(
            lambda text: array("i", self.tokenizer.encode(text, add_special_tokens=False).ids)
        )
        self._ids_of = lru_cache(KEPT)(self._plain_ids)

    def encode(self, messages: Sequence[ChatMessage], *, reply: bool = True) -> list[int]:
        """The prompt's token ids, ending where the assistant begins to speak, or without `reply` after the last message."""
        contents = [message.content.strip() for message in messages]
        holders = [f"{_OPEN}{number}{_CLOSE}" for number in range(len(messages))]
        rendered = self._render(
            [{"role": message.role, "content": holder} for message, holder in zip(messages, holders, strict=True)],
            reply,
        )
        ids: list[int] = []
        for holder, content in zip(holders, contents, strict=True):
            around, found, rendered = rendered.partition(holder)
            if not found:
                raise BadInput("This model's chat template leaves out or reorders messages; choose another model.")
            ids += self._ids_around(around)
            ids += self._ids_of(content) if len(content) <= KEPT_CHARS else self._plain_ids(content)
        return ids + list(self._ids_around(rendered))

    def forget(self) -> None:
        """Let go of the messages whose ids are kept."""
        self._ids_of.cache_clear()

    def encode_plain(self, text: str) -> list[int]:
        """The ids of a text alone, none of which is a control token's."""
        return list(self._plain_ids(text))

    def _plain_ids(self, text: str) -> "array[int]":
        return array("i", self._plain.encode(text, add_special_tokens=False).ids)

    def end_ids(self, folder: Path) -> list[int]:
        """The ids that end a reply, as the model folder's configuration names them."""
        ids: set[int] = set()
        for name in ("generation_config.json", "config.json"):
            path = folder / name
            try:
                found = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id") if path.exists() else None
            except ValueError as error:
                raise ModelDamaged(f"{path} cannot be read. Run `zhiji models verify`.") from error
            ids |= set(found if isinstance(found, list) else [found] if isinstance(found, int) else [])
        named = self.tokenizer.token_to_id(self._special("eos_token"))
        if named is not None:
            ids.add(named)
        if not ids:
            raise ModelDamaged(f"The model in {folder} names no token that ends a reply.")
        return sorted(ids)

    def _render(self, messages: list[dict[str, str]], reply: bool) -> str:
        try:
            return self._template.render(
                messages=messages,
                add_generation_prompt=reply,
                bos_token=self._special("bos_token"),
                eos_token=self._special("eos_token"),
                enable_thinking=False,
            )
        except TemplateError as error:
            raise BadInput(f"This model's chat template refuses the conversation: {error}.") from error

    def _special(self, name: str) -> str:
        token = self._config.get(name) or ""
        return str(token["content"] if isinstance(token, dict) else token)

    def _template_source(self, folder: Path) -> str:
        path = folder / "chat_template.jinja"
        if path.exists():
            return path.read_text(encoding="utf-8")
        return str(self._config["chat_template"])


def probe(folder: Path) -> None:
    """Render one message in a child process: the sandbox keeps a template from running code, not from looping for ever.

    For folders that no manifest vouches for. Raises ModelDamaged.
    """
    try:
        subprocess.run(
            [sys.executable, "-m", "assistant.chat_models.chat_template", str(folder)],
            timeout=PROBE_TIMEOUT_S,
            capture_output=True,
            check=True,
            cwd=Path(__file__).parent.parent.parent,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelDamaged(
            f"The chat template in {folder} is not done with one message after {PROBE_TIMEOUT_S:.0f} s. "
            "Get the model from somebody you trust."
        ) from error
    except subprocess.CalledProcessError as error:
        raise ModelDamaged(
            f"The tokenizer or the chat template in {folder} cannot be used with one message."
        ) from error


def _environment() -> ImmutableSandboxedEnvironment:
    """The environment chat templates are written for, as in transformers' `chat_template_utils`."""

    def raise_exception(message: str) -> NoReturn:
        raise TemplateError(message)

    def tojson(value: Any, **options: Any) -> str:
        return json.dumps(value, ensure_ascii=False, **options)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda format: datetime.now().astimezone().strftime(format)
    return environment


if __name__ == "__main__":
    ChatTemplate(Path(sys.argv[1])).encode([ChatMessage("user", "Hello")])
