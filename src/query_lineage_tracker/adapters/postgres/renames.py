"""Objects that go on under other names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from query_lineage_tracker.adapters.postgres.database import Database
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


class SchemaRenames:
    """`services.renames.RenamedSchemas` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = {**database.queries("save"), **database.queries("renames")}

    async def follow(self, sinks: Sequence[str], limit: int) -> int | None:
        """Have the next objects of a renamed schema follow, in one transaction under the lock that batches take.

        How many objects were looked at; None where no schema waits.
        """
        async with self._database.transaction() as connection:
            waiting = await (await connection.execute(self._queries["waiting"])).fetchone()
        if waiting is None:
            return None
        async with self._database.transaction() as connection:
            steps = Steps(connection, self._queries, {"namespace": waiting[0], "sinks": list(sinks), "limit": limit})
            await steps.run("lock_namespace")
            await steps.script("create_batch_tables")
            found = await steps.fetch("next_schema")
            return await _follow_schema(steps, found[0], limit) if found else 0


async def _follow_schema(steps: Steps, rename: Sequence[object], limit: int) -> int:
    named = dict(zip(("catalog", "schema", "new_schema", "at", "followed_to", "moved"), rename, strict=True))
    follow, objects = (_follow, "next_moved") if named["moved"] else (_move, "next_objects")
    ids = [object_id for (object_id,) in await steps.fetch(objects, **named)]
    if ids:
        await follow(steps, {**named, "object_ids": ids})
        await steps.run("tell_ended")
        await steps.run("forget_untold_ends")
        await steps.run("enqueue")
    if len(ids) == limit:
        await steps.run("followed", **{**named, "followed_to": ids[-1], "followed": False})
    else:
        await steps.run("followed", **{**named, "followed_to": 0, "followed": named["moved"], "moved": True})
    return len(ids)


async def _move(steps: Steps, named: Mapping[str, object]) -> None:
    if await steps.run("find_unmoved", **named):
        await steps.run("make_objects", **named)
        await steps.run("move_objects", **named)
        await steps.run("see_moves", **named)


async def _follow(steps: Steps, named: Mapping[str, object]) -> None:
    await steps.run("find_moved", **named)
    await follow_names(steps)
    await steps.run("reopen_schemas")
    await steps.run("rebuild_edges")
    await steps.run("rebuild_column_edges")
