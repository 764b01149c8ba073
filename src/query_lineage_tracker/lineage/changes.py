"""What executed statements make of the columns that are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from query_lineage_tracker.lineage.result import ColumnVerb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from query_lineage_tracker.lineage.result import ColumnChange


def changed_columns(
    change: ColumnChange, known: Sequence[str] | None, like: Sequence[str] | None
) -> tuple[str, ...] | None:
    """The columns of the changed object, in their order; None where they are not known.

    `known` are its columns before, `like` those of the object that it is now like; None where they are not known.
    """
    if change.verb in (ColumnVerb.ALL, ColumnVerb.LIKE):
        before = known if change.if_absent else None
        if before is None:
            before = change.columns if change.verb is ColumnVerb.ALL else like
        return None if before is None else tuple(before)
    if known is None:
        return None
    column = change.columns[0]
    if change.verb is ColumnVerb.ADD:
        return tuple(known) if column in known else _added(known, *change.columns)
    if change.verb is ColumnVerb.DROP:
        return tuple(one for one in known if one != column)
    return tuple(change.columns[1] if one == column else one for one in known)


def _added(known: Sequence[str], column: str, after: str | None = None) -> tuple[str, ...]:
    if after == "":
        return (column, *known)
    place = known.index(after) + 1 if after in known else len(known)
    return (*known[:place], column, *known[place:])
