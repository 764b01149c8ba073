"""How the lineage of a statement differs from what it was thought to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from query_lineage_tracker.lineage.result import Effect, LineageResult


@dataclass(frozen=True, slots=True)
class Outline:
    """What is compared of an answer; names are dotted. A column edge is upstream column, downstream column, subtype."""

    kind: str
    coverage: str
    error: str | None
    target: str | None
    sources: frozenset[str]
    columns_read: frozenset[str]
    column_edges: frozenset[tuple[str, str, str]]


def outline_of(result: LineageResult) -> Outline:
    """The outline of an answer, as it would be stored."""
    target = result.target
    flows = [(influence, column.name) for column in result.columns for influence in (*column.direct, *column.indirect)]
    flows += [(influence, "") for influence in result.indirect]
    moves = target is not None and result.effect in (Effect.WRITES, Effect.DEFINES)
    return Outline(
        kind=result.kind.value,
        coverage=result.coverage.value,
        error=None if result.error is None else result.error.message,
        target=None if target is None else str(target),
        sources=frozenset(map(str, result.sources)),
        columns_read=frozenset(map(str, result.columns_read)),
        column_edges=frozenset((str(one.column), name, one.subtype.value) for one, name in flows if moves),
    )


def difference(before: Outline, after: Outline) -> Mapping[str, object]:
    """What differs, by name: `[before, after]` of single values, `added` and `removed` of sets; empty if nothing."""
    found: dict[str, object] = {}
    for name in (one.name for one in fields(Outline)):
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        if isinstance(old, frozenset):
            found[name] = {"added": _listed(new - old), "removed": _listed(old - new)}
        else:
            found[name] = [old, new]
    return found


def _listed(values: Iterable[object]) -> list[object]:
    return [list(value) if isinstance(value, tuple) else value for value in sorted(values, key=str)]
