"""One user's profile: facts set by hand and facts learned from what they say, each with its source and when it held.

    message ──> extraction (rules) ──> resolve against what is known ──> one commit: facts brought, facts ended

A new value of a key that holds one supersedes the old one, which is kept as history. Of several, near-duplicates become
one, and what is said against something ("I no longer eat meat") ends it. Each commit is a change, which can be undone.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import Session, col, or_, select

from memory import portrait, profile_file, remember, secrets, times, vocabulary
from memory.choices import chosen
from memory.database import Database
from memory.errors import BadInput, NotFound
from memory.extraction import USER, Claim, asks_not_to_be_remembered, extract, is_fit
from memory.store import Store, User
from memory.tables import ConversationRow, FactRow, MessageRow, new_id, utc_now
from memory.text import CJK, clean_text
from memory.types import Fact, FactOrigin, Message
from memory.vocabulary import Language

SAME = 0.75
"""Two values that share so much of their words are one."""
_CAN_END = (
    "likes", "dislikes", "interests", "diet", "job", "employer", "school", "studies", "home", "possessions", "plans", "goals",
    "schedule", "people", "pets", "allergies", "languages", "style", "relationship", "skills", "health",
)  # fmt: skip


class Profile:
    """Keys are those of `memory.vocabulary`, or words of your own. Another user's ids are simply not found here."""

    def __init__(self, store: Store, user: User) -> None:
        self._store = store
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

    def history(self, key: str) -> Sequence[Fact]:
        """Every fact about the user that there was for `key`, oldest first; not what was learned and denied."""
        key = vocabulary.checked_key(key)
        with self._store.database.read() as session:
            mine = (FactRow.key == key, FactRow.subject == USER, FactRow.status != "rejected")
            return [to_fact(row) for row in self._rows(session, *mine)]

    def set(self, key: str, value: str, *, subject: str = USER) -> Fact:
        """Let `key` of the user, or of a person in their life, hold `value` and nothing else; what it held before, if it
        differs, becomes history. Raises BadInput."""
        key, value, subject = vocabulary.checked_key(key), _checked(value), _checked_subject(subject)
        with self._store.database.write() as session:
            change = _Change(session, self._user.id)
            held = self._rows(session, FactRow.status == "active", FactRow.key == key, FactRow.subject == subject)
            same = next((row for row in held if row.value == value), None)
            for row in held:
                if row is not same:
                    change.end(row)
            return to_fact(same or change.bring(key, value, subject=subject, polarity=_polarity(key)))

    def add(self, key: str, value: str, *, subject: str = USER) -> Fact:
        """Let `key` hold `value` as well; for a key that holds one, the same as `set`. Raises BadInput."""
        if not vocabulary.several(vocabulary.checked_key(key)):
            return self.set(key, value, subject=subject)
        value, subject = _checked(value), _checked_subject(subject)
        with self._store.database.write() as session:
            held = self._rows(session, FactRow.status == "active", FactRow.key == key, FactRow.subject == subject)
            same = next((row for row in held if _alike(row.value, value)), None)
            change = _Change(session, self._user.id)
            return to_fact(same or change.bring(key, value, subject=subject, polarity=_polarity(key)))

    def edit(self, fact_id: str, value: str) -> Fact:
        """Put another value in a fact's place; the old one is denied, not kept as what once held. Raises NotFound."""
        value = _checked(value)
        with self._store.database.write() as session:
            row = self._own(session, fact_id)
            if row.status != "active":
                raise BadInput("That fact no longer holds, so it cannot be edited. Set the new one instead.")
            change = _Change(session, self._user.id)
            change.end(row, "rejected")
            return to_fact(change.bring(row.key, value, subject=row.subject, polarity=row.polarity))

    def confirm(self, fact_id: str) -> Fact:
        """The user says that a fact is right: it is as sure as one set by hand."""
        with self._store.database.write() as session:
            row = self._own(session, fact_id)
            row.confidence = 1.0
            session.add(row)
            return to_fact(row)

    def reject(self, fact_id: str) -> None:
        """The user says that a fact is wrong. It is kept as denied, and what it had superseded holds again."""
        with self._store.database.write() as session:
            row = self._own(session, fact_id)
            row.status, row.valid_to = "rejected", utc_now()
            session.add(row)
            session.flush()
            for old in self._rows(session, FactRow.ended_by == row.change_id, FactRow.key == row.key):
                _restore(session, old)

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
                    _restore(session, row)
            return [to_fact(row) for row in rows]

    def forget(self, fact_id: str) -> None:
        """Erase a fact for good, whether it still holds or is history. Raises NotFound."""
        with self._store.database.write() as session:
            row = self._own(session, fact_id)
            ended = self._rows(session, FactRow.ended_by == row.change_id, FactRow.key == row.key)
            for other in self._rows(session, FactRow.change_id == row.change_id):  # of the same message
                if other.quote and row.value in other.quote:
                    other.quote = None
                    session.add(other)
            session.delete(row)
            session.flush()
            for old in ended:  # what was corrected into it goes with it, what it superseded holds again
                if old.status == "rejected":
                    session.delete(old)
                else:
                    _restore(session, old)
            remember.mark_purge(session, self._user.id)
        self._store.indexer.wake()

    def learn(
        self,
        text: str,
        *,
        message_id: str | None = None,
        at: datetime | None = None,
        proposal: Message | str | None = None,
    ) -> Sequence[Fact]:
        """Learn by rules what the user says of themselves and others in `text`, said at `at` (default: now), or what they
        show by picking one of the options in `proposal`, the message of the assistant's that it answers.

        Returns the facts it brought and those it ended, all of one change; none for most messages. A message is learned
        from once.
        """
        if asks_not_to_be_remembered(text):
            return []
        proposed = proposal if isinstance(proposal, str) else proposal.text if proposal else ""
        picked = chosen(text, proposed) if proposed else ()
        from_id = proposal.id if isinstance(proposal, Message) and picked else None
        claims = [claim for claim in picked or extract(text) if is_fit(claim)]
        return self._store_claims(claims, "chosen" if picked else "said", message_id, at or utc_now(), from_id)

    def explain(self, fact_id: str) -> str:
        """Where a fact comes from, in a sentence. Raises NotFound."""
        with self._store.database.read() as session:
            fact = to_fact(self._own(session, fact_id))
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

    def interests(self, *, half_life_days: float = 90) -> Sequence[portrait.Interest]:
        """The topics the user is drawn to, the heaviest first, each with its evidence; an old one fades."""
        if half_life_days <= 0:
            raise BadInput(f"half_life_days is {half_life_days}; it must be above 0.")
        return portrait.interests(self.facts(), utc_now(), half_life_days)

    def style(self, *, messages: int = 200) -> portrait.Style:
        """How the user writes, from their latest `messages`, and how they want to be answered."""
        with self._store.database.read() as session:
            said = (
                select(MessageRow.text)
                .join(ConversationRow, col(ConversationRow.id) == MessageRow.conversation_id)
                .where(MessageRow.user_id == self._user.id, MessageRow.role == "user", col(ConversationRow.remembers))
            )
            texts = [text for text in session.exec(said.order_by(col(MessageRow.seq).desc()).limit(messages)) if text]
        return portrait.style(texts, self.facts())

    def export(self) -> str:
        """The whole profile as JSON, history too, what was denied left out. See `memory.profile_file`."""
        return profile_file.dump(every_fact(self._store.database, self._user))

    def import_(self, text: str) -> int:
        """Add the facts of a profile in JSON, all or none; returns how many were new. One that holds already is left as it
        is, of a key that holds one value the file's comes in its place. Raises BadInput with the line and the reason."""
        entries = profile_file.load(text)
        added = 0
        with self._store.database.write() as session:
            change = _Change(session, self._user.id)
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

    def _store_claims(
        self,
        claims: Sequence[Claim],
        origin: FactOrigin,
        message_id: str | None,
        at: datetime,
        also_from: str | None = None,
    ) -> Sequence[Fact]:
        if not claims:
            return []
        with self._store.database.write() as session:
            if message_id and self._rows(session, FactRow.message_id == message_id):
                return []
            sources = [source for source in (message_id, also_from) if source]
            said = select(MessageRow.id).where(
                MessageRow.user_id == self._user.id, col(MessageRow.id).in_(sources), MessageRow.status != "forgotten"
            )
            if len(session.exec(said).all()) != len(sources):  # forgotten meanwhile
                return []
            change = _Change(session, self._user.id, origin, message_id, at, also_from)
            for claim in claims:
                active = self._rows(session, FactRow.status == "active")
                _resolve(change, claim, active)
                session.flush()
            return [to_fact(row) for row in change.rows]

    def _own(self, session: Session, fact_id: str) -> FactRow:
        rows = self._rows(session, FactRow.id == fact_id)
        if not rows:
            raise NotFound("There is no such fact. List them with `profile.facts()`.")
        return rows[0]

    def _rows(self, session: Session, *conditions: object) -> list[FactRow]:
        mine = select(FactRow).where(FactRow.user_id == self._user.id, *conditions)  # type: ignore[arg-type]
        return list(session.exec(mine.order_by(col(FactRow.seq))))


