"""The tree that a conversation's messages form, and the one branch of it that is shown.

A reply given again, or a question put differently, is a sibling of the first: both have the same parent.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from sqlmodel import Session

from memory.storage.rows import Rows
from memory.storage.tables import MessageRow

Tree = Mapping[str, MessageRow]


class Node(Protocol):
    """A message, as a row or as what is shown of it."""

    @property
    def parent_id(self) -> str | None: ...


One = TypeVar("One", bound=Node)


def tree(session: Session, user_id: str, conversation_id: str) -> Tree:
    """Every message of a conversation by its id, in the order of writing."""
    messages = Rows(session, user_id).all(MessageRow, MessageRow.conversation_id == conversation_id)
    return {row.id: row for row in sorted(messages, key=lambda row: row.seq or 0)}


def branch(messages: Mapping[str, One], head_id: str | None) -> Sequence[One]:
    """From the root to `head_id`."""
    found: list[One] = []
    current = messages.get(head_id or "")
    while current is not None:
        found.append(current)
        current = messages.get(current.parent_id or "")
    return found[::-1]


def versions(messages: Tree) -> Mapping[str, tuple[str, ...]]:
    """For each message the ids of its versions, itself among them, oldest first; what was forgotten is none of another's."""
    siblings: dict[tuple[str | None, str], list[MessageRow]] = {}
    for row in messages.values():
        siblings.setdefault((row.parent_id, row.role), []).append(row)
    found: dict[str, tuple[str, ...]] = {}
    for rows in siblings.values():
        for row in rows:
            found[row.id] = tuple(other.id for other in rows if other.text or other is row)
    return found


def newest_leaf(messages: Tree, message_id: str) -> str:
    """The end of the branch that goes through a message and was written to last."""
    below = under(messages, message_id)
    parents = {messages[other].parent_id for other in below}
    return max((leaf for leaf in below if leaf not in parents), key=lambda leaf: messages[leaf].seq or 0)


def under(messages: Tree, message_id: str) -> Sequence[str]:
    """The ids of a message and of everything below it."""
    found = dict.fromkeys([message_id])
    for row in messages.values():  # in the order of writing, so parents come before what answers them
        if row.parent_id in found:
            found[row.id] = None
    return list(found)
