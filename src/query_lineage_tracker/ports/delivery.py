"""Messages on their way to catalogs."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from query_lineage_tracker.domain.calls import Call
from query_lineage_tracker.domain.outbox import Claim, DeliveryResult, Message, ObjectFacts, Preview


class Outbox(Protocol):
    """Pending messages and their life."""

    async def claim(self, sink: str, worker: str, limit: int, seconds: float) -> Sequence[Claim]:
        """Due messages of the sink, ours for `seconds`; none while the sink is halted."""
        ...

    async def compose(self, claims: Sequence[Claim]) -> Sequence[Message]:
        """Messages for the claims from the current state; a claim whose entity is gone has none and is settled."""
        ...

    async def settle(self, results: Sequence[tuple[Claim, DeliveryResult]]) -> None:
        """Settle each claim that is still ours; one whose generation moved meanwhile stays due.

        Halted gives the claim back as it was: due, and with no attempt counted.
        """
        ...

    async def halt(self, sink: str, reason: str) -> bool:
        """Stop claims for the sink; True when it was not halted before."""
        ...

    async def resume(self, sink: str) -> bool:
        """Allow claims again; True when it was halted."""
        ...

    async def halted(self, sink: str) -> str | None:
        """Why the sink is halted, or None."""
        ...


@dataclass(frozen=True, slots=True)
class EnqueuedUsage:
    """Messages that are new, and those that were given up as too old; `waiting` while any is on its way."""

    enqueued: int
    expired: int
    waiting: bool


class UsageQueue(Protocol):
    """Who enqueues how often objects were used."""

    async def enqueue(self, sink: str, today: timedelta | None = None) -> EnqueuedUsage:
        """Enqueue the earliest day that is over and untold, once all earlier ones are told. Each is enqueued once.

        With `today`, and once all these are told, also the day that goes on: an object at most once in so long.
        """
        ...


class CostQueue(Protocol):
    """Who enqueues what executions cost."""

    async def enqueue(self, sink: str) -> int:
        """Enqueue days that are over, of texts that the sink knows; how many messages. Each is enqueued once, ever."""
        ...


class TextQueue(Protocol):
    """Who enqueues the texts of statements besides their representative ones."""

    async def enqueue(self, sink: str, since: timedelta) -> int:
        """Enqueue what was executed since so long and is not told, or not as it is now; how many messages."""
        ...


class Announcements(Protocol):
    """Who remembers, whatever happens, that something was about to be sent which must not be sent twice."""

    async def announce(self, claim: Claim) -> bool:
        """Remember it before it is sent; False when it was announced before, or is ours to deliver no longer.

        Then it must not be sent: nobody knows whether it arrived. Raises StoreUnreachable.
        """
        ...

    async def retract(self, claim: Claim) -> None:
        """Forget it: surely nothing was done. Raises StoreUnreachable."""
        ...


class WithdrawnEdges(Protocol):
    """Edges that a sink was told of and is to hold no longer."""

    async def withdraw(self, sink: str, days: int) -> int:
        """Enqueue the removal of edges that were not seen for so many days; how many these are."""
        ...

    async def withdraw_moved(self, sink: str) -> int:
        """Enqueue the removal of edges that the sink holds under an object's new name as well; how many these are."""
        ...

    async def tell_seen_again(self, sink: str) -> int:
        """Enqueue withdrawn edges that were seen since; how many these are."""
        ...


@dataclass(frozen=True, slots=True)
class ParkedMessage:
    """A message that waits for the catalog to know its objects. `key`: kind and entity."""

    key: tuple[str, str]
    objects: tuple[ObjectFacts, ...]


class ParkedMessages(Protocol):
    """Messages that are parked, and how they come back before their time."""

    async def parked(self, sink: str, after: tuple[str, str], limit: int) -> Sequence[ParkedMessage]:
        """The next ones after (kind, entity) that nobody holds; without those that have no objects."""
        ...

    async def make_due(self, sink: str, keys: Sequence[tuple[str, str]]) -> int:
        """Make those due, as if never tried, that are still parked and that nobody holds; how many these are."""
        ...


class CallRecorder(Protocol):
    """Who keeps the calls that sinks make."""

    def record(self, claim: Claim, call: Call) -> None:
        """Keep a call that was made for the claimed message; never waits and never fails."""
        ...


class MetadataSink(Protocol):
    """A catalog that is told what we know."""

    @property
    def name(self) -> str: ...

    async def deliver(self, message: Message) -> DeliveryResult:
        """Deliver one message. Never raises for what the receiver or the network does."""
        ...

    async def probe(self) -> str | None:
        """Why nothing can be delivered now, or None when it can."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class CountingSink(Protocol):
    """A sink whose messages may take several requests."""

    @property
    def requests(self) -> int:
        """How many it has sent so far."""
        ...


@runtime_checkable
class PreviewingSink(Protocol):
    """A sink that can say what a delivery would change."""

    @property
    def name(self) -> str: ...

    @property
    def address(self) -> str:
        """Where the receiver is, for people."""
        ...

    async def probe(self) -> str | None:
        """Why nothing can be read or delivered now, or None when it can."""
        ...

    async def preview(self, message: Message) -> Preview:
        """Reads what stands at the receiver and writes nothing. Never raises for what the receiver does."""
        ...


@runtime_checkable
class HousedSink(Protocol):
    """A sink whose receiver keeps objects under services, which somebody there has to fill."""

    async def empty_services(self, namespaces: Sequence[str]) -> Sequence[str]:
        """Those services that objects of the namespaces are looked for under, and that hold nothing.

        None of them when the receiver cannot be asked now: never raises for what it does.
        """
        ...


@runtime_checkable
class AskableSink(Protocol):
    """A sink that can say in bulk what its receiver knows."""

    @property
    def name(self) -> str: ...

    async def missing(self, objects: Sequence[ObjectFacts]) -> Set[ObjectFacts] | None:
        """Those that the receiver does not know, as far as a few calls can tell; None when it cannot be asked now.

        What was not looked for, because that would take too many calls, is among them; what the receiver can never
        hold is not. Never raises for what the receiver does.
        """
        ...
