"""How long the read side takes on a large made-up history, at the 95th percentile, beside its goals.

    python -m benchmarks.insights                   makes a fiftieth of the history and measures on it
    python -m benchmarks.insights --factor 1        makes all of it: 20,000,000 executions, 30 GB of disk
    python -m benchmarks.insights --dsn ...         measures on a history that benchmarks.dataset made

Each question is asked with parameters that are drawn anew, as the API would ask it; times are those of the server, with
a pool of connections that has been used before, without HTTP.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.dataset import Sizes, make
from benchmarks.ingest import server
from query_lineage_tracker.adapters.postgres.database import Database
from query_lineage_tracker.bootstrap import Insights, insights_of
from query_lineage_tracker.domain.insights.lineage import EdgeFilter, Walk
from query_lineage_tracker.domain.insights.objects import ObjectSearch
from query_lineage_tracker.domain.insights.queries import QuerySearch
from query_lineage_tracker.services.insights import evidence, graph, impact, objects, queries
from query_lineage_tracker.services.insights.naming import Focus, object_named

_INDIRECT = EdgeFilter(indirect=True)
_MS = 1000
_WARMING = 5


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and in how many milliseconds its answer is wanted; the answer says whether it is whole."""

    told: str
    goal_ms: int
    ask: Callable[[Insights], Awaitable[bool]]


class Drawn:
    """Parameters, drawn anew for each question."""

    def __init__(self, names: list[str]) -> None:
        self._random = random.Random(7)
        self._names = names

    def user(self) -> str:
        return f"user_{self.number(500)}"

    def digits(self, number: int) -> str:
        return "".join(self._random.choice("0123456789abcdef") for _ in range(number))

    def number(self, below: int) -> int:
        return self._random.randrange(below)

    def table(self) -> str:
        return self._random.choice(self._names)

    async def focus(self, insights: Insights, column: str | None = None) -> Focus:
        """An object; in one of ten times one of the most used."""
        few = self._names[:20] if self._random.random() < 0.1 else self._names
        named = await object_named(insights.objects, self._random.choice(few))
        page = await objects.columns_of(insights.objects, named, limit=1) if column is not None else None
        return Focus(named, page.rows[0].column if page is not None else None)


def _searched(goal_ms: int, told: str, wanted: Callable[[], QuerySearch]) -> Question:
    async def ask(insights: Insights) -> bool:
        return (await queries.search_queries(insights.queries, wanted())).complete

    return Question(told, goal_ms, ask)


def query_questions(drawn: Drawn) -> list[Question]:
    """About queries and their texts."""

    async def one(insights: Insights) -> bool:
        page = await queries.search_queries(insights.queries, QuerySearch(user=drawn.user()), limit=1)
        await queries.one_query(insights.queries, page.rows[0].query_id)
        return True

    async def facets(insights: Insights) -> bool:
        return not (await queries.count_facets(insights.queries, QuerySearch(user=drawn.user()))).capped

    return [
        _searched(100, "queries: newest", QuerySearch),
        _searched(100, "queries: of a user", lambda: QuerySearch(user=drawn.user())),
        _searched(100, "queries: of a tool", lambda: QuerySearch(tool=f"Tool {drawn.digits(1)}")),
        _searched(100, "queries: failed, by error", lambda: QuerySearch(state="FAILED", error="TABLE_NOT_FOUND")),
        _searched(100, "queries: of a table", lambda: QuerySearch(table=drawn.table())),
        _searched(100, "queries: of a user and kind", lambda: QuerySearch(user=drawn.user(), kind="INSERT")),
        _searched(150, "text: in all", lambda: QuerySearch(text="sum(amount)")),
        _searched(150, "text: in some", lambda: QuerySearch(text=f"target_{drawn.digits(2)}")),
        _searched(150, "text: in one", lambda: QuerySearch(text=drawn.digits(9))),
        _searched(150, "text: in none", lambda: QuerySearch(text="no such text anywhere")),
        _searched(150, "text: three characters", lambda: QuerySearch(text=drawn.digits(3))),
        _searched(150, "no literals: in all", lambda: QuerySearch(literal_free="sum(amount)")),
        _searched(150, "no literals: in some", lambda: QuerySearch(literal_free=f"target_{drawn.number(5000)} SELECT")),
        _searched(150, "no literals: in none", lambda: QuerySearch(literal_free="no such name anywhere")),
        Question("facets of a user's queries", 100, facets),
        Question("query: one", 100, one),
    ]


