"""Writes a turn: first the message with what is learned from it, in one commit, then the reply, whatever became of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlmodel import Session

from assistant.plan import Plan
from assistant.talk.answer import Said
from memory.conversations import Begun, Conversations, NewMessage
from memory.profile import Profile, Source
from memory.storage.tables import MessageRow
from memory.types import Conversation, Fact, Message, MessageStatus


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message comes: after `before`, the messages so far, of a conversation, or of one that begins (`None`) as `begun`
    says; `instead_of` is the version it takes the place of."""

    conversation: Conversation | None
    begun: Begun
    before: Sequence[Message] = ()
    instead_of: str | None = None


class Logbook:
    """Of one user."""

    def __init__(self, conversations: Conversations, profile: Profile) -> None:
        self._conversations = conversations
        self._profile = profile

    def message(self, plan: Plan, place: Place) -> tuple[Message, Sequence[Fact]]:
        """Write the message of a plan, and what was heard in it; returns it with the facts that it brought and ended."""
        before = place.before[-1] if place.before else None

        def learn(session: Session, row: MessageRow) -> Sequence[Fact]:
            answers = before.id if before is not None and before.role == "assistant" else None
            source = Source(row.id, row.occurred_at, answers, is_new=True)
            return self._profile.learn_in(session, plan.reading.heard, source)

        return self._conversations.log_and_learn(
            place.conversation.id if place.conversation else None,
            NewMessage(
                "user",
                plan.reading.text,
                parent_id=before.id if before else None,
                instead_of=place.instead_of,
                reading=plan.reading,
            ),
            place.begun,
            remembered=plan.remembers,
            learn=learn if plan.reading.heard.claims and plan.remembers else None,
        )

    def reply(self, plan: Plan, said: Message, text: str, status: MessageStatus, done: Said | None = None) -> Message:
        """Write the reply to a message; `done` is what a deed says in it. Such words repeat nothing of the talk, so they stay
        when the deed has forgotten some of it."""
        return self._conversations.log(
            said.conversation_id,
            NewMessage(
                "assistant",
                text,
                parent_id=said.id,
                status=status,
                model=plan.model.name if plan.answer is None else None,
                sampling=json.dumps(asdict(plan.sampling)),
                prompt_id=plan.prompt.id,
                plan=plan.logged(done.pending if done else None),
                recalled=[*plan.prompt.recalled, *(done.recalled if done else ())],
                facts_used=[*plan.prompt.facts, *(done.facts if done else ())],
                given=() if done else plan.given,
                answers=plan.reading,
            ),
            remembered=plan.remembers_reply,
        )
