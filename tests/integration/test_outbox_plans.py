"""What is asked of the outbox reads a page and no more, however much has arrived."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from query_lineage_tracker.adapters.postgres.database import Database

pytestmark = pytest.mark.anyio

_FULL = """
INSERT INTO omd.outbox (sink, kind, entity, state, settled_generation, next_attempt_at)
SELECT 'catalog', CASE number % 2 WHEN 0 THEN 'QUERY' ELSE 'LINEAGE' END, 'e' || number,
       CASE WHEN number % 100 = 0 THEN 'PENDING' ELSE 'SETTLED' END, 1, now()
FROM generate_series(1, 20000) AS number;
INSERT INTO omd.sent (sink, kind, entity, payload)
SELECT sink, kind, entity, '{}' FROM omd.outbox WHERE state = 'SETTLED';
ANALYZE omd.outbox;
ANALYZE omd.sent
"""
_DUE = {"sink": "catalog", "worker": "w", "limit": 64, "seconds": 60.0, "noted": False}


@pytest.mark.parametrize(
    ("query", "named", "index"),
    [
        ("delivered", {"sink": "catalog", "kind": "LINEAGE", "after": "e5", "limit": 500}, "outbox_pkey"),
        ("claim", _DUE, "outbox_due"),
    ],
)
async def test_a_page_is_read_by_its_index(
    database: Database, query: str, named: Mapping[str, object], index: str
) -> None:
    async with database.transaction() as connection:
        for statement in _FULL.split(";"):
            await connection.execute(statement.encode())
        explained = await connection.execute(b"EXPLAIN " + database.queries("outbox")[query].encode(), named)
        plan = "\n".join(line for (line,) in await explained.fetchall())
    assert f"using {index} on outbox" in plan, plan
    assert "Seq Scan on outbox" not in plan and "Sort" not in plan, plan
