"""Whatever the sink sends anywhere in these tests is accepted by OpenMetadata's own request models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from query_lineage_tracker.adapters.openmetadata.api import line_of
from tests.openmetadata.payloads import FOLDER, Payload, kept_in

LINES = ("1.4", "1.6", "1.12", "2.0")
ROUTES = {
    "POST /queries",
    "PATCH /queries/*",
    "PUT /queries/*/usage",
    "PUT /queries/*/users",
    "PUT /queries/*/usedBy",
    "PUT /lineage",
    "POST /usage/table/*",
    # By tests, so that the contract suite can ask a real server.
    "POST /services/databaseServices",
    "POST /databases",
    "POST /databaseSchemas",
    "POST /tables",
}
ROUTES_OF = {line: ROUTES | ({"POST /queryCostRecord"} if line in ("1.12", "2.0") else set()) for line in LINES}
ID = "7b2e6a0e-0000-4000-8000-000000000000"
TABLE = {"id": ID, "type": "table"}
EDGE = {"fromEntity": TABLE, "toEntity": TABLE}
WRONG: list[tuple[str, object, str]] = [
    ("POST /queries", {"query": "SELECT 1", "service": "lab", "surprise": 1}, "surprise"),
    ("POST /queries", {"service": "lab"}, "query"),
    ("POST /queries", {"query": "SELECT 1", "service": "lab", "queryDate": "today"}, "queryDate"),
    ("PUT /queries/*/usage", [{"id": ID}], "type"),
    ("PUT /queries/*/usage", [{"id": ID, "type": "table", "surprise": 1}], "surprise"),
    ("PUT /queries/*/users", [1], "0"),
    ("PUT /queries/*/usedBy", [{"name": "alice"}], "0"),
    ("PUT /lineage", {"edge": {"fromEntity": TABLE}}, "toEntity"),
    ("PUT /lineage", {"edge": {**EDGE, "lineageDetails": {"surprise": 1}}}, "surprise"),
    ("PUT /lineage", {"edge": {**EDGE, "lineageDetails": {"source": "Surprise"}}}, "source"),
    ("POST /usage/table/*", {"date": "2026-11-21"}, "count"),
    ("POST /usage/table/*", {"date": "2026-11-21", "count": -1}, "count"),
    ("PATCH /queries/*", [{"op": "add", "path": "/processedLineage"}], "JSON Patch"),
    ("PUT /surprise", {}, "there is no"),
]
"""Routes, bodies, and what their problem names."""
WRONG_COSTS: list[tuple[str, object, str]] = [
    ("POST /queryCostRecord", {"timestamp": 1, "queryReference": TABLE, "cost": 1.5}, "count"),
    (
        "POST /queryCostRecord",
        {"timestamp": 1, "queryReference": TABLE, "cost": 1, "count": 1, "surprise": 1},
        "surprise",
    ),
]
TESTS = ("tests/openmetadata", "tests/acceptance/test_sync_cli.py", "tests/integration/test_sync_postgres.py")


def judged(folder: Path, line: str, payloads: Sequence[Payload]) -> list[list[str]]:
    """The problems of each payload by the models of a line."""
    command = [sys.executable, "-m", "tests.openmetadata.model_judge", str(folder / line)]
    told = "".join(payload.shown + "\n" for payload in payloads)
    ended = subprocess.run(command, input=told, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(each) for each in ended.stdout.splitlines()]


@pytest.fixture(scope="module")
def payloads(tmp_path_factory: pytest.TempPathFactory) -> list[Payload]:
    """All that the sink sends in the tests that need OpenMetadata: in a run before this one, else now."""
    if os.environ.get(FOLDER):
        return list(kept_in(Path(os.environ[FOLDER])))
    folder = tmp_path_factory.mktemp("payloads")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        "2",
        "-k",
        "not interruption",
        *TESTS,
    ]
    ended = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, FOLDER: str(folder)}
    )
    assert ended.returncode == 0, ended.stdout[-4000:]
    return list(kept_in(folder))


def test_everything_that_can_be_sent_was_sent_to_each_line(payloads: list[Payload], omd_models: Path) -> None:
    routes = {line: {each.route for each in payloads if each.line == line} for line in LINES}
    assert routes == ROUTES_OF


@pytest.mark.parametrize("line", LINES)
def test_all_payloads_are_accepted_by_the_models_of_the_line(
    payloads: list[Payload], omd_models: Path, line: str
) -> None:
    """Those for servers of the line and of older ones: what an older server is sent, a newer one must take."""
    taken = [each for each in payloads if line_of(each.line) <= line_of(line)]
    problems = judged(omd_models, line, taken)
    assert len(problems) == len(taken) > 0
    assert [(each.shown, why) for each, why in zip(taken, problems, strict=True) if why] == []


@pytest.mark.parametrize("line", LINES)
def test_the_models_refuse_what_is_wrong(omd_models: Path, line: str) -> None:
    wrong = WRONG + (WRONG_COSTS if ROUTES_OF[line] > ROUTES else [])
    problems = judged(omd_models, line, [Payload(line, route, body) for route, body, _ in wrong])
    assert [named for (_, _, named), found in zip(wrong, problems, strict=True) if named not in str(found)] == []
