"""The talks of a log with what their messages say of people.

    packed talks ─ groups ─ heard in a thread ─ a group at a time, to be stored

Messages are heard some dozens at a time, because a reader reads many faster than each by itself; the next group is heard while
the last is stored. Two groups are held unpacked, however long the log is.
"""

import pickle
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from memory.exchange.foreign_logs import Said, Talk
from memory.language.reading import Heard

MOST_MESSAGES = 64
"""Heard at once; of 16 to 256 they all took as long, and the fewer, the sooner progress shows."""
MOST_PACKED = 1_000_000
"""Bytes of the talks of a group, packed."""

HearLog = Callable[[Sequence[tuple[str, str]]], Sequence[Heard]]
"""What hears (text, what it answers) of many messages: `Store.hear_log`."""
HeardById = Mapping[str, Heard]
"""By the id of the message."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A talk that waits for its turn: a file is looked through as a whole before anything of it is taken in."""

    packed: bytes
    began: datetime | None
    messages: int

    def talk(self) -> Talk:
        talk: Talk = pickle.loads(zlib.decompress(self.packed))
        return talk


def pack(talk: Talk) -> Packed:
    return Packed(zlib.compress(pickle.dumps(talk), 1), began(talk), sum(said.role == "user" for said in talk.messages))


def began(talk: Talk) -> datetime | None:
    return min((said.at for said in talk.messages if said.at), default=None)


def heard_talks(
    waiting: Iterable[Packed], hear: HearLog, wanted: Callable[[Talk], Sequence[Said]]
) -> Generator[list[tuple[Talk, HeardById]]]:
    """Some talks at a time, in order, each with what the messages that are `wanted` of it say. `wanted` is asked in the caller's
    thread, before the talks just before are stored."""
    with ThreadPoolExecutor(1, "zhiji-hear") as thread:
        ahead: tuple[list[Talk], Future[list[HeardById]]] | None = None
        for group in _groups(waiting):
            talks = [one.talk() for one in group]
            asked = [_asked(talk, wanted(talk)) for talk in talks]
            before, ahead = ahead, (talks, thread.submit(_hear, hear, asked))
            if before:
                yield list(zip(before[0], before[1].result(), strict=True))
        if ahead:
            yield list(zip(ahead[0], ahead[1].result(), strict=True))


def _groups(waiting: Iterable[Packed]) -> Iterator[list[Packed]]:
    group: list[Packed] = []
    messages = size = 0
    for one in waiting:
        messages, size = messages + one.messages, size + len(one.packed)
        if group and (messages > MOST_MESSAGES or size > MOST_PACKED):
            yield group
            group, messages, size = [], one.messages, len(one.packed)
        group.append(one)
    if group:
        yield group


def _asked(talk: Talk, wanted: Sequence[Said]) -> dict[str, tuple[str, str]]:
    """What the speaker of each message said himself, and the reply that it answers, by the id of the message."""
    replies = {said.id: said.text for said in talk.messages if said.role == "assistant"}
    own = {said.id: said.text if said.own_text is None else said.own_text for said in wanted}
    return {said.id: (own[said.id], replies.get(said.parent_id or "", "")) for said in wanted}


def _hear(hear: HearLog, asked: Sequence[Mapping[str, tuple[str, str]]]) -> list[HeardById]:
    """No option that was picked is a taste here: what is picked in talks with others is mostly a title, a tone or a way to
    write code. Of 33 such replies the rules of picks took 17 for something the user likes."""
    found = iter(hear([message for talk in asked for message in talk.values()]))
    return [{id: next(found) for id in talk} for talk in asked]
