"""What dbt says, on the page."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from tests.batches import ORDERS, READ, REVENUE, batch, execution, write

from query_lineage_tracker.adapters.dbt.manifest import Manifest
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.bootstrap import insights_of
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.web.app import page_app

pytestmark = pytest.mark.anyio

INSERT = "insert into revenue (amount) select amount from orders"
RESULTS = {INSERT: write(ORDERS), "select 1": READ}


async def test_objects_tell_their_model_and_the_impact_its_exposures(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(
        json.dumps(
            {
                "nodes": {
                    "model.shop.revenue": {
                        "resource_type": "model",
                        "database": REVENUE.catalog,
                        "schema": REVENUE.schema,
                        "alias": REVENUE.name,
                    }
                },
                "exposures": {
                    "exposure.shop.board": {
                        "name": "board",
                        "type": "dashboard",
                        "owner": {"name": "Alice"},
                        "depends_on": {"nodes": ["model.shop.revenue"]},
                    }
                },
            }
        )
    )
    await PostgresStore(database).save(batch([execution(1, INSERT, RESULTS[INSERT])], RESULTS), None)
    app = page_app(insights_of(database, Manifest(path)), PageSettings())
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090/api/v1") as client:
        told = (await client.get("/object", params={"name": str(REVENUE)})).json()["dbt"]
        assert (told["node"]["unique_id"], told["problem"]) == ("model.shop.revenue", None)
        assert (await client.get("/object", params={"name": str(ORDERS)})).json()["dbt"] == {
            "node": None,
            "problem": None,
        }
        rows = (await client.get("/impact", params={"name": str(ORDERS)})).json()["rows"]
        assert [(row["affected"], row["distance"], row["dashboard"], row["user"]) for row in rows] == [
            ("OBJECT", 1, None, None),
            ("EXPOSURE", 1, "board", "Alice"),
        ]
        path.write_text("nonsense")
        spoilt = (await client.get("/impact", params={"name": str(ORDERS)})).json()
        assert len(spoilt["rows"]) == 1 and "is no JSON" in spoilt["dbt_problem"]
