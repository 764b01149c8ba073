"""Every documented question with values that nobody means well: an answer in words, never a defect, never kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import product
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from structlog.testing import capture_logs
from tests.batches import ORDERS, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.bootstrap import insights_of
from query_lineage_tracker.config.page import PageSettings
from query_lineage_tracker.web.app import api, page_app

pytestmark = pytest.mark.anyio

INSERT = "insert into revenue (amount) select amount from orders"
GOOD = {
    "name": str(ORDERS),
    "upstream": str(ORDERS),
    "downstream": "lake.core.revenue",
    "text": "ord",
    "query_id": "20261122_120000_00001_aaaaa",
}
HOSTILE = (
    "'; drop schema omd cascade; --",
    "%' or '1'='1",
    "\\",
    "%",
    "___",
    '"',
    '""""',
    '"a".".."."c"',
    "<img src=x onerror=alert(1)>",
    "../../etc/passwd",
    "🙂\u202e\ufeff",
    "\ud7ff\ue000\uffff",
    "\r\nSet-Cookie: a=b",
    "\x1b[31m",
    "-1",
    "0",
    "9" * 40,
    "1e400",
    "NaN",
    "9999-12-31T23:59:59.999999Z",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01",
    "9999-12-31",
    "infinity",
    "null",
    "[]",
    "eyJhIjoxfQ",
    "x" * 2001,
    "up:" + "x" * 1000,
    "",
)


def _asks(told: dict[str, Any]) -> bool:
    return bool(told.get("get", {}).get("parameters"))


OPERATIONS = {path: told["get"]["parameters"] for path, told in api().openapi()["paths"].items() if _asks(told)}


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    await PostgresStore(database).save(batch([execution(1, INSERT, write(ORDERS))], {INSERT: write(ORDERS)}), None)
    app = page_app(insights_of(database), PageSettings(rate=1000))
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8090") as opened:
        yield opened


@pytest.mark.parametrize("path", OPERATIONS)
async def test_no_value_of_a_parameter_is_a_defect(client: httpx.AsyncClient, path: str) -> None:
    told = OPERATIONS[path]
    required = {one["name"]: GOOD[one["name"]] for one in told if one["required"] and one["in"] == "query"}
    wrong = []
    for parameter, value in product([one["name"] for one in told], HOSTILE):
        address = path.replace(f"{{{parameter}}}", quote(value, safe="")).replace("{query_id}", GOOD["query_id"])
        with capture_logs() as logs:
            answer = await client.get(address, params={**required, parameter: value})
        kept = answer.headers["cache-control"] != "no-store" or "set-cookie" in answer.headers
        words = answer.status_code == 200 or answer.headers["content-type"] == "application/problem+json"
        if answer.status_code >= 500 or kept or not words or logs:
            wrong.append((parameter, value[:40], answer.status_code, answer.text[:200]))
    assert wrong == []
