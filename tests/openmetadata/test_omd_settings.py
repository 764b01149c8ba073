"""The settings of OpenMetadata arrive in the sink that bootstrap builds of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from query_lineage_tracker.bootstrap import sink_of
from query_lineage_tracker.config import load
from query_lineage_tracker.domain.outbox import Delivered, DeliveryResult, Message
from query_lineage_tracker.errors import ConfigurationError
from query_lineage_tracker.observability import Metrics
from tests.messages import a_query, an_edge
from tests.openmetadata.fake_server import FakeOpenMetadata


def deliver_by(environ: dict[str, str], folder: Path, fake: FakeOpenMetadata, message: Message) -> DeliveryResult:
    given = {"OMD_URL": fake.url, "OMD_TOKEN": fake.token, **environ}

    async def delivered() -> DeliveryResult:
        sink = sink_of("openmetadata", load("dev", {}, given, folder), Metrics())
        try:
            return await sink.deliver(message)
        finally:
            await sink.aclose()

    return asyncio.run(delivered())


def test_each_setting_arrives(fake: FakeOpenMetadata, tmp_path: Path) -> None:
    fake.state.add_table("eu_pg", "pg", "Sales", "Orders", columns=["Amount"])
    environ = {
        "OMD_SERVICE": "lab",
        "OMD_SERVICES": "pg=eu_pg",
        "OMD_NAME_CASE": "ignore",
        "OMD_USERS": "*@corp.example=*",
        "OMD_REMOVE_ENDED": "true",
        "QLT_PAGE_URL": "https://qlt.example/{object}",
    }
    message = an_edge({"total": ["amount"]}, upstream="pg.sales.orders")
    told = deliver_by(environ, tmp_path, fake, message)
    (details,) = fake.state.edges.values()
    assert details is not None
    assert details["description"] == "qlt: https://qlt.example/hive.mart.daily"
    assert details["columnsLineage"][0]["fromColumns"] == ["eu_pg.pg.Sales.Orders.Amount"]
    assert isinstance(told, Delivered)
    ended = an_edge({"total": ["amount"]}, upstream="pg.sales.orders", ended=True)
    deliver_by(environ, tmp_path, fake, replace(ended, sent=told.sent))
    assert fake.state.edges == {}
    deliver_by(environ, tmp_path, fake, a_query(users=["alice@corp.example"]))
    (query,) = fake.state.queries.values()
    assert query["users"] == [fake.state.users["alice"]["id"]]


@pytest.mark.parametrize(
    "environ",
    [
        {"OMD_SERVICES": "pg"},
        {"OMD_SERVICES": 'pg=tri"no'},
        {"OMD_SERVICE": 'tri"no'},
        {"OMD_SERVICE": "x" * 257},
        {"OMD_NAME_CASE": "upper"},
        {"OMD_USERS": "alice=*"},
        {"QLT_PAGE_URL": "qlt.example"},
        {"QLT_PAGE_URL": "https://me:secret@qlt.example"},
    ],
)
def test_what_cannot_be_meant_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(environ))):
        load("dev", {}, environ, tmp_path)
