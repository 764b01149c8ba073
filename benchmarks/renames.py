"""How long a batch and the steps after it take when a schema with many tables is renamed, and when one is dropped.

    python -m benchmarks.renames                    20,000 tables, each made of the one before and read from outside
    python -m benchmarks.renames --tables 2000      in short

A real PostgreSQL is started for it, the analyzer is the real one. Prints how long the batch with the ALTER SCHEMA
takes, beside one without, and the transactions in which the tables follow: how many, how long in all, the longest. Then
how long the batch takes that drops as many tables with their schema.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import structlog

from benchmarks.ingest import server
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.migrate import migrate
from query_lineage_tracker.adapters.postgres.renames import SchemaRenames
from query_lineage_tracker.adapters.postgres.store import PostgresStore
from query_lineage_tracker.domain.history import ExecutedQuery, Session, SessionOrigin, State, Teller
from query_lineage_tracker.ports.sources import FetchedBatch, IngestState
from query_lineage_tracker.services.analysis import TrinoAnalyzer
from query_lineage_tracker.services.ingest import Ingest, IngestRules
from query_lineage_tracker.services.renames import AT_ONCE

_BEGINNING = datetime(2026, 11, 22, tzinfo=timezone.utc)
_BATCH = 1000


class Told:
    """`ports.QuerySource` of what is in memory."""

    name = "made up"

    def __init__(self, queries: Sequence[ExecutedQuery]) -> None:
        self._queries = queries

    async def fetch(self, state: IngestState) -> AsyncIterator[FetchedBatch]:
        for start in range(0, len(self._queries), _BATCH):
            yield FetchedBatch(tuple(self._queries[start : start + _BATCH]))

    async def aclose(self) -> None:
        """Nothing to release."""


def query(number: int, sql: str) -> ExecutedQuery:
    created = _BEGINNING + timedelta(seconds=number)
    return ExecutedQuery(
        query_id=f"{created:%Y%m%d_%H%M%S}_{number % 100_000:05}_abcde",
        state=State.FINISHED,
        user="alice",
        text=sql,
        created=created,
        ended=created + timedelta(seconds=1),
        session=Session("lake", "s", SessionOrigin.EVENT),
        told_by=Teller.EVENT,
    )


def written(tables: int) -> list[ExecutedQuery]:
    """Two statements a table: one within the schema, one that reads from outside of it."""
    return [
        query(2 * number + place, sql)
        for number in range(1, tables + 1)
        for place, sql in enumerate(
            (
                f"CREATE TABLE t{number} AS SELECT a, b, a + b AS c FROM t{number - 1}",
                f"INSERT INTO other.u{number} (a, c) SELECT a, c FROM s.t{number}",
            )
        )
    ]


async def measure(dsn: str, tables: int) -> None:
    async with Database(dsn) as database:
        rules = IngestRules("bench", "bench", sinks=("file",))
        job = Ingest(PostgresStore(database), TrinoAnalyzer(), rules)

        async def ingested(*queries: ExecutedQuery) -> float:
            started = time.perf_counter()
            await job.run_pass(Told(queries))
            return time.perf_counter() - started

        print(f"{tables:,} tables: {await ingested(*written(tables)):.1f} s to ingest what wrote and read them")
        after = 2 * tables + 10
        print(f"a batch of one query: {await ingested(query(after, 'SELECT a FROM t1')):.3f} s")
        renamed = await ingested(query(after + 1, "ALTER SCHEMA s RENAME TO s2"))
        print(f"a batch that renames the schema: {renamed:.3f} s")
        schemas, seconds = SchemaRenames(database), []
        while True:
            started = time.perf_counter()
            if await schemas.follow(["file"], AT_ONCE) is None:
                break
            seconds.append(time.perf_counter() - started)
        print(f"{len(seconds)} transactions: {sum(seconds):.1f} s in all, the longest {max(seconds):.2f} s")
        late = await ingested(query(after + 2, "SELECT a FROM s2.t1"))
        print(f"a batch of one query afterwards: {late:.3f} s")
        dropped = await ingested(query(after + 3, "DROP SCHEMA other CASCADE"))
        print(f"a batch that drops a schema of {tables:,} tables: {dropped:.3f} s")
        async with database.transaction() as connection:
            rows = await connection.execute("SELECT count(*) FILTER (WHERE NOT ended), count(*) FROM omd.edge_states")
            holding, edges = (await rows.fetchall())[0]
        print(f"{holding:,} edges hold of {edges:,}; {tables:,} are to hold", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=20_000)
    parser.add_argument("--bin-dir", type=Path)
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with server(options.bin_dir) as (dsn, _):
        migrate(dsn)
        asyncio.run(measure(dsn, options.tables))
    return 0


if __name__ == "__main__":
    sys.exit(main())
