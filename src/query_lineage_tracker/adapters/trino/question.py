"""One bounded question to a coordinator about what is in one catalog."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Event

import trino.exceptions

from query_lineage_tracker.adapters.threads import in_thread
from query_lineage_tracker.adapters.trino.connection import Row, TrinoConnection
from query_lineage_tracker.errors import PermissionMissing, TrackerError
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import OwnQueries

MOST_LOOK_UPS = 100
"""Of schemas times names; above, Trino reads the metadata of the whole catalog."""
_SECONDS = 60.0


class Asking:
    """Asks over a connection that nobody else uses at the same time; what is asked is recorded as ours."""

    def __init__(self, connection: TrinoConnection, own: OwnQueries, cluster: str) -> None:
        self._connection = connection
        self._own = own
        self._cluster = cluster

    async def rows(self, statement: str) -> list[Row]:
        """All rows of the SELECT; raises TrinoUnreachable and PermissionMissing."""
        loop, stop = asyncio.get_running_loop(), Event()
        recording: list[Future[None]] = []

        def on_query_id(query_id: str) -> None:
            record = self._own.record_own_query(self._cluster, query_id)
            recording.append(asyncio.run_coroutine_threadsafe(record, loop))

        def read() -> list[Row]:
            return list(self._connection.select(statement, on_query_id, stop=stop, seconds=_SECONDS))

        try:
            return await in_thread(read, stop)
        finally:
            await asyncio.gather(*map(asyncio.wrap_future, recording))


def one_question(objects: Sequence[ObjectName], most: int = MOST_LOOK_UPS) -> tuple[ObjectName, ...]:
    """The first of the objects, at most so many and all of one catalog, of which Trino looks up no more than a few."""
    chosen: list[ObjectName] = []
    schemas: set[str] = set()
    names: set[str] = set()
    for one in objects:
        fits = len(chosen) < most and len(schemas | {one.schema}) * len(names | {one.name}) <= MOST_LOOK_UPS
        if one.catalog == objects[0].catalog and fits:
            chosen.append(one)
            schemas.add(one.schema)
            names.add(one.name)
    return tuple(chosen)


def refusal(catalog: str, problem: TrackerError) -> str | None:
    """Why Trino refuses to answer a question about the catalog; None when it cannot be reached, which is no answer."""
    if isinstance(problem, PermissionMissing):
        return f"no right to read {catalog}.information_schema"
    # Without a cause it is our own patience that ended: asking again at once would end like that again.
    refused = problem.__cause__ is None or isinstance(problem.__cause__, trino.exceptions.TrinoQueryError)
    return str(problem) if refused else None
