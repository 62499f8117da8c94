"""Take in conversation logs (`memory.exchange.foreign_logs`): whole conversations, with their branches and original times, some
to a commit. What the user said becomes memories marked as imported and, by the rules, facts; the same file again adds nothing,
and one that was cut off goes on where it was."""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from time import monotonic
from typing import IO, TypedDict, Unpack
from uuid import NAMESPACE_URL, uuid5

from sqlmodel import Session, SQLModel, col, select

from memory import message_log, remember
from memory.exchange import foreign_logs
from memory.exchange.foreign_logs import Known, Refused, Said, Talk
from memory.exchange.foreign_logs.zhiji import OWN_ID
from memory.exchange.heard_talks import HeardById, Packed, began, heard_talks, pack
from memory.facts.resolution import KnownFacts
from memory.language import secrets
from memory.language.extraction import asks_not_to_be_remembered
from memory.privacy import consent
from memory.profile import Profile, Source
from memory.storage.rows import Rows
from memory.storage.tables import ConversationRow, FactUseRow, FeedbackRow, MemoryRow, MessageRow, RecallRow, utc_now
from memory.store import Store, User

_AT_ONCE = 500
COMMIT_S = 0.5
"""After so long what was stored is committed, and others may write."""
MOST_REFUSED = 1_000
"""Of which a report tells each."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a file holds, or what was taken in of it. `known` conversations were there already."""

    source: str = ""
    conversations: int = 0
    known: int = 0
    messages: int = 0
    memories: int = 0
    facts: int = 0
    first: datetime | None = None
    last: datetime | None = None
    titles: tuple[str, ...] = ()
    """Of the first conversations that are new."""
    refused: tuple[Refused, ...] = field(default=())
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What is no speech, and so is left out of what is new, counted by what it is: "tool call", "picture"."""
    notes: tuple[str, ...] = ()
    """How the file was read, where that had to be found out: its encoding, the order of its dates."""


@dataclass(frozen=True, slots=True)
class Into:
    """Where a log goes, and what becomes of it: whether it is remembered and learned from."""

    store: Store
    user: User
    remembers: bool = True
    learns: bool = True


class Told(TypedDict, total=False):
    """What a person may say of a file: its `encoding`, and how they are called in it (`me`); else both are found, if they can
    be."""

    encoding: str | None
    me: str | None


def take_in(
    log: bytes | IO[bytes],
    into: Into,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **told: Unpack[Told],
) -> Report:
    """Import a file, or with `dry_run` only say what would be imported; `progress(done, total)` counts conversations.
    Raises BadInput if it is none that is known."""
    erasures = into.store.erasures(into.user)
    talks, refused = _looked_through(log, into, told)
    report = Report(refused=refused)
    known: set[str] = set()
    with closing(heard_talks(talks, into.store.hear_log, partial(_to_hear, into, known, dry_run))) as groups:
        store = partial(_only_counted, into, known) if dry_run else partial(_stored, into, known, erasures)
        stored = chain.from_iterable(map(store, groups))
        for done, (talk, brought) in enumerate(stored, start=1):
            report = _counted(report, talk, *brought) if brought else replace(report, known=report.known + 1)
            if progress:
                progress(done, len(talks))
    into.store.check_not_erased(into.user, erasures)
    return report


def _stored(
    into: Into, known: set[str], erasures: int, group: Sequence[tuple[Talk, HeardById]]
) -> Iterator[tuple[Talk, tuple[int, int] | None]]:
    """Each talk of a group, stored, with how many memories and facts it brought; `None` if it was `known`. Some are one commit,
    because what the profile holds is read for each."""
    waiting = deque(group)
    while waiting:
        done: list[tuple[Talk, tuple[int, int] | None]] = []
        with into.store.database.write() as session:
            until = monotonic() + COMMIT_S
            facts: KnownFacts | None = None
            while waiting and (not done or monotonic() < until):
                into.store.check_not_erased(into.user, erasures)
                talk, heard = waiting.popleft()
                facts = Profile(into.store, into.user).known(session) if heard and facts is None else facts
                done.append((talk, _store(session, into, talk, heard, facts) if _is_new(into, talk, known) else None))
        into.store.indexer.wake()
        yield from done


def _only_counted(
    into: Into, known: set[str], group: Sequence[tuple[Talk, HeardById]]
) -> Iterator[tuple[Talk, tuple[int, int] | None]]:
    """As `_stored`, of what would be stored."""
    for talk, _ in group:
        yield talk, (len(_remembered(into, talk)), 0) if _is_new(into, talk, known) else None


def _is_new(into: Into, talk: Talk, known: set[str]) -> bool:
    """Whether a talk is not `known`; then it is."""
    identity = _identity(into, talk)
    new = identity not in known
    known.add(identity)
    return new


def _looked_through(log: bytes | IO[bytes], into: Into, told: Told) -> tuple[list[Packed], tuple[Refused, ...]]:
    """The talks of a file, the oldest first (our own as they are), and what cannot be taken in. Raises BadInput."""
    talks: list[Packed] = []
    refused: list[Refused] = []
    ours, more = True, 0
    name = Profile(into.store, into.user).get("name")
    known = Known(told.get("me"), [into.user.name, *([name.value] if name else [])])
    for found in foreign_logs.read(log, told.get("encoding"), known):
        if isinstance(found, Talk):
            ours = ours and found.source == "zhiji"
            talks.append(pack(found))
        elif len(refused) < MOST_REFUSED:
            refused.append(found)
        else:
            more += 1
    if more:
        refused.append(Refused("further on", f"{more:,} more"))
    if not ours:
        talks.sort(key=lambda waiting: waiting.began or utc_now())
    return talks, tuple(refused)


def _counted(report: Report, talk: Talk, memories: int, facts: int) -> Report:
    times = [said.at for said in talk.messages if said.at]
    return replace(
        report,
        source=talk.source,
        conversations=report.conversations + 1,
        messages=report.messages + len(talk.messages),
        memories=report.memories + memories,
        facts=report.facts + facts,
        first=min([*times, *([report.first] if report.first else [])], default=None),
        last=max([*times, *([report.last] if report.last else [])], default=None),
        titles=(*report.titles, talk.title or message_log.title_of(talk.messages[0].text))[:5] if talk.messages else (),
        left_out=dict(Counter(report.left_out) + Counter(talk.left_out)),
        notes=tuple(dict.fromkeys([*report.notes, *talk.notes])),
    )


def _identity(into: Into, talk: Talk, inner: str = "") -> str:
    """The same for the same conversation, or message, each time, and another for each user."""
    return uuid5(NAMESPACE_URL, f"{into.user.id} {talk.source} {talk.id} {inner}").hex


def _ids(session: Session, into: Into, talk: Talk) -> Mapping[str, str]:
    """What the messages of a log, and under "" the conversation, are called here. Our own log keeps its ids in a store that
    has none of them; else they are made anew, the same each time."""
    own = {"": talk.id, **{said.id: said.id for said in talk.messages}}
    if talk.source == "zhiji" and all(OWN_ID.fullmatch(id) for id in own.values()):
        taken = session.exec(select(ConversationRow.id).where(ConversationRow.id == talk.id)).first()
        named = list(own.values())
        for start in range(0, len(named), _AT_ONCE):
            some = col(MessageRow.id).in_(named[start : start + _AT_ONCE])
            taken = taken or session.exec(select(MessageRow.id).where(some)).first()
        if taken is None:
            return own
    return {inner: _identity(into, talk, inner) for inner in own}


def _is_known(session: Session, into: Into, talk: Talk) -> bool:
    names = [_identity(into, talk), talk.id] if talk.source == "zhiji" else [_identity(into, talk)]
    return Rows(session, into.user.id).first(ConversationRow, col(ConversationRow.id).in_(names)) is not None


def _remembered(into: Into, talk: Talk) -> frozenset[str]:
    """The ids of the messages that become memories: what the user said, on the branch that the conversation shows."""
    if not (into.remembers and talk.remembers):
        return frozenset()
    shown = talk.shown()
    return frozenset(
        said.id
        for said in talk.messages
        if said.id in shown and said.role == "user" and said.text and not asks_not_to_be_remembered(said.text)
    )


def _to_hear(into: Into, known: set[str], dry_run: bool, talk: Talk) -> Sequence[Said]:
    """The messages of a talk that are learned from, if the user allows it and the talk is new; else it is added to those that
    are `known`."""
    with into.store.database.read() as session:
        if _is_known(session, into, talk):
            known.add(_identity(into, talk))
        may_learn = into.learns and consent.granted(session, into.user.id, "profile")
    if dry_run or not may_learn or _identity(into, talk) in known:
        return []
    wanted = _remembered(into, talk)
    return [said for said in talk.messages if said.id in wanted]


def _store(
    session: Session, into: Into, talk: Talk, heard: HeardById, known: KnownFacts | None
) -> tuple[int, int] | None:
    """One conversation, with what it tells of the user; returns how many memories and facts it brought, `None` if it has been
    taken in since it was heard. `known`: the facts there are."""
    wanted = _remembered(into, talk)
    facts = 0
    if _is_known(session, into, talk):
        return None
    ids = _ids(session, into, talk)
    rows = _rows(into, talk, ids)
    granted = consent.all_granted(session, into.user.id)
    place = {ids[said]: said for said in wanted} if "remember" in granted else {}
    remembered = [row for row in rows if row.id in place]
    session.add(_conversation(into, talk, rows, ids))
    session.flush()
    session.add_all(rows)
    session.flush()
    session.add_all(_of_replies(into, talk, ids))
    remember.insert_all(session, [_memory(into, row) for row in remembered], before="")
    if heard and "profile" in granted:
        profile = Profile(into.store, into.user)
        for row in remembered:
            if told := heard.get(place[row.id]):
                facts += len(profile.learn_in(session, told, Source(row.id, row.occurred_at), known))
    return len(remembered), facts


def _rows(into: Into, talk: Talk, ids: Mapping[str, str]) -> list[MessageRow]:
    now = utc_now()
    last = began(talk) or now
    rows: list[MessageRow] = []
    for said in talk.messages:
        last = said.at or last
        rows.append(
            MessageRow(
                id=ids[said.id],
                user_id=into.user.id,
                conversation_id=ids[""],
                parent_id=said.parent_id and ids[said.parent_id],
                role=said.role,
                text=said.text,
                status=said.status,
                model=said.model or (talk.source if said.role == "assistant" and talk.source != "zhiji" else None),
                sampling=said.sampling,
                prompt_id=said.prompt_id,
                plan=said.plan,
                occurred_at=last,
                recorded_at=said.recorded_at or now,
            )
        )
    return rows


def _of_replies(into: Into, talk: Talk, ids: Mapping[str, str]) -> Iterator[SQLModel]:
    """What our own log tells of replies: what the user thought of them, and where they keep their ids, what they were told."""
    user_id = into.user.id
    for said in talk.messages:
        id, same = ids[said.id], ids[said.id] == said.id
        if said.rated and said.role == "assistant" and said.text:
            rated = said.rated
            yield FeedbackRow(
                message_id=id,
                user_id=user_id,
                rating=rated.rating,
                reason=rated.reason,
                corrected=rated.corrected,
                rated_at=rated.at,
            )
        for rank, (memory_id, score, why) in enumerate(said.recalled if same else ()):
            yield RecallRow(message_id=id, memory_id=memory_id, user_id=user_id, rank=rank, score=score, why=why)
        for rank, fact_id in enumerate(said.facts_used if same else ()):
            yield FactUseRow(message_id=id, fact_id=fact_id, user_id=user_id, rank=rank)


def _conversation(into: Into, talk: Talk, rows: list[MessageRow], ids: Mapping[str, str]) -> ConversationRow:
    named = " ".join(talk.title.split())[:200]
    first = rows[0] if rows else None
    from_first = message_log.title_of(secrets.hide(first.text, secrets.find(first.text))) if first else ""
    title = named if named or talk.source == "zhiji" else from_first
    return ConversationRow(
        id=ids[""],
        user_id=into.user.id,
        title=title,
        title_from=first.id if first and title == from_first else None,
        head_id=ids[talk.head_id] if talk.head_id else (rows[-1].id if rows else None),
        remembers=into.remembers and talk.remembers,
        recalls=talk.recalls,
        pinned=talk.pinned,
        created_at=talk.created_at or (rows[0].occurred_at if rows else utc_now()),
        updated_at=talk.updated_at or max((row.occurred_at for row in rows), default=utc_now()),
    )


def _memory(into: Into, row: MessageRow) -> MemoryRow:
    """Its vector is made in the background."""
    return MemoryRow(
        user_id=into.user.id,
        kind="import",
        text=secrets.hide(row.text, secrets.find(row.text)),
        speaker=into.user.name,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        message_id=row.id,
        conversation_id=row.conversation_id,
    )
