"""What several messages tell, as one batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from query_lineage_tracker.domain.claims import ClaimedRun
from query_lineage_tracker.domain.history import RejectedRow
from query_lineage_tracker.events.told import ToldQuery
from query_lineage_tracker.ports.sources import FetchedBatch

Told: TypeAlias = "ToldQuery | ClaimedRun | RejectedRow"


def batch_of(messages: Iterable[Told]) -> FetchedBatch:
    """The batch, which moves nothing; of two answers about one execution it holds the later one."""
    told = list(messages)
    queries = [one for one in told if isinstance(one, ToldQuery)]
    return FetchedBatch(
        queries=tuple([one.query for one in queries]),
        rejected=tuple([one for one in told if isinstance(one, RejectedRow)]),
        answers={one.query.query_id: one.answer for one in queries if one.answer is not None},
        views={one.query.query_id: one.views for one in queries if one.views},
        attributions={one.query.query_id: one.claim for one in queries if one.claim is not None},
        claims=tuple([one for one in told if isinstance(one, ClaimedRun)]),
    )
