"""One user's profile: facts set by hand and facts learned from what they say, each with its source and when it held.

    message ──> extraction (rules) ──> resolve against what is known ──> one commit: facts brought, facts ended

A new value of a key that holds one supersedes the old one, which is kept as history. Of several, near-duplicates become
one, and what is said against something ("I no longer eat meat") ends it. Each commit is a change, which can be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_

from memory import forget, remember
from memory.errors import BadInput, NotFound
from memory.facts import kin, portrait, profile_file, vocabulary
from memory.facts.profile_file import checked_subject, checked_value
from memory.facts.resolution import Change, KnownFacts, adopt, alike, replaced_by, resolve, restore, to_fact
from memory.facts.vocabulary import Language
from memory.kinds import checked
from memory.language.claims import USER, Claim
from memory.language.extraction import asks_not_to_be_remembered, is_fit
from memory.language.reading import Heard
from memory.privacy import consent
from memory.storage.database import Database
from memory.storage.rows import Condition, Rows
from memory.storage.tables import ConversationRow, FactRow, MessageRow, utc_now
from memory.store import Store, User
from memory.types import Fact, FactOrigin, Message


@dataclass(frozen=True, slots=True)
class Source:
    """What claims come from: the message that makes them, said at `at`, and the message it answers, for an option picked
    there. `is_new`: the same transaction writes the message, and what it says holds now, though the clock may have been set
    back since something was noted."""

    message_id: str | None
    at: datetime
    answers_id: str | None = None
    is_new: bool = False


@checked
class Profile:
    """Keys are those of `memory.facts.vocabulary`, or words of your own. Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User, *, half_life_days: float = 90) -> None:
        self._store = store
        self._half_life_days = half_life_days
        self._user = user

    def facts(self, *, subject: str | None = None) -> Sequence[Fact]:
        """The facts that hold now, in the order they came; of `subject` ("user", "sister"), or of all."""
        with self._store.database.read() as session:
            rows = self._rows(session, FactRow.status == "active")
            return [to_fact(row) for row in rows if subject in (None, row.subject)]

    def get(self, key: str) -> Fact | None:
        """The fact of `key` about the user that holds now, the latest of several, or `None` if there is none."""
        key = vocabulary.checked_key(key)
        return next((fact for fact in reversed(self.facts(subject=USER)) if fact.key == key), None)

    def fact(self, fact_id: str) -> Fact:
        """Raises NotFound."""
        with self._store.database.read() as session:
            return to_fact(self._row(session, fact_id))

    def past(self) -> Sequence[Fact]:
        """What held once, the latest to end first."""
        with self._store.database.read() as session:
            rows = self._rows(session, FactRow.status == "superseded")
        return [to_fact(row) for row in sorted(rows, key=lambda row: row.valid_to or row.valid_from, reverse=True)]

    def history(self, key: str) -> Sequence[Fact]:
        """Every fact about the user that there was for `key`, oldest first; not what was learned and denied."""
        key = vocabulary.checked_key(key)
        with self._store.database.read() as session:
            mine = (FactRow.key == key, FactRow.subject == USER, FactRow.status != "rejected")
            return [to_fact(row) for row in self._rows(session, *mine)]

    def set(self, key: str, value: str, *, subject: str = USER) -> Fact:
        """Let `key` of the user, or of a person in their life, hold `value` and nothing else; what it held before, if it
        differs, becomes history. Raises BadInput."""
        key, value, subject = vocabulary.checked_key(key), checked_value(value), checked_subject(subject)
        with self._store.database.write() as session:
            change = Change(session, self._user.id)
            held = self._rows(session, FactRow.status == "active", FactRow.key == key, FactRow.subject == subject)
            same = next((row for row in held if row.value == value), None)
            for row in held:
                if row is not same:
                    change.end(row)
            return to_fact(same or change.bring(key, value, subject=subject, polarity=vocabulary.polarity(key)))

    def add(self, key: str, value: str, *, subject: str = USER) -> Fact:
        """Let `key` hold `value` as well; for a key that holds one, the same as `set`. Raises BadInput."""
        if not vocabulary.several(vocabulary.checked_key(key)):
            return self.set(key, value, subject=subject)
        value, subject = checked_value(value), checked_subject(subject)
        with self._store.database.write() as session:
            held = self._rows(session, FactRow.status == "active", FactRow.key == key, FactRow.subject == subject)
            same = next((row for row in held if alike(row.value, value)), None)
            change = Change(session, self._user.id)
            return to_fact(same or change.bring(key, value, subject=subject, polarity=vocabulary.polarity(key)))

    def edit(self, fact_id: str, value: str) -> Fact:
        """Put another value in a fact's place; the old one is denied, not kept as what once held. Raises NotFound."""
        value = checked_value(value)
        with self._store.database.write() as session:
            row = self._row(session, fact_id)
            if row.status != "active":
                raise BadInput("That fact no longer holds, so it cannot be edited. Set the new one instead.")
            change = Change(session, self._user.id)
            change.end(row, "rejected")
            return to_fact(change.bring(row.key, value, subject=row.subject, polarity=row.polarity))

    def confirm(self, fact_id: str) -> Fact:
        """The user says that a fact is right: it is as sure as one set by hand."""
        with self._store.database.write() as session:
            row = self._row(session, fact_id)
            row.confidence = 1.0
            session.add(row)
            return to_fact(row)

    def reject(self, fact_id: str) -> None:
        """The user says that a fact is wrong. It is kept as denied, and what it had superseded holds again."""
        with self._store.database.write() as session:
            row = self._row(session, fact_id)
            row.status, row.valid_to = "rejected", utc_now()
            session.add(row)
            session.flush()
            for old in replaced_by(row, self._rows(session, FactRow.ended_by == row.change_id)):
                restore(session, old)

    def undo(self, change_id: str) -> Sequence[Fact]:
        """Take back a change: what it brought is denied, what it ended holds again; returns all of those. Raises NotFound."""
        with self._store.database.write() as session:
            rows = self._rows(session, or_(FactRow.change_id == change_id, FactRow.ended_by == change_id))
            if not change_id or not rows:
                raise NotFound("There is no such change. A fact's `change_id` names the change that brought it.")
            brought = [row for row in rows if row.change_id == change_id]
            for row in brought:
                row.status, row.valid_to = "rejected", utc_now()
                session.add(row)
            session.flush()
            for row in rows:
                if row not in brought:
                    restore(session, row)
            return [to_fact(row) for row in rows]

    def forget(self, fact_id: str) -> None:
        """Erase a fact for good, whether it still holds or is history. Raises NotFound."""
        with self._store.erasing(self._user, "fact") as session:
            row = self._row(session, fact_id)
            ended = replaced_by(row, self._rows(session, FactRow.ended_by == row.change_id))
            for other in self._rows(session, FactRow.change_id == row.change_id):  # of the same message
                if other.quote and row.value in other.quote:
                    other.quote = None
                    session.add(other)
            if row.message_id:  # or the model might propose it anew
                change = Change(session, self._user.id, "inferred", row.message_id)
                change.bring("forgotten", "", status="rejected", valid_to=change.at)
            forget.replies_given(session, self._user.id, [row])
            forget.delete_facts(session, self._user.id, [row])
            session.flush()
            for old in ended:  # what was corrected into it goes with it, what it superseded holds again
                if old.status == "rejected":
                    forget.delete_facts(session, self._user.id, [old])
                else:
                    restore(session, old)
            remember.mark_purge(session, self._user.id)

    def learn(
        self,
        text: str,
        *,
        message_id: str | None = None,
        at: datetime | None = None,
        proposal: Message | str | None = None,
    ) -> Sequence[Fact]:
        """Learn, as the store hears it, what the user says of themselves and others in `text`, said at `at` (default: now), or
        what they show by picking one of the options in `proposal`, the message of the assistant's that it answers.

        Returns the facts it brought and those it ended, all of one change; none for most messages. A message is learned
        from once.
        """
        if asks_not_to_be_remembered(text):
            return []
        proposed = proposal if isinstance(proposal, str) else proposal.text if proposal else ""
        heard = self._store.hear(text, proposed)
        if not heard.claims:
            return []
        source = Source(message_id, at or utc_now(), proposal.id if isinstance(proposal, Message) else None)
        with self._store.database.write() as session:
            return self.learn_in(session, heard, source) if self._may_learn(session) else []

    def learn_in(
        self, session: Session, heard: Heard, source: Source, known: KnownFacts | None = None
    ) -> Sequence[Fact]:
        """As `learn`, of what was heard in a message, within the transaction that writes the message: the two are one commit.
        Whether the user allows it is for the caller to ask. `known`, of the same transaction, spares reading what the profile
        holds for each of many messages; what they bring is added to it."""
        if not heard.claims:
            return []
        if not heard.chosen:
            source = replace(source, answers_id=None)
        return self._take(session, heard.claims, "chosen" if heard.chosen else "said", source, known)

    def known(self, session: Session) -> KnownFacts:
        """All facts there are, whatever their status, for `learn_in`."""
        return KnownFacts(self._rows(session))

    def adopt(self, claims: Sequence[Claim], *, at: datetime, message_id: str | None = None) -> Sequence[Fact]:
        """Take in what a model proposes of a message (see `memory.facts.proposals`): what is new, was not denied, and is not
        against what is held. Returns the facts it brought, all of one change. A message is adopted from once."""
        fit = [claim for claim in claims if is_fit(claim)]
        if not fit:
            return []
        with self._store.database.write() as session:
            return self._take(session, fit, "inferred", Source(message_id, at)) if self._may_learn(session) else []

    def learned_from(self, message_id: str) -> Sequence[Fact]:
        """The facts that a message brought, those denied or forgotten since left out."""
        return self.facts_of([message_id])

    def facts_of(self, message_ids: Sequence[str]) -> Sequence[Fact]:
        """As `learned_from`, of all of them."""
        with self._store.database.read() as session:
            told = col(FactRow.message_id).in_(message_ids), FactRow.status != "rejected"
            return [to_fact(row) for row in self._rows(session, *told)]

    def explain(self, fact_id: str) -> str:
        """Where a fact comes from, in a sentence. Raises NotFound."""
        with self._store.database.read() as session:
            fact = to_fact(self._row(session, fact_id))
        said = f"{(fact.last_said_at or fact.valid_from).astimezone():%-d %B %Y}"
        match fact.origin:
            case "set":
                return f"You set this yourself on {said}."
            case "chosen":
                return f"You chose this among what was proposed on {said}: “{fact.quote}”"
            case "inferred":
                return f"The model took this from what you said on {said}: “{fact.quote}”"
            case _:
                more = f" You have said it {fact.times_said} times." if fact.times_said > 1 else ""
                return f"You said on {said}: “{fact.quote}”{more}"

    def render(self, max_tokens: int, query: str | None = None, *, language: Language = "en") -> str:
        """What a model is told of the user, a sentence a line, at most `max_tokens` long (as estimated): always the name,
        what they cannot have and how they want answers; then what matters for `query`."""
        return "\n".join(vocabulary.word(fact, language) for fact in self.select(max_tokens, query, language=language))

    def select(
        self,
        max_tokens: int,
        query: str | None = None,
        *,
        language: Language = "en",
        count: portrait.CountTokens = portrait.estimate_tokens,
    ) -> Sequence[Fact]:
        """The facts that `render` words, in order of worth."""
        return portrait.select(self.facts(), query, max_tokens, language, utc_now(), count)

    def interests(self, *, half_life_days: float | None = None) -> Sequence[portrait.Interest]:
        """The topics the user is drawn to, the heaviest first, each with its evidence; an old one fades, by half in
        `half_life_days` (default: the setting)."""
        half_life_days = self._half_life_days if half_life_days is None else half_life_days
        if half_life_days <= 0:
            raise BadInput(f"half_life_days is {half_life_days}; it must be above 0.")
        return portrait.interests(self.facts(), utc_now(), half_life_days)

    def style(self, *, messages: int = 200) -> portrait.Style:
        """How the user writes, from their latest `messages`, and how they want to be answered."""
        return portrait.style(latest_said(self._store.database, self._user, messages), self.facts())

    def export(self) -> str:
        """The whole profile as JSON, history too, what was denied left out. See `memory.facts.profile_file`."""
        return profile_file.dump(every_fact(self._store.database, self._user))

    def import_(self, text: str) -> int:
        """Add the facts of a profile in JSON, all or none; returns how many were new. One that holds already is left as it
        is, of a key that holds one value the file's comes in its place. Raises BadInput with the line and the reason."""
        entries = profile_file.load(text)
        added = 0
        with self._store.database.write() as session:
            change = Change(session, self._user.id)
            for entry in entries:
                held = self._rows(session, FactRow.key == entry.key, FactRow.subject == entry.subject)
                if any(
                    (row.value, row.status) == (entry.value, entry.status)
                    and (entry.status == "active" or row.valid_from == entry.since)
                    for row in held
                ):
                    continue
                if entry.status == "active" and not vocabulary.several(entry.key):
                    for row in held:
                        if row.status == "active":
                            change.end(row)
                since = entry.since or change.at
                change.bring(
                    entry.key, entry.value, subject=entry.subject, polarity=entry.polarity, strength=entry.strength,
                    confidence=entry.confidence, origin=entry.origin, quote=entry.quote, status=entry.status,
                    valid_from=since, last_said_at=since, valid_to=entry.until,
                )  # fmt: skip
                added += 1
        return added

    def _take(
        self,
        session: Session,
        claims: Sequence[Claim],
        origin: FactOrigin,
        source: Source,
        held: KnownFacts | None = None,
    ) -> Sequence[Fact]:
        if not self._is_there(session, source):
            return []
        known = (held or self.known(session)).rows
        learned_from = [row for row in known if source.message_id and row.message_id == source.message_id]
        if any((row.origin == "inferred") == (origin == "inferred") for row in learned_from):
            return []
        at = _not_before(known, source.at) if source.is_new else source.at
        change = Change(session, self._user.id, origin, source.message_id, at, source.answers_id)
        how = adopt if origin == "inferred" else resolve
        people = [row for row in known if row.key in kin.NAMED]
        for claim in claims:
            brought = len(change.rows)
            subject = kin.meant(kin.whose(claim, people), known, at, claim.before)
            if subject is None or (claim.key in kin.KEYS and not claim.ends and kin.is_known(claim.value, people)):
                continue
            how(change, replace(claim, subject=kin.linked(subject, people)), known)
            session.flush()
            new = [row for row in change.rows[brought:] if row.change_id == change.id]
            known += new
            people += [row for row in new if row.key in kin.NAMED]
            for row in new:
                for other in kin.renamed(row, known):
                    other.subject = row.value
                    session.add(other)
        return [to_fact(row) for row in change.rows]

    def _may_learn(self, session: Session) -> bool:
        return consent.granted(session, self._user.id, "profile")

    def _is_there(self, session: Session, source: Source) -> bool:
        """Whether the messages that claims come from were not forgotten meanwhile."""
        ids = [id for id in (None if source.is_new else source.message_id, source.answers_id) if id]
        said = col(MessageRow.id).in_(ids), MessageRow.status != "forgotten"
        return not ids or Rows(session, self._user.id).count(MessageRow, *said) == len(ids)

    def _row(self, session: Session, fact_id: str) -> FactRow:
        rows = self._rows(session, FactRow.id == fact_id)
        if not rows:
            raise NotFound("There is no such fact. List them with `profile.facts()`.")
        return rows[0]

    def _rows(self, session: Session, *conditions: Condition) -> list[FactRow]:
        mine = Rows(session, self._user.id).select(FactRow, *conditions)
        return list(session.exec(mine.order_by(col(FactRow.seq))))


