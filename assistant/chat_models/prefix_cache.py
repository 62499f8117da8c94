"""What models have read, kept by conversation, so that a prompt is read only from where it differs.

Only whole pieces of `Decoder.align` tokens are kept, and of prompts only, not of what was written token by token. A reply
is thus computed from the same numbers, bit by bit, whether its prefix was kept or not: the last bits of a product may
depend on how many tokens were read together, and one rounding may decide which of two words comes.

Nobody is served from what another user's conversations have read.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple

import numpy as np

from assistant.chat_models.decoder import Decoder, State


class Key(NamedTuple):
    """Whose conversation; `ahead` is what will be its prefix once the oldest of its history has been left out."""

    user: str
    conversation: str
    ahead: bool = False


@dataclass
class Cached(Generic[State]):
    """What `state` has read begins with `tokens`, which were read in whole pieces."""

    state: State
    tokens: list[int] = field(default_factory=list)


class PrefixCache(Generic[State]):
    """At most `max_bytes` of states nobody uses at the moment; the least recently used go first."""

    def __init__(self, decoder: Decoder[State], max_bytes: int) -> None:
        self._decoder = decoder
        self.max_bytes = max_bytes
        self._kept: OrderedDict[Key, Cached[State]] = OrderedDict()

    @property
    def bytes(self) -> int:
        return sum(self._decoder.size(cached.state) for cached in self._kept.values())

    def take(self, key: Key | None, ids: Sequence[int]) -> Cached[State]:
        """The longest beginning of `ids` that was read for this user, at most all but the last two tokens (see `Decoder`).
        What the conversation itself kept is handed over, what another one kept is copied."""
        if key is None:
            return Cached(self._decoder.new())
        best, length = self._best(key, ids)
        if best is None:
            self._kept.pop(key, None)
            return Cached(self._decoder.new())
        if best == key or best == key._replace(ahead=True):
            state = self._kept.pop(best).state
            if state.length > length:
                self._decoder.cut(state, length)
        else:
            state = self._decoder.copy(self._kept[best].state, length)
        self._kept.pop(key, None)  # shorter, and of no use any more
        return Cached(state, list(ids[:length]))

    def give(self, key: Key, cached: Cached[State]) -> None:
        """Keep what has been read, in the place of what was kept for this key."""
        self._kept.pop(key, None)
        if not cached.tokens or self._decoder.size(cached.state) > self.max_bytes:
            return
        self._kept[key] = cached
        while self.bytes > self.max_bytes:
            self._kept.popitem(last=False)

    def drop(self, user: str | None = None) -> None:
        """Let go of all that was read for a user, or for everybody."""
        for key in [key for key in self._kept if user is None or key.user == user]:
            del self._kept[key]

    def _best(self, key: Key, ids: Sequence[int]) -> tuple[Key | None, int]:
        """Where the longest beginning is, and how long; of two as long, the conversation's own."""
        wanted = np.asarray(ids[:-2])
        align = self._decoder.align
        lengths = {
            kept: _alike(wanted, cached.tokens) // align * align
            for kept, cached in self._kept.items()
            if kept.user == key.user
        }
        best = max(lengths, key=lambda kept: (lengths[kept], kept == key), default=None)
        return (best, lengths[best]) if best is not None and lengths[best] else (None, 0)


def _alike(wanted: "np.typing.NDArray[np.int64]", tokens: Sequence[int]) -> int:
    """How many tokens the two begin with alike."""
    size = min(len(wanted), len(tokens))
    differing = np.flatnonzero(wanted[:size] != np.asarray(tokens[:size]))
    return int(differing[0]) if len(differing) else size
