"""A conversation log without what tells who it is of: the texts as `anonymise` has them, every id another one, no reasons of a
recall (they quote), no ids of prompts; and, without dates, every time moved by as much, so that the log begins in 2000.

The key, which is written only if asked for, brings the texts of an export back (`reveal`):

    {"type": "zhiji-key", "version": 1, "labels": {"[PERSON_1]": "Mei"}}
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import TypeVar

from sqlmodel import SQLModel

from memory.errors import BadInput
from memory.exchange.anonymise import Anonymiser, reveal
from memory.exchange.log import Log
from memory.exchange.people import RELATIVE_ZH, RELATIVES
from memory.language import stemming
from memory.message_log import title_of
from memory.profile import every_fact
from memory.storage.database import Database
from memory.store import User

BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
_IDS = ("id", "conversation_id", "parent_id", "head_id", "message_id", "memory_id")
Row = TypeVar("Row", bound=SQLModel)


class AnonymousLog:
    """Makes the logs of one export anonymous: `learn` from all of them first, then call it with each."""

    def __init__(self, database: Database, user: User, *, ages: bool = False, dates: bool = False) -> None:
        self.texts = Anonymiser(
            [name for name in (user.name, *_names(database, user)) if stemming.words(name)], ages=ages, dates=dates
        )
        self._user = user
        self._dates = dates
        self._salt = secrets.token_bytes(16)
        self._moved = timedelta()

    @property
    def user(self) -> User:
        """Under the name that stands in the export."""
        return User(self._user.id, self.texts.person(self._user.name))

    def learn(self, logs: Iterable[Log]) -> None:
        first: datetime | None = None
        for log in logs:
            self.texts.learn(log.conversation.title)
            for given in log.feedback.values():
                self.texts.learn(f"{given.reason}\n{given.corrected or ''}")
            for message in log.messages.values():
                self.texts.learn(message.text)
                first = min(first or message.occurred_at, message.occurred_at)
        if self._dates and first:
            self._moved = BEGINS - first

    def __call__(self, log: Log) -> Log:
        hidden, system = self.texts.replace, log.only.get("system")
        return Log(
            user=self.user,
            conversation=self._row(log.conversation, title=self._title(log)),
            messages={
                self._id(id): self._row(message, text=hidden(message.text), prompt_id=None)
                for id, message in log.messages.items()
            },
            recalled={self._id(id): [self._row(row, why="[]") for row in rows] for id, rows in log.recalled.items()},
            facts_used={self._id(id): [self._id(fact) for fact in facts] for id, facts in log.facts_used.items()},
            feedback={
                self._id(id): replace(
                    given,
                    message_id=self._id(id),
                    reason=hidden(given.reason),
                    corrected=given.corrected and hidden(given.corrected),
                    rated_at=given.rated_at + self._moved,
                )
                for id, given in log.feedback.items()
            },
            only=log.only | {"system": system and hidden(system)},
        )

    def _title(self, log: Log) -> str:
        """Made of the anonymous message that it was made of: cut off, half an address is not known for one."""
        first = log.messages.get(log.conversation.title_from or "")
        return title_of(self.texts.replace(first.text)) if first else self.texts.replace(log.conversation.title)

    def key(self) -> str:
        record = {"type": "zhiji-key", "version": 1, "labels": self.texts.key}
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    def _row(self, row: Row, **changed: object) -> Row:
        values = row.model_dump() | changed
        for name, value in values.items():
            if name in _IDS and value is not None:
                values[name] = self._id(str(value))
            elif isinstance(value, datetime):
                values[name] = value + self._moved
        return type(row)(**values)

    def _id(self, id: str) -> str:
        return hashlib.blake2b(id.encode(), digest_size=16, key=self._salt).hexdigest()


def revealed(text: str, key: str, suffix: str) -> str:
    """What an anonymous export said, as it was; `suffix` (".jsonl") tells how it was written. Raises BadInput."""
    try:
        record = json.loads(key)
        if record["type"] != "zhiji-key" or record["version"] != 1:
            raise ValueError("another type or version")
        labels: Mapping[str, str] = {str(label): str(said) for label, said in record["labels"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadInput("That is no key of an anonymous export, or it is damaged.") from error
    if suffix in (".json", ".jsonl"):
        labels = {label: json.dumps(said, ensure_ascii=False)[1:-1] for label, said in labels.items()}
    elif suffix in (".html", ".htm"):
        labels = {label: escape(said) for label, said in labels.items()}
    elif suffix == ".csv":
        labels = {label: said.replace('"', '""') for label, said in labels.items()}
    return reveal(text, labels)


def _names(database: Database, user: User) -> list[str]:
    """Of the user, and of the people and pets in their life, by what the profile holds: "sister Ana" names Ana."""
    held = [fact for fact in every_fact(database, user) if fact.status != "rejected"]
    own = [fact.value for fact in held if fact.key == "name"]
    others = [
        word
        for fact in held
        if fact.key in ("people", "pets") or (fact.key == "name" and fact.subject != "user")
        for word in fact.value.split()
        if word[:1].isupper() or not word.isascii()
    ]
    about = [fact.subject.title() for fact in held if fact.subject != "user" and fact.subject.lower() not in RELATIVES]
    return [*own, *(RELATIVE_ZH.sub("", name) or name for name in [*others, *about])]