def every_fact(database: Database, user: User) -> Sequence[Fact]:
    """All that there is, in order, what no longer holds and what was denied among it."""
    with database.read() as session:
        in_order = Rows(session, user.id).select(FactRow).order_by(col(FactRow.seq))
        return [to_fact(row) for row in session.exec(in_order)]


def facts_that_hold(session: Session, user_id: str) -> Sequence[Fact]:
    """The facts that hold now, in the order they came."""
    active = Rows(session, user_id).select(FactRow, FactRow.status == "active")
    return [to_fact(row) for row in session.exec(active.order_by(col(FactRow.seq)))]


def latest_said(database: Database, user: User, limit: int) -> Sequence[str]:
    """What the user said last in conversations that are remembered, the latest first; nothing if they do not allow that it is
    looked at for their profile."""
    with database.read() as session:
        allowed = consent.granted(session, user.id, "profile")
        return latest_said_in(session, user.id, limit) if allowed else []


def latest_said_in(session: Session, user_id: str, limit: int) -> Sequence[str]:
    """As `latest_said`, of a user who allows it."""
    said = (
        Rows(session, user_id)
        .column(MessageRow, MessageRow.text, MessageRow.role == "user", col(ConversationRow.remembers))
        .join(ConversationRow, col(ConversationRow.id) == MessageRow.conversation_id)
        .order_by(col(MessageRow.seq).desc())
    )
    return [text for text in session.exec(said.limit(limit)) if text]


def _not_before(known: Sequence[FactRow], moment: datetime) -> datetime:
    """`moment`, or, if the clock was set back since something was noted, right after that: what is said now holds."""
    noted = max((row.recorded_at for row in known), default=moment)
    return noted + timedelta(microseconds=1) if noted > moment else moment
