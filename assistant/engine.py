"""One user's assistant. A turn is one straight line:

    say ── recall ── build ── log, learn ── generate ── log

The message is checked and its prompt built before anything is written; the message is on the disk, and what it says of
the user in the profile, before the model begins, and the reply before `Done`. Stopped or failed replies keep what had
been said and are marked so.
"""

import json
import logging
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Protocol, Unpack

from assistant.chat_models.base import CachingModel, ChatModel, Sampling
from assistant.events import Event, Reply
from assistant.preferences import UserPreferences
from assistant.recall import recall
from assistant.settings import Settings
from assistant.temporary import TemporaryChat
from assistant.traces import Stopwatch, Traces
from assistant.turn import Turn, last_reply
from assistant.turns import Turns
from memory import retention
from memory.access.api_keys import ApiKeys
from memory.conversations import Begun, Conversations, NewMessage
from memory.documents import Documents
from memory.erasure import Erasures
from memory.errors import BadInput, ZhijiError
from memory.exchange import log_export
from memory.exchange.anonymous_log import AnonymousLog
from memory.exchange.log import Only, Progress
from memory.exchange.log_import import Report
from memory.facts import portrait
from memory.feedback import Feedbacks
from memory.language import secrets
from memory.language.extraction import asks_not_to_be_remembered
from memory.language.text import clean_text, is_chinese
from memory.memories import Memories
from memory.privacy.consent import Consents
from memory.profile import Profile
from memory.retention import Ages
from memory.store import Store
from memory.types import Conversation, ExportFormat, Fact, Message, MessageStatus
from prompts import history as prompt_history
from prompts.builder import Material, build, prefix
from prompts.types import ChatMessage, Language

log = logging.getLogger("zhiji.engine")

HISTORY_SHARE = 0.5
"""Of the tokens a prompt may have, those for the conversation so far; the rest is for the profile, what is recalled and the
message."""
STYLE_MESSAGES = 50
"""How many of their latest messages tell how a user writes now."""


class Shared(Protocol):
    """What an assistant needs of its runtime (see `assistant.runtime.Runtime`)."""

    @property
    def settings(self) -> Settings: ...
    @property
    def store(self) -> Store: ...
    @property
    def model(self) -> ChatModel: ...
    def answering(self, conversation_id: str, stop: threading.Event) -> AbstractContextManager[None]: ...
    def learn_later(self, profile: Profile, message: Message) -> None: ...
    @property
    def loaded(self) -> ChatModel | None: ...
    @property
    def turns(self) -> Turns: ...
    @property
    def traces(self) -> Traces: ...


