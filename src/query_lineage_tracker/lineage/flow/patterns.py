"""What flows through MATCH_RECOGNIZE and PIVOT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.flow.columns import CONDITIONAL, FILTER, GROUP_BY, IDENTITY, SORT, Field, Flow
from query_lineage_tracker.lineage.flow.expressions import Expressions
from query_lineage_tracker.lineage.flow.scopes import Scope, unclear

if TYPE_CHECKING:
    from query_lineage_tracker.lineage.syntax.tree import Expression, MatchRecognize, Pivot, Relation


class Patterns(Expressions):
    """Follows columns through MATCH_RECOGNIZE and PIVOT."""

    __slots__ = ()

    def relation(self, relation: Relation, scope: Scope) -> None:
        raise NotImplementedError

    def match_recognize(self, match: MatchRecognize, scope: Scope) -> list[Field]:
        inner = Scope([], scope.parent, variables=match.variables)
        self.relation(match.relation, inner)
        partition = [self.field(key, inner, key.name) for key in match.partition]
        order = [self.field(key, inner, key.name) for key in match.order]
        measures = [self.field(expression, inner, name) for name, expression in match.measures]
        for field in partition:
            self.influence_by(field, GROUP_BY)
        for field in order:
            self.influence_by(field, SORT)
        for condition in match.defines:
            self.influence(condition, inner, FILTER)
        if not match.all_rows:
            return partition + measures
        first = {field.name for field in (*partition, *order)}
        rest = [field for rows in inner.rows for field in rows.expand() if field.name not in first or field.star]
        return partition + order + measures + rest

    def pivot(self, pivot: Pivot, scope: Scope) -> list[Field]:
        """Grouping columns, then for each group of values each aggregate over the rows that have them."""
        inner = Scope([], scope.parent)
        self.relation(pivot.relation, inner)
        keys = [self.field(column, inner, column.name) for column in pivot.columns]
        flows = Flow()
        for key in keys:
            flows.add_indirect(key, CONDITIONAL)
        chosen = flows.field(None)
        aggregates = [self._pivoted(aggregate.expression, chosen, inner) for aggregate in pivot.aggregates]
        grouping = [self.field(key, inner, key.name) for key in pivot.group]
        for field in grouping:
            self.influence_by(field, GROUP_BY)
        if not self.spend(len(pivot.groups) * len(aggregates)):
            return [*grouping, unclear()]
        return grouping + [
            field.renamed(_pivot_name(group.name, aggregate.alias))
            for group in pivot.groups
            for aggregate, field in zip(pivot.aggregates, aggregates, strict=True)
        ]

    def _pivoted(self, aggregate: Expression, chosen: Field, scope: Scope) -> Field:
        """An aggregate over the rows that `chosen` choose."""
        flow = Flow()
        self.gather(aggregate.uses, scope, flow)
        if self.spend(chosen.width):
            flow.add_direct(chosen, IDENTITY)
        return flow.field(None)


def _pivot_name(group: str, aggregate: str | None) -> str:
    return group if aggregate is None else f"{group}_{aggregate}"
