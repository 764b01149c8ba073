"""Identities of objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection

from query_lineage_tracker.adapters.postgres.batch_rows import columns_of
from query_lineage_tracker.lineage.result import ObjectName

if TYPE_CHECKING:
    from typing_extensions import LiteralString


async def object_ids(
    connection: AsyncConnection[tuple[Any, ...]],
    queries: Mapping[str, LiteralString],
    namespace: str,
    names: set[ObjectName],
) -> dict[ObjectName, int]:
    """Identities of the objects; those that are not known yet are stored. The namespace must be locked."""
    if not names:
        return {}
    named = {"namespace": namespace, **_name_columns(names)}
    rows = await (await connection.execute(queries["object_ids"], named)).fetchall()
    ids = {ObjectName(*row[:4]): row[4] for row in rows}
    missing = names - ids.keys()
    if missing:
        named = {"namespace": namespace, **_name_columns(missing)}
        rows = await (await connection.execute(queries["new_objects"], named)).fetchall()
        ids.update((ObjectName(*row[:4]), row[4]) for row in rows)
    return ids


def _name_columns(names: Iterable[ObjectName]) -> dict[str, object]:
    rows = sorted((name.catalog, name.schema, name.name, name.branch) for name in names)
    return dict(zip(("catalogs", "schemas", "names", "branches"), columns_of(rows, 4), strict=True))
