"""Every table with a user's rows, registered once: what each sweep does with it, or why it leaves it alone.

    sweep          goes over                                       in
    erased         everything of a user's is deleted               memory.forget
    counted        receipts, and what `zhiji privacy` says         memory.privacy.receipts
    dated          a range of time is forgotten                    memory.erasure
    archived       the archive of a user is written                memory.exchange.user_archive
    restored       … and read back                                 memory.exchange.user_archive
    expired        what is too old is erased                       memory.retention
    anonymised     a log is exported without names                 memory.exchange.anonymous_log
    backed_up      a backup is put back                            memory.storage.backup

A table that is not here fails tests/test_memory_personal.py, and an entry cannot be made without saying all of this.

Three things are kept of a user outside these tables. All are made from memories, and follow them:
their name                  (`UserRow`) stays when everything is erased; it is what they come back by
their keyword table         (`words_<user id>`, FTS5, `memory.search.keywords`) gets and loses an entry with each memory, in the
                            same commit, and is dropped when everything is erased. An archive leaves it out; restoring a
                            memory writes its entry anew. A backup holds it, as it is part of the database
their vectors in Chroma     (`memory.search.indexer`) follow the outbox: each memory written or dropped leaves a note there, and
                            `UserRow.purge_due` has what was forgotten rewritten out of the files. They are in no archive and
                            no backup; both are made anew from the database
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from memory.storage.tables import (
    AccountRow,
    ApiKeyRow,
    ConsentRow,
    ConversationRow,
    DocumentRow,
    ErasureRow,
    FactRow,
    FactUseRow,
    FeedbackRow,
    MemoryRow,
    MessageRow,
    OutboxRow,
    PersonalRow,
    PreferenceRow,
    RecallRow,
    ReminderRow,
    SessionRow,
)

Kind = Literal["memories", "messages", "facts", "conversations", "documents", "ratings", "reminders", "settings"]
"""What is counted when it is erased, in the order in which people are told."""
ArchiveFile = Literal[
    "conversations",
    "messages",
    "documents",
    "memories",
    "facts",
    "recalls",
    "fact_uses",
    "feedback",
    "reminders",
    "preferences",
    "consents",
    "erasures",
]
"""The files of an archive, in their order: what others name comes before them."""
Age = Literal["conversations", "memories", "feedback"]
"""What a person sets an age for (`memory.retention.Ages`)."""


@dataclass(frozen=True, slots=True)
class No:
    """A sweep leaves the table alone."""

    because: str


@dataclass(frozen=True, slots=True)
class Anonymised:
    """How a row stands in an anonymous log, besides that its ids are others and its times may be moved: names are hidden in the
    columns `words`, and those of `blank` have a fixed value."""

    words: Sequence[str] = ()
    blank: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonalTable:
    """What there is to know of a table to sweep it."""

    row: type[PersonalRow]
    ids: Sequence[str]
    """Columns that hold an id, the user's apart."""
    words: Sequence[str]
    """Columns with words that a person would want gone: a receipt has pieces of them."""
    part_of: Mapping[str, type[PersonalRow]]
    """What a row cannot be without, by the column that names it; a row that is only pointed at may be gone."""
    erased: Literal["deleted"] | No
    counted: Kind | No
    dated: str | No
    """The column by which a row is in a range of time that is to be forgotten."""
    archived: ArchiveFile | No
    restored: Literal["added", "remembered"] | No
    """`remembered`: with its keyword entry and its place in the outbox."""
    expired: Age | No
    """The age at which rows go; what is part of them goes along."""
    anonymised: Anonymised | No
    backed_up: Literal["kept"] | No


_NO_LOG = No("no log that is exported holds it")
_ON_REQUEST = No("kept until it is taken back or everything is erased")
_STAYS_FOR_EVER = No("stays as long as the user does: it is the record of what they chose and what was erased")
_NO_ARCHIVE = No("an archive brings back what is remembered, not who may come in")
_NO_TIME = No("it is nothing that was said at a time")
_NO_WORDS = No("it holds nothing a person said; it goes uncounted with what it belongs to")

