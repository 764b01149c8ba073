"""What the names of Trino are called in OpenMetadata, as the settings say."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from query_lineage_tracker.domain.outbox import ObjectFacts


@dataclass(frozen=True, slots=True)
class Services:
    """Database services by patterns of `catalog` or `namespace/catalog`; else `default`, else the namespace."""

    default: str | None = None
    by_catalog: tuple[tuple[str, str], ...] = ()

    def of(self, facts: ObjectFacts) -> str:
        """The service that holds the object."""
        found = (service for pattern, service in self.by_catalog if _matches(pattern, facts))
        return next(found, self.default or facts.namespace)

    @property
    def named(self) -> tuple[str, ...]:
        """Every service that the settings name."""
        named = [service for _, service in self.by_catalog]
        return tuple(dict.fromkeys([*named, self.default] if self.default else named))


def _matches(pattern: str, facts: ObjectFacts) -> bool:
    name = f"{facts.namespace}/{facts.catalog}" if "/" in pattern else facts.catalog
    return fnmatchcase(name, pattern)


@dataclass(frozen=True, slots=True)
class OpenMetadataRules:
    """What the sink goes by. With `send_sql` off, no text leaves: no queries are created, edges carry no text."""

    services: Services = field(default_factory=Services)
    ignore_case: bool = False
    send_sql: bool = True
