"""What a turn spent its time on, stage by stage; the slow ones are kept for a person to read. Ids and sizes, never text.

recall   what is remembered is searched         wait    others are served first
prompt   the prompt is built                    read    the model reads it, up to the first word
store    the message is committed, with         write   the model writes
         what the profile learns from it        keep    the reply is committed
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from memory.types import MessageStatus

log = logging.getLogger("zhiji.turn")

KEPT = 50
BAR = 40
"""How many characters the longest stage has when it is drawn."""


class Stopwatch:
    """Seconds between one `lap` and the next, by name."""

    def __init__(self) -> None:
        self.began = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.laps[stage] = self.laps.get(stage, 0.0) + now - self._last
        self._last = now

    @property
    def total_s(self) -> float:
        return time.perf_counter() - self.began


@dataclass(frozen=True, slots=True)
class Trace:
    """One turn. `stages` are seconds, in order; `message_id` is the reply's, `None` in a temporary chat."""

    at: datetime
    user_id: str
    conversation_id: str | None
    message_id: str | None
    status: MessageStatus
    model: str
    total_s: float
    stages: Mapping[str, float]
    prompt_tokens: int
    cached_tokens: int
    reply_tokens: int
    recalled: int
    facts: int

    def __str__(self) -> str:
        longest = max(self.stages.values(), default=0) or 1
        lines = [
            f"{self.at:%Y-%m-%d %H:%M:%S}  {self.total_s:.2f} s  {self.status}  {self.model}  user {self.user_id}",
            f"  prompt {self.prompt_tokens} tokens, {self.cached_tokens} of them read before; reply {self.reply_tokens}; "
            f"{self.recalled} memories, {self.facts} facts",
            f"  conversation {self.conversation_id or '-'}  message {self.message_id or '-'}",
            *(
                f"  {stage:7}{seconds:8.3f} s  {'█' * round(BAR * seconds / longest)}"
                for stage, seconds in self.stages.items()
            ),
        ]
        return "\n".join(line.rstrip() for line in lines)


class Traces:
    """Of a process: each is logged, those that took `slow_s` or longer are kept, the latest 50."""

    def __init__(self, slow_s: float) -> None:
        self._slow_s = slow_s
        self._lock = threading.Lock()
        self._slow: deque[Trace] = deque(maxlen=KEPT)
        self.on_trace: Callable[[Trace], None] = lambda _: None
        """Called with each."""

    def note(self, trace: Trace) -> None:
        slow = trace.total_s >= self._slow_s
        fields = asdict(trace)
        del fields["at"]  # the log has its own
        fields["stages"] = {stage: round(seconds, 4) for stage, seconds in trace.stages.items()}
        log.info("slow turn" if slow else "turn", extra={"fields": fields})
        self.on_trace(trace)
        if slow:
            with self._lock:
                self._slow.append(trace)

    def slow(self) -> Sequence[Trace]:
        """The latest first."""
        with self._lock:
            return list(reversed(self._slow))