def object_questions(drawn: Drawn) -> list[Question]:
    """About objects and columns."""

    def of_object(told: str, ask: Callable[[Insights, Focus], Awaitable[object]]) -> Question:
        async def asked(insights: Insights) -> bool:
            await ask(insights, await drawn.focus(insights))
            return True

        return Question(told, 100, asked)

    async def listed(insights: Insights) -> bool:
        return (await objects.search_objects(insights.objects, ObjectSearch(text=f"_{drawn.digits(2)}"))).complete

    async def unread(insights: Insights) -> bool:
        wanted = ObjectSearch(unread_since=objects.first_day(30))
        return (await objects.search_objects(insights.objects, wanted)).complete

    async def found_columns(insights: Insights) -> bool:
        await objects.search_columns(insights.objects, f"amount_{drawn.digits(1)}")
        return True

    return [
        Question("objects: by name", 100, listed),
        Question("objects: not read for 30 days", 100, unread),
        Question("columns: by name", 100, found_columns),
        of_object("object: one", lambda on, focus: objects.one_object(on.objects, focus.object)),
        of_object("object: columns", lambda on, focus: objects.columns_of(on.objects, focus.object)),
        of_object("object: usage", lambda on, focus: objects.usage_of(on.objects, focus.object)),
        of_object("object: readers", lambda on, focus: objects.readers_of(on.objects, focus)),
    ]


def lineage_questions(drawn: Drawn) -> list[Question]:
    """About the graph."""

    async def around(insights: Insights) -> bool:
        focus = await drawn.focus(insights)
        return not (await graph.lineage_around(insights.lineage, focus, Walk(2, 2), EdgeFilter())).capped

    async def traced(insights: Insights) -> bool:
        focus = await drawn.focus(insights, "a column")
        return not (await graph.lineage_around(insights.lineage, focus, Walk(2, 2), EdgeFilter())).capped

    async def reached(insights: Insights) -> bool:
        return not (await impact.impact_of(insights.lineage, await drawn.focus(insights), _INDIRECT)).capped

    async def proven(insights: Insights) -> bool:
        focus = await drawn.focus(insights)
        around = await graph.lineage_around(insights.lineage, focus, Walk(1, 1), EdgeFilter())
        names = {node.id: node.object for node in around.nodes}
        for edge in around.edges[:1]:
            ends = [Focus(await object_named(insights.objects, names[end])) for end in (edge.upstream, edge.downstream)]
            await evidence.evidence_of(insights.evidence, insights.columns, *ends, limit=10)
        return True

    return [
        Question("graph: two hops", 50, around),
        Question("graph: a column, two hops", 50, traced),
        Question("impact: five hops", 100, reached),
        Question("edge: evidence", 100, proven),
    ]


def other_questions() -> list[Question]:
    """About everything at once."""

    async def overview(insights: Insights) -> bool:
        await insights.health.overview(objects.first_day(7), 10)
        return True

    async def cost(insights: Insights) -> bool:
        return (await objects.costs_by(insights.objects, "user")).complete

    return [Question("overview: seven days", 100, overview), Question("cost: by user, one day", 5000, cost)]


async def measure(dsn: str, rounds: int) -> bool:
    """Ask every question so many times; prints a row each, returns whether all goals were reached."""
    reached = True
    async with Database(dsn) as database:
        insights = insights_of(database)
        found = await objects.search_objects(insights.objects, ObjectSearch(), limit=500)
        drawn = Drawn([row.object for row in found.rows])
        print(f"{'question':32} {'goal':>6} {'p50':>8} {'p95':>8} {'most':>8}  whole", flush=True)
        asked = [*query_questions(drawn), *object_questions(drawn), *lineage_questions(drawn), *other_questions()]
        for question in asked:
            times, whole = [], 0
            for _ in range(_WARMING):
                await question.ask(insights)
            for _ in range(rounds):
                begun = time.perf_counter()
                whole += await question.ask(insights)
                times.append(_MS * (time.perf_counter() - begun))
            times.sort()
            p50, p95 = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.95))]
            reached = reached and p95 <= question.goal_ms
            missed = "" if p95 <= question.goal_ms else "  MISSED"
            told = f"{question.told:32} {question.goal_ms:6} {p50:8.1f} {p95:8.1f} {times[-1]:8.1f}"
            print(f"{told}  {whole / rounds:4.0%}{missed}", flush=True)
    return reached


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dsn", help="of a history that benchmarks.dataset made")
    parser.add_argument("--factor", type=float, default=0.02)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--bin-dir", type=Path)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}")
    if options.dsn:
        return 0 if asyncio.run(measure(options.dsn, options.rounds)) else 1
    with server(options.bin_dir) as (dsn, _):
        asyncio.run(make(dsn, Sizes.of(options.factor)))
        return 0 if asyncio.run(measure(dsn, options.rounds)) else 1


if __name__ == "__main__":
    sys.exit(main())
