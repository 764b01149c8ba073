"""Which object or column a name means."""

from __future__ import annotations

import pytest
from tests.batches import LINES, ORDERS, REVENUE, batch, execution, write

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.insights.names import PostgresNames
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.errors import NotInHistory, UsageError
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.services.insights.naming import focus_meant

pytestmark = pytest.mark.anyio

BRANCHED = ObjectName("lake", "sales", "lines", "fix")
TWIN = ObjectName("orders", "revenue", "amount")
INSERT = "insert into revenue select amount from orders"
OTHERS = "insert into orders.revenue.amount select amount from lines@fix"


@pytest.fixture
async def names(database: Database) -> PostgresNames:
    results = {INSERT: write(ORDERS), OTHERS: write(BRANCHED, target=TWIN, column="price")}
    await PostgresStore(database).save(
        batch([execution(n, sql, results[sql]) for n, sql in enumerate(results)], results), None
    )
    return PostgresNames(database)


@pytest.mark.parametrize(
    ("text", "object_", "column"),
    [
        ("orders", ORDERS, None),
        ("SALES.Orders", ORDERS, None),
        ("lake.sales.orders", ORDERS, None),
        ("orders.amount", ORDERS, "amount"),
        ("lake.sales.orders.ID", ORDERS, "id"),
        ("mart.revenue.amount", REVENUE, "amount"),
        ("lines@fix", BRANCHED, None),
        ("lines@fix.price", BRANCHED, "price"),
        ("orders.revenue.amount.price", TWIN, "price"),
    ],
)
async def test_a_name_means_the_table_or_the_column_that_is_called_so(
    names: PostgresNames, text: str, object_: ObjectName, column: str | None
) -> None:
    focus = await focus_meant(names, text)
    assert (focus.object.object, focus.column) == (str(object_), column)


async def test_what_may_be_a_table_or_a_column_is_refused_with_both(names: PostgresNames) -> None:
    with pytest.raises(UsageError) as caught:
        await focus_meant(names, "revenue.amount")
    assert str(TWIN) in str(caught.value) and f"{REVENUE}, column amount" in str(caught.value)


async def test_what_nobody_used_is_told_with_names_that_are_alike(names: PostgresNames) -> None:
    with pytest.raises(NotInHistory) as caught:
        await focus_meant(names, "reven")
    assert str(REVENUE) in caught.value.hint
    for text in (str(LINES), "orders.nothing", "a.b.c.d.e"):
        with pytest.raises(NotInHistory):
            await focus_meant(names, text)
