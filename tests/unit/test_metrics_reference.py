"""The metrics' page, the rules of what to be woken by, and what to do then, agree with the code."""

from __future__ import annotations

import re
from pathlib import Path

from query_lineage_tracker.observability import Metrics
from query_lineage_tracker.observability.reference import reference

ROOT = Path(__file__).parents[2]
ALERTS = (ROOT / "examples/alerts.yml").read_text()
OPERATE = (ROOT / "docs/how-to/operate.md").read_text()


def test_the_reference_page_is_up_to_date() -> None:
    assert (ROOT / "docs/reference/metrics.md").read_text() == reference(), "run: make docs"


def test_rules_ask_for_metrics_and_labels_that_exist() -> None:
    labels = {metric.name: set(metric.labels) for metric in Metrics().described}
    asked = re.findall(r"(qlt_\w+)(?:\{([^}]*)\})?", ALERTS)
    assert len(asked) >= 10
    for name, matchers in asked:
        assert set(re.findall(r"(\w+)(?:=|!=)", matchers)) <= labels[name]


def test_for_each_rule_it_is_said_what_to_do() -> None:
    rules = re.findall(r"- alert: (\w+)", ALERTS)
    assert rules == re.findall(r"^## (\w+)$", OPERATE, re.MULTILINE)


def test_what_the_log_says_is_what_is_logged() -> None:
    code = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    events = re.findall(r"`(\w+\.\w+)`(?= with| and why|\s\|)", OPERATE)
    assert {"ingest.pass_failed", "lease.held_by_other", "retention.failed"} <= set(events)
    for event in events:
        assert f'"{event}"' in code
