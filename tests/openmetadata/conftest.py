from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.openmetadata.fake_server import FakeOpenMetadata


@pytest.fixture(params=["1.6", "2.0"])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeOpenMetadata]:
    """A server of each line that holds two tables and knows alice."""
    with FakeOpenMetadata(request.param) as server:
        server.state.add_table("lab", "hive", "sales", "orders", columns=["id", "amount", "day"])
        server.state.add_table("lab", "hive", "mart", "daily", columns=["day", "total"])
        server.state.add_user("alice")
        yield server