def every_fact(database: Database, user: User) -> Sequence[Fact]:
    """All that there is, in order, what no longer holds and what was denied among it."""
    with database.read() as session:
        rows = session.exec(select(FactRow).where(FactRow.user_id == user.id).order_by(col(FactRow.seq)))
        return [to_fact(row) for row in rows]


class _Change:
    """What one message, or one act of the user, changes: facts brought and facts ended, under one id."""

    def __init__(
        self,
        session: Session,
        user_id: str,
        origin: FactOrigin = "set",
        message_id: str | None = None,
        at: datetime | None = None,
        also_from: str | None = None,
    ) -> None:
        self.session, self.user_id, self.origin, self.message_id = session, user_id, origin, message_id
        self.also_from = also_from
        self.at = (at or utc_now()).astimezone(UTC)
        self.id = new_id()
        self.rows: list[FactRow] = []

    def bring(self, key: str, value: str, **more: object) -> FactRow:
        row = FactRow(
            user_id=self.user_id, key=key, value=value, origin=self.origin, message_id=self.message_id,
            also_from=self.also_from, valid_from=self.at,
            recorded_at=utc_now(), last_said_at=self.at, change_id=self.id,
        )  # fmt: skip
        for name, given in more.items():
            setattr(row, name, given)
        self.session.add(row)
        self.session.flush()
        self.rows.append(row)
        return row

    def end(self, row: FactRow, status: str = "superseded") -> None:
        row.status, row.valid_to, row.ended_by = status, self.at, self.id
        self.session.add(row)
        self.rows.append(row)


