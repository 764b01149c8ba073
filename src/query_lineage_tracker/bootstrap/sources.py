"""Where executed queries come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import structlog

from query_lineage_tracker.bootstrap.parts import Parts
from query_lineage_tracker.config import ClusterSettings
from query_lineage_tracker.ports.sources import QuerySource

if TYPE_CHECKING:
    from query_lineage_tracker.adapters.files.replay import QuarantinedRows
    from query_lineage_tracker.adapters.trino.poller import PollReport

log = structlog.get_logger()


def polled(parts: Parts, cluster: ClusterSettings) -> QuerySource:
    """The source that polls the cluster's coordinator."""
    from query_lineage_tracker.adapters.trino.connect import connect
    from query_lineage_tracker.adapters.trino.poller import TrinoPoller

    def report(seen: PollReport) -> None:
        log.debug(
            "poll.read",
            rows=seen.rows,
            full=seen.full,
            seconds=round(seen.seconds, 3),
            list=seen.list_answer.value,
            list_bytes=seen.list_bytes,
            single_requests=seen.single_requests,
        )
        if seen.only_own_visible is None:
            return
        parts.metrics.only_own_queries_visible.labels(seen.cluster).set(seen.only_own_visible)
        if seen.only_own_visible:
            log.warning("poll.only_own_queries_visible", cluster=seen.cluster, hint=seen.hint)

    return TrinoPoller(connect(cluster), parts.store, cluster, parts.configuration.ingest, report)


async def trino_version(cluster: ClusterSettings) -> str:
    """The version of the cluster's coordinator. Raises TrinoUnreachable and PermissionMissing."""
    from query_lineage_tracker.adapters.threads import in_thread
    from query_lineage_tracker.adapters.trino.check import server_version
    from query_lineage_tracker.adapters.trino.connect import connect

    connection = connect(cluster)
    try:
        return await in_thread(lambda: server_version(connection))
    finally:
        connection.close()


def recorded(
    parts: Parts, paths: Sequence[str | Path], *, backfill: bool, shift: timedelta | None = None
) -> QuerySource:
    """The source of recorded queries in files."""
    from query_lineage_tracker.adapters.files.source import RecordedQueries

    name: Literal["files", "backfill"] = "backfill" if backfill else "files"
    return RecordedQueries(paths, name=name, batch_size=parts.configuration.ingest.batch_size, shift=shift)


async def recorded_until_now(parts: Parts, cluster: ClusterSettings, recording: Path) -> QuerySource:
    """The source of a recording whose times are shifted to end now; the shift of the first time is kept for ever."""
    from query_lineage_tracker.adapters.files.shift import kept_shift, shift_to

    state = await parts.store.ingest_state(cluster.name, "files")
    shift = kept_shift(state.position)
    if shift is None:
        shift = shift_to(recording, datetime.now(timezone.utc))
    return recorded(parts, [recording], backfill=False, shift=shift)


def replayed(parts: Parts, rows: Iterable[Mapping[str, Any]]) -> QuarantinedRows:
    """The source of rows from the quarantine, each with its `id`, `origin` and `payload`."""
    from query_lineage_tracker.adapters.files.replay import QuarantinedRows

    return QuarantinedRows(rows, parts.configuration.ingest.batch_size)
