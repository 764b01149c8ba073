"""A large made-up history, made inside PostgreSQL: what the read side is measured on.

    python -m benchmarks.dataset --dsn postgresql://...        20,000,000 executions over 60 days, 30 GB
    python -m benchmarks.dataset --dsn ... --factor 0.1        a tenth of everything

At factor 1: 4,000,000 distinct texts, 200,000 statements of which 5,000 run every day, 100,000 objects, 200,000 edges
and 1,000,000 column edges. The database has to be empty; the history ends today.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.adapters.postgres.day_sums import DaySums
from query_lineage_tracker.adapters.postgres.migrate import migrate
from query_lineage_tracker.adapters.postgres.partitions import Partitions
from query_lineage_tracker.adapters.postgres.queries import named_in

if TYPE_CHECKING:
    from psycopg import AsyncConnection

_DAY = "%Y%m%d"
_BEFORE_TEXTS = (
    "clusters",
    "objects",
    "object_columns",
    "statements",
    "sources",
    "statement_objects",
    "statement_columns",
    "statement_column_edges",
    "edges",
    "column_edges",
    "texts",
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of what; at factor 1 what the goals are stated for."""

    executions: int
    texts: int
    statements: int
    routine: int
    objects: int
    days: int = 60

    @classmethod
    def of(cls, factor: float) -> Sizes:
        """The sizes of a part of the whole."""

        def part(whole: int) -> int:
            return max(40, int(whole * factor))

        return cls(part(20_000_000), part(4_000_000), part(200_000), part(5_000), part(100_000))

    def parameters(self, end: datetime) -> dict[str, object]:
        """As the queries name them."""
        return {**asdict(self), "begin": end - timedelta(days=self.days), "end": end}


async def make(dsn: str, sizes: Sizes, *, quiet: bool = False) -> None:
    """Migrate the database, which is empty, and fill it."""
    migrate(dsn)
    end = datetime.now(timezone.utc).replace(microsecond=0)
    async with Database(dsn) as database:
        days = [f"{end - timedelta(days=back):{_DAY}}" for back in range(-1, sizes.days + 1)]
        await Partitions(database).ensure(days)
        async with database.autocommit() as connection:
            await _fill(connection, sizes, end, days, quiet=quiet)
        while await DaySums(database).make_next():
            pass


async def _fill(connection: AsyncConnection[Any], sizes: Sizes, end: datetime, days: list[str], *, quiet: bool) -> None:
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    queries: Mapping[str, Any] = named_in(text, "omd")
    parameters = sizes.parameters(end)
    for setting in ("SET maintenance_work_mem = '1GB'", "SET work_mem = '256MB'", "SET synchronous_commit = off"):
        await connection.execute(setting)

    async def step(told: str, query: str, **more: object) -> None:
        begun = time.perf_counter()
        rows = await connection.execute(cast("Any", query), {**parameters, **more} if "%(" in query else None)
        if not quiet:
            print(f"  {told:24} {max(0, rows.rowcount):>12,} rows  {time.perf_counter() - begun:7.1f} s", flush=True)

    indexes = await (await connection.execute(queries["indexes"], {})).fetchall()
    for dropping, _ in indexes:
        await connection.execute(dropping)
    for name in _BEFORE_TEXTS:
        await step(name, queries[name])
    a_day = sizes.executions // sizes.days + 1
    for first in range(0, sizes.executions, 5 * a_day):
        last = min(sizes.executions, first + 5 * a_day) - 1
        await step("history", queries["history"], first=first, last=last)
    for _, making in indexes:
        await step(making.split()[2] if "UNIQUE" not in making else making.split()[3], making)
    for day in days:
        await step(f"statement_days {day}", queries["statement_days"], day=day, next_day=str(int(day) + 1))
    await step("tidy", queries["tidy"])
    await step("VACUUM ANALYZE", "VACUUM ANALYZE")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", required=True)
    parser.add_argument("--factor", type=float, default=1.0)
    options = parser.parse_args()
    begun = time.perf_counter()
    asyncio.run(make(options.dsn, Sizes.of(options.factor)))
    print(f"made in {time.perf_counter() - begun:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