def _resolve(change: _Change, claim: Claim, active: Sequence[FactRow]) -> None:
    """Bring a claim into the profile, given what holds now."""
    about = [row for row in active if row.subject == claim.subject]
    if claim.ends:
        for row in about:
            negative = row.polarity < 0 or row.key in ("allergies", "health")
            if row.key in _CAN_END and negative == (claim.polarity < 0) and _names(row.value, claim.value):
                change.end(row)
    elif claim.key == "corrected":
        _correct(change, claim, active)
    else:
        _bring(change, claim, about)


def _correct(change: _Change, claim: Claim, active: Sequence[FactRow]) -> None:
    """ "Porto, not Lisbon" puts a value right; "my sister moved, not me" gives the user's fact to another.

    Never what must not be lost: allergies, diet and health are put right by hand, or by saying the right ones.
    """
    users = [row for row in active if row.subject == USER and row.key not in ("allergies", "diet", "health", "style")]
    if claim.instead_of:
        wrong = next((row for row in reversed(users) if _alike(row.value, claim.instead_of)), None)
        held = wrong is not None and any(row.key == wrong.key and row.value == claim.value for row in users)
        if wrong is not None and claim.value and not held:
            change.end(wrong, "rejected")
            change.bring(
                wrong.key, claim.value, subject=wrong.subject, polarity=wrong.polarity, strength=wrong.strength,
                confidence=claim.confidence, quote=claim.quote, also_from=wrong.message_id,
            )  # fmt: skip
        return
    words = set(_words(claim.quote))
    told = [row for row in users if row.quote and len(words & set(_words(row.quote))) > 1] or [
        row for row in users if row.key == "home" and re.search(r"\bmov|搬", claim.quote)
    ]
    if told:
        wrong = told[-1]
        change.end(wrong, "rejected")
        change.bring(
            wrong.key, wrong.value, subject=claim.subject, confidence=claim.confidence, quote=claim.quote,
            also_from=wrong.message_id,
        )  # fmt: skip


