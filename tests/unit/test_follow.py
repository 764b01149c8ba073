"""Following a cluster: the lease, the rhythm, and what happens when a neighbour is away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from query_lineage_tracker.bootstrap import rhythm_of
from query_lineage_tracker.config import IngestSettings
from query_lineage_tracker.errors import (
    KafkaUnreachable,
    LeaseHeld,
    LeaseLost,
    PermissionMissing,
    StoreUnreachable,
    TrinoUnreachable,
    UsageError,
)
from query_lineage_tracker.ports.store import Lease, SavedBatch
from query_lineage_tracker.services.follow import Follower, Rhythm, pause_after

QUICK = Rhythm(interval=0.01, lease=0.06, longest_pause=0.05)


class OneLease:
    """A lease table with one row, which `busy` takes away for that many attempts."""

    def __init__(self, busy: int = 0) -> None:
        self.busy = busy
        self.epoch = 0
        self.renewed = 0
        self.released: list[int] = []

    async def acquire(self, cluster: str, holder: str, seconds: float) -> Lease:
        if self.busy:
            self.busy -= 1
            raise LeaseHeld("cluster trino is ingested by other")
        self.epoch += 1
        return Lease(cluster, holder, self.epoch)

    async def renew(self, lease: Lease, seconds: float) -> None:
        self.renewed += 1

    async def release(self, lease: Lease) -> None:
        self.released.append(lease.epoch)


class Passes:
    """Passes that end as scripted, then stop the follower."""

    def __init__(self, *ends: Exception | None, seconds: float = 0.0) -> None:
        self.ends = list(ends)
        self.seconds = seconds
        self.leases: list[int] = []
        self.stop = asyncio.Event()

    async def __call__(self, lease: Lease) -> SavedBatch:
        self.leases.append(lease.epoch)
        await asyncio.sleep(self.seconds)
        end = self.ends.pop(0)
        if not self.ends:
            self.stop.set()
        if end is not None:
            raise end
        return SavedBatch(inserted=1)


def follow(leases: OneLease, *ends: Exception | None, seconds: float = 0.0) -> Passes:
    async def until_stopped() -> Passes:
        passes = Passes(*ends, seconds=seconds)
        follower = Follower("trino", "me", leases, QUICK)
        await asyncio.wait_for(follower.forever(passes, passes.stop), 10)
        return passes

    return asyncio.run(until_stopped())


def test_an_unreachable_neighbour_is_waited_for_under_the_same_lease() -> None:
    leases = OneLease()
    passes = follow(leases, TrinoUnreachable("down"), StoreUnreachable("down"), None)
    assert passes.leases == [1, 1, 1]
    assert leases.released == [1]


def test_a_lost_lease_is_acquired_anew() -> None:
    passes = follow(OneLease(), LeaseLost("taken"), None)
    assert passes.leases == [1, 2]


def test_a_lease_held_by_another_is_waited_for() -> None:
    passes = follow(OneLease(busy=2), None)
    assert passes.leases == [1]


def test_the_lease_is_renewed_while_a_pass_takes_long() -> None:
    leases = OneLease()
    follow(leases, None, seconds=0.2)
    assert leases.renewed >= 2


def test_what_no_waiting_mends_is_raised_and_the_lease_released() -> None:
    leases = OneLease()
    with pytest.raises(UsageError):
        follow(leases, UsageError("wrong"), None)
    assert leases.released == [1]


def test_once_raises_what_stands_in_the_way() -> None:
    with pytest.raises(LeaseHeld):
        asyncio.run(Follower("trino", "me", OneLease(busy=1), QUICK).once(Passes(None)))
    leases = OneLease()
    with pytest.raises(TrinoUnreachable):
        asyncio.run(Follower("trino", "me", leases, QUICK).once(Passes(TrinoUnreachable("down"))))
    assert leases.released == [1]


@pytest.mark.parametrize(
    ("min_expire_age", "away", "refused"), [(timedelta(minutes=15), 60, 300), (timedelta(seconds=30), 10, 10)]
)
def test_no_pause_is_long_enough_for_the_coordinator_to_forget(
    min_expire_age: timedelta, away: float, refused: float
) -> None:
    rhythm = rhythm_of(IngestSettings(min_expire_age=min_expire_age))
    assert (rhythm.longest_pause, rhythm.longest_refused) == (away, refused)


@pytest.mark.parametrize(
    ("problem", "pauses"),
    [(TrinoUnreachable("down"), [30, 60, 60, 60]), (PermissionMissing("wrong password"), [30, 60, 120, 240, 300])],
)
def test_who_is_away_is_asked_again_soon_and_who_refuses_us_is_left_alone(
    problem: Exception, pauses: list[float]
) -> None:
    rhythm = rhythm_of(IngestSettings())
    assert [pause_after(problem, failures, rhythm) for failures in range(1, len(pauses) + 1)] == pauses


def test_a_free_pass_runs_when_something_waits_and_again_after_a_failure() -> None:
    async def until_stopped() -> tuple[list[str], list[int]]:
        stop, calls = asyncio.Event(), list[str]()
        waits: Iterator[bool | Exception] = iter([False, True, KafkaUnreachable("down"), True])
        ends = iter([StoreUnreachable("down"), None])
        leases = OneLease()

        async def waiting() -> bool:
            answer = next(waits)
            calls.append(str(answer))
            if isinstance(answer, Exception):
                raise answer
            return answer

        async def run_pass() -> SavedBatch:
            calls.append("pass")
            end = next(ends)
            if end is not None:
                raise end
            stop.set()
            return SavedBatch(inserted=1)

        await asyncio.wait_for(Follower("trino", "me", leases, QUICK).forever_free(waiting, run_pass, stop), 10)
        return calls, leases.released

    assert asyncio.run(until_stopped()) == (["False", "True", "pass", "down", "True", "pass"], [])
