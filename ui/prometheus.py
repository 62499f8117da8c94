"""How it goes, in numbers, for who watches over a server (https://prometheus.io). No text, no names.

zhiji_replies_total{status}, zhiji_tokens_total{kind="prompt"|"cached"|"reply"}
zhiji_first_token_seconds, zhiji_reply_seconds, zhiji_stage_seconds{stage}, zhiji_recalled          histograms
zhiji_errors_total{kind}
zhiji_waiting, zhiji_outbox, zhiji_index_ready, zhiji_index_generation, zhiji_database_bytes, zhiji_memory_bytes, zhiji_trouble
"""

from collections.abc import Iterator

import psutil
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlmodel import func, select

from assistant.events import Reply
from assistant.runtime import Runtime
from assistant.traces import Trace
from memory.storage.tables import MetaRow, OutboxRow

STAGE_SECONDS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60)
SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)


class Metrics(Collector):
    """Of one app."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self.registry = CollectorRegistry()
        self._replies = Counter("zhiji_replies", "Replies, by how they ended.", ["status"], registry=self.registry)
        self._tokens = Counter(
            "zhiji_tokens", "Tokens read, read before, and written.", ["kind"], registry=self.registry
        )
        self._first = Histogram(
            "zhiji_first_token_seconds", "From a message to the first word.", buckets=SECONDS, registry=self.registry
        )
        self._whole = Histogram(
            "zhiji_reply_seconds", "From a message to its whole reply.", buckets=SECONDS, registry=self.registry
        )
        self._stages = Histogram(
            "zhiji_stage_seconds", "Of a turn, by stage.", ["stage"], buckets=STAGE_SECONDS, registry=self.registry
        )
        self._errors = Counter("zhiji_errors", "What was answered with an error.", ["kind"], registry=self.registry)
        runtime.traces.on_trace = self._note_turn
        self._recalled = Histogram(
            "zhiji_recalled",
            "Memories given to the model.",
            buckets=(0, 1, 2, 3, 5, 10, 20, 50),
            registry=self.registry,
        )
        self.registry.register(self)

    def note(self, reply: Reply) -> None:
        for kind, number in (
            ("prompt", reply.usage.prompt_tokens),
            ("cached", reply.usage.cached_tokens),
            ("reply", reply.usage.reply_tokens),
        ):
            self._tokens.labels(kind).inc(number)
        self._first.observe(reply.usage.first_token_s)
        self._whole.observe(reply.usage.total_s)
        self._recalled.observe(len(reply.recalled))

    def note_error(self, error: Exception) -> None:
        self._errors.labels(type(error).__name__).inc()

    def _note_turn(self, trace: Trace) -> None:
        self._replies.labels(trace.status).inc()
        for stage, seconds in trace.stages.items():
            self._stages.labels(stage).observe(seconds)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """What is looked up when it is asked for."""
        store = self._runtime.store
        with store.database.read() as session:
            outbox = session.exec(select(func.count()).select_from(OutboxRow)).one()
            generation = session.get(MetaRow, "index_generation")
        status = self._runtime.status
        for name, what, value in (
            ("waiting", "Requests that wait for the model.", self._runtime.turns.waiting),
            ("outbox", "Changes that wait for the index.", outbox),
            ("index_ready", "Whether the vector index answers.", int(store.indexer.state == "ready")),
            ("index_generation", "How often the index was begun.", int(generation.value) if generation else 1),
            ("database_bytes", "Of the database.", store.database.path.stat().st_size),
            ("memory_bytes", "Resident memory of this process.", psutil.Process().memory_info().rss),
            ("trouble", "Whether the page tells of some trouble.", int(status.trouble is not None)),
        ):
            yield GaugeMetricFamily(f"zhiji_{name}", what, value)
