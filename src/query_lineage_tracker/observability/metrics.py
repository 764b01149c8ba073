"""Every metric of the tracker. No label holds SQL, a user or a table: their number has no bound."""

from __future__ import annotations

import time
from collections import Counter as Counts
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest

from query_lineage_tracker import __version__

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(frozen=True, slots=True)
class DescribedMetric:
    """A metric as Prometheus sees it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


class Metrics:
    """The metrics, on a registry of their own so that several can live in one process (tests, an embedding)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.described: list[DescribedMetric] = []
        self._watermarks: dict[str, datetime] = {}
        self._passes: dict[tuple[str, str], datetime] = {}
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        self.queries_ingested = self._counter(
            "qlt_queries_ingested",
            "Executions stored for the first time, or further than before.",
            ["cluster", "source", "change"],
        )
        self.rows_rejected = self._counter("qlt_rows_rejected", "Rows put into the quarantine.", ["cluster", "source"])
        self.parse_failures = self._counter("qlt_parse_failures", "Statements without lineage.", ["reason"])
        self.gaps = self._counter("qlt_gaps", "Time ranges that the source can no longer serve.", ["cluster", "cause"])
        self.gap_seconds = self._counter(
            "qlt_gap_seconds", "Length of these ranges; the time before the first poll has none.", ["cluster", "cause"]
        )
        self.queries_lost = self._counter("qlt_queries_lost", "Executions whose end was not seen.", ["cluster"])
        self.openmetadata_requests = self._counter(
            "qlt_openmetadata_requests", "Requests to OpenMetadata.", ["op", "status"]
        )
        self.sync_deliveries = self._counter("qlt_sync_deliveries", "Messages delivered or not.", ["sink", "result"])
        self.ingest_batch_duration = self._histogram(
            "qlt_ingest_batch_duration_seconds", "Time to analyze and save a batch."
        )
        self.only_own_queries_visible = self._gauge(
            "qlt_only_own_queries_visible", "1 while Trino shows us nobody's queries but ours.", ["cluster"]
        )
        self.events_received = self._counter(
            "qlt_events_received",
            "Events that were answered: kept, quarantined, or refused for now.",
            ["cluster", "result"],
        )
        self.events_dropped = self._counter("qlt_events_dropped", "Events that were not kept whole.", ["reason"])
        self.journal_bytes = self._gauge("qlt_journal_bytes", "What the journals take.", [])
        self._journal_entries = self._gauge(
            "qlt_journal_entries_waiting", "Received events that are not in PostgreSQL yet.", ["cluster"]
        )
        self.outbox_messages = self._gauge(
            "qlt_outbox_messages",
            "Messages that wait for a sink (pending, parked) or were refused (dead).",
            ["sink", "state"],
        )
        self.outbox_waiting = self._gauge(
            "qlt_outbox_waiting_seconds", "How long the oldest pending message has waited; 0 when none does.", ["sink"]
        )
        self.sink_halted = self._gauge("qlt_sink_halted", "1 while nothing can be delivered to the sink.", ["sink"])
        self.quarantine_rows = self._gauge(
            "qlt_quarantine_rows", "Rows in the quarantine that were not replayed.", ["cluster"]
        )
        self._last_pass = self._gauge(
            "qlt_last_pass_timestamp_seconds",
            "When a source was last read without failing, by whichever tracker holds the cluster.",
            ["cluster", "source"],
        )
        self._lag = self._gauge(
            "qlt_ingest_lag_seconds", "Now minus the end of the last query that was stored.", ["cluster"]
        )
        self._last_success = self._gauge(
            "qlt_last_success_timestamp_seconds",
            "When a job (ingest, sync, retention) of this process last succeeded.",
            ["job"],
        )
        self._gauge("qlt_build_info", "The running version.", ["version"]).labels(__version__).set(1)

    def pass_ended(self, cluster: str, source: str, ended: datetime) -> None:
        """A source of this kind was read without failing; of several of a kind the latest counts."""
        latest = self._passes[cluster, source] = max(ended, self._passes.get((cluster, source), ended))
        self._last_pass.labels(cluster, source).set(latest.timestamp())

    def watermark_moved(self, cluster: str, watermark: datetime) -> None:
        """From now on the lag of the cluster is measured from here, at each scrape; it never moves back."""
        latest = self._watermarks[cluster] = max(watermark, self._watermarks.get(cluster, watermark))
        moment = latest.timestamp()
        self._lag.labels(cluster).set_function(lambda: max(0.0, time.time() - moment))

    def journal_opened(self, cluster: str, waiting: Callable[[], int]) -> None:
        """From now on the waiting entries of the cluster are counted at each scrape."""
        self._journal_entries.labels(cluster).set_function(waiting)

    def succeeded(self, job: str) -> None:
        """A job (ingest, sync, retention) just succeeded."""
        self._last_success.labels(job).set_to_current_time()

    def openmetadata_calls(self) -> Mapping[str, int]:
        """Requests to OpenMetadata so far, by what they were for."""
        calls: Counts[str] = Counts()
        for metric in self.openmetadata_requests.collect():
            for sample in metric.samples:
                if sample.name.endswith("_total"):
                    calls[sample.labels["op"]] += int(sample.value)
        return calls

    def exposition(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        return generate_latest(self._registry)

    def _counter(self, name: str, meaning: str, labels: Sequence[str]) -> Counter:
        self.described.append(DescribedMetric(f"{name}_total", "counter", tuple(labels), meaning))
        return Counter(name, meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str, labels: Sequence[str]) -> Gauge:
        self.described.append(DescribedMetric(name, "gauge", tuple(labels), meaning))
        return Gauge(name, meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str) -> Histogram:
        self.described.append(DescribedMetric(name, "histogram", (), meaning))
        return Histogram(name, meaning, buckets=_SECONDS, registry=self._registry)
