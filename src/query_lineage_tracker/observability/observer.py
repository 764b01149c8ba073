"""From what the services tell to metrics."""

from __future__ import annotations

from query_lineage_tracker.domain.standing import Standing
from query_lineage_tracker.observability.metrics import Metrics
from query_lineage_tracker.ports.store import Batch, SavedBatch
from query_lineage_tracker.services.sync import SyncReport


class MetricsObserver:
    """Observes ingest, following and sync; every number comes from what was saved or delivered, not from intentions."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def batch_saved(self, batch: Batch, saved: SavedBatch, seconds: float) -> None:
        metrics, source = self._metrics, _kind_of(batch.source)
        metrics.queries_ingested.labels(batch.cluster, source, "inserted").inc(saved.inserted)
        metrics.queries_ingested.labels(batch.cluster, source, "advanced").inc(saved.advanced)
        metrics.rows_rejected.labels(batch.cluster, source).inc(saved.rejected)
        metrics.queries_lost.labels(batch.cluster).inc(saved.lost)
        for gap in batch.gaps[: saved.gaps]:
            metrics.gaps.labels(batch.cluster, gap.cause.value).inc()
            if gap.length is not None:
                metrics.gap_seconds.labels(batch.cluster, gap.cause.value).inc(gap.length.total_seconds())
        for statement in batch.statements:
            if statement.result.error is not None:
                metrics.parse_failures.labels(statement.result.kind.value).inc()
        metrics.ingest_batch_duration.observe(seconds)
        if batch.watermark is not None:
            metrics.watermark_moved(batch.cluster, batch.watermark)

    def pass_succeeded(self, cluster: str, saved: SavedBatch) -> None:
        self._metrics.succeeded("ingest")

    def pass_failed(self, cluster: str, problem: Exception) -> None:
        """Failures show as a timestamp of success that stands still; the log names them."""

    def delivery_ended(self, sink: str, result: str, seconds: float) -> None:
        self._metrics.sync_deliveries.labels(sink, result).inc()

    def round_ended(self, sink: str, report: SyncReport) -> None:
        if report.halted is None:
            self._metrics.succeeded("sync")

    def days_kept(self) -> None:
        self._metrics.succeeded("retention")

    def standing(self, standing: Standing) -> None:
        metrics = self._metrics
        for name, sink in standing.sinks.items():
            metrics.outbox_messages.labels(name, "pending").set(sink.pending)
            metrics.outbox_messages.labels(name, "parked").set(sink.parked)
            metrics.outbox_messages.labels(name, "dead").set(sink.dead)
            metrics.outbox_waiting.labels(name).set(sink.waiting_s)
            metrics.sink_halted.labels(name).set(sink.halted)
        for cluster, rows in standing.quarantined.items():
            metrics.quarantine_rows.labels(cluster).set(rows)
        for source in standing.sources:
            if source.last_pass is not None:
                metrics.pass_ended(source.cluster, _kind_of(source.source), source.last_pass)
            if source.watermark is not None:
                metrics.watermark_moved(source.cluster, source.watermark)


def _kind_of(source: str) -> str:
    """A source's name up to what tells it from others of its kind: their number has no bound."""
    return source.partition(":")[0]
