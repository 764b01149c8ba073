"""`qlt lineage` and `qlt impact`: what feeds a table or column, and what breaks with it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from query_lineage_tracker.cli.common import EnvOption, OutputOption, run_insights
from query_lineage_tracker.cli.output import Output, print_rows, print_text
from query_lineage_tracker.cli.times import SinceOption, UntilOption
from query_lineage_tracker.domain.insights.lineage import EdgeFilter, Graph, Walk

if TYPE_CHECKING:
    from query_lineage_tracker.bootstrap import Insights

app = typer.Typer(name="lineage", help="What feeds a table or column, and what it feeds.", no_args_is_help=True)

_IMPACT = (
    "distance",
    "affected",
    "object",
    "column",
    "kind",
    "subtypes",
    "reads",
    "user",
    "source",
    "tool",
    "job",
    "model",
    "dashboard",
    "url",
    "executions",
    "first_seen",
    "last_seen",
    "cluster",
    "query_id",
)
_IMPACT_FOR_PEOPLE = (
    "distance",
    "affected",
    "object",
    "column",
    "reads",
    "user",
    "tool",
    "job",
    "dashboard",
    "last_seen",
)
_EDGES_FOR_PEOPLE = ("distance", "upstream", "downstream", "kind", "last_seen", "method", "ended")
_COLUMNS_FOR_PEOPLE = (
    "distance",
    "upstream",
    "upstream_column",
    "downstream",
    "downstream_column",
    "subtype",
    "last_day",
)


class GraphOutput(str, Enum):
    """How a graph is printed."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    HTML = "html"


NameArgument = Annotated[str, typer.Argument(metavar="TABLE[.COLUMN]", help="catalog.schema.table or its end.")]
NamespaceOption = Annotated[str | None, typer.Option("--namespace", help="Where several have such a table.")]
IndirectOption = Annotated[
    bool, typer.Option("--indirect", help="With columns that only filter, join, group or sort (of a column).")
]
EndedOption = Annotated[bool, typer.Option("--ended", help="With edges that no longer hold.")]
GraphOutputOption = Annotated[GraphOutput, typer.Option("--output", "-o", help="How to print.")]
HopsOption = Annotated[int, typer.Option("--hops", min=1, max=30, help="How far to go.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, max=2000, help="Most tables.")]
ViewsOption = Annotated[bool, typer.Option("--through-views", help="What views stand on instead of the views.")]
GoneOption = Annotated[
    bool, typer.Option("--through-gone", help="What dropped tables were made of instead of the tables.")
]


@app.callback()
def lineage() -> None:
    """What feeds a table or column, and what it feeds."""


@app.command()
def up(
    name: NameArgument,
    hops: HopsOption = 5,
    limit: LimitOption = 500,
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    indirect: IndirectOption = False,
    ended: EndedOption = False,
    through_views: ViewsOption = False,
    through_gone: GoneOption = False,
    env: EnvOption = None,
    output: GraphOutputOption = GraphOutput.TABLE,
) -> None:
    """List what feeds a table or column, the nearest first."""
    wanted = EdgeFilter(since, until, indirect, ended)
    _show(name, namespace, Walk(hops, 0, limit, through_views, through_gone), wanted, env, output)


@app.command()
def down(
    name: NameArgument,
    hops: HopsOption = 5,
    limit: LimitOption = 500,
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    indirect: IndirectOption = False,
    ended: EndedOption = False,
    through_views: ViewsOption = False,
    through_gone: GoneOption = False,
    env: EnvOption = None,
    output: GraphOutputOption = GraphOutput.TABLE,
) -> None:
    """List what a table or column feeds, the nearest first."""
    wanted = EdgeFilter(since, until, indirect, ended)
    _show(name, namespace, Walk(0, hops, limit, through_views, through_gone), wanted, env, output)


def impact(
    name: NameArgument,
    hops: HopsOption = 5,
    namespace: NamespaceOption = None,
    since: SinceOption = None,
    direct: Annotated[bool, typer.Option("--direct", help="Of a column: only where its values flow.")] = False,
    env: EnvOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List what depends on a table or column, by distance: tables and views, and who reads them.

    Readers are those of the last 30 days, or --since; tools, jobs and dashboards are what their queries claim. With
    QLT_DBT_MANIFEST, also the exposures of dbt.
    """

    async def show(insights: Insights) -> None:
        from query_lineage_tracker.services.insights.dbt import impact_with_exposures
        from query_lineage_tracker.services.insights.impact import impact_of
        from query_lineage_tracker.services.insights.naming import focus_meant

        focus = await focus_meant(insights.lineage, name, namespace)
        day = since.date() if since else None
        reached = await impact_of(insights.lineage, focus, EdgeFilter(indirect=not direct), hops=hops, since=day)
        found = await impact_with_exposures(insights.dbt, reached)
        rows = [asdict(row) for row in found.rows]
        print_rows(rows, _IMPACT_FOR_PEOPLE if output is Output.TABLE else _IMPACT, output)
        tell(found.dbt_problem)
        tell(found.advice if found.rows else f"Nothing is known to depend on {focus}.")

    run_insights(env, show)


def tell(advice: str | None) -> None:
    """Print advice, if there is any, where it does not disturb the rows."""
    if advice:
        print(advice, file=sys.stderr)


def _show(
    name: str, namespace: str | None, walk: Walk, wanted: EdgeFilter, env: str | None, output: GraphOutput
) -> None:
    async def show(insights: Insights) -> None:
        from query_lineage_tracker.services.insights.graph import lineage_around
        from query_lineage_tracker.services.insights.naming import focus_meant

        focus = await focus_meant(insights.lineage, name, namespace)
        graph = await lineage_around(insights.lineage, focus, walk, wanted)
        _print(graph, output)
        way = "feed" if walk.upstream else "be fed by"
        tell(graph.advice if len(graph.nodes) > 1 else f"Nothing is known to {way} {focus}.")

    run_insights(env, show)


def _print(graph: Graph, output: GraphOutput) -> None:
    from query_lineage_tracker.lineage.render import dot_of, mermaid_of
    from query_lineage_tracker.services.insights.drawing import html_of, svg_of
    from query_lineage_tracker.services.insights.listing import (
        COLUMN_EDGE_COLUMNS,
        EDGE_COLUMNS,
        column_edge_rows,
        edge_rows,
        name_pairs,
    )

    if output in (GraphOutput.MERMAID, GraphOutput.DOT):
        print_text((mermaid_of if output is GraphOutput.MERMAID else dot_of)(name_pairs(graph)))
        return
    if output in (GraphOutput.SVG, GraphOutput.HTML):
        print_text((svg_of if output is GraphOutput.SVG else html_of)(graph).rstrip())
        return
    form = Output(output.value)
    if graph.column is None:
        print_rows(edge_rows(graph), _EDGES_FOR_PEOPLE if form is Output.TABLE else EDGE_COLUMNS, form)
    else:
        columns = _COLUMNS_FOR_PEOPLE if form is Output.TABLE else COLUMN_EDGE_COLUMNS
        print_rows(column_edge_rows(graph), columns, form)
