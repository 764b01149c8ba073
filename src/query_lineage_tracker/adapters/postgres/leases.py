"""Leases on clusters: a row with an epoch, because a session lock would die with a pooled connection."""

from __future__ import annotations

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.errors import LeaseHeld, LeaseLost
from query_lineage_tracker.ports.store import Lease


class PostgresLeases:
    """`ports.Leases` over a database that is open."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queries = database.queries("leases")

    async def acquire(self, cluster: str, holder: str, seconds: float) -> Lease:
        """Take the lease, or take it again; every time with a new epoch. Raises LeaseHeld while another's lasts."""
        named = {"cluster": cluster, "holder": holder, "seconds": seconds}
        async with self._database.transaction() as connection:
            taken = await (await connection.execute(self._queries["acquire"], named)).fetchone()
            if taken is not None:
                return Lease(cluster, holder, taken[0])
            other, until = await (await connection.execute(self._queries["holder"], named)).fetchone() or ("", None)
        raise LeaseHeld(
            f"cluster {cluster} is ingested by {other}, whose lease lasts until {until:%H:%M:%S %Z}",
            hint="One tracker a cluster: stop the other one, or wait until its lease has ended.",
        )

    async def renew(self, lease: Lease, seconds: float) -> None:
        """Make it last longer. Raises LeaseLost when somebody else took it."""
        named = {"cluster": lease.cluster, "epoch": lease.epoch, "seconds": seconds}
        async with self._database.transaction() as connection:
            renewed = (await connection.execute(self._queries["renew"], named)).rowcount
        if not renewed:
            raise LeaseLost(f"the lease on cluster {lease.cluster} is not ours any more")

    async def release(self, lease: Lease) -> None:
        """Let others take it now; does nothing when they already did."""
        named = {"cluster": lease.cluster, "epoch": lease.epoch}
        async with self._database.transaction() as connection:
            await connection.execute(self._queries["release"], named)
