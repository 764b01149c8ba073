"""Edges that nobody has seen for long leave a catalog, if that is wanted, and come back when they are seen again.

Those of renamed objects leave once they stand there under the new name.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from query_lineage_tracker.errors import DependencyUnreachable
from query_lineage_tracker.ports.delivery import WithdrawnEdges
from query_lineage_tracker.services.live import wait_unless_stopped

log = structlog.get_logger()

_FIRST_PAUSE_S = 300.0
_PAUSE_S = 3600.0
_PAUSE_AFTER_FAILURE_S = 60.0


@dataclass(frozen=True, slots=True)
class StaleRules:
    """After how many days unseen an edge is stale, and whether stale ones are withdrawn."""

    days: int = 90
    remove: bool = False


async def follow_stale_edges(edges: WithdrawnEdges, sink: str, rules: StaleRules) -> None:
    """Enqueue withdrawn edges that were seen again, and the removal of moved ones and, by the rules, of stale ones."""
    seen_again = await edges.tell_seen_again(sink)
    if seen_again:
        log.info("stale_edges.seen_again", sink=sink, edges=seen_again)
    moved = await edges.withdraw_moved(sink)
    if moved:
        log.info("stale_edges.moved", sink=sink, edges=moved)
    withdrawn = await edges.withdraw(sink, rules.days) if rules.remove else 0
    if withdrawn:
        log.info("stale_edges.withdrawn", sink=sink, edges=withdrawn, unseen_for_days=rules.days)


async def follow_stale_edges_forever(edges: WithdrawnEdges, sink: str, rules: StaleRules, stop: asyncio.Event) -> None:
    """Every hour until `stop` is set; first when ingest has caught up with what happened while nobody looked."""
    pause = _FIRST_PAUSE_S
    while not await wait_unless_stopped(stop, pause):
        try:
            await follow_stale_edges(edges, sink, rules)
            pause = _PAUSE_S
        except DependencyUnreachable as problem:
            pause = _PAUSE_AFTER_FAILURE_S
            log.error("stale_edges.failed", problem=str(problem))
