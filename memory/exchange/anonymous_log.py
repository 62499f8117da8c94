"""A conversation log without what tells who it is of: the texts as `anonymise` has them, every id another one, no reasons of a
recall (they quote), no ids of prompts; and, without dates, every time moved by as much, so that the log begins in 2000.

The key, which is written only if asked for, brings the texts of an export back (`reveal`):

    {"type": "zhiji-key", "version": 1, "labels": {"[PERSON_1]": "Mei"}}
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from html import escape
from itertools import chain
from typing import Any, TypeVar

from memory.errors import BadInput
from memory.exchange import chinese_names, people
from memory.exchange.anonymise import Anonymiser, reveal
from memory.exchange.log import Log
from memory.exchange.people import RELATIVES
from memory.feedback import Feedback
from memory.language import stemming
from memory.message_log import title_of
from memory.profile import every_fact
from memory.storage import personal
from memory.storage.database import Database
from memory.storage.personal import Anonymised, No
from memory.storage.tables import ConversationRow, FeedbackRow, MessageRow, PersonalRow
from memory.store import User

BEGINS = datetime(2000, 1, 1, tzinfo=UTC)
NamedIn = Callable[[Sequence[str]], Sequence[Sequence[str]]]
Row = TypeVar("Row", bound=PersonalRow)


class AnonymousLog:
    """Makes the logs of one export anonymous: `learn` from all of them first, then call it with each. `named` hears who is named
    in texts (`memory.facts.hearing.named`); without it names told in passing are found by rules alone."""

    def __init__(
        self,
        database: Database,
        user: User,
        named: NamedIn = lambda texts: [[] for _ in texts],
        *,
        ages: bool = False,
        dates: bool = False,
    ) -> None:
        self.texts = Anonymiser(
            [name for name in (user.name, *_names(database, user)) if stemming.words(name)], ages=ages, dates=dates
        )
        self._user, self._named = user, named
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
            self._learn(ConversationRow, log.conversation)
            for given in log.feedback.values():
                self._learn(FeedbackRow, given)
            self._hear([message.text for message in log.messages.values() if message.role == "user"])
            for message in log.messages.values():
                self._learn(MessageRow, message)
                first = min(first or message.occurred_at, message.occurred_at)
        if self._dates and first:
            self._moved = BEGINS - first

    def __call__(self, log: Log) -> Log:
        system = log.only.get("system")
        return Log(
            user=self.user,
            conversation=self._row(log.conversation, title=self._title(log)),
            messages={self._id(id): self._row(message) for id, message in log.messages.items()},
            recalled={self._id(id): [self._row(row) for row in rows] for id, rows in log.recalled.items()},
            facts_used={self._id(id): [self._id(fact) for fact in facts] for id, facts in log.facts_used.items()},
            feedback={self._id(id): self._feedback(given) for id, given in log.feedback.items()},
            only=log.only | {"system": system and self.texts.replace(system)},
        )

    def _title(self, log: Log) -> str:
        """Made of the anonymous message that it was made of: cut off, half an address is not known for one."""
        first = log.messages.get(log.conversation.title_from or "")
        return title_of(self.texts.replace(first.text)) if first else self.texts.replace(log.conversation.title)

    def key(self) -> str:
        record = {"type": "zhiji-key", "version": 1, "labels": self.texts.key}
        return json.dumps(record, ensure_ascii=False, indent=1) + "\n"

    def _learn(self, row: type[PersonalRow], said: object) -> None:
        """What is hidden of a row says which names there are."""
        self.texts.learn("\n".join(getattr(said, name) or "" for name in _hidden(row).words))

    def _hear(self, texts: Sequence[str]) -> None:
        for said in self._named(texts):
            for name in chain.from_iterable(map(names_of, said)):
                self.texts.meet(name)

    def _feedback(self, given: Feedback) -> Feedback:
        of_the_message = {"conversation_id": self._id(given.conversation_id), "prompt_id": None}
        return replace(given, **self._anonymous(FeedbackRow, asdict(given)) | of_the_message)

    def _row(self, row: Row, **anonymous: Any) -> Row:
        """`anonymous` are values that are so already."""
        values = row.model_dump(exclude=set(anonymous))
        made: dict[str, Any] = self._anonymous(type(row), values) | anonymous
        return type(row)(**made)

    def _anonymous(self, row: type[PersonalRow], values: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a row as the registry has them hidden (`memory.storage.personal`)."""
        hidden, ids = _hidden(row), personal.table_of(row).ids
        found: dict[str, Any] = {}
        for name, value in values.items():
            if value and name in hidden.words:
                value = self.texts.replace(str(value))
            elif value is not None and name in ids:
                value = self._id(str(value))
            elif isinstance(value, datetime):
                value += self._moved
            found[name] = value
        return {**found, **hidden.blank}

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


def _hidden(row: type[PersonalRow]) -> Anonymised:
    hidden = personal.table_of(row).anonymised
    if isinstance(hidden, No):
        raise TypeError(f"{row.__name__} does not belong in a log: {hidden.because}.")
    return hidden


def _names(database: Database, user: User) -> list[str]:
    """Of the user, and of the people and pets in their life, by what the profile holds: "sister Ana" names Ana."""
    facts = [fact for fact in every_fact(database, user) if fact.status != "rejected"]
    the_users = [fact.value for fact in facts if fact.key == "name" and fact.subject == "user"]
    others = [fact.value for fact in facts if fact.key in ("people", "pets", "name")]
    subjects = {fact.subject for fact in facts if fact.subject != "user" and fact.subject.lower() not in RELATIVES}
    others += [subject.title() for subject in subjects]
    return [*the_users, *(name for one in others for name in names_of(one))]


def names_of(said: str) -> Iterator[str]:
    """The names in words that name somebody: "my sister Ana" names Ana, 我老公启航 names 启航."""
    yield from people.told_of(said)
    yield from chinese_names.told_of(said)
