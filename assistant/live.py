"""A reply that goes on in a thread of its own, whoever listens: a page can be reloaded and see the rest of it."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from assistant.events import Done, Event, Learned, Recalled, Reply, TextDelta, Waiting
from memory.errors import ModelError, TooOften, ZhijiError
from memory.types import Fact

MOST_AT_ONCE = 16
"""Replies under way for one user; each has a thread."""
KEPT = 64
"""How many replies that are over are still known."""
Start = Callable[[threading.Event], Iterator[Event]]
"""Begins a turn that ends when the event is set."""
OnReply = Callable[[Reply], None]


@dataclass(frozen=True, slots=True)
class LiveReply:
    """How far a reply is. `version` grows with each change; `ahead` is how many are served before it."""

    version: int = 0
    stage: Literal["preparing", "waiting", "writing", "done", "failed"] = "preparing"
    ahead: int = 0
    text: str = ""
    learned: Sequence[Fact] = ()
    withheld: Sequence[str] = ()
    error: str = ""

    @property
    def over(self) -> bool:
        return self.stage in ("done", "failed")


@dataclass
class Live:
    """`on_reply` is called with the finished reply, and `ended` in any case, from the reply's thread."""

    start: Start
    on_reply: OnReply = lambda _: None
    ended: Callable[[], None] = lambda: None
    conversation_id: str | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _now: LiveReply = field(default_factory=LiveReply)
    _begun: bool = False
    _failure: ZhijiError | None = None

    def run(self) -> "Live":
        threading.Thread(target=self._run, name="zhiji-reply", daemon=True).start()
        return self

    def begun(self) -> str | None:
        """Wait until the message is on the disk; returns its conversation. Raises what kept it from getting there."""
        with self._changed:
            self._changed.wait_for(lambda: self._begun or self._now.over)
            if not self._begun and self._failure:
                raise self._failure
            return self.conversation_id

    def follow(self, version: int, timeout_s: float) -> LiveReply:
        """How it stands, as soon as that is newer than `version`, or when the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._now.version > version, timeout_s)
            return self._now

    @property
    def failure(self) -> ZhijiError | None:
        """What it ended by."""
        return self._failure

    def stop(self) -> None:
        """End it within a token; what was said is kept."""
        self._stop.set()

    def _run(self) -> None:
        try:
            for event in self.start(self._stop):
                self._take(event)
            self._change(stage="done", text="")  # it is in the store now, where it can be forgotten
        except ZhijiError as error:
            self._fail(error)
        except Exception as error:  # whatever a model of one's own raises must reach whoever waits
            self._fail(ModelError(f"The reply failed ({type(error).__name__})."))
        finally:
            self.ended()

    def _take(self, event: Event) -> None:
        match event:
            case Recalled():
                self._change(conversation_id=event.conversation_id, begun=True)
            case Waiting():
                self._change(stage="waiting", ahead=event.ahead)
            case TextDelta():
                self._change(stage="writing", ahead=0, text=self._now.text + event.text)
            case Learned():
                self._change(learned=event.facts, withheld=event.withheld)
            case Done():  # not over yet: the conversation is free for the next message a moment later
                self.on_reply(event.reply)

    def _fail(self, error: ZhijiError) -> None:
        self._failure = error
        self._change(stage="failed", text="", error=str(error))

    def _change(self, *, conversation_id: str | None = None, begun: bool = False, **values: object) -> None:
        with self._changed:
            self.conversation_id = conversation_id or self.conversation_id
            self._begun = self._begun or begun
            self._now = replace(self._now, version=self._now.version + 1, **values)  # type: ignore[arg-type]
            self._changed.notify_all()


class LiveReplies:
    """The replies being written, by user and conversation (or name of a temporary chat), and some that ended last: a page
    may come for one when it is over."""

    def __init__(self, on_reply: Callable[[str, Reply], None] = lambda *_: None) -> None:
        """`on_reply` is called with a user and their finished reply."""
        self._on_reply = on_reply
        self._lock = threading.Lock()
        self._replies: OrderedDict[tuple[str, str], Live] = OrderedDict()
        self._under_way: Counter[str] = Counter()

    def start(self, user: str, start: Start, key: str | None = None) -> Live:
        """Begin a reply and wait until its message is stored. It is known by its conversation and, from the beginning, by
        `key`, so that it can be stopped while a model is being loaded for it.

        Raises what kept the message from being stored, TooOften with MOST_AT_ONCE under way.
        """
        with self._lock:
            if self._under_way[user] >= MOST_AT_ONCE:
                raise TooOften(f"{MOST_AT_ONCE} replies are being written for you. Wait for one, or stop it.")
            self._under_way[user] += 1
        live = Live(start, on_reply=partial(self._on_reply, user), ended=partial(self._end, user))
        if key:
            self._keep(user, key, live)
        try:
            live.run()
        except BaseException:  # no thread can be begun
            self._end(user)
            raise
        conversation_id = live.begun()
        if conversation_id:
            self._keep(user, conversation_id, live)
        return live

    def get(self, user: str, key: str) -> Live | None:
        """The reply being written, if one is."""
        last = self.last(user, key)
        return None if last is None or last.follow(-1, 0).over else last

    def last(self, user: str, key: str) -> Live | None:
        """The reply being written, or the last one, if that is not long ago."""
        with self._lock:
            return self._replies.get((user, key))

    def stop_all(self, user: str) -> None:
        """End every reply that is being written for a user."""
        with self._lock:
            mine = [live for (whose, _), live in self._replies.items() if whose == user]
        for live in mine:
            live.stop()

    def _end(self, user: str) -> None:
        with self._lock:
            self._under_way[user] -= 1

    def _keep(self, user: str, key: str, live: Live) -> None:
        with self._lock:
            self._replies[user, key] = live
            self._replies.move_to_end((user, key))
            over = [name for name, reply in self._replies.items() if reply.follow(-1, 0).over]
            for name in over[: max(0, len(self._replies) - KEPT)]:
                del self._replies[name]
