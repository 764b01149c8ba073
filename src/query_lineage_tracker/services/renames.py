"""Objects of renamed schemas follow, some at a time: a schema may hold more of them than a batch can wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

AT_ONCE = 500
"""Objects that follow in one transaction."""

_PAUSE_S = 15.0
_PAUSE_AFTER_FAILURE_S = 60.0


class RenamedSchemas(Protocol):
    """Schemas whose objects have not all followed yet."""

    async def follow(self, sinks: Sequence[str], limit: int) -> int | None:
        """Have the next objects follow, and sinks told; how many were looked at, None where no schema waits."""
        ...


async def follow_schemas(schemas: RenamedSchemas, sinks: Sequence[str], stop: asyncio.Event) -> None:
    """Until all objects have followed, or `stop` is set."""
    objects = 0
    while not stop.is_set():
        followed = await schemas.follow(sinks, AT_ONCE)
        if followed is None:
            break
        objects += followed
    if objects:
        log.info("renames.schemas_followed", objects=objects)


async def follow_schemas_forever(schemas: RenamedSchemas, sinks: Sequence[str], stop: asyncio.Event) -> None:
    """Again and again until `stop` is set."""
    pause = _PAUSE_S
    while not await wait_unless_stopped(stop, pause):
        try:
            await follow_schemas(schemas, sinks, stop)
            pause = _PAUSE_S
        except DependencyUnreachable as problem:
            pause = _PAUSE_AFTER_FAILURE_S
            log.error("renames.failed", problem=str(problem))
