"""What a statement computes from one column into another, as its text says it."""

from __future__ import annotations

from collections.abc import Mapping

from query_lineage_tracker.domain.outbox import LineageFacts
from query_lineage_tracker.lineage.analyze import analyze
from query_lineage_tracker.lineage.result import ObjectName, Subtype

_LONGEST = 500
"""Characters: a longer expression says less than the SQL beside it."""

_LONGEST_TEXT = 50_000
"""Characters: some 30 ms of analysis, during which nothing else is delivered."""

COMPUTED = (Subtype.TRANSFORMATION, Subtype.AGGREGATION)
"""Flows that are no plain copies; the later one counts where several statements differ."""


def expressions(facts: LineageFacts) -> Mapping[tuple[str, str], str]:
    """The expression by upstream and downstream column (lower case), of what the edge's newest statement computes.

    Plain copies have none, nor has what only other statements do, or what cannot be told without the tables' columns;
    nor is a text of great length read for it.
    """
    if len(facts.text) > _LONGEST_TEXT or not any(flow.subtype in COMPUTED for flow in facts.columns):
        return {}
    result = analyze(facts.text, catalog=facts.session_catalog, schema=facts.session_schema, spans=True)
    read = {
        ObjectName(each.catalog, each.schema, each.name, each.branch)
        for each in (facts.upstream, facts.read_as)
        if each is not None
    }
    return {
        (influence.column.column, column.name): facts.text[slice(*column.span)]
        for column in result.columns
        if column.span is not None and column.span[1] - column.span[0] <= _LONGEST
        for influence in column.direct
        if influence.column.object in read and influence.subtype in COMPUTED
    }
