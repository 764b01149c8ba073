"""What the tracker tells about itself: logs to standard error, metrics, liveness and readiness.

Event names are stable, lower case and dotted (`ingest.batch_saved`); what an event is about is bound, not formatted
into its name: cluster, run_id, batch_id, query_id.
"""

from __future__ import annotations

from query_lineage_tracker.observability.logs import configure_logging
from query_lineage_tracker.observability.metrics import Metrics
from query_lineage_tracker.observability.server import Readiness, serve_health

__all__ = ["Metrics", "Readiness", "configure_logging", "serve_health"]
