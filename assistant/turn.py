"""One turn: a prompt on its way through the model, and what becomes of the reply.

Stopped or failed replies keep what had been said and are marked so; `log` is called once, on every way out.
"""

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from assistant.chat_models.base import CachingModel, in_background
from assistant.events import Done, Event, Learned, Recalled, Reply, TextDelta, Usage, Waiting
from assistant.plan import Plan
from assistant.shared import Shared
from assistant.talk import noting
from assistant.talk.answer import Said
from assistant.talk.checks.ground import Ground
from assistant.talk.drafts import Draft
from assistant.talk.fallback import fallback
from assistant.talk.guard import Guard
from assistant.talk.shaping import Shaper
from assistant.talk.texts import say
from assistant.traces import Stopwatch, Trace
from assistant.turns import Ticket
from memory.errors import ModelError, ZhijiError
from memory.language.asides import Speech
from memory.storage.tables import utc_now
from memory.store import User
from memory.types import Fact, Message, MessageStatus
from prompts.builder import with_hint
from prompts.types import ChatMessage

STOPS_WITHIN_S = 2.0
"""How long a model that was stopped is waited for."""
WAIT_S = 0.5
"""How often one who waits for others looks whether they were stopped."""


@dataclass
class Turn:
    """A plan on its way through the model; `text` is the reply so far."""

    plan: Plan
    runtime: Shared
    user: User
    stop: threading.Event
    watch: Stopwatch
    conversation_id: str | None = None
    key: str = ""
    """What a temporary chat is known by to a model that keeps what it has read."""
    learned: Sequence[Fact] = ()
    withheld: Sequence[str] = ()
    proposes: bool = False
    """Whether the model may propose facts of the message afterwards."""
    text: str = ""
    pieces: int = 0
    first_token_s: float = 0.0
    cached_tokens: int = 0
    ticket: Ticket | None = None
    """In the queue for the model."""
    done: Said | None = None
    """What a deed said that it did."""
    said: Message | None = None
    """The message, once it is logged."""

    def run(self, log: Callable[[MessageStatus], Message | None]) -> Iterator[Event]:
        """Yield the turn's events. `log(status)` stores the reply, once, on every way out."""
        log = self._timed(log)
        try:
            yield Recalled(self.plan.prompt.recalled, self.plan.prompt.facts, self.conversation_id)
            yield from self._by_code() if self.plan.answer else self._pieces()
        except GeneratorExit:
            log("interrupted")
            raise
        except ZhijiError:
            log("failed")
            yield from self._what_was_learned()
            raise
        except Exception as error:  # a model of one's own may raise anything; the turn must end in order all the same
            log("failed")
            yield from self._what_was_learned()
            raise ModelError(f"The model failed while answering ({type(error).__name__}).") from error
        status: MessageStatus = "interrupted" if self.stop.is_set() else "complete"
        self.text = self.text.rstrip()
        yield from self._what_was_learned()
        yield Done(self._reply(status, log(status)))

    def _timed(self, log: Callable[[MessageStatus], Message | None]) -> Callable[[MessageStatus], Message | None]:
        def timed(status: MessageStatus) -> Message | None:
            self.watch.lap("write" if self.pieces else "read")
            message = log(status)
            self.watch.lap("keep")
            self.runtime.traces.note(self._trace(status, message))
            return message

        return timed

    def _trace(self, status: MessageStatus, message: Message | None) -> Trace:
        return Trace(
            at=utc_now(),
            user_id=self.user.id,
            conversation_id=self.conversation_id,
            message_id=message.id if message else None,
            status=status,
            model=self.plan.model.name,
            total_s=round(self.watch.total_s, 4),
            stages=dict(self.watch.laps),
            prompt_tokens=self.plan.prompt.tokens,
            cached_tokens=self.cached_tokens,
            reply_tokens=self.pieces,
            recalled=len(self.plan.prompt.recalled),
            facts=len(self.plan.prompt.facts),
        )

    def _what_was_learned(self) -> Iterator[Learned]:
        """What was learned, which is so whatever becomes of the reply."""
        if self.learned or self.withheld:
            yield Learned(self.learned, self.withheld)

    def _pieces(self) -> Iterator[Waiting | TextDelta]:
        """The reply: as the model writes it, or, with a ground, the sentences of it that pass."""
        if self.plan.ground is None:
            for piece in self._written(self.plan.prompt.messages):
                yield piece if isinstance(piece, Waiting) else self._shown(piece)
        elif self.plan.draft is not None:
            yield from self._drafted(self.plan.ground, self.plan.draft)
        else:
            yield from self._checked(self.plan.ground)

    def _checked(self, ground: Ground) -> Iterator[Waiting | TextDelta]:
        """Whole sentences, each judged before it is shown. At a fault before the first, the model is asked once more, with the
        reason; then and later, what is at fault is left out."""
        if opening := self.plan.opening or self._noted():
            yield self._shown(opening)
        begun, hint = self.text, ""
        for again in (False, True):
            guard = Guard(ground, self.plan.limits, instead=self.plan.instead)
            shaper = Shaper(self.plan.shape)
            with closing(self._written(with_hint(self.plan.prompt.messages, hint))) as written:
                for piece in written:
                    if isinstance(piece, Waiting):
                        yield piece
                        continue
                    yield from self._shaped(shaper, guard.feed(piece))
                    if guard.declined or shaper.is_full or (guard.hint and not again and self.text == begun):
                        break
                else:
                    yield from self._shaped(shaper, guard.end())
            if (again or not guard.hint) and (listed := shaper.end()):
                yield self._shown(listed)
            if guard.declined or self.text != begun or not guard.hint or self.stop.is_set():
                break
            hint = guard.hint
        if self.stop.is_set():
            return
        if guard.declined:
            yield self._shown(self.plan.instead)
        elif not self.text.strip():
            yield self._shown(fallback(self.plan))
        elif left_out := guard.why_left_out():
            yield self._shown(("\n\n" if self.text.strip() else "") + left_out)

    def _shaped(self, shaper: Shaper, sentences: Iterator[str]) -> Iterator[TextDelta]:
        reading = self.plan.reading
        for sentence in sentences:
            if reading.act == "tell" and not self.text:
                sentence = noting.acknowledged(sentence, reading.language)
            if kept := shaper.feed(sentence):
                yield self._shown(kept)

    def _drafted(self, ground: Ground, draft: Draft) -> Iterator[Waiting | TextDelta]:
        """A text to somebody: greeting and signature by code, between them what can be kept of the model's, and what it lacks."""
        if opening := self.plan.opening + draft.opening():
            yield self._shown(opening)
        if draft.needs_model:
            yield from self._middle(ground, draft)
        if not self.stop.is_set() and (ending := draft.ending()):
            self.pieces = self.pieces or 1
            yield self._shown(draft.gap_after() + ending)

    def _middle(self, ground: Ground, draft: Draft) -> Iterator[Waiting | TextDelta]:
        """What the model writes of it."""
        guard = Guard(ground, self.plan.limits)
        with closing(self._written(self.plan.prompt.messages)) as written:
            for piece in written:
                if isinstance(piece, Waiting):
                    yield piece
                    continue
                yield from self._kept(draft, guard.feed(piece))
                if draft.is_full:
                    break
            else:
                yield from self._kept(draft, guard.end())

    def _kept(self, draft: Draft, sentences: Iterator[str]) -> Iterator[TextDelta]:
        for sentence in sentences:
            if kept := draft.keep(sentence):
                yield self._shown(kept)

    def _noted(self) -> str:
        """What is said of a telling before the model does: what was learned from it."""
        if self.plan.reading.act not in ("tell", "correct") or not self.learned:
            return ""
        return noting.learned(self.learned, self.plan.reading.language) + "\n\n"

    def _shown(self, piece: str) -> TextDelta:
        piece = piece if self.text else piece.lstrip()
        self.text += piece
        return TextDelta(piece)

    def _written(self, messages: Sequence[ChatMessage]) -> Generator[Waiting | str]:
        """What the model writes, piece by piece."""
        with closing(in_background(lambda stop: self._generate(messages, stop), self._given_up)) as stream:
            for piece in stream:
                if self.stop.is_set():
                    return
                if isinstance(piece, int):
                    yield Waiting(piece)
                    continue
                piece = piece.encode("utf-8", "replace").decode()  # a lone surrogate could not be stored
                if not self.pieces:
                    self.first_token_s = self.watch.total_s
                    self.watch.lap("read")
                self.pieces += 1
                if piece:
                    yield piece

    def _by_code(self) -> Iterator[TextDelta]:
        """What code answers. A deed that cannot be done says why, and changes nothing."""
        answer = self.plan.answer
        assert answer is not None
        if self.stop.is_set():
            return
        self.text = answer.text
        if answer.deed is not None and self.said is not None:
            try:
                self.done = answer.deed(self.said)
            except ZhijiError as error:
                self.done = Said(say("deed_failed", self.plan.reading.language, error=error))
            self.text = self.done.text
        self.first_token_s = self.watch.total_s
        self.pieces = 1
        yield TextDelta(self.text)

    def _given_up(self) -> bool:
        """A model that hangs does not look at `stop`, and would be waited for for ever."""
        silent_s = self.ticket.silent_s if self.ticket else 0.0
        if silent_s > self.runtime.settings.silence_s:
            raise self._hung()
        return self.stop.is_set() and silent_s > STOPS_WITHIN_S

    def _hung(self) -> ModelError:
        return ModelError(f"The model has said nothing for {self.runtime.settings.silence_s:g} s. Start Zhiji anew.")

    def _generate(self, messages: Sequence[ChatMessage], stop: threading.Event) -> Iterator[int | str]:
        """How many are served before, whenever that changes, then the model's text. In a thread of its own: one who reads
        slowly, or has gone away, keeps nobody waiting."""
        with self.runtime.turns.ticket(self.user.name) as ticket:
            self.ticket = ticket
            told = 0
            while (ahead := ticket.wait(WAIT_S)) or self.runtime.turns.silent_s > self.runtime.settings.silence_s:
                if stop.is_set() or self.stop.is_set():
                    return
                if self.runtime.turns.silent_s > self.runtime.settings.silence_s:
                    raise self._hung()
                if ahead != told:
                    yield ahead
                told = ahead
            self.watch.lap("wait")
            ticket.note_output()
            plan = self.plan
            if isinstance(plan.model, CachingModel):
                model = plan.model.conversation(self.user.name, self.key or self.conversation_id or "")
                stream = model.stream(messages, plan.sampling, self.stop)
            else:
                model, stream = None, plan.model.stream(messages, plan.sampling)
            speech = Speech()
            try:
                for piece in stream:
                    ticket.note_output()
                    if said := speech.feed(piece):
                        yield said
                if said := speech.end():
                    yield said
            finally:
                self.cached_tokens = model.cached_tokens if model else 0
                close = getattr(stream, "close", None)  # an Iterator need not have one; our models' generators do
                if close:
                    close()
            if speech.asides and not speech.spoke and not self.stop.is_set():
                raise ModelError(
                    "The model only thought, and said nothing. Allow longer replies, or tell it not to think."
                )

    def _reply(self, status: MessageStatus, message: Message | None) -> Reply:
        return Reply(
            text=self.text,
            status=status,
            message_id=message.id if message else None,
            conversation_id=message.conversation_id if message else None,
            recalled=self.plan.prompt.recalled,
            facts_used=self.plan.prompt.facts,
            learned=self.learned,
            withheld=self.withheld,
            usage=Usage(
                prompt_tokens=self.plan.prompt.tokens,
                reply_tokens=self.pieces,
                first_token_s=self.first_token_s,
                total_s=self.watch.total_s,
                cached_tokens=self.cached_tokens,
                dropped_history=self.plan.prompt.dropped_history,
                dropped_recalled=self.plan.prompt.dropped_recalled,
                dropped_facts=self.plan.prompt.dropped_facts,
            ),
        )


def last_reply(events: Iterator[Event]) -> Reply:
    for event in events:
        if isinstance(event, Done):
            return event.reply
    raise RuntimeError("a turn ended without Done")
