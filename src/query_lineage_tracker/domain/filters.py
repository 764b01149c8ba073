"""Which rows somebody wants to see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueryFilter:
    """Which executed queries; what is None does not matter. `text` is a part of the SQL, in any case.

    `table` is `name`, `schema.name` or `catalog.schema.name`. `since` is inclusive, `until` is not.
    """

    cluster: str | None = None
    user: str | None = None
    source: str | None = None
    state: str | None = None
    text: str | None = None
    table: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls to catalogs; what is None does not matter. `failed`: only those that were not accepted."""

    sink: str | None = None
    kind: str | None = None
    entity: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """Which messages; what is None does not matter."""

    states: tuple[str, ...] | None = None
    sink: str | None = None
    kind: str | None = None
    entity: str | None = None
