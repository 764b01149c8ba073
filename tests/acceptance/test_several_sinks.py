"""Several catalogs through the real command line, one of them added later."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.commands import CommandLine, recorded, write_lines
from tests.openlineage.validation import problems

LOAD = "INSERT INTO revenue (day, total) SELECT day, sum(total) FROM orders GROUP BY day"
ROWS = [recorded(1, "SELECT * FROM orders"), recorded(2, LOAD), recorded(3, LOAD)]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_sink_that_is_added_later_is_told_everything_once(qlt: CommandLine, tmp_path: Path) -> None:
    run = ("run", "--once", "--source", "files", write_lines(tmp_path / "recording.jsonl", ROWS))
    assert qlt(*run, OMD_KIND="file").code == 0
    told = lines(qlt.folder / ".qlt/lineage.jsonl")

    both = qlt.having(OMD_KIND="file,openlineage")
    backfill = both("outbox", "backfill", "openlineage")
    assert (backfill.code, backfill.err) == (0, "2 messages enqueued\n"), backfill.err
    for _ in range(2):
        assert both(*run).code == 0
        assert both("outbox", "backfill", "openlineage").err == "0 messages enqueued\n"

    (event,) = lines(qlt.folder / ".qlt/openlineage.jsonl")
    assert problems(event) == []
    assert event["outputs"][0]["name"].endswith(".revenue")
    assert event["outputs"][0]["facets"]["columnLineage"]["fields"].keys() == {"day", "total"}
    assert lines(qlt.folder / ".qlt/lineage.jsonl") == told


def test_only_a_sink_that_is_configured_can_be_told(qlt: CommandLine) -> None:
    ended = qlt("outbox", "backfill", "marquez", OMD_KIND="file,openlineage")
    assert ended.code == 2
    assert "there is no sink 'marquez'" in ended.err and "file, openlineage" in ended.err


def test_doctor_asks_every_sink(qlt: CommandLine) -> None:
    asking = qlt.having(OMD_KIND="openlineage,file", QLT_OPENLINEAGE_URL="http://127.0.0.1:9")
    findings = {row["check"]: row for row in asking("doctor", "-o", "jsonl").rows()}
    assert (findings["sink file"]["verdict"], findings["sink openlineage"]["verdict"]) == ("OK", "FAILED")
