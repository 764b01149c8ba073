"""Answers with what a dbt project says beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from query_lineage_tracker.domain.insights.dbt import DbtAnswer, ToldByDbt
from query_lineage_tracker.domain.insights.lineage import Affected, Impact, ImpactRow
from query_lineage_tracker.domain.insights.objects import OneObject
from query_lineage_tracker.ports.insights import DbtReads


async def object_with_dbt(dbt: DbtReads | None, one: OneObject) -> OneObject:
    """The object with what makes it; as it is where there is no dbt project."""
    if dbt is None:
        return one
    answer = await dbt.nodes(one.namespace, [one.object])
    return replace(one, dbt=ToldByDbt(answer.nodes.get(one.object), answer.problem))


async def impact_with_exposures(dbt: DbtReads | None, impact: Impact) -> Impact:
    """The impact with the exposures that depend on the focus or on what lies downstream of it."""
    if dbt is None:
        return impact
    distances = {impact.object: 0}
    for row in impact.rows:
        if row.affected is Affected.OBJECT:
            distances[row.object] = min(row.distance, distances.get(row.object, row.distance))
    answer = await dbt.nodes(impact.namespace, list(distances))
    exposed = [row for name, far in distances.items() for row in _rows(impact.namespace, name, far, answer)]
    rows = sorted([*impact.rows, *exposed], key=lambda row: row.distance)
    return replace(impact, rows=tuple(rows), dbt_problem=answer.problem)


def _rows(namespace: str, name: str, distance: int, answer: DbtAnswer) -> Iterator[ImpactRow]:
    node = answer.nodes.get(name)
    for one in node.exposures if node else ():
        row = ImpactRow(Affected.EXPOSURE, distance, namespace, name, None, one.type, ())
        yield replace(row, user=one.owner, tool="dbt", dashboard=one.name, url=one.url)
