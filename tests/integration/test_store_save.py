"""Saving batches into a real PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from tests.batches import (
    LINES,
    NOON,
    ORDERS,
    READ,
    batch,
    execution,
    write,
)

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.ports import SavedBatch

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(database: Database) -> PostgresStore:
    return PostgresStore(database)


async def rows(database: Database, query: Any, *parameters: object) -> list[tuple[Any, ...]]:
    async with database.transaction() as connection:
        return await (await connection.execute(query, parameters)).fetchall()


async def test_saving_the_same_batch_again_changes_nothing(store: PostgresStore) -> None:
    saved = batch(
        [execution(1, "select 1", READ), execution(2, "insert 1", write(ORDERS, LINES))],
        {"select 1": READ, "insert 1": write(ORDERS, LINES)},
        watermark=NOON,
        position={"offset": 1},
    )
    first = await store.save(saved, None)
    again = await store.save(saved, None)
    assert first == SavedBatch(inserted=2, statements=2, edges=2, enqueued=4)
    assert again == SavedBatch()
