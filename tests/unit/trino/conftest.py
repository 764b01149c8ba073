"""A fake coordinator, and the real client connected to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from tests.coordinators import FakeCoordinator

from query_lineage_tracker.adapters.trino.connect import connect
from query_lineage_tracker.adapters.trino.connection import TrinoConnection
from query_lineage_tracker.config.cluster import ClusterSettings

Connect = Callable[..., TrinoConnection]


@pytest.fixture
def coordinator() -> FakeCoordinator:
    return FakeCoordinator()


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Connects to a fake coordinator; nothing of the client itself is replaced."""
    monkeypatch.setattr("trino.client._DelayExponential.__call__", lambda _self, _attempt: 0)

    def to(coordinator: FakeCoordinator, **settings: Any) -> TrinoConnection:
        cluster = ClusterSettings(**{"host": "trino.test", "user": "tracker", **settings})
        sessions: list[requests.Session] = []

        def session() -> requests.Session:
            made = requests.Session()
            made.trust_env = False
            made.mount("http://", coordinator)
            made.mount("https://", coordinator)
            sessions.append(made)
            return made

        with monkeypatch.context() as patched:
            patched.setattr("query_lineage_tracker.adapters.trino.connect.TrinoSession", session)
            return connect(cluster)

    return to
