"""Every setting, in one place. A flag wins over the environment (`ZHIJI_*`), that over `.env`, that over the TOML file.

The TOML file is `zhiji.toml` in the user's configuration folder (`zhiji config path`), or where ZHIJI_CONFIG points.
"""

import io
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from platformdirs import user_config_path, user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.chat_models.base import Sampling
from memory.errors import BadInput, ConfigError
from memory.language import encodings


def config_path() -> Path:
    return Path(os.environ.get("ZHIJI_CONFIG") or user_config_path("zhiji") / "zhiji.toml")


class _Toml(TomlConfigSettingsSource):
    """In whatever encoding an editor saved it; what is wrong with it names the file."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        try:
            return tomllib.loads(encodings.decode(file_path.read_bytes()))
        except (OSError, tomllib.TOMLDecodeError, BadInput) as error:
            raise ConfigError(f"{file_path} cannot be read: {error}") from error


class _Dotenv(DotEnvSettingsSource):
    """As `_Toml`."""

    def _read_env_file(self, file_path: Path) -> Mapping[str, str | None]:
        try:
            text = encodings.decode(file_path.read_bytes())
        except (OSError, BadInput) as error:
            raise ConfigError(f"{file_path} cannot be read: {error}") from error
        values = dotenv_values(stream=io.StringIO(text))
        return {name if self.case_sensitive else name.lower(): value for name, value in values.items()}


class Settings(BaseSettings):
    """See each field's description; `zhiji config show` prints them with their values."""

    model_config = SettingsConfigDict(env_prefix="ZHIJI_", extra="ignore", frozen=True)

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("zhiji"), description="The folder that holds everything remembered."
    )
    passphrase: SecretStr | None = Field(
        default=None, description="The passphrase of an encrypted data folder; in a terminal, Zhiji asks for it."
    )
    models_dir: Path = Field(
        default_factory=lambda: user_data_path("zhiji-models"), description="The folder that holds the model weights."
    )
    user: str = Field(default="me", description="The user whose assistant the commands open.")
    model: str = Field(
        default="auto",
        description="auto, a name from the catalog, a folder, a .gguf file, a hub id, or http(s)://host/v1.",
    )
    embedder: str = Field(
        default="auto",
        description="auto (the multilingual one, or the English one if only that is here), a name from the catalog, or a "
        "sentence-transformers folder.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="What the chat model runs on.")
    engine: Literal["auto", "openvino", "ctranslate2", "transformers"] = Field(
        default="auto", description="What runs the chat model on a CPU; auto: the fastest in the self-test."
    )
    cache_mb: int = Field(
        default=512, ge=0, description="The most memory, in MB, for conversations the model has read; 0 keeps nothing."
    )
    threads: int = Field(default=0, ge=0, le=256, description="CPU threads for the models; 0 means one per core.")
    server_model: str | None = Field(default=None, description="Which model to ask an OpenAI-compatible server for.")
    server_key: SecretStr | None = Field(default=None, description="The API key of that server.")
    server_timeout_s: float = Field(default=60, gt=0, description="How many seconds to wait for that server each time.")
    language: Literal["auto", "en", "zh"] = Field(
        default="auto", description="The language of the prompt; auto follows the message."
    )
    context_tokens: int = Field(
        default=4096,
        ge=256,
        description="The most tokens in prompt and reply together, if the model can take that many.",
    )
    reply_tokens: int = Field(default=512, ge=1, description="The most tokens in a reply.")
    temperature: float = Field(
        default=0.3, ge=0, le=2, description="How freely words are chosen; 0 always takes the likeliest word."
    )
    top_k: int = Field(default=40, ge=0, description="Consider only the k likeliest words; 0 means all.")
    top_p: float = Field(
        default=0.9, gt=0, le=1, description="Consider only the likeliest words that together have this probability."
    )
    repetition_penalty: float = Field(
        default=1.1, ge=1, le=2, description="Above 1, words already used become less likely."
    )
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="The same seed gives the same reply.")
    grounded: bool = Field(
        default=True,
        description="Whether code answers what the store knows and checks what the model writes; else the model answers all.",
    )
    recall_k: int = Field(default=8, ge=0, le=50, description="The most memories in a prompt; 0 recalls none.")
    recall_floor: float = Field(
        default=0.01, ge=0, le=1, description="How likely a memory must be to matter before it is recalled."
    )
    profile_tokens: int = Field(default=400, ge=0, description="The most tokens of a prompt that the profile may take.")
    learn: bool = Field(default=True, description="Whether the profile learns from what you say.")
    reader: bool = Field(
        default=True,
        description="Whether a small encoder, if it is here, hears facts beside the rules; else rules alone.",
    )
    interest_half_life_days: float = Field(
        default=90, gt=0, description="After this many days without a mention, an interest counts half."
    )
    learn_with_model: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Whether the chat model proposes facts after a reply; auto: only if it was measured to be good at it.",
    )
    exact_up_to: int = Field(
        default=2_000, ge=0, description="Up to this many memories, vectors are compared one by one, without an index."
    )
    backup_dir: Path | None = Field(
        default=None, description="The folder for automatic backups; without it there are none."
    )
    backup_hours: float = Field(
        default=24,
        gt=0,
        le=8760,
        description="How many hours old the newest backup may become before the next is made.",
    )
    backup_keep: int = Field(default=7, ge=1, description="How many automatic backups are kept.")
    max_message_chars: int = Field(default=20_000, ge=1, description="The longest message that is accepted.")
    log_file: Path | None = Field(
        default=None,
        description="The file for the log, one JSON object a line: ids, sizes and seconds, never text.",
    )
    silence_s: float = Field(
        default=300, gt=0, description="After this many seconds without a word from the model, a reply is given up."
    )
    slow_turn_s: float = Field(
        default=10,
        gt=0,
        description="Turns that take this many seconds are shown on /traces, with what they spent the time on.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="The address the browser app listens on; on any but 127.0.0.1 everybody must log in.",
    )
    proxy: str | None = Field(
        default=None, description="The address of the TLS proxy in front of Zhiji, whose X-Forwarded headers it trusts."
    )
    root_path: str = Field(
        default="",
        pattern=r"^(?:/[A-Za-z0-9._~-]+)*/?$",
        description='The path that the browser app has behind a proxy, such as "/zhiji".',
    )
    port: int = Field(
        default=7860, ge=0, le=65535, description="The port the browser app listens on; 0 takes any free one."
    )

    @field_validator("data_dir", "models_dir", "backup_dir", "log_file", mode="before")
    @classmethod
    def _not_empty(cls, path: object) -> object:
        if path == "":
            raise ValueError("is empty; name one or leave it out")
        return path

    @field_validator("root_path")
    @classmethod
    def _no_slash_at_its_end(cls, path: str) -> str:
        return path.rstrip("/")

    @field_validator("data_dir", "models_dir", "backup_dir", "log_file")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        return path and path.expanduser().absolute()

    @property
    def server(self) -> str:
        """The address of the server that the replies come from; empty if they are made here."""
        return self.model if self.model.startswith(("http://", "https://")) else ""

    def sampling(self) -> Sampling:
        return Sampling(
            temperature=self.temperature,
            top_k=self.top_k,
            top_p=self.top_p,
            repetition_penalty=self.repetition_penalty,
            seed=self.seed,
            max_new_tokens=self.reply_tokens,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, _Dotenv(settings_cls, env_file=".env"), _Toml(settings_cls, config_path())


def read_settings(**flags: object) -> Settings:
    """The settings with these flags on top (`None` means not given). Raises ConfigError that names what is wrong."""
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"A setting is wrong: {problems}. `zhiji config show` lists them all.") from error
    except ValueError as error:  # a TOML file that cannot be read
        raise ConfigError(f"{config_path()} cannot be read: {error}.") from error