PERSONAL: Sequence[PersonalTable] = (
    PersonalTable(
        row=DocumentRow,
        ids=("id",),
        words=("name",),
        part_of={},
        erased="deleted",
        counted="documents",
        dated="added_at",
        archived="documents",
        restored="added",
        expired="memories",  # once none of its memories is left
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=ConversationRow,
        ids=("id", "title_from", "head_id"),
        words=("title",),
        part_of={},
        erased="deleted",
        counted="conversations",
        dated=No("it goes if all its messages do"),
        archived="conversations",
        restored="added",
        expired="conversations",
        anonymised=Anonymised(words=("title",)),
        backed_up="kept",
    ),
    PersonalTable(
        row=MessageRow,
        ids=("id", "conversation_id", "parent_id"),
        words=("text",),
        part_of={"conversation_id": ConversationRow},
        erased="deleted",
        counted="messages",
        dated="occurred_at",
        archived="messages",
        restored="added",
        expired="conversations",
        anonymised=Anonymised(words=("text",), blank={"prompt_id": None}),
        backed_up="kept",
    ),
    PersonalTable(
        row=MemoryRow,
        ids=("id", "message_id", "conversation_id", "previous_id", "document_id"),
        words=("text",),
        part_of={},
        erased="deleted",
        counted="memories",
        dated="occurred_at",
        archived="memories",
        restored="remembered",
        expired="memories",
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=FactRow,
        ids=("id", "message_id", "also_from", "change_id", "ended_by"),
        words=("value", "quote"),
        part_of={},
        erased="deleted",
        counted="facts",
        dated="recorded_at",
        archived="facts",
        restored="added",
        expired=_ON_REQUEST,
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=RecallRow,
        ids=("message_id", "memory_id"),
        words=(),
        part_of={"message_id": MessageRow, "memory_id": MemoryRow},
        erased="deleted",
        counted=_NO_WORDS,
        dated=No("it goes with its message or memory"),
        archived="recalls",
        restored="added",
        expired=No("it goes with its message or memory"),
        anonymised=Anonymised(blank={"why": "[]"}),  # the reasons quote
        backed_up="kept",
    ),
    PersonalTable(
        row=FactUseRow,
        ids=("message_id", "fact_id"),
        words=(),
        part_of={"message_id": MessageRow, "fact_id": FactRow},
        erased="deleted",
        counted=_NO_WORDS,
        dated=No("it goes with its message or fact"),
        archived="fact_uses",
        restored="added",
        expired=No("it goes with its message or fact"),
        anonymised=Anonymised(),
        backed_up="kept",
    ),
    PersonalTable(
        row=FeedbackRow,
        ids=("message_id",),
        words=("reason", "corrected"),
        part_of={"message_id": MessageRow},
        erased="deleted",
        counted="ratings",
        dated="rated_at",
        archived="feedback",
        restored="added",
        expired="feedback",
        anonymised=Anonymised(words=("reason", "corrected")),
        backed_up="kept",
    ),
    PersonalTable(
        row=ReminderRow,
        ids=("id",),
        words=("text",),
        part_of={},
        erased="deleted",
        counted="reminders",
        dated="created_at",
        archived="reminders",
        restored="added",
        expired=_ON_REQUEST,
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=PreferenceRow,
        ids=(),
        words=("value",),
        part_of={},
        erased="deleted",
        counted="settings",
        dated=_NO_TIME,
        archived="preferences",
        restored="added",
        expired=_ON_REQUEST,
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=ConsentRow,
        ids=("id",),
        words=(),
        part_of={},
        erased=_STAYS_FOR_EVER,
        counted=_STAYS_FOR_EVER,
        dated=_STAYS_FOR_EVER,
        archived="consents",
        restored="added",
        expired=_STAYS_FOR_EVER,
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=ErasureRow,
        ids=("id",),
        words=(),
        part_of={},
        erased=_STAYS_FOR_EVER,
        counted=_STAYS_FOR_EVER,
        dated=_STAYS_FOR_EVER,
        archived="erasures",
        restored="added",
        expired=_STAYS_FOR_EVER,
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=AccountRow,
        ids=(),
        words=(),
        part_of={},
        erased=No("who erases everything can still log in; `zhiji users remove` takes the account away"),
        counted=No("it stays"),
        dated=_NO_TIME,
        archived=_NO_ARCHIVE,
        restored=_NO_ARCHIVE,
        expired=No("it ends when an owner removes it"),
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
    PersonalTable(
        row=SessionRow,
        ids=("id",),
        words=(),
        part_of={},
        erased=No("who erases everything stays logged in"),
        counted=No("it stays"),
        dated=_NO_TIME,
        archived=_NO_ARCHIVE,
        restored=_NO_ARCHIVE,
        expired=No("it has an end of its own (`memory.access.accounts`)"),
        anonymised=_NO_LOG,
        backed_up=No("who was logged in then is not now"),
    ),
    PersonalTable(
        row=ApiKeyRow,
        ids=("id",),
        words=(),
        part_of={},
        erased="deleted",
        counted=No("it is nothing that was remembered"),
        dated=_NO_TIME,
        archived=_NO_ARCHIVE,
        restored=_NO_ARCHIVE,
        expired=No("it ends when it is revoked"),
        anonymised=_NO_LOG,
        backed_up=No("nor is a key good again that was revoked since"),
    ),
    PersonalTable(
        row=OutboxRow,
        ids=("memory_id",),
        words=(),
        part_of={},  # it outlives the memory: it is how the index hears of its end
        erased="deleted",  # the purge of the whole collection takes its place
        counted=No("it names memories and holds nothing of them"),
        dated=No("it empties itself within seconds"),
        archived=No("the index is made anew"),
        restored=No("restoring a memory notes it anew"),
        expired=No("it empties itself within seconds"),
        anonymised=_NO_LOG,
        backed_up="kept",
    ),
)

_BY_ROW = {table.row: table for table in PERSONAL}


def table_of(row: type[PersonalRow]) -> PersonalTable:
    return _BY_ROW[row]


def counted() -> Mapping[type[PersonalRow], str]:
    """What each counted table's rows are called, in the order in which people are told."""
    return {table.row: kind for kind in get_args(Kind) for table in PERSONAL if table.counted == kind}


def archived() -> Mapping[ArchiveFile, PersonalTable]:
    """The table of each file of an archive, in the order of the files."""
    return {file: table for file in get_args(ArchiveFile) for table in PERSONAL if table.archived == file}


def parts_of(whole: type[PersonalRow]) -> Iterator[tuple[PersonalTable, str]]:
    """The tables whose rows cannot be without a row of `whole`, and the column that names it."""
    return ((table, column) for table in PERSONAL for column, row in table.part_of.items() if row is whole)
