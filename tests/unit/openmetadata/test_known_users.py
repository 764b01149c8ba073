from __future__ import annotations

import asyncio

import pytest

from query_lineage_tracker.adapters.openmetadata.api import Json, OpenMetadataApi
from query_lineage_tracker.adapters.openmetadata.queries import KnownUsers


class Users(OpenMetadataApi):
    def __init__(self) -> None:
        self.asked: list[str] = []

    async def user(self, name: str) -> Json | None:
        self.asked.append(name)
        return {"id": name} if name == "alice" else None


def test_a_user_is_asked_for_once_also_one_that_is_not_there() -> None:
    api, users = Users(), KnownUsers()

    async def ask() -> None:
        for name in ("alice", "bob", "alice", "bob"):
            assert (await users.get(api, name) is None) is (name == "bob")

    asyncio.run(ask())
    assert api.asked == ["alice", "bob"]


def test_names_that_anybody_may_send_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("query_lineage_tracker.adapters.openmetadata.queries._MOST_USERS", 3)
    api, users = Users(), KnownUsers()

    async def ask() -> None:
        for number in range(10):
            await users.get(api, f"user{number}")
        await users.get(api, "user9")

    asyncio.run(ask())
    assert list(users.found) == ["user7", "user8", "user9"]
    assert len(api.asked) == 10
