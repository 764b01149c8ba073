"""Delivering single messages with the real sink."""

from __future__ import annotations

import asyncio
from typing import Any

from query_lineage_tracker.adapters.http.exchange import Endpoint
from query_lineage_tracker.adapters.openmetadata.rules import OpenMetadataRules, Services
from query_lineage_tracker.adapters.openmetadata.sink import OpenMetadataSink
from query_lineage_tracker.domain.outbox import DeliveryResult, Message
from query_lineage_tracker.ports.delivery import Announcements
from tests.openmetadata.fake_server import FakeOpenMetadata


def endpoint_of(fake: FakeOpenMetadata, *, path: str = "/api", token: str = "token-of-the-bot") -> Endpoint:
    return Endpoint(fake.url + path, token, timeout=5.0)


def deliver(
    fake: FakeOpenMetadata,
    *messages: Message,
    endpoint: Endpoint | None = None,
    service: str | None = "lab",
    services: tuple[tuple[str, str], ...] = (),
    announcements: Announcements | None = None,
    **rules: Any,
) -> list[DeliveryResult]:
    """Deliver the messages one after the other by rules such as OpenMetadataRules has them."""

    async def delivered() -> list[DeliveryResult]:
        sink = OpenMetadataSink(
            endpoint or endpoint_of(fake),
            OpenMetadataRules(Services(service, services), **rules),
            announcements=announcements,
        )
        try:
            return [await sink.deliver(message) for message in messages]
        finally:
            await sink.aclose()

    return asyncio.run(delivered())


def probe(endpoint: Endpoint) -> str | None:
    """What the sink's probe says."""

    async def probed() -> str | None:
        sink = OpenMetadataSink(endpoint, OpenMetadataRules())
        try:
            return await sink.probe()
        finally:
            await sink.aclose()

    return asyncio.run(probed())
