"""dbt's manifest joined to objects."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from query_lineage_tracker.adapters.dbt.manifest import Manifest, read_manifest
from query_lineage_tracker.domain.insights.dbt import DbtNode, Exposure
from query_lineage_tracker.errors import UsageError

pytestmark = pytest.mark.anyio

REVENUE = "lake.mart.revenue"


def model(schema: str = "Mart", alias: str = "Revenue", **more: Any) -> dict[str, Any]:
    return {"resource_type": "model", "database": "lake", "schema": schema, "alias": alias, "name": alias, **more}


CONTENT: dict[str, Any] = {
    "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
    "nodes": {
        "model.shop.revenue": model(description="Per day", group="finance", original_file_path="models/revenue.sql"),
        "model.shop.orders": model(alias="orders", config={"meta": {"owner": "bob"}}),
        "model.shop.twice": model(alias="both"),
        "snapshot.shop.twice": model(alias="BOTH", resource_type="snapshot"),
        "model.shop.inlined": model(alias="inlined", config={"materialized": "ephemeral"}),
        "test.shop.not_null": model(alias="checked", resource_type="test"),
        "seed.shop.countries": {"resource_type": "seed", "database": "lake", "schema": "raw", "name": "countries"},
    },
    "groups": {"group.shop.finance": {"name": "finance", "owner": {"email": "alice@example.com"}}},
    "exposures": {
        "exposure.shop.board": {
            "name": "board",
            "label": "Board <report>",
            "type": "dashboard",
            "url": "https://bi.example/1",
            "owner": {"name": "Alice", "email": "alice@example.com"},
            "depends_on": {"nodes": ["model.shop.revenue", "model.shop.orders"]},
        },
        "exposure.shop.odd": {
            "name": "odd",
            "url": "javascript:alert(1)",
            "depends_on": {"nodes": ["model.shop.orders"]},
        },
    },
}
BOARD = Exposure("exposure.shop.board", "Board <report>", "dashboard", "https://bi.example/1", "Alice", None)


@pytest.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(CONTENT))
    yield file


async def test_nodes_are_matched_by_name_in_any_case(path: Path) -> None:
    found = (await Manifest(path).nodes("trino", [REVENUE, "lake.raw.countries", "lake.raw.unknown"])).nodes
    assert found[REVENUE] == DbtNode(
        "model.shop.revenue", "model", "Per day", "alice@example.com", "models/revenue.sql", (BOARD,)
    )
    assert found.keys() == {REVENUE, "lake.raw.countries"}


@pytest.mark.parametrize(
    "name",
    [
        "lake.mart.both",
        "lake.mart.inlined",
        "lake.mart.checked",
        "lake.mart.revenue@dev",
        "mart.revenue",
        "..",
        "",
        "a.b.c.d",
    ],
)
async def test_what_is_ambiguous_or_makes_nothing_is_never_guessed(path: Path, name: str) -> None:
    assert (await Manifest(path).nodes("trino", [name])).nodes == {}


async def test_an_owner_in_meta_counts_and_an_address_that_is_no_link_does_not(path: Path) -> None:
    orders = (await Manifest(path).nodes("trino", ["lake.mart.orders"])).nodes["lake.mart.orders"]
    assert orders.owner == "bob"
    assert [(one.name, one.url) for one in orders.exposures] == [
        ("Board <report>", "https://bi.example/1"),
        ("odd", None),
    ]


async def test_another_namespace_is_not_meant(path: Path) -> None:
    assert (await Manifest(path, "lakehouse").nodes("trino", [REVENUE])).nodes == {}
    assert (await Manifest(path, "trino").nodes("trino", [REVENUE])).nodes.keys() == {REVENUE}


async def test_a_file_that_changes_is_read_again_and_a_bad_one_is_told(path: Path) -> None:
    manifest = Manifest(path)
    assert (await manifest.nodes("trino", [REVENUE])).nodes
    path.write_text("{}")
    with capture_logs() as logs:
        assert "is no manifest of dbt" in str((await manifest.nodes("trino", [REVENUE])).problem)
        path.unlink()
        assert "cannot be read" in str((await manifest.nodes("trino", [REVENUE])).problem)
        assert "cannot be read" in str((await manifest.nodes("trino", [REVENUE])).problem)
    assert len(logs) == 2
    path.write_text(json.dumps(CONTENT))
    answer = await manifest.nodes("trino", [REVENUE])
    assert answer.problem is None and answer.nodes


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ("[]", "no manifest"),
        ('{"nodes": []}', "no manifest"),
        ('{"nodes": {"a": 1}}', "no manifest"),
        ('{"nodes": {"a": {}}}', "no manifest"),
        (json.dumps({**CONTENT, "exposures": ["board"]}), "no manifest"),
        (json.dumps({**CONTENT, "exposures": {"board": "x"}}), "no manifest"),
    ],
)
def test_what_is_no_manifest_is_a_problem_in_words(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(UsageError, match=told):
        read_manifest(path)
