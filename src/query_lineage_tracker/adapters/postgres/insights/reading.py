"""Rows of the read side's queries, and how they become answers."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Hashable, Mapping
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from psycopg import errors
from psycopg.rows import dict_row

from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.errors import AnswerTooSlow
from query_lineage_tracker.lineage.result import ObjectName

if TYPE_CHECKING:
    from typing_extensions import LiteralString

T = TypeVar("T")
Row = dict[str, Any]

_NAMES = ("object", "upstream", "downstream")
_DAY = "%Y%m%d"
# The id is given when a query arrives, its creation noted a little later: at midnight the days may differ.
_MARGIN = timedelta(days=1)
_HIGHEST = "99999999"
_LONGEST_S = 60.0


class Rows:
    """Runs the queries of one file. Each is planned for its own parameters: what is not given then costs nothing.

    None runs for longer than `longest_s` seconds, whatever plan it got: it would keep a connection from all others.
    """

    def __init__(self, database: Database, file: str, *, longest_s: float = _LONGEST_S) -> None:
        self._database = database
        self._longest_s = longest_s
        self.queries = database.queries(f"insights/{file}")

    async def __call__(self, query: LiteralString, parameters: Mapping[str, object]) -> list[Row]:
        """Raises AnswerTooSlow; PostgreSQL has ended the query then."""
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            try:
                await asyncio.wait_for(cursor.execute(query, parameters, prepare=False), self._longest_s)
            except asyncio.TimeoutError:
                raise AnswerTooSlow(
                    f"the history does not answer this within {self._longest_s:g} s",
                    hint="Narrow it: a shorter time range, a user, a table.",
                ) from None
            return [_named(row) for row in await cursor.fetchall()]

    async def named(self, query: str, /, **parameters: object) -> list[Row]:
        """The rows of the query of that name."""
        return await self(self.queries[query], parameters)

    async def within(
        self, query: str, patience_s: float, settings: Mapping[str, str], /, **parameters: object
    ) -> list[Row] | None:
        """The same with settings of its own; None where it does not end in time."""
        limits = {"statement_timeout": str(max(1, int(patience_s * 1000))), **settings}
        async with self._database.transaction() as connection, connection.cursor(row_factory=dict_row) as cursor:
            for setting, value in limits.items():
                await cursor.execute("SELECT set_config(%s, %s, true)", (setting, value))
            try:
                await cursor.execute(self.queries[query], parameters, prepare=False)
            except errors.QueryCanceled:
                return None
            return [_named(row) for row in await cursor.fetchall()]


def shaped(shape: type[T], row: Mapping[str, Any]) -> T:
    """The answer of that shape (a dataclass) in the row; further columns do not matter."""
    return shape(**{name: row[name] for name in _fields(cast("Hashable", shape)) if name in row})


def like(text: str | None) -> str | None:
    """A pattern for texts that hold this one."""
    return None if text is None else f"%{escaped(text)}%"


def escaped(text: str) -> str:
    """The text as it stands in a pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def lowest(since: datetime | None) -> str:
    """Where the ids of queries begin that were created then or later, so that older partitions are left alone."""
    return "" if since is None else (since.astimezone(timezone.utc) - _MARGIN).strftime(_DAY)


def highest(until: datetime | None) -> str:
    """Behind which no id of a query lies that was created before then."""
    return _HIGHEST if until is None else (until.astimezone(timezone.utc) + 2 * _MARGIN).strftime(_DAY)


@cache
def _fields(shape: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("Any", shape)))


def _named(row: Row) -> Row:
    """The row with its objects by their names."""
    for key in _NAMES:
        if isinstance(row.get(key), list):
            row[key] = None if row[key][0] is None else str(ObjectName(*row[key]))
    return row
