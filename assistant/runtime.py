"""What is loaded once and shared: settings, the store, the chat model, the embedder. Nothing loads before it is needed."""

import atexit
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from types import TracebackType
from typing import Literal

from sqlmodel import col, select

from assistant import catalog
from assistant.backups import Backups
from assistant.chat_models import registry
from assistant.chat_models.base import CachingModel, ChatModel
from assistant.downloads import Report
from assistant.embedder import load_embedder
from assistant.engine import Assistant
from assistant.events import Reply
from assistant.expiry import Expiry
from assistant.learning import Learner
from assistant.modelstore import ModelStore
from assistant.settings import Settings
from assistant.talk.loading import load
from assistant.traces import Traces
from assistant.turns import Turns
from memory.errors import BadInput, DatabaseDamaged, ZhijiError
from memory.facts.hearing import Hearing
from memory.facts.reader import Reader
from memory.profile import Profile
from memory.search.embedders import Embedder
from memory.storage import backup, encryption
from memory.storage.data_folder import DATABASE
from memory.storage.tables import MetaRow, UserRow
from memory.store import Store
from memory.types import Message

_SPEED = "speed "
CLOSING_S = 3.0
"""How long `close` waits for replies to be stored; one whose reader has gone to sleep is not waited for longer."""

Stage = Literal["idle", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Status:
    """How far the chat model is; `trouble` says what is wrong with it, with the search or with the backups, if anything.

    `degraded` is the part of it that concerns the search, which then goes on without its index or its embedder.
    """

    model: Stage
    model_name: str | None
    trouble: str | None
    degraded: str | None = None


class Runtime:
    """Shared by all users of a process; `with Runtime(settings) as runtime:` closes it. Parts load when first used.

    `model` and `embedder` replace what the settings name: pass your own object that fits the seam. With `asks_first` a new
    user is asked what may be remembered before anything is (see `Assistant.consents`); without it your program has asked.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        model: ChatModel | None = None,
        embedder: Embedder | None = None,
        asks_first: bool = False,
        report: Report = lambda *_: None,
    ) -> None:
        self._settings = settings or Settings()
        self._report = report
        self._given_model = model is not None
        self._given_embedder = embedder
        self._asks_first = asks_first
        self._model = model
        self._stage: Stage = "ready" if model else "idle"
        self._trouble: str | None = None
        self._loading = threading.Lock()
        self._opening = threading.Lock()
        self._store: Store | None = None
        self._hearing = Hearing(lambda: load_reader(self.settings) if self._settings.reader else None)
        self._backups: Backups | None = None
        self._expiry: Expiry | None = None
        self._closed = False
        self._preloading: threading.Thread | None = None
        self._turns = threading.Condition()
        self._answering: dict[str, threading.Event] = {}
        self.turns = Turns(getattr(model, "at_once", 1))
        """Who is served next."""
        self.traces = Traces(self._settings.slow_turn_s)
        """What turns spent their time on."""
        self.learner = Learner(lambda: self.model)
        """Proposes facts while nobody is being answered; `learner.wait()` waits for it."""

    @property
    def settings(self) -> Settings:
        return self._settings

    def assistant(self, user: str) -> Assistant:
        """The assistant of one user, made on first use. Raises BadInput for a name that cannot be one."""
        return Assistant(user, self)

    @property
    def store(self) -> Store:
        with self._opening:
            if self._store is None:
                settings = self.settings
                if settings.passphrase is not None:
                    encryption.unlock(settings.data_dir / DATABASE, settings.passphrase.get_secret_value())
                try:
                    self._store = Store(
                        settings.data_dir,
                        self._load_embedder,
                        exact_up_to=settings.exact_up_to,
                        asks_first=self._asks_first,
                        when_erased=self._forget_read,
                        hear=self._hearing,
                    )
                except DatabaseDamaged as error:
                    taken = backup.taken(settings.backup_dir, settings.data_dir) if settings.backup_dir else []
                    raise DatabaseDamaged(f"{error} The newest: {taken[-1]}" if taken else str(error)) from error
                self._expiry = Expiry(self._everyone)
                if settings.backup_dir is not None:
                    self._backups = Backups(
                        settings.data_dir, settings.backup_dir, hours=settings.backup_hours, keep=settings.backup_keep
                    )
            return self._store

    @property
    def model(self) -> ChatModel:
        """The chat model; whoever asks first loads it, others wait. Raises ModelError."""
        with self._loading:
            if self._model is None:
                self._stage = "loading"
                try:
                    self._model = registry.load(self.settings, self._report)
                except BaseException as error:
                    known = isinstance(error, ZhijiError)
                    self._stage = "failed"
                    self._trouble = str(error) if known else f"The model cannot be loaded ({type(error).__name__})."
                    raise
                self._stage, self._trouble = "ready", None
                self.turns.at_once = getattr(self._model, "at_once", 1)
            return self._model

    @property
    def loaded(self) -> ChatModel | None:
        """The chat model, if it is loaded and not being closed."""
        return None if self._closed else self._model

    def use_model(self, name: str, user: str | None = None) -> None:
        """Load another chat model of the catalog in the place of this one, in the background; replies being written are
        stopped, and what was said is kept. Raises BadInput or ModelMissing, and then nothing changes."""
        if name not in catalog.entries() or catalog.find(name).kind != "chat":
            raise BadInput(f"There is no chat model {name[:40]!r} in the catalog.")
        ModelStore(self.settings.models_dir).path(name, "source")
        with self._loading:
            before, self._model = self._model, None
            self._settings = self.settings.model_copy(update={"model": name})
            self._stage, self._trouble, self._given_model = "idle", None, False
            self.__dict__.pop("_model_learns", None)
        with self._turns:
            for stop in self._answering.values():
                stop.set()
        if before is not None:
            before.close()
        self.preload(user)

    def _forget_read(self, user: str) -> None:
        """Let the model let go of what it keeps of a user's prompts."""
        model = self._model
        if isinstance(model, CachingModel):
            model.forget(user)

    def speeds(self) -> Mapping[str, float]:
        """Tokens a second of each chat model that has answered on this machine, as last measured."""
        with self.store.database.read() as session:
            rows = session.exec(select(MetaRow).where(col(MetaRow.key).startswith(_SPEED, autoescape=True)))
            return {row.key.removeprefix(_SPEED): float(row.value) for row in rows}

    def note_speed(self, user: str, reply: Reply) -> None:
        """Keep how fast a user's reply came, if they allow that and it was long enough to tell."""
        seconds = reply.usage.total_s - reply.usage.first_token_s
        if reply.usage.reply_tokens < 20 or seconds <= 0 or self._model is None:
            return
        if not self.assistant(user).consents.granted("statistics"):
            return
        speed = MetaRow(key=_SPEED + self._model.name, value=f"{reply.usage.reply_tokens / seconds:.1f}")
        with self.store.database.write() as session:
            session.merge(speed)

    def preload(self, user: str | None = None) -> threading.Thread:
        """Load everything in the background, in the order a first turn needs it; then let the model read what the prompt of
        a new conversation of `user` begins with."""

        def load_all() -> None:
            parts: list[Callable[[], object]] = [
                self._warm_embedder, lambda: self._hearing.reader, lambda: self.model, load,
            ]  # fmt: skip
            if user:
                parts.append(lambda: self.assistant(user).warm())
            for part in parts:
                try:
                    part()
                except ZhijiError:
                    pass  # `status` tells, and the turn that needs it raises it again

        self._preloading = threading.Thread(target=load_all, name="zhiji-preload", daemon=True)
        self._preloading.start()
        return self._preloading

    @contextmanager
    def answering(self, conversation_id: str, stop: threading.Event) -> Iterator[None]:
        """Marks a conversation as being answered, until the end of the block; `close` sets `stop`. Raises BadInput if one is
        being written in it already: two at once would be two branches."""
        with self._turns:
            if conversation_id in self._answering:
                raise BadInput("A reply is being written in this conversation. Wait for it, or stop it.")
            self._answering[conversation_id] = stop
        try:
            with self.learner.pause():
                yield
        finally:
            with self._turns:
                self._answering.pop(conversation_id, None)
                self._turns.notify_all()

    def learn_later(self, profile: Profile, message: Message) -> None:
        """Let the chat model propose what to note of a message, when there is time and if it is good enough at it."""
        try:
            learns = self._model_learns
        except ZhijiError:  # the model of the settings is not to be had; whoever talks to it is told
            return
        if learns:
            self.learner.later(profile, message)

    @cached_property
    def _model_learns(self) -> bool:
        if self._given_model and self.settings.learn_with_model == "auto":
            return False  # nobody has measured it
        return registry.learns(self.settings)

    @property
    def status(self) -> Status:
        degraded = self._store.indexer.trouble if self._store else None
        trouble = self._trouble or degraded or (self._backups.trouble if self._backups else None)
        stage = self._stage
        if stage == "ready" and self.turns.silent_s > self.settings.silence_s:
            stage, trouble = "failed", "The model does not answer any more. Start Zhiji anew."
        return Status(stage, self._model.name if self._model else None, trouble, degraded)

    def close(self) -> None:
        """Stop and store the replies being written, and give everything back. Does nothing the second time."""
        if self._closed:
            return
        self._closed = True
        if self._preloading is not None:
            self._preloading.join()  # a thread in native code when Python ends would abort the process
        with self._turns:
            for stop in self._answering.values():
                stop.set()
            self._turns.wait_for(lambda: not self._answering, CLOSING_S)
        self.learner.close()
        if self._model is not None:
            self._model.close()
        if self._expiry is not None:
            self._expiry.close()
        if self._backups is not None:
            self._backups.close()
        if self._store is not None:
            self._store.close()
        self._hearing.close()

    def __enter__(self) -> "Runtime":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _everyone(self) -> Iterator[Assistant]:
        with self.store.database.read() as session:
            names = list(session.exec(select(UserRow.name)))
        return (Assistant(name, self) for name in names)

    def _warm_embedder(self) -> None:
        self.store.embedder.embed(["warm"])

    def _load_embedder(self) -> Embedder:
        return self._given_embedder or load_embedder(self.settings)


def load_reader(settings: Settings) -> Reader:
    """What hears facts beside the rules, made of the encoder that was fetched for it. Raises ModelMissing."""
    return Reader(ModelStore(settings.models_dir).reader(catalog.find(catalog.READER)))


@cache
def default_runtime() -> Runtime:
    """The runtime behind `Assistant("mei")`: one a process, closed when the process ends."""
    from assistant.settings import read_settings

    runtime = Runtime(read_settings())
    atexit.register(runtime.close)
    return runtime
