"""The page docs/reference/metrics.md; `python -m query_lineage_tracker.observability.reference` prints it."""

from __future__ import annotations

import sys

from query_lineage_tracker.observability.metrics import DescribedMetric, Metrics

_INTRODUCTION = """\
# Metrics

<!-- Written by `python -m query_lineage_tracker.observability.reference`; change the metrics, not this page. -->

`QLT_METRICS_PORT` opens `/metrics` in the format of Prometheus, beside `/healthz` (the process works) and `/readyz` (it
reaches its database, whose schema is current; else 503 with the reasons). No label holds SQL, a user or a table.

Counters count what this process did. What waits, is halted or in quarantine, and when a source was last read, is
measured in the database once a minute, so it is right from the first minute on, also in a tracker that stands by.
[What to be woken by](../how-to/operate.md), and [rules for it](../../examples/alerts.yml).

| metric | kind | labels | meaning |
|---|---|---|---|
"""


def reference() -> str:
    """The page."""
    return _INTRODUCTION + "".join(_row(metric) for metric in sorted(Metrics().described, key=lambda one: one.name))


def _row(metric: DescribedMetric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.meaning} |\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
