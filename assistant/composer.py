"""Makes the prompt of every turn: of a chat, an edit, a reply asked for again, a temporary chat, and of what is read ahead.

snapshot   preferences, consents, facts and the conversation, read in one transaction
read       the message, once
recall     what is remembered, and the facts that matter
build      a prompt that fits the model
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from assistant.chat_models.base import ChatModel, Sampling
from assistant.plan import Plan
from assistant.preferences import Preferences, stored_in
from assistant.recall import recall
from assistant.shared import Shared
from assistant.talk import answering
from assistant.talk.answer import Answer, Asked, Hands
from assistant.talk.asked_about import (
    People,
    asks_of_told,
    goes_on,
    is_misread,
    people_of,
    points_back,
    weighed,
    with_shown,
)
from assistant.talk.constraints import Limit, sentences
from assistant.talk.drafts import Draft, draft_for
from assistant.talk.fallback import instead
from assistant.talk.follow_ups import in_full
from assistant.talk.grounding import ground_of
from assistant.talk.life import Line, lines_of, told_by
from assistant.talk.limits import limits_for, opening
from assistant.talk.retelling import MAY_BE_RETOLD, asks_what_was_told, questions_in, retell, share_of_best
from assistant.talk.shaping import Shape, shape_for
from assistant.traces import Stopwatch
from memory.conversations import bare_conversation
from memory.facts import portrait
from memory.language.extraction import asks_not_to_be_remembered
from memory.language.lexicon import joined
from memory.language.reading import Reading, read
from memory.memories import Memories
from memory.privacy import consent
from memory.privacy.consent import Purpose
from memory.profile import facts_that_hold, latest_said_in
from memory.store import User
from memory.types import Conversation, Fact, Hit, Message
from prompts import history as prompt_history
from prompts.builder import Material, build, prefix
from prompts.templates import render
from prompts.types import ChatMessage, Prompt

HISTORY_SHARE = 0.5
"""Of the tokens a prompt may have, those for the conversation so far; the rest is for the profile, what is recalled and the
message."""
ASKS = frozenset({"ask", "follow_up", "suggest", "write"})
"""Acts for which the best notes are shown however unlikely they are to answer: who asks about themselves means what they told.
The chances were learned on the talk of two people, hundreds of turns long; of thirty messages the right one was first and got
0.005 to 0.02."""
DRAFT_TOKENS = 160
"""So long the middle of a text to somebody may be: the longer, the more is made up."""
QUIET, SURER = frozenset({"small_talk", "world", "sum"}), 10
"""Acts that ask nothing of the memory, and how many times as likely a note must be to be shown for one."""
STYLE_MESSAGES = 50
"""How many of their latest messages tell how a user writes now."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What holds of a user at one moment. `said` are their latest messages, the latest first, if they let them be looked at
    for their profile; `conversation` is without what was recalled in it."""

    preferences: Preferences
    granted: frozenset[Purpose]
    facts: Sequence[Fact]
    said: Sequence[str]
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be answered: the message, and the talk before it. `recalls`: whether what is remembered is used; `leave_out`
    are messages whose memories are not, beside those of the talk. `sampling` is `None` for the user's own."""

    text: str
    before: Sequence[Message] = ()
    recalls: bool = True
    learns: bool = False
    sampling: Sampling | None = None
    leave_out: Collection[str] = ()
    remembers: bool = False
    """Whether what is said is remembered."""
    hands: Hands | None = None
    """What commands in it may change; `None`: nothing."""


