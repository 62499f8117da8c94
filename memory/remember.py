"""The one way memories are written and erased. Every function works inside the caller's transaction.

A memory is three things in SQLite: its row, its keyword entry, and a note in the outbox that its vector is to be
looked at again. They are written together, so a search never sees one without the others.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session, SQLModel, col, delete, or_, select, update

from memory.errors import NotFound
from memory.facts.resolution import restore
from memory.language import stemming
from memory.privacy import receipts
from memory.search import entries, keywords
from memory.search.reasons import question_before
from memory.storage.database import batches
from memory.storage.tables import (
    ConversationRow,
    FactRow,
    FactUseRow,
    FeedbackRow,
    MemoryRow,
    MessageRow,
    OutboxRow,
    RecallRow,
    UserRow,
    utc_now,
)

_STAYS = frozenset({"account", "consent", "erasure", "session"})


def insert(session: Session, row: MemoryRow) -> None:
    row.recorded_at = row.recorded_at or utc_now()
    row.words = len(stemming.content_words(row.text))
    session.add(row)
    session.flush()
    entries.write(session, row)


def replace_text(session: Session, row: MemoryRow, text: str) -> None:
    """Give a memory another text; its vector is made anew in the background and the old one purged."""
    receipts.note(session, [row], stays=True, now=text)
    row.text, row.vector, row.tokens, row.embedder = text, None, None, None
    row.words = len(stemming.content_words(text))
    session.add(row)
    session.flush()
    entries.write(session, row)
    followers = _followers(session, row.user_id, [row.id])
    _unquote(session, row.user_id, followers)
    for follower in followers:
        entries.write(session, follower)
    mark_purge(session, row.user_id)


def forget(session: Session, user_id: str, memory_ids: Collection[str]) -> int:
    """Erase memories with everything made from them; returns how many went.

    Covers: the memory, the message it came from, the reply to that message (it may repeat the words) with its memory,
    a title taken from the message, facts learned from it, its keyword entry and its part in the next turn's, its
    vector, the record of when it was recalled, later replies that share a word with it and were told it, as a memory or as
    what the profile had learned from it, later replies of its conversation with a word that only it had brought there, and
    replies that share a word with a question asked in any of these and were told it beside what answered it.
    Does not cover: another message in which the same was said again.
    """
    rows = _own(session, user_id, memory_ids)
    ids = {row.id for row in rows}
    rows += [row for row in _followers(session, user_id, list(ids)) if row.kind == "reply" and row.id not in ids]
    said = {row.message_id for row in rows if row.message_id and row.kind in ("said", "import")}
    replies = select(MessageRow.id).where(MessageRow.user_id == user_id, col(MessageRow.parent_id).in_(said))
    message_ids = {row.message_id for row in rows if row.message_id}
    message_ids |= set(session.exec(replies.where(MessageRow.role == "assistant")))
    message_ids |= _repeating(session, user_id, rows) | echoes(session, user_id, said)
    message_ids = _with_quoting(session, user_id, message_ids, rows)
    doomed = {row.id: row for row in [*rows, *redact(session, user_id, message_ids)]}
    drop(session, user_id, list(doomed.values()))
    return len(doomed)


def forget_replies_told(session: Session, user_id: str, facts: Sequence[FactRow]) -> None:
    """Erase the words of replies that were told facts set by hand, which no message holds, and share a word with one."""
    set_by_hand = [fact for fact in facts if fact.message_id is None]
    told: set[str] = set()
    for some in batches(set_by_hand):
        used = _given(session, user_id, FactUseRow, FactUseRow.fact_id, [fact.id for fact in some])
        for fact in some:
            own = set(stemming.words(fact.value))
            told |= _sharing(own, used.get(fact.id, {}))
    drop(session, user_id, redact(session, user_id, _with_quoting(session, user_id, told)))


def echoes(session: Session, user_id: str, message_ids: Collection[str]) -> set[str]:
    """Replies further on in the same conversations with a content word that of all the person said there only these messages
    have: they may repeat it from the talk itself."""
    found: set[str] = set()
    wanted = set(message_ids)
    ours = select(MessageRow).where(MessageRow.user_id == user_id)
    for some in batches(sorted(wanted)):
        talks = select(MessageRow.conversation_id).where(
            MessageRow.user_id == user_id, MessageRow.role == "user", col(MessageRow.id).in_(some)
        )
        for talk in set(session.exec(talks)):
            messages = session.exec(ours.where(MessageRow.conversation_id == talk).order_by(col(MessageRow.seq))).all()
            asked = [message for message in messages if message.role == "user"]
            kept = {word for message in asked if message.id not in wanted for word in stemming.words(message.text)}
            own: set[str] = set()
            for message in messages:
                if message.role == "user" and message.id in wanted:
                    own |= set(stemming.words(message.text)) - kept
                elif message.role == "assistant" and own & set(stemming.words(message.text)):
                    found.add(message.id)
    return found


def drop(session: Session, user_id: str, rows: Sequence[MemoryRow], *, purge: bool = True) -> None:
    """Remove memories from the store, leaving the messages they came from as they are.

    Without `purge` their traces in the index's files stay until the next one: for what is replaced, not forgotten.
    """
    if not rows:
        return
    ids = [row.id for row in rows]
    followers = [row for row in _followers(session, user_id, ids) if row.id not in ids]
    keywords.remove(session, user_id, [row.seq for row in rows if row.seq is not None])
    session.exec(delete(RecallRow).where(col(RecallRow.user_id) == user_id, col(RecallRow.memory_id).in_(ids)))
    if purge:
        receipts.note(session, rows)
    for row in rows:
        session.delete(row)
        session.add(OutboxRow(user_id=user_id, memory_id=row.id))
    session.flush()
    _unquote(session, user_id, followers)
    for follower in followers:
        follower.previous_id = None
        session.add(follower)
        entries.write(session, follower)
    if purge:
        mark_purge(session, user_id)


def erase_user(session: Session, user_id: str) -> None:
    """Remove everything of a user's but their name, what they consented to and when something was erased, in every table,
    and have the files rewritten."""
    for row_type in receipts.COUNTED:
        receipts.note(session, select(row_type).where(row_type.user_id == user_id))  # type: ignore[attr-defined]
    keywords.drop(session, user_id)
    keywords.create(session, user_id)
    for table in reversed(SQLModel.metadata.sorted_tables):
        if "user_id" in table.columns and table.name not in _STAYS:
            session.connection().execute(table.delete().where(table.columns["user_id"] == user_id))
    mark_purge(session, user_id)


def mark_purge(session: Session, user_id: str) -> None:
    session.exec(update(UserRow).where(col(UserRow.id) == user_id).values(purge_due=UserRow.purge_due + 1))


def previous_of(session: Session, user_id: str, speaker: str | None, occurred_at: datetime) -> str | None:
    """The memory that was said just before, for one added outside a chat: the newest, if within an hour."""
    if speaker is None:
        return None
    newest = session.exec(
        select(MemoryRow).where(MemoryRow.user_id == user_id).order_by(col(MemoryRow.seq).desc()).limit(1)
    ).first()
    if newest is None or newest.message_id or newest.speaker is None:
        return None
    return newest.id if abs((occurred_at - newest.occurred_at).total_seconds()) <= 3600 else None


def _unquote(session: Session, user_id: str, followers: Sequence[MemoryRow]) -> None:
    """Drop the reasons noted when these were recalled: they may quote the turn before."""
    recalled = col(RecallRow.user_id) == user_id, col(RecallRow.memory_id).in_([row.id for row in followers])
    session.exec(update(RecallRow).where(*recalled).values(why="[]"))


def _followers(session: Session, user_id: str, ids: Sequence[str]) -> list[MemoryRow]:
    return list(
        session.exec(select(MemoryRow).where(MemoryRow.user_id == user_id, col(MemoryRow.previous_id).in_(ids)))
    )


def _own(session: Session, user_id: str, memory_ids: Collection[str]) -> list[MemoryRow]:
    wanted = set(memory_ids)
    rows = list(session.exec(select(MemoryRow).where(MemoryRow.user_id == user_id, col(MemoryRow.id).in_(wanted))))
    if len(rows) != len(wanted):
        raise NotFound("There is no such memory. List them with `memories.list()` or `/memories`.")
    return rows


def _repeating(session: Session, user_id: str, rows: Sequence[MemoryRow]) -> set[str]:
    """Replies that were given these memories, or facts learned from their messages, and have a content word in common with
    one, or with the question before it: they may repeat it."""
    found: set[str] = set()
    for some in batches(rows):
        facts = _told_by(session, user_id, [row.message_id for row in some if row.message_id])
        told: dict[str | None, list[FactRow]] = {}
        for fact in facts:
            for source in {fact.message_id, fact.also_from}:
                told.setdefault(source, []).append(fact)
        recalled = _given(session, user_id, RecallRow, RecallRow.memory_id, [row.id for row in some])
        used = _given(session, user_id, FactUseRow, FactUseRow.fact_id, [fact.id for fact in facts])
        asked = _questions(session, user_id, some)
        for row in some:
            of_it = told.get(row.message_id, []) if row.message_id else []
            replies = {**recalled.get(row.id, {}), **{k: v for fact in of_it for k, v in used.get(fact.id, {}).items()}}
            if replies:
                told_with = (asked.get(row.id, ""), *(fact.value for fact in of_it))
                own = set(stemming.words(" ".join([row.text, *told_with])))
                found |= _sharing(own, replies)
    return found


def _with_quoting(
    session: Session, user_id: str, message_ids: Collection[str], rows: Sequence[MemoryRow] = ()
) -> set[str]:
    """These messages, the replies that quote a question of them or of `rows`, those that quote one of these, and so on."""
    found = set(message_ids)
    asking = list({row.id: row for row in (*rows, *_memories_of(session, user_id, found))}.values())
    while asking:
        quoting = _quoting(session, user_id, asking) - found
        found |= quoting
        asking = _memories_of(session, user_id, quoting)
    return found


def _quoting(session: Session, user_id: str, rows: Sequence[MemoryRow]) -> set[str]:
    """Replies that were given what was said right after one of these with the question it answers, and have a content word
    that only the question brought."""
    found: set[str] = set()
    for some in batches(rows):
        followers = {row.id: row for row in _followers(session, user_id, [row.id for row in some])}
        asked = _questions(session, user_id, list(followers.values()))
        for memory_id, replies in _given(session, user_id, RecallRow, RecallRow.memory_id, list(asked)).items():
            own = set(stemming.words(asked[memory_id])) - set(stemming.words(followers[memory_id].text))
            found |= _sharing(own, replies)
    return found


def _questions(session: Session, user_id: str, rows: Sequence[MemoryRow]) -> dict[str, str]:
    """The question that each of these is quoted with, by its id, if there is one."""
    ids = {row.previous_id for row in rows if row.previous_id}
    before = select(MemoryRow).where(MemoryRow.user_id == user_id, col(MemoryRow.id).in_(ids))
    previous = {row.id: row for row in session.exec(before)}
    found = {row.id: question_before(row, previous[row.previous_id]) for row in rows if row.previous_id in previous}
    return {id: question for id, question in found.items() if question}


def _given(
    session: Session, user_id: str, table: type[RecallRow | FactUseRow], what: object, ids: Sequence[str]
) -> dict[str, dict[str, str]]:
    """For each memory or fact the replies that were given it: their ids and texts."""
    found = select(what, MessageRow.id, MessageRow.text).where(  # type: ignore[call-overload]
        MessageRow.user_id == user_id, table.message_id == MessageRow.id, col(what).in_(ids)
    )
    given: dict[str, dict[str, str]] = {}
    for one, id, text in session.exec(found):
        given.setdefault(one, {})[id] = text
    return given


def _sharing(own: Collection[str], replies: Mapping[str, str]) -> set[str]:
    """Of these replies, texts by their ids, those with one of these content words."""
    return {id for id, text in replies.items() if not set(stemming.words(text)).isdisjoint(own)}


def _memories_of(session: Session, user_id: str, message_ids: Collection[str]) -> list[MemoryRow]:
    found: list[MemoryRow] = []
    for some in batches(sorted(message_ids)):
        of_them = select(MemoryRow).where(MemoryRow.user_id == user_id, col(MemoryRow.message_id).in_(some))
        found.extend(session.exec(of_them))
    return found


def redact(session: Session, user_id: str, message_ids: Collection[str]) -> list[MemoryRow]:
    """Take the words out of messages, and what was made from them that is no memory; returns the memories of them."""
    for some in batches(sorted(message_ids)):
        _redact(session, user_id, some)
    return _memories_of(session, user_id, message_ids)


def _redact(session: Session, user_id: str, ids: Sequence[str]) -> None:
    messages = select(MessageRow).where(MessageRow.user_id == user_id, col(MessageRow.id).in_(ids))
    receipts.note(session, messages.where(MessageRow.text != ""), stays=True)
    titled = select(ConversationRow).where(ConversationRow.user_id == user_id, col(ConversationRow.title_from).in_(ids))
    receipts.note(session, titled, stays=True)
    session.exec(
        update(MessageRow)
        .where(col(MessageRow.user_id) == user_id, col(MessageRow.id).in_(ids))
        .values(text="", status="forgotten", sampling=None, prompt_id=None)
    )
    session.exec(
        update(ConversationRow)
        .where(col(ConversationRow.user_id) == user_id, col(ConversationRow.title_from).in_(ids))
        .values(title="", title_from=None)
    )
    unlearn(session, user_id, ids)
    rated = select(FeedbackRow).where(FeedbackRow.user_id == user_id, col(FeedbackRow.message_id).in_(ids))
    receipts.note(session, rated)
    for table in (RecallRow, FactUseRow, FeedbackRow):
        session.exec(delete(table).where(col(table.user_id) == user_id, col(table.message_id).in_(ids)))


def _told_by(session: Session, user_id: str, message_ids: Collection[str]) -> list[FactRow]:
    told = or_(col(FactRow.message_id).in_(message_ids), col(FactRow.also_from).in_(message_ids))
    return list(session.exec(select(FactRow).where(FactRow.user_id == user_id, told)))


def unlearn(session: Session, user_id: str, message_ids: Collection[str]) -> None:
    """Remove the facts that messages told; what those had superseded holds again."""
    unlearn_facts(session, user_id, _told_by(session, user_id, message_ids))


def unlearn_facts(session: Session, user_id: str, facts: Sequence[FactRow]) -> None:
    """Remove facts; what they had superseded holds again."""
    forget_replies_told(session, user_id, facts)
    delete_facts(session, user_id, facts)
    session.flush()
    changes = {fact.change_id for fact in facts}
    for ended in session.exec(select(FactRow).where(FactRow.user_id == user_id, col(FactRow.ended_by).in_(changes))):
        restore(session, ended)
        session.flush()


def delete_facts(session: Session, user_id: str, facts: Sequence[FactRow]) -> None:
    """Remove facts, and that replies were told them."""
    ids = [fact.id for fact in facts]
    session.exec(delete(FactUseRow).where(col(FactUseRow.user_id) == user_id, col(FactUseRow.fact_id).in_(ids)))
    receipts.note(session, facts)
    for fact in facts:
        session.delete(fact)
