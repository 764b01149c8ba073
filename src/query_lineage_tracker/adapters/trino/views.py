"""Texts of views, asked of a coordinator: one bounded SELECT a question, each name looked up by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone

from query_lineage_tracker.adapters.trino.connection import Row, TrinoConnection
from query_lineage_tracker.adapters.trino.question import Asking, one_question, refusal
from query_lineage_tracker.adapters.trino.statements import views_statement
from query_lineage_tracker.errors import PermissionMissing, TrackerError
from query_lineage_tracker.lineage.engine import FetchedViews, ViewText
from query_lineage_tracker.lineage.result import ObjectName
from query_lineage_tracker.ports.sources import OwnQueries
from query_lineage_tracker.records import storable

_MOST_OBJECTS = 20
"""Of a question: each is an arm of the SELECT, and planning takes longer with every one."""


class TrinoViews:
    """`ports.ViewSource` over a connection that nobody else uses at the same time."""

    def __init__(self, connection: TrinoConnection, own: OwnQueries, cluster: str) -> None:
        self._asking = Asking(connection, own, cluster)
        self._materialized = True

    async def fetch(self, objects: Sequence[ObjectName]) -> FetchedViews | None:
        """The texts of the first objects that fit into one question; None when the coordinator does not answer."""
        asked, asked_at = one_question(objects, _MOST_OBJECTS), datetime.now(timezone.utc)
        if not asked:
            return FetchedViews((), asked_at)
        try:
            rows = await self._asking.rows(views_statement(asked, materialized=self._materialized))
        except TrackerError as problem:
            return self._refused(asked, asked_at, problem)
        return FetchedViews(asked, asked_at, views_of(asked, rows))

    def _refused(self, asked: Sequence[ObjectName], asked_at: datetime, problem: TrackerError) -> FetchedViews | None:
        if isinstance(problem, PermissionMissing) and self._materialized:
            # Perhaps only of system.metadata, so the next question does without materialized views.
            self._materialized = False
            return FetchedViews((), asked_at)
        if isinstance(problem, PermissionMissing):
            self._materialized = True
        why = refusal(asked[0].catalog, problem)
        return None if why is None else FetchedViews(tuple(asked), asked_at, problem=why)


def views_of(asked: Sequence[ObjectName], rows: Sequence[Row]) -> tuple[ViewText, ...]:
    """The views that the rows are, in the order in which they were asked for; those without a text tell nothing."""
    told: dict[ObjectName, ViewText] = {}
    for row in rows:
        name = ObjectName(asked[0].catalog, str(row["schema_name"]), str(row["name"]))
        if row["definition"]:
            told[name] = ViewText(name, row["materialized"] is True, storable(str(row["definition"])), reaches=None)
    return tuple(told[one] for one in asked if one in told)
