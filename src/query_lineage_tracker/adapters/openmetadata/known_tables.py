"""Tables as OpenMetadata showed them in the last minutes: read one by one, or page by page where many are asked for."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from query_lineage_tracker.adapters.http.exchange import NotDelivered
from query_lineage_tracker.adapters.openmetadata.api import MAX_LISTED, PAGE, OpenMetadataApi, Table
from query_lineage_tracker.domain.outbox import Halted

KNOWN_FOR_S = 300.0
"""How long a table is taken to be as it was."""

_MISSING_FOR_S = 30.0
_ONE_BY_ONE = 4
_MOST_SCHEMAS = 20_000
MOST_COLUMNS = 200_000
"""Columns of the tables that are remembered: some 50 MB."""


class KnownTables:
    """Remembers tables of one server, the youngest up to `most_columns`.

    A schema is listed when as many of its tables were read one by one as the listing has pages, and more than a few.
    """

    def __init__(
        self, api: OpenMetadataApi, *, most_columns: int = MOST_COLUMNS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._api = api
        self._most_columns = most_columns
        self._clock = clock
        self._known: dict[str, tuple[float, Table]] = {}
        self._columns = 0
        self._evicted = 0
        self._reads: Counter[str] = Counter()
        self._listed_at: dict[str, float] = {}
        self._one_listing = asyncio.Lock()

    async def table(self, schema: str, fqn: str, age: float = KNOWN_FOR_S) -> Table | None:
        """The table, or None when the server does not know it; as it was at most `age` seconds ago."""
        if age > 0 and self._listing_pays(schema, fqn, age):
            async with self._one_listing:
                if self._listing_pays(schema, fqn, age):
                    self._reads[schema] = await self._list(schema, self._reads[schema] + 1)
        if self._is_known(schema, fqn, age):
            return self._known[fqn][1] if fqn in self._known else None
        self._count_read(schema)
        table = await self._api.table(fqn, columns=True)
        self._forget(fqn)
        if table is not None:
            self._remember(fqn, table)
        return table

    def _count_read(self, schema: str) -> None:
        """Schemas come and go by the thousands where tests make some of their own."""
        if len(self._reads) >= _MOST_SCHEMAS and schema not in self._reads:
            self._reads.clear()
            self._listed_at.clear()
        self._reads[schema] += 1

    async def whole(self, schema: str, pages: int) -> bool:
        """Whether all tables of the schema were read just now: not if they are on more pages than so many."""
        async with self._one_listing:
            self._reads[schema] = await self._list(schema, pages)
        return self._reads[schema] == 0

    def _is_known(self, schema: str, fqn: str, age: float) -> bool:
        """Whether the table was read, or left out of a listing of all, as short ago as is asked for."""
        now = self._clock()
        if fqn in self._known:
            return now - self._known[fqn][0] < age
        return now - self._listed_at.get(schema, float("-inf")) < min(age, _MISSING_FOR_S)

    def _listing_pays(self, schema: str, fqn: str, age: float) -> bool:
        return self._reads[schema] >= _ONE_BY_ONE and not self._is_known(schema, fqn, age)

    async def _list(self, schema: str, most_pages: int) -> int:
        """Remember all tables of the schema, or those of its first page when there are more pages than wanted.

        The next listing is tried after more reads, if what is returned is negative: as many as it would cost.
        """
        after, evicted = "", self._evicted
        try:
            for _ in range(MAX_LISTED // PAGE):
                page = await self._api.tables_in(schema, after)
                for table in page.tables:
                    self._remember(table.fqn, table)
                after, pages = page.after, -(-page.total // PAGE)
                if not after:
                    if evicted == self._evicted:
                        self._listed_at[schema] = self._clock()
                    return 0
                if pages > most_pages or self._columns >= self._most_columns:
                    return _ONE_BY_ONE - pages
        except NotDelivered as problem:
            if isinstance(problem.result, Halted):
                raise
        return -MAX_LISTED // PAGE

    def _remember(self, fqn: str, table: Table) -> None:
        self._forget(fqn)
        self._known[fqn] = (self._clock(), table)
        self._columns += _room(table)
        while self._columns > self._most_columns and len(self._known) > 1:
            self._forget(next(iter(self._known)))
            # What was listed cannot be told any more from what was not.
            self._listed_at.clear()
            self._evicted += 1

    def _forget(self, fqn: str) -> None:
        if fqn in self._known:
            self._columns -= _room(self._known.pop(fqn)[1])


def _room(table: Table) -> int:
    """In columns; a table takes some room as well."""
    return 4 + len(table.listed)
