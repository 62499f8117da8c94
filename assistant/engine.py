"""One user's assistant. A turn is one straight line:

    say ── read, recall, build ── log, learn ── generate ── log
           Composer: a Plan       Logbook       Turn        Logbook

The message is checked and its prompt built before anything is written; the message is on the disk, and with it what it says
of the user, before the model begins, and the reply before `Done`. Stopped or failed replies keep what had been said and are
marked so.
"""

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Unpack

from assistant.chat_models.base import CachingModel, Sampling
from assistant.composer import Ask, Composer, Snapshot
from assistant.events import Event, Reply
from assistant.logbook import Logbook, Place
from assistant.preferences import UserPreferences
from assistant.shared import Shared
from assistant.talk.answer import Hands
from assistant.temporary import TemporaryChat
from assistant.traces import Stopwatch
from assistant.turn import Turn, last_reply
from memory import retention
from memory.access.api_keys import ApiKeys
from memory.conversations import Begun, Conversations
from memory.documents import Documents
from memory.erasure import Erasures
from memory.errors import BadInput
from memory.exchange import log_export
from memory.exchange.anonymous_log import AnonymousLog
from memory.exchange.log import Only, Progress
from memory.exchange.log_import import Report, Told
from memory.facts.hearing import named
from memory.feedback import Feedbacks
from memory.kinds import checked
from memory.language.text import clean_text
from memory.memories import Memories
from memory.privacy.consent import Consents
from memory.profile import Profile
from memory.reminders import Reminders
from memory.retention import Ages
from memory.types import Conversation, ExportFormat, Message

log = logging.getLogger("zhiji.engine")


@checked
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
        self.reminders = Reminders(runtime.store, self._user)
        self._composer = Composer(runtime, self._user)
        self._logbook = Logbook(self.conversations, self.profile)

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
            known = self._composer.snapshot(conversation_id or None)
            there = known.conversation
            begun = Begun(
                there.remembers if there else remember is not False,
                there.recalls if there else known.preferences.recalls if recall is None else recall,
            )
            place = Place(there, begun, there.messages if there else ())
            turn, said = self._say(text, place, known, sampling, stop)
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
            known = self._composer.snapshot(conversation_id)
            there, before = _up_to(known, message_id)
            place = Place(there, Begun(there.remembers, there.recalls), before, instead_of=message_id)
            turn, said = self._say(text, place, known, sampling, stop)
            yield from self._answer(turn, said)

    def regenerate(
        self, conversation_id: str, *, sampling: Sampling | None = None, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """Answer the conversation's last message again; the earlier reply stays in the log as another branch."""
        stop = stop or threading.Event()
        with self._runtime.answering(conversation_id, stop):
            watch = Stopwatch()
            known = self._composer.snapshot(conversation_id)
            there, said = _last_asked(known)
            before = there.messages[: there.messages.index(said)]
            ask = Ask(said.text, before, there.recalls, sampling=sampling, leave_out=[said.id])
            plan = self._composer.compose(ask, known, watch)
            yield from self._answer(Turn(plan, self._runtime, self._user, stop, watch), said)

    def temporary(self, *, recall: bool = False) -> TemporaryChat:
        """A chat that stores nothing and, unless `recall`, uses nothing that is remembered."""
        return TemporaryChat(self._composer, self._runtime, self._user, recall=recall)

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
        store = self._runtime.store
        return AnonymousLog(store.database, self._user, partial(named, store.hear)) if anonymous else None

    def import_(
        self,
        log: bytes | IO[bytes] | Path | str,
        *,
        dry_run: bool = False,
        remember: bool = True,
        learn: bool = True,
        progress: Progress | None = None,
        **told: Unpack[Told],
    ) -> Report:
        """As `conversations.import_`; the profile learns from it only if it learns at all (settings, preferences)."""
        learn = learn and self._learns
        return self.conversations.import_(
            log, dry_run=dry_run, remember=remember, learn=learn, progress=progress, **told
        )

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

    def warm(self, conversation_id: str | None = None) -> None:
        """Let the model read, when nobody waits, what the next prompt of a conversation will begin with (`None`: of a new
        one), so that its answer begins sooner. Does nothing where the model cannot keep it, or is not loaded."""
        model = self._runtime.loaded
        if model is None or not isinstance(model, CachingModel) or not self._runtime.settings.cache_mb:
            return
        known = self._composer.snapshot(conversation_id or None)
        cache = model.conversation(self.user, conversation_id or "")
        for number, messages in enumerate(self._composer.ahead(known, model, self._latest_title)):
            cache.warm(messages, ahead=number > 0)

    def _latest_title(self) -> str:
        return next((found.title for found in self.conversations.list(limit=1)), "")

    def _say(
        self, text: str, place: Place, known: Snapshot, sampling: Sampling | None, stop: threading.Event
    ) -> tuple[Turn, Message]:
        """Everything before the model: the message is checked, its prompt built, then it is logged and learned from."""
        watch = Stopwatch()
        text = clean_text(text, max_chars=self._runtime.settings.max_message_chars)
        learns = self._runtime.settings.learn and "profile" in known.granted and place.begun.remembers
        ask = Ask(
            text,
            place.before,
            place.begun.recalls,
            learns=learns,
            sampling=sampling,
            leave_out=[place.instead_of] if place.instead_of else (),
            remembers=place.begun.remembers and "remember" in known.granted,
            hands=Hands(self.memories, self.profile, self.conversations, self.reminders),
        )
        plan = self._composer.compose(ask, known, watch)
        said, facts = self._logbook.message(plan, place)
        watch.lap("store")
        plan = self._composer.without(plan, {fact.id for fact in facts if fact.status != "active"})
        turn = Turn(plan, self._runtime, self._user, stop, watch, learned=facts)
        if plan.remembers and place.begun.remembers:
            turn.withheld = plan.reading.secret_kinds
            turn.proposes = learns
        return turn, said

    def _answer(self, turn: Turn, said: Message) -> Iterator[Event]:
        """Generate the reply to a logged message and log it, whatever becomes of it."""
        try:
            turn.conversation_id = said.conversation_id
            turn.said = said
            yield from turn.run(lambda status: self._logbook.reply(turn.plan, said, turn.text, status, turn.done))
        finally:
            self._warm_next(turn, said.conversation_id)
            if turn.proposes:
                self._runtime.learn_later(self.profile, said)

    def _warm_next(self, turn: Turn, conversation_id: str) -> None:
        if turn.plan.model is not self._runtime.loaded:
            return  # another one is being loaded, or none
        try:
            self.warm(conversation_id)
        except Exception as error:  # the conversation may be gone, the store closed; the reply is there all the same
            log.debug("nothing was read ahead: %s", type(error).__name__)


def _up_to(known: Snapshot, message_id: str) -> tuple[Conversation, Sequence[Message]]:
    """The conversation that shows a message of the user's, and what was said before it. Raises BadInput."""
    there = known.conversation
    for number, message in enumerate(there.messages if there else ()):
        if there and message.id == message_id and message.role == "user":
            return there, there.messages[:number]
    raise BadInput("Only a message of yours that is shown can be edited.")


def _last_asked(known: Snapshot) -> tuple[Conversation, Message]:
    """A conversation, and the last message of the user's in it. Raises BadInput."""
    there = known.conversation
    asked = [message for message in there.messages if message.role == "user"] if there else []
    if there is None or not asked or not asked[-1].text:
        raise BadInput("There is nothing to answer in this conversation. Send a message first.")
    return there, asked[-1]
