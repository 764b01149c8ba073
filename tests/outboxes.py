"""An outbox in memory, for tests of sync and of sinks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from query_lineage_tracker.domain.outbox import Claim, DeliveryResult, Facts, Halted, Message, Parked, Retry
from query_lineage_tracker.errors import StoreUnreachable
from tests.messages import LAST, a_query


@dataclass
class ListOutbox:
    """Messages due in the order given; settled ones leave, those given back are due again.

    Retried and parked ones wait for ever, or are due again at once when it is `eager`.
    """

    due: list[Claim] = field(default_factory=list)
    settled: dict[str, DeliveryResult] = field(default_factory=dict)
    reason: str | None = None
    alarms: list[str] = field(default_factory=list)
    resumed: int = 0
    claimed: list[int] = field(default_factory=list)
    away: int = 0
    gone: frozenset[str] = frozenset()
    facts: Mapping[str, Facts] = field(default_factory=dict)
    eager: bool = False

    async def claim(self, sink: str, worker: str, limit: int, seconds: float) -> Sequence[Claim]:
        if self.away > 0:
            self.away -= 1
            raise StoreUnreachable("PostgreSQL is away")
        taken, self.due = self.due[:limit], self.due[limit:]
        self.claimed.append(len(taken))
        return [] if self.reason else [replace(claim, lease_until=LAST + timedelta(seconds=seconds)) for claim in taken]

    async def compose(self, claims: Sequence[Claim]) -> Sequence[Message]:
        return [
            Message(claim, self.facts.get(claim.entity) or a_query().facts)
            for claim in claims
            if claim.entity not in self.gone
        ]

    async def settle(self, results: Sequence[tuple[Claim, DeliveryResult]]) -> None:
        for claim, result in results:
            self.settled[claim.entity] = result
            if isinstance(result, Halted):
                self.due.append(claim)
            elif self.eager and isinstance(result, Retry | Parked):
                self.due.append(replace(claim, attempts=claim.attempts + 1))

    async def halt(self, sink: str, reason: str) -> bool:
        first = self.reason is None
        if first:
            self.alarms.append(reason)
        self.reason = reason
        return first

    async def resume(self, sink: str) -> bool:
        was, self.reason = self.reason, None
        self.resumed += was is not None
        return was is not None

    async def halted(self, sink: str) -> str | None:
        return self.reason


@dataclass
class MemoryAnnouncements:
    """Remembers announcements as long as it lives, for claims that are still ours."""

    announced: set[tuple[str, str, str]] = field(default_factory=set)

    async def announce(self, claim: Claim) -> bool:
        new = _key(claim) not in self.announced
        self.announced.add(_key(claim))
        return new

    async def retract(self, claim: Claim) -> None:
        self.announced.discard(_key(claim))


def _key(claim: Claim) -> tuple[str, str, str]:
    return claim.sink, claim.kind.value, claim.entity