def _bring(change: _Change, claim: Claim, about: Sequence[FactRow]) -> None:
    taste = claim.key in ("likes", "interests", "dislikes")
    for row in about:
        same_kind = row.key == claim.key or (
            taste and row.polarity == claim.polarity and row.key in ("likes", "interests", "dislikes")
        )
        same = _alike if vocabulary.several(claim.key) else _equal
        if same_kind and same(row.value, claim.value):
            row.times_said += 1
            row.last_said_at = max(row.last_said_at, change.at)
            row.strength = max(row.strength, claim.strength)
            change.session.add(row)
            return
    for row in about:
        opposed = (
            taste
            and {row.key, claim.key} & {"dislikes"}
            and row.polarity != claim.polarity
            and _alike(row.value, claim.value)
        )
        replaced = row.key == claim.key and not vocabulary.several(claim.key)
        if opposed or replaced:
            change.end(row)
    value, since = _without_time(claim, change.at)
    change.bring(
        claim.key, value, subject=claim.subject, polarity=claim.polarity, strength=claim.strength,
        confidence=claim.confidence, quote=claim.quote, valid_from=since,
    )  # fmt: skip


def _without_time(claim: Claim, at: datetime) -> tuple[str, datetime]:
    """The value, and since when it holds: "Lisbon last week" is Lisbon, since a week ago."""
    if claim.key not in ("home", "job", "employer", "school", "relationship", "studies"):
        return claim.value, at
    local = at.astimezone()
    spans = times.resolve(claim.quote, local)
    past = [span for span in spans if span.start <= local and span.start.year > 1900]
    value = claim.value
    for span in spans:
        phrase = re.escape(span.phrase).replace(r"\ ", r"\s+")
        shorter = re.sub(
            rf"[\s,]*\b(?:since|in|on|during|from|until|as of)?\s*{phrase}\s*$", "", value, flags=re.I
        ).strip()
        value = shorter or value
    return value, past[0].start.astimezone(UTC) if past else at


def _restore(session: Session, row: FactRow) -> None:
    """Let what was superseded hold again, unless something else now holds in its place."""
    held = select(FactRow.id).where(
        FactRow.user_id == row.user_id,
        FactRow.key == row.key,
        FactRow.subject == row.subject,
        FactRow.status == "active",
    )
    taken = not vocabulary.several(row.key) and session.exec(held).first() is not None
    if row.status == "superseded" and not taken:
        row.status, row.valid_to, row.ended_by = "active", None, None
        session.add(row)


_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset("a an the of to in on at for and or my any all some very really so with from".split())


def _words(value: str) -> list[str]:
    """What a value is compared by: its words, without small ones and endings; of Chinese, its pairs of characters."""
    found: list[str] = []
    for run in _WORD.findall(value.casefold()):
        if CJK.search(run):
            signs = "".join(sign for sign in run if sign not in "的了着")
            found += [signs[at : at + 2] for at in range(max(len(signs) - 1, 1))] if signs else []
        elif run not in _SMALL:
            found.append(re.sub(r"(?:ies|es|s|ing)$", "", run) if len(run) > 4 else run)
    return found


def _equal(one: str, other: str) -> bool:
    return re.sub(r"\W+", "", one).casefold() == re.sub(r"\W+", "", other).casefold()


def _alike(one: str, other: str) -> bool:
    left, right = set(_words(one)), set(_words(other))
    if not left or not right:
        return one.strip().casefold() == other.strip().casefold()
    return len(left & right) / len(left | right) >= SAME


def _names(value: str, said: str) -> bool:
    """Whether what was `said` names a fact's value, in whole or by its main word."""
    left, right = set(_words(value)), set(_words(said))
    return bool(left and right) and len(left & right) / min(len(left), len(right)) >= SAME


def _polarity(key: str) -> int:
    return -1 if key == "dislikes" else 1


def _checked(value: str) -> str:
    value = clean_text(value, max_chars=profile_file.MAX_VALUE_CHARS, what="value")
    found = secrets.find(value)
    if found:
        raise BadInput(f"That holds a secret ({found[0].kind}), which is not kept in the profile. Leave it out.")
    return value


def _checked_subject(subject: str) -> str:
    return " ".join(clean_text(subject, max_chars=100, what="subject").split())


def to_fact(row: FactRow) -> Fact:
    return Fact(
        id=row.id,
        key=row.key,
        value=row.value,
        status=row.status,  # type: ignore[arg-type]
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        quote=row.quote,
        message_id=row.message_id,
        subject=row.subject,
        polarity=row.polarity,
        strength=row.strength,
        confidence=row.confidence,
        origin=row.origin,  # type: ignore[arg-type]
        times_said=row.times_said,
        last_said_at=row.last_said_at,
        change_id=row.ended_by or row.change_id,
    )