class Assistant:
    """`Assistant("mei")` opens a runtime of its own with the default settings; `runtime.assistant("mei")` shares one.

    Safe to use from several threads; turns take their turn at the model.
    """

    def __init__(self, user: str, runtime: Shared | None = None) -> None:
        if runtime is None:
            from assistant.runtime import default_runtime  # which imports this module

            runtime = default_runtime()
        self._runtime = runtime
        self._user = runtime.store.user(user)
        self.user = self._user.name
        self.memories = Memories(runtime.store, self._user)
        self.profile = Profile(runtime.store, self._user, half_life_days=runtime.settings.interest_half_life_days)
        self.conversations = Conversations(runtime.store, self._user)
        self.documents = Documents(runtime.store, self._user)
        self.feedback = Feedbacks(runtime.store, self._user)
        self.preferences = UserPreferences(runtime.store, self._user)
        self.consents = Consents(runtime.store.database, self._user.id)
        self.erasures = Erasures(runtime.store, self._user)
        self.keys = ApiKeys(runtime.store.database, self._user)

    def chat(
        self,
        text: str,
        *,
        conversation_id: str | None = None,
        sampling: Sampling | None = None,
        remember: bool | None = None,
    ) -> Reply:
        """Say something and wait for the whole reply. `None` begins a conversation; pass the reply's id to go on."""
        return last_reply(self.stream(text, conversation_id=conversation_id, sampling=sampling, remember=remember))

    def stream(
        self,
        text: str,
        *,
        conversation_id: str | None = None,
        sampling: Sampling | None = None,
        stop: threading.Event | None = None,
        remember: bool | None = None,
        recall: bool | None = None,
    ) -> Iterator[Event]:
        """Say something and get Recalled, Waiting while others are served, TextDelta as they come, Learned if there is
        anything, then Done.

        Setting `stop`, or closing the iterator, ends the reply within one token and keeps what was said. `remember` and
        `recall` are for a conversation that begins: whether it is remembered and learned from (default: as far as the user
        lets it, see `consents`), and whether what is remembered is used in it (default: the user's preference);
        `conversations.remember` and `.recall` change it. Raises BadInput, NotFound and PromptTooLong before anything is
        written; ModelError when the model fails.
        """
        with ExitStack() as marked:
            stop = stop or threading.Event()
            if conversation_id:
                marked.enter_context(self._runtime.answering(conversation_id, stop))
            conversation = self.conversations.get(conversation_id, bare=True) if conversation_id else None
            chosen = self.preferences.get()
            begun = Begun(
                conversation.remembers if conversation else remember is not False,
                conversation.recalls if conversation else chosen.recalls if recall is None else recall,
            )
            history = conversation.messages if conversation else ()
            turn, said = self._ask(text, conversation, history, begun, sampling, stop)
            if not conversation_id:
                marked.enter_context(self._runtime.answering(said.conversation_id, stop))
            yield from self._answer(turn, said)

    def edit(
        self, message_id: str, text: str, *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """Say something else in the place of a message of the user's, and get the events of a turn. The earlier version
        and what followed it stay in the log, in a branch that `conversations.show` shows; it is no longer remembered."""
        conversation_id = self.conversations.holding([message_id]).get(message_id, "")
        stop = stop or threading.Event()
        with self._runtime.answering(conversation_id or message_id, stop):
            conversation = self.conversations.get(conversation_id, bare=True)
            ids = [message.id for message in conversation.messages]
            if message_id not in ids or conversation.messages[ids.index(message_id)].role != "user":
                raise BadInput("Only a message of yours that is shown can be edited.")
            begun = Begun(conversation.remembers, conversation.recalls)
            before = conversation.messages[: ids.index(message_id)]
            turn, said = self._ask(text, conversation, before, begun, sampling, stop, instead_of=message_id)
            yield from self._answer(turn, said)

    def _ask(
        self,
        text: str,
        conversation: Conversation | None,
        history: Sequence[Message],
        begun: Begun,
        sampling: Sampling | None,
        stop: threading.Event,
        instead_of: str | None = None,
    ) -> tuple[Turn, Message]:
        """Everything before the model: the message is checked, its prompt built, then it is logged and learned from."""
        text = clean_text(text, max_chars=self._runtime.settings.max_message_chars)
        also = [instead_of] if instead_of else []
        turn = self._prepare(text, history, sampling, stop, also=also, recalls=begun.recalls)
        parent = history[-1] if history else None
        said = self.conversations.log(
            conversation.id if conversation else None,
            NewMessage("user", text, parent_id=parent.id if parent else None, instead_of=instead_of),
            remembered=turn.remembered,
            remembers=begun.remembers,
            recalls=begun.recalls,
        )
        turn.watch.lap("store")
        if turn.remembered and begun.remembers:
            turn.withheld = tuple(dict.fromkeys(secret.kind for secret in secrets.find(text)))
            turn.learned = self._learn(said, parent)
            turn.leave_out({fact.id for fact in turn.learned if fact.status != "active"})
            turn.proposes = self._learns
        turn.watch.lap("learn")
        return turn, said

    def regenerate(
        self, conversation_id: str, *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """Answer the conversation's last message again; the earlier reply stays in the log as another branch."""
        stop = stop or threading.Event()
        with self._runtime.answering(conversation_id, stop):
            conversation = self.conversations.get(conversation_id, bare=True)
            branch = list(conversation.messages)
            while branch and branch[-1].role == "assistant":
                branch.pop()
            if not branch or not branch[-1].text:
                raise BadInput("There is nothing to answer in this conversation. Send a message first.")
            said = branch[-1]
            turn = self._prepare(said.text, branch[:-1], sampling, stop, also=[said.id], recalls=conversation.recalls)
            yield from self._answer(turn, said)

    def temporary(self, *, recall: bool = False) -> TemporaryChat:
        """A chat that stores nothing and, unless `recall`, uses nothing that is remembered."""
        return TemporaryChat(self, recall=recall)

    def export(
        self,
        path: Path | str,
        format: ExportFormat = "jsonl",
        progress: Progress | None = None,
        *,
        anonymous: bool = False,
        plain: bool = False,
        **only: Unpack[Only],
    ) -> int:
        """As `conversations.export`: the conversation log, or a part of it, written to `path`; `anonymous`: with pseudonyms
        for people, addresses and numbers (see `memory.exchange.anonymise`); `plain`: in the clear though the data is
        encrypted."""
        return self.conversations.export(path, format, progress, self._hidden(anonymous), plain=plain, **only)

    def export_lines(
        self,
        format: ExportFormat = "jsonl",
        progress: Progress | None = None,
        *,
        anonymous: bool = False,
        **only: Unpack[Only],
    ) -> Iterator[str]:
        """What `export` writes, in pieces."""
        database = self._runtime.store.database
        return log_export.lines(database, self._user, format, progress, self._hidden(anonymous), **only)

    def _hidden(self, anonymous: bool) -> AnonymousLog | None:
        return AnonymousLog(self._runtime.store.database, self._user) if anonymous else None

    def import_(
        self,
        log: bytes | IO[bytes],
        *,
        dry_run: bool = False,
        remember: bool = True,
        learn: bool = True,
        progress: Progress | None = None,
    ) -> Report:
        """As `conversations.import_`; the profile learns from it only if it learns at all (settings, preferences)."""
        learn = learn and self._learns
        return self.conversations.import_(log, dry_run=dry_run, remember=remember, learn=learn, progress=progress)

    def expire(self, ages: Ages | None = None, *, preview: bool = False) -> Mapping[str, int]:
        """Erase what is older than it is to be kept (`None`: by the user's preferences), or only say how many of what. The
        runtime does it by itself once an hour."""
        how = retention.preview if preview else retention.expire
        return how(self._runtime.store, self._user, self.preferences.get().ages() if ages is None else ages)

    def erase(self) -> None:
        """Erase everything of this user's: conversations, memories, profile, documents, feedback, preferences. It is gone
        from the files when this returns, or, if that takes over a minute, soon after."""
        self._runtime.store.erase(self._user)
        self._runtime.store.flush()

    @property
    def _learns(self) -> bool:
        return self._runtime.settings.learn and self.consents.granted("profile")

    def _prepare(
        self,
        text: str,
        history: Sequence[Message],
        sampling: Sampling | None,
        stop: threading.Event,
        *,
        also: Collection[str] = (),
        recalls: bool = True,
    ) -> Turn:
        """Recall and build: everything before the model, and nothing written."""
        watch = Stopwatch()
        said = [ChatMessage(message.role, message.text) for message in history]
        begin = self._begin(said, self._runtime.model)
        material = self._material(text, said[begin:])
        if recalls:
            exclude = {message.id for message in history[begin:]} | set(also)
            material = self._with_memory(self._with_manner(material), exclude)
        watch.lap("recall")
        turn = self._turn(material, sampling, stop, watch)
        turn.heard = [message.id for message in history[begin:] if message.text]
        return turn

    def warm(self, conversation_id: str | None = None) -> None:
        """Let the model read, when nobody waits, what the next prompt of a conversation will begin with (`None`: of a new
        one), so that its answer begins sooner. Does nothing where the model cannot keep it, or is not loaded."""
        model = self._runtime.loaded
        if model is None or not isinstance(model, CachingModel) or not self._runtime.settings.cache_mb:
            return
        conversation = self.conversations.get(conversation_id, bare=True) if conversation_id else None
        recalls = conversation.recalls if conversation else self.preferences.get().recalls
        history = [ChatMessage(message.role, message.text) for message in conversation.messages] if conversation else []
        asked = next((said.content for said in reversed(history) if said.role == "user"), "")
        if not history:  # what they wrote in last tells the language they will write in
            asked = next((found.title for found in self.conversations.list(limit=1)), "")
        material = self._material(asked, history)
        if recalls:
            material = self._with_facts(self._with_manner(material))
        for ahead in (False, True) if history else (False,):
            begin = self._begin(history, model, ahead=ahead)
            if ahead and begin == len(history):
                break
            shown = replace(material, history=history[begin:])
            messages = prefix(shown, model.count_tokens, self._room(model)[1])
            model.conversation(self.user, conversation_id or "").warm(messages, ahead=ahead)

    def _begin(self, history: Sequence[ChatMessage], model: ChatModel, *, ahead: bool = False) -> int:
        """Which message is the first that the prompt shows."""
        fits = self._room(model)[1]
        return prompt_history.shown(history, int(fits * HISTORY_SHARE), model.count_tokens, ahead=ahead)

    def _room(self, model: ChatModel, sampling: Sampling | None = None) -> tuple[Sampling, int]:
        """How to write, and how many tokens the prompt may have beside the reply."""
        sampling = sampling or self.preferences.get().sampling(self._runtime.settings.sampling())
        return sampling, model.context_length - max(64, min(sampling.max_new_tokens, model.context_length // 4))

    def _with_manner(self, material: Material) -> Material:
        if not self.consents.granted("profile"):
            return material
        return replace(material, manner=portrait.manner(self.profile.style(messages=STYLE_MESSAGES), material.language))

    def _with_facts(self, material: Material) -> Material:
        """The facts worth most, whatever the message: they stand at the prompt's beginning, which is to stay the same. Of a
        profile too large for that, also those that concern the message."""
        tokens, facts = self._runtime.settings.profile_tokens, self.profile.facts()
        always = self._worth(facts, tokens, material)
        if len(always) == len(facts):
            return replace(material, facts=always)
        always = self._worth(facts, tokens * 3 // 4, material)
        known = {fact.id for fact in always}
        others = portrait.concerning([fact for fact in facts if fact.id not in known], material.message)
        return replace(material, facts=always, relevant=self._worth(others, tokens // 4, material))

    def _worth(self, facts: Sequence[Fact], tokens: int, material: Material) -> Sequence[Fact]:
        now = datetime.now(UTC)
        return portrait.select(facts, None, tokens, material.language, now, portrait.estimate_tokens)

    def _material(self, text: str, history: Sequence[ChatMessage]) -> Material:
        chosen = self.preferences.get()
        return Material(
            message=text,
            language=self._language(text),
            today=datetime.now(chosen.zone()).date(),
            user=self.user,
            history=history,
            persona=chosen.persona,
            instructions=chosen.instructions,
            zone=chosen.zone(),
        )

    def _with_memory(self, material: Material, exclude_messages: Collection[str] = ()) -> Material:
        settings, text = self._runtime.settings, material.message
        hits = recall(
            self.memories,
            text,
            k=settings.recall_k,
            floor=settings.recall_floor,
            exclude_messages=exclude_messages,
            at=datetime.now(material.zone),
        )
        return replace(self._with_facts(material), recalled=hits)

    def _turn(self, material: Material, sampling: Sampling | None, stop: threading.Event, watch: Stopwatch) -> Turn:
        model = self._runtime.model
        sampling, fits = self._room(model, sampling)
        prompt = build(material, model.count_tokens, fits)
        watch.lap("prompt")
        return Turn(
            model,
            material,
            fits,
            prompt,
            sampling,
            stop,
            watch,
            self._runtime.turns,
            self.user,
            self._runtime.traces.note,
            self._user.id,
            silence_s=self._runtime.settings.silence_s,
            remembered=not asks_not_to_be_remembered(material.message),
        )

    def _language(self, text: str) -> Language:
        if self._runtime.settings.language == "auto":
            return "zh" if is_chinese(text) else "en"
        return self._runtime.settings.language

    def _learn(self, said: Message, before: Message | None) -> Sequence[Fact]:
        """What the message says of the user, and what it shows by choosing among what was proposed before it."""
        if not self._learns:
            return ()
        proposal = before if before is not None and before.role == "assistant" else None
        try:
            return self.profile.learn(
                said.text, message_id=said.id, at=self.profile.after_all(said.occurred_at), proposal=proposal
            )
        except ZhijiError as error:  # a reply must not be lost for it
            log.warning("nothing was learned: %s", type(error).__name__)
            return ()

    def _answer(self, turn: Turn, said: Message) -> Iterator[Event]:
        """Generate the reply to a logged message and log it, whatever becomes of it."""

        def log(status: MessageStatus) -> Message:
            return self.conversations.log(
                said.conversation_id,
                NewMessage(
                    "assistant",
                    turn.text,
                    parent_id=said.id,
                    status=status,
                    model=turn.model.name,
                    sampling=json.dumps(asdict(turn.sampling)),
                    prompt_id=turn.prompt.id,
                    recalled=turn.prompt.recalled,
                    facts_used=turn.prompt.facts,
                    heard=turn.heard,
                ),
                remembered=turn.remembered,
            )

        try:
            turn.conversation_id = said.conversation_id
            yield from turn.run(log)
        finally:
            self._warm_next(turn, said.conversation_id)
            if turn.proposes:
                self._runtime.learn_later(self.profile, said)

    def _warm_next(self, turn: Turn, conversation_id: str) -> None:
        if turn.model is not self._runtime.loaded:
            return  # another one is being loaded, or none
        try:
            self.warm(conversation_id)
        except Exception as error:  # the conversation may be gone, the store closed; the reply is there all the same
            log.debug("nothing was read ahead: %s", type(error).__name__)
