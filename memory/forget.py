"""The one way things are forgotten, with all that was made from them. Every function works inside the caller's transaction.

A reply may repeat what it was given: a memory, a fact, the question that a memory answers, or what was said before it in the
talk. So the words of each reply that has a word in common with what is forgotten, and was given it, go as well.

What is erased is noted for the receipt (`memory.privacy.receipts`); the files are rewritten afterwards by the indexer.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlmodel import Session, col, or_

from memory.errors import NotFound
from memory.facts.resolution import restore
from memory.language import stemming
from memory.privacy import receipts
from memory.remember import drop, drop_parts, followers, mark_purge
from memory.search import keywords
from memory.search.reasons import question_before
from memory.storage import personal
from memory.storage.database import batches
from memory.storage.rows import Rows
from memory.storage.tables import ConversationRow, FactRow, FactUseRow, MemoryRow, MessageRow, RecallRow


def memories(session: Session, user_id: str, memory_ids: Collection[str]) -> int:
    """Erase memories with everything made from them; returns how many went. Raises NotFound unless all are there.

    Covers: the memory, the message it came from, the reply to that message (it may repeat the words) with its memory,
    a title taken from the message, facts learned from it, its keyword entry and its part in the next turn's, its
    vector, the record of when it was recalled, later replies that share a word with it and were given it, as a memory or as
    what the profile had learned from it, later replies of its conversation with a word that only it had brought there, and
    replies that share a word with a question asked in any of these and were given it beside what answered it.
    Does not cover: another message in which the same was said again.
    """
    rows = Rows(session, user_id)
    going = _memories_called(rows, memory_ids)
    ids = {memory.id for memory in going}
    going += [row for row in followers(rows, list(ids)) if row.kind == "reply" and row.id not in ids]
    said = {memory.message_id for memory in going if memory.message_id and memory.kind in ("said", "import")}
    answers = rows.column(MessageRow, MessageRow.id, col(MessageRow.parent_id).in_(said))
    message_ids = {memory.message_id for memory in going if memory.message_id}
    message_ids |= set(session.exec(answers.where(MessageRow.role == "assistant")))
    message_ids |= _replies_repeating(rows, going) | echoes(session, user_id, said)
    message_ids = _with_replies_quoting(rows, message_ids, going)
    doomed = {memory.id: memory for memory in [*going, *redact(session, user_id, message_ids)]}
    drop(session, user_id, list(doomed.values()))
    return len(doomed)


def facts_learned_from(session: Session, user_id: str, message_ids: Collection[str]) -> None:
    """Erase the facts learned from messages; what those had superseded holds again."""
    facts(session, user_id, _facts_from(Rows(session, user_id), message_ids))


def facts(session: Session, user_id: str, going: Sequence[FactRow]) -> None:
    """Erase facts; what they had superseded holds again."""
    replies_given(session, user_id, going)
    delete_facts(session, user_id, going)
    session.flush()
    changes = {fact.change_id for fact in going}
    for ended in Rows(session, user_id).all(FactRow, col(FactRow.ended_by).in_(changes)):
        restore(session, ended)
        session.flush()


def delete_facts(session: Session, user_id: str, going: Sequence[FactRow]) -> None:
    """Remove facts, and the record of the replies that were given them."""
    drop_parts(Rows(session, user_id), FactRow, [fact.id for fact in going])
    receipts.note(session, going)
    for fact in going:
        session.delete(fact)


def replies_given(session: Session, user_id: str, going: Sequence[FactRow]) -> None:
    """Erase the words of replies that were given facts set by hand, which no message holds, and share a word with one."""
    rows = Rows(session, user_id)
    repeating: set[str] = set()
    for some in batches([fact for fact in going if fact.message_id is None]):
        used = _replies_given(rows, FactUseRow, FactUseRow.fact_id, [fact.id for fact in some])
        for fact in some:
            repeating |= _sharing(set(stemming.words(fact.value)), used.get(fact.id, {}))
    drop(session, user_id, redact(session, user_id, _with_replies_quoting(rows, repeating)))


def redact(session: Session, user_id: str, message_ids: Collection[str]) -> list[MemoryRow]:
    """Take the words out of messages, and what was made from them that is no memory; returns the memories of them."""
    rows = Rows(session, user_id)
    for some in batches(sorted(message_ids)):
        _redact(rows, some)
    return _memories_of(rows, message_ids)


def everything(session: Session, user_id: str) -> None:
    """Remove all of a user's rows but those that the registry has stay (`memory.storage.personal`), and their keywords; have
    the files rewritten."""
    rows = Rows(session, user_id)
    for row in receipts.COUNTED:
        receipts.note(session, rows.select(row))
    keywords.drop(session, user_id)
    keywords.create(session, user_id)
    for table in reversed(personal.PERSONAL):  # what names others goes before them
        if table.erased == "deleted":
            rows.delete(table.row)
    mark_purge(session, user_id)


def echoes(session: Session, user_id: str, message_ids: Collection[str]) -> set[str]:
    """Replies further on in the same conversations with a content word that of all the person said there only these messages
    have: they may repeat it from the talk itself."""
    rows = Rows(session, user_id)
    found: set[str] = set()
    wanted = set(message_ids)
    for some in batches(sorted(wanted)):
        asked_in = MessageRow.role == "user", col(MessageRow.id).in_(some)
        for talk in set(session.exec(rows.column(MessageRow, MessageRow.conversation_id, *asked_in))):
            of_it = rows.select(MessageRow, MessageRow.conversation_id == talk).order_by(col(MessageRow.seq))
            messages = session.exec(of_it).all()
            asked = [message for message in messages if message.role == "user"]
            kept = {word for message in asked if message.id not in wanted for word in stemming.words(message.text)}
            only_there: set[str] = set()
            for message in messages:
                if message.role == "user" and message.id in wanted:
                    only_there |= set(stemming.words(message.text)) - kept
                elif message.role == "assistant" and only_there & set(stemming.words(message.text)):
                    found.add(message.id)
    return found


def _memories_called(rows: Rows, memory_ids: Collection[str]) -> list[MemoryRow]:
    wanted = set(memory_ids)
    found = rows.all(MemoryRow, col(MemoryRow.id).in_(wanted))
    if len(found) != len(wanted):
        raise NotFound("There is no such memory. List them with `memories.list()` or `/memories`.")
    return found


def _replies_repeating(rows: Rows, going: Sequence[MemoryRow]) -> set[str]:
    """Replies that were given these memories, or facts learned from their messages, and have a content word in common with
    one, or with the question before it: they may repeat it."""
    found: set[str] = set()
    for some in batches(going):
        learned = _facts_from(rows, [memory.message_id for memory in some if memory.message_id])
        by_message: dict[str | None, list[FactRow]] = {}
        for fact in learned:
            for source in {fact.message_id, fact.also_from}:
                by_message.setdefault(source, []).append(fact)
        recalled = _replies_given(rows, RecallRow, RecallRow.memory_id, [memory.id for memory in some])
        used = _replies_given(rows, FactUseRow, FactUseRow.fact_id, [fact.id for fact in learned])
        asked = _questions(rows, some)
        for memory in some:
            of_it = by_message.get(memory.message_id, []) if memory.message_id else []
            replies = dict(recalled.get(memory.id, {}))
            for fact in of_it:
                replies |= used.get(fact.id, {})
            if replies:
                texts = (memory.text, asked.get(memory.id, ""), *(fact.value for fact in of_it))
                found |= _sharing(set(stemming.words(" ".join(texts))), replies)
    return found


def _with_replies_quoting(rows: Rows, message_ids: Collection[str], going: Sequence[MemoryRow] = ()) -> set[str]:
    """These messages, the replies that quote a question of them or of `going`, those that quote one of these, and so on."""
    found = set(message_ids)
    asking = list({memory.id: memory for memory in (*going, *_memories_of(rows, found))}.values())
    while asking:
        quoting = _replies_quoting(rows, asking) - found
        found |= quoting
        asking = _memories_of(rows, quoting)
    return found


def _replies_quoting(rows: Rows, asking: Sequence[MemoryRow]) -> set[str]:
    """Replies that were given what was said right after one of these with the question it answers, and have a content word
    that only the question brought."""
    found: set[str] = set()
    for some in batches(asking):
        answers = {row.id: row for row in followers(rows, [memory.id for memory in some])}
        asked = _questions(rows, list(answers.values()))
        for memory_id, replies in _replies_given(rows, RecallRow, RecallRow.memory_id, list(asked)).items():
            only_asked = set(stemming.words(asked[memory_id])) - set(stemming.words(answers[memory_id].text))
            found |= _sharing(only_asked, replies)
    return found


def _questions(rows: Rows, answers: Sequence[MemoryRow]) -> dict[str, str]:
    """The question that each of these is quoted with, by its id, if there is one."""
    ids = {memory.previous_id for memory in answers if memory.previous_id}
    previous = {row.id: row for row in rows.all(MemoryRow, col(MemoryRow.id).in_(ids))}
    found = {row.id: question_before(row, previous[row.previous_id]) for row in answers if row.previous_id in previous}
    return {id: question for id, question in found.items() if question}


def _replies_given(
    rows: Rows, table: type[RecallRow | FactUseRow], what: str, ids: Sequence[str]
) -> dict[str, dict[str, str]]:
    """For each memory or fact the replies that were given it: their ids and texts."""
    given: dict[str, dict[str, str]] = {}
    replies = rows.columns(MessageRow, what, MessageRow.id, MessageRow.text)
    for one, id, text in rows.session.exec(replies.where(table.message_id == MessageRow.id, col(what).in_(ids))):
        given.setdefault(one, {})[id] = text
    return given


def _sharing(words: Collection[str], replies: Mapping[str, str]) -> set[str]:
    """Of these replies, texts by their ids, those with one of these content words."""
    return {id for id, text in replies.items() if not set(stemming.words(text)).isdisjoint(words)}


def _memories_of(rows: Rows, message_ids: Collection[str]) -> list[MemoryRow]:
    found: list[MemoryRow] = []
    for some in batches(sorted(message_ids)):
        found.extend(rows.all(MemoryRow, col(MemoryRow.message_id).in_(some)))
    return found


def _facts_from(rows: Rows, message_ids: Collection[str]) -> list[FactRow]:
    return rows.all(FactRow, or_(col(FactRow.message_id).in_(message_ids), col(FactRow.also_from).in_(message_ids)))


def _redact(rows: Rows, ids: Sequence[str]) -> None:
    of_them, titled = col(MessageRow.id).in_(ids), col(ConversationRow.title_from).in_(ids)
    receipts.note(rows.session, rows.select(MessageRow, of_them, MessageRow.text != ""), stays=True)
    receipts.note(rows.session, rows.select(ConversationRow, titled), stays=True)
    rows.update(MessageRow, of_them, text="", status="forgotten", sampling=None, prompt_id=None, plan=None)
    rows.update(ConversationRow, titled, title="", title_from=None)
    facts_learned_from(rows.session, rows.user_id, ids)
    drop_parts(rows, MessageRow, ids)
