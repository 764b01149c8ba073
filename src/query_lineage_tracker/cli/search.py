"""`qlt queries search`: the search of the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_insights
from query_lineage_tracker.cli.lineage import tell
from query_lineage_tracker.cli.output import Output, print_rows
from query_lineage_tracker.cli.queries import ClusterOption, columns_for_people, short
from query_lineage_tracker.cli.times import SinceOption, UntilOption
from query_lineage_tracker.domain.history import State
from query_lineage_tracker.domain.insights.queries import QuerySearch

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Insights

_COLUMNS = (
    "cluster",
    "query_id",
    "created",
    "ended",
    "user",
    "source",
    "tool",
    "state",
    "capture",
    "outcome",
    "error_code",
    "elapsed_ms",
    "cpu_ms",
    "kind",
    "text",
    "text_length",
)


def search(
    text: Annotated[str | None, typer.Argument(metavar="[TEXT]", help="In the SQL, in any case.")] = None,
    cluster: ClusterOption = None,
    user: Annotated[str | None, typer.Option("--user", help="Only of this user.")] = None,
    source: Annotated[str | None, typer.Option("--source", help="Only of this client program.")] = None,
    tool: Annotated[str | None, typer.Option("--tool", help="Only what claims to come from this tool.")] = None,
    state: Annotated[State | None, typer.Option("--state", case_sensitive=False, help="Only in this state.")] = None,
    error: Annotated[str | None, typer.Option("--error", help="Only with Trino's error code or type.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Only such statements: SELECT, INSERT, CTAS ...")] = None,
    table: Annotated[str | None, typer.Option("--table", help="Only what uses this table.")] = None,
    at_least_ms: Annotated[int | None, typer.Option("--at-least-ms", min=0, help="Only what took so long.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=500, help="Most rows.")] = 50,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Search executed queries of the last seven days, or --since; the newest first, and in bounded time.

    A search that would take long stops, tells how far it came, and advises how to narrow it. `qlt queries list` goes
    on to the end.
    """
    wanted = QuerySearch(
        text=text,
        user=user,
        source=source,
        tool=tool,
        state=state and state.value,
        error=error,
        kind=kind,
        table=table,
        cluster=cluster,
        since=since,
        until=until,
        at_least_ms=at_least_ms,
    )

    async def show(insights: Insights) -> None:
        from query_lineage_tracker.services.insights.queries import search_queries

        page = await search_queries(insights.queries, wanted, limit=limit)
        rows = [asdict(row) for row in page.rows]
        if output is Output.TABLE:
            print_rows(map(short, rows), columns_for_people(rows))
        else:
            print_rows(rows, _COLUMNS, output)
        if page.searched_back_to is not None:
            tell(f"Searched back to {page.searched_back_to:%Y-%m-%d %H:%M:%SZ}. {page.advice}")

    run_insights(env, show)
