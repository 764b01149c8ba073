"""Objects that go on under other names."""

from __future__ import annotations

from query_lineage_tracker.adapters.postgres.steps import Steps


async def follow_names(steps: Steps) -> None:
    """Derive again what the objects in qlt_renamed are called by now, and have the edges rebuilt that it concerns."""
    await steps.run("find_renamed")
    await steps.run("find_renames")
    if await steps.run("find_new_names"):
        await steps.run("rebuild_edges_of_renamed")
        await steps.run("forget_renames")
        await steps.run("store_renames")
        await steps.run("rebuild_edges_of_renamed")
        await steps.run("tell_kinds_of_renamed")