class Composer:
    """Of one user. It reads and never writes."""

    def __init__(self, runtime: Shared, user: User) -> None:
        self._runtime = runtime
        self._user = user
        self._memories = Memories(runtime.store, user)

    def snapshot(self, conversation_id: str | None = None) -> Snapshot:
        """Raises NotFound."""
        with self._runtime.store.database.read() as session:
            conversation = None if conversation_id is None else bare_conversation(session, self._user, conversation_id)
            granted = consent.all_granted(session, self._user.id)
            return Snapshot(
                preferences=stored_in(session, self._user.id),
                granted=granted,
                facts=facts_that_hold(session, self._user.id),
                said=latest_said_in(session, self._user.id, STYLE_MESSAGES) if "profile" in granted else (),
                conversation=conversation,
            )

    def compose(self, ask: Ask, known: Snapshot, watch: Stopwatch) -> Plan:
        """Everything before the model. Raises PromptTooLong, ModelError."""
        model = self._runtime.model
        sampling, max_tokens = self._room(model, known, ask.sampling)
        begin = self._first_shown([_said(message) for message in ask.before], model, known)
        shown = ask.before[begin:]
        reading = self._read(ask, known)
        if ask.remembers and not reading.private:
            self._memories.prepare(reading.hidden)  # in another thread, while the prompt is made
        material = self._material(reading, shown, known)
        given = tuple(message.id for message in shown if message.text)
        answer = self._answer(ask, reading, known)
        limits: Sequence[Limit] = ()
        warned = ""
        if answer is None:
            limits = self._limits(ask, reading, known)
            warned = opening(reading, limits)
            answer = self._retold(ask, reading, known, warned)
        if answer is not None:
            watch.lap("recall")
            prompt = Prompt((), 0, recalled=tuple(answer.recalled), facts=tuple(answer.facts))
            return Plan(reading, material, model, prompt, max_tokens, sampling, given, answer=answer)
        if draft := self._draft(ask, reading, known):
            material = replace(self._with_facts(material, known) if ask.recalls else material, hint=draft.hint)
            sampling = replace(sampling, max_new_tokens=min(sampling.max_new_tokens, DRAFT_TOKENS))
        elif reading.act == "rework":
            material = replace(material, hint=render("rework", reading.language, text=ask.before[-1].text))
        elif ask.recalls:
            leave_out = {*(message.id for message in shown), *ask.leave_out}
            material = self._with_memory(material, in_full(reading, ask.before), known, leave_out)
        wants = reading.act if reading.act in ("suggest", "write") else ""
        material = replace(material, limits=sentences(limits, reading.language), wants=wants or "")
        shape = Shape() if draft else self._shape(ask, reading, known)
        material = replace(material, form=shape.line(reading.language))
        watch.lap("recall")
        prompt = build(material, model.count_tokens, max_tokens)
        watch.lap("prompt")
        plan = Plan(reading, material, model, prompt, max_tokens, sampling, given, limits=limits, shape=shape)
        if draft:
            plan = replace(plan, draft=draft, prompt=replace(prompt, recalled=draft.recalled))
        plan = replace(plan, after_private=any(map(_is_private, ask.before)))
        if not self._runtime.settings.grounded:
            return plan
        return replace(plan, ground=ground_of(plan), opening=warned, instead=instead(plan))

    def without(self, plan: Plan, ended: Collection[str]) -> Plan:
        """The plan without facts that the message itself has ended: "I no longer …"."""
        if plan.answer is not None or not any(fact.id in ended for fact in plan.prompt.facts):
            return plan
        kept = [fact for fact in plan.material.facts if fact.id not in ended]
        also = [fact for fact in plan.material.relevant if fact.id not in ended]
        material = replace(plan.material, facts=kept, relevant=also)
        return replace(plan, material=material, prompt=build(material, plan.model.count_tokens, plan.max_tokens))

    def ahead(self, known: Snapshot, model: ChatModel, latest: Callable[[], str]) -> Iterator[tuple[ChatMessage, ...]]:
        """What the next prompt of the conversation will begin with, then, if that is known, after the next part of a long talk
        is left out. `latest` tells what the user wrote last, whose language they will write in, for a new conversation."""
        conversation = known.conversation
        history = conversation.messages if conversation else ()
        asked = next((message.text for message in reversed(history) if message.role == "user"), "") or latest()
        recalls = conversation.recalls if conversation else known.preferences.recalls
        reading = read(asked, datetime.now(known.preferences.zone()))
        material = self._material(reading, history, known)
        if recalls:
            material = self._with_facts(material, known)
        max_tokens = self._room(model, known)[1]
        for step in (False, True) if history else (False,):
            begin = self._first_shown(material.history, model, known, ahead=step)
            if step and begin == len(history):
                return
            yield prefix(replace(material, history=material.history[begin:]), model.count_tokens, max_tokens)

    def _read(self, ask: Ask, known: Snapshot) -> Reading:
        answered = ask.before[-1].text if ask.before and ask.before[-1].role == "assistant" else ""
        at = datetime.now(known.preferences.zone())
        reading = read(ask.text, at, hear=self._runtime.store.hear if ask.learns else None, answers=answered)
        return (
            replace(reading, act=answering.act_of(reading, ask.before)) if self._runtime.settings.grounded else reading
        )

    def _limits(self, ask: Ask, reading: Reading, known: Snapshot) -> Sequence[Limit]:
        """What the reply must keep to."""
        if not self._runtime.settings.grounded:
            return ()
        facts = known.facts if ask.recalls else ()
        return limits_for(reading, facts, self._memories if ask.recalls else None, ask.leave_out)

    def _shape(self, ask: Ask, reading: Reading, known: Snapshot) -> Shape:
        """The form that the reply is to have."""
        if not self._runtime.settings.grounded:
            return Shape()
        facts, memories = (known.facts, self._memories) if ask.recalls else ((), None)
        return shape_for(reading.text, reading.act or "", facts, memories, ask.leave_out)

    def _answer(self, ask: Ask, reading: Reading, known: Snapshot) -> Answer | None:
        """What code answers, if it can."""
        if not self._runtime.settings.grounded:
            return None
        return answering.answer(
            Asked(
                reading=reading,
                user=self._user.name,
                before=ask.before,
                facts=known.facts,
                memories=self._memories,
                recalls=ask.recalls,
                remembers=ask.remembers,
                hands=ask.hands,
                leave_out=ask.leave_out,
                greets=getattr(self._runtime.model, "greets", False),
            )
        )

    def _draft(self, ask: Ask, reading: Reading, known: Snapshot) -> Draft | None:
        """The text to somebody that a message asks for."""
        if reading.act != "write" or not self._runtime.settings.grounded:
            return None
        leave_out = {*(message.id for message in ask.before), *ask.leave_out}
        return draft_for(
            reading,
            self._user.name,
            known.facts if ask.recalls else (),
            self._memories if ask.recalls else None,
            leave_out,
        )

    def _room(self, model: ChatModel, known: Snapshot, sampling: Sampling | None = None) -> tuple[Sampling, int]:
        """How to write, and how many tokens the prompt may have beside the reply."""
        sampling = sampling or known.preferences.sampling(self._runtime.settings.sampling())
        return sampling, model.context_length - max(64, min(sampling.max_new_tokens, model.context_length // 4))

    def _first_shown(
        self, history: Sequence[ChatMessage], model: ChatModel, known: Snapshot, *, ahead: bool = False
    ) -> int:
        """Which message is the first that the prompt shows. The sampling of one reply does not move it, or what the model has
        read of the talk would be of no use."""
        max_tokens = self._room(model, known)[1]
        return prompt_history.shown(history, int(max_tokens * HISTORY_SHARE), model.count_tokens, ahead=ahead)

    def _material(self, reading: Reading, before: Sequence[Message], known: Snapshot) -> Material:
        chosen = known.preferences
        fixed = self._runtime.settings.language
        return Material(
            message=reading.text,
            language=reading.language if fixed == "auto" else fixed,
            today=reading.at.date(),
            user=self._user.name,
            history=[_said(message) for message in before],
            persona=chosen.persona,
            instructions=chosen.instructions,
            zone=reading.at.tzinfo,
        )

    def _with_memory(
        self, material: Material, reading: Reading, known: Snapshot, leave_out: Collection[str]
    ) -> Material:
        settings = self._runtime.settings
        floor = 0.0 if reading.act in ASKS else settings.recall_floor * (SURER if reading.act in QUIET else 1)
        hits = recall(self._memories, reading, k=settings.recall_k, floor=floor, exclude_messages=leave_out)
        return replace(self._with_facts(material, known), recalled=hits)

    def _retold(self, ask: Ask, reading: Reading, known: Snapshot, warned: str) -> Answer | None:
        """What the user told, where a message asks for that; a limit that it runs into goes before."""
        people = people_of(known.facts)
        misread = is_misread(reading.text, reading.act)
        if not (ask.recalls and self._runtime.settings.grounded and (reading.act in MAY_BE_RETOLD or misread)):
            return None
        if warned and reading.act == "ask" and not joined("asks_still").search(reading.text):
            return Answer(warned.strip())
        before = self._with_sources(ask) if points_back(reading.text, people) else ask.before
        if goes_on(reading.text, people, before):
            reading = replace(reading, act="follow_up")
            ask = replace(ask, before=before)
        life = lines_of(told_by(self._memories, self._user.name, ask.leave_out), known.facts)
        asked = self._looked_up(ask, reading, people, life)
        if misread and asks_of_told(reading.text, asked[0][1], people, share_of_best(reading.text, asked[0][1])):
            reading = replace(reading, act="ask")
        if not asks_what_was_told(reading, ask.before, asked[0][1]):
            return None
        named = frozenset[str]().union(*people.named_in(reading.text))
        alone = ask.remembers or not ask.before
        return retell(reading, asked, self._user.name, alone=alone, life=life, people=named)

    def _with_sources(self, ask: Ask) -> Sequence[Message]:
        """The talk before, its last reply with what it was made of."""
        last = ask.before[-1] if ask.before else None
        if last is None or ask.hands is None or last.role != "assistant":
            return ask.before
        return [*ask.before[:-1], ask.hands.with_sources(last)]

    def _looked_up(
        self, ask: Ask, reading: Reading, people: People, life: Sequence[Line]
    ) -> Sequence[tuple[str, Sequence[Hit]]]:
        """Each question of a message, put in full, with the notes found for it, the likeliest first."""
        questions = questions_in(reading.text)
        texts = questions if len(questions) > 1 else [in_full(replace(reading, text=questions[0]), ask.before).text]
        k, asked = self._runtime.settings.recall_k, []
        for one in texts:
            hits = recall(self._memories, replace(reading, text=one), k=k, floor=0.0, exclude_messages=ask.leave_out)
            own = reading.text if len(texts) == 1 else one
            hits = weighed(own, hits, people, life)
            asked.append((one, with_shown(hits, own, people, ask.before) if reading.act == "follow_up" else hits))
        return asked

    def _with_facts(self, material: Material, known: Snapshot) -> Material:
        """The facts worth most, whatever the message: they stand at the prompt's beginning, which is to stay the same. Of a
        profile too large for that, also those that concern the message; and how the user writes."""
        if "profile" in known.granted:
            style = portrait.style(known.said, known.facts)
            material = replace(material, manner=portrait.manner(style, material.language))
        tokens = self._runtime.settings.profile_tokens
        always = _worth(known.facts, tokens, material)
        if len(always) == len(known.facts):
            return replace(material, facts=always)
        always = _worth(known.facts, tokens * 3 // 4, material)
        shown = {fact.id for fact in always}
        others = portrait.concerning([fact for fact in known.facts if fact.id not in shown], material.message)
        return replace(material, facts=always, relevant=_worth(others, tokens // 4, material))


def _worth(facts: Sequence[Fact], tokens: int, material: Material) -> Sequence[Fact]:
    return portrait.select(facts, None, tokens, material.language, datetime.now(UTC), portrait.estimate_tokens)


def _is_private(message: Message) -> bool:
    return message.role == "user" and asks_not_to_be_remembered(message.text)


def _said(message: Message) -> ChatMessage:
    return ChatMessage(message.role, message.text)
